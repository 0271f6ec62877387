//! Declared steps + base and actual state → both under the names that the templates use.
//!
//! What the user changed moves along, so that the merge after it sees base, actual and desired
//! value of one key or file; what the user deleted stays deleted under its other name. Nothing
//! moves onto what is there already. Takes texts, gives texts. Must not read or write.

mod files;
mod keys;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::merge::{MergeError, trouble};
use crate::model::{
    Actual, ActualState, BaseState, DesiredState, Diagnostic, Format, KeyPlace, RepoPath, Step,
};

pub use files::renamed_outputs;

/// What stands where after the steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Migrated<'a> {
    /// The base under the new names.
    pub base: Cow<'a, BaseState>,
    /// The files as the user would have them, had the names always been the new ones.
    pub ground: Cow<'a, ActualState>,
    /// For each path to which a file moved: the path at which it stands.
    pub moved: BTreeMap<RepoPath, RepoPath>,
}

/// Takes every step, in order. Paths that `actual` does not name count as absent.
///
/// # Errors
/// Returns every file in which a key cannot be moved; nothing may be written then. What the merge
/// would refuse anyway is left for it to say.
pub fn migrate<'a>(
    base: &'a BaseState,
    actual: &'a ActualState,
    desired: &DesiredState,
    steps: &[Step],
) -> Result<Migrated<'a>, Vec<Diagnostic>> {
    let mut migrated = Migrated {
        base: Cow::Borrowed(base),
        ground: Cow::Borrowed(actual),
        moved: BTreeMap::new(),
    };
    let mut problems = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        let lost = match step {
            Step::RenameFile { to, .. } => !desired.contains_key(end_of(to, &steps[at + 1..])),
            _ => false,
        };
        if lost {
            continue;
        }
        if let Err(trouble) = take(&mut migrated, desired, step) {
            problems.extend(migrated.told(&trouble));
        }
    }
    if problems.is_empty() {
        Ok(migrated)
    } else {
        Err(problems)
    }
}

/// Returns every path that steps name, all of which have to be observed.
#[must_use]
pub fn paths(steps: &[Step]) -> BTreeSet<RepoPath> {
    let named = |step: &Step| match step {
        Step::RenameFile { from, to } => vec![from.clone(), to.clone()],
        Step::RenameKey { path, .. } | Step::DropKey(KeyPlace { path, .. }) => vec![path.clone()],
        Step::MoveKey { from, to } => vec![from.path.clone(), to.path.clone()],
    };
    steps.iter().flat_map(named).collect()
}

/// Where further steps take a file. One that nobody wants there is not moved at all.
fn end_of<'s>(path: &'s RepoPath, steps: &'s [Step]) -> &'s RepoPath {
    steps.iter().fold(path, |path, step| match step {
        Step::RenameFile { from, to } if from == path => to,
        _ => path,
    })
}

/// A file in which a step failed.
struct Trouble {
    path: RepoPath,
    format: Format,
    error: MergeError,
}

fn take(migrated: &mut Migrated<'_>, desired: &DesiredState, step: &Step) -> Result<(), Trouble> {
    match step {
        Step::RenameFile { from, to } => {
            files::rename(migrated, from, to);
            Ok(())
        }
        Step::RenameKey { path, from, to } => keys::rename(migrated, path, from, to),
        Step::MoveKey { from, to } if from.path == to.path => {
            keys::rename(migrated, &from.path, &from.key, &to.key)
        }
        Step::MoveKey { from, to } => keys::transfer(migrated, desired, from, to),
        Step::DropKey(KeyPlace { path, key }) => {
            if let Some(file) = migrated.base.to_mut().files.get_mut(path) {
                let below = file.keys.keys().filter(|at| at.is_within(key));
                file.dropped.extend(below.cloned());
            }
            Ok(())
        }
    }
}

impl Migrated<'_> {
    fn text(&self, path: &RepoPath) -> Option<&str> {
        match self.ground.get(path) {
            Some(Actual::Text { text, .. }) => Some(text),
            _ => None,
        }
    }

    fn set_text(&mut self, path: &RepoPath, new: String) {
        if let Some(Actual::Text { text, .. }) = self.ground.to_mut().get_mut(path) {
            *text = new;
        }
    }

    fn is_absent(&self, path: &RepoPath) -> bool {
        matches!(self.ground.get(path), None | Some(Actual::Absent))
    }

    /// What to say of a trouble; the merge itself finds texts that are not what they should be.
    fn told(&self, found: &Trouble) -> Option<Diagnostic> {
        match found.error {
            MergeError::Syntax { .. } | MergeError::TooDeep { .. } => None,
            MergeError::DuplicateKey { .. } | MergeError::LostForeign { .. } => Some(trouble(
                &found.path,
                self.text(&found.path).unwrap_or_default(),
                Some(found.format),
                &found.error,
            )),
        }
    }
}
