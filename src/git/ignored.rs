//! Which of our files git would not see.

use std::fs;
use std::path::Path;

use git2::Repository;

use super::Place;

/// Returns those of the paths, relative to the work tree, that git ignores and does not track.
///
/// The rules of the repository's top `.gitignore` are merged, so only others can hide a file: libgit2
/// is entered where a folder has rules of its own or `info/exclude` is in use.
#[must_use]
pub fn ignored(place: &Place, paths: &[String]) -> Vec<String> {
    if !paths.iter().any(|path| has_rules(&place.work_tree, path)) && !excludes(place) {
        return Vec::new();
    }
    let Ok(repository) = Repository::open(&place.work_tree) else {
        return Vec::new();
    };
    let index = repository.index().ok();
    let tracked = |path: &str| {
        let found = index
            .as_ref()
            .and_then(|index| index.get_path(Path::new(path), 0));
        found.is_some()
    };
    let hidden = |path: &&String| repository.is_path_ignored(path.as_str()).unwrap_or(false);
    let hidden = paths.iter().filter(hidden);
    hidden.filter(|path| !tracked(path)).cloned().collect()
}

/// Returns those of the paths, relative to the work tree, that some ignore rule names, tracked or not.
#[must_use]
pub fn ruled_out(place: &Place, paths: &[String]) -> Vec<String> {
    let Ok(repository) = Repository::open(&place.work_tree) else {
        return Vec::new();
    };
    let is_named = |path: &&String| repository.is_path_ignored(path.as_str()).unwrap_or(false);
    paths.iter().filter(is_named).cloned().collect()
}

fn has_rules(top: &Path, path: &str) -> bool {
    let folders = path.match_indices('/').map(|(at, _)| &path[..at]);
    folders
        .map(|folder| top.join(folder).join(".gitignore"))
        .any(|file| fs::symlink_metadata(file).is_ok())
}

fn excludes(place: &Place) -> bool {
    let text = fs::read_to_string(place.common_dir.join("info/exclude")).unwrap_or_default();
    text.lines()
        .any(|line| !line.trim().is_empty() && !line.starts_with('#'))
}
