//! What the client makes of layers, a line or two per rule.

use std::collections::BTreeMap;

use super::*;
use crate::model::Version;

const PROJECT: &str = ".claude/settings.json";
const LOCAL: &str = ".claude/settings.local.json";

/// What stands around a start: files by layer, `NAME=value` for the environment.
fn around(layers: &[(&str, &str)]) -> Around {
    let text = |layer: &str, path: &str| {
        let mut found = layers.iter().filter(|(name, _)| *name == layer);
        let text = found.next().map(|(_, text)| (*text).to_owned());
        text.map(|text| Text {
            path: path.to_owned(),
            text: Ok(text),
        })
    };
    let set = layers.iter().filter(|(name, _)| *name == "env");
    let set = set.filter_map(|(_, text)| text.split_once('='));
    let script = text("script", "scripts/run-claude.sh");
    let script = script.and_then(|text| Script::parse(&text.path, &text.text.ok()?));
    Around {
        managed: text("managed", "/etc/m.json").into_iter().collect(),
        settings: text("--settings", "--settings"),
        model: text("--model", "").and_then(|text| text.text.ok()),
        local_of_root: text("local", LOCAL),
        local: None,
        project: text("project", PROJECT),
        user: text("user", "~/.claude/settings.json"),
        editor: text("editor", ".vscode/settings.json"),
        system: SYSTEMS[0],
        script,
        root: "/r".to_owned(),
        env_file: text(".env", ".env"),
        of_root: [text("local", LOCAL), text("project", PROJECT)],
        environment: set
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect::<BTreeMap<_, _>>(),
        client: Version::parse("2.1.330").expect("a version"),
    }
}

fn facts() -> Facts {
    Facts::of(&Catalog::embedded()).expect("the catalogue")
}

/// `value <- place` of a setting, then `not value <- place` of what it shadows.
fn lines(explanation: &Explanation, key: &str) -> Vec<String> {
    let place = |origin: &Origin| settings::place(origin);
    let of_key = explanation.settings.iter().filter(|line| line.key == key);
    let mut lines = Vec::new();
    for line in of_key {
        let value = line.value.as_deref().unwrap_or("-");
        lines.push(format!("{value} <- {}", place(&line.origin)));
        let others = line.shadowed.iter();
        lines
            .extend(others.map(|other| format!("not {} <- {}", other.value, place(&other.origin))));
    }
    lines
}

fn check(layers: &[(&str, &str)], starter: Starter, key: &str, expected: &[&str]) {
    let facts = facts();
    let explanation = explain(&around(layers).start(starter, &facts), &facts);
    assert_eq!(lines(&explanation, key), expected, "{layers:?}");
}

fn sent(layers: &[(&str, &str)], starter: Starter) -> String {
    let facts = facts();
    let request = explain(&around(layers).start(starter, &facts), &facts).request;
    let header = |header: &Header| {
        let value = header.value.as_deref().unwrap_or("?");
        format!("{}: {value}", header.name)
    };
    let headers: Vec<String> = request.headers.iter().map(header).collect();
    let url = request.url.unwrap_or_else(|| "-".to_owned());
    format!("{url} {} {}", request.model, headers.join(", "))
}

const URL_A: &str = "{\n \"env\": {\n  \"ANTHROPIC_BASE_URL\": \"https://a.example\"\n }\n}";
const URL_B: &str = r#"{"env": {"ANTHROPIC_BASE_URL": "https://b.example/"}}"#;

#[test]
fn files_stand_above_each_other_and_all_above_the_environment() {
    let shell = ("env", "ANTHROPIC_BASE_URL=https://s.example");
    let check = |layers: &[(&str, &str)], expected: &[&str]| {
        check(layers, Starter::Shell, "base-url", expected);
    };
    check(&[], &["https://api.anthropic.com <- built in"]);
    check(&[shell], &["https://s.example <- environment"]);
    let order = ["managed", "--settings", "local", "project", "user"];
    let places = [
        "managed, /etc/m.json",
        "--settings, --settings",
        "local, .claude/settings.local.json",
        "project, .claude/settings.json",
        "user, ~/.claude/settings.json",
    ];
    for (strong, layer) in order.iter().enumerate() {
        let first = format!("https://a.example <- {}:3", places[strong]);
        check(
            &[(layer, URL_A), shell],
            &[&first, "not https://s.example <- environment"],
        );
        for weak in strong + 1..order.len() {
            let second = format!("not https://b.example/ <- {}:1", places[weak]);
            check(&[(layer, URL_A), (order[weak], URL_B)], &[&first, &second]);
        }
    }
    let emptied = r#"{"env": {"ANTHROPIC_BASE_URL": ""}}"#;
    check(
        &[("project", emptied), shell],
        &[
            "https://api.anthropic.com <- project, .claude/settings.json:1",
            "not https://s.example <- environment",
        ],
    );
}

