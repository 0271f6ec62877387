//! Which repositories a command of `fleet` is for.

use std::io;
use std::path::Path;

use super::args::Which;
use crate::cli::host::Host;
use crate::diagnose::quoted;
use crate::fleet::{self, Fleet, Listed, Member, Named, Narrow, Selection, Shard};
use crate::model::{Diagnostic, Severity};

/// The largest fleet file.
const LARGEST_FILE: u64 = 8 * 1024 * 1024;
/// The largest list: `glab` prints four KiB for each repository.
const LARGEST_LIST: u64 = 512 * 1024 * 1024;

/// A fleet and those of its members that are asked for.
#[derive(Debug)]
pub(super) struct Chosen {
    /// The fleet file.
    pub(super) fleet: Fleet,
    /// The members, in the order of their names.
    pub(super) members: Vec<Member>,
}

/// Reads the fleet file and finds its members.
pub(super) fn chosen(host: &Host, which: &Which) -> Result<Chosen, Vec<Diagnostic>> {
    let shard = which.shard.as_deref().map(Shard::parse).transpose();
    let shard = shard.map_err(|error| vec![usage(error.to_string(), error.help())])?;
    let fleet = fleet_file(host, &which.fleet)?;
    let listed = listed(host, &fleet, which.repositories.as_deref())?;
    let narrow = Narrow {
        groups: which.group.clone(),
        only: which.only.clone(),
        shard,
    };
    let folder = folder(host, &which.fleet);
    let members = fleet::members(&fleet, &folder, &listed, &narrow)?;
    if members.is_empty() && !which.only.is_empty() && narrow.shard.is_none() {
        let globs = which.only.join("`, `");
        let help = "names are those of `claude-scaffold fleet plan -v`";
        return Err(vec![usage(
            format!("no repository matches `{globs}`"),
            help,
        )]);
    }
    Ok(Chosen { fleet, members })
}

/// Reads the fleet file alone.
pub(super) fn fleet_file(host: &Host, path: &Path) -> Result<Fleet, Vec<Diagnostic>> {
    let shown = path.display().to_string();
    let text = host
        .text_of(Some(&host.folder.join(path)), LARGEST_FILE)
        .map_err(|error| vec![unread(&shown, &error)])?;
    let (fleet, problems) = fleet::read(&shown, &folder(host, path), &text);
    if problems.iter().any(|p| p.severity == Severity::Error) {
        return Err(problems);
    }
    Ok(fleet)
}

/// The folder that paths in a fleet file are relative to.
fn folder(host: &Host, path: &Path) -> std::path::PathBuf {
    host.resolve(path.parent().unwrap_or(Path::new("")))
}

fn usage(message: impl Into<String>, help: impl Into<String>) -> Diagnostic {
    Diagnostic::error("usage", message).with_help(help)
}

fn unread(shown: &str, error: &io::Error) -> Diagnostic {
    if error.kind() == io::ErrorKind::NotFound {
        let lines = fleet::SMALLEST.lines().filter(|line| !line.is_empty());
        let lines: Vec<String> = lines.map(|line| format!("'{line}'")).collect();
        let smallest = format!("printf '%s\\n' {} > {}", lines.join(" "), quoted(shown));
        let help = format!("name it with `--fleet`, or begin with the smallest: `{smallest}`");
        return usage(format!("there is no fleet file `{shown}`"), help);
    }
    usage(
        format!("cannot read the fleet file `{shown}`: {}", why(error)),
        "name a file of text in UTF-8 with `--fleet`",
    )
}

fn why(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::InvalidData => "it is not UTF-8".to_owned(),
        io::ErrorKind::FileTooLarge => "it is too large".to_owned(),
        _ => error.to_string(),
    }
}

/// The list: of `--repositories`, else of standard input where a group asks for it.
fn listed(
    host: &Host,
    fleet: &Fleet,
    repositories: Option<&Path>,
) -> Result<Vec<Listed>, Vec<Diagnostic>> {
    let is_list = |named: &Named| *named == Named::List;
    let asks = |group: &Selection| group.repositories.iter().any(|entry| is_list(&entry.named));
    let path = match repositories {
        None if !fleet.groups.iter().any(asks) => return Ok(Vec::new()),
        None => None,
        Some(path) if path.as_os_str() == "-" => None,
        Some(path) => Some(path),
    };
    if path.is_none() && host.is_typed() {
        let help = "pipe one in, as in `gh repo list OWNER --limit 10000 --json \
                    nameWithOwner,url,defaultBranchRef,isArchived,visibility | claude-scaffold \
                    fleet plan`, or name its file with `--repositories`";
        let message = "the list of repositories is to be on standard input, which is a terminal";
        return Err(vec![usage(message, help)]);
    }
    let shown = path.map_or_else(
        || "standard input".to_owned(),
        |path| format!("`{}`", path.display()),
    );
    let file = path.map(|path| host.folder.join(path));
    let text = host.text_of(file.as_deref(), LARGEST_LIST);
    let text = text.map_err(|error| {
        let message = format!(
            "cannot read the list of repositories in {shown}: {}",
            why(&error)
        );
        let help = "name a file of text in UTF-8, such as `gh repo list --json …` prints, or `-`";
        vec![usage(message, help)]
    })?;
    fleet::listing(&text).map_err(|problems| {
        let name = shown.trim_matches('`');
        let placed = problems.into_iter();
        placed.map(|problem| problem.in_file(name)).collect()
    })
}
