//! Base, actual and desired state → the changes of every managed file and the next base.
//!
//! Walks the three states side by side and lets `merge` decide each file. Must not read or write.

mod settle;

use std::collections::BTreeSet;

pub use settle::{Open, Verdict, deleted, in_conflict, restore, select, settle};

use crate::merge::{MergeError, TextMerge, merge};
use crate::model::{
    Action, Actual, ActualState, BaseFile, BaseState, DesiredFile, DesiredState, Diagnostic,
    FileChange, Format, Mode, RepoPath,
};

/// The changes in path order, and what the lockfile remembers of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// One change per managed path.
    pub changes: Vec<FileChange>,
    /// The next base: [`BaseState::files`] alone.
    pub files: std::collections::BTreeMap<RepoPath, BaseFile>,
}

/// Returns every path that the base or the desired state manages.
#[must_use]
pub fn paths(base: &BaseState, desired: &DesiredState) -> BTreeSet<RepoPath> {
    base.files.keys().chain(desired.keys()).cloned().collect()
}

/// Compares the three states.
///
/// # Errors
/// Returns every file that cannot be merged; nothing may be written then.
pub fn plan(
    base: &BaseState,
    actual: &ActualState,
    desired: &DesiredState,
    text_merge: TextMerge<'_>,
) -> Result<Planned, Vec<Diagnostic>> {
    let mut planned = Planned {
        changes: Vec::new(),
        files: std::collections::BTreeMap::new(),
    };
    let mut problems = Vec::new();
    for path in paths(base, desired) {
        let here = actual.get(&path).unwrap_or(&Actual::Absent);
        let sides = (base.files.get(&path), desired.get(&path));
        match file(&path, sides, here, text_merge) {
            Ok((change, next)) => {
                planned.changes.push(change);
                planned.files.extend(next.map(|next| (path, next)));
            }
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() {
        Ok(planned)
    } else {
        Err(problems)
    }
}

fn file(
    path: &RepoPath,
    (base, desired): (Option<&BaseFile>, Option<&DesiredFile>),
    actual: &Actual,
    text_merge: TextMerge<'_>,
) -> Result<(FileChange, Option<BaseFile>), Diagnostic> {
    let (before, mode_before) = match actual {
        Actual::Absent => (None, Mode::Regular),
        Actual::Text { text, mode } => (Some(text.as_str()), *mode),
        Actual::Other(what) => return Err(other(path, what)),
    };
    let merged = merge(path, base, before, desired, text_merge)
        .map_err(|error| place(path, before.unwrap_or_default(), desired, &error))?;
    let created = before.is_none() && merged.text.is_some();
    let action = match (before, &merged.text) {
        _ if !merged.conflicts.is_empty() => Action::Conflict,
        (None, Some(_)) => Action::Create,
        (Some(_), None) => Action::Delete,
        (Some(before), Some(after)) if before != after => Action::Update,
        _ => Action::Keep,
    };
    let change = FileChange {
        path: path.clone(),
        action,
        before: before.map(str::to_owned),
        after: merged.text,
        mode_before,
        mode: match desired {
            Some(desired) if created => desired.mode,
            _ => mode_before,
        },
        conflicts: merged.conflicts,
    };
    Ok((change, merged.base))
}

fn other(path: &RepoPath, what: &str) -> Diagnostic {
    Diagnostic::error("target", format!("cannot manage `{path}`: it is {what}"))
        .in_file(path.as_str())
        .with_help("make it a regular UTF-8 file, move it away, or switch its feature off")
}

fn place(
    path: &RepoPath,
    text: &str,
    desired: Option<&DesiredFile>,
    error: &MergeError,
) -> Diagnostic {
    let problem = Diagnostic::error("target", error.to_string());
    let strict = desired.is_some_and(|d| d.format == Format::Json);
    match error {
        MergeError::Syntax { offset, .. } if strict => problem
            .at(path.as_str(), text, *offset)
            .with_help("mend it; Claude Code skips a settings file that is not strict JSON"),
        MergeError::Syntax { offset, .. } => problem
            .at(path.as_str(), text, *offset)
            .with_help("mend it, or switch its feature off, then run the command again"),
        MergeError::DuplicateKey { offset, .. } => problem
            .at(path.as_str(), text, *offset)
            .with_help("remove one of them: readers disagree about which one counts"),
        MergeError::TooDeep { offset, .. } => problem
            .at(path.as_str(), text, *offset)
            .with_help("move the file away, or switch its feature off"),
        MergeError::LostForeign { .. } => problem
            .in_file(path.as_str())
            .with_help("move the file away, or switch its feature off"),
    }
}
