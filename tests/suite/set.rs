//! `set`: what a manifest can say, it can also come to say, and take back.

use std::path::Path;

use serde_json::Value;

use super::settings::{each_declaration, init, rendered};
use super::tree::{self, Node, Tree};

#[test]
fn a_value_set_later_gives_what_it_gives_from_the_start() {
    each_declaration(|profile, further| {
        let home = tree::temp();
        tree::git_init(home.path());
        init(home.path(), profile, &[]);
        let plain = tree::tree(home.path());
        tree::tool(home.path(), &["set", further]).ends(0);
        let from_start = rendered(profile, &["--set", further]);
        let later = tree::tree(home.path());
        // A kind of gateway that is known to `init` also decides how it begins.
        if !further.starts_with("gateway.kind=") {
            tree::same("set", &by_value(&from_start), &by_value(&later));
        }
        let back = former(&plain, further);
        tree::tool(home.path(), &["set", &back]).ends(0);
        let again = tree::tree(home.path());
        tree::same("set back", &by_value(&plain), &by_value(&again));
        tree::tool(home.path(), &["undo"]).ends(0);
        tree::tool(home.path(), &["undo"]).ends(0);
        tree::same("undo", &plain, &tree::tree(home.path()));
    });
}

/// The files without the manifest; keys and lines that were added later stand behind the others, so
/// files that are read by key come with their entries in one order.
fn by_value(files: &Tree) -> Tree {
    let mut files = files.clone();
    files.remove("claude-scaffold.toml");
    for (path, node) in &mut files {
        let Node::File(_, bytes) = node else { continue };
        if Path::new(path).extension().is_some_and(|e| e == "json") {
            let value: Value = serde_json::from_slice(bytes).expect("JSON");
            let mut leaves = Vec::new();
            walk("", &value, &mut leaves);
            leaves.sort();
            *bytes = leaves.join("\n").into_bytes();
        } else if [".env", ".git", ".aider"]
            .iter()
            .any(|start| path.starts_with(start))
        {
            let text = String::from_utf8_lossy(bytes);
            let mut lines: Vec<&str> = text.lines().collect();
            lines.sort_unstable();
            *bytes = lines.join("\n").into_bytes();
        }
    }
    files
}

fn walk(prefix: &str, value: &Value, leaves: &mut Vec<String>) {
    match value {
        Value::Object(map) => map
            .iter()
            .for_each(|(key, inner)| walk(&format!("{prefix}/{key}"), inner, leaves)),
        other => leaves.push(format!("{prefix} = {other}")),
    }
}

/// The assignment that takes another one back.
fn former(files: &Tree, assignment: &str) -> String {
    let Some(Node::File(_, bytes)) = files.get("claude-scaffold.toml") else {
        panic!("there is a manifest");
    };
    let text = String::from_utf8(bytes.clone()).expect("UTF-8");
    let manifest: toml::Table = text.parse().expect("TOML");
    let (key, _) = assignment.split_once('=').expect("an assignment");
    let value = key.split_once('.').map_or_else(
        || manifest.get(key),
        |(table, name)| manifest.get(table)?.get(name),
    );
    let value = match value {
        None => String::new(),
        Some(toml::Value::String(text)) => text.clone(),
        Some(toml::Value::Array(items)) => {
            let items: Vec<_> = items.iter().filter_map(toml::Value::as_str).collect();
            items.join(",")
        }
        Some(other) => other.to_string(),
    };
    format!("{key}={value}")
}

#[test]
fn a_key_in_the_wrong_place_is_refused_and_not_printed() {
    let body = "a1B2".repeat(8);
    let key = ["sk-ant-", "api03-", &body].concat();
    let home = tree::temp();
    init(home.path(), "team", &[]);
    let before = tree::tree(home.path());
    for before_it in [
        "",
        "ANTHROPIC_API_KEY=",
        "features=-",
        "profile=",
        "models.default=",
        "models.fallback=a,",
        "headers.x-foo=Bearer ",
        "headers.authorization=Bearer ",
        "telemetry.project_tag=a ",
        "credential.ref=",
        "credential.ref=CMD:echo ",
        "credential.ref=VAULT:x#",
        "credential.ref=VALT:",
        "gateway.url=https://gw.example/",
        "gateway.url=https://gw.example/?key=",
        "gateway.url=https://user@gw.example/",
        "gateway.kind=",
        "gateway.timeout_ms=",
        "launcher.path=../",
        "visibility=",
    ] {
        let assignment = format!("{before_it}{key}");
        for arguments in [
            ["set", &assignment, "--format", "json"],
            ["plan", "--verbose", "--set", &assignment],
        ] {
            let run = tree::tool(home.path(), &arguments).ends(2);
            assert!(!run.out.contains(&body), "{before_it}: {}", run.out);
            assert!(!run.err.contains(&body), "{before_it}: {}", run.err);
        }
    }
    for name in ["models", "headers", "nothing"] {
        let run = tree::tool(home.path(), &["set", &format!("{name}.{key}=x")]).ends(2);
        assert!(!run.err.contains(&body), "{}", run.err);
    }
    tree::same("refused", &before, &tree::tree(home.path()));
}

