//! `fleet plan` and `fleet apply` over one repository of each main kind, beside what each would get alone.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "tests make repositories")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde_json::Value;
use tempfile::TempDir;

use crate::tree::{self, Run, Tree, clean, put, temp, tool};

const BRANCH: &str = "claude-scaffold";
const LOCK: &str = "claude-scaffold.lock";
const SETTINGS: &str = ".claude/settings.json";
const FLEET: &str = r#"version = 1

[[group]]
name = "all"
repositories = ["repos/*"]
profile = "team"
[group.values.gateway]
url = "https://gw.one.example/v1"
"#;
const INIT: [&str; 7] = [
    "init",
    "--profile",
    "team",
    "--set",
    "gateway.url=https://gw.one.example/v1",
    "--yes",
    "--no-input",
];
const HOOKS: &str =
    "{\n    \"hooks\": {\"Stop\": []},\n    \"permissions\": {\"allow\": [\"Bash(make:*)\"]}\n}\n";

struct Fleet {
    home: TempDir,
    folder: PathBuf,
}

impl Fleet {
    fn new() -> Self {
        let home = temp();
        let folder = home.path().canonicalize().expect("a folder").join("org");
        fs::create_dir(&folder).expect("a folder");
        put(&folder.join("claude-fleet.toml"), FLEET.as_bytes(), 0o644);
        Self { home, folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join("repos").join(name)
    }

    /// A repository with a file, and what is done to it before its commit.
    fn repository(&self, name: &str, make: impl FnOnce(&Path)) -> PathBuf {
        let root = self.path(name);
        put(&root.join("README.md"), b"# It\n", 0o644);
        git(&root, &["init", "-q", "-b", "main"]);
        make(&root);
        git(&root, &["add", "-A", "-f"]);
        git(&root, &["commit", "-q", "-m", "first"]);
        root
    }

    fn run(&self, words: &[&str]) -> Run {
        let all: Vec<&str> = std::iter::once("fleet")
            .chain(words.iter().copied())
            .collect();
        tool(&self.folder, &all)
    }

    fn rows(&self, words: &[&str]) -> BTreeMap<String, Value> {
        let run = self.run(&[words, &["--format", "json"]].concat());
        let row = |line: &str| {
            let row: Value = serde_json::from_str(line).expect("JSON");
            (row["repository"].as_str().expect("a name").to_owned(), row)
        };
        run.out.lines().map(row).collect()
    }

    /// Everything but objects.
    fn state(&self) -> Tree {
        let mut found = tree::whole(&self.folder);
        found.retain(|path, _| !path.contains("/objects/"));
        found
    }
}

fn git(folder: &Path, words: &[&str]) -> String {
    let done = clean("git", folder).args(words).output().expect("git");
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "git {words:?}: {said}");
    String::from_utf8_lossy(&done.stdout).trim().to_owned()
}

fn initial(root: &Path) {
    tool(root, &INIT).ends(0);
}

/// What an older template rendered: another value, in the file and in the lockfile.
fn older(root: &Path) {
    initial(root);
    replace(
        &root.join(SETTINGS),
        "\"API_TIMEOUT_MS\": \"30000\"",
        "\"API_TIMEOUT_MS\": \"9\"",
    );
    replace(
        &root.join(LOCK),
        "\"env.API_TIMEOUT_MS\" = \"30000\"",
        "\"env.API_TIMEOUT_MS\" = \"9\"",
    );
}

fn replace(path: &Path, before: &str, after: &str) {
    let text = fs::read_to_string(path).expect("text");
    assert!(text.contains(before), "{text}");
    fs::write(path, text.replacen(before, after, 1)).expect("written");
}

fn by_hand(root: &Path, from: &str) {
    git(root, &["checkout", "-q", "-b", BRANCH, from]);
    put(&root.join("by-hand.txt"), b"hand\n", 0o644);
    git(root, &["add", "by-hand.txt"]);
    git(root, &["commit", "-q", "-m", "by hand"]);
    git(root, &["checkout", "-q", "main"]);
}

