//! `check` where somebody means harm: huge, deep, odd and endless files end in clear words, in bounded
//! time and memory, and never in a panic.
#![expect(
    clippy::disallowed_methods,
    reason = "a test makes repositories and measures"
)]
#![cfg(target_os = "linux")]

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use super::report::is_sarif;
use super::tree::{self, Run};

/// What the program may take of the address space, in KiB.
const MEMORY: u32 = 2 * 1024 * 1024;
/// How long one run may take, on a machine that has other things to do.
const TIME: Duration = Duration::from_mins(1);
const DEEP: usize = 10_000;

const SETTINGS: &str = ".claude/settings.json";

/// Files that are read as JSON, YAML and TOML.
const JSON: [&str; 8] = [
    SETTINGS,
    ".claude/settings.local.json",
    ".vscode/settings.json",
    "app.code-workspace",
    "opencode.json",
    ".devcontainer/devcontainer.json",
    "packages/a/.claude/settings.json",
    "claude-scaffold.baseline.json",
];
const YAML: [&str; 4] = [
    ".aider.conf.yml",
    ".gitlab-ci.yml",
    ".github/workflows/ci.yml",
    "docker-compose.yml",
];
const TOML: [&str; 3] = ["mise.toml", "claude-scaffold.toml", "claude-scaffold.lock"];

/// Runs the program with little memory; asserts that it ends in time, and by itself.
#[track_caller]
fn bounded(root: &Path, arguments: &[&str]) -> Run {
    let program = env!("CARGO_BIN_EXE_claude-scaffold");
    let mut command = tree::clean("sh", root);
    let script = format!("ulimit -v {MEMORY}; exec timeout 120 \"$0\" \"$@\"");
    command.args(["-c", &script, program]).args(arguments);
    let start = Instant::now();
    let run = tree::finish(command);
    let took = start.elapsed();
    assert!(took < TIME, "{arguments:?} took {took:?}");
    let short: String = run.err.chars().take(2000).collect();
    assert!(
        (0..=2).contains(&run.code),
        "{arguments:?} ended with {}: {short}",
        run.code
    );
    assert!(!run.err.contains("panicked"), "{short}");
    if run.code == 2 {
        assert!(run.err.contains("\nhelp: "), "{short}");
    }
    run
}

/// Checks in every format, and would mend. No raw control character gets out.
#[track_caller]
fn check(root: &Path) -> Run {
    for arguments in [
        &["check", "--format", "json"][..],
        &["check", "--format", "github"],
        &["check", "--fix", "-n"],
        &["explain"],
    ] {
        shown(&bounded(root, arguments));
    }
    let log = bounded(root, &["check", "--format", "sarif"]);
    is_sarif(&log.out);
    shown(&log);
    let run = bounded(root, &["check"]);
    shown(&run);
    run
}

#[track_caller]
fn shown(run: &Run) {
    let raw = |c: char| c.is_control() && c != '\n' && c != '\t';
    for text in [&run.out, &run.err] {
        let line = text.lines().find(|line| line.contains(raw));
        assert_eq!(line, None, "a control character");
    }
}

fn empty() -> tempfile::TempDir {
    let home = tree::temp();
    tree::git_init(home.path());
    home
}

fn put(root: &Path, path: &str, text: &str) {
    tree::put(&root.join(path), text.as_bytes(), 0o644);
}

/// One run for each pair of a file and a text; all that fail are named.
fn each(files: &[&str], texts: &[(&str, String)]) {
    let pairs = files
        .iter()
        .flat_map(|file| texts.iter().map(move |(what, text)| (*file, *what, text)));
    let pairs: Vec<_> = pairs.collect();
    tree::each(
        &pairs,
        |(file, what, _)| format!("{what} in {file}"),
        |(file, _, text)| {
            let home = empty();
            put(home.path(), file, text);
            check(home.path());
        },
    );
}

#[test]
fn deep_json_is_refused_or_skipped() {
    let texts = [
        ("lists", "[".repeat(DEEP)),
        ("closed lists", "[".repeat(DEEP) + &"]".repeat(DEEP)),
        ("tables", "{\"env\":".repeat(DEEP) + "1" + &"}".repeat(DEEP)),
        ("comments", "/*".repeat(DEEP)),
        ("commas", "[".to_owned() + &",".repeat(DEEP)),
        ("quotes", "\"\\".repeat(DEEP)),
    ];
    each(&JSON, &texts);
}

#[test]
fn deep_yaml_is_refused_or_skipped() {
    let steps = (0..1000).fold(String::new(), |text, n| text + &" ".repeat(n) + "a:\n");
    let texts = [
        ("lists", "[".repeat(DEEP)),
        ("closed lists", "[".repeat(DEEP) + &"]".repeat(DEEP)),
        ("tables", "{a: ".repeat(DEEP) + &"}".repeat(DEEP)),
        ("dashes", "- ".repeat(DEEP) + "a"),
        ("questions", "? ".repeat(DEEP)),
        ("steps", steps),
        ("anchors", "&a *a ".repeat(DEEP)),
    ];
    each(&YAML, &texts);
}

#[test]
fn deep_toml_is_refused_or_skipped() {
    let texts = [
        ("lists", "a = ".to_owned() + &"[".repeat(DEEP)),
        (
            "closed lists",
            "a = ".to_owned() + &"[".repeat(DEEP) + &"]".repeat(DEEP),
        ),
        ("tables", "a = ".to_owned() + &"{ a = ".repeat(DEEP)),
        ("dots", "a.".repeat(DEEP) + "a = 1"),
        ("heads", "[".to_owned() + &"a.".repeat(DEEP) + "a]\nb = 1"),
    ];
    each(&TOML, &texts);
}

