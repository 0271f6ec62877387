//! One line per file and what it gives.

use super::json::{Settings, editor};
use super::{Finds, Kept, lines};

fn shown(found: &Finds) -> Vec<String> {
    let values = found.values.iter().map(|find| {
        let line = find.at.line.unwrap_or(0);
        format!("{} = {} {}:{line}", find.key, find.value, find.at.name)
    });
    let literals = found.literals.iter().map(|literal| {
        let line = literal.at.line.unwrap_or(0);
        format!("literal {} {}:{line}", literal.reference, literal.at.name)
    });
    values.chain(literals).collect()
}

fn check(read: impl Fn(&mut Finds), expected: &[&str]) {
    let mut found = Finds::default();
    read(&mut found);
    assert_eq!(shown(&found), expected);
}

#[test]
fn env_files() {
    let env = |text: &'static str| move |f: &mut Finds| lines::env(f, ".env", text, Kept::Private);
    check(
        env(
            "\u{feff}# x\nexport ANTHROPIC_BASE_URL = \"https://gw.example/v1\" # why\r\nAPI_TIMEOUT_MS=5\n",
        ),
        &[
            "gateway.url = \"https://gw.example/v1\" ANTHROPIC_BASE_URL:2",
            "gateway.timeout_ms = 5 API_TIMEOUT_MS:3",
        ],
    );
    check(
        env("ANTHROPIC_API_KEY=mine\nANTHROPIC_BASE_URL=<url>\nANTHROPIC_MODEL=\n"),
        &[
            "credential.ref = \"ENV:ANTHROPIC_API_KEY\" ANTHROPIC_API_KEY:1",
            "credential.header = \"x-api-key\" ANTHROPIC_API_KEY:1",
        ],
    );
    check(env("model=a\nDATABASE_URL=x\n"), &[]);
    check(
        env("ANTHROPIC_CUSTOM_HEADERS=\"x-team: blue\"\nANTHROPIC_TIMEOUT_MS=5 # ms\n"),
        &["gateway.timeout_ms = 5 ANTHROPIC_TIMEOUT_MS:2"],
    );
}

#[test]
fn templates_hold_slots_and_no_keys() {
    let key = ["sk-", &"a1B2c3D4".repeat(4)].concat();
    let text = format!("ANTHROPIC_API_KEY=fill-me-in\nANTHROPIC_AUTH_TOKEN={key}\n");
    check(
        |f: &mut Finds| lines::env(f, ".env.example", &text, Kept::Template),
        &[
            "credential.ref = \"ENV:ANTHROPIC_AUTH_TOKEN\" ANTHROPIC_AUTH_TOKEN:2",
            "credential.header = \"bearer\" ANTHROPIC_AUTH_TOKEN:2",
            "credential.ref = \"ENV:ANTHROPIC_API_KEY\" ANTHROPIC_API_KEY:1",
            "credential.header = \"x-api-key\" ANTHROPIC_API_KEY:1",
            "literal ENV:ANTHROPIC_AUTH_TOKEN ANTHROPIC_AUTH_TOKEN:2",
        ],
    );
}

#[test]
fn helpers_become_references_where_nothing_of_a_shell_is_in_them() {
    for (helper, expected) in [
        ("./bin/key.sh --quiet", Some("CMD:./bin/key.sh --quiet")),
        (
            "printf %s \\\"$GATEWAY_TOKEN\\\"",
            Some("ENV:GATEWAY_TOKEN"),
        ),
        ("vault read | jq -r .key", None),
        ("curl -H token:abc https://h", None),
        ("echo abc", None),
    ] {
        let text = format!("{{ \"apiKeyHelper\": \"{helper}\" }}");
        let mut found = Finds::default();
        Settings::parse(&text).expect("JSON").client(&mut found);
        let reference = found.values.first().and_then(|find| find.value.as_str());
        assert_eq!(reference, expected, "{helper}");
    }
}

