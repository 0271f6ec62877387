//! What merging does to whole texts.

mod entries;
mod json;
mod rename;
mod shape;

use super::*;
use crate::model::Mode;

fn file(format: Format, text: &str) -> DesiredFile {
    DesiredFile {
        format,
        mode: Mode::Regular,
        text: text.to_owned(),
    }
}

fn run(base: Option<&BaseFile>, actual: Option<&str>, desired: Option<&DesiredFile>) -> Merged {
    let path = RepoPath::parse("a/file").expect("path");
    merge(&path, base, actual, desired, &|_, _, _| None)
        .unwrap_or_else(|e| panic!("{e}\n{actual:?}"))
}

/// Merges into a text; twice is once, and without a desired state the text is as before.
fn check(format: Format, actual: &str, desired: &str, expected: &str) {
    let desired = file(format, desired);
    let first = run(None, Some(actual), Some(&desired));
    assert_eq!(first.text.as_deref(), Some(expected));
    let second = run(first.base.as_ref(), first.text.as_deref(), Some(&desired));
    assert_eq!(second, first);
    let removed = run(first.base.as_ref(), first.text.as_deref(), None);
    if first.conflicts.is_empty() {
        assert_eq!(removed.text.as_deref(), Some(actual), "{expected:?}");
    }
    assert_eq!(removed.base, None);
}

/// A file we created stays so, and goes as a whole.
fn stays_as_made(created: &Merged, desired: &DesiredFile) {
    let (base, text) = (created.base.as_ref(), created.text.as_deref());
    assert_eq!(run(base, text, Some(desired)), *created);
    assert_eq!(run(base, text, None).text, None);
}

fn env(actual: &str, expected: &str) {
    check(
        Format::Env,
        actual,
        "# About A\nA=1\n# About B\n# and more\nB=\"x y\"\n",
        expected,
    );
}

#[test]
fn dotenv_gains_what_is_missing() {
    env("", "# About A\nA=1\n# About B\n# and more\nB=\"x y\"\n");
    env(
        "C=3",
        "C=3\n# About A\nA=1\n# About B\n# and more\nB=\"x y\"",
    );
    env(
        "\u{feff}C=\"\r\nA=9\r\n\"\r\n",
        "\u{feff}C=\"\r\nA=9\r\n\"\r\n# About A\r\nA=1\r\n# About B\r\n# and more\r\nB=\"x y\"\r\n",
    );
    env(
        "# own\nexport B = 'z' # c\n",
        "# own\nexport B = 'z' # c\n# About A\nA=1\n",
    );
    env("A=2\nB=3\n\n# end", "A=2\nB=3\n\n# end");
}

#[test]
fn dotenv_comments_follow_their_key() {
    let first = run(
        None,
        Some("C=3\n"),
        Some(&file(Format::Env, "# One\n# Two\nA=1\n")),
    );
    let text = first
        .text
        .as_deref()
        .map(|t| t.replace("# One\n", "# One\n# mine\n"));
    let next = file(Format::Env, "# One\n# Three\nA=2\n");
    let second = run(first.base.as_ref(), text.as_deref(), Some(&next));
    assert_eq!(
        second.text.as_deref(),
        Some("C=3\n# One\n# mine\n# Three\nA=2\n")
    );
    let removed = run(second.base.as_ref(), second.text.as_deref(), None);
    assert_eq!(removed.text.as_deref(), Some("C=3\n# mine\n"));
    let created = run(
        None,
        None,
        Some(&file(Format::Env, "# Head\n\n# One\nA=1\n# Tail\n")),
    );
    assert_eq!(
        run(created.base.as_ref(), created.text.as_deref(), None).text,
        None
    );
}

fn yaml(actual: &str, expected: &str) {
    let desired = "# Ours\nmodel: \"openai/x\"\nenv-file: \".env\"\n";
    check(Format::Yaml, actual, desired, expected);
}

#[test]
fn yaml_root_keys_merge() {
    let ours = "# Ours\nmodel: \"openai/x\"\nenv-file: \".env\"\n";
    yaml("", ours);
    yaml("# note\n", &format!("# note\n{ours}"));
    yaml(
        "---\r\nread:\r\n- a\r\n- b\r\nx: {a: 1}\r\n",
        &format!("---\nread:\n- a\n- b\nx: {{a: 1}}\n{ours}").replace('\n', "\r\n"),
    );
    yaml(
        "auto: true # c",
        format!("auto: true # c\n{ours}").trim_end_matches('\n'),
    );
    yaml(
        "model: gpt # mine\n",
        "model: gpt # mine\nenv-file: \".env\"\n",
    );
    yaml(
        "s: |\n  text\n\n  more: 1\nmap:\n  model: y\n",
        &format!("s: |\n  text\n\n  more: 1\nmap:\n  model: y\n{ours}"),
    );
}