#[test]
fn a_file_counts_as_a_whole_or_not_at_all() {
    let shell = ("env", "ANTHROPIC_BASE_URL=https://s.example");
    for broken in [
        &format!("// why\n{URL_A}"),
        &URL_A.replace("\n }", ",\n }"),
        &format!("[{URL_A}]"),
        &URL_A.replace("{\n \"env\"", "{\"model\": 42, \"env\""),
        &URL_A.replace(
            "{\n \"env\"",
            "{\"permissions\": {\"deny\": \"x\"}, \"env\"",
        ),
    ] {
        check(
            &[("project", broken), shell],
            Starter::Shell,
            "base-url",
            &["https://s.example <- environment"],
        );
    }
    let whole = format!(
        "\u{feff}{}",
        URL_A.replace("{\n \"env\"", "{\"routing\": 3,\r\n \"env\"")
    );
    let expected = ["https://a.example <- project, .claude/settings.json:3"];
    check(
        &[("project", &whole)],
        Starter::Shell,
        "base-url",
        &expected,
    );
}

#[test]
fn administrators_files_are_taken_key_by_key_or_nothing_starts() {
    let token = ("env", "ANTHROPIC_AUTH_TOKEN=t");
    let bearer = "authorization: Bearer sha256:e3b98a4d";
    let managed = |text: &str| sent(&[("managed", text), token], Starter::Shell);
    let wrong = URL_A.replace("{\n \"env\"", "{\"model\": 42, \"env\"");
    assert_eq!(
        managed(&wrong),
        format!("https://a.example/v1/messages claude-opus-5-5 {bearer}")
    );
    assert_eq!(managed("{"), format!("- claude-opus-5-5 {bearer}"));
}

