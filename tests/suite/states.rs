//! Repositories as they come: every state git can leave one in, and every name a folder can have.
#![expect(clippy::disallowed_methods, reason = "a test looks at the disk")]

mod machines;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::tree::{self, Node, Run};

const INIT: [&str; 5] = [
    "init",
    "--profile",
    "team",
    "--set",
    "gateway.url=https://gw.internal.net/v1",
];

/// A committed repository in `app`.
fn repository() -> (TempDir, PathBuf) {
    let home = tree::temp();
    let root = home.path().join("app");
    tree::put(&root.join(".gitignore"), b"/target\n", 0o644);
    tree::put(&root.join("src/main.rs"), b"fn main() {}\n", 0o644);
    tree::git_init(&root);
    tree::commit(&root);
    (home, root)
}

/// Sets up, converges, and takes everything back.
#[track_caller]
fn round_trip(root: &Path) {
    let before = tree::tree(root);
    tree::tool(root, &INIT).ends(0);
    let after = tree::tree(root);
    assert!(after.contains_key("claude-scaffold.lock"));
    let stamps = tree::stamps(root);
    let again = tree::tool(root, &["apply"]).ends(0);
    assert!(again.err.contains("nothing to do"), "{}", again.err);
    assert_eq!(stamps, tree::stamps(root), "apply again writes");
    tree::tool(root, &["undo"]).ends(0);
    tree::same("undo", &before, &tree::tree(root));
}

#[track_caller]
fn refused(run: Run, words: &[&str]) {
    let run = run.ends(2);
    assert!(run.err.contains("error: "), "{}", run.err);
    assert!(run.err.contains("\nhelp: "), "{}", run.err);
    for word in words {
        assert!(run.err.contains(word), "`{word}` is not in:\n{}", run.err);
    }
}

fn index(root: &Path) -> String {
    let staged = tree::git(root, &["diff", "--cached"]).ends(0).out;
    staged + &tree::git(root, &["ls-files", "--stage"]).ends(0).out
}

#[test]
fn no_git_and_no_commits() {
    let home = tree::temp();
    let root = home.path().join("app");
    fs::create_dir(&root).expect("a folder");
    round_trip(&root);
    assert!(!root.join(".git").exists());
    assert!(home.path().join("state/claude-scaffold").is_dir());
    tree::git_init(&root);
    round_trip(&root);
}

#[test]
fn a_git_folder_that_is_none_counts_as_none() {
    let home = tree::temp();
    let (empty, broken) = (home.path().join("empty"), home.path().join("broken"));
    fs::create_dir_all(empty.join(".git")).expect("a folder");
    round_trip(&empty);
    tree::put(&broken.join(".git"), b"gitdir: /no/where\n", 0o644);
    round_trip(&broken);
}

#[test]
fn gits_own_folder_is_refused() {
    let (home, root) = repository();
    let bare = home.path().join("bare.git");
    tree::git(home.path(), &["init", "-q", "--bare", "bare.git"]).ends(0);
    for inside in [&bare, &root.join(".git"), &root.join(".git/objects")] {
        let before = tree::whole(home.path());
        refused(tree::tool(inside, &INIT), &["git's own folder"]);
        tree::same("refused", &before, &tree::whole(home.path()));
    }
}

#[test]
fn git_folders_that_stand_elsewhere() {
    let home = tree::temp();
    tree::git(
        home.path(),
        &["init", "-q", "--separate-git-dir", "git", "app"],
    )
    .ends(0);
    let root = home.path().join("app");
    round_trip(&root);
    assert!(home.path().join("git/claude-scaffold").is_dir());
    assert!(!home.path().join("state").exists());
}

#[test]
fn a_detached_head_and_a_shallow_clone() {
    let (home, root) = repository();
    tree::git(&root, &["checkout", "-q", "--detach"]).ends(0);
    round_trip(&root);
    tree::commit(&root);
    let source = format!("file://{}", root.display());
    tree::git(
        home.path(),
        &["clone", "-q", "--depth=1", &source, "shallow"],
    )
    .ends(0);
    round_trip(&home.path().join("shallow"));
}

#[test]
fn a_linked_work_tree_has_its_own_state() {
    let (home, root) = repository();
    tree::git(&root, &["worktree", "add", "-q", "../linked"]).ends(0);
    let linked = home.path().join("linked");
    let before = tree::tree(&root);
    tree::tool(&root, &INIT).ends(0);
    round_trip(&linked);
    assert!(root.join(".git/worktrees/linked/claude-scaffold").is_dir());
    tree::tool(&root, &["undo"]).ends(0);
    tree::same("the main work tree", &before, &tree::tree(&root));
}

#[test]
fn a_submodule_is_a_repository_of_its_own() {
    let (home, root) = repository();
    let outer = home.path().join("outer");
    fs::create_dir(&outer).expect("a folder");
    tree::git_init(&outer);
    let source = root.display().to_string();
    tree::git(&outer, &["submodule", "add", "-q", &source, "inner"]).ends(0);
    tree::commit(&outer);
    tree::tool(&outer, &INIT).ends(0);
    let inner = outer.join("inner");
    refused(
        tree::tool(&inner, &["apply"]),
        &["up to the repository's root"],
    );
    round_trip(&inner);
    assert!(outer.join(".git/modules/inner/claude-scaffold").is_dir());
    tree::tool(&inner, &INIT).ends(0);
    tree::tool(&outer, &["apply"]).ends(0);
}

