//! Hand-made files come under management: no byte of them changes, and `apply` only adds.
#![expect(clippy::disallowed_methods, reason = "a test looks at the disk")]

mod keys;
mod real;

use std::path::Path;

use serde_json::Value;

use super::tree::{self, Tree};

const OWN: [&str; 2] = ["claude-scaffold.toml", "claude-scaffold.lock"];
const SETTINGS: &str = ".claude/settings.json";
const HAND_WRITTEN: &str = r#"{
  "model": "claude-sonnet-4-6",
  "permissions": {
    "allow": ["Bash(npm test)"],
    "deny": ["Read(./.env)", "Read(./secrets/**)"]
  },
  "hooks": { "Stop": [{ "hooks": [{ "type": "command", "command": "npm run lint" }] }] },
  "env": {
    "ANTHROPIC_BASE_URL": "https://gw.internal.net",
    "ANTHROPIC_DEFAULT_HAIKU_MODEL": "small-1",
    "ANTHROPIC_DEFAULT_OPUS_MODEL": "large-1",
    "API_TIMEOUT_MS": "45000",
    "ANTHROPIC_CUSTOM_HEADERS": "x-project-tag: shop\nx-team: blue"
  }
}
"#;

/// What a run of `adopt` left behind.
struct Adopted {
    home: tempfile::TempDir,
    report: Value,
    talk: String,
}

impl Adopted {
    fn manifest(&self) -> Value {
        let node = tree::tree(self.home.path()).remove(OWN[0]);
        let Some(tree::Node::File(_, bytes)) = node else {
            panic!("no manifest");
        };
        toml::from_str(&String::from_utf8(bytes).expect("UTF-8")).expect("TOML")
    }

    fn notes(&self) -> String {
        self.report["adopted"]["notes"].to_string()
    }
}

fn repository(files: &[(&str, &str)]) -> tempfile::TempDir {
    let home = tree::temp();
    tree::git_init(home.path());
    for (path, text) in files {
        tree::put(&home.path().join(path), text.as_bytes(), 0o644);
    }
    home
}

fn adopt(files: &[(&str, &str)], further: &[&str]) -> Adopted {
    let home = repository(files);
    let run = tree::tool(
        home.path(),
        &[&["adopt", "--format", "json"], further].concat(),
    )
    .ends(0);
    let report: Value = serde_json::from_str(&run.out).expect("JSON");
    tree::tool(home.path(), &["undo", "-q"]).ends(0);
    let again = proven(home.path(), further).expect("it was adopted");
    assert_eq!(again, report["adopted"]["next"]);
    Adopted {
        home,
        report,
        talk: run.err,
    }
}

/// Adopts, and proves what `adopt` promises; returns what it said comes next, or none where there
/// was nothing to adopt.
fn proven(root: &Path, further: &[&str]) -> Option<Value> {
    let adopt = [&["adopt", "--format", "json"], further].concat();
    let before = tree::tree(root);
    let dry = tree::tool(root, &[&adopt[..], &["-n"]].concat());
    tree::same("a dry run writes nothing", &before, &tree::tree(root));
    let run = tree::tool(root, &adopt);
    assert_eq!(dry.code, run.code);
    if run.code == 2 {
        tree::same("refused", &before, &tree::tree(root));
        assert!(run.err.contains("nothing here to adopt"), "{}", run.err);
        return None;
    }
    let report: Value = serde_json::from_str(&run.ends(0).out).expect("JSON");
    tree::same("adopt", &before, &without_own(root));

    let plan = tree::tool(root, &["plan", "--format", "json"]).ends(0);
    let plan: Value = serde_json::from_str(&plan.out).expect("JSON");
    let next = report["adopted"]["next"].clone();
    assert_eq!(writes(&plan), writes(&next));
    assert_eq!(plan["summary"], next["summary"]);
    assert_eq!(plan["summary"]["conflict"], 0);
    assert_eq!(plan["summary"]["delete"], 0);

    tree::tool(root, &["apply"]).ends(0);
    let applied = tree::tree(root);
    for (path, node) in &before {
        match (node, applied.get(path)) {
            (tree::Node::File(mode, old), Some(tree::Node::File(new_mode, new))) => {
                assert_eq!(mode, new_mode, "mode of {path}");
                super::corpus::kept::check(path, old, new);
            }
            (old, new) => assert_eq!(Some(old), new, "{path}"),
        }
    }
    let stamps = tree::stamps(root);
    tree::tool(root, &["apply"]).ends(0);
    assert_eq!(stamps, tree::stamps(root), "apply again writes");
    tree::tool(root, &["undo", "-q"]).ends(0);
    tree::same("undo", &before, &without_own(root));
    Some(next)
}

