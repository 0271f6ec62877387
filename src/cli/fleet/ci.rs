//! `fleet ci`: the workflow that plans in shards, and applies after approval.

use std::path::Path;

use super::args::{CiSystem, FleetCiArgs};
use super::which;
use crate::cli::host::Host;
use crate::cli::{Ending, Outcome, session, show, write};
use crate::fleet::{self, Author, Fleet, Named, Selection, System, Workflow};
use crate::model::{Action, Actual, Diagnostic, FileChange, Mode, Plan, RepoPath};
use crate::observe::{self, Unit};
use crate::{git, report};

pub(super) fn run(host: &Host, args: &FleetCiArgs) -> Outcome {
    let system = match args.system {
        CiSystem::Github => System::GitHub,
        CiSystem::Gitlab => System::GitLab,
    };
    shards(system, args.shards).map_err(|problem| vec![problem])?;
    let fleet = which::fleet_file(host, &args.fleet)?;
    let place = git::locate(&host.folder);
    let root = place.map_or_else(|| host.folder.clone(), |place| place.work_tree);
    let file = inside(host, &root, &args.fleet)?;
    let output = match &args.output {
        None => RepoPath::parse(system.path()).expect("our own names are good"),
        Some(path) if path.as_os_str() == "-" => {
            RepoPath::parse(system.path()).expect("our own names are good")
        }
        Some(path) => inside(host, &root, path)?,
    };
    let text = fleet::workflow(&Workflow {
        system,
        fleet: file.as_str(),
        output: output.as_str(),
        shards: args.shards,
        listed: fleet.groups.iter().any(Selection::takes_listed),
    });
    let text = text.map_err(|error| vec![defect(&error.to_string())])?;
    host.complain(&report::diagnostics(&elsewhere(&fleet)));
    if args.output.as_deref() == Some(Path::new("-")) {
        host.print(&text);
        return Ok(Ending::Clean);
    }
    let unit = Unit::at(&root, &host.state_home);
    let session = session(host, &unit)?;
    let change = change(&root, output, text).map_err(|problem| vec![problem])?;
    let mut plan = Plan {
        changes: vec![change],
        ..Plan::default()
    };
    write(host, &unit, session.as_ref(), &mut plan)?;
    show(host, "fleet ci", &plan);
    if !host.json() && plan.writes().next().is_some() {
        host.say("\nIts first lines say which secrets and environments it needs.\n");
    }
    Ok(Ending::Clean)
}

fn usage(message: impl Into<String>, help: impl Into<String>) -> Diagnostic {
    Diagnostic::error("usage", message).with_help(help)
}

fn defect(message: &str) -> Diagnostic {
    Diagnostic::error("templates", message).with_help("please report it: it is a defect of ours")
}

fn shards(system: System, shards: usize) -> Result<(), Diagnostic> {
    let most = system.most_shards();
    if (1..=most).contains(&shards) {
        return Ok(());
    }
    let message = format!("a workflow cannot have {shards} shards");
    Err(usage(
        message,
        format!("from `--shards 1` to `--shards {most}` is possible"),
    ))
}

/// A path of the user's, from the repository's root.
fn inside(host: &Host, root: &Path, path: &Path) -> Result<RepoPath, Vec<Diagnostic>> {
    let whole = host.resolve(path);
    let below = whole.strip_prefix(root).ok();
    let names = below.map(|below| {
        let names = below.iter().map(|name| name.to_string_lossy());
        names.collect::<Vec<_>>().join("/")
    });
    let parsed = names.and_then(|names| RepoPath::parse(&names).ok());
    parsed.ok_or_else(|| {
        let message = format!("`{}` is not inside of the repository", path.display());
        let help = "a workflow and its fleet file are in one repository; `--output -` prints it";
        vec![usage(message, help)]
    })
}

/// Says which groups a runner would find nothing of.
fn elsewhere(fleet: &Fleet) -> Vec<Diagnostic> {
    let local = |named: &Named| matches!(named, Named::Path(_) | Named::Glob(_));
    let notes = fleet.groups.iter().filter_map(|selection| {
        let entry = selection
            .repositories
            .iter()
            .find(|entry| local(&entry.named))?;
        let name = &selection.group.name;
        let message = format!("the group `{name}` names folders, which a runner does not have");
        let help = "name addresses, or write `\"-\"` for what the forge lists";
        let note = Diagnostic::warning(fleet::CODE, message).with_help(help);
        Some(note.at(&fleet.path, &fleet.text, entry.offset))
    });
    notes.collect()
}

/// What happens to the file; one that is not as the tool wrote it is left alone.
fn change(root: &Path, path: RepoPath, text: String) -> Result<FileChange, Diagnostic> {
    let mut found = observe::actual_below(root, std::iter::once(&path));
    let (before, mode) = match found.remove(&path) {
        Some(Actual::Text { text, mode }) => (Some(text), mode),
        Some(Actual::Other(what)) => {
            let message = format!("cannot write `{path}`: it is {what}");
            return Err(usage(
                message,
                "take it away, or name another file with `--output`",
            ));
        }
        Some(Actual::Absent) | None => (None, Mode::Regular),
    };
    let same = before.as_ref() == Some(&text);
    let author = before.as_deref().map(fleet::author).filter(|_| !same);
    if let Some(who @ (Author::Edited | Author::Other)) = author {
        let message = match who {
            Author::Edited => format!("`{path}` was edited since it was written"),
            _ => format!("`{path}` is not written by this command"),
        };
        let help = "move it away, or print the workflow with `--output -` and compare";
        return Err(usage(message, help));
    }
    let action = match &before {
        None => Action::Create,
        Some(_) if same => Action::Keep,
        Some(_) => Action::Update,
    };
    Ok(FileChange {
        path,
        action,
        before,
        after: Some(text),
        mode_before: mode,
        mode,
        conflicts: Vec::new(),
        moved_from: None,
    })
}
