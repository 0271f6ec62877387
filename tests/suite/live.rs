//! `doctor --live` against gateways on loopback: what is wrong with each is told as itself.
#![expect(
    clippy::disallowed_methods,
    reason = "tests read and write what they look at"
)]

pub mod server;

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::tree::{Run, git_init, temp, tool, tool_with};
use server::{Answer, Asked, MODELS, answer, error, events, right, start};

/// Long enough to be found in a text, and of no vendor's shape.
const KEY: &str = "gateway-key-of-this-test";
const CALLS: u64 = 20;

type Answers = fn(&Asked) -> Answer;

fn declared(url: &str, further: &[&str]) -> TempDir {
    let folder = temp();
    git_init(folder.path());
    let url = format!("gateway.url={url}");
    let mut words = vec!["init", "--profile", "solo"];
    let model = format!("models.default={}", MODELS[0]);
    let own = [&*url, "credential.ref=ENV:GW_KEY", &model];
    for value in own.into_iter().chain(further.iter().copied()) {
        words.extend(["--set", value]);
    }
    tool(folder.path(), &words).ends(0);
    folder
}

fn ask(folder: &Path, format: &str) -> Run {
    let run = tool_with(
        folder,
        &["doctor", "--live", "--format", format],
        |command| {
            command.env("GW_KEY", KEY);
        },
    );
    assert!(!run.out.contains(KEY) && !run.err.contains(KEY), "{run:?}");
    run
}

/// The codes that were found, notes aside, and all messages.
fn found(run: &Run) -> (Vec<String>, String) {
    let report: Value = serde_json::from_str(&run.out).expect("one JSON object");
    assert!(
        report["calls"].as_u64().expect("a count") <= CALLS,
        "{}",
        run.out
    );
    let list = report["diagnostics"].as_array().expect("a list");
    let wrong = list.iter().filter(|found| found["severity"] != "note");
    let text = |found: &Value, key: &str| found[key].as_str().unwrap_or_default().to_owned();
    let mut codes: Vec<String> = wrong.clone().map(|found| text(found, "code")).collect();
    codes.dedup();
    let messages = wrong.map(|found| text(found, "message") + "\n").collect();
    (codes, messages)
}

fn check(name: &str, answers: Answers, expected: &[&str], says: &str) {
    check_with(name, &start(answers), &[], expected, says);
}

fn check_with(name: &str, url: &str, further: &[&str], expected: &[&str], says: &str) {
    let folder = declared(url, further);
    let run = ask(folder.path(), "json").ends(i32::from(!expected.is_empty()));
    let (codes, messages) = found(&run);
    assert_eq!(codes, expected, "{name}: {messages}");
    assert!(messages.contains(says), "{name}: {messages}");
}

fn is_message(asked: &Asked) -> bool {
    asked.body.get("max_tokens").is_some()
}

#[test]
fn a_gateway_that_is_right_is_left_alone() {
    check("right", |asked| right(asked, KEY), &[], "");
    let listless: Answers = |asked| {
        if asked.path.starts_with("/v1/models") {
            return answer(404, "application/json", "", "{}");
        }
        right(asked, KEY)
    };
    check("no list", listless, &[], "");
}

#[test]
fn the_way_to_the_gateway() {
    let port = TcpListener::bind("127.0.0.1:0").expect("a port");
    let closed = format!("http://{}", port.local_addr().expect("an address"));
    drop(port);
    check_with("closed", &closed, &[], &["tcp"], "TCP: ");
    check_with("no name", "https://gateway.invalid", &[], &["dns"], "DNS: ");
    let plain = start(|asked| right(asked, KEY)).replace("http://", "https://");
    check_with("no TLS", &plain, &[], &["tls"], "TLS: ");
}

