//! Two branches that both changed something of ours, merged by git and settled by `resolve`.
#![expect(clippy::disallowed_methods, reason = "a test looks at the disk")]

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::tree::{self, Run, Tree};

const URL: &str = "gateway.url=https://gw.internal.net/v1";
const MANIFEST: &str = "claude-scaffold.toml";
const LOCK: &str = "claude-scaffold.lock";

/// A repository whose branches `a` and `b` have each set something.
fn branches(profile: &str, a: &[&str], b: &[&str]) -> (TempDir, PathBuf) {
    let home = tree::temp();
    let root = home.path().join("app");
    fs::create_dir(&root).expect("a folder");
    tree::git_init(&root);
    tree::git(&root, &["checkout", "-q", "-b", "a"]).ends(0);
    tree::tool(&root, &["init", "--profile", profile, "--set", URL]).ends(0);
    tree::commit(&root);
    tree::git(&root, &["checkout", "-q", "-b", "b"]).ends(0);
    for (branch, set) in [("b", b), ("a", a)] {
        tree::git(&root, &["checkout", "-q", branch]).ends(0);
        tree::tool(&root, &[&["set"], set].concat()).ends(0);
        tree::commit(&root);
    }
    (home, root)
}

/// Merges the other branch into this one; whether git managed it.
fn merge(root: &Path, into: &str, other: &str) -> bool {
    tree::git(root, &["checkout", "-q", "-f", into]).ends(0);
    tree::git(root, &["merge", "-q", "-m", "merge", other]).code == 0
}

/// Settles the manifest as a person would: a line of each side.
fn settle_manifest(root: &Path, common: &str) {
    let path = root.join(MANIFEST);
    let text = fs::read_to_string(&path).expect("a text");
    if text.contains("<<<<<<< ") {
        tree::git(root, &["checkout", "--ours", MANIFEST]).ends(0);
        for set in common.split(' ') {
            let (key, value) = set.split_once('=').expect("an assignment");
            let (table, name) = key.split_once('.').expect("a table");
            put(&path, table, name, value);
        }
        tree::git(root, &["add", MANIFEST]).ends(0);
    }
}

/// Puts a value into a table of a manifest, in place of the one that is there.
fn put(path: &Path, table: &str, name: &str, value: &str) {
    let text = fs::read_to_string(path).expect("a text");
    let mut document: toml_edit::DocumentMut = text.parse().expect("TOML");
    document[table][name] = toml_edit::value(value);
    fs::write(path, document.to_string()).expect("written");
}

fn finish(root: &Path) -> Tree {
    tree::git(root, &["add", "-A"]).ends(0);
    tree::git(root, &["commit", "-q", "--allow-empty", "-m", "merged"]).ends(0);
    tree::tool(root, &["plan", "--exit-code"]).ends(0);
    tree::tool(root, &["check"]).ends(0);
    tree::tree(root)
}

fn resolved(root: &Path) -> Run {
    let run = tree::tool(root, &["resolve"]).ends(0);
    assert!(run.err.contains("next: `git add "), "{}", run.err);
    let clean = tree::tree(root);
    for (path, node) in &clean {
        if let tree::Node::File(_, bytes) = node {
            let text = String::from_utf8_lossy(bytes);
            assert!(!text.contains("<<<<<<< "), "{path}:\n{text}");
        }
    }
    let again = tree::tool(root, &["resolve"]).ends(0);
    assert!(again.err.contains("nothing was decided"), "{}", again.err);
    tree::same("a second time", &clean, &tree::tree(root));
    run
}

