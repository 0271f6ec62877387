//! `fleet check` as a command: what it prints, and how it ends.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::FLEET;
use crate::report::is_sarif;
use crate::tree::{self, Run};

/// Three repositories: as the fleet says, edited, and without a manifest.
fn fleet(home: &Path) {
    fs::write(home.join("claude-fleet.toml"), FLEET).expect("written");
    for name in ["edited", "fresh", "right"] {
        let root = home.join("all").join(name);
        fs::create_dir_all(&root).expect("a folder");
        tree::git_init(&root);
        fs::write(root.join("README.md"), "# App\n").expect("written");
        if name != "fresh" {
            let url = "gateway.url=https://gateway.internal.net";
            let arguments = ["init", "-y", "--profile", "team", "--set", url];
            tree::tool(&root, &arguments).ends(0);
        }
        if name == "edited" {
            let path = root.join(".claude/settings.json");
            let text = fs::read_to_string(&path).expect("settings");
            fs::write(path, text.replace("internal.net", "internal.net/v1")).expect("written");
        }
        tree::commit(&root);
    }
}

fn check(home: &Path, further: &[&str]) -> Run {
    tree::tool(home, &[&["fleet", "check"], further].concat())
}

#[test]
fn people_are_told_what_is_wrong_and_where() {
    let home = tree::temp();
    fleet(home.path());
    let run = check(home.path(), &[]).ends(1);
    let text = format!("{}== stderr\n{}", run.out, run.err);
    tree::snapshot("fleet_check", "text", &text);
    let quiet = check(home.path(), &["--only", "right"]).ends(0);
    assert!(quiet.out.starts_with("1 repository\n"), "{}", quiet.out);
    check(home.path(), &["--only", "edited"]).ends(1);
    check(home.path(), &["--only", "fresh"]).ends(1);
}

#[test]
fn findings_have_formats_of_their_own() {
    let home = tree::temp();
    fleet(home.path());
    let sarif = check(home.path(), &["--format", "sarif"]).ends(1);
    let log = is_sarif(&sarif.out);
    let results = log["runs"][0]["results"].as_array().expect("results");
    let uri = |result: &Value| {
        let place = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        place.as_str().expect("a URI").to_owned()
    };
    let uris: Vec<String> = results.iter().map(uri).collect();
    assert!(
        uris.iter()
            .any(|uri| uri.ends_with("edited/.claude/settings.json")),
        "{uris:?}"
    );
    let github = check(home.path(), &["--format", "github"]).ends(1);
    assert!(
        github.out.contains("edited/.claude/settings.json,line="),
        "{}",
        github.out
    );
    let page = check(home.path(), &["--html", "page.html"]).ends(1);
    assert!(page.err.is_empty(), "{}", page.err);
    let html = fs::read_to_string(home.path().join("page.html")).expect("a page");
    assert!(html.starts_with("<!doctype html>"), "{html}");
}

#[test]
fn lines_are_read_again() {
    let home = tree::temp();
    fleet(home.path());
    let lines = check(home.path(), &["--format", "json"]).ends(1);
    assert_eq!(lines.out.lines().count(), 3, "{}", lines.out);
    fs::write(home.path().join("lines.jsonl"), &lines.out).expect("written");
    let read = tree::tool(home.path(), &["fleet", "report", "lines.jsonl"]).ends(0);
    assert!(read.out.starts_with("3 repositories\n"), "{}", read.out);
    let shard = |part: &str| check(home.path(), &["--format", "json", "--shard", part]).out;
    let parts = shard("1/2") + &shard("2/2");
    assert_eq!(parts.lines().count(), 3, "{parts}");
}

#[test]
fn the_branch_and_the_work_tree_do_not_count() {
    let home = tree::temp();
    fleet(home.path());
    let right = home.path().join("all/right");
    fs::write(right.join(".claude/settings.json"), "{").expect("written");
    tree::git(&right, &["branch", "claude-scaffold"]).ends(0);
    check(home.path(), &["--only", "right"]).ends(0);
    fs::create_dir(home.path().join("all/broken")).expect("a folder");
    tree::git_init(&home.path().join("all/broken"));
    fs::write(home.path().join("all/broken/.git/HEAD"), "nonsense").expect("written");
    let run = check(home.path(), &["--format", "json"]);
    assert!(
        run.code == 1 || run.out.lines().count() == 3,
        "{}{}",
        run.out,
        run.err
    );
}