#[test]
fn what_stands_at_the_path() {
    let redirect: Answers = |_| answer(302, "text/plain", LOGIN, "");
    check(
        "redirect",
        redirect,
        &["http"],
        "`https://sso.example/login`",
    );
    let page: Answers = |_| answer(200, "text/html", "", "<html>Sign in</html>");
    check("page", page, &["http"], "a page for people");
    let prefixed: Answers = |asked| match asked.path.strip_prefix("/anthropic") {
        Some(path) => right(
            &Asked {
                path: path.to_owned(),
                headers: asked.headers.clone(),
                body: asked.body.clone(),
            },
            KEY,
        ),
        None => answer(404, "application/json", "", "{\"detail\":\"Not Found\"}"),
    };
    check("prefix", prefixed, &["CS101"], "/anthropic");
    let nowhere: Answers = |_| answer(404, "text/html", "", "<html>Not Found</html>");
    check("nowhere", nowhere, &["CS101"], "nor at the usual places");
    let broken: Answers = |_| error(500, "api_error", "no", "");
    check("500", broken, &["http"], "HTTP: the gateway answers 500");
    let overloaded: Answers = |_| error(529, "overloaded_error", "no", "");
    check("529", overloaded, &["http"], "overloaded");
    let pages: Answers = |asked| match right(asked, KEY) {
        other if other.contains("not_found_error") => answer(502, "text/html", "", "<html></html>"),
        other => other,
    };
    check(
        "altered errors",
        pages,
        &["http"],
        "errors reach the client",
    );
    let strict: Answers = |asked| match asked.header("anthropic-beta") {
        "" => right(asked, KEY),
        _ => error(
            400,
            "invalid_request_error",
            "unexpected anthropic-beta",
            "",
        ),
    };
    check("betas", strict, &["http"], "`anthropic-beta`");
}

const LOGIN: &str = "location: https://sso.example/login?state=x\r\n";

#[test]
fn the_key_and_its_header() {
    check(
        "another key",
        |asked| right(asked, "another"),
        &["key"],
        "refuses it with 401",
    );
    let other: Answers = |asked| match asked.header("x-api-key") {
        "" => error(401, "authentication_error", "no x-api-key", ""),
        _ => right(asked, KEY),
    };
    check("wrong header", other, &["CS103"], "takes it in `x-api-key`");
    let folder = declared(&start(|asked| right(asked, "another")), &[]);
    let run = ask(folder.path(), "text").ends(1);
    assert!(run.out.contains("error: key: "), "{}", run.out);
    assert!(run.out.contains("[redacted]"), "{}", run.out);
    assert!(
        run.out.contains("  --> claude-scaffold.toml:"),
        "{}",
        run.out
    );
    assert!(run.err.contains(" times, about "), "{}", run.err);
}

#[test]
fn declared_models() {
    let url = start(|asked| right(asked, KEY));
    let misspelt = ["models.fast=claude-hiaku-4-5"];
    check_with(
        "misspelt",
        &url,
        &misspelt,
        &["CS002"],
        "`claude-hiaku-4-5` (models.fast)",
    );
    let folder = declared(&url, &misspelt);
    let run = ask(folder.path(), "text").ends(1);
    assert!(
        run.out.contains("did you mean `claude-haiku-4-5`?"),
        "{}",
        run.out
    );
}

#[test]
fn with_check_the_gateways_own_list_decides() {
    // The catalogue takes the first for misspelt; the gateway has it, and lacks the other.
    let odd: Answers = |asked| {
        let list = "{\"data\": [{\"id\": \"claude-sonnet-4.6\"}]}";
        assert!(
            asked.path.starts_with("/v1/models"),
            "only the list is asked for"
        );
        answer(200, "application/json", "", list)
    };
    let models = [
        "models.default=claude-sonnet-4.6",
        "models.fast=claude-haiku-4-5",
    ];
    let folder = declared(&start(odd), &models);
    let words = ["check", "--live", "--only", "CS002", "--format", "json"];
    let run = tool_with(folder.path(), &words, |command| {
        command.env("GW_KEY", KEY);
    });
    let run = run.ends(1);
    assert!(
        run.out
            .contains("`claude-haiku-4-5` (models.fast) is not in"),
        "{}",
        run.out
    );
    assert!(!run.out.contains("`claude-sonnet-4.6`"), "{}", run.out);
}