/// One of each main kind.
fn fleet() -> Fleet {
    let fleet = Fleet::new();
    fleet.repository("plain", |_| {});
    fleet.repository("hooks", |root| {
        put(&root.join(SETTINGS), HOOKS.as_bytes(), 0o644);
    });
    fleet.repository("up-to-date", initial);
    fleet.repository("older", older);
    fleet.repository("conflict", |root| {
        older(root);
        replace(
            &root.join(SETTINGS),
            "\"API_TIMEOUT_MS\": \"9\"",
            "\"API_TIMEOUT_MS\": \"7\"",
        );
    });
    fleet.repository("linked-out", |root| {
        symlink("../shared", root.join(".claude")).expect("a link");
    });
    let dirty = fleet.repository("dirty", older);
    put(&dirty.join("README.md"), b"# Staged\n", 0o644);
    git(&dirty, &["add", "-A"]);
    put(&dirty.join(SETTINGS), b"not staged\n", 0o644);
    let bare = fleet.repository("source", older);
    git(
        &fleet.folder,
        &["clone", "-q", "--bare", "repos/source", "repos/bare.git"],
    );
    fs::remove_dir_all(bare).expect("removed");
    git(&fleet.folder, &["init", "-q", "-b", "main", "repos/empty"]);
    by_hand(&fleet.repository("ahead", older), "main");
    let apart = fleet.repository("diverged", older);
    git(&apart, &["commit", "-q", "--allow-empty", "-m", "second"]);
    by_hand(&apart, "main~1");
    let stands = fleet.repository("checked-out", older);
    git(
        &stands,
        &["worktree", "add", "-q", "-b", BRANCH, "../../linked"],
    );
    let taken = fleet.repository("taken", older);
    git(&taken, &["branch", "claude-scaffold/x"]);
    let broken = fleet.repository("broken", |root| {
        put(&root.join(".gitignore"), b"mine\n", 0o644);
    });
    let blob = git(&broken, &["rev-parse", "HEAD:.gitignore"]);
    fs::remove_file(
        broken
            .join(".git/objects")
            .join(&blob[..2])
            .join(&blob[2..]),
    )
    .expect("removed");
    fleet
}

/// The tree that the commands for one repository make of a commit.
fn alone(fleet: &Fleet, name: &str, base: &str) -> String {
    let root = fleet.home.path().join("alone").join(name);
    let source = fleet.path(name);
    fs::create_dir_all(&root).expect("a folder");
    git(&root, &["init", "-q", "-b", "main"]);
    git(
        &root,
        &[
            "fetch",
            "-q",
            &source.to_string_lossy(),
            "+refs/*:refs/all/*",
        ],
    );
    git(&root, &["reset", "-q", "--hard", base]);
    let is_there = root.join("claude-scaffold.toml").is_file();
    let run = tool(&root, if is_there { &["upgrade"] } else { &INIT });
    assert!(run.code < 2, "{name}: {}", run.err);
    git(&root, &["add", "-A", "-f"]);
    git(&root, &["write-tree"])
}

#[test]
fn every_repository_gets_what_it_would_get_alone() {
    let fleet = fleet();
    let before = fleet.state();
    let planned = fleet.rows(&["plan"]);
    let dry = fleet.rows(&["apply", "--dry-run"]);
    assert_eq!(planned, dry);
    tree::same("plan", &before, &fleet.state());
    assert!(
        !fleet.home.path().join("state").exists(),
        "a dry run wrote a ledger"
    );

    let bases: BTreeMap<&String, &Value> = planned
        .iter()
        .map(|(name, row)| (name, &row["base"]))
        .collect();
    let first = fleet.run(&["apply"]);
    let mut shown = format!("$ claude-scaffold fleet apply\n{}{}", first.out, first.err);
    for (name, row) in &planned {
        let place = fleet.path(if name == "bare" { "bare.git" } else { name });
        let there = clean("git", &place)
            .args(["rev-parse", "-q", "--verify", BRANCH])
            .output()
            .expect("git");
        let writes =
            row["status"] == "changed" || (row["status"] == "conflict" && name == "conflict");
        if !writes {
            continue;
        }
        assert!(there.status.success(), "{name} has no branch");
        let tree = git(&place, &["rev-parse", &format!("{BRANCH}^{{tree}}")]);
        let base = bases[name].as_str().expect("a base");
        let place = place
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        assert_eq!(tree, alone(&fleet, &place, base), "{name}");
        assert_eq!(
            git(&fleet.path(&place), &["rev-parse", &format!("{BRANCH}^")]),
            base,
            "{name}"
        );
        git(&fleet.path(&place), &["fsck", "--strict"]);
    }
    let mut after = fleet.state();
    after.retain(|path, _| before.contains_key(path) || !path.contains(BRANCH));
    let mut untouched = before;
    untouched.retain(|path, _| !path.ends_with(&format!("ahead/.git/refs/heads/{BRANCH}")));
    untouched.retain(|path, _| !path.ends_with(&format!("ahead/.git/logs/refs/heads/{BRANCH}")));
    after.retain(|path, _| untouched.contains_key(path) || !path.contains("/logs"));
    after.retain(|path, _| !path.contains(&format!("ahead/.git/refs/heads/{BRANCH}")));
    tree::same("apply", &untouched, &after);

    let applied = tree::whole(&fleet.folder);
    let second = fleet.run(&["apply"]);
    tree::same("apply again", &applied, &tree::whole(&fleet.folder));
    let _ = write!(
        shown,
        "\n$ claude-scaffold fleet apply\n{}{}",
        second.out, second.err
    );
    let shown = shown.replace(&*fleet.folder.to_string_lossy(), "[ROOT]");
    tree::snapshot("fleet_runs", "apply", &shown);
}