fn without_own(root: &Path) -> Tree {
    let mut found = tree::tree(root);
    found.retain(|path, _| !OWN.contains(&path.as_str()));
    found
}

/// The managed files that a report says are written.
fn writes(report: &Value) -> Vec<(String, String)> {
    let changes = report["changes"].as_array().expect("changes").iter();
    let text = |change: &Value, name: &str| change[name].as_str().expect("a text").to_owned();
    let written = changes
        .filter(|change| change["action"] != "keep" && !OWN.contains(&&*text(change, "path")));
    written
        .map(|change| (text(change, "path"), text(change, "action")))
        .collect()
}

#[test]
fn hand_written_settings_declare_themselves() {
    let adopted = adopt(&[(SETTINGS, HAND_WRITTEN)], &[]);
    let manifest = adopted.manifest();
    for (pointer, value) in [
        ("/profile", "team"),
        ("/gateway/url", "https://gw.internal.net"),
        ("/models/default", "claude-sonnet-4-6"),
        ("/models/fast", "small-1"),
        ("/models/reasoning", "large-1"),
        ("/telemetry/project_tag", "shop"),
        ("/headers/x-team", "blue"),
    ] {
        assert_eq!(
            manifest.pointer(pointer),
            Some(&Value::from(value)),
            "{pointer}"
        );
    }
    assert_eq!(manifest["gateway"]["timeout_ms"], 45000);
    assert_eq!(manifest["telemetry"].get("cost_center"), None);
    let file = &adopted.report["adopted"]["files"][0];
    assert_eq!(file["differs"], Value::Array(Vec::new()));
    assert_eq!(file["matches"], 7);
    assert_eq!(adopted.report["adopted"]["found"][0]["line"], 9);
}

#[test]
fn a_literal_key_is_named_and_never_copied() {
    let key = ["sk-", "ant-", &"a1B2c3D4".repeat(4)].concat();
    let settings = format!(
        "{{\n  \"env\": {{\n    \"ANTHROPIC_BASE_URL\": \"https://gw.internal.net\",\n    \
         \"ANTHROPIC_AUTH_TOKEN\": \"{key}\",\n    \"OTHER_API_KEY\": \"plain\",\n    \
         \"ANTHROPIC_CUSTOM_HEADERS\": \"x-team-token: {key}\"\n  }}\n}}\n"
    );
    let adopted = adopt(&[(SETTINGS, &settings)], &[]);
    assert_eq!(
        adopted.manifest()["credential"]["ref"],
        "ENV:ANTHROPIC_AUTH_TOKEN"
    );
    let said = adopted.report["diagnostics"]
        .as_array()
        .expect("diagnostics");
    let said = said
        .iter()
        .map(|problem| format!("{} {}", problem["code"], problem["line"]));
    let said: Vec<String> = said.collect();
    assert_eq!(said, ["\"CS003\" 4", "\"CS003\" 6", "\"CS003\" 5"]);
    let own = tree::tree(adopted.home.path());
    let own = OWN.map(|path| format!("{:?}", own[path])).concat();
    for text in [&own, &adopted.report.to_string(), &adopted.talk] {
        assert!(
            !text.contains(&key) && !text.contains("\"plain\""),
            "{text}"
        );
    }
    assert!(
        adopted.talk.is_empty() || adopted.talk.contains("ENV:"),
        "{}",
        adopted.talk
    );
}

