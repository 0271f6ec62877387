//! What git tracks and what its rules hide, asked of the index and the work tree, or of a tree.

use super::{Unit, View, actual};
use crate::git::{self, EntryKind, HiddenPath, Rules, Snapshot};
use crate::model::{Actual, RepoPath};

/// Returns whether git tracks a path of a unit; all that a tree holds is.
#[must_use]
pub fn is_tracked(unit: &Unit, path: &str) -> bool {
    match (&unit.view, &unit.git) {
        (View::Tree(tree), _) => holds(tree, path),
        (View::Disk, Some(place)) => {
            let whole = format!("{}{path}", unit.prefix());
            git::is_tracked(place, &whole).unwrap_or(false)
        }
        (View::Disk, None) => false,
    }
}

/// Returns whether some ignore rule names a path of a unit, tracked or not.
#[must_use]
pub fn is_ruled_out(unit: &Unit, path: &str) -> bool {
    match (&unit.view, &unit.git) {
        (View::Tree(_), _) => rules(unit, path).hide(path),
        (View::Disk, Some(place)) => {
            let whole = format!("{}{path}", unit.prefix());
            !git::ruled_out(place, &[whole]).is_empty()
        }
        (View::Disk, None) => false,
    }
}

/// Returns those of the paths of a unit that git ignores and does not track, from its folder.
#[must_use]
pub fn hidden(unit: &Unit, paths: &[RepoPath]) -> Vec<HiddenPath> {
    match (&unit.view, &unit.git) {
        (View::Tree(tree), _) => {
            let untracked = paths.iter().filter(|path| !holds(tree, path.as_str()));
            let found = untracked.filter_map(|path| {
                let rules = rules(unit, path.as_str());
                rules.hide(path.as_str()).then(|| HiddenPath {
                    path: path.to_string(),
                    by_name: rules.hide_by_name(path.as_str()),
                })
            });
            found.collect()
        }
        (View::Disk, Some(place)) => {
            let prefix = unit.prefix();
            let whole: Vec<String> = paths.iter().map(|path| format!("{prefix}{path}")).collect();
            let mut found = git::hidden(place, &whole);
            for hidden in &mut found {
                let path = hidden.path.strip_prefix(&prefix).unwrap_or(&hidden.path);
                hidden.path = path.to_owned();
            }
            found
        }
        (View::Disk, None) => Vec::new(),
    }
}

fn holds(tree: &Snapshot, path: &str) -> bool {
    let found = tree.entry(path).ok().flatten();
    found.is_some_and(|entry| entry.kind() != EntryKind::Folder)
}

/// The rules that speak of a path: those of the folders on the way to it.
fn rules(unit: &Unit, path: &str) -> Rules {
    let mut rules = Rules::default();
    let below = path.match_indices('/').map(|(at, _)| &path[..at]);
    for folder in std::iter::once("").chain(below) {
        let slash = if folder.is_empty() { "" } else { "/" };
        let Ok(file) = RepoPath::parse(&format!("{folder}{slash}.gitignore")) else {
            continue;
        };
        let text = actual(unit, std::iter::once(&file)).remove(&file);
        if let Some(Actual::Text { text, .. }) = text {
            rules.add(folder, &text);
        }
    }
    rules
}
