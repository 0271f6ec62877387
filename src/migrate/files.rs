//! Files under another path.

use std::collections::{BTreeMap, BTreeSet};

use super::Migrated;
use crate::model::{Actual, BaseState, RepoPath, Step};

/// Moves a file that we created, the user's edits with it, to a path where nothing is.
pub(super) fn rename(migrated: &mut Migrated<'_>, from: &RepoPath, to: &RepoPath) {
    let created = migrated.base.files.get(from).is_some_and(|f| f.created);
    let other = matches!(migrated.ground.get(from), Some(Actual::Other(_)));
    let free = !migrated.base.files.contains_key(to) && migrated.is_absent(to);
    if !created || other || !free {
        return;
    }
    if let Some(file) = migrated.base.to_mut().files.remove(from) {
        migrated.base.to_mut().files.insert(to.clone(), file);
    }
    let Some(here @ Actual::Text { .. }) = migrated.ground.to_mut().remove(from) else {
        return;
    };
    migrated.ground.to_mut().insert(to.clone(), here);
    migrated
        .ground
        .to_mut()
        .insert(from.clone(), Actual::Absent);
    let origin = migrated.moved.remove(from);
    let origin = origin.unwrap_or_else(|| from.clone());
    if origin != *to {
        migrated.moved.insert(to.clone(), origin);
    }
}

/// Returns the files that the templates give under another path now: all that gave a file no longer
/// wanted give exactly one path that the base does not know.
#[must_use]
pub fn renamed_outputs(
    base: &BaseState,
    desired_outputs: &BTreeMap<RepoPath, BTreeSet<String>>,
) -> Vec<Step> {
    let fresh = |path: &&RepoPath| !base.files.contains_key(*path);
    let mut found: Vec<(&RepoPath, &RepoPath)> = Vec::new();
    for (from, file) in &base.files {
        if desired_outputs.contains_key(from) || file.outputs.is_empty() {
            continue;
        }
        let mut given = desired_outputs
            .iter()
            .filter(|(_, outputs)| file.outputs.is_subset(outputs))
            .map(|(path, _)| path);
        if let (Some(to), None) = (given.next().filter(fresh), given.next()) {
            found.push((from, to));
        }
    }
    let times = |to: &RepoPath| found.iter().filter(|(_, other)| *other == to).count();
    found
        .iter()
        .filter(|(_, to)| times(to) == 1)
        .map(|(from, to)| Step::RenameFile {
            from: (*from).clone(),
            to: (*to).clone(),
        })
        .collect()
}
