//! Lockfiles of every format that was ever written are read and brought up to date.
#![expect(clippy::disallowed_methods, reason = "a test reads its own files")]

use std::fs;
use std::path::{Path, PathBuf};

use claude_scaffold::catalog::Catalog;
use claude_scaffold::lock;

use super::tree::{self, Node};

fn stored(format: i64) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lockfiles");
    folder.join(format.to_string())
}

#[test]
fn every_stored_format_is_brought_up_to_date() {
    let formats: Vec<i64> = (1..=lock::VERSION).collect();
    let name = |format: &i64| format!("format {format}");
    tree::each(&formats, name, |format| {
        let home = tree::temp();
        let root = home.path().join("app");
        let text = fs::read_to_string(stored(*format).join("team.lock")).expect("a lockfile");
        let manifest = fs::read(stored(*format).join("team.toml")).expect("a manifest");
        tree::put(&root.join("claude-scaffold.toml"), &manifest, 0o644);
        tree::tool(&root, &["apply"]).ends(0);
        let own = root.join("claude-scaffold.lock");
        tree::put(&own, text.as_bytes(), 0o644);

        let old = lock::read(&text).expect("it is read");
        assert_eq!(old.format, *format);
        assert_eq!(lock::write(&old), text, "it is written as it was");
        let dry = tree::tool(&root, &["upgrade", "--dry-run"]).ends(0);
        assert_eq!(fs::read_to_string(&own).expect("text"), text, "{}", dry.err);

        tree::tool(&root, &["upgrade"]).ends(0);
        let new = lock::read(&fs::read_to_string(&own).expect("text")).expect("it is read");
        assert_eq!(new.format, lock::VERSION);
        let paths = |state: &claude_scaffold::model::BaseState| {
            state.files.keys().cloned().collect::<Vec<_>>()
        };
        assert_eq!(paths(&new), paths(&old));
        let after = tree::tree(&root);
        tree::tool(&root, &["upgrade"]).ends(0);
        tree::tool(&root, &["apply"]).ends(0);
        tree::same("again", &after, &tree::tree(&root));
    });
}

/// A program with the same templates leaves the older format to a colleague's program.
#[test]
fn apply_keeps_an_older_format() {
    let home = tree::temp();
    let root = home.path().join("app");
    let manifest = fs::read(stored(1).join("team.toml")).expect("a manifest");
    tree::put(&root.join("claude-scaffold.toml"), &manifest, 0o644);
    tree::tool(&root, &["apply"]).ends(0);
    let own = root.join("claude-scaffold.lock");
    let text = fs::read_to_string(&own).expect("text");
    let mut state = lock::read(&text).expect("it is read");
    state.format = 1;
    tree::put(&own, lock::write(&state).as_bytes(), 0o644);
    let before = tree::tree(&root);
    tree::tool(&root, &["apply"]).ends(0);
    tree::same("apply", &before, &tree::tree(&root));
    tree::tool(&root, &["set", "gateway.timeout_ms=1000"]).ends(0);
    let Some(Node::File(_, bytes)) = tree::tree(&root).remove("claude-scaffold.lock") else {
        panic!("no lockfile");
    };
    let text = String::from_utf8(bytes).expect("text");
    assert!(text.contains("\nversion = 1\n"), "{text}");
}

/// Sets what the lockfile of a fresh repository says of the embedded templates.
fn with_templates(root: &Path, version: &str, docs: Option<&str>) {
    let own = root.join("claude-scaffold.lock");
    let text = fs::read_to_string(&own).expect("text");
    let mut state = lock::read(&text).expect("it is read");
    version.clone_into(&mut state.version);
    format!("0.{version}.0").clone_into(&mut state.needs);
    if let Some(hash) = docs {
        state.features.insert("docs".to_owned(), hash.to_owned());
    }
    tree::put(&own, lock::write(&state).as_bytes(), 0o644);
}

/// Two programs whose templates differ elsewhere do not take turns in writing the lockfile.
#[test]
fn templates_that_are_not_used_may_be_older_or_newer() {
    for version in ["1", "99"] {
        let home = tree::temp();
        let root = home.path().join("app");
        fs::create_dir(&root).expect("a folder");
        tree::tool(&root, &["init", "--profile", "team"]).ends(0);
        with_templates(&root, version, None);
        let before = tree::tree(&root);
        for command in ["check", "plan", "apply"] {
            let run = tree::tool(&root, &[command, "--locked"]).ends(0);
            assert!(!run.err.contains("warning"), "{command}: {}", run.err);
        }
        tree::tool(&root, &["plan", "--exit-code"]).ends(0);
        tree::same(version, &before, &tree::tree(&root));
        if version == "99" {
            tree::tool(&root, &["upgrade"]).ends(0);
            tree::same(version, &before, &tree::tree(&root));
        }
    }
}

#[test]
fn an_older_program_moves_nothing_back() {
    let home = tree::temp();
    let root = home.path().join("app");
    fs::create_dir(&root).expect("a folder");
    tree::tool(&root, &["init", "--profile", "team"]).ends(0);
    with_templates(&root, "99", Some("000000000000"));
    let before = tree::tree(&root);
    tree::tool(&root, &["check"]).ends(0);
    for command in ["apply", "upgrade"] {
        let run = tree::tool(&root, &[command]).ends(2);
        assert!(run.err.contains("--version '>=0.99.0'"), "{}", run.err);
    }
    tree::same("refused", &before, &tree::tree(&root));
}

#[test]
fn a_newer_one_names_the_version_to_install() {
    let home = tree::temp();
    let root = home.path().join("app");
    fs::create_dir(&root).expect("a folder");
    tree::tool(&root, &["init", "--profile", "solo"]).ends(0);
    let own = root.join("claude-scaffold.lock");
    let newer = "version = 99\nneeds = \"7.1.0\"\n[shape]\nunknown = 1\n";
    tree::put(&own, newer.as_bytes(), 0o644);
    for command in ["apply", "plan", "upgrade"] {
        let run = tree::tool(&root, &[command]).ends(2);
        assert!(run.err.contains("--version '>=7.1.0'"), "{}", run.err);
    }
}

#[test]
fn the_templates_are_no_younger_than_the_program() {
    let numbers = |text: &str| -> Vec<u32> {
        let parts = text.split('.');
        parts.map(|part| part.parse().expect("a number")).collect()
    };
    let catalog = Catalog::embedded();
    let since = catalog.since().expect("a version");
    assert!(numbers(since) <= numbers(env!("CARGO_PKG_VERSION")));
}