#[test]
fn stranger_yaml_is_refused() {
    for text in [
        "- a\n",
        "{a: 1}\n",
        "a: 1\n---\nb: 2\n",
        "a: [1\n",
        "? a\n: b\n",
        "text\n",
        "a: 1\n...\n",
        "&x\na: 1\n",
    ] {
        let path = RepoPath::parse("c.yml").expect("path");
        let desired = file(Format::Yaml, "model: x\n");
        assert!(
            merge(&path, None, Some(text), Some(&desired), &|_, _, _| None).is_err(),
            "{text:?}"
        );
    }
}

#[test]
fn yaml_values_are_replaced_in_place() {
    let first = run(
        None,
        Some("a: 1\n"),
        Some(&file(Format::Yaml, "model: \"x\"\n")),
    );
    let text = first
        .text
        .as_deref()
        .map(|t| t.replace("\"x\"", "'x' # why"))
        .unwrap_or_default();
    let second = run(
        first.base.as_ref(),
        Some(&text),
        Some(&file(Format::Yaml, "model: \"y\"\n")),
    );
    assert_eq!(second.text.as_deref(), Some("a: 1\nmodel: \"y\" # why\n"));
}

fn block(actual: &str, expected: &str) {
    check(Format::Block, actual, "job:\n  x: 1\n", expected);
}

#[test]
fn blocks_stand_between_markers() {
    let ours = "# >>> claude-scaffold >>>\njob:\n  x: 1\n# <<< claude-scaffold <<<\n";
    block("", ours);
    block(
        "a:b: 1\n\"c\": &x\n- y\n",
        &format!("a:b: 1\n\"c\": &x\n- y\n{ours}"),
    );
    block("a: 1", format!("a: 1\n{ours}").trim_end());
    block(
        "spec:\n  a:\n---\nb: 1\n",
        &format!("spec:\n  a:\n---\nb: 1\n{ours}"),
    );
    block(
        "\u{feff}a: 1\r\n",
        &format!("\u{feff}a: 1\n{ours}").replace('\n', "\r\n"),
    );
    let own = run(
        None,
        Some("job: mine\n"),
        Some(&file(Format::Block, "job: 1\n")),
    );
    assert_eq!(own.text.as_deref(), Some("job: mine\n"));
    assert_eq!(own.conflicts[0].key.to_string(), "job");
    for text in ["- a\n", "a: 1\n...\n", "{a: 1}\n", "  a: 1\n", "text\n"] {
        let path = RepoPath::parse("ci.yml").expect("path");
        let desired = file(Format::Block, "job: 1\n");
        let result = merge(&path, None, Some(text), Some(&desired), &|_, _, _| None);
        assert!(result.is_err(), "{text:?}");
    }
    let first = run(None, Some("a: 1\n"), Some(&file(Format::Block, "job: 1\n")));
    let next = run(
        first.base.as_ref(),
        first.text.as_deref(),
        Some(&file(Format::Block, "job: 2\n")),
    );
    assert_eq!(
        next.text,
        first.text.as_ref().map(|t| t.replace("job: 1", "job: 2"))
    );
    let edited = first.text.as_ref().map(|t| t.replace("job: 1", "job: 3"));
    let conflict = run(
        first.base.as_ref(),
        edited.as_deref(),
        Some(&file(Format::Block, "job: 2\n")),
    );
    assert_eq!((conflict.text, conflict.conflicts.len()), (edited, 1));
}

#[test]
fn toml_keeps_comments() {
    let toml =
        |actual: &str, expected: &str| check(Format::Toml, actual, "[env]\nA = \"1\"\n", expected);
    toml("# c\na = 1 # d\n", "# c\na = 1 # d\n\n[env]\nA = \"1\"\n");
    toml(
        "[env]\r\nB = 2 # d\r\n",
        "[env]\r\nB = 2 # d\r\nA = \"1\"\r\n",
    );
}

#[test]
fn toml_keeps_comments_where_ours_goes() {
    let ours = file(Format::Toml, "k = 1\n[env]\nA = 1\n");
    let first = run(None, Some("# c\na = 1"), Some(&ours));
    assert_eq!(
        first.text.as_deref(),
        Some("# c\na = 1\nk = 1\n\n[env]\nA = 1")
    );
    let edited = "# c\na = 1\n# mine\nk = 1 # too\n\n# and\n[env]\nA = 1\n";
    let released = run(first.base.as_ref(), Some(edited), None);
    assert_eq!(
        released.text.as_deref(),
        Some("# c\na = 1\n# mine\n# too\n\n# and\n[env]\n")
    );
    let path = RepoPath::parse("a/file").expect("path");
    let apart = "d.e = 1\na = 1\nd.f = 2\n";
    let refused = merge(&path, None, Some(apart), Some(&ours), &|_, _, _| None);
    assert!(matches!(refused, Err(MergeError::Syntax { .. })));
}

fn ignore(actual: &str, expected: &str) {
    check(
        Format::Ignore,
        actual,
        "/.env\n!/.env.template\n!/.claude/settings.json\n",
        expected,
    );
}

