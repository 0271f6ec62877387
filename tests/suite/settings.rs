//! What each profile renders, what each feature adds to it, and that the client can read it.
#![expect(clippy::disallowed_methods, reason = "a test looks at the disk")]

mod features;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use claude_scaffold::model::mask;
use serde_json::{Value, json};

use super::corpus::kept;
use super::tree::{self, Node, Run, Tree};

pub const PROFILES: [&str; 4] = ["solo", "team", "enterprise", "multi-model"];
const URL: &str = "gateway.url=https://gw.internal.net/v1";
const SETTINGS: &str = ".claude/settings.json";

/// Declarations that change what is rendered.
const FURTHER: [&str; 12] = [
    "launcher.env_file=.env.claude",
    "launcher.path=run me.sh",
    "visibility=public",
    "visibility=unknown",
    "gateway.kind=openrouter",
    "gateway.openai_url=https://other.example/openai/v1",
    "models.fallback=a,b",
    "models.reasoning=",
    "headers.x-team=blue",
    "headers.x-team-token=VAULT:team#token",
    "credential.ref=ENV:ANTHROPIC_AUTH_TOKEN",
    "credential.ref=OP:vault/item/field",
];

#[test]
fn each_profile_writes_what_its_snapshot_shows() {
    for profile in PROFILES {
        let home = tree::temp();
        tree::git_init(home.path());
        let run = init(home.path(), profile, &[]);
        let files = tree::tree(home.path());
        let mut text = format!("{}{}", run.out, run.err);
        for (path, node) in &files {
            if let Node::File(mode, bytes) = node {
                let body = String::from_utf8(bytes.clone()).expect("UTF-8");
                let body = if tree::is_named(path, "lock") {
                    shortened(&body)
                } else {
                    body
                };
                let _ = write!(text, "\n──── {path} {mode:o}\n{body}");
            }
        }
        tree::snapshot("init", profile, &text);
    }
}

#[test]
fn settings_are_what_the_client_and_the_brief_want() {
    for profile in PROFILES {
        let found = settings(&rendered(profile, &[]));
        assert_eq!(found["permissions"], json!({ "deny": ["Read(./.env)"] }));
        for (name, value) in found["env"].as_object().into_iter().flatten() {
            assert!(value.is_string(), "{name}");
            assert!(!name.ends_with("KEY") && !name.ends_with("TOKEN"), "{name}");
        }
        if profile == "solo" {
            let names: Vec<&String> = found.as_object().expect("an object").keys().collect();
            assert_eq!(names, ["$schema", "permissions"]);
            continue;
        }
        let reference = if profile == "enterprise" {
            "VAULT:claude-gateway-key"
        } else {
            "ENV:ANTHROPIC_API_KEY"
        };
        let mut aliases = json!({
            "default": "claude-sonnet-4-6",
            "fast": "claude-haiku-4-5",
            "reasoning": "claude-opus-4-7",
        });
        if profile == "multi-model" {
            aliases["structured"] = json!("gpt-5.5");
        }
        assert_eq!(
            found["routing"],
            json!({
                "apiBaseUrl": "https://gw.internal.net/v1",
                "apiKeyRef": reference,
                "modelAliases": aliases,
            })
        );
        let tags = json!({ "projectTag": "my-project-id", "costCenter": "engineering" });
        assert_eq!(found["telemetry"], tags);
        assert_eq!(found["model"], "claude-sonnet-4-6");
        let fallback = (profile == "enterprise").then(|| json!(["claude-haiku-4-5"]));
        assert_eq!(found.get("fallbackModel"), fallback.as_ref());
        for (name, value) in [
            ("ANTHROPIC_BASE_URL", "https://gw.internal.net"),
            ("ANTHROPIC_DEFAULT_SONNET_MODEL", "claude-sonnet-4-6"),
            ("ANTHROPIC_DEFAULT_HAIKU_MODEL", "claude-haiku-4-5"),
            ("ANTHROPIC_DEFAULT_OPUS_MODEL", "claude-opus-4-7"),
            ("ANTHROPIC_DEFAULT_FABLE_MODEL", "claude-opus-4-7"),
            ("API_TIMEOUT_MS", "30000"),
        ] {
            assert_eq!(found["env"][name], value, "{profile} {name}");
        }
        let helper = (profile == "enterprise").then(|| json!("./scripts/claude-api-key.sh"));
        assert_eq!(found.get("apiKeyHelper"), helper.as_ref());
    }
}

#[test]
fn settings_are_valid_under_the_published_schema() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/schemas/claude-code-settings.json");
    let Ok(schema) = fs::read(&path) else {
        return tree::skipped(&format!("no schema at {}", path.display()));
    };
    let schema: Value = serde_json::from_slice(&schema).expect("JSON");
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    for profile in PROFILES {
        for further in FURTHER {
            let found = settings(&rendered(profile, &["--set", further]));
            let problems: Vec<String> = schema.iter_errors(&found).map(|e| e.to_string()).collect();
            assert!(problems.is_empty(), "{profile} {further:?}: {problems:?}");
        }
    }
}

#[test]
fn every_declaration_renders_and_stands() {
    each_declaration(|profile, further| {
        let home = tree::temp();
        tree::git_init(home.path());
        init(home.path(), profile, &["--set", further]);
        let before = tree::tree(home.path());
        settings(&before);
        tree::tool(home.path(), &["apply"]).ends(0);
        tree::same("apply again", &before, &tree::tree(home.path()));
    });
}

fn kept_text(node: Option<&Node>) -> String {
    match node {
        Some(Node::File(_, bytes)) => String::from_utf8(bytes.clone()).expect("UTF-8"),
        _ => String::new(),
    }
}

