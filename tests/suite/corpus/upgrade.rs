//! Real repositories on a pack that moves on: what the users made of their files is all there, and
//! every conflict is one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use super::edits::{Dice, Kind, edit};
use super::leaves::{Leaves, merged, read};
use super::{Files, PROFILES, URL, corpus, kept, repository};
use crate::tree::{self, Node, Tree, put, tool};

/// One case in so many runs where the environment does not ask for all.
const SLICE: usize = 6;
const SEEDS: usize = 3;

/// A file of the pack, what both versions give, and where it stands after the upgrade.
struct House {
    path: &'static str,
    format: &'static str,
    first: &'static str,
    second: &'static str,
    to: &'static str,
}

const ENV: &str = "{{ launcher.env_template }}";
const PAGE: &str = "one\n\ntwo\n\nthree\n\nfour\n\nfive\n\nsix\n";

const HOUSE: [House; 10] = [
    House {
        path: ".claude/settings.json",
        format: "json",
        first: "{\"house\": {\"house_a\": 1, \"house_b\": \"x\", \"house_c\": true}, \"permissions\": {\"deny\": [\"Read(./house-one)\"]}}",
        second: "{\"house\": {\"house_a\": 2, \"house_c\": true, \"house_d\": {\"house_e\": 1}}, \"permissions\": {\"deny\": [\"Read(./house-two)\"]}}",
        to: ".claude/settings.json",
    },
    House {
        path: ".vscode/settings.json",
        format: "jsonc",
        first: "{\"house.a\": 1, \"house.old\": \"x\", \"house.b\": [\"house 1\"], \"house.drop\": 1, \"house.gone\": 1}",
        second: "{\"house.a\": 1, \"house.new\": \"y\", \"house.b\": [\"house 1\", \"house 2\"], \"house.c\": null}",
        to: ".vscode/settings.json",
    },
    House {
        path: ENV,
        format: "env",
        first: "HOUSE_A=1\nHOUSE_B=1\nHOUSE_C=1\n",
        second: "HOUSE_A=2\nHOUSE_C=1\nHOUSE_D=1\n",
        to: ENV,
    },
    House {
        path: ".gitignore",
        format: "ignore",
        first: "/house-one/\n/house-two/\n",
        second: "/house-one/\n/house-three/\n",
        to: ".gitignore",
    },
    House {
        path: "house.yml",
        format: "yaml",
        first: "house_a: 1\nhouse_b: x\nhouse_c: 1\n",
        second: "house_a: 2\nhouse_b: x\nhouse_d: y\n",
        to: "config/house.yml",
    },
    House {
        path: "house.toml",
        format: "toml",
        first: "house_a = 1\nhouse_b = \"x\"\nhouse_c = 1\n",
        second: "house_a = 1\nhouse_b = \"y\"\nhouse_d = 1\n",
        to: "house.toml",
    },
    House {
        path: "house/page.md",
        format: "whole-file",
        first: PAGE,
        second: "one\n\nTWO\n\nthree\n\nfour\n\nFIVE\n\nsix\n",
        to: "docs/page.md",
    },
    House {
        path: "house-gone.md",
        format: "whole-file",
        first: PAGE,
        second: "",
        to: "house-gone.md",
    },
    House {
        path: "house-gone.json",
        format: "json",
        first: "{\"house_a\": 1, \"house_b\": {\"house_c\": 1}}",
        second: "",
        to: "house-gone.json",
    },
    House {
        path: "house-new.md",
        format: "whole-file",
        first: "",
        second: PAGE,
        to: "house-new.md",
    },
];

