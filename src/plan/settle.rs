//! What the user decides about conflicts and deletions → a base from which the one merge rule gives
//! just that.

use std::collections::BTreeSet;

use crate::merge::same_keys;
use crate::model::{BaseFile, BaseState, Conflict, FileChange, Format, KeyPath, RepoPath, Segment};

/// Which side of a conflict counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// What stands there.
    Keep,
    /// What the template says.
    Take,
}

/// A key that waits for a decision.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Open {
    /// In which file.
    pub path: RepoPath,
    /// Where; the empty path is the whole file.
    pub key: KeyPath,
}

impl std::fmt::Display for Open {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.key.0.as_slice() {
            [] => write!(f, "{}", self.path),
            _ => write!(f, "{}:{}", self.path, self.key),
        }
    }
}

/// Returns every key in conflict, with what each side says.
#[must_use]
pub fn in_conflict(changes: &[FileChange]) -> Vec<(Open, &Conflict)> {
    let pairs = changes
        .iter()
        .flat_map(|change| change.conflicts.iter().map(move |c| (&change.path, c)));
    pairs
        .map(|(path, conflict)| {
            let (path, key) = (path.clone(), conflict.key.clone());
            (Open { path, key }, conflict)
        })
        .collect()
}

/// Returns every key and file that the user deleted; a comment goes with the key below it.
#[must_use]
pub fn deleted(next: &BaseState) -> Vec<Open> {
    let mut found = Vec::new();
    for (path, file) in &next.files {
        let is_comment = |key: &KeyPath| {
            let entries = matches!(file.format, Some(Format::Env | Format::Yaml));
            entries && matches!(key.0.last(), Some(Segment::Element(_)))
        };
        let whole = file.tombstones.contains(&KeyPath::root());
        let keys = file.tombstones.iter().filter(|key| !is_comment(key));
        let keys = keys.filter(|key| !whole || key.0.is_empty());
        found.extend(keys.map(|key| Open {
            path: path.clone(),
            key: key.clone(),
        }));
    }
    found
}

/// Returns those of the open keys that `PATH`, or `PATH:KEY` for a key and what is below it, names.
#[must_use]
pub fn select<'o>(open: &'o [Open], target: &str) -> Vec<&'o Open> {
    let target = target.strip_prefix("./").unwrap_or(target);
    let names = |open: &&Open| {
        let Some(rest) = target.strip_prefix(open.path.as_str()) else {
            return false;
        };
        match rest.strip_prefix(':') {
            None => rest.is_empty(),
            Some(key) => {
                let parsed = KeyPath::parse(key);
                let below = parsed.is_some_and(|above| open.key.0.starts_with(&above.0));
                below || plain(&open.key) == key
            }
        }
    };
    open.iter().filter(names).collect()
}

/// Changes a base so that the next plan does with a conflict what the user decided.
///
/// To keep is to take the desired value for the one rendered last: what stands there is then the
/// user's edit of it. To take is the opposite: what stands there then counts as rendered last.
pub fn settle(
    base: &mut BaseState,
    path: &RepoPath,
    format: Format,
    conflict: &Conflict,
    verdict: Verdict,
) {
    let file = base.files.entry(path.clone()).or_default();
    if file.format.is_some_and(|known| !same_keys(known, format)) {
        *file = BaseFile::default();
    }
    file.format = Some(format);
    let key = conflict.key.clone();
    let counts = match verdict {
        Verdict::Keep => {
            file.tombstones.insert(key.clone());
            conflict.desired.clone()
        }
        Verdict::Take => {
            file.tombstones.remove(&key);
            file.created |= format == Format::WholeFile;
            conflict.actual.clone()
        }
    };
    if let Some(value) = counts {
        file.keys.insert(key, value);
    } else {
        // The templates drop the key: kept, it is no business of ours any more.
        file.keys.remove(&key);
        file.dropped.remove(&key);
        file.tombstones.remove(&key);
    }
}

/// Forgets that the user deleted a key, with all that is below it, or a file.
pub fn restore(base: &mut BaseState, open: &Open) {
    if open.key.0.is_empty() {
        base.files.remove(&open.path);
        return;
    }
    let Some(file) = base.files.get_mut(&open.path) else {
        return;
    };
    let below = |key: &KeyPath| key.0.starts_with(&open.key.0);
    file.keys.retain(|key, _| !below(key));
    let tombstones = std::mem::take(&mut file.tombstones);
    let kept: BTreeSet<KeyPath> = tombstones.into_iter().filter(|key| !below(key)).collect();
    file.tombstones = kept;
}

/// A key as people type it: names joined by dots, none in quotes.
fn plain(key: &KeyPath) -> String {
    let names = key.0.iter().map(|segment| match segment {
        Segment::Key(name) | Segment::Element(name) => name.as_str(),
    });
    names.collect::<Vec<_>>().join(".")
}