#[test]
fn other_files_declare_as_well() {
    for (files, key, value) in [
        (
            &[(".env", "ANTHROPIC_BASE_URL=https://gw.internal.net/v1\n")][..],
            "/gateway/url",
            "https://gw.internal.net/v1",
        ),
        (
            &[(".env", "ANTHROPIC_BASE_URL=https://gw.internal.net/v1\n")],
            "/profile",
            "solo",
        ),
        (
            &[(".env.claude", "ANTHROPIC_AUTH_TOKEN=x\n")],
            "/launcher/env_file",
            ".env.claude",
        ),
        (
            &[(".env.claude", "ANTHROPIC_AUTH_TOKEN=x\n")],
            "/credential/ref",
            "ENV:ANTHROPIC_AUTH_TOKEN",
        ),
        (
            &[(
                ".env.example",
                "OPENAI_BASE_URL=https://gw.internal.net/v1\n",
            )],
            "/gateway/url",
            "https://gw.internal.net/v1",
        ),
        (
            &[(
                ".env.example",
                "OPENAI_BASE_URL=https://gw.internal.net/v1\n",
            )],
            "/launcher/env_template",
            ".env.example",
        ),
        (
            &[(
                ".env",
                "OPENAI_BASE_URL=https://o.internal.net\nANTHROPIC_BASE_URL=https://gw.internal.net\n",
            )],
            "/gateway/openai_url",
            "https://o.internal.net",
        ),
        (
            &[(
                ".vscode/settings.json",
                "{ // us\n \"aiCoding.agentConfig\": { \"baseUrl\": \"https://gw.internal.net/v1\", },\n}\n",
            )],
            "/gateway/url",
            "https://gw.internal.net/v1",
        ),
        (
            &[(
                "bin/claude.sh",
                "export ANTHROPIC_BASE_URL=https://openrouter.ai/api\nexport ANTHROPIC_API_KEY=\"$ROUTER_KEY\"\n",
            )],
            "/gateway/kind",
            "openrouter",
        ),
        (
            &[(
                "bin/claude.sh",
                "export ANTHROPIC_API_KEY=\"$ROUTER_KEY\"\n",
            )],
            "/credential/header",
            "x-api-key",
        ),
        (
            &[(SETTINGS, "{ \"apiKeyHelper\": \"./bin/key.sh\" }")],
            "/credential/ref",
            "CMD:./bin/key.sh",
        ),
        (
            &[(
                SETTINGS,
                "{ \"routing\": { \"apiKeyRef\": \"VAULT:gw#key\" } }",
            )],
            "/credential/ref",
            "VAULT:gw#key",
        ),
    ] {
        let adopted = adopt(files, &[]);
        assert_eq!(
            adopted.manifest().pointer(key),
            Some(&Value::from(value)),
            "{files:?}"
        );
    }
}

#[test]
fn what_the_client_obeys_wins_and_the_other_is_named() {
    let settings = "{ \"env\": { \"ANTHROPIC_BASE_URL\": \"https://a.internal.net\" } }\n";
    let files = [
        (SETTINGS, settings),
        (
            ".env",
            "ANTHROPIC_BASE_URL=https://b.internal.net\nAPI_TIMEOUT_MS=soon\n",
        ),
        (
            ".vscode/settings.json",
            "{ \"aiCoding.agentConfig\": { \"baseUrl\": \"http://c.internal.net\" } }",
        ),
    ];
    let adopted = adopt(&files, &[]);
    assert_eq!(
        adopted.manifest()["gateway"]["url"],
        "https://a.internal.net"
    );
    let notes = adopted.notes();
    for said in [
        "`ANTHROPIC_BASE_URL` in `.env:1` says `https://b.internal.net`, but `env.ANTHROPIC_BASE_URL`",
        "`API_TIMEOUT_MS` in `.env:2` was left out: `gateway.timeout_ms` must be a whole number",
        "says `http://c.internal.net`, but",
    ] {
        assert!(notes.contains(said), "{notes}");
    }
    let adopted = adopt(
        &files[..2],
        &["--set", "gateway.url=https://mine.internal.net"],
    );
    assert_eq!(
        adopted.manifest()["gateway"]["url"],
        "https://mine.internal.net"
    );
}