#[test]
fn ignore_rules_are_appended() {
    ignore("", "/.env\n");
    ignore(
        "\u{feff}.env*\r\n.claude",
        "\u{feff}.env*\r\n.claude\r\n!/.env.template\r\n!/.claude/\r\n/.claude/*\r\n!/.claude/settings.json",
    );
    ignore(".env\n", ".env\n");
    let desired = file(Format::Ignore, "/.env\n!/.env.template\n");
    let first = run(None, Some("a\n"), Some(&desired));
    let moved = run(
        first.base.as_ref(),
        Some("a\n/.env\n!.env\n"),
        Some(&desired),
    );
    assert_eq!(moved.text.as_deref(), Some("a\n!.env\n/.env\n"));
    let deleted = run(first.base.as_ref(), Some("a\n"), Some(&desired));
    assert_eq!(deleted.text.as_deref(), Some("a\n"));
    assert_eq!(
        run(deleted.base.as_ref(), Some("a\n"), Some(&desired)),
        deleted
    );
    let created = run(None, None, Some(&desired));
    assert_eq!(
        created.text.as_deref(),
        Some("# Kept out of git by claude-scaffold\n/.env\n")
    );
    stays_as_made(&created, &desired);
}

#[test]
fn a_deleted_file_stays_deleted() {
    for (format, text) in [
        (Format::Json, "{\"a\": 1}"),
        (Format::Ignore, "/.env\n"),
        (Format::WholeFile, "x\n"),
        (Format::Block, "x\n"),
    ] {
        let desired = file(format, text);
        let created = run(None, None, Some(&desired));
        let deleted = run(created.base.as_ref(), None, Some(&desired));
        assert_eq!(deleted.text, None);
        assert_eq!(run(deleted.base.as_ref(), None, Some(&desired)), deleted);
        stays_as_made(&created, &desired);
    }
}

#[test]
fn a_variable_that_serves_stays_the_users_without_a_conflict() {
    let ours = "URL=https://gw.example\nKEY=your-gateway-key-here\n";
    for theirs in [
        "KEY=\nURL=https://gw.example/v1/\n",
        "KEY=put-it-here\nURL=https://gw.example\n",
        "export KEY=\nURL=\"\" # from ops\n",
    ] {
        let merged = run(None, Some(theirs), Some(&file(Format::Env, ours)));
        assert_eq!(merged.text.as_deref(), Some(theirs));
        assert_eq!(merged.conflicts, []);
    }
    for (theirs, ours) in [
        ("KEY=x\nURL=https://other.example\n", ours),
        (
            "OPENAI_BASE_URL=\n",
            "OPENAI_BASE_URL=https://gw.example/v1\n",
        ),
    ] {
        let merged = run(None, Some(theirs), Some(&file(Format::Env, ours)));
        assert_eq!(merged.conflicts.len(), 1, "{theirs}");
    }
}

#[test]
fn any_spelling_of_the_schema_is_the_users() {
    let ours = file(Format::Json, "{\"$schema\": \"https://a.example/x.json\"}");
    let theirs = "{ \"$schema\": \"https://www.a.example/x.json\" }\n";
    let merged = run(None, Some(theirs), Some(&ours));
    assert_eq!(merged.text.as_deref(), Some(theirs));
    assert_eq!(merged.conflicts, []);
}

#[test]
fn what_the_client_takes_for_the_same_is_the_users() {
    let ours = r#"{"env": {"URL": "https://gw.example", "MS": "30000"}}"#;
    let theirs = "{ \"env\": { \"URL\": \"https://gw.example/\", \"MS\": 30000 } }\n";
    let merged = run(None, Some(theirs), Some(&file(Format::Json, ours)));
    assert_eq!(
        (merged.text.as_deref(), merged.conflicts.len()),
        (Some(theirs), 0)
    );
    let other = "{ \"env\": { \"URL\": \"https://gw.example/v1\", \"MS\": 3 } }\n";
    let merged = run(None, Some(other), Some(&file(Format::Json, ours)));
    assert_eq!(merged.conflicts.len(), 2);
}

#[test]
fn ignore_patterns_of_a_template_follow_it_beside_the_users() {
    let (first, second) = (".env\n", ".env\n.env.local\n");
    let created = run(None, None, Some(&file(Format::Ignore, first)));
    let header = "# Kept out of git by claude-scaffold\n";
    assert_eq!(created.text, Some(format!("{header}.env\n")));
    let theirs = format!("{header}.env\nnode_modules/\n");
    let desired = file(Format::Ignore, second);
    let merged = run(created.base.as_ref(), Some(&theirs), Some(&desired));
    assert_eq!(merged.text, Some(format!("{theirs}.env.local\n")));
    assert_eq!(merged.conflicts, []);
    let again = run(merged.base.as_ref(), merged.text.as_deref(), Some(&desired));
    assert_eq!(again, merged);
    let back = file(Format::Ignore, "*.log\n");
    let back = run(merged.base.as_ref(), merged.text.as_deref(), Some(&back));
    assert_eq!(back.text, Some(format!("{header}node_modules/\n*.log\n")));
}