#[test]
fn streams() {
    let truncated: Answers = |asked| {
        if asked.body["stream"] == true {
            return events(&["message_start", "content_block_delta"]);
        }
        right(asked, KEY)
    };
    check("truncated", truncated, &["stream"], "breaks off");
    let whole: Answers = |asked| {
        let mut body = asked.body.clone();
        body["stream"] = false.into();
        right(
            &Asked {
                path: asked.path.clone(),
                headers: asked.headers.clone(),
                body,
            },
            KEY,
        )
    };
    check("not streamed", whole, &["stream"], "one message");
}

#[test]
fn limits_and_time() {
    let limited: Answers = |_| error(429, "rate_limit_error", "no", "retry-after: 3\r\n");
    check("429", limited, &["CS006"], "says when to come again");
    let blind: Answers = |_| error(429, "rate_limit_error", "no", "");
    check("429 without", blind, &["CS006"], "without `retry-after`");
    let announced: Answers = |asked| {
        let limit = "\r\nx-ratelimit-limit-requests: 9\r\nconnection: close";
        right(asked, KEY).replacen("\r\nconnection: close", limit, 1)
    };
    let wanted = ["limits.requests_per_minute=60"];
    check_with(
        "announced",
        &start(announced),
        &wanted,
        &["CS006"],
        "announces 9 requests",
    );
    let slow: Answers = |asked| {
        if is_message(asked) {
            std::thread::sleep(std::time::Duration::from_millis(120));
        }
        right(asked, KEY)
    };
    let short = ["gateway.timeout_ms=100"];
    check_with(
        "slow",
        &start(slow),
        &short,
        &["CS007"],
        "longer than the declared timeout",
    );
}

#[test]
fn what_cannot_be_asked_is_a_failure_and_not_a_finding() {
    let url = start(|asked| right(asked, KEY));
    let folder = declared(&url, &[]);
    let run = tool(folder.path(), &["doctor", "--live", "--offline"]).ends(2);
    assert!(run.err.contains("--offline forbids it"), "{}", run.err);
    let run = tool(folder.path(), &["doctor", "--live"]).ends(2);
    assert!(
        run.err.contains("`GW_KEY` is set neither in"),
        "{}",
        run.err
    );
    fs::write(
        folder.path().join(".env"),
        format!("GW_KEY='{KEY}' # mine\n"),
    )
    .expect("a file");
    let run = tool(folder.path(), &["doctor", "--live"]).ends(0);
    assert!(!run.out.contains(KEY) && !run.err.contains(KEY), "{run:?}");
    let stored = declared(&url, &["credential.ref=VAULT:team/key"]);
    let run = tool_with(stored.path(), &["doctor", "--live"], |command| {
        command.env("PATH", "/nonexistent");
    });
    let run = run.ends(2);
    assert!(run.err.contains("`VAULT_ADDR` is not set"), "{}", run.err);
    let run = tool_with(stored.path(), &["doctor", "--live"], |command| {
        command.env("GATEWAY_TOKEN", KEY);
    });
    run.ends(0);
    let nothing = temp();
    git_init(nothing.path());
    tool(nothing.path(), &["doctor", "--live"]).ends(2);
}

#[test]
fn without_a_manifest_settings_files_say_what_to_ask() {
    let folder = temp();
    git_init(folder.path());
    fs::create_dir(folder.path().join(".claude")).expect("a folder");
    let url = start(|asked| right(asked, KEY));
    let settings = format!(
        "{{\"model\": \"{}\", \"env\": {{\"ANTHROPIC_BASE_URL\": \"{url}/v1/\"}}}}",
        MODELS[0]
    );
    fs::write(folder.path().join(".claude/settings.json"), settings).expect("a file");
    let run = tool_with(
        folder.path(),
        &["doctor", "--live", "--format", "json"],
        |command| {
            command.env("ANTHROPIC_AUTH_TOKEN", KEY);
        },
    );
    let (codes, messages) = found(&run.ends(1));
    assert!(codes.contains(&"CS101".to_owned()), "{messages}");
    assert!(
        messages.contains("the client adds `/v1` itself"),
        "{messages}"
    );
}