#[test]
fn scripts_are_read_and_not_run() {
    let script = |text: &'static str| move |f: &mut Finds| lines::script(f, "run.sh", text);
    check(
        script("export ANTHROPIC_BASE_URL=https://gw.example; exec claude\n"),
        &["gateway.url = \"https://gw.example\" ANTHROPIC_BASE_URL:1"],
    );
    check(
        script("  export ANTHROPIC_BASE_URL=\"${ANTHROPIC_BASE_URL:-https://gw.example}\"\n"),
        &["gateway.url = \"https://gw.example\" ANTHROPIC_BASE_URL:1"],
    );
    check(
        script("export ANTHROPIC_AUTH_TOKEN=\"${GATEWAY_TOKEN:?no key}\"\n"),
        &[
            "credential.ref = \"ENV:GATEWAY_TOKEN\" ANTHROPIC_AUTH_TOKEN:1",
            "credential.header = \"bearer\" ANTHROPIC_AUTH_TOKEN:1",
        ],
    );
    check(script("export ANTHROPIC_BASE_URL=\"https://$HOST\"\n"), &[]);
    check(script("export ANTHROPIC_AUTH_TOKEN=$(vault read)\n"), &[]);
}

#[test]
fn settings_give_what_the_client_obeys_before_the_rest() {
    let text = r#"{
  "model": "m-1",
  "apiKeyHelper": "./bin/key.sh",
  "env": {
    "ANTHROPIC_DEFAULT_SONNET_MODEL": "m-2",
    "API_TIMEOUT_MS": 60000,
    "ANTHROPIC_CUSTOM_HEADERS": "x-project-tag: shop\nx-team: blue\nx-team-key: abc\nx-auth: $X",
    "ANTHROPIC_AUTH_TOKEN": "abc"
  },
  "routing": { "apiBaseUrl": "https://gw.example/v1", "modelAliases": { "structured": "gpt" } }
}"#;
    let read = |f: &mut Finds| {
        let settings = Settings::parse(text).expect("JSON");
        settings.client(f);
        settings.blocks(f);
    };
    check(
        read,
        &[
            "credential.ref = \"CMD:./bin/key.sh\" apiKeyHelper:3",
            "credential.ref = \"ENV:ANTHROPIC_AUTH_TOKEN\" env.ANTHROPIC_AUTH_TOKEN:8",
            "credential.header = \"bearer\" env.ANTHROPIC_AUTH_TOKEN:8",
            "gateway.timeout_ms = 60000 env.API_TIMEOUT_MS:6",
            "models.default = \"m-1\" model:2",
            "models.default = \"m-2\" env.ANTHROPIC_DEFAULT_SONNET_MODEL:5",
            "telemetry.project_tag = \"shop\" env.ANTHROPIC_CUSTOM_HEADERS:7",
            "headers.x-team = \"blue\" env.ANTHROPIC_CUSTOM_HEADERS:7",
            "gateway.url = \"https://gw.example/v1\" routing.apiBaseUrl:10",
            "models.structured = \"gpt\" routing.modelAliases.structured:10",
            "literal ENV:ANTHROPIC_AUTH_TOKEN env.ANTHROPIC_AUTH_TOKEN:8",
            "literal ENV:X_TEAM_KEY env.ANTHROPIC_CUSTOM_HEADERS:7",
        ],
    );
}

#[test]
fn editors_settings_may_hold_comments() {
    let text = "{ // ours\n  \"aiCoding.agentConfig\": {\n    \"baseUrl\": \"https://gw.example/v1\",\n    \
                \"authToken\": \"${env:GATEWAY_TOKEN}\",\n  },\n}\n";
    check(
        |f: &mut Finds| editor(f, text),
        &[
            "gateway.url = \"https://gw.example/v1\" aiCoding.agentConfig.baseUrl:3",
            "credential.ref = \"ENV:GATEWAY_TOKEN\" aiCoding.agentConfig.authToken:4",
        ],
    );
}