#[test]
fn a_settings_file_of_50_mb_is_not_read() {
    let home = empty();
    let root = home.path();
    let big = format!("{{ \"a\": \"{}\" }}", "x".repeat(50 << 20));
    for file in JSON.iter().chain(&TOML) {
        put(root, file, &big);
    }
    let own = ["toml", "lock", "baseline.json"].map(|end| format!("claude-scaffold.{end}"));
    for name in &own {
        fs::remove_file(root.join(name)).expect("removed");
    }
    let run = check(root);
    assert!(run.out.contains(SETTINGS), "{}", run.out);
    for name in &own {
        put(root, name, &big);
        bounded(root, &["check"]).ends(2);
    }
}

#[test]
fn long_files_take_no_longer_than_they_are() {
    let home = empty();
    let root = home.path();
    let lines = (0..100_000).fold(String::new(), |mut text, n| {
        let _ = writeln!(text, "NAME_{n}=value {n}");
        text
    });
    put(root, ".env", &lines);
    put(root, ".env.example", &lines);
    put(
        root,
        "scripts/run.sh",
        &lines.replace("NAME", "export NAME"),
    );
    put(root, ".gitignore", &lines.replace('=', "/"));
    let long = format!(
        "{{ \"env\": {{ \"A\": \"{}\" }} }}",
        "\\u0041".repeat(1_000_000)
    );
    put(root, SETTINGS, &long);
    let urls = "ANTHROPIC_BASE_URL=http://gw.example/v1/\n".repeat(5_000);
    put(root, ".env.local", &urls);
    check(root);
}

#[test]
fn names_and_texts_cannot_speak_to_the_terminal() {
    let home = empty();
    let root = home.path();
    let settings = "{ \"env\": { \"ANTHROPIC_BASE_URL\": \"http://gw.example/v1/\\u001b[2J\" } }";
    put(
        root,
        "a\u{1b}[31m\n::error::b\r/.claude/settings.json",
        settings,
    );
    put(root, "a\u{202e}b/.claude/settings.json", settings);
    put(root, "x\u{7}.code-workspace", "{ \u{1b}]0;title\u{7}");
    put(
        root,
        ".env.\u{9b}31m",
        "ANTHROPIC_BASE_URL=http://gw.example/\u{1b}[0m\n",
    );
    put(
        root,
        ".github/workflows/a\n::set-env::b.yml",
        "env:\n  ANTHROPIC_BASE_URL: http://gw.example/v1\n",
    );
    let odd = root.join(OsStr::from_bytes(b"bad\xff\xfe.sh"));
    fs::write(odd, "export ANTHROPIC_BASE_URL=http://gw.example/v1\n").expect("written");
    tree::git(root, &["add", "-A"]).ends(0);
    check(root);
    let run = bounded(root, &["check", "--format", "github"]);
    let starts = ["::error file=", "::warning file=", "::notice "];
    for line in run.out.lines() {
        let ours =
            starts.iter().any(|start| line.starts_with(start)) || line.starts_with("::error title");
        assert!(ours, "{line}");
    }
}

#[test]
fn what_is_no_text_is_said_or_skipped() {
    for bytes in [
        &b"\xff\xfe{\0}\0"[..],
        b"\x80\x81\xc0\xaf",
        b"\0\0\0\0",
        b"\xef\xbb\xbf",
        b"",
    ] {
        let home = empty();
        for file in JSON
            .iter()
            .chain(&YAML)
            .chain(&[".env", ".gitignore", ".envrc", "mise.toml"])
        {
            tree::put(&home.path().join(file), bytes, 0o644);
        }
        fs::remove_file(home.path().join("claude-scaffold.baseline.json")).expect("removed");
        check(home.path());
    }
}

#[test]
fn what_is_no_file_is_not_waited_for() {
    let home = empty();
    let root = home.path();
    for path in [
        ".env",
        ".claude/settings.json",
        "scripts/run.sh",
        ".gitlab-ci.yml",
        ".vscode",
    ] {
        let place = root.join(path);
        fs::create_dir_all(place.parent().expect("a parent")).expect("folders");
        let mut command = tree::clean("mkfifo", root);
        command.arg(&place);
        tree::finish(command).ends(0);
    }
    std::os::unix::fs::symlink("/dev/zero", root.join(".env.local")).expect("a link");
    std::os::unix::fs::symlink("loop", root.join("loop")).expect("a link");
    std::os::unix::fs::symlink(".", root.join("packages")).expect("a link");
    fs::create_dir(root.join("mise.toml")).expect("a folder");
    check(root);
}

#[test]
fn many_files_are_no_harm() {
    let home = empty();
    let root = home.path();
    for folder in 0..100 {
        for file in 0..100 {
            put(root, &format!("d{folder}/f{file}.txt"), "text\n");
        }
    }
    for n in 0..1000 {
        put(root, &format!("packages/p{n}/.claude/settings.json"), "{}");
        put(root, &format!("scripts/s{n}.sh"), "export A=1\n");
    }
    check(root);
}

#[test]
fn managed_files_that_turned_hostile_are_told() {
    let home = empty();
    let root = home.path();
    tree::tool(root, &["init", "--profile", "multi-model"]).ends(0);
    for (path, text) in [
        (SETTINGS, "[".repeat(DEEP)),
        (".vscode/settings.json", "{\"a\":".repeat(DEEP)),
        (".aider.conf.yml", "- ".repeat(DEEP)),
        (".gitignore", "!".repeat(100_000)),
        (".env.template", "=\n".repeat(100_000)),
        ("scripts/run-claude.sh", "\u{1b}".repeat(1000)),
    ] {
        put(root, path, &text);
        check(root);
    }
}
