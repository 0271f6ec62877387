//! `remove`: what is ours goes, to the byte, and nothing else.
#![expect(clippy::disallowed_methods, reason = "a test looks at the disk")]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use super::tree::{self, Tree};

const URL: &str = "gateway.url=https://gw.internal.net/v1";
const SETTINGS: &str = ".claude/settings.json";
const EDITOR: &str = ".vscode/settings.json";
const PROFILES: [&str; 4] = ["solo", "team", "enterprise", "multi-model"];

/// One file that is there before, in every way we know that a file can be.
const STATES: [(&str, &str); 29] = [
    ("README.md", "# App\n"),
    (SETTINGS, "{}"),
    (SETTINGS, "{}\n"),
    (SETTINGS, ""),
    (SETTINGS, "\u{feff}{\r\n\t\"a\": 1\r\n}\r\n"),
    (
        SETTINGS,
        "{ \"env\": {}, \"permissions\": { \"deny\": [ ] } }",
    ),
    (SETTINGS, "{\"permissions\":{\"deny\":[\"Bash(rm:*)\"]}}"),
    (SETTINGS, "{\n  \"env\": { \"A\": \"1\" }\n}"),
    (EDITOR, "// only a comment\n"),
    (EDITOR, "{\n  // a comment\n  \"a\": [1, 2,], // why\n}\n"),
    (EDITOR, "{ /* x */ }"),
    (EDITOR, "{\r\n  \"terminal.integrated.env.linux\": {},\r\n}"),
    (".gitignore", ""),
    (".gitignore", "*.log"),
    (".gitignore", ".claude/\r\n.env*\r\n"),
    (".gitattributes", "* text=auto"),
    (".env.example", "A=1\n\n# end"),
    (".env.sample", "export A = 'x' # c\r\n"),
    (".aider.conf.yml", "---\nread: [a]\n"),
    (".aider.conf.yml", "# note\nauto-commits: true"),
    (".gitlab-ci.yml", "stages: [test]\n\ntest:\n  script: x"),
    (".gitlab-ci.yml", "\u{feff}# c\r\ntest:\r\n  script: x\r\n"),
    (".github/workflows/ci.yml", "on: push\njobs: {}\n"),
    ("docs/a.md", "a"),
    (
        SETTINGS,
        "{\"model\": \"claude-sonnet-4-6\", \"permissions\": {\"deny\": [\"Read(./.env)\", \"x\"]}}\n",
    ),
    (
        SETTINGS,
        "{\n  \"env\": {\"API_TIMEOUT_MS\": \"30000\"},\n  \"telemetry\": {\"enabled\": true}\n}",
    ),
    (
        EDITOR,
        "{ \"aiCoding.agentConfig\": {\"model\": \"claude-sonnet-4-6\"} } // x\n",
    ),
    (
        ".env.example",
        "# key\nANTHROPIC_BASE_URL=https://gw.internal.net\nANTHROPIC_TIMEOUT_MS=30000\n",
    ),
    (
        ".aider.conf.yml",
        "model: openai/claude-sonnet-4-6\nauto-commits: true\n",
    ),
];

fn repository(files: &[(&str, &str)]) -> (TempDir, PathBuf) {
    let home = tree::temp();
    let root = home.path().join("app");
    tree::put(&root.join("src/main.rs"), b"fn main() {}\n", 0o644);
    for (path, text) in files {
        tree::put(&root.join(path), text.as_bytes(), 0o640);
    }
    tree::git_init(&root);
    (home, root)
}

fn init(root: &Path, profile: &str) -> Tree {
    tree::tool(root, &["init", "--profile", profile, "--set", URL]).ends(0);
    tree::tree(root)
}

#[test]
fn init_and_remove_are_nothing() {
    let cases: Vec<_> = PROFILES
        .iter()
        .flat_map(|profile| STATES.iter().map(move |state| (*profile, *state)))
        .collect();
    let name = |case: &(&str, (&str, &str))| format!("{case:?}");
    tree::each(&cases, name, |(profile, state)| {
        let (_home, root) = repository(&[*state]);
        let before = tree::tree(&root);
        let after = init(&root, profile);
        let dry = tree::tool(&root, &["remove", "-n"]).ends(0);
        assert!(dry.err.contains("dry run"), "{}", dry.err);
        tree::same("dry run", &after, &tree::tree(&root));
        let run = tree::tool(&root, &["remove"]).ends(0);
        assert!(!run.err.contains("stays"), "{}", run.err);
        tree::same("remove", &before, &tree::tree(&root));
        tree::tool(&root, &["undo"]).ends(0);
        tree::same("undo", &after, &tree::tree(&root));
        tree::tool(&root, &["plan", "--exit-code"]).ends(0);
    });
}

#[test]
fn a_long_way_round_and_remove_is_nothing() {
    let name = |state: &(&str, &str)| format!("{state:?}");
    tree::each(&STATES, name, |state| {
        let (_home, root) = repository(&[*state]);
        let before = tree::tree(&root);
        init(&root, "solo");
        for step in [
            "profile=enterprise",
            "models.fast=x",
            "features=multi-model,-docs",
            "profile=team",
            "features=",
        ] {
            tree::tool(&root, &["set", step]).ends(0);
        }
        tree::tool(&root, &["remove"]).ends(0);
        tree::same("remove", &before, &tree::tree(&root));
    });
}

