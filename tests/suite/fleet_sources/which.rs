//! The command line: which fleet file, which list, which of the members.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Stdio;

use crate::tree::{self, Run, temp, tool, tool_with};

const FILE: &str = "version = 1\n\n[[group]]\nname = \"near\"\nrepositories = [\"../work/*\"]\n\
    profile = \"team\"\nvalues.gateway.url = \"https://gw.example/v1\"\n\n\
    [[group]]\nname = \"listed\"\nprofile = \"solo\"\n";

/// A fleet file in a folder of its own, and two repositories beside it.
fn home() -> tempfile::TempDir {
    let home = temp();
    for name in ["app", "web"] {
        let root = home.path().join("work").join(name);
        tree::put(&root.join("README.md"), b"# It\n", 0o644);
        tree::git_init(&root);
        tree::commit(&root);
    }
    tree::put(
        &home.path().join("fleet/claude-fleet.toml"),
        FILE.as_bytes(),
        0o644,
    );
    home
}

fn plan(home: &Path, arguments: &[&str], input: Option<&str>) -> Run {
    let standard = input.map(|text| {
        let path = home.join("input");
        fs::write(&path, text).expect("a file");
        Stdio::from(fs::File::open(&path).expect("a file"))
    });
    tool_with(
        &home.join("fleet"),
        &[&["fleet", "plan"], arguments].concat(),
        |command| {
            command.stdin(standard.unwrap_or_else(Stdio::null));
        },
    )
}

/// The names that `--format json` prints, with each group.
fn names(run: &Run) -> Vec<String> {
    let lines = run.out.lines().map(|line| {
        let value: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
        format!(
            "{}: {} {}",
            text("group"),
            text("repository"),
            text("status")
        )
    });
    let mut names: Vec<String> = lines.collect();
    names.sort();
    names
}

#[test]
fn the_schema_of_a_fleet_file_is_printed() {
    let home = temp();
    let run = tool(home.path(), &["schema", "fleet"]).ends(0);
    assert!(
        run.out.contains("\"title\": \"claude-fleet.toml\""),
        "{}",
        run.out
    );
}

#[test]
fn members_come_from_the_file_and_from_the_list() {
    let home = home();
    let home = home.path();
    let json = ["--format", "json"];
    let run = plan(home, &json, None).ends(0);
    assert_eq!(names(&run), ["near: app changed", "near: web changed"]);
    let list = "[{\"nameWithOwner\": \"old/one\", \"url\": \"https://git.example.com/old/one\", \
                \"isArchived\": true}]";
    let listed = ["near: app changed", "near: web changed"];
    let all = [&["listed: old/one passed-over"][..], &listed].concat();
    let run = plan(
        home,
        &[&json[..], &["--repositories", "-"]].concat(),
        Some(list),
    )
    .ends(0);
    assert_eq!(names(&run), all);
    tree::put(&home.join("list.json"), list.as_bytes(), 0o644);
    let run = plan(
        home,
        &[&json[..], &["--repositories", "../list.json"]].concat(),
        None,
    )
    .ends(0);
    assert_eq!(names(&run), all);
    // A group that says `-` reads standard input without being told to.
    let asks = FILE.replace(
        "name = \"listed\"",
        "name = \"listed\"\nrepositories = [\"-\"]",
    );
    tree::put(&home.join("fleet/asks.toml"), asks.as_bytes(), 0o644);
    let run = plan(
        home,
        &[&json[..], &["--fleet", "asks.toml"]].concat(),
        Some(list),
    )
    .ends(0);
    assert_eq!(names(&run), all);
    for (narrow, expected) in [
        (["--group", "near"], &listed[..]),
        (["--only", "a*"], &listed[..1]),
        (["--only", "old/*"], &all[..1]),
        (["--shard", "1/1"], &all[..]),
    ] {
        let run = plan(
            home,
            &[&json[..], &narrow, &["--repositories", "-"]].concat(),
            Some(list),
        );
        assert_eq!(names(&run), expected, "{narrow:?}");
    }
    // Paths are relative to the fleet file, wherever it is named from.
    let run = tool(
        home,
        &[
            "fleet",
            "plan",
            "--fleet",
            "fleet/claude-fleet.toml",
            "--format",
            "json",
        ],
    );
    assert_eq!(names(&run.ends(0)), listed);
    let run = tool(home, &["-C", "fleet", "fleet", "plan", "--format", "json"]);
    assert_eq!(names(&run.ends(0)), listed);
}

#[test]
fn what_is_asked_for_and_not_there_is_told() {
    let home = home();
    let home = home.path();
    let mut out = String::new();
    let mut row = |what: &str, arguments: &[&str], input: Option<&str>| {
        let run = plan(home, arguments, input).ends(2);
        let _ = write!(out, "── {what}\n{}{}\n", run.out, run.err);
    };
    row("no fleet file", &["--fleet", "a b.toml"], None);
    row("a folder", &["--fleet", "."], None);
    row("no list", &["--repositories", "nowhere.json"], None);
    row(
        "a broken list",
        &["--repositories", "-"],
        Some("[{\"nameWithOwner\": \"a/b\",\n}]"),
    );
    row(
        "a list that is none",
        &["--repositories", "-"],
        Some("https://git.example.com\n"),
    );
    row("a group", &["--group", "nera"], None);
    row("a glob", &["--only", "a["], None);
    row("a shard", &["--shard", "3/2"], None);
    tree::snapshot("fleet_sources", "which", &out);
}
