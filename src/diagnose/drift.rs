//! Files against the base: what the lockfile says and the repository does not.

use crate::merge::{Standing, look};
use crate::model::{
    Action, Actual, ActualState, BaseFile, BaseState, Diagnostic, FileChange, Format, KeyPath,
    Plan, RepoPath, Segment,
};
use crate::plan::Open;

/// Returns what differs from what was rendered last: what is gone is a warning, what the user wrote
/// instead is a note, because it is theirs. `open` are the keys that are reported as conflicts.
#[must_use]
pub fn drift(base: &BaseState, actual: &ActualState, open: &[Open]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (path, file) in &base.files {
        match actual.get(path) {
            Some(Actual::Text { text, .. }) => found.extend(keys(path, file, text, open)),
            Some(Actual::Absent) | None => {
                let known = file.tombstones.contains(&KeyPath::root());
                if !known && !file.keys.is_empty() {
                    found.push(gone(path, &KeyPath::root()));
                }
            }
            Some(Actual::Other(what)) => {
                let message = format!("`{path}` is {what}, where a file was rendered");
                let help = format!(
                    "make it a file, or move it away and restore it: {}",
                    restore(path)
                );
                let problem = Diagnostic::warning("drift", message);
                found.push(problem.in_file(path.as_str()).with_help(help));
            }
        }
    }
    found
}

/// Returns a conflict for every key that the lockfile marks as one, where nobody knows what is desired.
#[must_use]
pub fn pending(base: &BaseState) -> Vec<Diagnostic> {
    let files = base.files.iter();
    let keys = files.flat_map(|(path, file)| file.pending.iter().map(move |key| (path, key)));
    let said = |(path, key): (&RepoPath, &KeyPath)| {
        let (path, key) = (path.clone(), key.clone());
        let help = "move to the templates of this version first: `claude-scaffold upgrade`";
        let open = Open { path, key };
        Diagnostic::error(
            "conflict",
            format!("`{open}` is in conflict since the last apply"),
        )
        .in_file(open.path.as_str())
        .with_help(help)
    };
    keys.map(said).collect()
}

/// Returns what `apply` would write; that it would only note deletions is said once, with those.
#[must_use]
pub fn unapplied(plan: &Plan, drifted: &[Diagnostic]) -> Vec<Diagnostic> {
    let explained = drifted.iter().any(|problem| problem.code == "drift");
    let managed: Vec<&FileChange> = plan.changes.iter().filter(|c| c.writes()).collect();
    let own = plan.own.iter().filter(|c| c.writes());
    let own = own.filter(|_| managed.is_empty() && !explained);
    let said = |change: &FileChange| {
        let act = match change.action {
            Action::Create => "create",
            Action::Delete => "delete",
            _ => "update",
        };
        Diagnostic::warning(
            "unapplied",
            format!("`apply` would {act} `{}`", change.path),
        )
        .in_file(change.path.as_str())
        .with_help("`claude-scaffold plan` shows it, `claude-scaffold apply` does it")
    };
    managed.iter().copied().chain(own).map(said).collect()
}

fn keys(path: &RepoPath, file: &BaseFile, text: &str, open: &[Open]) -> Vec<Diagnostic> {
    let format = file.format.unwrap_or(Format::WholeFile);
    let is_open = |key: &KeyPath| {
        let below = |open: &Open| open.path == *path && key.0.starts_with(&open.key.0);
        file.pending.contains(key) || open.iter().any(below)
    };
    let is_deleted = |key: &KeyPath| file.tombstones.iter().any(|t| key.0.starts_with(&t.0));
    let ours = file.keys.iter();
    let ours: Vec<_> = ours
        .filter(|(key, _)| !is_open(key) && !is_deleted(key) && !is_comment(format, key))
        .collect();
    let Ok(standing) = look(path, format, text, ours.iter().map(|(key, _)| *key)) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (key, rendered) in ours {
        match standing.get(key) {
            None => found.push(gone(path, key)),
            Some(there) if there.value != *rendered => found.push(edited(path, key, text, there)),
            Some(_) => {}
        }
    }
    found
}

/// Comments come and go with the key below them.
fn is_comment(format: Format, key: &KeyPath) -> bool {
    let entries = matches!(format, Format::Env | Format::Yaml);
    entries && matches!(key.0.last(), Some(Segment::Element(_)))
}

fn gone(path: &RepoPath, key: &KeyPath) -> Diagnostic {
    let (path, key) = (path.clone(), key.clone());
    let open = Open { path, key };
    let message = format!("`{open}` was rendered and is not there");
    let problem = Diagnostic::warning("drift", message).in_file(open.path.as_str());
    problem.with_help(format!(
        "bring it back: {}; leave it out: `claude-scaffold apply`",
        restore(&open)
    ))
}

fn edited(path: &RepoPath, key: &KeyPath, text: &str, there: &Standing) -> Diagnostic {
    let what = match (key.name(), key.0.is_empty()) {
        (_, true) => format!("`{path}`"),
        _ => format!("`{key}`"),
    };
    let note = Diagnostic::note("edited", format!("{what} was changed by you and stays so"));
    match there.offset {
        Some(offset) => note.at(path.as_str(), text, offset),
        None => note.in_file(path.as_str()),
    }
}

fn restore(target: &impl std::fmt::Display) -> String {
    format!(
        "`claude-scaffold resolve --restore {}`",
        super::quoted(&target.to_string())
    )
}
