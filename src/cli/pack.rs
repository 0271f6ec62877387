//! `pack`: a pack of one's own, made, shown and checked.

use std::path::Path;

use super::args::{PackCommand, PackNewArgs};
use super::host::Host;
use super::{Ending, Outcome, outside_of_git, session, show, write};
use crate::observe::Unit;
use crate::pipeline;

pub(super) fn run(host: &Host, command: &PackCommand) -> Outcome {
    match command {
        PackCommand::New(args) => new(host, args),
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
    show(host, "pack new", &plan);
    if !host.json() {
        let dir = args.dir.display();
        let last = folder.file_name().unwrap_or_default().display();
        host.say(&format!(
            "\nNext\n  claude-scaffold pack check {dir}\n  \
             claude-scaffold init --set pack=path:../{last}    # in a repository beside it\n"
        ));
    }
    Ok(Ending::Clean)
}

/// A folder's name in the letters that packs are named with.
fn name_of(folder: &Path) -> String {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let lower = name.to_lowercase();
    let plain = lower.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    plain.trim_matches('-').to_owned()
}
