//! What an upgrade moves: from which revision to which, and per file and key.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;

use super::diff::line_counts;
use crate::catalog::Catalog;
use crate::model::{
    BaseFile, BasePack, BaseState, FileChange, KeyPath, RepoPath, Value, escape, mask_value,
};

/// What differs between the last rendering and this one.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Moved {
    /// The template sets that moved, packs first.
    pub revisions: Vec<Revision>,
    /// The files whose rendered content moved.
    pub files: Vec<MovedFile>,
}

/// A template set that moved.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Revision {
    /// `templates` for the embedded ones, else the pack's name.
    pub name: String,
    /// Its version before; none where it is new.
    pub from: Option<String>,
    /// Its version after; none where it is gone.
    pub to: Option<String>,
    /// The pack's commit before.
    pub from_commit: Option<String>,
    /// The pack's commit after.
    pub to_commit: Option<String>,
    /// The features and files of values that differ, for the embedded ones.
    pub features: Vec<String>,
    /// What its changelog says of the versions between.
    pub changelog: Vec<String>,
}

/// A file whose rendered content moved.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct MovedFile {
    /// Which.
    pub path: String,
    /// Its keys; credentials are redacted.
    pub keys: Vec<MovedKey>,
    /// Lines that come in, of a whole file or block.
    pub added: usize,
    /// Lines that go.
    pub removed: usize,
}

/// A key whose rendered value moved.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct MovedKey {
    /// Dotted path.
    pub key: String,
    /// What was rendered.
    pub from: Option<Value>,
    /// What is rendered.
    pub to: Option<Value>,
}

/// Compares two renderings; none where there was no rendering before, or nothing moved. A file that
/// the changes move is compared with what it was under its old path.
#[must_use]
pub fn moved(
    base: &BaseState,
    next: &BaseState,
    catalog: &Catalog,
    changes: &[FileChange],
) -> Option<Moved> {
    if base.format == 0 {
        return None;
    }
    let renamed = changes.iter();
    let renamed = renamed.filter_map(|change| Some((&change.path, change.moved_from.as_ref()?)));
    let came_from: BTreeMap<&RepoPath, &RepoPath> = renamed.collect();
    let left: BTreeSet<&RepoPath> = came_from.values().copied().collect();
    let all = base.files.keys().chain(next.files.keys());
    let paths: BTreeSet<&RepoPath> = all.filter(|path| !left.contains(path)).collect();
    let none = BaseFile::default();
    let side = |state: &'_ BaseState, path| state.files.get(path).unwrap_or(&none).clone();
    let files = paths.into_iter().filter_map(|path| {
        let old = came_from.get(path).copied().unwrap_or(path);
        file(path, &side(base, old), &side(next, path))
    });
    let moved = Moved {
        revisions: revisions(base, next, catalog),
        files: files.collect(),
    };
    (!moved.revisions.is_empty() || !moved.files.is_empty()).then_some(moved)
}

/// Returns what moved as text for people.
#[must_use]
pub fn moved_text(moved: &Moved) -> String {
    let mut out = String::new();
    for revision in &moved.revisions {
        let _ = writeln!(out, "{}", headline(revision));
        for line in &revision.changelog {
            let _ = writeln!(out, "    {}", escape(line));
        }
    }
    for file in &moved.files {
        let counts = match (file.added, file.removed) {
            (0, 0) => String::new(),
            (added, removed) => format!("  +{added} -{removed}"),
        };
        let _ = writeln!(out, "  {}{counts}", escape(&file.path));
        for key in &file.keys {
            let name = escape(&name(&key.key));
            let shown = |value: &Value| escape(&value.to_string());
            let _ = match (&key.from, &key.to) {
                (None, Some(Value::Bool(true))) if key.key.ends_with(']') => {
                    writeln!(out, "    + {name}")
                }
                (Some(from), Some(to)) => {
                    writeln!(out, "    ~ {name}  {} → {}", shown(from), shown(to))
                }
                (None, Some(to)) => writeln!(out, "    + {name}  {}", shown(to)),
                _ => writeln!(out, "    - {name}"),
            };
        }
    }
    out
}

/// A key as people read it; a line of a file is that line.
fn name(key: &str) -> String {
    let line = key.strip_prefix('[').and_then(|key| key.strip_suffix(']'));
    let line = line.and_then(|json| serde_json::from_str(json).ok());
    line.unwrap_or_else(|| key.to_owned())
}

fn headline(revision: &Revision) -> String {
    let short = |commit: &Option<String>| {
        let commit = commit.as_deref().unwrap_or_default();
        commit.get(..10).unwrap_or(commit).to_owned()
    };
    let side = |version: &Option<String>, commit: &Option<String>| {
        let version = version.as_deref().unwrap_or("none");
        match short(commit) {
            commit if commit.is_empty() => version.to_owned(),
            commit => format!("{version} ({commit})"),
        }
    };
    let from = side(&revision.from, &revision.from_commit);
    let to = side(&revision.to, &revision.to_commit);
    let features = match revision.features.as_slice() {
        [] => String::new(),
        names => format!(": {}", names.join(", ")),
    };
    let arrow = if from == to {
        format!("{to}, other content")
    } else {
        format!("{from} → {to}")
    };
    escape(&format!("{} {arrow}{features}", revision.name))
}

