//! Base, actual and desired state → the changes of every managed file and the next base.
//!
//! Walks the three states side by side and lets `merge` decide each file. Must not read or write.

mod settle;

use std::collections::{BTreeMap, BTreeSet};

pub use settle::{Open, Verdict, deleted, in_conflict, restore, select, settle};

use crate::merge::{TextMerge, merge, trouble};
use crate::migrate::Migrated;
use crate::model::{
    Action, Actual, ActualState, BaseFile, BaseState, DesiredState, Diagnostic, FileChange, Mode,
    RepoPath,
};

/// The changes in path order, and what the lockfile remembers of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// One change per managed path.
    pub changes: Vec<FileChange>,
    /// The next base: [`BaseState::files`] alone.
    pub files: BTreeMap<RepoPath, BaseFile>,
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
    let states = States {
        base,
        actual,
        ground: actual,
        moved: &BTreeMap::new(),
        desired,
    };
    states.plan(text_merge)
}

/// Compares the three states where files or keys have other names than they had: what stands there
/// is compared under the new ones.
///
/// # Errors
/// Returns every file that cannot be merged; nothing may be written then.
pub fn plan_moved(
    migrated: &Migrated<'_>,
    actual: &ActualState,
    desired: &DesiredState,
    text_merge: TextMerge<'_>,
) -> Result<Planned, Vec<Diagnostic>> {
    let states = States {
        base: &migrated.base,
        actual,
        ground: &migrated.ground,
        moved: &migrated.moved,
        desired,
    };
    states.plan(text_merge)
}

struct States<'a> {
    base: &'a BaseState,
    actual: &'a ActualState,
    /// What is merged: the actual state under the new names.
    ground: &'a ActualState,
    moved: &'a BTreeMap<RepoPath, RepoPath>,
    desired: &'a DesiredState,
}

impl States<'_> {
    fn plan(&self, text_merge: TextMerge<'_>) -> Result<Planned, Vec<Diagnostic>> {
        let mut planned = Planned {
            changes: Vec::new(),
            files: BTreeMap::new(),
        };
        let mut problems = Vec::new();
        let mut all = paths(self.base, self.desired);
        all.extend(self.moved.values().cloned());
        for path in all {
            match self.file(&path, text_merge) {
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
        &self,
        path: &RepoPath,
        text_merge: TextMerge<'_>,
    ) -> Result<(FileChange, Option<BaseFile>), Diagnostic> {
        let (before, mode_before) = side(path, self.actual)?;
        let (ground, ground_mode) = side(path, self.ground)?;
        let (base, desired) = (self.base.files.get(path), self.desired.get(path));
        let merged = merge(path, base, ground, desired, text_merge).map_err(|error| {
            let format = desired.map(|file| file.format);
            trouble(path, ground.unwrap_or_default(), format, &error)
        })?;
        let created = ground.is_none() && merged.text.is_some();
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
            mode_before,
            mode: match (desired, &merged.text) {
                (Some(desired), _) if created => desired.mode,
                (_, Some(_)) => ground_mode,
                (_, None) => mode_before,
            },
            moved_from: merged
                .text
                .as_ref()
                .and_then(|_| self.moved.get(path).cloned()),
            after: merged.text,
            conflicts: merged.conflicts,
        };
        let next = merged.base.map(|mut next| {
            next.outputs = base.map(|base| base.outputs.clone()).unwrap_or_default();
            next
        });
        Ok((change, next))
    }
}

/// The text that a state has at a path, and its mode.
fn side<'a>(
    path: &RepoPath,
    state: &'a ActualState,
) -> Result<(Option<&'a str>, Mode), Diagnostic> {
    match state.get(path).unwrap_or(&Actual::Absent) {
        Actual::Absent => Ok((None, Mode::Regular)),
        Actual::Text { text, mode } => Ok((Some(text.as_str()), *mode)),
        Actual::Other(what) => Err(other(path, what)),
    }
}

fn other(path: &RepoPath, what: &str) -> Diagnostic {
    Diagnostic::error("target", format!("cannot manage `{path}`: it is {what}"))
        .in_file(path.as_str())
        .with_help("make it a regular UTF-8 file, move it away, or switch its feature off")
}
