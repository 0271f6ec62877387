//! `resolve`: what the user decides is done, remembered, and asked again only where it is new.
#![expect(clippy::disallowed_methods, reason = "a test looks at the disk")]

use std::fs;
use std::path::{Path, PathBuf};

use claude_scaffold::merge::merge;
use claude_scaffold::model::{
    BaseFile, BaseState, DesiredFile, Format, KeyPath, Mode, RepoPath, Value,
};
use claude_scaffold::plan::{Open, Verdict, restore, settle};

use super::tree;

const URL: &str = "gateway.url=https://gw.internal.net/v1";

/// A format, what the user has, what the template says at first, with another key changed, and with
/// this key changed; and the key that is in conflict.
type Case<'a> = (Format, &'a str, &'a str, &'a str, &'a str, &'a str);

const CASES: [Case<'_>; 9] = [
    (
        Format::Json,
        r#"{"k": "mine", "u": 1}"#,
        r#"{"k": "ours", "o": 1}"#,
        r#"{"k": "ours", "o": 2}"#,
        r#"{"k": "next", "o": 2}"#,
        "k",
    ),
    (
        Format::Jsonc,
        "{ // note\n  \"a.b\": { \"k\": [1] } }",
        r#"{"a.b": {"k": [2], "o": 1}}"#,
        r#"{"a.b": {"k": [2], "o": 2}}"#,
        r#"{"a.b": {"k": [3], "o": 2}}"#,
        r#""a.b".k"#,
    ),
    (
        Format::Json,
        r#"{"t": "mine", "u": 1}"#,
        r#"{"t": {"k": 1}, "o": 1}"#,
        r#"{"t": {"k": 1}, "o": 2}"#,
        "",
        "t",
    ),
    (
        Format::Json,
        r#"{"t": ["mine", {"a": 1}], "u": 1}"#,
        r#"{"t": {"k": 1}, "o": 1}"#,
        r#"{"t": {"k": 1}, "o": 2}"#,
        "",
        "t",
    ),
    (
        Format::Json,
        r#"{"permissions": {"deny": "mine"}}"#,
        r#"{"permissions": {"deny": ["a", "b"]}, "o": 1}"#,
        r#"{"permissions": {"deny": ["a", "b"]}, "o": 2}"#,
        "",
        "permissions.deny",
    ),
    (
        Format::Toml,
        "[t]\nk = \"mine\" # note\n",
        "o = 1\n[t]\nk = \"ours\"\n",
        "o = 2\n[t]\nk = \"ours\"\n",
        "o = 2\n[t]\nk = \"next\"\n",
        "t.k",
    ),
    (
        Format::Yaml,
        "k: mine\nu: 1\n",
        "k: ours\no: 1\n",
        "k: ours\no: 2\n",
        "k: next\no: 2\n",
        "k",
    ),
    (
        Format::Block,
        "a: 1\n# >>> claude-scaffold >>>\nk: mine\n# <<< claude-scaffold <<<\n",
        "k: ours\n",
        "k: ours\n",
        "k: next\n",
        "",
    ),
    (
        Format::WholeFile,
        "mine\r\n",
        "ours\n",
        "ours\n",
        "next\n",
        "",
    ),
];

fn path() -> RepoPath {
    RepoPath::parse("a/file.yml").expect("a path")
}

fn run(
    base: Option<&BaseFile>,
    actual: &str,
    format: Format,
    desired: &str,
) -> (String, usize, Option<BaseFile>) {
    let desired = DesiredFile {
        format,
        mode: Mode::Regular,
        text: desired.to_owned(),
    };
    let merged = merge(&path(), base, Some(actual), Some(&desired), &|_, _, _| None);
    let merged = merged.expect("it merges");
    (
        merged.text.expect("a text"),
        merged.conflicts.len(),
        merged.base,
    )
}

