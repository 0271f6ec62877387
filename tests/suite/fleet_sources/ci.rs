//! `fleet ci`: the workflows, and the files that are left alone.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::tree::{self, Run, temp, tool};

const FILE: &str =
    "version = 1\n[[group]]\nname = \"all\"\nrepositories = [\"-\"]\nprofile = \"team\"\n";
const GITHUB: &str = ".github/workflows/claude-fleet.yml";

fn home(file: &str) -> tempfile::TempDir {
    let home = temp();
    tree::git_init(home.path());
    tree::put(
        &home.path().join("claude-fleet.toml"),
        file.as_bytes(),
        0o644,
    );
    home
}

fn ci(folder: &Path, arguments: &[&str]) -> Run {
    tool(folder, &[&["fleet", "ci"], arguments].concat())
}

#[test]
fn the_workflows_are_as_they_are() {
    let home = home(FILE);
    let addresses = FILE.replace("\"-\"", "\"https://git.example.com/team/app.git\"");
    tree::put(
        &home.path().join("fleet/few.toml"),
        addresses.as_bytes(),
        0o644,
    );
    for system in ["github", "gitlab"] {
        let run = ci(home.path(), &[system, "--shards", "3", "--output", "-"]).ends(0);
        assert_eq!(run.err, "");
        tree::snapshot("fleet_sources", system, &run.out);
        let few = ["--fleet", "few.toml", "-C", "fleet", "--output", "-"];
        let run = ci(home.path(), &[&[system][..], &few].concat()).ends(0);
        assert!(run.out.contains("\"fleet/few.toml\""), "{}", run.out);
        assert!(!run.out.contains("repositories.json"), "{}", run.out);
    }
    assert!(!home.path().join(".github").exists());
}

#[test]
fn a_second_run_writes_nothing_and_a_third_one_follows_the_fleet() {
    let home = home(FILE);
    let first = ci(home.path(), &["github"]).ends(0);
    assert!(first.out.contains(GITHUB), "{}", first.out);
    let written = tree::tree(home.path());
    let second = ci(home.path(), &["github"]).ends(0);
    assert!(second.err.contains("nothing to do"), "{}", second.err);
    tree::same("second", &written, &tree::tree(home.path()));
    ci(home.path(), &["github", "--shards", "7"]).ends(0);
    let text = fs::read_to_string(home.path().join(GITHUB)).expect("a file");
    assert!(text.contains("[1,2,3,4,5,6,7]"), "{text}");
    ci(home.path(), &["gitlab", "-n"]).ends(0);
    assert!(!home.path().join(".gitlab-ci.claude-fleet.yml").exists());
    ci(home.path(), &["gitlab", "-o", "ci/fleet.yml"]).ends(0);
    let text = fs::read_to_string(home.path().join("ci/fleet.yml")).expect("a file");
    assert!(text.contains("- local: \"ci/fleet.yml\""), "{text}");
}

#[test]
fn what_cannot_be_is_refused() {
    let home = home(FILE);
    let (root, mut out) = (home.path(), String::new());
    let mut row = |what: &str, arguments: &[&str]| {
        let before = tree::tree(root);
        let run = ci(root, arguments).ends(2);
        tree::same(what, &before, &tree::tree(root));
        let _ = write!(out, "── {what}\n{}{}\n", run.out, run.err);
    };
    row("no fleet file", &["github", "--fleet", "nowhere.toml"]);
    tree::put(&root.join("bad.toml"), b"version = 1\n", 0o644);
    row("a bad one", &["github", "--fleet", "bad.toml"]);
    tree::put(&root.join("utf16.toml"), b"\xff\xfev\0e\0", 0o644);
    row("not UTF-8", &["github", "--fleet", "utf16.toml"]);
    row("no shards", &["github", "--shards", "0"]);
    row("too many", &["gitlab", "--shards", "201"]);
    row("outside", &["github", "--output", "../x.yml"]);
    tree::put(&root.join(GITHUB), b"name: ours\n", 0o644);
    row("somebody else's", &["github"]);
    let run = ci(root, &["github", "--output", "-"]).ends(0);
    let edited = run.out.replace("17 4 * * 1", "17 4 * * 2");
    tree::put(&root.join(GITHUB), edited.as_bytes(), 0o644);
    row("edited", &["github"]);
    tree::put(
        &root.join(GITHUB),
        run.out.replace('\n', "\r\n").as_bytes(),
        0o644,
    );
    ci(root, &["github", "--shards", "2"]).ends(0);
    let local = FILE.replace("\"-\"", "\"-\", \"../*\"");
    tree::put(&root.join("local.toml"), local.as_bytes(), 0o644);
    let run = ci(root, &["gitlab", "--fleet", "local.toml"]).ends(0);
    let _ = write!(out, "── folders of this machine\n{}", run.err);
    tree::snapshot("fleet_sources", "ci", &out);
}
