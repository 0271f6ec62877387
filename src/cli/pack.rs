//! `pack`: a pack of one's own, made, shown and checked.

use std::path::Path;

use super::args::{PackCheckArgs, PackCommand, PackNewArgs, PackShowArgs};
use super::host::Host;
use super::{Ending, Outcome, outside_of_git, session, templates, unit, write};
use crate::catalog::Catalog;
use crate::diagnose::quoted;
use crate::model::{BaseState, Diagnostic};
use crate::observe::Unit;
use crate::pipeline::{self, Templates};
use crate::{pack, report};

pub(super) fn run(host: &Host, command: &PackCommand) -> Outcome {
    match command {
        PackCommand::New(args) => new(host, args),
        PackCommand::Show(args) => show(host, args),
        PackCommand::Check(args) => check(host, args),
    }
}

fn new(host: &Host, args: &PackNewArgs) -> Outcome {
    let folder = host.resolve(&args.dir);
    host.enterable(&folder).map_err(|problem| vec![problem])?;
    host.empty(&folder).map_err(|problem| vec![problem])?;
    outside_of_git(&folder)?;
    let name = args.name.clone().unwrap_or_else(|| name_of(&folder));
    let mut plan = pipeline::new_pack(&name).map_err(|problem| vec![problem])?;
    let unit = Unit::at(&folder, &host.state_home);
    let session = session(host, &unit)?;
    write(host, &unit, session.as_ref(), &mut plan)?;
    super::show(host, "pack new", &plan);
    if !host.json() {
        let dir = quoted(&args.dir.to_string_lossy());
        let last = folder.file_name().unwrap_or_default().to_string_lossy();
        let pack = quoted(&format!("pack=path:../{last}"));
        host.say(&format!(
            "\nNext\n  claude-scaffold pack check {dir}\n  \
             claude-scaffold init --set {pack}    # in a repository beside it\n"
        ));
    }
    Ok(Ending::Clean)
}

fn show(host: &Host, args: &PackShowArgs) -> Outcome {
    let catalog = match &args.source {
        Some(source) => fetched(host, source)?,
        None => templates(host, &unit(host)?, None)?,
    };
    let remote = catalog.packs.iter().filter(|pack| pack.is_remote);
    let addresses: Vec<&str> = remote.map(|pack| pack.address.as_str()).collect();
    let untrusted = pack::untrusted(&host.state_home, &addresses);
    let report = report::pack_report(&catalog, &untrusted).map_err(|e| vec![unusable(&e)])?;
    if host.json() {
        host.print_json(&report);
    } else {
        host.print(&report::pack_text(&report));
    }
    Ok(Ending::Clean)
}

fn check(host: &Host, args: &PackCheckArgs) -> Outcome {
    let older = args.from.as_ref().map(|from| fetched(host, from));
    let older = older.transpose()?;
    let found = match fetched(host, &args.source) {
        Ok(catalog) => pipeline::try_out(&catalog, older.as_ref()),
        // What the pack itself is refused for is what was asked for; not to reach it is not.
        Err(problems) if problems.iter().any(|p| p.code == pack::CODE) => problems,
        Err(problems) => return Err(problems),
    };
    Ok(super::findings::print(host, "pack check", found))
}

/// Reads the pack that a folder or an address names, as seen from where the user stands.
fn fetched(host: &Host, source: &str) -> Result<Catalog, Vec<Diagnostic>> {
    let here = Unit::at(&host.folder, &host.state_home);
    let here = Unit {
        root: host.folder.clone(),
        ..here
    };
    let is_address = source.starts_with("path:") || source.starts_with("git+");
    let source = match source {
        address if is_address => address.to_owned(),
        folder => format!("path:{folder}"),
    };
    let none = BaseState::default();
    pipeline::catalog(&here, Some(&source), &none, Templates::Moved, &host.reach())
}

fn unusable(error: &dyn std::error::Error) -> Diagnostic {
    Diagnostic::error(pack::CODE, error.to_string())
        .with_help("`claude-scaffold pack check` shows the place")
}

/// A folder's name in the letters that packs are named with.
fn name_of(folder: &Path) -> String {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let lower = name.to_lowercase();
    let plain = lower.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    plain.trim_matches('-').to_owned()
}
