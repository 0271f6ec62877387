//! The tool about itself: completions, manual pages, and schemas that its own output obeys.
#![expect(
    clippy::disallowed_methods,
    reason = "tests read and write what they look at"
)]

use std::fs;

use serde_json::Value;

use crate::tree::{Run, temp, tool};

fn schema(kind: &str) -> jsonschema::Validator {
    let run = tool(temp().path(), &["schema", kind]).ends(0);
    let schema: Value = serde_json::from_str(&run.out).expect("JSON");
    jsonschema::validator_for(&schema).expect("a schema")
}

fn obeys(schema: &jsonschema::Validator, run: &Run) -> Value {
    let value: Value = serde_json::from_str(&run.out).expect("one JSON object");
    let problems: Vec<String> = schema.iter_errors(&value).map(|e| e.to_string()).collect();
    assert_eq!(problems, Vec::<String>::new(), "{}", run.out);
    assert_eq!(value["schema"], 1);
    value
}

#[test]
fn what_commands_print_as_json_obeys_their_schema() {
    let folder = temp();
    let at = folder.path();
    let plan = schema("plan");
    fs::create_dir(at.join(".claude")).expect("a folder");
    fs::write(
        at.join(".claude/settings.json"),
        "{ \"model\": \"opus\" }\n",
    )
    .expect("a file");
    let init = tool(at, &["init", "--profile", "team", "--format", "json"]).ends(1);
    let value = obeys(&plan, &init);
    assert_eq!(value["summary"]["conflict"], 1);
    assert_eq!(value["changes"][0]["conflicts"][0]["key"], "model");
    for command in [
        &["plan", "--set", "gateway.timeout_ms=5"][..],
        &["set", "models.default=opus"],
        &["apply"],
        &["upgrade"],
        &["resolve", "--keep"],
        &["undo"],
        &["remove"],
        &["undo"],
    ] {
        let run = tool(at, &[command, &["--format", "json"]].concat());
        obeys(&plan, &run);
    }
    obeys(&schema("check"), &tool(at, &["check", "--format", "json"]));
    obeys(
        &schema("doctor"),
        &tool(at, &["doctor", "--format", "json"]),
    );
    obeys(
        &schema("recommend"),
        &tool(at, &["recommend", "--format", "json"]).ends(0),
    );
    tool(at, &["undo", "-q"]).ends(0);
    let adopted = tool(at, &["adopt", "--format", "json"]).ends(0);
    let value = obeys(&schema("adopt"), &adopted);
    assert_eq!(value["adopted"]["notes"].as_array().map(Vec::len), Some(1));
    obeys(&plan, &adopted);
    let failed = tool(at, &["set", "gatewy.url=x", "--format", "json"]).ends(2);
    let value = obeys(&schema("error"), &failed);
    assert_eq!(
        value["diagnostics"][0]["help"],
        "did you mean `gateway.url`?"
    );
}

#[test]
fn the_manifest_schema_takes_what_init_writes_and_nothing_else() {
    let schema = schema("manifest");
    for profile in ["solo", "team", "enterprise", "multi-model"] {
        let folder = temp();
        tool(folder.path(), &["init", "--profile", profile]).ends(0);
        let text =
            fs::read_to_string(folder.path().join("claude-scaffold.toml")).expect("a manifest");
        let manifest: Value = toml::from_str(&text).expect("TOML");
        assert!(schema.is_valid(&manifest), "{text}");
        let mut odd = manifest.clone();
        odd["gateway"]["uri"] = Value::from("https://gw.example");
        assert!(!schema.is_valid(&odd));
    }
}

#[test]
fn every_shell_has_completions_and_every_command_a_page() {
    let folder = temp();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = tool(folder.path(), &["completions", shell]).ends(0);
        assert!(run.out.contains("recommend"), "{shell}");
    }
    for command in [
        "init",
        "plan",
        "apply",
        "set",
        "undo",
        "adopt",
        "upgrade",
        "recommend",
    ] {
        let run = tool(folder.path(), &["man", command]).ends(0);
        assert!(run.out.starts_with(".ie"), "{}", run.out);
        assert!(
            run.out.contains(&format!("claude\\-scaffold\\-{command}")),
            "{}",
            run.out
        );
    }
    let wrong = tool(folder.path(), &["man", "aply"]).ends(2);
    assert!(wrong.err.contains("did you mean `apply`?"), "{}", wrong.err);
}
