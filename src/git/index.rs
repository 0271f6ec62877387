//! What git's index says about paths of the work tree, entered only when asked.

use std::path::{Path, PathBuf};

use git2::{Index, IndexEntry, IndexEntryExtendedFlag};

use super::Place;
use crate::model::Mode;

/// What git leaves in its folder while a merge, rebase, cherry-pick or revert waits for the user.
const UNDER_WAY: [&str; 5] = [
    "MERGE_HEAD",
    "CHERRY_PICK_HEAD",
    "REVERT_HEAD",
    "rebase-merge",
    "rebase-apply",
];

/// Why the index could not be used.
#[derive(Debug, thiserror::Error)]
#[error("failed to {act} git's index `{index}`")]
pub struct IndexError {
    /// What was tried.
    act: &'static str,
    /// Where it is.
    index: PathBuf,
    /// Why it failed.
    source: git2::Error,
}

/// Records a tracked file's mode in the index; a path that is not tracked is left alone.
///
/// # Errors
/// Fails where the index cannot be read, is locked or cannot be written.
pub fn set_mode(place: &Place, path: &str, mode: Mode) -> Result<(), IndexError> {
    let Some(mut index) = open(place)? else {
        return Ok(());
    };
    let Some(mut entry) = index.get_path(Path::new(path), 0) else {
        return Ok(());
    };
    let wanted = match mode {
        Mode::Regular => 0o100_644,
        Mode::Executable => 0o100_755,
    };
    let is_file = entry.mode & 0o170_000 == 0o100_000;
    if !is_file || entry.mode == wanted {
        return Ok(());
    }
    entry.mode = wanted;
    index
        .add(&entry)
        .and_then(|()| index.write())
        .map_err(failed(place, "write"))
}

/// Returns those of the paths, relative to the work tree, that a merge, rebase, cherry-pick or revert
/// under way has left in conflict.
///
/// # Errors
/// Fails where the index cannot be read.
pub fn conflicted<'a>(place: &Place, paths: &[&'a str]) -> Result<Vec<&'a str>, IndexError> {
    let under_way = UNDER_WAY
        .iter()
        .any(|name| place.git_dir.join(name).exists());
    if !under_way {
        return Ok(Vec::new());
    }
    select(place, paths, |entry| entry.flags >> 12 & 3 != 0)
}

/// Returns those of the paths, relative to the work tree, that a sparse checkout leaves out of it.
///
/// # Errors
/// Fails where the index cannot be read.
pub fn outside_sparse<'a>(place: &Place, paths: &[&'a str]) -> Result<Vec<&'a str>, IndexError> {
    if !place.git_dir.join("info/sparse-checkout").exists() {
        return Ok(Vec::new());
    }
    select(place, paths, |entry| {
        entry.flags_extended & IndexEntryExtendedFlag::SKIP_WORKTREE.bits() != 0
    })
}

fn select<'a>(
    place: &Place,
    paths: &[&'a str],
    is_meant: impl Fn(&IndexEntry) -> bool,
) -> Result<Vec<&'a str>, IndexError> {
    let Some(index) = open(place)? else {
        return Ok(Vec::new());
    };
    let is_selected = |path: &str| {
        (0..=3).any(|stage| {
            let entry = index.get_path(Path::new(path), stage);
            entry.is_some_and(|entry| is_meant(&entry))
        })
    };
    Ok(paths
        .iter()
        .copied()
        .filter(|path| is_selected(path))
        .collect())
}

/// Opens the index by itself: no configuration is read.
/// Returns whether git tracks a path, relative to the work tree.
///
/// # Errors
/// Fails where the index cannot be read.
pub fn is_tracked(place: &Place, path: &str) -> Result<bool, IndexError> {
    let index = open(place)?;
    Ok(index.is_some_and(|index| index.get_path(Path::new(path), 0).is_some()))
}

fn open(place: &Place) -> Result<Option<Index>, IndexError> {
    let path = place.git_dir.join("index");
    if !path.exists() {
        return Ok(None);
    }
    Index::open(&path).map(Some).map_err(failed(place, "read"))
}

pub(super) fn failed(place: &Place, act: &'static str) -> impl FnOnce(git2::Error) -> IndexError {
    let index = place.git_dir.join("index");
    move |source| IndexError { act, index, source }
}