/// Merges once and settles the one conflict.
fn settled(case: &Case<'_>, base: Option<BaseFile>, verdict: Verdict) -> BaseState {
    let (format, actual, first, .., key) = *case;
    let desired = DesiredFile {
        format,
        mode: Mode::Regular,
        text: first.to_owned(),
    };
    let merged = merge(
        &path(),
        base.as_ref(),
        Some(actual),
        Some(&desired),
        &|_, _, _| None,
    );
    let merged = merged.expect("it merges");
    assert_eq!(merged.conflicts.len(), 1, "{:?}", merged.conflicts);
    assert_eq!(merged.conflicts[0].key.to_string(), key);
    let mut state = BaseState::default();
    state.files.extend(base.map(|base| (path(), base)));
    settle(&mut state, &path(), format, &merged.conflicts[0], verdict);
    state
}

fn name(case: &Case<'_>) -> String {
    format!("{:?} {:?} {}", case.0, case.1, case.5)
}

#[test]
fn what_is_kept_stays_and_is_not_asked_again() {
    tree::each(&CASES, name, |case| {
        let (format, actual, first, other, this, _) = *case;
        let state = settled(case, None, Verdict::Keep);
        let (text, conflicts, base) = run(state.files.get(&path()), actual, format, first);
        assert_eq!(conflicts, 0, "{text}");
        assert!(text.contains("mine") || text.contains("[1]"), "{text}");
        let again = run(base.as_ref(), &text, format, first);
        assert_eq!(again, (text.clone(), 0, base.clone()), "a second run");
        let (text, conflicts, base) = run(base.as_ref(), &text, format, other);
        assert_eq!(conflicts, 0, "another key changed: {text}");
        assert!(text.contains("mine") || text.contains("[1]"), "{text}");
        if !this.is_empty() {
            let (_, conflicts, _) = run(base.as_ref(), &text, format, this);
            assert_eq!(conflicts, 1, "this key changed");
        }
    });
}

#[test]
fn what_is_taken_is_the_template_s() {
    tree::each(&CASES, name, |case| {
        let (format, actual, first, other, this, _) = *case;
        let state = settled(case, None, Verdict::Take);
        let (text, conflicts, base) = run(state.files.get(&path()), actual, format, first);
        assert_eq!(conflicts, 0, "{text}");
        assert!(!text.contains("mine") && !text.contains("[1]"), "{text}");
        assert_eq!(text.contains("\"u\""), actual.contains("\"u\""), "{text}");
        assert_eq!(
            text.contains("// note"),
            actual.contains("// note"),
            "{text}"
        );
        let again = run(base.as_ref(), &text, format, first);
        assert_eq!(again, (text.clone(), 0, base.clone()), "a second run");
        for next in [other, this].into_iter().filter(|next| !next.is_empty()) {
            let (_, conflicts, _) = run(base.as_ref(), &text, format, next);
            assert_eq!(conflicts, 0, "it follows the template");
        }
    });
}

#[test]
fn an_entry_that_ours_would_repeat_may_be_kept() {
    let case = (
        Format::Block,
        "k: mine\n",
        "k: ours\n",
        "k: ours\n",
        "",
        "k",
    );
    let state = settled(&case, None, Verdict::Keep);
    let (text, conflicts, base) = run(state.files.get(&path()), case.1, case.0, case.2);
    assert_eq!((text.as_str(), conflicts), (case.1, 0));
    let again = run(base.as_ref(), &text, case.0, case.2);
    assert_eq!(again, (text, 0, base));
}

