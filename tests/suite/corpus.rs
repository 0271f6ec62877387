//! Files of real repositories, changed in every way a file can be: nothing of them is lost.
#![expect(clippy::disallowed_methods, reason = "a test looks at the disk")]

mod edits;
pub mod kept;
mod leaves;
mod upgrade;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::tree::{self, Node, Tree};

pub const PROFILES: [&str; 4] = ["solo", "team", "enterprise", "multi-model"];
pub const VARIANTS: [&str; 8] = [
    "as it is",
    "BOM",
    "CRLF",
    "tabs",
    "no final newline",
    "executable",
    "committed",
    "own values",
];
const URL: &str = "gateway.url=https://gw.internal.net/v1";

/// One case in so many runs where the environment does not ask for all.
const SLICE: usize = 8;

/// One repository of the corpus: path → bytes.
pub type Files = BTreeMap<String, Vec<u8>>;

struct Case<'a> {
    name: &'a str,
    files: &'a Files,
    profile: &'a str,
    variant: &'a str,
}

#[test]
fn nothing_of_a_real_repository_is_lost() {
    let Some(repositories) = corpus() else { return };
    let full = std::env::var_os("CLAUDE_SCAFFOLD_TEST_FULL").is_some();
    let mut cases = Vec::new();
    for (at, (name, files)) in repositories.iter().enumerate() {
        for (shift, variant) in VARIANTS.into_iter().enumerate() {
            for (turn, profile) in PROFILES.into_iter().enumerate() {
                if full || (at + 3 * shift + turn) % SLICE == 0 {
                    cases.push(Case {
                        name,
                        files,
                        profile,
                        variant,
                    });
                }
            }
        }
    }
    let name = |case: &Case| format!("{} {} {}", case.name, case.profile, case.variant);
    tree::each(&cases, name, |case| walk(case));
}

#[test]
fn a_plan_is_what_apply_writes() {
    let Some(repositories) = corpus() else { return };
    let cases: Vec<_> = repositories.iter().enumerate().collect();
    tree::each(
        &cases,
        |(_, (name, _))| (*name).clone(),
        |(at, (_, files))| {
            let home = tree::temp();
            let root = repository(home.path(), files, VARIANTS[at % VARIANTS.len()]);
            let profile = PROFILES[at % PROFILES.len()];
            let manifest = format!(
                "version = 1\nprofile = \"{profile}\"\n[gateway]\nurl = \"https://gw.internal.net/v1\"\n"
            );
            tree::put(
                &root.join("claude-scaffold.toml"),
                manifest.as_bytes(),
                0o644,
            );
            let before = tree::tree(&root);
            let plan = tree::tool(&root, &["plan"]);
            tree::same("plan writes nothing", &before, &tree::tree(&root));
            if plan.code == 2 {
                return;
            }
            let patched = patched(&root, &plan.out);
            tree::reset(&root, &before);
            let applied = tree::tool(&root, &["apply"]).ends(plan.code);
            assert!(applied.err.contains("created"), "{}", applied.err);
            as_shown(&plan.out, patched, tree::tree(&root));
            tree::tool(&root, &["undo"]).ends(0);
            tree::same("undo", &before, &tree::tree(&root));
        },
    );
}