#[test]
fn multi_model_is_a_feature_of_every_profile() {
    for profile in ["solo", "team", "enterprise"] {
        let alone = rendered(profile, &[]);
        let with = rendered(profile, &["--with", "multi-model"]);
        for path in [".aider.conf.yml", "scripts/ask-model.sh"] {
            assert!(
                with.contains_key(path) && !alone.contains_key(path),
                "{path}"
            );
        }
        let template = kept_text(with.get(".env.template"));
        assert!(template.contains("\nOPENAI_BASE_URL=https://gw.internal.net/v1\n"));
        assert!(template.contains("\nOPENAI_API_KEY="));
        assert_eq!(settings(&alone), settings(&with), "{profile}");
    }
    let feature = rendered(
        "team",
        &[
            "--with",
            "multi-model",
            "--set",
            "models.structured=gpt-5.5",
        ],
    );
    let profile = rendered("multi-model", &[]);
    for (path, node) in &profile {
        if !path.starts_with("claude-scaffold.") {
            assert_eq!(Some(node), feature.get(path), "{path}");
        }
    }
}

#[test]
fn nothing_rendered_looks_like_a_credential() {
    for profile in PROFILES {
        let further = [
            "--with",
            "multi-model",
            "--set",
            "headers.x-team-token=VAULT:team#token",
        ];
        for (path, node) in rendered(profile, &further) {
            for line in kept_text(Some(&node)).lines() {
                assert_eq!(mask(line), None, "a diff of {path} would be no patch");
            }
        }
    }
}

#[test]
fn the_template_names_every_variable_of_a_header_once() {
    let headers = [
        "credential.ref=ENV:TOK",
        "headers.x-a=ENV:TOK",
        "headers.x-b=ENV:OTHER",
        "headers.x-c=ENV:OTHER",
        "headers.x-d=ENV:OPENAI_API_KEY",
        "headers.it's=VAULT:x",
    ];
    let further: Vec<&str> = headers.iter().flat_map(|h| ["--set", h]).collect();
    let files = rendered("multi-model", &further);
    let template = kept_text(files.get(".env.template"));
    for name in ["TOK", "OTHER", "OPENAI_API_KEY"] {
        let line = format!("\n{name}=your-gateway-key-here\n");
        assert_eq!(template.matches(&line).count(), 1, "{name}: {template}");
    }
    assert!(template.contains("\n# Value of the request header x-b, x-c.\nOTHER="));
    let script = kept_text(files.get("scripts/run-claude.sh"));
    assert!(
        script.contains("'HEADER_IT_S'"),
        "a name that a variable can have"
    );
}

#[test]
fn the_terminal_and_the_agent_block_hold_no_key() {
    for profile in ["team", "enterprise", "multi-model"] {
        let files = rendered(profile, &[]);
        let found = kept::value(&kept_text(files.get(".vscode/settings.json")));
        let token = found["aiCoding.agentConfig"]["authToken"]
            .as_str()
            .expect("text");
        assert!(
            token.starts_with("${env:") && token.ends_with('}'),
            "{token}"
        );
        let base = &found["aiCoding.agentConfig"]["baseUrl"];
        assert_eq!(base, "https://gw.internal.net/v1");
        for system in ["linux", "osx", "windows"] {
            let terminal = &found[format!("terminal.integrated.env.{system}")];
            assert_eq!(terminal["ANTHROPIC_BASE_URL"], "https://gw.internal.net");
            let names = terminal.as_object().expect("an object").keys();
            assert!(
                names
                    .into_iter()
                    .all(|n| !n.contains("KEY") && !n.contains("TOKEN"))
            );
        }
    }
}

/// Checks every profile with each of the further declarations.
pub fn each_declaration(check: impl Fn(&str, &str) + Sync) {
    let cases: Vec<_> = PROFILES
        .iter()
        .flat_map(|p| FURTHER.map(|f| (*p, f)))
        .collect();
    let name = |(profile, further): &(&str, &str)| format!("{profile} {further}");
    tree::each(&cases, name, |(profile, further)| check(profile, further));
}

pub fn init(root: &Path, profile: &str, further: &[&str]) -> Run {
    let arguments = [&["init", "--profile", profile, "--set", URL], further].concat();
    tree::tool(root, &arguments).ends(0)
}

pub fn rendered(profile: &str, further: &[&str]) -> Tree {
    let home = tree::temp();
    tree::git_init(home.path());
    init(home.path(), profile, further);
    tree::tree(home.path())
}

/// Read as the client does: strictly.
fn settings(files: &Tree) -> Value {
    let text = kept_text(files.get(SETTINGS));
    serde_json::from_str(&text).expect("strict JSON")
}

/// The lockfile without the texts of whole files, which the snapshot shows anyway.
fn shortened(lockfile: &str) -> String {
    let mut out = String::new();
    let mut quotes = None;
    for line in lockfile.lines() {
        if let Some(end) = quotes {
            quotes = (!line.ends_with(end)).then_some(end);
            continue;
        }
        quotes = ["\"\"\"", "'''"]
            .into_iter()
            .find(|quotes| line == format!("text = {quotes}"));
        let hash = line
            .rsplit_once(" = \"")
            .filter(|(_, end)| end.len() == 13 && end.ends_with('"'));
        match hash {
            _ if quotes.is_some() => out.push_str("text = [as in the file]"),
            Some((feature, _)) if !feature.contains('"') => {
                out.push_str(feature);
                out.push_str(" = [HASH]");
            }
            _ => out.push_str(line),
        }
        out.push('\n');
    }
    out
}