#[test]
fn a_conflict_names_the_feature_that_gives_the_key() {
    let home = tree::temp();
    let text = r#"{"apiKeyHelper": "./mine.sh", "env": {"ANTHROPIC_CUSTOM_HEADERS": "x-team: a"}}"#;
    tree::put(
        &home.path().join(".claude/settings.json"),
        text.as_bytes(),
        0o644,
    );
    let run = tree::tool(home.path(), &["init", "--profile", "enterprise"]).ends(1);
    let helps: Vec<&str> = run.err.lines().filter(|l| l.starts_with("help:")).collect();
    assert_eq!(helps.len(), 2, "{}", run.err);
    for (help, feature) in helps.iter().zip(["gateway-env", "api-key-helper"]) {
        assert!(
            help.ends_with(&format!("set features=-{feature}`")),
            "{help}"
        );
        let off = format!("features=-{feature}");
        let plan = tree::tool(home.path(), &["plan", "--set", &off]).ends(1);
        assert_eq!(
            plan.err.matches("error: conflict").count(),
            1,
            "{}",
            plan.err
        );
    }
}

#[test]
fn a_path_that_is_taken_is_refused() {
    let home = tree::temp();
    init(home.path(), "multi-model", &[]);
    let before = tree::tree(home.path());
    for taken in [
        "launcher.env_file=.claude/settings.json",
        "launcher.env_template=claude-scaffold.toml",
        "launcher.env_template=Claude-Scaffold.lock",
        "launcher.env_template=docs",
        "launcher.path=.gitignore/run.sh",
        "launcher.path=.env/run.sh",
        "launcher.env_file=.env.template",
        "launcher.path=scripts/Ask-Model.sh",
        "launcher.env_file=claude-scaffold.toml",
        "launcher.env_file=scripts",
        "launcher.env_template=.gitignore",
        "launcher.env_template=.ENV",
    ] {
        let run = tree::tool(home.path(), &["set", taken]).ends(2);
        assert!(
            run.err.contains("under `[launcher]`"),
            "{taken}: {}",
            run.err
        );
        assert!(
            run.err.contains("claude-scaffold.toml"),
            "{taken}: {}",
            run.err
        );
    }
    tree::same("refused", &before, &tree::tree(home.path()));
}

#[test]
fn an_alias_is_a_name_that_scripts_can_use() {
    let home = tree::temp();
    init(home.path(), "multi-model", &[]);
    for name in ["", "a b", "a'b", "a\"b", "$(id)", "a*", "é", "a\nb"] {
        let run = tree::tool(home.path(), &["set", &format!("models.{name}=m")]).ends(2);
        assert!(run.err.contains("is no name for a model"), "{}", run.err);
    }
    tree::tool(home.path(), &["set", "models.gpt-5.5_x=m"]).ends(0);
}

#[test]
fn a_version_may_be_named_at_the_start() {
    let home = tree::temp();
    let arguments = ["init", "--profile", "solo", "--set", "version=2"];
    let run = tree::tool(home.path(), &arguments).ends(2);
    assert!(run.err.contains("which is 1"), "{}", run.err);
    init(home.path(), "solo", &["--set", "version=1"]);
}

#[test]
fn what_contradicts_itself_is_refused() {
    let home = tree::temp();
    for (arguments, said) in [
        (
            &["--with", "aider", "--without", "aider"][..],
            "both asked for and left out",
        ),
        (&["--set", "profile=solo"], "name two profiles"),
        (&["--set", "launcher.path=run"], "has to end in `.sh`"),
        (
            &["--set", "headers.X-Project-Tag=a"],
            "already what the telemetry tag",
        ),
    ] {
        let run = tree::tool(
            home.path(),
            &[&["init", "--profile", "team"], arguments].concat(),
        )
        .ends(2);
        assert!(run.err.contains(said), "{}", run.err);
    }
    assert!(tree::tree(home.path()).is_empty());
    init(home.path(), "solo", &[]);
    tree::put(
        &home.path().join(".config/claude-scaffold.toml"),
        b"version = 1\n",
        0o644,
    );
    let run = tree::tool(home.path(), &["plan"]).ends(2);
    assert!(run.err.contains("one in `.config`"), "{}", run.err);
}