#[test]
fn branches_merge_both_ways_to_the_same() {
    let cases: [(&[&str], &[&str], &str); 4] = [
        (
            &["models.fast=one"],
            &["models.reasoning=two"],
            "models.fast=one models.reasoning=two",
        ),
        (
            &["models.fast=one"],
            &["telemetry.cost_center=ops"],
            "models.fast=one telemetry.cost_center=ops",
        ),
        (
            &["models.default=one"],
            &["models.fast=two"],
            "models.default=one models.fast=two",
        ),
        (
            &["models.fast=one"],
            &["models.fast=two"],
            "models.fast=two",
        ),
    ];
    let cases: Vec<_> = ["team", "enterprise", "multi-model"]
        .into_iter()
        .flat_map(|profile| cases.iter().map(move |case| (profile, case)))
        .collect();
    tree::each(
        &cases,
        |case| format!("{case:?}"),
        |(profile, (a, b, common))| {
            let (_home, root) = branches(profile, a, b);
            let results = [("a", "b"), ("b", "a")].map(|(into, other)| {
                let start = tree::git(&root, &["rev-parse", into]).ends(0).out;
                let back = ["reset", "-q", "--hard", start.trim()];
                if merge(&root, into, other) {
                    let done = finish(&root);
                    tree::git(&root, &back).ends(0);
                    return done;
                }
                if fs::read_to_string(root.join(MANIFEST))
                    .expect("a text")
                    .contains("<<<<<<< ")
                {
                    let run = tree::tool(&root, &["resolve"]).ends(2);
                    assert!(
                        run.err.contains("`claude-scaffold.toml` holds conflict"),
                        "{}",
                        run.err
                    );
                }
                settle_manifest(&root, common);
                let before = tree::tree(&root);
                resolved(&root);
                tree::tool(&root, &["undo"]).ends(0);
                tree::same("undo", &before, &tree::tree(&root));
                resolved(&root);
                let done = finish(&root);
                tree::git(&root, &back).ends(0);
                done
            });
            tree::same("both ways", &results[0], &results[1]);
        },
    );
}

#[test]
fn what_the_user_wrote_on_one_side_is_kept() {
    let (_home, root) = branches("team", &["models.fast=one"], &["models.reasoning=two"]);
    tree::git(&root, &["checkout", "-q", "b"]).ends(0);
    let settings = root.join(".claude/settings.json");
    let text = fs::read_to_string(&settings).expect("a text");
    fs::write(&settings, text.replacen('{', "{\n  \"own\": 1,", 1)).expect("written");
    tree::commit(&root);
    for (into, other) in [("a", "b"), ("b", "a")] {
        assert!(!merge(&root, into, other));
        settle_manifest(&root, "models.fast=one models.reasoning=two");
        resolved(&root);
        let text = fs::read_to_string(&settings).expect("a text");
        assert!(text.contains("\"own\": 1"), "{text}");
        finish(&root);
        let start = format!("{into}@{{1}}");
        tree::git(&root, &["reset", "-q", "--hard", &start]).ends(0);
    }
}

#[test]
fn other_templates_leave_the_rest_to_upgrade() {
    let (_home, root) = branches("team", &["models.fast=one"], &["models.reasoning=two"]);
    let hash = first_hash(&root);
    for branch in ["a", "b"] {
        tree::git(&root, &["checkout", "-q", branch]).ends(0);
        let lock = fs::read_to_string(root.join(LOCK)).expect("a text");
        fs::write(root.join(LOCK), lock.replace(&hash, "0")).expect("written");
        tree::commit(&root);
    }
    assert!(!merge(&root, "a", "b"));
    settle_manifest(&root, "models.fast=one models.reasoning=two");
    let run = tree::tool(&root, &["resolve"]).ends(1);
    assert!(run.err.contains("claude-scaffold upgrade"), "{}", run.err);
    let lock = fs::read_to_string(root.join(LOCK)).expect("a text");
    assert!(!lock.contains("<<<<<<< "), "{lock}");
    for name in [
        ".claude/settings.json",
        "docs/claude-gateway.md",
        "scripts/run-claude.ps1",
        "scripts/run-claude.sh",
        ".vscode/settings.json",
    ] {
        tree::git(&root, &["checkout", "--ours", name]);
    }
    tree::git(&root, &["add", "-A"]).ends(0);
    tree::tool(&root, &["upgrade"]).ends(0);
    tree::tool(&root, &["plan", "--exit-code"]).ends(0);
}

/// The first content hash of a lockfile.
fn first_hash(root: &Path) -> String {
    let lock = fs::read_to_string(root.join(LOCK)).expect("a text");
    let (_, rest) = lock.split_once("[feature]\n").expect("hashes");
    let line = rest.lines().next().expect("a line");
    let (_, hash) = line.split_once(" = ").expect("a hash");
    hash.trim_matches('"').to_owned()
}