#[test]
fn files_that_are_the_users_as_a_whole_are_gone_round() {
    let files = [
        (
            SETTINGS,
            "{ \"env\": { \"ANTHROPIC_BASE_URL\": \"https://gw.internal.net\" } }\n",
        ),
        ("scripts/run-claude.sh", "exec claude\n"),
        ("scripts/run-claude-gateway.ps1", "claude\n"),
        ("scripts/ask-model.sh", "curl\n"),
        ("docs/claude-gateway.md", "# Ours\n"),
        (".github/workflows/claude-code.yml", "on: push\n"),
    ];
    for profile in ["team", "enterprise", "multi-model"] {
        let adopted = adopt(&files, &["--profile", profile]);
        let manifest = adopted.manifest();
        assert_eq!(
            manifest["launcher"]["path"],
            "scripts/run-claude-gateway-2.sh"
        );
        let features = manifest["features"].to_string();
        assert!(features.contains("\"-docs\""), "{features}");
        assert_eq!(
            features.contains("\"-ci-github\""),
            profile == "enterprise",
            "{features}"
        );
        assert_eq!(
            features.contains("\"-ask-model\""),
            profile == "multi-model",
            "{features}"
        );
        assert!(
            adopted
                .notes()
                .contains("`docs/claude-gateway.md` is your own"),
            "{}",
            adopted.notes()
        );
    }
}

#[test]
fn a_key_under_which_ours_would_stand_is_gone_round() {
    let settings = "{ \"routing\": \"by hand\", \"telemetry\": true, \"model\": \"m-1\" }\n";
    let adopted = adopt(
        &[(SETTINGS, settings)],
        &["--profile", "team", "--set", "telemetry.project_tag=a"],
    );
    let manifest = adopted.manifest();
    assert_eq!(
        manifest["features"],
        serde_json::json!(["-routing-block", "-telemetry-block"])
    );
    assert!(
        adopted
            .notes()
            .contains("`routing` in `.claude/settings.json` holds something else")
    );
}

#[test]
fn what_the_user_sets_counts_and_is_gone_round_as_well() {
    let files = [
        (SETTINGS, HAND_WRITTEN),
        ("docs/claude-gateway.md", "# Ours\n"),
        ("run.sh", "x\n"),
    ];
    let set = [
        "--profile",
        "team",
        "--set",
        "features=docs,-vscode",
        "--set",
        "launcher.path=run.sh",
    ];
    let adopted = adopt(&files, &set);
    let manifest = adopted.manifest();
    assert_eq!(
        manifest["features"],
        serde_json::json!(["-vscode", "-docs"])
    );
    assert_eq!(manifest["launcher"]["path"], "run-gateway.sh");
    assert!(
        adopted.notes().contains("`run.sh` is your own"),
        "{}",
        adopted.notes()
    );
}

#[test]
fn a_repository_that_may_be_public_keeps_its_url_out_of_the_manifest() {
    let files = [
        ("LICENSE", "MIT\n"),
        (".env", "ANTHROPIC_BASE_URL=https://gw.internal.net\n"),
    ];
    let home = repository(&files);
    let origin = "https://github.com/acme/shop.git";
    tree::git(home.path(), &["remote", "add", "origin", origin]).ends(0);
    proven(home.path(), &[]).expect("it was adopted");
    let run = tree::tool(home.path(), &["plan", "--format", "json"]).ends(0);
    assert!(
        run.out.contains("CS107") && !run.out.contains("gw.internal"),
        "{}",
        run.out
    );
}

#[test]
fn another_scaffolds_files_are_adopted_like_any_other() {
    let files = [
        (".copier-answers.yml", "_src_path: gh:acme/template\n"),
        (SETTINGS, HAND_WRITTEN),
        (
            ".env.example",
            "# key\nANTHROPIC_BASE_URL=https://gw.internal.net\nANTHROPIC_API_KEY=your-key-here\n",
        ),
        (
            "scripts/run-claude.sh",
            "#!/bin/sh\nset -a; . ./.env; exec claude \"$@\"\n",
        ),
    ];
    let adopted = adopt(&files, &[]);
    assert!(
        adopted
            .notes()
            .contains("`.copier-answers.yml` is another scaffold's")
    );
    assert_eq!(
        adopted.manifest()["launcher"]["env_template"],
        ".env.example"
    );
}

