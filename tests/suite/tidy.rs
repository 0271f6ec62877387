//! The house rules that a compiler does not know: room order, short files, documented modules.
#![expect(clippy::disallowed_methods, reason = "tests read the project's files")]

use std::fs;
use std::path::{Path, PathBuf};

const LONGEST_FILE: usize = 400;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of the project") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn rooms() -> Vec<String> {
    let map = fs::read_to_string(root().join("src/lib.rs")).expect("the map");
    let lines = map.lines().filter_map(|line| line.strip_prefix("pub mod "));
    lines
        .map(|line| line.trim_end_matches(';').to_owned())
        .collect()
}

/// Room names that follow `crate::` in a text, braces after it opened.
fn uses(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        let list = match rest.strip_prefix('{') {
            Some(inner) => inner.split('}').next().unwrap_or_default(),
            None => rest
                .split([';', ' ', '(', ')', ','])
                .next()
                .unwrap_or_default(),
        };
        for item in list.split(',') {
            let name: String = item
                .trim()
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            found.push(name);
        }
    }
    found
}

#[test]
fn rooms_use_only_rooms_above_them() {
    let rooms = rooms();
    assert!(rooms.len() > 10, "{rooms:?}");
    let rank = |name: &str| rooms.iter().position(|room| room == name);
    let mut wrong = Vec::new();
    for path in files(&root().join("src"), ".rs") {
        let inside = path.strip_prefix(root().join("src")).expect("below src");
        let room = inside
            .iter()
            .next()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let Some(own) = rank(&room) else { continue };
        let text = fs::read_to_string(&path).expect("UTF-8");
        for used in uses(&text) {
            if rank(&used).is_some_and(|other| other > own) {
                wrong.push(format!("{} uses `{used}`, a later room", inside.display()));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn files_are_short_and_open_with_what_they_are() {
    let mut wrong = Vec::new();
    for folder in ["src", "tests/suite"] {
        for path in files(&root().join(folder), ".rs") {
            let text = fs::read_to_string(&path).expect("UTF-8");
            let name = path.strip_prefix(root()).expect("below the root").display();
            if !text.starts_with("//!") {
                wrong.push(format!("{name} does not open with //!"));
            }
            let tests = path.ends_with("tests.rs") || folder != "src";
            if !tests && text.lines().count() > LONGEST_FILE {
                wrong.push(format!("{name} is longer than {LONGEST_FILE} lines"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_snapshot_belongs_to_a_test() {
    let tests: String = files(&root().join("tests/suite"), ".rs")
        .iter()
        .map(|path| fs::read_to_string(path).expect("UTF-8"))
        .collect();
    let orphans: Vec<String> = files(&root().join("snapshots"), ".snap")
        .iter()
        .filter(|path| {
            let subject = path.parent().and_then(Path::file_name).expect("a subject");
            !tests.contains(&*subject.to_string_lossy())
        })
        .map(|path| path.display().to_string())
        .collect();
    assert_eq!(orphans, Vec::<String>::new());
}