const STEPS: &str = "
[[migration]]
to = \"2\"
rename_file = { from = \"house.yml\", to = \"config/house.yml\" }
[[migration]]
to = \"2\"
rename_key = { path = \".vscode/settings.json\", from = '\"house.old\"', to = '\"house.new\"' }
[[migration]]
to = \"2\"
drop_key = { path = \".vscode/settings.json\", key = '\"house.drop\"' }
";
const DROPPED: &str = "\"house.drop\"";
const RENAMED: [&str; 2] = ["\"house.old\"", "\"house.new\""];

/// What git must ignore, whoever says so.
const FACTS: [&str; 2] = ["/.env", "/.claude/settings.local.json"];

struct Case<'a> {
    name: String,
    files: &'a Files,
    profile: &'a str,
    variant: &'a str,
}

#[test]
fn nothing_of_a_real_repository_is_lost_when_templates_move_on() {
    let Some(repositories) = corpus() else { return };
    let full = std::env::var_os("CLAUDE_SCAFFOLD_TEST_FULL").is_some();
    let mut cases = Vec::new();
    for (at, (name, files)) in repositories.iter().enumerate() {
        for (turn, profile) in PROFILES.into_iter().enumerate() {
            for seed in 0..SEEDS {
                if full || (at + turn + seed * 2) % (SLICE * SEEDS / 2) == 0 {
                    let variants = ["as it is", "CRLF", "no final newline"];
                    cases.push(Case {
                        name: format!("{name} {profile} {seed}"),
                        files,
                        profile,
                        variant: variants[(at + turn + seed) % variants.len()],
                    });
                }
            }
        }
    }
    let conflicts = AtomicUsize::new(0);
    let walk = |case: &Case| {
        conflicts.fetch_add(walk(case), Ordering::Relaxed);
    };
    tree::each(&cases, |case| case.name.clone(), walk);
    let count = conflicts.into_inner();
    assert!(
        3 * count > cases.len(),
        "{count} conflicts in {} cases",
        cases.len()
    );
}

fn write_pack(pack: &Path, version: usize) {
    let steps = if version == 1 { "" } else { STEPS };
    let meta =
        format!("name = \"house\"\nversion = \"{version}\"\nrequired = [\"house\"]\n{steps}");
    put(&pack.join("pack.toml"), meta.as_bytes(), 0o644);
    let mut feature = String::new();
    for (at, file) in HOUSE.iter().enumerate() {
        let (path, text) = match version {
            1 => (file.path, file.first),
            _ => (file.to, file.second),
        };
        // One whose path alone differs is known by its template; a declared rename has another.
        let name = match file.format {
            "yaml" => format!("{at}-{version}.tera"),
            _ => format!("{at}.tera"),
        };
        if !text.is_empty() {
            let _ = write!(
                feature,
                "[[output]]\npath = \"{path}\"\ntemplate = \"{name}\"\nformat = \"{}\"\n",
                file.format
            );
            let place = pack.join("features/house").join(name);
            put(&place, text.as_bytes(), 0o644);
        }
    }
    put(
        &pack.join("features/house/feature.toml"),
        feature.as_bytes(),
        0o644,
    );
}

/// Returns how many conflicts there were.
fn walk(case: &Case) -> usize {
    let home = tree::temp();
    let root = repository(home.path(), case.files, case.variant);
    let pack = home.path().join("pack");
    write_pack(&pack, 1);
    let init = [
        "init",
        "--profile",
        case.profile,
        "--set",
        URL,
        "--set",
        "pack=path:../pack",
    ];
    tool(&root, &init).ends(0);
    let rendered = tree::tree(&root);
    let mut dice = Dice::new(&case.name);
    let managed = managed(&root);
    for path in &managed {
        change(&root, path, &mut dice);
    }
    let before = tree::tree(&root);
    fs::remove_dir_all(&pack).expect("removed");
    write_pack(&pack, 2);
    let run = tool(&root, &["upgrade", "--format", "json"]);
    let report: Value = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{}", run.err));
    assert!(run.code < 2, "{}", run.err);
    let told = told(&report);
    assert_eq!(run.code == 1, !told.is_empty(), "{told:?}");
    let moved = Moved {
        root: &root,
        managed: &managed,
        rendered,
        edited: &before,
    };
    let real: BTreeSet<_> = managed.iter().flat_map(|p| moved.conflicts(p)).collect();
    assert_eq!(told, real, "what is told as a conflict, and what is one");
    let after = tree::tree(&root);
    let stamps = tree::stamps(&root);
    tool(&root, &["upgrade"]).ends(run.code);
    tool(&root, &["apply"]).ends(run.code);
    tree::same("upgrade again", &after, &tree::tree(&root));
    assert_eq!(stamps, tree::stamps(&root), "upgrade again writes");
    tool(&root, &["undo"]).ends(0);
    tree::same("undo", &before, &tree::tree(&root));
    real.len()
}

/// The files that the lockfile names.
fn managed(root: &Path) -> Vec<String> {
    let text = fs::read_to_string(root.join("claude-scaffold.lock")).expect("a lockfile");
    let heads = text
        .lines()
        .filter_map(|line| line.strip_prefix("[file.\"")?.strip_suffix("\"]"));
    heads.map(str::to_owned).collect()
}

/// Where a file of the pack stands; the name of the template of the env file is the repository's.
fn place<'a>(file: &House, path: &'a str, managed: &'a [String]) -> &'a str {
    if file.path != ENV {
        return path;
    }
    let env = managed.iter().find(|path| path.starts_with(".env"));
    env.map_or(path, String::as_str)
}

/// Edits a file, or now and then deletes it.
fn change(root: &Path, path: &str, dice: &mut Dice) {
    let Some(kind) = Kind::of(path) else { return };
    let place = root.join(path);
    let text = fs::read_to_string(&place).expect("a text");
    if path.starts_with("house") && dice.below(12) == 0 {
        return fs::remove_file(place).expect("removed");
    }
    let times = dice.below(6);
    let edited = edit(kind, &text, times, dice);
    if edited != text {
        fs::write(place, edited).expect("written");
    }
}

/// A repository after the upgrade, and what stood there before.
struct Moved<'a> {
    root: &'a Path,
    managed: &'a [String],
    rendered: Tree,
    edited: &'a Tree,
}

impl Moved<'_> {
    /// Compares what stands in a file with what should, and returns its conflicts.
    fn conflicts(&self, path: &str) -> Vec<(String, String)> {
        let stands = |file: &&House| place(file, file.path, self.managed) == path;
        let file = HOUSE.iter().find(stands);
        let old = text(self.edited, path);
        let to = file.map_or(path, |file| place(file, file.to, self.managed));
        let new = fs::read_to_string(self.root.join(to)).unwrap_or_default();
        if to != path {
            assert!(!self.root.join(path).exists(), "{path} moved");
        }
        let (Some(kind), Some(file)) = (Kind::of(path), file) else {
            assert_eq!(old.unwrap_or_default(), new, "{path} is not the pack's");
            return Vec::new();
        };
        let Some(old) = old else {
            assert_eq!(new, "", "{path} was deleted");
            return Vec::new();
        };
        if kind == Kind::Text {
            return page(self.root, file, (&old, &new));
        }
        let (first, second) = (read(kind, file.first), read(kind, file.second));
        let first = renamed(path, first);
        let edited = renamed(path, read(kind, &old));
        let (mut expected, conflicts) = merged(&first, &edited, &second, &[DROPPED]);
        let mut found = read(kind, &new);
        if kind == Kind::Rules {
            // A rule of the user's own that did for one of ours is gone, so ours comes.
            let ours = text(&self.rendered, path).unwrap_or_default();
            let had = |rule: &str| edited.contains_key(rule) || ours.lines().any(|l| l == rule);
            found.retain(|rule, _| had(rule) || !FACTS.contains(&rule.as_str()));
            // And what shows our files again goes with the rule that hid them.
            let opens = |rule: &String| rule.starts_with("/.") && rule.ends_with("/*");
            found.retain(|rule, _| !opens(rule));
            expected.retain(|rule, _| !opens(rule));
        }
        assert_eq!(
            found, expected,
            "{path}\n--- edited\n{old}\n--- upgraded\n{new}"
        );
        kept::foreign(path, &old, &new);
        let named = |key: String| (to.to_owned(), key);
        conflicts.into_iter().map(named).collect()
    }
}

