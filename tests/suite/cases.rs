//! `check` over small repositories, a folder each: what it says, in every format, beside what it mends.
//!
//! `tests/cases/<sentence>/repo/` is the repository, hidden names written with `dot-`; a manifest beside it
//! is `claude-scaffold.toml`. `expect.toml` says which codes come out and how the repository is made.
//! `{{key:VENDOR}}` in a file stands for a string with the shape of that vendor's keys.
#![expect(
    clippy::disallowed_methods,
    reason = "tests read the cases and make repositories"
)]

mod fresh;
mod hostile;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use crate::report::is_sarif;
use crate::tree;

/// The formats whose output is kept; a case's JSON has to agree with its text.
const FORMATS: [&str; 4] = ["text", "json", "sarif", "github"];

/// How a repository is made, and what is found there.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    /// Codes in the order in which they come out.
    #[serde(default)]
    codes: Vec<String>,
    /// The exit code.
    exit: i32,
    /// Arguments of an `init` before the files are put there.
    #[serde(default)]
    init: Vec<String>,
    /// Further arguments of `check`.
    #[serde(default)]
    arguments: Vec<String>,
    /// The URL of the remote `origin`.
    origin: Option<String>,
    /// Paths that git shall track although rules hide them; none: all others.
    #[serde(default)]
    untracked: Vec<String>,
    /// Lines of `.git/info/exclude`.
    #[serde(default)]
    exclude: Vec<String>,
    /// Codes that are left once `--fix` is done; none: `--fix` is not tried.
    fixed: Option<Vec<String>>,
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let entries = fs::read_dir(folder).expect("the cases").flatten();
    let mut cases: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    cases.sort();
    cases
}

fn name(case: &Path) -> String {
    case.file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned()
}

#[test]
fn each_case_says_what_it_should() {
    let cases = cases();
    assert!(cases.len() > 20, "{}", cases.len());
    tree::each(&cases, |case| name(case), |case| run(case));
}

fn run(case: &Path) {
    let text = fs::read_to_string(case.join("expect.toml")).expect("expect.toml");
    let expect: Expect = toml::from_str(&text).expect("a good expect.toml");
    let home = tree::temp();
    let root = home.path().join("app");
    make(case, &expect, &root);
    let before = tree::whole(&root);
    let mut shown = String::new();
    for format in FORMATS {
        let run = check(&root, &expect, &["--format", format]).ends(expect.exit);
        assert!(
            !run.out.contains("live-part"),
            "a key is shown: {}",
            run.out
        );
        let out = match format {
            "sarif" => results(&run.out),
            _ => run.out.clone(),
        };
        let _ = write!(shown, "== {format}\n{out}");
        if format == "json" {
            assert_eq!(codes(&run.out), expect.codes, "{}", run.out);
            placed(&root, &run.out);
        }
    }
    let quiet = check(&root, &expect, &["-q"]).ends(expect.exit);
    assert_eq!(quiet.out.is_empty(), expect.exit == 0, "{}", quiet.out);
    tree::same("check writes nothing", &before, &tree::whole(&root));
    if let Some(left) = &expect.fixed {
        mended(&root, &expect, left, &mut shown);
    }
    tree::snapshot("check", &name(case), &shown.replace('\u{1b}', "ESC"));
}

/// Makes the repository of every case below a folder, and returns their names.
pub fn make_all(folder: &Path) -> Vec<String> {
    let cases = cases();
    let made = cases.iter().map(|case| {
        let text = fs::read_to_string(case.join("expect.toml")).expect("expect.toml");
        let expect: Expect = toml::from_str(&text).expect("a good expect.toml");
        make(case, &expect, &folder.join(name(case)));
        name(case)
    });
    made.collect()
}

fn check(root: &Path, expect: &Expect, further: &[&str]) -> tree::Run {
    let mut arguments = vec!["check"];
    arguments.extend(expect.arguments.iter().map(String::as_str));
    arguments.extend(further);
    tree::tool(root, &arguments)
}

/// What differs from one SARIF file to the next.
fn results(sarif: &str) -> String {
    let log = is_sarif(sarif);
    let results = &log["runs"][0]["results"];
    serde_json::to_string_pretty(results).expect("JSON") + "\n"
}

fn codes(json: &str) -> Vec<String> {
    let report: Value = serde_json::from_str(json).expect("JSON");
    let found = report["diagnostics"].as_array().expect("a list");
    let code = |finding: &Value| finding["code"].as_str().unwrap_or_default().to_owned();
    found.iter().map(code).collect()
}

