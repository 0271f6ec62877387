//! `check`: what differs from what was rendered and declared, said and never mended.
#![expect(clippy::disallowed_methods, reason = "a test looks at the disk")]

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use super::tree;

const URL: &str = "gateway.url=https://gw.internal.net/v1";
const SETTINGS: &str = ".claude/settings.json";

fn made(profile: &str) -> TempDir {
    let home = tree::temp();
    tree::git_init(home.path());
    tree::tool(home.path(), &["init", "--profile", profile, "--set", URL]).ends(0);
    home
}

fn edit(root: &Path, path: &str, from: &str, to: &str) {
    let text = fs::read_to_string(root.join(path)).expect("a text");
    assert!(text.contains(from), "{text}");
    fs::write(root.join(path), text.replacen(from, to, 1)).expect("written");
}

/// Checks twice: findings as `severity path:line` with the words, and that nothing is written.
#[track_caller]
fn check(root: &Path, code: i32, expected: &[(&str, &str, &str)]) {
    let before = tree::whole(root);
    let run = tree::tool(root, &["check", "--format", "json"]).ends(code);
    let report: Value = serde_json::from_str(&run.out).expect("JSON");
    let found = report["diagnostics"].as_array().expect("a list");
    assert_eq!(found.len(), expected.len(), "{}", run.out);
    for (finding, (severity, place, words)) in found.iter().zip(expected) {
        let line = finding["line"]
            .as_u64()
            .map_or(String::new(), |n| format!(":{n}"));
        let there = format!("{}{line}", finding["path"].as_str().expect("a path"));
        let said = finding["message"].as_str().expect("a message");
        assert_eq!(finding["severity"], *severity, "{said}");
        assert_eq!(there, *place, "{said}");
        assert!(said.contains(words), "{said}");
    }
    let text = tree::tool(root, &["check"]).ends(code);
    for (_, place, words) in expected {
        assert!(
            text.out.contains(place) && text.out.contains(words),
            "{}",
            text.out
        );
    }
    let quiet = tree::tool(root, &["check", "-q"]).ends(code);
    assert_eq!(quiet.out.is_empty(), code == 0, "{}", quiet.out);
    assert_eq!(quiet.err, "");
    tree::same("check writes nothing", &before, &tree::whole(root));
}

#[test]
fn nothing_is_found_right_after_init() {
    for profile in ["solo", "team", "enterprise", "multi-model"] {
        check(made(profile).path(), 0, &[]);
    }
}

#[test]
fn an_edit_is_the_user_s_right() {
    let home = made("team");
    edit(home.path(), SETTINGS, "\"30000\"", "\"45000\"");
    edit(home.path(), "docs/claude-gateway.md", "#", "##");
    let line = line_of(home.path(), SETTINGS, "API_TIMEOUT_MS");
    let settings = format!("{SETTINGS}:{line}");
    let page = "docs/claude-gateway.md";
    let expected = [
        (
            "note",
            settings.as_str(),
            "`env.API_TIMEOUT_MS` was changed",
        ),
        ("note", page, "`docs/claude-gateway.md` was changed"),
    ];
    check(home.path(), 0, &expected);
}

fn line_of(root: &Path, path: &str, word: &str) -> usize {
    let text = fs::read_to_string(root.join(path)).expect("a text");
    let at = text.lines().position(|line| line.contains(word));
    at.expect("a line") + 1
}

