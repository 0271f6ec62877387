//! Which tracked files have a name, and which paths the rules hide.

use std::path::Path;

use git2::Repository;

use super::Place;

/// Returns the tracked paths that end so, from the work tree's root.
#[must_use]
pub fn tracked_as(place: &Place, endings: &[&str]) -> Vec<String> {
    let Ok(index) = Repository::open(&place.work_tree).and_then(|git| git.index()) else {
        return Vec::new();
    };
    let ends = |path: &[u8]| endings.iter().any(|end| path.ends_with(end.as_bytes()));
    let paths = index.iter().map(|entry| entry.path);
    let paths = paths.filter(|path| ends(path));
    paths
        .filter_map(|path| String::from_utf8(path).ok())
        .collect()
}

/// How a path is hidden.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HiddenPath {
    /// The path, from the work tree's root.
    pub path: String,
    /// Whether a rule names the file itself, so that another rule can bring it back.
    pub by_name: bool,
}

/// Returns those of the paths that git ignores and does not track, whatever rule says so.
#[must_use]
pub fn hidden(place: &Place, paths: &[String]) -> Vec<HiddenPath> {
    let Ok(repository) = Repository::open(&place.work_tree) else {
        return Vec::new();
    };
    let Ok(index) = repository.index() else {
        return Vec::new();
    };
    let ignored = |path: &str| repository.is_path_ignored(path).unwrap_or(false);
    let untracked = paths
        .iter()
        .filter(|path| index.get_path(Path::new(path), 0).is_none());
    let hidden = untracked.filter(|path| ignored(path));
    let found = hidden.map(|path| {
        let mut folders = path.match_indices('/').map(|(at, _)| &path[..=at]);
        HiddenPath {
            path: path.clone(),
            by_name: !folders.any(ignored),
        }
    });
    found.collect()
}