fn text(tree: &Tree, path: &str) -> Option<String> {
    match tree.get(path)? {
        Node::File(_, bytes) => Some(String::from_utf8(bytes.clone()).expect("UTF-8")),
        _ => None,
    }
}

fn renamed(path: &str, leaves: Leaves) -> Leaves {
    let name = |key: String| match path {
        ".vscode/settings.json" if key == RENAMED[0] => RENAMED[1].to_owned(),
        _ => key,
    };
    leaves
        .into_iter()
        .map(|(key, value)| (name(key), value))
        .collect()
}

/// A whole file is what git makes of the three texts, or stays as it was.
fn page(root: &Path, file: &House, (old, new): (&str, &str)) -> Vec<(String, String)> {
    let plain = old.replace("\r\n", "\n");
    let fresh = new.replace("\r\n", "\n");
    if file.second.is_empty() {
        let expected = if plain == file.first { "" } else { old };
        assert_eq!(new, expected, "{} left the templates", file.path);
        return Vec::new();
    }
    let names = ["edited", "first", "second"];
    let texts = [plain.as_str(), file.first, file.second];
    let folder = root.with_file_name("three");
    for (name, text) in names.iter().zip(texts) {
        put(&folder.join(name), text.as_bytes(), 0o644);
    }
    let merge = ["merge-file", "-p", "edited", "first", "second"];
    let git = tree::git(&folder, &merge);
    if git.code == 0 {
        assert_eq!(fresh, git.out, "{}", file.to);
        let ends = new.matches('\n').count();
        assert!(
            !old.contains("\r\n") || new.matches("\r\n").count() == ends,
            "{new:?}"
        );
        return Vec::new();
    }
    assert_eq!(new, old, "{} in conflict", file.to);
    vec![(file.to.to_owned(), String::new())]
}

fn told(report: &Value) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for change in report["changes"].as_array().expect("changes") {
        for conflict in change["conflicts"].as_array().expect("conflicts") {
            let sides: BTreeMap<&str, &Value> = ["base", "actual", "desired"]
                .map(|side| (side, &conflict[side]))
                .into();
            assert!(sides["actual"] != sides["base"] && sides["actual"] != sides["desired"]);
            let text = |value: &Value| value.as_str().expect("a text").to_owned();
            found.insert((text(&change["path"]), text(&conflict["key"])));
        }
    }
    found
}
