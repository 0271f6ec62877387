//! Findings that were accepted once: what counts afterwards, and what never can be accepted.
#![expect(clippy::disallowed_methods, reason = "a test looks at the disk")]

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use super::report::is_sarif;
use super::tree::{self, Run};

const FILE: &str = "claude-scaffold.baseline.json";
const SETTINGS: &str = ".claude/settings.json";

/// A repository that nobody scaffolded, with one finding.
fn doubled() -> TempDir {
    let home = tree::temp();
    tree::git_init(home.path());
    settings(home.path(), "https://gw.internal.net/v1", "");
    home
}

fn settings(root: &Path, url: &str, before: &str) {
    let text = format!("{before}{{ \"env\": {{ \"ANTHROPIC_BASE_URL\": \"{url}\" }} }}\n");
    tree::put(&root.join(SETTINGS), text.as_bytes(), 0o644);
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.out).expect("JSON")
}

fn baseline(root: &Path) -> Value {
    let text = fs::read_to_string(root.join(FILE)).expect("a baseline");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn what_was_accepted_counts_no_more() {
    let home = doubled();
    let root = home.path();
    tree::tool(root, &["check"]).ends(1);
    let dry = tree::tool(root, &["check", "--write-baseline", "-n"]).ends(0);
    assert!(dry.err.contains("1 created"), "{}", dry.err);
    assert!(!root.join(FILE).exists());
    tree::tool(root, &["check", "--write-baseline"]).ends(0);
    let entry = &baseline(root)["findings"][0];
    assert_eq!(entry["code"], "CS101");
    assert_eq!(entry["path"], SETTINGS);
    assert!(entry.get("message").is_none());

    settings(root, "https://gw.internal.net/v1", "\n\n");
    let run = tree::tool(root, &["check"]).ends(0);
    assert_eq!(run.out, "");
    let said = "nothing is wrong; 1 known finding not shown, -v shows it\n";
    assert_eq!(run.err, said);
    let run = tree::tool(root, &["check", "-v"]).ends(0);
    assert!(run.out.starts_with("note[CS101]: "), "{}", run.out);
    let run = tree::tool(root, &["check", "-q"]).ends(0);
    assert_eq!((run.out.as_str(), run.err.as_str()), ("", ""));
    let report = json(&tree::tool(root, &["check", "--format", "json"]).ends(0));
    assert_eq!(report["diagnostics"], Value::Array(Vec::new()));
    assert_eq!(report["known"][0]["code"], "CS101");
    assert_eq!(report["summary"]["known"], 1);
    let run = tree::tool(root, &["check", "--format", "github"]).ends(0);
    assert_eq!(run.out, "");
    let log = is_sarif(
        &tree::tool(root, &["check", "--format", "sarif"])
            .ends(0)
            .out,
    );
    let suppression = &log["runs"][0]["results"][0]["suppressions"][0];
    assert_eq!(suppression["kind"], "external");
    assert_eq!(suppression["status"], "accepted");

    let before = tree::tree(root);
    let again = tree::tool(root, &["check", "--write-baseline"]).ends(0);
    assert!(again.err.starts_with("nothing to do"), "{}", again.err);
    tree::same("a second baseline", &before, &tree::tree(root));
    tree::tool(root, &["undo"]).ends(0);
    tree::tool(root, &["check"]).ends(1);
}

#[test]
fn a_baseline_shrinks_with_its_findings() {
    let home = doubled();
    let root = home.path();
    tree::tool(root, &["check", "--write-baseline"]).ends(0);
    settings(root, "https://gw.internal.net", "");
    let run = tree::tool(root, &["check"]).ends(0);
    let said = "note: `claude-scaffold.baseline.json` knows 1 finding that is no more\n";
    assert!(run.out.starts_with(said), "{}", run.out);
    let other = tree::tool(root, &["check", "--only", "CS001"]).ends(0);
    assert_eq!(other.out, "", "what was not looked for is not gone");
    tree::tool(root, &["check", "--only", "CS001", "--write-baseline"]).ends(0);
    assert_eq!(baseline(root)["findings"].as_array().map(Vec::len), Some(1));
    tree::tool(root, &["check", "--write-baseline"]).ends(0);
    assert_eq!(baseline(root)["findings"], Value::Array(Vec::new()));
    assert_eq!(tree::tool(root, &["check"]).ends(0).out, "");
}

#[test]
fn a_fresh_finding_counts_beside_known_ones() {
    let home = doubled();
    let root = home.path();
    tree::tool(root, &["check", "--write-baseline"]).ends(0);
    let text = fs::read_to_string(root.join(FILE)).expect("a baseline");
    let title = "version path doubled or missing for this reader";
    assert!(text.contains(title), "{text}");
    fs::write(root.join(FILE), text.replace(title, "until spring")).expect("written");
    tree::put(&root.join(".claude/settings.local.json"), b"[]\n", 0o644);
    let run = tree::tool(root, &["check"]).ends(1);
    assert!(!run.out.contains("CS101"), "{}", run.out);
    assert!(
        run.err
            .ends_with("; 1 known finding not shown, -v shows it\n"),
        "{}",
        run.err
    );
    tree::tool(root, &["check", "--write-baseline"]).ends(0);
    let text = fs::read_to_string(root.join(FILE)).expect("a baseline");
    assert!(
        text.contains("until spring"),
        "a note of the user's stays: {text}"
    );
    tree::tool(root, &["check"]).ends(0);
}

#[test]
fn drift_is_settled_and_not_accepted() {
    let home = tree::temp();
    let root = home.path();
    let url = "gateway.url=https://gw.internal.net/v1";
    tree::tool(root, &["init", "--profile", "team", "--set", url]).ends(0);
    fs::remove_file(root.join("docs/claude-gateway.md")).expect("removed");
    let run = tree::tool(root, &["check", "--write-baseline"]).ends(0);
    assert!(
        run.err.contains("note: 1 finding is to be settled"),
        "{}",
        run.err
    );
    tree::tool(root, &["check"]).ends(1);
    tree::tool(root, &["apply"]).ends(0);
    tree::tool(root, &["set", "check.baseline=ci/known.json"]).ends(0);
    tree::tool(root, &["check", "--write-baseline"]).ends(0);
    assert!(root.join("ci/known.json").exists());
}

#[test]
fn what_is_no_baseline_is_an_error_with_its_place() {
    let home = doubled();
    let root = home.path();
    for (text, said) in [
        ("{\n  \"version\": 1,\n  x", "3:3"),
        (
            "{ \"version\": 9, \"findings\": [] }",
            "newer claude-scaffold",
        ),
        ("[1, 2]", "is no baseline"),
    ] {
        tree::put(&root.join(FILE), text.as_bytes(), 0o644);
        let run = tree::tool(root, &["check"]).ends(2);
        assert!(
            run.err.contains(said) && run.err.contains("\nhelp: "),
            "{}",
            run.err
        );
        tree::tool(root, &["check", "--write-baseline"]).ends(2);
    }
    fs::remove_file(root.join(FILE)).expect("removed");
    fs::create_dir(root.join(FILE)).expect("a folder");
    tree::tool(root, &["check"]).ends(2);
}