fn lock(root: &Path) -> PathBuf {
    let lock = root.join(format!(".git/refs/heads/{BRANCH}.lock"));
    let file = fs::File::create(&lock).expect("a file");
    let minute = SystemTime::now() - Duration::from_mins(1);
    file.set_modified(minute).expect("a time");
    lock
}

#[test]
fn a_lock_that_a_killed_run_left_is_taken_away_and_no_other() {
    let fleet = Fleet::new();
    let root = fleet.repository("app", |_| {});
    let held = lock(&root);
    let packs = || fs::read_dir(root.join(".git/objects/pack")).map_or(0, Iterator::count);
    for _ in 0..2 {
        let row = fleet.rows(&["apply"]).remove("app").expect("a row");
        assert_eq!(row["status"], "failed");
        let message =
            "branch `claude-scaffold` is locked: `refs/heads/claude-scaffold.lock` is there";
        assert_eq!(row["diagnostics"][0]["message"], message);
    }
    assert!(held.exists());
    assert_eq!(packs(), 0, "a run that cannot go on leaves objects behind");

    fs::remove_file(held).expect("removed");
    let row = fleet.rows(&["apply"]).remove("app").expect("a row");
    let commit = row["commit"].as_str().expect("a commit").to_owned();
    for left in ["", &commit] {
        git(
            &root,
            &["update-ref", "-d", &format!("refs/heads/{BRANCH}")],
        );
        let held = lock(&root);
        fs::write(&held, left).expect("written");
        let minute = SystemTime::now() - Duration::from_mins(1);
        let file = fs::File::options()
            .append(true)
            .open(&held)
            .expect("a file");
        file.set_modified(minute).expect("a time");
        let row = fleet.rows(&["apply"]).remove("app").expect("a row");
        assert_eq!(row["status"], "changed", "{row}");
        assert!(!held.exists());
    }
}

#[test]
fn a_branch_that_brings_head_nothing_is_not_passed_on() {
    let fleet = Fleet::new();
    let root = fleet.repository("app", |_| {});
    let server = fleet.home.path().join("server.git");
    git(
        fleet.home.path(),
        &["init", "-q", "--bare", &server.display().to_string()],
    );
    let url = server.display().to_string();
    git(&root, &["remote", "add", "origin", &url]);
    fleet.run(&["apply"]).ends(0);
    git(&root, &["merge", "-q", BRANCH]);
    git(&root, &["checkout", "-q", BRANCH]);
    git(
        &root,
        &["commit", "-q", "--allow-empty", "-m", "nothing new"],
    );
    git(&root, &["checkout", "-q", "main"]);
    let row = fleet
        .rows(&["apply", "--push"])
        .remove("app")
        .expect("a row");
    assert_eq!(row["status"], "up-to-date", "{row}");
    assert_eq!(git(&server, &["branch", "--list"]), "");
}

#[test]
fn what_comes_next_is_said_and_a_name_that_nobody_has_is_refused() {
    let fleet = Fleet::new();
    fleet.repository("app", |_| {});
    let run = fleet.run(&["apply"]).ends(0);
    assert!(
        run.err.contains("`--push` sends the branches"),
        "{}",
        run.err
    );
    let run = fleet.run(&["apply"]).ends(0);
    assert_eq!(run.err, "", "nothing is left to be said");
    let run = fleet.run(&["plan", "--only", "nobody"]).ends(2);
    assert!(run.err.starts_with("error: no repository matches `nobody`"));
}
