//! Git's index: modes of tracked files, paths in conflict, paths outside a sparse checkout.
#![expect(clippy::disallowed_methods, reason = "tests run git itself")]

use std::fs;
use std::path::Path;
use std::process::Command;

use claude_scaffold::git::{self, Place, locate};
use claude_scaffold::model::Mode;
use tempfile::TempDir;

fn git(folder: &Path, args: &str) -> String {
    let output = Command::new("git")
        .args([
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@t.example",
            "-c",
            "init.defaultBranch=main",
        ])
        .args(args.split(' '))
        .current_dir(folder)
        .output()
        .expect("git");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn repository() -> (TempDir, Place) {
    let dir = TempDir::new().expect("a folder");
    git(dir.path(), "init");
    fs::create_dir(dir.path().join("d")).expect("a folder");
    fs::write(dir.path().join("d/run.sh"), "one\n").expect("a file");
    fs::write(dir.path().join("top"), "one\n").expect("a file");
    git(dir.path(), "add .");
    git(dir.path(), "commit -m one");
    let place = locate(dir.path()).expect("a repository");
    (dir, place)
}

#[test]
fn the_mode_of_a_tracked_file_is_staged_and_nothing_else() {
    let (dir, place) = repository();
    fs::write(dir.path().join("d/run.sh"), "two\n").expect("a file");
    fs::write(dir.path().join("untracked"), "").expect("a file");
    git::set_mode(&place, "d/run.sh", Mode::Executable).expect("an index");
    git::set_mode(&place, "untracked", Mode::Executable).expect("an index");
    let staged = git(dir.path(), "diff --cached --summary");
    assert_eq!(staged, " mode change 100644 => 100755 d/run.sh\n");
    assert_eq!(
        git(dir.path(), "diff --cached --numstat"),
        "0\t0\td/run.sh\n"
    );
    git::set_mode(&place, "d/run.sh", Mode::Regular).expect("an index");
    assert_eq!(git(dir.path(), "diff --cached --summary"), "");
}

#[test]
fn paths_in_conflict_are_named_while_a_merge_waits() {
    let (dir, place) = repository();
    git(dir.path(), "checkout -b other");
    fs::write(dir.path().join("d/run.sh"), "theirs\n").expect("a file");
    git(dir.path(), "commit -am theirs");
    git(dir.path(), "checkout main");
    fs::write(dir.path().join("d/run.sh"), "ours\n").expect("a file");
    git(dir.path(), "commit -am ours");
    let paths = ["d/run.sh", "top", "absent"];
    assert!(
        git::conflicted(&place, &paths)
            .expect("an index")
            .is_empty()
    );
    git(dir.path(), "merge other");
    assert_eq!(
        git::conflicted(&place, &paths).expect("an index"),
        ["d/run.sh"]
    );
}

#[test]
fn paths_outside_a_sparse_checkout_are_named() {
    let (dir, place) = repository();
    let paths = ["d/run.sh", "top"];
    assert!(
        git::outside_sparse(&place, &paths)
            .expect("an index")
            .is_empty()
    );
    git(dir.path(), "sparse-checkout set --no-cone /top");
    assert_eq!(
        git::outside_sparse(&place, &paths).expect("an index"),
        ["d/run.sh"]
    );
}
