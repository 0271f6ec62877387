//! The fleet file, and all that can be wrong in one.

use std::fmt::Write as _;
use std::path::Path;

use claude_scaffold::catalog::Catalog;
use claude_scaffold::fleet::{self, Fleet};

use super::said;
use crate::tree;

const FOLDER: &str = "/srv/fleet";

fn read(text: &str) -> (Fleet, Vec<claude_scaffold::model::Diagnostic>) {
    fleet::read("claude-fleet.toml", Path::new(FOLDER), text)
}

const WHOLE: &str = r#"version = 1
branch = "chore/gateway"
labels = ["platform"]
values.credential.ref = "op://vault/gateway/key"

[[group]]
name = "backend"
repositories = [
  "../services/*", "/srv/git/*.git", "https://git.example.com/team/app.git", "git@host:team/web.git",
  "../one", "-",
]
include = ["team/*"]
exclude = ["*-archive"]
visibility = ["private", "internal"]
profile = "team"
features = ["-vscode"]
propose = "gh"
sign = true
message = "chore: gateway of {{ group }} in {{ repository }}"
[group.values.gateway]
url = "https://gateway.internal.net/v1"
[group.values]
headers.x-team = "backend"
models.fast = ""

[[group]]
name = "rest"
pack = "path:../pack"
profile = "house"
branch = "house"
sign = false
labels = []
"#;

#[test]
fn a_whole_file_gives_its_groups() {
    let (fleet, found) = read(WHOLE);
    assert_eq!(found, []);
    let mut out = String::new();
    for selection in &fleet.groups {
        let _ = writeln!(out, "{selection:#?}");
    }
    tree::snapshot("fleet_sources", "whole", &out);
}

#[test]
fn the_smallest_file_is_one() {
    let (fleet, found) = read(fleet::SMALLEST);
    assert_eq!(found, []);
    assert_eq!(fleet.groups.len(), 1);
    let bom = format!("\u{feff}{}", fleet::SMALLEST.replace('\n', "\r\n"));
    assert_eq!(read(&bom).1, []);
}

#[test]
fn every_problem_is_told_at_once() {
    let group = |text: &str| format!("version = 1\n[[group]]\nname = \"a\"\n{text}\n");
    let key = ["sk-", "ant-", "api03-", "a1B2c3D4e5F6g7H8a1B2c3D4e5F6g7H8"].concat();
    let password = ["https://me", "word@git.example.com/a"].join(":pass");
    let rows = [
        ("no TOML", "version = 1\n[[group]\n".to_owned()),
        ("empty", String::new()),
        ("newer", "version = 2\n[[group]]\nname = \"a\"\n".to_owned()),
        (
            "a version that is none",
            "version = \"1\"\n[[group]]\nname = \"a\"\n".to_owned(),
        ),
        (
            "one bracket",
            "version = 1\n[group]\nname = \"a\"\n".to_owned(),
        ),
        ("no tables", "version = 1\ngroup = [1]\n".to_owned()),
        (
            "unknown keys",
            "version = 1\nbranhc = \"x\"\nfoo = 1\n[[group]]\nname = \"a\"\nrepositorys = []\n"
                .to_owned(),
        ),
        (
            "keys of a manifest",
            group("[group.gateway]\nurl = \"https://gw.example\""),
        ),
        (
            "no name",
            "version = 1\n[[group]]\n[[group]]\nname = 1\n[[group]]\nname = \"a,b\"\n".to_owned(),
        ),
        ("one name twice", group("[[group]]\nname = \"a\"")),
        (
            "wrong types",
            group("repositories = \"../*\"\nlabels = [1]\nsign = \"yes\"\nbranch = 1\nvalues = 1"),
        ),
        (
            "branches",
            group(
                "branch = \"a..b\"\n[[group]]\nname=\"b\"\nbranch = \"-x\"\n[[group]]\nname=\"c\"\nbranch = \"refs/heads/x\"\n[[group]]\nname=\"d\"\nbranch = \"HEAD\"",
            ),
        ),
        (
            "globs",
            group(
                "repositories = [\"../[a\", \"\", \"~/src/*\"]\ninclude = [\"\"]\nexclude = [\"a\\\\\"]",
            ),
        ),
        (
            "addresses",
            group(&format!(
                "repositories = [\"{password}\", \"ext::sh -c id\", \"ftp://x/y\", \"https://host\"]"
            )),
        ),
        (
            "words",
            group("propose = \"glb\"\nvisibility = [\"privat\", \"Public\"]\nlabels = [\"a,b\"]"),
        ),
        (
            "templates",
            group(
                "message = \"{{ repo }}\"\ntitle = \"a\\nb\"\nbody = \"{% if files %}\"\n[[group]]\nname=\"b\"\ntitle = \" \"",
            ),
        ),
        (
            "names of the catalogue",
            group(
                "profile = \"teem\"\nfeatures = [\"-vscod\", \"nothing-like-it\"]\n[group.values.gateway]\nkind = \"litelm\"",
            ),
        ),
        (
            "names that a pack may have",
            group(
                "profile = \"teem\"\nfeatures = [\"-vscod\"]\npack = \"git+https://git.example.com/pack?tag=v1\"",
            ),
        ),
        (
            "packs",
            group(
                "pack = \"https://git.example.com/pack\"\n[[group]]\nname=\"b\"\npack = \"git+https://git.example.com/pack?tga=v1\"",
            ),
        ),
        (
            "values",
            group(
                "values.version = 1\nvalues.gateway.url = \"http://gw.example\"\nvalues.gatway.url = \"x\"\nvalues.models.default = \"a b\"\nvalues.credential.ref = \"ENVX:a\"",
            ),
        ),
        (
            "values twice",
            group("profile = \"team\"\nvalues.profile = \"solo\""),
        ),
        (
            "keys",
            group(&format!(
                "# {key}\nvalues.credential.ref = \"{key}\"\nmessage = \"{key}\""
            )),
        ),
    ];
    let mut out = String::new();
    for (what, text) in rows {
        said(&mut out, what, &read(&text).1);
    }
    assert!(!out.contains(&key), "{out}");
    tree::snapshot("fleet_sources", "problems", &out);
}

#[test]
fn the_schema_takes_what_is_read_and_refuses_what_is_not() {
    let catalog = Catalog::embedded();
    let schema = fleet::schema(&catalog.profile_names(), &catalog.feature_names());
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let is_valid = |text: &str| {
        let value: toml::Value = toml::from_str(text).expect("TOML");
        validator.is_valid(&serde_json::to_value(value).expect("plain data"))
    };
    let team = WHOLE.replace("profile = \"house\"", "profile = \"solo\"");
    assert!(is_valid(&team));
    assert!(is_valid(fleet::SMALLEST));
    for (from, to) in [
        ("version = 1", "version = 2"),
        ("branch =", "branhc ="),
        ("include =", "inclode ="),
        ("propose = \"gh\"", "propose = \"hub\""),
        ("[group.values.gateway]", "[group.values.gatway]"),
        ("name = \"backend\"", ""),
        ("models.fast", "version"),
    ] {
        assert!(!is_valid(&team.replacen(from, to, 1)), "{to}");
    }
}