fn walk(case: &Case) {
    let home = tree::temp();
    let root = repository(home.path(), case.files, case.variant);
    let before = tree::tree(&root);
    let init = ["init", "--profile", case.profile, "--set", URL];
    let dry = tree::tool(&root, &[&init[..], &["-n", "-v"]].concat());
    tree::same("a dry run writes nothing", &before, &tree::tree(&root));
    let patched = (dry.code != 2).then(|| patched(&root, &dry.out));
    tree::reset(&root, &before);

    let first = tree::tool(&root, &init);
    assert_eq!(
        first.code == 1,
        case.variant == "own values",
        "{}",
        first.err
    );
    let after = tree::tree(&root);
    assert_eq!(dry.code, first.code, "{}{}", dry.err, first.err);
    let Some(patched) = patched else {
        assert!(first.err.starts_with("error"), "{}", first.err);
        assert!(first.err.contains("\nhelp: "), "{}", first.err);
        assert!(
            REFUSED.contains(&(case.name, case.variant)),
            "refused: {}",
            first.err
        );
        return tree::same("refused", &before, &after);
    };
    as_shown(&dry.out, patched, after.clone());
    for (path, node) in &before {
        match (node, after.get(path)) {
            (Node::File(mode, old), Some(Node::File(new_mode, new))) => {
                assert_eq!(mode, new_mode, "mode of {path}");
                kept::check(path, old, new);
            }
            (old, new) => assert_eq!(Some(old), new, "{path}"),
        }
    }
    let plan = tree::tool(&root, &["plan", "--format", "json"]).ends(first.code);
    let plan: Value = serde_json::from_str(&plan.out).expect("JSON");
    named(&plan, first.code, &first.err);
    ignored(&root, &plan);

    let stamps = tree::stamps(&root);
    tree::tool(&root, &["apply"]).ends(first.code);
    tree::same("apply again", &after, &tree::tree(&root));
    assert_eq!(stamps, tree::stamps(&root), "apply again writes");

    tree::tool(&root, &["undo"]).ends(0);
    tree::same("undo", &before, &tree::tree(&root));

    tree::tool(&root, &init).ends(first.code);
    tree::tool(&root, &["remove"]).ends(0);
    tree::same("remove", &before, &tree::tree(&root));
    tree::tool(&root, &["undo"]).ends(0);
    tree::same("undo of remove", &after, &tree::tree(&root));
    if first.code == 1 {
        resolve(&root, &after);
    }
}

/// Every conflict kept changes no file but the lockfile; every conflict taken leaves none either.
fn resolve(root: &Path, before: &Tree) {
    for how in ["--keep", "--take"] {
        tree::tool(root, &["resolve", how]).ends(0);
        tree::tool(root, &["plan", "--exit-code"]).ends(0);
        tree::tool(root, &["check"]).ends(0);
        let mut now = tree::tree(root);
        if how == "--keep" {
            let lockfile = "claude-scaffold.lock".to_owned();
            now.extend([(lockfile.clone(), before[&lockfile].clone())]);
            tree::same("resolve --keep", before, &now);
        }
        tree::tool(root, &["undo"]).ends(0);
        tree::same("undo of resolve", before, &tree::tree(root));
    }
}

/// Repositories of which one file cannot be read, so that everything is refused.
const REFUSED: [(&str, &str); 0] = [];

/// Exit code 1 and conflicts belong together, and the message names every one of them.
fn named(plan: &Value, code: i32, talk: &str) {
    let changes = plan["changes"].as_array().expect("changes");
    let conflicts: Vec<&str> = changes
        .iter()
        .flat_map(|change| change["conflicts"].as_array().expect("conflicts"))
        .map(|conflict| conflict["key"].as_str().expect("a key"))
        .collect();
    assert_eq!(code == 1, !conflicts.is_empty(), "{conflicts:?}");
    for key in conflicts {
        assert!(talk.contains(key), "`{key}` is not in:\n{talk}");
    }
}

/// Asks git itself what it ignores.
pub fn ignored(root: &Path, plan: &Value) {
    let changes = plan["changes"].as_array().expect("changes");
    let ours = changes
        .iter()
        .map(|change| change["path"].as_str().expect("a path"));
    let mut paths: Vec<&str> = ours.collect();
    paths.extend(["claude-scaffold.toml", "claude-scaffold.lock"]);
    let hidden = [".env", ".claude/settings.local.json"];
    let input: Vec<&str> = paths.iter().chain(&hidden).copied().collect();
    let input = input.join("\n") + "\n";
    let found = tree::git_reading(root, &input, &["check-ignore", "--no-index", "--stdin"]);
    let found: Vec<&str> = found.out.lines().collect();
    assert_eq!(found, hidden, "what git ignores");
}

