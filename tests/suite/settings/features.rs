//! Each feature of each profile, switched off: exactly what it gave goes.

use std::collections::{BTreeMap, BTreeSet};

use claude_scaffold::catalog::Catalog;
use serde_json::Value;

use super::{PROFILES, init, kept_text, rendered};
use crate::corpus::kept;
use crate::tree::{self, Node, Tree};

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
            ".claude/settings.json#env/CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
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
        &[
            ".vscode/settings.json#terminal.integrated.env.",
            "scripts/run-claude.",
        ],
    ),
    (
        "agent-config",
        &[".vscode/settings.json#aiCoding.agentConfig"],
    ),
    ("run-script", &["scripts/run-claude.", ".gitattributes"]),
    (
        "api-key-helper",
        &[
            "scripts/claude-api-key.",
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
    (
        "ask-model",
        &[
            "scripts/ask-model.sh",
            ".gitattributes",
            "scripts/run-claude.",
        ],
    ),
];

#[test]
fn a_feature_switched_off_takes_out_exactly_what_it_gave() {
    let mut cases = Vec::new();
    for profile in PROFILES {
        let listed = Catalog::embedded()
            .profile(profile)
            .expect("a profile")
            .features;
        for feature in listed {
            let group = Catalog::embedded()
                .feature(&feature)
                .expect("a feature")
                .includes;
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
        let group = Catalog::embedded()
            .feature(feature)
            .expect("a feature")
            .includes;
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
            // A page, a template, a job and a manifest tell of every feature.
            let tells = ["docs/", "claude-scaffold.", ".env.template", ".github/"];
            let told = tells.iter().any(|start| leaf.starts_with(start));
            let its_own = gives.iter().any(|prefix| leaf.starts_with(prefix));
            assert!(told || its_own, "{leaf} is not {feature}'s");
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
        assert_eq!(
            kept_text(a.as_ref()).replace("features = []", ""),
            kept_text(b.as_ref())
        );
    }
    tree::same(
        "switched off later (after), never there (before)",
        &never,
        &later,
    );
}

/// Every file as `path`, every key of a JSON file as `path#key/key`, with its value.
fn leaves(files: &Tree) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for (path, node) in files {
        let Node::File(mode, _) = node else { continue };
        let text = kept_text(Some(node));
        if tree::is_named(path, "json") {
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