#[test]
fn what_is_gone_is_found_until_it_is_a_decision() {
    let home = made("team");
    let root = home.path();
    fs::remove_file(root.join("docs/claude-gateway.md")).expect("removed");
    edit(root, ".gitignore", "/.claude/settings.local.json\n", "");
    let text = fs::read_to_string(root.join(SETTINGS)).expect("a text");
    let lines: Vec<&str> = text
        .lines()
        .filter(|l| !l.contains("API_TIMEOUT_MS"))
        .collect();
    fs::write(
        root.join(SETTINGS),
        lines.join("\n").replace(",\n  }", "\n  }"),
    )
    .expect("written");
    let gone = [
        (
            "warning",
            SETTINGS,
            "`.claude/settings.json:env.API_TIMEOUT_MS` was rendered",
        ),
        (
            "warning",
            ".gitignore",
            "`.gitignore:[\"/.claude/settings.local.json\"]` was rendered",
        ),
        (
            "warning",
            "docs/claude-gateway.md",
            "`docs/claude-gateway.md` was rendered",
        ),
    ];
    check(root, 1, &gone);
    tree::tool(root, &["apply"]).ends(0);
    check(root, 0, &[]);
    tree::tool(root, &["resolve", "--restore", "--yes"]).ends(0);
    check(root, 0, &[]);
}

#[test]
fn what_apply_would_write_is_found() {
    let home = made("solo");
    edit(
        home.path(),
        "claude-scaffold.toml",
        "gw.internal",
        "gw2.internal",
    );
    let run = tree::tool(home.path(), &["check"]).ends(1);
    assert!(
        run.out.contains("`apply` would update `.env.template`"),
        "{}",
        run.out
    );
    assert!(!run.out.contains("lock"), "{}", run.out);
    fs::remove_file(home.path().join("claude-scaffold.lock")).expect("removed");
    let run = tree::tool(home.path(), &["check"]).ends(1);
    assert!(run.out.contains("would"), "{}", run.out);
}

#[test]
fn a_conflict_is_an_error_with_its_line() {
    let home = tree::temp();
    let root = home.path();
    tree::put(
        &root.join(SETTINGS),
        b"{\n  \"a\": 1,\n  \"model\": \"mine\"\n}\n",
        0o644,
    );
    tree::tool(root, &["init", "--profile", "team", "--set", URL]).ends(1);
    check(root, 1, &[("error", ".claude/settings.json:3", "`model`")]);
    tree::tool(root, &["resolve", "--keep"]).ends(0);
    check(root, 0, &[("note", ".claude/settings.json:3", "`model`")]);
}

#[test]
fn other_templates_are_no_finding() {
    let home = made("team");
    let root = home.path();
    let lock = fs::read_to_string(root.join("claude-scaffold.lock")).expect("a text");
    let (head, rest) = lock.split_once("[feature]\n").expect("hashes");
    let line = rest.lines().next().expect("a line");
    let (name, _) = line.split_once(" = ").expect("a hash");
    let lock = format!(
        "{head}[feature]\n{}",
        rest.replacen(line, &format!("{name} = \"0\""), 1)
    );
    fs::write(root.join("claude-scaffold.lock"), lock).expect("written");
    tree::tool(root, &["plan"]).ends(2);
    check(root, 0, &[]);
    edit(root, SETTINGS, "\"30000\"", "\"45000\"");
    fs::remove_file(root.join("docs/claude-gateway.md")).expect("removed");
    let line = line_of(root, SETTINGS, "API_TIMEOUT_MS");
    let place = format!("{SETTINGS}:{line}");
    let expected = [
        (
            "note",
            place.as_str(),
            "`env.API_TIMEOUT_MS` was changed by you",
        ),
        (
            "warning",
            "docs/claude-gateway.md",
            "was rendered and is not there",
        ),
    ];
    check(root, 1, &expected);
}

#[test]
fn what_helps_against_all_is_said_once() {
    let home = tree::temp();
    let root = home.path();
    let manifest = "version = 1\nprofile = \"team\"\n";
    fs::write(root.join("claude-scaffold.toml"), manifest).expect("written");
    let run = tree::tool(root, &["check"]).ends(1);
    let count = |word: &str| {
        run.out
            .lines()
            .filter(|line| line.starts_with(word))
            .count()
    };
    assert!(count("warning: `apply` would create") > 5, "{}", run.out);
    assert_eq!(count("help: "), 1, "{}", run.out);
}
