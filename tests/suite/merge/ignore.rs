//! Ignore and attribute files: what we append convinces git itself.
#![expect(
    clippy::disallowed_methods,
    reason = "asks the git program about files on disk"
)]

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use claude_scaffold::model::Format;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::{check, run, saved, variants};

pub const IGNORE: [&str; 2] = [
    "/.env\n/.claude/settings.local.json\n!/.env.template\n!/.claude/settings.json\n!/.vscode/settings.json\n\
     !/scripts/run-claude.sh\n!/scripts/run-claude.ps1\n!/docs/a/claude gateway[1].md\n",
    "/.env.claude\n!/.env.template\n!/.claude/settings.json\n",
];

const ATTRIBUTES: [&str; 2] = [
    "/scripts/run-claude.sh text eol=lf\n/scripts/ask-model.sh text eol=lf\n",
    "/scripts/run-claude.sh text eol=lf\n",
];

pub fn ignore_line() -> impl Strategy<Value = &'static str> {
    select(vec![
        ".env*",
        ".env",
        "*.local",
        ".claude/",
        ".claude",
        "/.claude/*",
        ".vscode/*",
        "*",
        "!*.json",
        "**/x",
        "docs/",
        "scripts",
        "*.sh",
        ".*",
        "!.env",
        "!/.claude/",
        "!.claude/settings.local.json",
        "# note",
        "",
        " ",
        "\\#x",
        "\\!x",
        ".env ",
        ".env\\ ",
        "!",
        "/",
        "//",
        "**",
        "**/",
        "/**",
        "a/**/b",
        "docs/**",
        "!docs/a",
        "/*",
        "!/*/",
        "*/",
        "[.]env",
        "[!a]*",
        ".en[v",
        ".env\t",
        "\\.env",
        "scripts/*.p?1",
        "!scripts/",
        "/.env",
        "!/.env.template",
        "*.json",
        "settings.*",
        ".c*/",
        "**/.claude/**",
        "docs/a/*.md",
        "!*",
        "\\",
        "$x",
        "!$x",
        "?env",
        "/scripts/",
        "!scripts/**",
        "!**/",
        "{a,b}",
    ])
}

fn attribute_line() -> impl Strategy<Value = &'static str> {
    select(vec![
        "*.sh text eol=lf",
        "* text=auto",
        "*.sh -text",
        "* binary",
        "scripts/* eol=crlf",
        "# c",
        "",
        "*.sh !eol",
        "/scripts/*.sh text eol=lf",
        "\"*.sh\" text",
        "  *.sh\teol=lf  text ",
        "scripts/ -text",
        "**/*.sh diff",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn ignore_files(parts in prop::collection::vec(ignore_line(), 0..8), (bom, end, mixed) in variants(), last in select(vec!["", "\n"]), d in select(IGNORE.to_vec()), n in select(IGNORE.to_vec())) {
        check(Format::Ignore, &saved(&(parts.join("\n") + last), bom, end, mixed), d, n)?;
    }

    #[test]
    fn attribute_files(parts in prop::collection::vec(attribute_line(), 0..6), (bom, end, mixed) in variants(), last in select(vec!["", "\n"]), d in select(ATTRIBUTES.to_vec()), n in select(ATTRIBUTES.to_vec())) {
        check(Format::Attributes, &saved(&(parts.join("\n") + last), bom, end, mixed), d, n)?;
    }
}

/// Samples of generated files, each before and after the merge.
fn samples(
    format: Format,
    line: impl Strategy<Value = &'static str>,
    desired: &str,
) -> Vec<(String, String)> {
    let file = (
        prop::collection::vec(line, 0..7),
        variants(),
        select(vec!["", "\n"]),
    );
    let mut runner = TestRunner::deterministic();
    let mut sample = || {
        let (parts, (bom, end, mixed), last) = file.new_tree(&mut runner).expect("tree").current();
        let actual = saved(&(parts.join("\n") + last), bom, end, mixed);
        let merged = run(format, None, &actual, Some(desired)).expect("merged");
        (actual, merged.text.expect("text"))
    };
    (0..600).map(|_| sample()).collect()
}

fn git(root: &Path, arguments: &[&str], input: &str) -> String {
    let mut child = Command::new("git")
        .args(["-c", "core.excludesFile=", "-c", "core.attributesFile="])
        .args(arguments)
        .current_dir(root)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", root.join("none"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("git runs");
    let mut stdin = child.stdin.take().expect("stdin");
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().expect("git ends");
    writer.join().expect("joined").expect("written");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// A repository with a folder per sample, holding it as a file of this name.
fn repository(name: &str, samples: &[(String, String)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("folder");
    git(root.path(), &["init", "-q"], "");
    for (number, (before, after)) in samples.iter().enumerate() {
        for (side, text) in [("a", before), ("b", after)] {
            let folder = root.path().join(format!("{side}{number}"));
            std::fs::create_dir(&folder).expect("folder");
            std::fs::write(folder.join(name), text).expect("file");
        }
    }
    root
}

#[test]
fn git_agrees_on_what_is_ignored() {
    let facts: Vec<&str> = IGNORE[0].lines().collect();
    let samples = samples(Format::Ignore, ignore_line(), IGNORE[0]);
    let root = repository(".gitignore", &samples);
    let path = |fact: &str| {
        fact.trim_start_matches("!/")
            .trim_start_matches('/')
            .to_owned()
    };
    let mut input = String::new();
    for number in 0..samples.len() {
        for fact in &facts {
            for side in ["a", "b"] {
                input.extend([side, &number.to_string(), "/", &path(fact), "\0"]);
            }
        }
    }
    let output = git(
        root.path(),
        &["check-ignore", "--no-index", "--stdin", "-z"],
        &input,
    );
    let ignored: BTreeSet<&str> = output.split('\0').collect();
    for (number, (before, after)) in samples.iter().enumerate() {
        let holds = |side: &str, fact: &str| {
            let ignored = ignored.contains(format!("{side}{number}/{}", path(fact)).as_str());
            ignored != fact.starts_with('!')
        };
        let broken: Vec<_> = facts.iter().filter(|fact| !holds("b", fact)).collect();
        assert!(
            broken.is_empty(),
            "{broken:?}\nbefore {before:?}\nafter  {after:?}"
        );
        if facts.iter().all(|fact| holds("a", fact)) {
            assert_eq!(before, after, "nothing was needed");
        }
    }
}

#[test]
fn git_agrees_on_attributes() {
    let samples = samples(Format::Attributes, attribute_line(), ATTRIBUTES[0]);
    let root = repository(".gitattributes", &samples);
    let scripts = ["scripts/run-claude.sh", "scripts/ask-model.sh"];
    let input: String = (0..samples.len())
        .flat_map(|number| scripts.map(|script| format!("b{number}/{script}\n")))
        .collect();
    let output = git(
        root.path(),
        &["check-attr", "--stdin", "text", "eol"],
        &input,
    );
    for line in output.lines() {
        let number: usize = line[1..]
            .split('/')
            .next()
            .and_then(|n| n.parse().ok())
            .expect("number");
        let right = line.ends_with(": text: set") || line.ends_with(": eol: lf");
        assert!(right, "{line}\n{:?}", samples[number]);
    }
}
