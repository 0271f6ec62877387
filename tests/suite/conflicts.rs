//! Conflicts: the user's value stays, and every way out that is printed leads out.
#![expect(clippy::disallowed_methods, reason = "a test looks at the disk")]

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::tree;

const URL: &str = "gateway.url=https://gw.internal.net/v1";
const SETTINGS: &str = ".claude/settings.json";
const EDITOR: &str = ".vscode/settings.json";

/// A file of the user's, what is in conflict with it, and how many commands the message offers.
const CASES: [(&str, &str, &str, usize); 11] = [
    (SETTINGS, r#"{ "model": "mine" }"#, "model", 2),
    (
        SETTINGS,
        r#"{ "env": { "API_TIMEOUT_MS": "5" } }"#,
        "env.API_TIMEOUT_MS",
        2,
    ),
    (
        SETTINGS,
        r#"{ "apiKeyHelper": "./mine.sh" }"#,
        "apiKeyHelper",
        3,
    ),
    (
        SETTINGS,
        r#"{ "env": { "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "0" } }"#,
        "env.CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
        3,
    ),
    (
        SETTINGS,
        r#"{ "routing": { "apiBaseUrl": "mine" } }"#,
        "routing.apiBaseUrl",
        3,
    ),
    (SETTINGS, r#"{ "telemetry": "mine" }"#, "telemetry", 3),
    (
        EDITOR,
        r#"{ "terminal.integrated.env.linux": { "ANTHROPIC_BASE_URL": "mine" } }"#,
        r#""terminal.integrated.env.linux".ANTHROPIC_BASE_URL"#,
        3,
    ),
    (
        EDITOR,
        r#"{ "aiCoding.agentConfig": { "model": "mine" } }"#,
        r#""aiCoding.agentConfig".model"#,
        3,
    ),
    ("scripts/run-claude.sh", "mine\n", "", 1),
    ("scripts/claude-api-key.sh", "mine\n", "", 3),
    ("docs/claude-gateway.md", "mine\n", "", 3),
];

#[test]
fn every_way_out_leads_out() {
    tree::each(
        &CASES,
        |(path, text, ..)| format!("{path} {text}"),
        |(path, text, key, offered)| {
            let (_home, root) = in_conflict(path, text);
            let left = conflicts(&root);
            assert!(left.contains(&format!("{path} {key}")), "{left:?}");
            let talk = tree::tool(&root, &["apply"]).ends(1).err;
            let commands = commands(&talk, path, key);
            assert_eq!(commands.len(), *offered, "{talk}");
            for command in commands {
                let (_home, root) = in_conflict(path, text);
                let arguments: Vec<&str> = command.split(' ').collect();
                let arguments: Vec<&str> = arguments.iter().map(|a| a.trim_matches('\'')).collect();
                let run = tree::tool(&root, &arguments);
                assert!(run.code < 2, "{command}: {}", run.err);
                let left = conflicts(&root);
                let still = left.contains(&format!("{path} {key}"));
                assert!(!still, "`{command}` leaves {left:?}");
                let kept = fs::read_to_string(root.join(path)).expect("text");
                let taken = command.starts_with("resolve --take");
                assert!(
                    taken || kept.contains("mine") || kept.contains('5') || kept.contains("\"0\"")
                );
            }
            fs::remove_file(root.join(path)).expect("removed");
            tree::tool(&root, &["apply"]).ends(0);
        },
    );
}

fn in_conflict(path: &str, text: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let home = tree::temp();
    let root = home.path().join("app");
    tree::put(&root.join(path), text.as_bytes(), 0o644);
    tree::git_init(&root);
    tree::tool(&root, &["init", "--profile", "enterprise", "--set", URL]).ends(1);
    (home, root)
}

fn conflicts(root: &Path) -> Vec<String> {
    let plan = tree::tool(root, &["plan", "--format", "json"]);
    let plan: Value = serde_json::from_str(&plan.out).expect("JSON");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let of = |change: &Value| -> Vec<String> {
        let path = text(&change["path"]);
        let list = change["conflicts"].as_array().expect("a list").iter();
        list.map(|conflict| format!("{path} {}", text(&conflict["key"])))
            .collect()
    };
    let changes = plan["changes"].as_array().expect("a list");
    changes.iter().flat_map(of).collect()
}

/// The commands that the message about one conflict offers, other than `apply`.
fn commands(talk: &str, path: &str, key: &str) -> Vec<String> {
    let messages = talk.split("error: conflict: ").skip(1);
    let about = |message: &&str| {
        message.contains(&format!("--> {path}")) && message.contains(&format!("`{key}"))
    };
    let help = messages.filter(about);
    help.flat_map(|message| message.split('`'))
        .filter_map(|part| part.strip_prefix("claude-scaffold "))
        .filter(|command| !command.starts_with("apply"))
        .map(str::to_owned)
        .collect()
}