/// Every finding in a file that is there has a line and a column of it.
fn placed(root: &Path, json: &str) {
    let report: Value = serde_json::from_str(json).expect("JSON");
    for finding in report["diagnostics"].as_array().expect("a list") {
        let Some(path) = finding["path"].as_str() else {
            continue;
        };
        let Ok(text) = fs::read_to_string(root.join(path)) else {
            continue;
        };
        let whole_file = ["CS003", "CS108"]
            .iter()
            .any(|code| finding["code"] == **code);
        let Some(line) = finding["line"].as_u64() else {
            assert!(whole_file, "no line: {finding}");
            continue;
        };
        let line = text
            .split('\n')
            .nth(usize::try_from(line).expect("small") - 1);
        let column = usize::try_from(finding["column"].as_u64().expect("a column")).expect("small");
        let length = line.expect("a line of the file").chars().count();
        assert!((1..=length + 1).contains(&column), "{finding}");
    }
}

/// Mends what has one answer, shows what became of the files, and takes it back.
fn mended(root: &Path, expect: &Expect, left: &[String], shown: &mut String) {
    let before = tree::tree(root);
    let dry = check(root, expect, &["--fix", "-n"]);
    assert_ne!(dry.code, 2, "{}{}", dry.out, dry.err);
    tree::same("-n writes nothing", &before, &tree::tree(root));
    let run = check(root, expect, &["--fix", "--format", "json"]);
    assert_ne!(run.code, 2, "{}{}", run.out, run.err);
    let after = tree::tree(root);
    let run = check(root, expect, &["--format", "json"]);
    assert_eq!(codes(&run.out), left, "{}", run.out);
    let _ = writeln!(shown, "== mended");
    for (path, node) in &after {
        if let tree::Node::File(_, bytes) = node
            && before.get(path) != Some(node)
        {
            let _ = write!(shown, "-- {path}\n{}", String::from_utf8_lossy(bytes));
        }
    }
    let again = check(root, expect, &["--fix"]);
    assert_ne!(again.code, 2, "{}{}", again.out, again.err);
    tree::same("a second --fix writes nothing", &after, &tree::tree(root));
    tree::tool(root, &["undo"]).ends(0);
    tree::same("undo takes it back", &before, &tree::tree(root));
}

fn make(case: &Path, expect: &Expect, root: &Path) {
    fs::create_dir(root).expect("a folder");
    tree::git_init(root);
    if let Some(origin) = &expect.origin {
        tree::git(root, &["remote", "add", "origin", origin]).ends(0);
    }
    if !expect.init.is_empty() {
        let mut arguments = vec!["init"];
        arguments.extend(expect.init.iter().map(String::as_str));
        tree::tool(root, &arguments).ends(0);
    }
    let manifest = case.join("claude-scaffold.toml");
    if manifest.exists() {
        fs::copy(manifest, root.join("claude-scaffold.toml")).expect("copied");
        tree::tool(root, &["apply"]);
    }
    let repo = case.join("repo");
    if repo.exists() {
        copy(&repo, root);
    }
    let mut rules = expect.exclude.join("\n");
    rules.push('\n');
    fs::create_dir_all(root.join(".git/info")).expect("a folder");
    fs::write(root.join(".git/info/exclude"), rules).expect("written");
    tree::git(root, &["add", "-A"]).ends(0);
    for path in &expect.untracked {
        tree::git(root, &["rm", "-q", "--cached", path]).ends(0);
    }
    let commit = ["commit", "-q", "--allow-empty", "-m", "work"];
    tree::git(root, &commit).ends(0);
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let name = match name.strip_prefix("dot-") {
            Some(rest) => format!(".{rest}"),
            None => name,
        };
        let target = to.join(name);
        if entry.path().is_dir() {
            fs::create_dir_all(&target).expect("a folder");
            copy(&entry.path(), &target);
            continue;
        }
        let text = fs::read_to_string(entry.path()).expect("UTF-8");
        fs::write(&target, filled(&text)).expect("written");
    }
}

/// Puts key-shaped strings where their slots are, so that no file of the project holds one.
fn filled(text: &str) -> String {
    let body = |length: usize| {
        let letters = "q7Zk2Vw9Xb4Nt6Ry1Lm8Pc3Hd5Jf0Gs";
        letters.chars().cycle().take(length).collect::<String>()
    };
    let mut out = text.to_owned();
    for (slot, prefix, length) in [
        ("anthropic", "sk-ant-api03-", 93),
        ("openai", "sk-proj-", 64),
        ("litellm", "sk-", 22),
        ("github", "ghp_", 36),
        ("aws", "AKIA", 16),
        ("openrouter", "sk-or-v1-", 64),
    ] {
        let key = match slot {
            "aws" => format!("{prefix}{}", body(length).to_ascii_uppercase()),
            _ => format!("{prefix}{}", body(length)),
        };
        out = out.replace(&format!("{{{{key:{slot}}}}}"), &key);
    }
    out
}
