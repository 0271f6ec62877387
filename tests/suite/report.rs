//! How findings are told: every format, what a code means, severities, and what is known already.
#![expect(clippy::disallowed_methods, reason = "a test looks at the disk")]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::tree::{self, Run};

const URL: &str = "gateway.url=https://gw.internal.net/v1";
const PAGE: &str = "docs/claude-gateway.md";

/// A unit in a folder of a repository, with a note, a warning and a name that has to be escaped.
fn nested() -> (TempDir, PathBuf) {
    let home = tree::temp();
    tree::git_init(home.path());
    let root = home.path().join("ap, é:%/web");
    fs::create_dir_all(&root).expect("folders");
    tree::tool(&root, &["init", "--profile", "team", "--set", URL]).ends(0);
    fs::remove_file(root.join(PAGE)).expect("removed");
    let path = root.join(".claude/settings.json");
    let text = fs::read_to_string(&path).expect("a text");
    fs::write(path, text.replace("\"30000\"", "\"31000\"")).expect("written");
    (home, root)
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.out).expect("JSON")
}

fn declare(root: &Path, lines: &str) {
    let path = root.join("claude-scaffold.toml");
    let text = fs::read_to_string(&path).expect("a manifest");
    fs::write(path, format!("{text}\n{lines}\n")).expect("written");
}

/// Asserts that a SARIF file is valid, where the schema is installed.
#[track_caller]
pub fn is_sarif(text: &str) -> Value {
    let value: Value = serde_json::from_str(text).expect("JSON");
    let parts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real/.parts/sarif");
    let schema = parts.join("node_modules/@microsoft/sarif-multitool-linux/sarif-2.1.0.json");
    match fs::read_to_string(&schema) {
        Ok(schema) => {
            let schema: Value = serde_json::from_str(&schema).expect("JSON");
            let schema = jsonschema::validator_for(&schema).expect("a schema");
            let problems = schema.iter_errors(&value).map(|e| e.to_string());
            assert_eq!(problems.collect::<Vec<_>>(), Vec::<String>::new(), "{text}");
        }
        Err(_) => tree::skipped("no SARIF schema: run tests/real/install.sh"),
    }
    value
}

#[test]
fn sarif_places_findings_from_the_root_of_the_repository() {
    let (_home, root) = nested();
    let run = tree::tool(&root, &["check", "--format", "sarif"]).ends(1);
    let log = is_sarif(&run.out);
    let run = &log["runs"][0];
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    let results = run["results"].as_array().expect("results");
    assert_eq!(results.len(), 2);
    let physical = &results[0]["locations"][0]["physicalLocation"];
    let expected = json!({
        "artifactLocation": {
            "uri": "ap%2C%20%C3%A9%3A%25/web/.claude/settings.json",
            "uriBaseId": "%SRCROOT%"
        },
        "region": { "startLine": 27, "startColumn": 5 }
    });
    assert_eq!(*physical, expected);
    for result in results {
        let index = result["ruleIndex"].as_u64().expect("an index");
        let index = usize::try_from(index).expect("a small one");
        let rule = &run["tool"]["driver"]["rules"][index];
        assert_eq!(rule["id"], result["ruleId"]);
        assert_eq!(rule["defaultConfiguration"]["level"], result["level"]);
        assert_eq!(result["suppressions"], json!([]));
    }
}

#[test]
fn a_fingerprint_stays_when_lines_move() {
    let (_home, root) = nested();
    let prints = || {
        let run = tree::tool(&root, &["check", "--format", "sarif"]).ends(1);
        let log = is_sarif(&run.out);
        let results = log["runs"][0]["results"].as_array().expect("results");
        let print = |result: &Value| result["partialFingerprints"]["claudeScaffold/v1"].clone();
        results.iter().map(print).collect::<Vec<_>>()
    };
    let before = prints();
    let path = root.join(".claude/settings.json");
    let text = fs::read_to_string(&path).expect("a text");
    fs::write(path, format!("\n\n{text}")).expect("written");
    assert_eq!(before, prints());
    assert_ne!(before[0], before[1]);
}

#[test]
fn github_shows_findings_beside_the_code() {
    let (_home, root) = nested();
    let run = tree::tool(&root, &["check", "--format", "github"]).ends(1);
    let lines: Vec<&str> = run.out.lines().collect();
    assert_eq!(lines.len(), 2, "{}", run.out);
    let note = "::notice file=ap%2C é%3A%25/web/.claude/settings.json,line=27,col=5,title=edited ";
    assert!(lines[0].starts_with(note), "{}", lines[0]);
    assert!(lines[1].contains("web/docs/claude-gateway.md,title=drift "));
    assert!(lines[1].contains("%0Ahelp: bring it back"), "{}", lines[1]);
    assert_eq!(run.err, "1 warning, 1 note\n");
    let quiet = tree::tool(&root, &["check", "--format", "github", "-q"]).ends(1);
    assert_eq!(quiet.err, "");
}

