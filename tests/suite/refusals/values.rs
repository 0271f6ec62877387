//! Values that would break a reader, leak a key or leave the repository.

use std::path::Path;

use serde_json::Value;

use super::{INIT, MANIFEST, Row, check, refused, row};
use crate::tree;

/// Values that no URL may have, by what is wrong with them.
const URLS: [(&str, &str); 24] = [
    ("a user", "https://user@gw.example/v1"),
    ("a password", "https://user:pass@gw.example/v1"),
    ("a query", "https://gw.example/v1?x=1"),
    ("a fragment", "https://gw.example/v1#x"),
    ("a space", "https://gw.example/a b"),
    ("a space before", " https://gw.example"),
    ("a newline", "https://gw.example/v1\nX: y"),
    ("a carriage return", "https://gw.example/v1\r"),
    ("a tab", "https://gw.example/\tv1"),
    ("no scheme", "gw.example/v1"),
    ("no host", "https:///v1"),
    ("plain http", "http://gw.example/v1"),
    ("another scheme", "ftp://gw.example/v1"),
    ("a script", "javascript://gw.example/v1"),
    ("a double quote", "https://gw.example/\"v1"),
    ("a single quote", "https://gw.example/'v1"),
    ("a typographic quote", "https://gw.example/\u{2019}v1"),
    ("a command", "https://gw.example/$(id)"),
    ("a back quote", "https://gw.example/`id`"),
    ("a variable", "https://gw.example/${HOME}"),
    ("a backslash", "https://gw.example\\v1"),
    ("a pipe", "https://gw.example/a|b"),
    ("a semicolon", "https://gw.example/a;b"),
    ("braces", "https://gw.example/{a}"),
];

#[test]
fn addresses_that_break_or_leak() {
    let arguments: Vec<String> = URLS
        .iter()
        .map(|(_, url)| format!("gateway.url={url}"))
        .collect();
    let by_option: Vec<Row> = URLS
        .iter()
        .zip(&arguments)
        .map(|((what, _), set)| row(what, &["init", "--profile", "team", "--set", set], |_| {}))
        .collect();
    check("urls", &by_option);
    for (what, url) in URLS {
        let home = tree::temp();
        tree::git_init(home.path());
        let manifest = format!(
            "version = 1\nprofile = \"team\"\n[gateway]\nurl = {}\nopenai_url = {}\n",
            toml_string(url),
            toml_string(url)
        );
        tree::put(&home.path().join(MANIFEST), manifest.as_bytes(), 0o644);
        let run = refused(what, home.path(), || tree::tool(home.path(), &["apply"]));
        for place in [":4:7", ":5:14"] {
            assert!(run.err.contains(place), "{what}:\n{}", run.err);
        }
        assert!(!run.err.contains("pass@"), "{}", run.err);
        found_on_the_way(what, url);
    }
}

/// The same in an env file, where `init` looks for a URL: never taken over.
fn found_on_the_way(what: &str, url: &str) {
    for name in [".env", ".env.example", ".env.local"] {
        let home = tree::temp();
        tree::git_init(home.path());
        let text = format!("ANTHROPIC_BASE_URL={}\n", toml_string(url));
        tree::put(&home.path().join(name), text.as_bytes(), 0o644);
        let run = tree::tool(home.path(), &["init", "--profile", "enterprise"]);
        assert!(run.code < 2, "{what}: {}", run.err);
        let tree::Node::File(_, settings) = &tree::tree(home.path())[".claude/settings.json"]
        else {
            panic!("no settings");
        };
        let settings: Value = serde_json::from_slice(settings).expect("JSON");
        let written = settings["env"]["ANTHROPIC_BASE_URL"]
            .as_str()
            .expect("text");
        let harmless = ["https://your-gateway.example", "https://gw.example"];
        assert!(harmless.contains(&written), "{what}: {written}");
    }
}

fn toml_string(text: &str) -> String {
    serde_json::to_string(text).expect("text")
}

