//! Two branches' lockfiles and the one they started from → one base, per file and key.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{BaseFile, BaseState, KeyPath, RepoPath, Value};

/// Merges three base states. What one side alone changed is that side's. Of a key that both changed, the
/// value that stands in the file counts, else the one they started from; of templates, the newer ones.
#[must_use]
pub fn merge(
    before: &BaseState,
    here: &BaseState,
    there: &BaseState,
    stands: impl Fn(&RepoPath, &KeyPath) -> Option<Value>,
) -> BaseState {
    let number = |state: &BaseState| state.version.parse::<u32>().unwrap_or_default();
    let newer = if number(there) > number(here) {
        there
    } else {
        here
    };
    let nothing = BaseFile::default();
    let paths: BTreeSet<&RepoPath> = here.files.keys().chain(there.files.keys()).collect();
    let mut files = BTreeMap::new();
    for path in paths {
        let sides = (here.files.get(path), there.files.get(path));
        let merged = match sides {
            (Some(here), Some(there)) => {
                let before = before.files.get(path).unwrap_or(&nothing);
                file(before, here, there, |key| stands(path, key))
            }
            (Some(one), None) | (None, Some(one)) => one.clone(),
            (None, None) => continue,
        };
        files.insert(path.clone(), merged);
    }
    BaseState {
        format: here.format.max(there.format),
        source: changed(|state| &state.source, before, here, there, newer),
        version: changed(|state| &state.version, before, here, there, newer),
        needs: changed(|state| &state.needs, before, here, there, newer),
        packs: changed(|state| &state.packs, before, here, there, newer),
        features: maps(&before.features, &here.features, &there.features, |name| {
            newer.features.get(name).cloned()
        }),
        files,
    }
}

/// What the side says that changed it; where both did, the one with the newer templates.
fn changed<T: PartialEq + Clone>(
    part: impl Fn(&BaseState) -> &T,
    before: &BaseState,
    here: &BaseState,
    there: &BaseState,
    newer: &BaseState,
) -> T {
    let side = if part(here) == part(before) {
        there
    } else if part(there) == part(before) {
        here
    } else {
        newer
    };
    part(side).clone()
}

fn file(
    before: &BaseFile,
    here: &BaseFile,
    there: &BaseFile,
    stands: impl Fn(&KeyPath) -> Option<Value>,
) -> BaseFile {
    let both = |key: &KeyPath| {
        let standing = stands(key);
        let known = [here.keys.get(key), there.keys.get(key)];
        let known = known.contains(&standing.as_ref());
        standing
            .filter(|_| known)
            .or_else(|| before.keys.get(key).cloned())
    };
    BaseFile {
        format: *side(&before.format, &here.format, &there.format),
        created: here.created && there.created,
        keys: maps(&before.keys, &here.keys, &there.keys, both),
        containers: sets(&before.containers, &here.containers, &there.containers),
        found: sets(&before.found, &here.found, &there.found),
        tombstones: sets(&before.tombstones, &here.tombstones, &there.tombstones),
        pending: sets(&before.pending, &here.pending, &there.pending),
        dropped: sets(&before.dropped, &here.dropped, &there.dropped),
        outputs: sets(&before.outputs, &here.outputs, &there.outputs),
    }
}

/// The side that changed; where both did, this one.
fn side<'s, T: PartialEq>(before: &T, here: &'s T, there: &'s T) -> &'s T {
    if here == before { there } else { here }
}

fn maps<K: Ord + Clone, V: PartialEq + Clone>(
    before: &BTreeMap<K, V>,
    here: &BTreeMap<K, V>,
    there: &BTreeMap<K, V>,
    both: impl Fn(&K) -> Option<V>,
) -> BTreeMap<K, V> {
    let keys: BTreeSet<&K> = here.keys().chain(there.keys()).collect();
    let merged = |key: &K| {
        let (old, a, b) = (before.get(key), here.get(key), there.get(key));
        if a == b || b == old {
            a.cloned()
        } else if a == old {
            b.cloned()
        } else {
            both(key)
        }
    };
    keys.into_iter()
        .filter_map(|key| Some((key.clone(), merged(key)?)))
        .collect()
}

fn sets<K: Ord + Clone>(
    before: &BTreeSet<K>,
    here: &BTreeSet<K>,
    there: &BTreeSet<K>,
) -> BTreeSet<K> {
    let stays = |key: &&K| {
        let (a, b) = (here.contains(key), there.contains(key));
        (a && b) || (a != b && !before.contains(key))
    };
    here.union(there).filter(stays).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Version, keys and tombstones.
    type Side<'a> = (&'a str, &'a [(&'a str, i64)], &'a [&'a str]);

    fn state(version: &str, keys: &[(&str, i64)], deleted: &[&str]) -> BaseState {
        let key = |name: &str| KeyPath::root().key(name);
        let file = BaseFile {
            keys: keys
                .iter()
                .map(|(k, v)| (key(k), Value::from(*v)))
                .collect(),
            tombstones: deleted.iter().map(|name| key(name)).collect(),
            ..BaseFile::default()
        };
        let path = RepoPath::parse("a.json").expect("a path");
        BaseState {
            version: version.to_owned(),
            features: [("f".to_owned(), version.to_owned())].into(),
            files: [(path, file)].into(),
            ..BaseState::default()
        }
    }

    fn check(sides: [Side<'_>; 3], stands: Option<i64>, expected: Side<'_>) {
        let [before, here, there] =
            sides.map(|(version, keys, deleted)| state(version, keys, deleted));
        let (version, keys, deleted) = expected;
        let expected = state(version, keys, deleted);
        let stands = |_: &RepoPath, _: &KeyPath| stands.map(Value::from);
        assert_eq!(merge(&before, &here, &there, stands), expected);
        assert_eq!(merge(&before, &there, &here, stands), expected);
    }

    #[test]
    fn each_side_gives_what_it_changed() {
        check(
            [
                ("1", &[("a", 1), ("b", 1), ("c", 1)], &[]),
                ("1", &[("a", 2), ("b", 1), ("c", 1)], &["c"]),
                ("1", &[("a", 1), ("b", 2), ("d", 1), ("c", 1)], &[]),
            ],
            None,
            ("1", &[("a", 2), ("b", 2), ("c", 1), ("d", 1)], &["c"]),
        );
    }

    #[test]
    fn of_what_both_changed_the_file_decides() {
        let sides: [Side<'_>; 3] = [
            ("1", &[("a", 1)], &["a"]),
            ("1", &[("a", 2)], &[]),
            ("2", &[("a", 3)], &["a"]),
        ];
        check(sides, Some(3), ("2", &[("a", 3)], &[]));
        check(sides, Some(4), ("2", &[("a", 1)], &[]));
        check(sides, None, ("2", &[("a", 1)], &[]));
    }
}