#[test]
fn two_manifests_in_one_repository_are_independent() {
    let (_home, root) = repository();
    let (a, b) = (root.join("services/a"), root.join("services/b"));
    fs::create_dir_all(&a).expect("folders");
    fs::create_dir_all(&b).expect("folders");
    tree::tool(&a, &INIT).ends(0);
    let before = tree::tree(&a);
    round_trip(&b);
    tree::tool(&b, &INIT).ends(0);
    tree::tool(&root, &INIT).ends(0);
    tree::tool(&b, &["set", "telemetry.project_tag=b"]).ends(0);
    tree::same("the other unit", &before, &tree::tree(&a));
    for unit in [&a, &b, &root, &a.join("scripts")] {
        let run = tree::tool(unit, &["apply"]).ends(0);
        assert!(run.err.contains("nothing to do"), "{}", run.err);
    }
}

#[test]
fn one_path_has_one_manifest() {
    let (_home, root) = repository();
    let inner = root.join("services/a");
    fs::create_dir_all(&inner).expect("folders");
    tree::tool(&inner, &INIT).ends(0);
    let before = tree::whole(&root);
    let taken = [
        &INIT[..],
        &["--set", "launcher.path=services/a/scripts/run-claude.sh"],
    ]
    .concat();
    refused(
        tree::tool(&root, &taken),
        &[
            "`services/a/scripts/run-claude.sh`",
            "services/a/claude-scaffold.toml",
        ],
    );
    tree::same("refused", &before, &tree::whole(&root));
}

#[test]
fn the_index_stays_as_the_user_left_it() {
    let (_home, root) = repository();
    tree::put(&root.join(".gitignore"), b"/target\n/staged\n", 0o644);
    tree::put(&root.join("new.txt"), b"staged\n", 0o644);
    tree::git(&root, &["add", "-A"]).ends(0);
    tree::put(&root.join(".gitignore"), b"/target\n/staged\n/dirty", 0o644);
    let before = index(&root);
    round_trip(&root);
    assert_eq!(before, index(&root));
    tree::tool(&root, &INIT).ends(0);
    tree::tool(&root, &["set", "models.fast=m"]).ends(0);
    assert_eq!(before, index(&root));
    let kept = fs::read_to_string(root.join(".gitignore")).expect("text");
    assert!(kept.starts_with("/target\n/staged\n/dirty\n"), "{kept}");
}

#[test]
fn a_merge_in_progress_is_refused_where_it_touches_a_target() {
    let (_home, root) = repository();
    for (branch, rule, line) in [
        ("one", "/one\n", "fn a() {}\n"),
        ("two", "/two\n", "fn b() {}\n"),
    ] {
        tree::git(&root, &["checkout", "-q", "-b", branch, "main"]).ends(0);
        tree::put(&root.join(".gitignore"), rule.as_bytes(), 0o644);
        tree::put(&root.join("src/main.rs"), line.as_bytes(), 0o644);
        tree::commit(&root);
    }
    tree::git(&root, &["merge", "-q", "one"]).ends(1);
    let before = tree::whole(&root);
    let talk = tree::tool(&root, &INIT);
    refused(
        talk,
        &[
            "`.gitignore` is in an unfinished merge",
            "git add .gitignore",
        ],
    );
    tree::same("refused", &before, &tree::whole(&root));
    tree::git(&root, &["checkout", "-q", "--theirs", ".gitignore"]).ends(0);
    tree::git(&root, &["add", ".gitignore"]).ends(0);
    assert!(root.join(".git/MERGE_HEAD").exists());
    let before = index(&root);
    round_trip(&root);
    assert_eq!(before, index(&root));
}

#[test]
fn a_sparse_checkout_is_refused_where_it_leaves_a_target_out() {
    let (_home, root) = repository();
    tree::put(&root.join("docs/claude-gateway.md"), b"# ours\n", 0o644);
    tree::commit(&root);
    tree::git(&root, &["sparse-checkout", "set", "src"]).ends(0);
    assert!(!root.join("docs").exists());
    let before = tree::whole(&root);
    let talk = tree::tool(&root, &INIT);
    refused(
        talk,
        &[
            "outside of the sparse checkout",
            "git sparse-checkout add docs",
        ],
    );
    tree::same("refused", &before, &tree::whole(&root));
    let without = [&INIT[..], &["--without", "docs"]].concat();
    tree::tool(&root, &without).ends(0);
    tree::tool(&root, &["undo"]).ends(0);
    assert_eq!(before, tree::whole(&root));
}

