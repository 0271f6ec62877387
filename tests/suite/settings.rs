//! What each profile renders, what each feature adds to it, and that the client can read it.
#![expect(clippy::disallowed_methods, reason = "a test looks at the disk")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use claude_scaffold::catalog;
use serde_json::{Value, json};

use super::corpus::kept;
use super::tree::{self, Node, Run, Tree};

const PROFILES: [&str; 4] = ["solo", "team", "enterprise", "multi-model"];
const URL: &str = "gateway.url=https://gw.internal.net/v1";
const SETTINGS: &str = ".claude/settings.json";

/// What a feature gives: keys of `file#key.key`, whole files, or variables of an env file.
const GIVES: [(&str, &[&str]); 17] = [
    ("env-template", &[".env.template"]),
    ("ignore", &[".gitignore"]),
    ("attributes", &[".gitattributes"]),
    (
        "settings",
        &[
            ".claude/settings.json#$schema",
            ".claude/settings.json#permissions",
        ],
    ),
    ("routing-block", &[".claude/settings.json#routing"]),
    ("telemetry-block", &[".claude/settings.json#telemetry"]),
    (
        "gateway-env",
        &[
            ".claude/settings.json#model",
            ".claude/settings.json#fallbackModel",
            ".claude/settings.json#env/ANTHROPIC_",
            ".claude/settings.json#env/API_TIMEOUT_MS",
            ".claude/settings.json#env/OTEL_RESOURCE_ATTRIBUTES",
        ],
    ),
    (
        "private-traffic",
        &[
            ".claude/settings.json#env/CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
            ".vscode/settings.json#terminal.integrated.env.linux/CLAUDE_CODE_DISABLE",
            ".vscode/settings.json#terminal.integrated.env.osx/CLAUDE_CODE_DISABLE",
            ".vscode/settings.json#terminal.integrated.env.windows/CLAUDE_CODE_DISABLE",
            "scripts/run-claude.",
        ],
    ),
    (
        "vscode",
        &[".vscode/settings.json#terminal.integrated.env."],
    ),
    (
        "agent-config",
        &[".vscode/settings.json#aiCoding.agentConfig"],
    ),
    ("run-script", &["scripts/run-claude.", ".gitattributes"]),
    (
        "api-key-helper",
        &[
            "scripts/claude-api-key.sh",
            ".claude/settings.json#apiKeyHelper",
            ".claude/settings.json#env/CLAUDE_CODE_API_KEY_HELPER_TTL_MS",
            ".gitattributes",
            "scripts/run-claude.",
        ],
    ),
    ("ci-github", &[".github/workflows/claude-code.yml"]),
    ("docs", &["docs/claude-gateway.md"]),
    ("openai-env", &[".env.template"]),
    ("aider", &[".aider.conf.yml"]),
    ("ask-model", &["scripts/ask-model.sh", ".gitattributes"]),
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
                let body = if path.ends_with(".lock") {
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
    let further = [
        ["--set", "launcher.env_file=.env.claude"],
        ["--set", "visibility=public"],
        ["--set", "gateway.kind=openrouter"],
        ["--set", "models.fallback=a,b"],
        ["--set", "headers.x-team=blue"],
    ];
    for profile in PROFILES {
        for further in further {
            let found = settings(&rendered(profile, &further));
            let problems: Vec<String> = schema.iter_errors(&found).map(|e| e.to_string()).collect();
            assert!(problems.is_empty(), "{profile} {further:?}: {problems:?}");
        }
    }
}

#[test]
fn a_feature_switched_off_takes_out_exactly_what_it_gave() {
    let mut cases = Vec::new();
    for profile in PROFILES {
        let listed = catalog::profile(profile).expect("a profile").features;
        for feature in listed {
            let group = catalog::feature(&feature).expect("a feature").includes;
            cases.extend(
                group
                    .into_iter()
                    .chain([feature])
                    .map(|feature| (profile, feature)),
            );
        }
    }
    let whole: BTreeMap<&str, Tree> = PROFILES.map(|p| (p, rendered(p, &[]))).into();
    let name = |(profile, feature): &(&str, String)| format!("{profile} -{feature}");
    tree::each(&cases, name, |(profile, feature)| {
        let never = rendered(profile, &["--without", feature]);
        let gone: BTreeSet<String> = leaves(&whole[profile])
            .difference(&leaves(&never))
            .map(|(leaf, _)| leaf.clone())
            .collect();
        let left: BTreeSet<String> = leaves(&never)
            .difference(&leaves(&whole[profile]))
            .map(|(leaf, _)| leaf.clone())
            .collect();
        let group = catalog::feature(feature).expect("a feature").includes;
        let group: Vec<&str> = group
            .iter()
            .map(String::as_str)
            .chain([feature.as_str()])
            .collect();
        let gives: Vec<&str> = GIVES
            .iter()
            .filter(|(name, _)| group.contains(name))
            .flat_map(|(_, gives)| gives.iter().copied())
            .collect();
        for leaf in gone.iter().chain(&left) {
            let told = leaf.starts_with("docs/") || leaf.starts_with("claude-scaffold.");
            let given = gives.iter().any(|prefix| leaf.starts_with(prefix));
            assert!(told || given, "{leaf} is not {feature}'s");
        }
        for prefix in &gives {
            let had = leaves(&whole[profile])
                .iter()
                .any(|(leaf, _)| leaf.starts_with(prefix));
            let touched = gone.iter().any(|leaf| leaf.starts_with(prefix));
            assert!(!had || touched, "{prefix} is still there");
        }
        switched_off_later(profile, feature, &never);
    });
}

/// `set` in a repository that had the feature gives the bytes of one that never did.
fn switched_off_later(profile: &str, feature: &str, never: &Tree) {
    let home = tree::temp();
    tree::git_init(home.path());
    init(home.path(), profile, &[]);
    tree::tool(home.path(), &["set", &format!("features=-{feature}")]).ends(0);
    let mut later = tree::tree(home.path());
    let mut never = never.clone();
    for own in ["claude-scaffold.toml", "claude-scaffold.lock"] {
        let (a, b) = (later.remove(own), never.remove(own));
        assert_eq!(kept_text(&a).replace("features = []", ""), kept_text(&b));
    }
    tree::same(
        "switched off later (after), never there (before)",
        &never,
        &later,
    );
}

fn kept_text(node: &Option<Node>) -> String {
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
        let template = kept_text(&with.get(".env.template").cloned());
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
fn the_terminal_and_the_agent_block_hold_no_key() {
    for profile in ["team", "enterprise", "multi-model"] {
        let files = rendered(profile, &[]);
        let found = kept::value(&kept_text(&files.get(".vscode/settings.json").cloned()));
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

fn init(root: &Path, profile: &str, further: &[&str]) -> Run {
    let arguments = [&["init", "--profile", profile, "--set", URL], further].concat();
    tree::tool(root, &arguments).ends(0)
}

fn rendered(profile: &str, further: &[&str]) -> Tree {
    let home = tree::temp();
    tree::git_init(home.path());
    init(home.path(), profile, further);
    tree::tree(home.path())
}

/// Read as the client does: strictly.
fn settings(files: &Tree) -> Value {
    let text = kept_text(&files.get(SETTINGS).cloned());
    serde_json::from_str(&text).expect("strict JSON")
}

/// Every file as `path`, every key of a JSON file as `path#key/key`, with its value.
fn leaves(files: &Tree) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for (path, node) in files {
        let Node::File(mode, _) = node else { continue };
        let text = kept_text(&Some(node.clone()));
        if path.ends_with(".json") {
            flatten(&format!("{path}#"), &kept::value(&text), &mut found);
        } else {
            found.insert((path.clone(), format!("{mode:o} {text}")));
        }
    }
    found
}

fn flatten(prefix: &str, value: &Value, found: &mut BTreeSet<(String, String)>) {
    match value {
        Value::Object(items) if !items.is_empty() => {
            for (name, value) in items {
                let slash = if prefix.ends_with('#') { "" } else { "/" };
                flatten(&format!("{prefix}{slash}{name}"), value, found);
            }
        }
        _ => {
            found.insert((prefix.to_owned(), value.to_string()));
        }
    }
}

/// The lockfile without the texts of whole files, which the snapshot shows anyway.
fn shortened(lockfile: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for line in lockfile.lines() {
        if inside {
            inside = !line.ends_with("\"\"\"");
            continue;
        }
        inside = line == "text = \"\"\"";
        out.push_str(if inside {
            "text = [as in the file]"
        } else {
            line
        });
        out.push('\n');
    }
    out
}