#[test]
fn a_scaffolded_repository_is_adopted_whole() {
    for profile in super::corpus::PROFILES {
        let home = repository(&[]);
        let url = "gateway.url=https://gw.internal.net/v1";
        tree::tool(home.path(), &["init", "--profile", profile, "--set", url]).ends(0);
        let node = tree::tree(home.path());
        for name in OWN {
            std::fs::remove_file(home.path().join(name)).expect("it was there");
        }
        let run = tree::tool(home.path(), &["adopt", "--format", "json"]).ends(0);
        let report: Value = serde_json::from_str(&run.out).expect("JSON");
        let written = writes(&report["adopted"]["next"]);
        assert!(
            report["adopted"]["profile"] == profile,
            "{profile}: {}",
            report["adopted"]["scores"]
        );
        assert_eq!(written, [], "{profile}");
        let after = tree::tree(home.path());
        let (mut node, mut after) = (node, after);
        for name in OWN {
            node.remove(name);
            after.remove(name);
        }
        tree::same(profile, &node, &after);
    }
}

#[test]
fn what_cannot_be_adopted_is_said_and_nothing_is_written() {
    for (files, code) in [
        (
            &[("README.md", "# App\n"), (".gitignore", ".env\n")][..],
            "there is nothing here to adopt",
        ),
        (
            &[(SETTINGS, "{ \"model\": \"m\", // ours\n}\n")],
            "is not valid JSON",
        ),
        (&[(SETTINGS, "{ \"env\": {}, \"env\": {} }\n")], "twice"),
        (
            &[(OWN[0], "version = 1\n")],
            "`claude-scaffold.toml` is there already",
        ),
        (
            &[(OWN[1], "version = 2\n")],
            "`claude-scaffold.lock` is there already",
        ),
    ] {
        let home = repository(files);
        let before = tree::whole(home.path());
        let run = tree::tool(home.path(), &["adopt"]).ends(2);
        assert!(
            run.err.contains(code) && run.err.contains("\nhelp: "),
            "{}",
            run.err
        );
        tree::same(code, &before, &tree::whole(home.path()));
    }
    let home = repository(&[(SETTINGS, HAND_WRITTEN)]);
    let run = tree::tool(home.path(), &["adopt", "--profile", "taem"]).ends(2);
    assert!(run.err.contains("did you mean `team`?"), "{}", run.err);
}

#[test]
fn what_is_said_fits_a_screen() {
    let scripted = [
        (
            SETTINGS,
            "{\n  \"model\": \"opus\",\n  \"env\": { \"ANTHROPIC_BASE_URL\": \"https://openrouter.ai/api/v1\" }\n}\n",
        ),
        (
            ".env.example",
            "ANTHROPIC_BASE_URL=https://other.internal.net/v1\nANTHROPIC_AUTH_TOKEN=\n",
        ),
        ("scripts/run-claude.sh", "exec claude\n"),
    ];
    for (case, files) in [
        ("hand-written", &[(SETTINGS, HAND_WRITTEN)][..]),
        ("differs", &scripted),
        (
            "env-file",
            &[(
                ".env",
                "ANTHROPIC_BASE_URL=https://gw.internal.net/v1\nANTHROPIC_API_KEY=x\n",
            )],
        ),
    ] {
        let home = repository(files);
        let run = tree::tool(home.path(), &["adopt"]).ends(0);
        let manifest = std::fs::read_to_string(home.path().join(OWN[0])).expect("a manifest");
        let lockfile = std::fs::read_to_string(home.path().join(OWN[1])).expect("a lockfile");
        let hashes = lockfile.find("[feature]").expect("features");
        let files = lockfile.find("[file").map_or("", |at| &lockfile[at..]);
        let text = format!(
            "{}{}\n──── {}\n{manifest}\n──── {}\n{}{files}",
            run.out,
            run.err,
            OWN[0],
            OWN[1],
            &lockfile[..hashes]
        );
        tree::snapshot("adopt", case, &text);
    }
}
