//! Files made to hurt: `check` comes to an end soon, says what it did not read, and breaks nothing.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::tree;

const SETTINGS: &str = ".claude/settings.json";

fn repository(files: &[(&str, String)]) -> TempDir {
    let home = tree::temp();
    tree::git_init(home.path());
    for (path, text) in files {
        tree::put(&home.path().join(path), text.as_bytes(), 0o644);
    }
    home
}

/// Checks the rules of this room within a generous time.
fn check(root: &Path) -> tree::Run {
    let started = Instant::now();
    let codes = "CS001,CS002,CS004,CS006,CS007,CS101,CS102,CS103,CS104,CS107,CS108";
    let run = tree::tool(root, &["check", "--only", codes]);
    assert!(matches!(run.code, 0 | 1), "{}{}", run.out, run.err);
    assert!(!run.err.contains("panicked"), "{}", run.err);
    assert!(
        started.elapsed() < Duration::from_secs(30),
        "{:?}",
        started.elapsed()
    );
    run
}

#[test]
fn nesting_without_end() {
    let deep = |open: &str, close: &str| open.repeat(10_000) + "1" + &close.repeat(10_000);
    let json = deep("{\"a\":", "}");
    let yaml = (0..3_000).fold(String::new(), |text, depth| {
        text + &" ".repeat(depth) + "a:\n"
    });
    let home = repository(&[
        (SETTINGS, json.clone()),
        (".claude/settings.local.json", deep("[", "]")),
        (".vscode/settings.json", json.clone()),
        ("opencode.json", json.clone()),
        (".devcontainer/devcontainer.json", json),
        (".github/workflows/a.yml", yaml.clone()),
        (".gitlab-ci.yml", yaml.clone()),
        ("docker-compose.yml", yaml),
        (".aider.conf.yml", deep("[", "]")),
        ("mise.toml", format!("a = {}", deep("[", "]"))),
    ]);
    let run = check(home.path()).ends(1);
    assert!(run.out.contains("nested deeper than 128"), "{}", run.out);
}

#[test]
fn files_larger_than_anybody_writes() {
    let large = format!("{{\"env\": {{\"A\": \"{}\"}}}}", "x".repeat(50 << 20));
    let lines = "V=https://x/v1/\n".repeat(100_000);
    let quotes = "A=\"\n".repeat(100_000);
    let home = repository(&[
        (SETTINGS, large),
        (
            ".env.example",
            lines.clone() + "ANTHROPIC_BASE_URL=https://gw.corp.net/v1\n",
        ),
        (".env.local", quotes),
        ("scripts/a.sh", lines),
    ]);
    let run = check(home.path()).ends(1);
    assert!(run.out.contains("larger than 8 MiB"), "{}", run.out);
    assert!(run.out.contains(".env.example:100001:"), "{}", run.out);
}

#[test]
fn bytes_that_are_no_text() {
    let home = tree::temp();
    let root = home.path();
    tree::git_init(root);
    for path in [
        SETTINGS,
        ".env",
        ".env.example",
        "scripts/a.sh",
        ".gitlab-ci.yml",
    ] {
        tree::put(&root.join(path), b"\xff\x80{\"a\": \x1b[31m\x00", 0o644);
    }
    tree::put(
        &root.join("packages/\u{1b}[31m\n/.claude/settings.json"),
        b"{",
        0o644,
    );
    tree::put(&root.join("other"), b"{\"env\": 1}", 0o644);
    std::os::unix::fs::symlink("/etc/passwd", root.join(".claude/settings.local.json"))
        .expect("a link");
    tree::commit(root);
    let run = check(root);
    assert!(!run.out.contains('\u{1b}'), "{:?}", run.out);
    let mended = tree::tool(root, &["check", "--fix"]);
    assert!(!mended.err.contains("panicked"), "{}", mended.err);
}

#[test]
fn mending_leaves_what_moved_in_between_alone() {
    let home = repository(&[(
        SETTINGS,
        "{\"env\": {\"ANTHROPIC_BASE_URL\": \"https://gw.corp.net/v1\"}}\n".to_owned(),
    )]);
    let root = home.path();
    fs::create_dir(root.join("inside")).expect("a folder");
    fs::rename(root.join(SETTINGS), root.join("inside/real.json")).expect("moved");
    std::os::unix::fs::symlink("../inside/real.json", root.join(SETTINGS)).expect("a link");
    let run = tree::tool(root, &["check", "--fix"]);
    assert_ne!(run.code, 101, "{}", run.err);
    let link = fs::symlink_metadata(root.join(SETTINGS)).expect("there");
    assert!(link.file_type().is_symlink(), "the link stays one");
}