#[test]
fn a_conflict_with_a_base_is_settled_as_one_without() {
    let cases = [
        (Format::Json, r#"{"k": "VALUE"}"#, "k"),
        (Format::Env, "# About k\nk=VALUE # note\n", "k"),
        (Format::Yaml, "k: VALUE\n", "k"),
        (Format::Toml, "k = \"VALUE\"\n", "k"),
        (Format::WholeFile, "VALUE\n", ""),
    ];
    for (format, text, key) in cases {
        let [old, mine, ours, next] =
            ["old", "mine", "ours", "next"].map(|v| text.replace("VALUE", v));
        let (_, _, base) = run(None, &old, format, &old);
        for (verdict, expected) in [(Verdict::Keep, &mine), (Verdict::Take, &ours)] {
            let case = (format, &*mine, &*ours, "", "", key);
            let state = settled(&case, base.clone(), verdict);
            let (now, conflicts, base) = run(state.files.get(&path()), &mine, format, &ours);
            assert_eq!(
                (now.as_str(), conflicts),
                (expected.as_str(), 0),
                "{format:?}"
            );
            let again = run(base.as_ref(), &now, format, &ours);
            assert_eq!(again, (now.clone(), 0, base.clone()));
            let (_, conflicts, _) = run(base.as_ref(), &now, format, &next);
            assert_eq!(conflicts == 1, verdict == Verdict::Keep, "{format:?}");
        }
    }
}

#[test]
fn a_key_that_the_templates_drop_goes_or_is_the_user_s() {
    let mut base = BaseFile {
        format: Some(Format::Json),
        ..BaseFile::default()
    };
    for name in ["k", "o"] {
        base.keys
            .insert(KeyPath::root().key(name), Value::from("ours"));
    }
    base.dropped.insert(KeyPath::root().key("k"));
    let mine = r#"{"k": "mine", "o": "ours"}"#;
    let case = (Format::Json, mine, r#"{"o": "ours"}"#, "", "", "k");
    let gone = r#"{ "o": "ours"}"#;
    for (verdict, expected) in [(Verdict::Keep, mine), (Verdict::Take, gone)] {
        let state = settled(&case, Some(base.clone()), verdict);
        let (text, conflicts, base) = run(state.files.get(&path()), mine, case.0, case.2);
        assert_eq!((text.as_str(), conflicts), (expected, 0));
        let again = run(base.as_ref(), &text, case.0, case.2);
        assert_eq!(again, (text, 0, base));
    }
}

#[test]
fn no_credential_is_shown() {
    let home = tree::temp();
    let root = home.path();
    let settings = r#"{ "model": "mine", "env": { "ANTHROPIC_API_KEY": "not-for-you" } }"#;
    tree::put(
        &root.join(".claude/settings.json"),
        settings.as_bytes(),
        0o644,
    );
    let script = b"export ANTHROPIC_API_KEY=not-for-you\n";
    tree::put(&root.join("scripts/run-claude.sh"), script, 0o644);
    tree::tool(root, &["init", "--profile", "team", "--set", URL]).ends(1);
    for arguments in [
        &["check"][..],
        &["resolve"],
        &["resolve", "--take", "-n", "--format", "json"],
        &["resolve", "--take"],
    ] {
        let run = tree::tool(root, arguments);
        assert!(!run.out.contains("not-for-you"), "{}", run.out);
        assert!(!run.err.contains("not-for-you"), "{}", run.err);
    }
    assert!(read(root, ".claude/settings.json").contains("not-for-you"));
}

#[test]
fn what_was_deleted_comes_back() {
    let cases = [
        (Format::Json, "{}", r#"{"k": 1}"#, "k"),
        (
            Format::Json,
            r#"{"permissions": {"deny": []}}"#,
            r#"{"permissions": {"deny": ["a"]}}"#,
            r#"permissions.deny["a"]"#,
        ),
        (Format::Toml, "u = 1\n", "[t]\nk = 1\n", "t.k"),
        (Format::Yaml, "u: 1\n", "# About k\nk: 1\n", "k"),
        (Format::Env, "U=1\n", "# About K\nK=1\n", "K"),
        (Format::Ignore, "u\n", "/.env\n", r#"["/.env"]"#),
        (
            Format::Attributes,
            "* text=auto\n",
            "/a.sh text eol=lf\n",
            r#"["/a.sh text eol=lf"]"#,
        ),
        (Format::Block, "u: 1\n", "k: 1\n", ""),
    ];
    for (format, deleted, desired, key) in cases {
        let (full, _, made) = run(None, deleted, format, desired);
        assert_ne!(full, deleted);
        let (text, conflicts, base) = run(made.as_ref(), deleted, format, desired);
        assert_eq!((text.as_str(), conflicts), (deleted, 0), "it stays deleted");
        let mut state = BaseState::default();
        state.files.extend(base.map(|base| (path(), base)));
        let open = Open {
            path: path(),
            key: KeyPath::parse(key).expect("a key"),
        };
        restore(&mut state, &open);
        let (text, _, base) = run(state.files.get(&path()), deleted, format, desired);
        assert_eq!(text, full, "{format:?}");
        assert_eq!(base.expect("a base").keys, made.expect("a base").keys);
    }
}

fn in_conflict() -> (tempfile::TempDir, PathBuf) {
    let home = tree::temp();
    let root = home.path().join("app");
    let settings = r#"{ "model": "mine", "env": { "API_TIMEOUT_MS": "5" } }"#;
    tree::put(
        &root.join(".claude/settings.json"),
        settings.as_bytes(),
        0o644,
    );
    tree::put(&root.join("docs/claude-gateway.md"), b"mine\r\n", 0o644);
    tree::git_init(&root);
    tree::tool(&root, &["init", "--profile", "team", "--set", URL]).ends(1);
    (home, root)
}

fn read(root: &Path, path: &str) -> String {
    fs::read_to_string(root.join(path)).expect("a text")
}

#[test]
fn everything_or_one_key_is_settled_and_undone() {
    let (_home, root) = in_conflict();
    let before = tree::tree(&root);
    let dry = tree::tool(&root, &["resolve", "--keep", "-n"]).ends(0);
    assert!(dry.err.contains("dry run"), "{}", dry.err);
    tree::same("dry run", &before, &tree::tree(&root));

    let one = [
        "resolve",
        "--take",
        ".claude/settings.json:env.API_TIMEOUT_MS",
    ];
    let run = tree::tool(&root, &one).ends(1);
    assert!(run.out.contains("-{ \"model\": \"mine\""), "{}", run.out);
    assert!(run.err.contains("`model`"), "{}", run.err);
    assert!(read(&root, ".claude/settings.json").contains("\"30000\""));
    tree::tool(&root, &["undo"]).ends(0);
    tree::same("undo", &before, &tree::tree(&root));

    tree::tool(&root, &["resolve", "--take", "docs/claude-gateway.md"]).ends(1);
    tree::tool(&root, &["resolve", "--keep"]).ends(0);
    tree::tool(&root, &["plan", "--exit-code"]).ends(0);
    let settings = read(&root, ".claude/settings.json");
    assert!(settings.contains("\"mine\"") && settings.contains("\"5\""));
    tree::tool(&root, &["set", "models.fast=other"]).ends(0);
    tree::tool(&root, &["set", "models.default=new"]).ends(1);
    assert!(read(&root, ".claude/settings.json").contains("\"mine\""));
}

#[test]
fn both_texts_of_a_whole_file_are_marked() {
    let (_home, root) = in_conflict();
    let wrong = ["resolve", "--markers", ".claude/settings.json:model"];
    let run = tree::tool(&root, &wrong).ends(2);
    assert!(run.err.contains("must stay valid"), "{}", run.err);
    let run = tree::tool(&root, &["resolve", "--markers", "--format", "json"]).ends(1);
    let report: Value = serde_json::from_str(&run.out).expect("JSON");
    assert_eq!(report["command"], "resolve");
    let page = read(&root, "docs/claude-gateway.md");
    assert!(
        page.starts_with("<<<<<<< yours\r\nmine\r\n=======\r\n"),
        "{page}"
    );
    assert!(page.ends_with(">>>>>>> the template's\r\n"), "{page}");
    tree::tool(&root, &["resolve", "--keep"]).ends(1);
    let before = tree::tree(&root);
    for command in ["plan", "apply", "check"] {
        let run = tree::tool(&root, &[command]).ends(1);
        let said = run.out + &run.err;
        assert!(said.contains("holds conflict markers"), "{said}");
        assert!(said.contains("claude-gateway.md:1:1"), "{said}");
        tree::same(command, &before, &tree::tree(&root));
    }
    tree::put(&root.join("docs/claude-gateway.md"), b"both\n", 0o644);
    tree::tool(&root, &["plan", "--exit-code"]).ends(0);
    tree::tool(&root, &["check", "--only", "drift,unapplied,conflict"]).ends(0);
}

#[test]
fn a_script_that_is_taken_runs() {
    let home = tree::temp();
    let root = home.path();
    tree::put(&root.join("scripts/run-claude.sh"), b"mine\n", 0o640);
    tree::tool(root, &["init", "--profile", "solo"]).ends(1);
    let before = tree::tree(root);
    tree::tool(root, &["resolve", "--take", "scripts/run-claude.sh"]).ends(0);
    let tree::Node::File(mode, text) = &tree::tree(root)["scripts/run-claude.sh"] else {
        panic!("no file");
    };
    assert_eq!(*mode, 0o750);
    assert!(text.starts_with(b"#!"));
    tree::tool(root, &["plan", "--exit-code"]).ends(0);
    tree::tool(root, &["undo"]).ends(0);
    tree::same("undo", &before, &tree::tree(root));
}

#[test]
fn what_is_undecided_or_unknown_is_listed() {
    let (_home, root) = in_conflict();
    let run = tree::tool(&root, &["resolve"]).ends(2);
    for name in [
        ".claude/settings.json:model",
        ".claude/settings.json:env.API_TIMEOUT_MS",
        "docs/claude-gateway.md",
    ] {
        assert!(run.err.contains(&format!("`{name}`")), "{}", run.err);
    }
    let run = tree::tool(&root, &["resolve", "--keep", ".claude/settings.json:modle"]).ends(2);
    let meant = "did you mean `.claude/settings.json:model`?";
    assert!(run.err.contains(meant), "{}", run.err);
    tree::tool(&root, &["resolve", "--keep", "--take"]).ends(2);
    let below = ["resolve", "--keep", "./.claude/settings.json:env"];
    tree::tool(&root, &below).ends(1);
    let left = tree::tool(&root, &["resolve"]).ends(2);
    assert!(!left.err.contains("API_TIMEOUT_MS"), "{}", left.err);
}

#[test]
fn deleted_keys_and_files_are_restored_by_name() {
    let home = tree::temp();
    let root = home.path();
    tree::tool(root, &["init", "--profile", "team", "--set", URL]).ends(0);
    let full = tree::tree(root);
    fs::remove_file(root.join("docs/claude-gateway.md")).expect("removed");
    let template = read(root, ".env.template");
    let lines: Vec<&str> = template.split_inclusive('\n').collect();
    let at = lines
        .iter()
        .position(|l| l.starts_with("ANTHROPIC_BASE_URL"));
    let kept: String =
        lines[..at.expect("a line") - 1].concat() + &lines[at.expect("a line") + 1..].concat();
    tree::put(&root.join(".env.template"), kept.as_bytes(), 0o644);
    let run = tree::tool(root, &["resolve", "--restore"]).ends(2);
    for name in [
        "`.env.template:ANTHROPIC_BASE_URL`",
        "`docs/claude-gateway.md`",
    ] {
        assert!(run.err.contains(name), "{}", run.err);
    }
    tree::tool(root, &["apply"]).ends(0);
    tree::tool(root, &["resolve", "--restore", "docs/claude-gateway.md"]).ends(0);
    tree::tool(root, &["resolve", "--restore", "--yes"]).ends(0);
    let whole = tree::tree(root);
    assert_eq!(
        full["docs/claude-gateway.md"],
        whole["docs/claude-gateway.md"]
    );
    assert!(read(root, ".env.template").contains("\nANTHROPIC_BASE_URL="));
    tree::tool(root, &["plan", "--exit-code"]).ends(0);
    let run = tree::tool(root, &["resolve", "--restore"]).ends(0);
    assert!(run.err.contains("nothing was decided"), "{}", run.err);
}