#[test]
fn a_run_that_failed_says_so_in_every_format() {
    let (_home, root) = nested();
    declare(&root, "[gatewy]\nx = 1");
    let run = tree::tool(&root, &["check", "--format", "sarif"]).ends(2);
    let log = is_sarif(&run.out);
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let said = &invocation["toolExecutionNotifications"][0];
    let text = said["message"]["text"].as_str().expect("a text");
    assert!(text.starts_with("unknown key `gatewy`"), "{text}");
    let run = tree::tool(&root, &["check", "--format", "github"]).ends(2);
    assert!(
        run.out.contains("claude-scaffold.toml,line="),
        "{}",
        run.out
    );
}

#[test]
fn formats_of_findings_are_for_findings() {
    let (_home, root) = nested();
    for command in ["plan", "apply", "recommend", "schema"] {
        for format in ["sarif", "github"] {
            let run = tree::tool(&root, &[command, "--format", format]).ends(2);
            assert!(
                run.err.contains("this command gives none\nhelp: "),
                "{}",
                run.err
            );
            assert_eq!(run.out, "");
        }
    }
    tree::tool(&root, &["check", "--explain", "--format", "sarif"]).ends(2);
}

#[test]
fn a_code_is_explained() {
    let home = tree::temp();
    let root = home.path();
    let list = tree::tool(root, &["check", "--explain"]).ends(0);
    assert!(list.out.lines().count() > 18, "{}", list.out);
    let page = tree::tool(root, &["check", "--explain", "cs003"]).ends(0);
    for part in [
        "CS003: key in",
        "\nWhat\n",
        "\nWhy\n",
        "  1. Have",
        "\nSource\n",
    ] {
        assert!(page.out.contains(part), "{}", page.out);
    }
    assert!(page.out.lines().all(|line| line.chars().count() <= 96));
    let wrong = tree::tool(root, &["check", "--explain", "drfit"]).ends(2);
    assert_eq!(
        wrong.err,
        "error: unknown code `drfit`\nhelp: did you mean `drift`?\n"
    );
    let wrong = tree::tool(root, &["check", "--only", "CS001,CS0O3"]).ends(2);
    assert!(wrong.err.contains("unknown code `CS0O3`"), "{}", wrong.err);
    tree::tool(root, &["check", "--explain", "CS001", "--staged"]).ends(2);
}

#[test]
fn severities_are_the_manifest_s_to_say() {
    let (_home, root) = nested();
    let severities = || {
        let run = tree::tool(&root, &["check", "--format", "json"]);
        let found = json(&run);
        let found = found["diagnostics"].as_array().expect("a list");
        let found: Vec<String> = found
            .iter()
            .map(|d| format!("{} {}", d["code"].as_str().expect("a code"), d["severity"]))
            .collect();
        (run.code, found.join(", "))
    };
    declare(&root, "[severity]\nedited = \"error\"\ndrift = \"error\"");
    tree::tool(&root, &["set", "severity.unapplied=off"]).ends(0);
    assert_eq!(severities().1, "edited \"error\"");
    tree::tool(&root, &["set", "severity.edited=off"]).ends(0);
    assert_eq!(severities(), (0, String::new()));
}

#[test]
fn a_severity_is_checked_against_the_catalogue() {
    let (_home, root) = nested();
    declare(
        &root,
        "[severity]\nCS03 = \"off\"\nconflict = \"off\"\ndrift = \"note\"\nCS001 = \"mild\"",
    );
    let run = tree::tool(&root, &["check"]).ends(2);
    for said in [
        "error: unknown code of a finding `CS03`\n  --> claude-scaffold.toml:",
        "help: did you mean `CS003`?",
        "error: `severity.conflict` is `off`",
        "error: `severity.drift` is `note`",
        "error: `severity.CS001` is `mild`",
    ] {
        assert!(run.err.contains(said), "{}", run.err);
    }
}

#[test]
fn what_a_pack_forbids_is_a_finding() {
    let home = tree::temp();
    let pack = home.path().join("pack");
    fs::create_dir(&pack).expect("a folder");
    let meta = "name = \"ours\"\nversion = \"1\"\n[locked]\n\
                \"gateway.timeout_ms\" = { value = 60000, reason = \"it waits as long\" }\n";
    fs::write(pack.join("pack.toml"), meta).expect("written");
    let root = home.path().join("app");
    fs::create_dir(&root).expect("a folder");
    tree::git_init(&root);
    let manifest =
        "version = 1\nprofile = \"team\"\npack = \"path:../pack\"\n\n[gateway]\ntimeout_ms = 5\n";
    fs::write(root.join("claude-scaffold.toml"), manifest).expect("written");
    let run = tree::tool(&root, &["check"]).ends(1);
    assert!(
        run.out
            .starts_with("error: `gateway.timeout_ms` is 5, but pack `ours`"),
        "{}",
        run.out
    );
    assert!(
        run.out.contains("--> claude-scaffold.toml:6:14\n"),
        "{}",
        run.out
    );
    let run = tree::tool(&root, &["check", "--format", "sarif"]).ends(1);
    assert_eq!(
        is_sarif(&run.out)["runs"][0]["results"][0]["ruleId"],
        "policy"
    );
    tree::tool(&root, &["check", "--only", "drift"]).ends(0);
}