#[test]
fn a_unit_in_a_subfolder_and_a_rebase_are_merges_as_well() {
    let home = tree::temp();
    let root = home.path().join("app");
    let unit = root.join("services/api");
    fs::create_dir_all(&unit).expect("folders");
    tree::git_init(&root);
    tree::git(&root, &["checkout", "-q", "-b", "a"]).ends(0);
    tree::tool(&unit, &["init", "--profile", "team", "--set", URL]).ends(0);
    tree::commit(&root);
    tree::git(&root, &["checkout", "-q", "-b", "b"]).ends(0);
    tree::tool(&unit, &["set", "models.reasoning=two"]).ends(0);
    tree::commit(&root);
    tree::git(&root, &["checkout", "-q", "a"]).ends(0);
    tree::tool(&unit, &["set", "models.fast=one"]).ends(0);
    tree::commit(&root);
    assert_ne!(tree::git(&root, &["rebase", "-q", "b"]).code, 0);
    settle_manifest(&unit, "models.fast=one models.reasoning=two");
    resolved(&unit);
    tree::git(&root, &["add", "-A"]).ends(0);
    tree::git(&root, &["-c", "core.editor=true", "rebase", "--continue"]).ends(0);
    tree::tool(&unit, &["plan", "--exit-code"]).ends(0);
}

#[test]
fn what_both_users_wrote_is_for_them_to_settle() {
    let (_home, root) = branches("team", &["models.fast=one"], &["models.reasoning=two"]);
    let settings = root.join(".claude/settings.json");
    for (branch, own) in [("a", "1"), ("b", "2")] {
        tree::git(&root, &["checkout", "-q", branch]).ends(0);
        let text = fs::read_to_string(&settings).expect("a text");
        let own = format!("{{\n  \"own\": {own},");
        fs::write(&settings, text.replacen('{', &own, 1)).expect("written");
        tree::commit(&root);
    }
    assert!(!merge(&root, "a", "b"));
    settle_manifest(&root, "models.fast=one models.reasoning=two");
    let before = tree::tree(&root);
    let run = tree::tool(&root, &["resolve"]).ends(2);
    assert!(
        run.err.contains("both sides changed what is not ours"),
        "{}",
        run.err
    );
    assert!(
        run.err.contains("git add .claude/settings.json"),
        "{}",
        run.err
    );
    tree::same("nothing is written", &before, &tree::tree(&root));
    tree::git(&root, &["checkout", "--theirs", ".claude/settings.json"]).ends(0);
    tree::git(&root, &["add", ".claude/settings.json"]).ends(0);
    tree::tool(&root, &["resolve"]).ends(0);
    let text = fs::read_to_string(&settings).expect("a text");
    assert!(text.contains("\"own\": 2"), "{text}");
}

#[test]
fn markers_without_a_merge_are_refused() {
    let (_home, root) = branches("team", &["models.fast=one"], &["models.reasoning=two"]);
    assert!(!merge(&root, "a", "b"));
    settle_manifest(&root, "models.fast=one models.reasoning=two");
    let lock = fs::read_to_string(root.join(LOCK)).expect("a text");
    assert!(lock.contains("<<<<<<< "));
    let run = tree::tool(&root, &["apply"]).ends(2);
    assert!(run.err.contains("`claude-scaffold resolve`"), "{}", run.err);
    finish_blindly(&root);
    let run = tree::tool(&root, &["resolve"]).ends(2);
    assert!(
        run.err.contains("git checkout -m -- claude-scaffold.lock"),
        "{}",
        run.err
    );
}

fn finish_blindly(root: &Path) {
    tree::git(root, &["add", "-A"]).ends(0);
    tree::git(root, &["commit", "-q", "--allow-empty", "-m", "merged"]).ends(0);
}

#[test]
fn undo_keeps_out_of_an_unfinished_merge() {
    let (_home, root) = branches("team", &["models.fast=one"], &["models.fast=two"]);
    assert!(!merge(&root, "a", "b"));
    let before = tree::tree(&root);
    let run = tree::tool(&root, &["undo"]).ends(2);
    assert!(run.err.contains("unfinished merge"), "{}", run.err);
    tree::same("refused", &before, &tree::tree(&root));

    settle_manifest(&root, "models.fast=one");
    let before = tree::tree(&root);
    tree::tool(&root, &["resolve"]).ends(0);
    tree::tool(&root, &["undo"]).ends(0);
    tree::same("resolve is undone", &before, &tree::tree(&root));
}