#[test]
fn what_the_user_changed_stays_and_is_said() {
    let (_home, root) = repository(&[]);
    init(&root, "team");
    let path = root.join(SETTINGS);
    let text = fs::read_to_string(&path).expect("a text");
    let text =
        text.replace("\"claude-sonnet-4-6\"", "\"mine\"")
            .replacen('{', "{\n  \"own\": 1,", 1);
    fs::write(&path, text).expect("written");
    fs::write(root.join("docs/claude-gateway.md"), "mine\n").expect("written");
    let run = tree::tool(&root, &["remove", "--format", "json"]).ends(0);
    let report: Value = serde_json::from_str(&run.out).expect("JSON");
    let said = run.out;
    assert_eq!(report["command"], "remove");
    for what in [
        "`model` in `.claude/settings.json`",
        "`docs/claude-gateway.md`",
    ] {
        let note = format!("{what} was changed by you and stays");
        assert!(said.contains(&note), "{said}");
    }
    assert_eq!(report["diagnostics"][0]["severity"], "note");
    let kept: Value =
        serde_json::from_str(&fs::read_to_string(&path).expect("a text")).expect("JSON");
    assert_eq!(kept["own"], 1);
    assert_eq!(kept["model"], "mine");
    assert_eq!(kept["env"]["ANTHROPIC_DEFAULT_SONNET_MODEL"], "mine");
    assert_eq!(kept.as_object().expect("an object").len(), 4, "{kept}");
    let left: Vec<String> = tree::tree(&root).into_keys().collect();
    let expected = [
        ".claude",
        SETTINGS,
        "docs",
        "docs/claude-gateway.md",
        "src",
        "src/main.rs",
    ];
    assert_eq!(left, expected);
}

#[test]
fn a_conflict_stays_the_user_s() {
    let text = r#"{ "model": "mine" }"#;
    let (_home, root) = repository(&[(SETTINGS, text), ("docs/claude-gateway.md", "mine")]);
    let before = tree::tree(&root);
    tree::tool(&root, &["init", "--profile", "team", "--set", URL]).ends(1);
    let run = tree::tool(&root, &["remove"]).ends(0);
    assert!(!run.err.contains("stays"), "{}", run.err);
    tree::same("remove", &before, &tree::tree(&root));
}

#[test]
fn the_lockfile_is_all_it_needs() {
    for broken in [
        "profile = [",
        "version = 1\nprofile = \"team\"\npack = \"git+https://x.invalid/p?tag=v1\"\n",
    ] {
        let (_home, root) = repository(&[]);
        let before = tree::tree(&root);
        init(&root, "enterprise");
        fs::write(root.join("claude-scaffold.toml"), broken).expect("written");
        tree::tool(&root, &["remove"]).ends(0);
        tree::same("remove", &before, &tree::tree(&root));
    }
    let (_home, root) = repository(&[]);
    let before = tree::tree(&root);
    init(&root, "solo");
    fs::remove_file(root.join("claude-scaffold.toml")).expect("removed");
    tree::tool(&root, &["remove"]).ends(0);
    tree::same("remove", &before, &tree::tree(&root));
    let run = tree::tool(&root, &["remove"]).ends(2);
    assert!(
        run.err.contains("no `claude-scaffold.lock` here"),
        "{}",
        run.err
    );
}

#[test]
fn the_other_place_for_a_manifest_is_emptied_too() {
    let (_home, root) = repository(&[]);
    let before = tree::tree(&root);
    init(&root, "team");
    fs::create_dir(root.join(".config")).expect("a folder");
    for name in ["claude-scaffold.toml", "claude-scaffold.lock"] {
        fs::rename(root.join(name), root.join(".config").join(name)).expect("moved");
    }
    tree::tool(&root, &["apply"]).ends(0);
    let after = tree::tree(&root);
    tree::tool(&root, &["remove"]).ends(0);
    tree::same("remove", &before, &tree::tree(&root));
    tree::tool(&root, &["undo"]).ends(0);
    tree::same("undo", &after, &tree::tree(&root));
}

#[test]
fn an_env_file_that_git_would_see_now_is_named() {
    let (_home, root) = repository(&[(".env", "A=1\n")]);
    init(&root, "solo");
    let run = tree::tool(&root, &["remove"]).ends(0);
    assert!(run.err.contains("warning[CS003]: `.env`"), "{}", run.err);
}

/// Killed at any rename, the next command brings back the old state or stands in the new one.
#[test]
fn a_removal_killed_anywhere_is_all_or_nothing() {
    let strace = tree::clean("strace", Path::new("/"));
    let mut strace = strace;
    strace.args(["-f", "-qq", "-e", "trace=fsync", "true"]);
    if tree::finish(strace).code != 0 {
        return tree::skipped("strace does not work here");
    }
    let (home, root) = repository(&[(SETTINGS, "{ \"a\": 1 }")]);
    let before = tree::tree(&root);
    let after = init(&root, "team");
    for when in 1.. {
        let mut command = tree::clean("strace", &root);
        let calls = "rename,renameat,renameat2";
        command.args([
            "-f",
            "-qq",
            "-o",
            "/dev/null",
            "-e",
            &format!("trace={calls}"),
        ]);
        command.args(["-e", &format!("inject={calls}:signal=KILL:when={when}")]);
        command.args([env!("CARGO_BIN_EXE_claude-scaffold"), "remove"]);
        let run = tree::finish(command);
        if run.code == 0 {
            assert!(when > 5, "{when}");
            break;
        }
        let next = tree::tool(&root, &["apply"]);
        let now = tree::tree(&root);
        if next.code == 0 {
            tree::same("rolled back", &after, &now);
        } else {
            assert!(
                next.err.contains("no `claude-scaffold.toml` here"),
                "{}",
                next.err
            );
            tree::same("removed", &before, &now);
            tree::reset(&root, &after);
        }
    }
    tree::same("removed", &before, &tree::tree(&root));
    drop(home);
}
