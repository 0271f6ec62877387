//! The first run's plan → the base that makes of what is there either ours or the user's edit.

use std::collections::{BTreeMap, BTreeSet};

use super::Standing;
use crate::git;
use crate::model::{
    Action, Actual, BaseFile, BaseState, Conflict, DesiredState, Diagnostic, FileChange, Format,
    KeyPath, RepoPath,
};
use crate::pipeline::Outcome;
use crate::plan;

/// What of the plan is adopted.
pub(super) struct Settled {
    /// The base of what stands there; what is missing is not in it.
    pub(super) files: BTreeMap<RepoPath, BaseFile>,
    /// The files that stay as they are.
    pub(super) changes: Vec<FileChange>,
    /// What of them is as declared.
    pub(super) standing: Vec<Standing>,
    /// Keys above which something else stands, so that no base can settle them.
    pub(super) blocked: Vec<(RepoPath, KeyPath)>,
}

/// Takes every key that is there for rendered: one that says something else is then an edit.
///
/// A second run against that base marks what is missing as deleted by the user, and it never was
/// there: it leaves the base again.
pub(super) fn settle(outcome: &Outcome) -> Result<Settled, Vec<Diagnostic>> {
    let there = outcome
        .plan
        .changes
        .iter()
        .filter(|change| change.before.is_some());
    let there: Vec<&FileChange> = there
        .filter(|change| !states_facts(outcome, change))
        .collect();
    let rendered = BaseState {
        files: there
            .iter()
            .filter_map(|change| rendered(outcome, change))
            .collect(),
        ..BaseState::default()
    };
    let desired = outcome.rendered.files.iter();
    let desired: DesiredState = desired
        .filter(|(path, _)| rendered.files.contains_key(*path))
        .map(|(path, file)| (path.clone(), file.clone()))
        .collect();
    let actual = |change: &&FileChange| {
        let text = change.before.clone().unwrap_or_default();
        let mode = change.mode_before;
        (change.path.clone(), Actual::Text { text, mode })
    };
    let actual = there.iter().map(actual).collect();
    let again = plan::plan(&rendered, &actual, &desired, &git::merge_text)?;
    if let Some(change) = again.changes.iter().find(|change| change.writes()) {
        let message = format!("`{}` cannot be adopted as it is", change.path);
        let help = "start with `claude-scaffold init`, which shows what it changes";
        return Err(vec![Diagnostic::error("adopt", message).with_help(help)]);
    }
    let mut files = again.files;
    files.retain(|_, file| {
        file.keys
            .retain(|key, _| !file.tombstones.contains(key) && !file.pending.contains(key));
        file.tombstones.clear();
        file.pending.clear();
        file.containers.clear();
        let named = file.keys.keys().filter(|key| !key.0.is_empty());
        file.found = named.cloned().collect();
        !file.keys.is_empty()
    });
    let conflicts = again.changes.iter().flat_map(|change| {
        let keys = change.conflicts.iter().map(|conflict| &conflict.key);
        keys.map(|key| (change.path.clone(), key.clone()))
    });
    let blocked: Vec<_> = conflicts.collect();
    Ok(Settled {
        changes: there
            .iter()
            .filter(|c| files.contains_key(&c.path))
            .map(|c| kept(c))
            .collect(),
        standing: standing(&there, &files, &blocked),
        files,
        blocked,
    })
}

/// Ignore and attribute files hold the user's lines, and ours only once `apply` has added them.
fn states_facts(outcome: &Outcome, change: &FileChange) -> bool {
    let format = outcome
        .rendered
        .files
        .get(&change.path)
        .map(|file| file.format);
    matches!(format, Some(Format::Ignore | Format::Attributes))
}

fn rendered(outcome: &Outcome, change: &FileChange) -> Option<(RepoPath, BaseFile)> {
    let mut file = outcome.next.files.get(&change.path)?.clone();
    for conflict in &change.conflicts {
        let desired = conflict.desired.clone();
        file.keys
            .extend(desired.map(|value| (conflict.key.clone(), value)));
    }
    file.pending.clear();
    file.containers.clear();
    Some((change.path.clone(), file))
}

fn kept(change: &FileChange) -> FileChange {
    FileChange {
        moved_from: None,
        path: change.path.clone(),
        action: Action::Keep,
        before: change.before.clone(),
        after: change.before.clone(),
        mode_before: change.mode_before,
        mode: change.mode_before,
        conflicts: Vec::new(),
    }
}

fn standing(
    there: &[&FileChange],
    files: &BTreeMap<RepoPath, BaseFile>,
    blocked: &[(RepoPath, KeyPath)],
) -> Vec<Standing> {
    let row = |change: &&&FileChange| {
        let file = files.get(&change.path)?;
        let settled = |conflict: &&Conflict| {
            let here = (change.path.clone(), conflict.key.clone());
            !blocked.contains(&here)
        };
        let differs: Vec<Conflict> = change.conflicts.iter().filter(settled).cloned().collect();
        let keys: BTreeSet<&KeyPath> = differs.iter().map(|conflict| &conflict.key).collect();
        let matches = file.keys.keys().filter(|key| !keys.contains(key)).count();
        let path = change.path.clone();
        Some(Standing {
            path,
            matches,
            differs,
        })
    };
    there.iter().filter_map(|change| row(&change)).collect()
}