#[test]
fn keys_go_out_in_their_headers() {
    let helper = r#"{"apiKeyHelper": "./key.sh"}"#;
    let (key, token) = (
        ("env", "ANTHROPIC_API_KEY=k"),
        ("env", "ANTHROPIC_AUTH_TOKEN=t"),
    );
    let (k, t) = (
        "x-api-key: sha256:8254c329",
        "authorization: Bearer sha256:e3b98a4d",
    );
    let own =
        r#"{"env": {"ANTHROPIC_CUSTOM_HEADERS": "X-Api-Key: k\nAuthorization: Bearer k\nx-a: b"}}"#;
    let own_token = "authorization: Bearer sha256:8254c329";
    let check = |layers: &[(&str, &str)], headers: &[&str]| {
        let url = if headers.is_empty() {
            "-"
        } else {
            "https://api.anthropic.com/v1/messages"
        };
        let expected = format!("{url} claude-opus-5-5 {}", headers.join(", "));
        assert_eq!(sent(layers, Starter::Shell), expected, "{layers:?}");
    };
    check(&[], &[]);
    check(&[key], &[k]);
    check(&[token], &[t]);
    check(&[key, token], &[t, k]);
    check(
        &[("project", helper)],
        &["authorization: ?", "x-api-key: ?"],
    );
    check(&[("project", helper), key], &["authorization: ?", k]);
    check(&[("project", helper), token], &[t, "x-api-key: ?"]);
    check(
        &[("project", r#"{"env": {"ANTHROPIC_API_KEY": ""}}"#), key],
        &[],
    );
    check(&[("project", own)], &[k, own_token, "x-a: b"]);
    check(&[("project", own), token], &[t, k, "x-a: b"]);
}

#[test]
fn models_are_chosen_by_rank_and_then_by_layer() {
    let model = |layers: &[(&str, &str)]| {
        let all = sent(layers, Starter::Shell);
        all.split(' ').nth(1).unwrap_or_default().to_owned()
    };
    let project = ("project", r#"{"model": "gw-p"}"#);
    let shell = ("env", "ANTHROPIC_MODEL=gw-s");
    assert_eq!(model(&[project]), "gw-p");
    assert_eq!(
        model(&[project, ("managed", r#"{"model": "gw-m"}"#)]),
        "gw-m"
    );
    assert_eq!(model(&[project, shell]), "gw-s");
    assert_eq!(model(&[project, shell, ("--model", "gw-a")]), "gw-a");
    assert_eq!(model(&[("env", "ANTHROPIC_DEFAULT_MODEL=gw-d")]), "gw-d");
    assert_eq!(
        model(&[("env", "ANTHROPIC_DEFAULT_OPUS_MODEL=gw-o[1m]")]),
        "gw-o"
    );
    assert_eq!(model(&[("--model", " Haiku[1m]")]), "claude-haiku-5-5");
    assert_eq!(model(&[("project", r#"{"model": "default"}"#)]), "default");
    assert_eq!(model(&[("--model", "default"), project]), "claude-opus-5-5");
    let few = r#"{"availableModels": ["haiku"], "model": "gw-x"}"#;
    assert_eq!(model(&[("project", few)]), "claude-opus-5-5");
    assert_eq!(
        model(&[("project", few), ("--model", "haiku")]),
        "claude-haiku-5-5"
    );
}

#[test]
fn a_project_may_not_set_exporters_in_recent_releases() {
    let file = r#"{"env": {"OTEL_METRICS_EXPORTER": "otlp"}}"#;
    check(
        &[("project", file)],
        Starter::Shell,
        "telemetry",
        &["- <- built in"],
    );
    check(
        &[("user", file)],
        Starter::Shell,
        "telemetry",
        &["otlp <- user, ~/.claude/settings.json:1"],
    );
}

#[test]
fn editors_and_jobs_change_the_environment() {
    let editor = (
        "editor",
        "{ // its own\n\"terminal.integrated.env.linux\": {\"ANTHROPIC_MODEL\": \"${env:M}-x\"},\n}",
    );
    let shell = [
        editor,
        ("env", "M=gw"),
        ("env", "ANTHROPIC_MODEL=gw-s"),
        ("user", URL_B),
    ];
    check(&shell, Starter::Shell, "model", &["gw-s <- environment"]);
    let place = "VS Code terminal, .vscode/settings.json:2";
    let expected = [
        format!("gw-x <- {place}"),
        "not gw-s <- environment".to_owned(),
    ];
    check(
        &shell,
        Starter::Editor,
        "model",
        &[&expected[0], &expected[1]],
    );
    check(
        &shell,
        Starter::Ci,
        "model",
        &["claude-opus-5-5 <- built in"],
    );
    check(
        &shell,
        Starter::Ci,
        "base-url",
        &["https://api.anthropic.com <- built in"],
    );
}

#[test]
fn nothing_of_a_key_is_shown_but_its_fingerprint() {
    let headers = "ANTHROPIC_CUSTOM_HEADERS=x-gw-token: s3cret-one";
    let layers = [
        ("env", "ANTHROPIC_API_KEY=s3cret-two"),
        (
            "project",
            r#"{"env": {"ANTHROPIC_API_KEY": "s3cret-three", "ANTHROPIC_BASE_URL": "https://u:s3cret-four@h"}}"#,
        ),
        ("env", headers),
        ("env", "HTTPS_PROXY=http://u:s3cret-five@p:1"),
        (
            "env",
            "OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer s3cret-six",
        ),
    ];
    let facts = facts();
    let around = around(&layers);
    let explanation = explain(&around.start(Starter::Shell, &facts), &facts);
    let shown = serde_json::to_string(&(&explanation, changes(&around, Starter::Shell, &facts)));
    let shown = shown.expect("plain data");
    assert!(!shown.contains("s3cret"), "{shown}");
    assert!(shown.contains(&fingerprint("s3cret-two")), "{shown}");
}

#[test]
fn names_are_settings_variables_and_keys() {
    let facts = facts();
    let full = explain(&around(&[]).start(Starter::Shell, &facts), &facts);
    for (name, key) in [
        ("base-url", "base-url"),
        ("anthropic_model", "model"),
        ("apiKeyHelper", "credential"),
    ] {
        let mut found = full.clone();
        assert_eq!(select(&mut found, name, &facts), Ok(()));
        assert!(found.settings.iter().all(|line| line.key == key), "{name}");
    }
    assert!(select(&mut full.clone(), "bse-url", &facts).is_err());
}