fn revisions(base: &BaseState, next: &BaseState, catalog: &Catalog) -> Vec<Revision> {
    let mut found = Vec::new();
    for pack in &next.packs {
        let was = base.packs.iter().find(|old| old.name == pack.name);
        if was.is_none_or(|was| was.hash != pack.hash || was.commit != pack.commit) {
            found.push(pack_revision(was, Some(pack), catalog));
        }
    }
    for was in &base.packs {
        if !next.packs.iter().any(|pack| pack.name == was.name) {
            found.push(pack_revision(Some(was), None, catalog));
        }
    }
    let differ = |(name, hash): &(&String, &String)| {
        next.features.get(*name).is_some_and(|new| new != *hash)
    };
    let features: Vec<String> = base
        .features
        .iter()
        .filter(differ)
        .map(|(name, _)| name.clone())
        .collect();
    let by_packs = !next.packs.is_empty() || !base.packs.is_empty();
    if base.version != next.version || (!features.is_empty() && !by_packs) {
        found.push(Revision {
            name: "templates".to_owned(),
            from: Some(base.version.clone()),
            to: Some(next.version.clone()),
            from_commit: None,
            to_commit: None,
            features,
            changelog: between(catalog.changelog(), &base.version, &next.version),
        });
    }
    found
}

fn pack_revision(was: Option<&BasePack>, is: Option<&BasePack>, catalog: &Catalog) -> Revision {
    let version = |pack: Option<&BasePack>| pack.map(|pack| pack.version.clone());
    let commit = |pack: Option<&BasePack>| pack.and_then(|pack| pack.commit.clone());
    let name = is.or(was).map(|pack| pack.name.clone()).unwrap_or_default();
    let pack = catalog.packs.iter().find(|pack| pack.name == name);
    let log = pack.and_then(|pack| pack.files.get("CHANGELOG.md"));
    let changelog = match (log, was, is) {
        (Some(log), Some(was), Some(is)) => between(log, &was.version, &is.version),
        _ => Vec::new(),
    };
    Revision {
        name,
        from: version(was),
        to: version(is),
        from_commit: commit(was),
        to_commit: commit(is),
        features: Vec::new(),
        changelog,
    }
}

/// The lines of a changelog under the versions above one and up to another. A version's heading
/// begins with `#` and holds it, in brackets or not.
fn between(log: &str, from: &str, to: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut inside = false;
    for line in log.lines() {
        if let Some(heading) = line.strip_prefix('#') {
            let words = heading.split(|c: char| c.is_whitespace() || "[]()".contains(c));
            let version = words
                .map(|word| word.trim_start_matches('v'))
                .find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
            if let Some(version) = version {
                let number = numbers(version);
                inside = numbers(from) < number && number <= numbers(to);
            }
        }
        if inside && !line.trim().is_empty() {
            lines.push(line.trim_end().to_owned());
        }
    }
    lines
}

fn numbers(version: &str) -> Vec<u64> {
    let parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    let mut numbers: Vec<u64> = parts.collect();
    while numbers.last() == Some(&0) {
        numbers.pop();
    }
    numbers
}

fn file(path: &RepoPath, base: &BaseFile, next: &BaseFile) -> Option<MovedFile> {
    let root = KeyPath::root();
    let text = |file: &BaseFile| {
        let text = file.keys.get(&root).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let (old, new) = (text(base), text(next));
    let (added, removed) = line_counts(&old, &new);
    let names: BTreeSet<&KeyPath> = base
        .keys
        .keys()
        .chain(next.keys.keys())
        .filter(|key| !key.0.is_empty())
        .collect();
    let keys = names.into_iter().filter_map(|key| {
        let (from, to) = (base.keys.get(key), next.keys.get(key));
        let shown = |value: &Value| mask_value(key.name().unwrap_or_default(), value);
        (from != to).then(|| MovedKey {
            key: key.to_string(),
            from: from.map(shown),
            to: to.map(shown),
        })
    });
    let file = MovedFile {
        path: path.to_string(),
        keys: keys.collect(),
        added,
        removed,
    };
    let still = file.keys.is_empty() && file.added + file.removed == 0;
    (!still).then_some(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_changelog_of_the_versions_between_is_told() {
        let log = "# Changelog\n\n## [1.10.0] - 2026-01-01\n\n- ten\n\n## v1.9\n- nine\n## 1.2.0\n- two\n";
        let check = |from, to, expected: &[&str]| assert_eq!(between(log, from, to), expected);
        check("1.2", "1.9.0", &["## v1.9", "- nine"]);
        check("1.9", "1.10", &["## [1.10.0] - 2026-01-01", "- ten"]);
        check("1.10.0", "1.10.0", &[]);
    }
}