#[test]
fn a_root_may_have_any_name() {
    let home = tree::temp();
    let names: [&[u8]; 6] = [
        b"with space",
        b"new\nline",
        "Größe-日本".as_bytes(),
        b"'quotes\" $x `id`",
        b"-n",
        b"not \xff UTF-8",
    ];
    for name in names {
        let root = home.path().join(OsStr::from_bytes(name));
        fs::create_dir(&root).expect("a folder");
        tree::git_init(&root);
        round_trip(&root);
        let below = root.join(OsStr::from_bytes(name));
        fs::create_dir(&below).expect("a folder");
        round_trip(&below);
        let inner = tree::tool_with(home.path(), &INIT, |command| {
            command.arg(&below);
        });
        let inner = inner.ends(0);
        assert!(!inner.out.contains("new\nline"), "{}", inner.out);
        tree::tool(&below, &["undo"]).ends(0);
    }
}

#[test]
fn line_ends_of_a_checkout_are_no_drift() {
    let (home, root) = repository();
    for profile in ["enterprise", "multi-model"] {
        let init = ["init", "--profile", profile, "--set", INIT[4]];
        tree::tool(&root, &init).ends(0);
        tree::commit(&root);
        let clone = home.path().join(profile);
        let target = clone.display().to_string();
        let arguments = ["-c", "core.autocrlf=true", "clone", "-q", "app", &target];
        tree::git(home.path(), &arguments).ends(0);
        tree::git(&clone, &["config", "core.autocrlf", "true"]).ends(0);
        let files = tree::tree(&clone);
        for (path, node) in &files {
            let Node::File(_, bytes) = node else { continue };
            let crlf = bytes.windows(2).any(|pair| pair == b"\r\n");
            assert_eq!(crlf, !tree::is_named(path, "sh"), "{path}");
        }
        let stamps = tree::stamps(&clone);
        let run = tree::tool(&clone, &["apply"]).ends(0);
        assert!(run.err.contains("nothing to do"), "{}{}", run.out, run.err);
        assert_eq!(stamps, tree::stamps(&clone));
        tree::tool(&clone, &["set", "models.fast=other"]).ends(0);
        for path in [
            "claude-scaffold.toml",
            "claude-scaffold.lock",
            ".claude/settings.json",
        ] {
            let text = fs::read_to_string(clone.join(path)).expect("text");
            assert!(!text.replace("\r\n", "").contains('\n'), "{path}");
        }
        tree::tool(&clone, &["undo"]).ends(0);
        tree::same("undo", &files, &tree::tree(&clone));
        tree::tool(&root, &["undo"]).ends(0);
        tree::commit(&root);
    }
}

#[test]
fn somebody_elses_repository_is_no_obstacle() {
    let (_home, root) = repository();
    let owned = std::process::Command::new("chown")
        .args(["-R", "12345"])
        .arg(&root)
        .output();
    if !owned.is_ok_and(|done| done.status.success()) {
        return tree::skipped("only root gives files away");
    }
    assert!(
        tree::git(&root, &["status"])
            .err
            .contains("dubious ownership")
    );
    round_trip(&root);
    let found = fs::metadata(root.join(".gitignore")).expect("a file");
    assert_eq!(found.uid(), 12345);
}

#[test]
fn modes_of_scripts_are_right_for_the_disk_and_for_git() {
    let (_home, root) = repository();
    tree::tool(&root, &INIT).ends(0);
    tree::git(&root, &["add", "-A"]).ends(0);
    let staged = tree::git(&root, &["ls-files", "--stage"]).ends(0).out;
    let executable: Vec<&str> = staged
        .lines()
        .filter(|line| line.starts_with("100755"))
        .filter_map(|line| line.split('\t').nth(1))
        .collect();
    assert_eq!(executable, ["scripts/run-claude.sh"]);
    let script = root.join("scripts/run-claude.sh");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o750)).expect("a mode");
    round_trip_of_mode(&root, &script);
}

/// A mode that the user tightened stays as it is.
fn round_trip_of_mode(root: &Path, script: &Path) {
    tree::tool(root, &["set", "launcher.env_file=.env.claude"]).ends(0);
    let mode = fs::metadata(script).expect("a file").permissions().mode();
    assert_eq!(mode & 0o7777, 0o750);
    tree::tool(root, &["undo"]).ends(0);
    let mode = fs::metadata(script).expect("a file").permissions().mode();
    assert_eq!(mode & 0o7777, 0o750);
}

#[test]
fn a_manifest_in_config_governs_the_folder_above() {
    let (_home, root) = repository();
    let manifest = "version = 1\nprofile = \"solo\"\n";
    tree::put(
        &root.join(".config/claude-scaffold.toml"),
        manifest.as_bytes(),
        0o644,
    );
    for folder in [root.join(".config"), root.clone()] {
        tree::tool(&folder, &["init", "--profile", "solo"]).ends(0);
        tree::tool(&folder, &["plan", "--exit-code"]).ends(0);
        assert!(root.join("scripts/run-claude.sh").exists());
        assert!(!root.join(".config/scripts").exists());
    }
    tree::tool(&root.join(".config"), &["undo"]).ends(0);
    assert!(!root.join("scripts").exists());
}