#[test]
fn values_that_break_or_leak() {
    let key = format!("sk-{}-{}{}", "ant", "api03-", "aB3dE5gH7jK9mN1pQ".repeat(4));
    let literal = |name: &str| format!("{name}={key}");
    let texts = [
        "credential.ref",
        "gateway.kind",
        "models.default",
        "telemetry.project_tag",
        "headers.x-team",
        "headers.x-api-key",
        "launcher.env_file",
        "profile",
    ]
    .map(literal);
    let mut rows: Vec<Row> = Vec::new();
    for text in &texts {
        let what = text.split('=').next().expect("a key");
        rows.push(row(
            what,
            &["init", "--profile", "team", "--set", text],
            |_| {},
        ));
    }
    for assignment in [
        "credential.ref=VAULTS:x",
        "credential.ref=ENV:a b",
        "credential.ref=ENV:",
        "credential.ref=nothing",
        "credential.header=basic",
        "gateway.kind=litelm",
        "gateway.timeout_ms=0",
        "gateway.timeout_ms=30s",
        "gateway.timeout_ms=99999999999",
        "gateway.openai_url=http://gw.example",
        "visibility=open",
        "version=2",
        "version=x",
        "models.default=a b",
        "models.fast=$(id)",
        "models.fallback=a,b c",
        "telemetry.project_tag=a\nX-Other: b",
        "telemetry.cost_center=größe",
        "headers.x team=blue",
        "headers.x-team=a\r\nX-Other: b",
        "headers.authorization=Bearer x",
        "launcher.path=../run.sh",
        "launcher.path=/etc/run.sh",
        "launcher.path=.git/hooks/pre-commit",
        "launcher.path=.GIT/hooks/pre-commit",
        "launcher.path=git~1/hooks/pre-commit",
        "launcher.path=a/./b.sh",
        "launcher.path=a//b.sh",
        "launcher.path=aux.sh",
        "launcher.path=a\\b.sh",
        "launcher.path=C:run.sh",
        "launcher.path=a$(id).sh",
        "launcher.path=docs/claude-gateway.md",
        "launcher.path=claude-scaffold.toml",
        "launcher.path=claude-scaffold.lock",
        "launcher.path=.env",
        "launcher.path=.gitignore/run.sh",
        "launcher.path=scripts/run.sh/run.sh/",
        "launcher.env_file=.gitignore",
        "launcher.env_file=scripts/run-claude.sh",
        "launcher.env_file=scripts",
        "launcher.env_template=claude-scaffold.toml",
        "launcher.env_file=.env.template",
        "launcher.env_template=.gitignore",
        "launcher.script=x",
        "pack=git+https://git.example.com/x",
    ] {
        rows.push(row(
            assignment,
            &["init", "--profile", "team", "--set", assignment],
            |_| {},
        ));
    }
    check("values", &rows);
    no_key_is_repeated(&key);
}

fn no_key_is_repeated(key: &str) {
    let home = tree::temp();
    tree::git_init(home.path());
    let set = format!("models.default={key}");
    let run = tree::tool(home.path(), &[&INIT[..], &["--set", &set]].concat()).ends(2);
    assert!(
        !run.err.contains(key) && !run.out.contains(key),
        "{}",
        run.err
    );
    assert!(run.err.contains("error[CS003]"), "{}", run.err);
}

/// Values that every reader has to give back as they were declared.
#[test]
fn values_with_odd_characters_arrive_whole() {
    for tag in [
        "it's",
        "\"quoted\"",
        "$HOME `id` $(id)",
        "back\\slash \\n \\\\",
        "a # b",
        "a; rm -rf / & b | c > d",
        "{{ 7 * 7 }} {% x %}",
        "[[ x ]] [% y %]",
        "${{ secrets.X }}",
        "%PATH% !x! ^",
        "a=b, c=d; e: f",
        "- * & ! ? @",
        "\"\"\"",
        "'''",
    ] {
        let home = tree::temp();
        let root = home.path();
        tree::git_init(root);
        let set = format!("telemetry.project_tag={tag}");
        tree::tool(root, &[&INIT[..], &["--set", &set]].concat()).ends(0);
        let before = tree::tree(root);
        tree::tool(root, &["apply"]).ends(0);
        tree::same(tag, &before, &tree::tree(root));
        let tree::Node::File(_, settings) = &before[".claude/settings.json"] else {
            panic!("no settings");
        };
        let settings: Value = serde_json::from_slice(settings).expect("JSON");
        assert_eq!(settings["telemetry"]["projectTag"], *tag);
        let headers = format!("x-project-tag: {tag}\nx-cost-center: engineering");
        assert_eq!(settings["env"]["ANTHROPIC_CUSTOM_HEADERS"], headers);
        script_knows(root, &headers);
    }
}

/// What the script would hand to the client, read back.
fn script_knows(root: &Path, headers: &str) {
    let stub = "#!/bin/sh\nprintf '%s' \"$ANTHROPIC_CUSTOM_HEADERS\"\n";
    tree::put(&root.join("bin/claude"), stub.as_bytes(), 0o755);
    let mut command = tree::clean("sh", root);
    let path = std::env::var("PATH").unwrap_or_default();
    command
        .env("PATH", format!("{}:{path}", root.join("bin").display()))
        .env("ANTHROPIC_API_KEY", "none-at-all")
        .args(["scripts/run-claude.sh", "-p", "hi"]);
    let run = tree::finish(command);
    assert_eq!(run.out, headers, "{}", run.err);
}