/// Applies the printed diff with git, to the state it was printed for.
fn patched(root: &Path, printed: &str) -> Tree {
    tree::git_reading(root, printed, &["apply", "--check", "-"]).ends(0);
    tree::git_reading(root, printed, &["apply", "-"]).ends(0);
    tree::tree(root)
}

/// What the patch gives is what the program gives, but for files it shows as no patch.
#[track_caller]
fn as_shown(printed: &str, mut patched: Tree, mut applied: Tree) {
    let shy = printed.lines().filter_map(|line| {
        line.strip_prefix("# ")?
            .split_once(": shown without")
            .map(|(path, _)| path)
    });
    for path in shy {
        patched.remove(path);
        applied.remove(path);
    }
    tree::as_git(&mut patched);
    tree::as_git(&mut applied);
    tree::same(
        "the printed patch (before) and the program (after)",
        &patched,
        &applied,
    );
}

pub fn repository(home: &Path, files: &Files, variant: &str) -> PathBuf {
    let root = home.join("app");
    fs::create_dir(&root).expect("a folder");
    tree::git_init(&root);
    for (path, bytes) in files {
        let mode = if variant == "executable" {
            0o755
        } else {
            0o644
        };
        tree::put(&root.join(path), &changed(path, bytes, variant), mode);
    }
    if variant == "own values" {
        own_values(&root);
    }
    if variant == "committed" {
        tree::commit(&root);
    }
    root
}

/// Lets the user have said something else already, in every file that can say it.
fn own_values(root: &Path) {
    let settings = root.join(".claude/settings.json");
    let text = fs::read_to_string(&settings).unwrap_or_else(|_| "{ \"a\": 1 }".to_owned());
    let text = text.replacen('{', "{ \"$schema\": \"mine\", \"model\": \"mine\",", 1);
    tree::put(&settings, text.as_bytes(), 0o600);
    tree::put(&root.join("scripts/run-claude.sh"), b"mine", 0o640);
    let aider = root.join(".aider.conf.yml");
    let text = fs::read_to_string(&aider).unwrap_or_default();
    tree::put(&aider, format!("model: mine # !\n{text}").as_bytes(), 0o644);
}

fn changed(path: &str, bytes: &[u8], variant: &str) -> Vec<u8> {
    let text = std::str::from_utf8(bytes).expect("UTF-8");
    let text = match variant {
        "BOM" if !text.starts_with('\u{feff}') => format!("\u{feff}{text}"),
        "CRLF" => text.replace("\r\n", "\n").replace('\n', "\r\n"),
        "tabs" if tree::is_named(path, "json") => text.split_inclusive('\n').map(tabs).collect(),
        "no final newline" => text.trim_end_matches(['\r', '\n']).to_owned(),
        _ => text.to_owned(),
    };
    text.into_bytes()
}

fn tabs(line: &str) -> String {
    let rest = line.trim_start_matches(' ');
    format!(
        "{}{rest}",
        "\t".repeat((line.len() - rest.len()).div_ceil(2))
    )
}

/// Reads the corpus beside the package, if it is there.
pub fn corpus() -> Option<BTreeMap<String, Files>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let Ok(index) = fs::read(folder.join("index.json")) else {
        tree::skipped(&format!("no corpus at {}", folder.display()));
        return None;
    };
    let index: Vec<Value> = serde_json::from_slice(&index).expect("JSON");
    let mut found: BTreeMap<String, Files> = BTreeMap::new();
    for entry in &index {
        let text = |name: &str| entry[name].as_str().expect("a string").to_owned();
        let name = format!("{}@{}", text("repo"), &text("commit")[..8]);
        let bytes = fs::read(folder.join(text("file"))).expect("a file");
        found.entry(name).or_default().insert(text("path"), bytes);
    }
    Some(found)
}
