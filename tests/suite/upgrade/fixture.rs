//! The case that line-merging updaters get wrong: conflict markers inside JSON, and exit 0.

use serde_json::Value;

use super::pack::Ground;
use crate::corpus::kept;
use crate::tree::{self, tool};

const SETTINGS: &str = ".vscode/settings.json";
const V1: &str = "{\n  \"tabSize\": 2,\n  \"model\": \"one\"\n}\n";
const V2: &str = "{\n  \"tabSize\": 2,\n  \"model\": \"two\",\n  \"trim\": true\n}\n";
const EDITED: &str = "{\n  // As our style guide has it.\n  \"tabSize\": 2,\n  \"model\": \"one\",\n  \"rulers\": [100]\n}\n";
const CHANGELOG: &str = "# Changelog\n\n## 2.0.0\n- A better model.\n\n## 1.0.0\n- First.\n";

fn ground() -> Ground {
    let ground = Ground::new(&[(SETTINGS, V1), (".gitignore", ".env\n")]);
    ground.edit(&[(SETTINGS, EDITED), (".gitignore", ".env\nnode_modules/\n")]);
    ground.moves(
        "2.0.0",
        &[(SETTINGS, V2), (".gitignore", ".env\n*.log\n")],
        "",
    );
    tree::put(
        &ground.pack.join("CHANGELOG.md"),
        CHANGELOG.as_bytes(),
        0o644,
    );
    ground
}

#[test]
fn a_template_and_a_user_change_one_file_and_both_count() {
    let ground = ground();
    let before = tree::tree(&ground.root);
    let dry = ground.idle(&["upgrade", "--dry-run"], 0);
    let run = ground.run(&["upgrade"]).ends(0);
    assert_eq!(dry.out, run.out);
    let settings = ground.text(SETTINGS).expect("a text");
    let shown = format!(
        "$ claude-scaffold upgrade\n{}{}\n--- {SETTINGS}\n{settings}--- .gitignore\n{}",
        run.out,
        run.err,
        ground.text(".gitignore").expect("a text")
    );
    tree::snapshot("upgrade", "fixture", &shown);
    let value = kept::value(&settings);
    let expected = serde_json::json!({"tabSize": 2, "model": "two", "rulers": [100], "trim": true});
    assert_eq!(value, expected);
    ground.idle(&["upgrade"], 0);
    ground.idle(&["apply"], 0);
    ground.idle(&["check"], 0);
    ground.run(&["undo"]).ends(0);
    tree::same("undo", &before, &tree::tree(&ground.root));
}

#[test]
fn what_is_printed_as_json_obeys_its_schema() {
    let ground = ground();
    let schema = tool(&ground.root, &["schema", "plan"]).ends(0);
    let schema: Value = serde_json::from_str(&schema.out).expect("JSON");
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    let report = ground.json(&["upgrade"], 0);
    let problems: Vec<String> = schema.iter_errors(&report).map(|e| e.to_string()).collect();
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!(report["summary"]["conflict"], 0);
    assert_eq!(report["diagnostics"], serde_json::json!([]));
    let moved = &report["moved"];
    let revision = &moved["revisions"][0];
    assert_eq!(
        (&revision["from"], &revision["to"]),
        (&"1.0.0".into(), &"2.0.0".into())
    );
    assert_eq!(revision["changelog"][1], "- A better model.");
    let keys: Vec<&Value> = moved["files"]
        .as_array()
        .expect("files")
        .iter()
        .flat_map(|file| file["keys"].as_array().expect("keys"))
        .collect();
    assert_eq!(keys.len(), 3, "{keys:?}");
}
