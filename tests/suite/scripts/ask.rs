//! The command line for any model, against a gateway that answers what the test says.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::thread::JoinHandle;

use serde_json::{Value, json};

use super::{KEY, Repo, Run, manifest, repo, some_worlds, worlds};

/// One request as the gateway saw it.
struct Request {
    head: String,
    body: Value,
}

/// Answers one request after the other; gives what was asked.
fn gateway(answers: Vec<String>) -> (u16, JoinHandle<Vec<Request>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let seen = std::thread::spawn(move || {
        let requests = answers.into_iter().map(|answer| {
            let (stream, _) = listener.accept().expect("a request");
            let mut reader = BufReader::new(stream);
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).expect("a line") > 0 {}
            let lower = head.to_ascii_lowercase();
            let length = lower.split("content-length: ").nth(1);
            let length = length.and_then(|rest| rest.lines().next()?.parse().ok());
            let mut body = vec![0; length.unwrap_or(0)];
            reader.read_exact(&mut body).expect("a body");
            let mut stream = reader.into_inner();
            stream.write_all(answer.as_bytes()).expect("answered");
            Request {
                head,
                body: serde_json::from_slice(&body).expect("JSON"),
            }
        });
        requests.collect()
    });
    (port, seen)
}

fn http(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n{body}",
        body.len()
    )
}

fn said(text: &str) -> String {
    let noise = json!([{ "index": 1, "message": { "content": "no" } }]);
    let body = json!({ "noise": noise, "choices": [
        { "message": { "role": "assistant", "content": text }, "content": "no" },
        { "message": { "content": "second" } },
    ] });
    http("200 OK", "", &body.to_string())
}

fn multi_model() -> Repo {
    repo(&manifest(
        "multi-model",
        "[gateway]\nurl = \"https://gw.example\"\n",
    ))
}

fn ask(repo: &Repo, turn: usize, port: u16, args: &[&str]) -> Run {
    let url = format!("http://127.0.0.1:{port}/v1/");
    let env = [
        ("OPENAI_BASE_URL", url.as_str()),
        ("OPENAI_API_KEY", KEY),
        ("ASK_MODEL_BACKOFF_S", "0"),
    ];
    let script = repo.root.join("scripts/ask-model.sh");
    let world = some_worlds(repo.folder.path(), turn).remove(turn % 2);
    repo.run_script(&world, &script, "sub", args, &env)
}

fn has_curl() -> bool {
    ["/usr/bin/curl", "/bin/curl"]
        .iter()
        .any(|p| Path::new(p).exists())
}

#[test]
fn a_prompt_goes_out_as_json_and_comes_back_as_text() {
    if !has_curl() {
        return;
    }
    let repo = multi_model();
    let odd = "say \"hi\" \\ / \n\ttab é 🦀 \u{1} $HOME `x`";
    let user = |text: &str| json!([{ "role": "user", "content": text }]);
    for (turn, (args, expected)) in [
        (
            &["fast", odd][..],
            json!({ "model": "claude-haiku-4-5", "messages": user(odd) }),
        ),
        (
            &["one", "two"],
            json!({ "model": "claude-sonnet-4-6", "messages": user("one two") }),
        ),
        (
            &["--json", "structured", "Fixtures"],
            json!({ "model": "gpt-5.5", "messages": user("Fixtures"),
            "response_format": { "type": "json_object" } }),
        ),
        (
            &["--model", "vendor/M:v1", "--", "-x"],
            json!({ "model": "vendor/M:v1", "messages": user("-x") }),
        ),
        (
            &["--system", "Be \"brief\"", "q"],
            json!({ "model": "claude-sonnet-4-6", "messages": [
            { "role": "system", "content": "Be \"brief\"" }, { "role": "user", "content": "q" }] }),
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let (port, seen) = gateway(vec![said(odd)]);
        let run = ask(&repo, turn, port, args);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{args:?}");
        assert_eq!(run.stdout, format!("{odd}\n"), "{args:?}");
        let requests = seen.join().expect("served");
        assert!(
            requests[0]
                .head
                .starts_with("POST /v1/chat/completions HTTP/1.1\r\n")
        );
        assert!(
            requests[0]
                .head
                .contains(&format!("Authorization: Bearer {KEY}\r\n"))
        );
        assert_eq!(requests[0].body, expected);
    }
}

#[test]
fn a_busy_gateway_is_asked_again_and_a_refusing_one_is_not() {
    if !has_curl() {
        return;
    }
    let repo = multi_model();
    let busy = http("429 Too Many Requests", "Retry-After: 0\r\n", "{}");
    let (port, seen) = gateway(vec![busy, http("529 Overloaded", "", "{}"), said("pong")]);
    let run = ask(&repo, 0, port, &["q"]);
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (0, "pong\n"),
        "{}",
        run.stderr
    );
    assert_eq!(run.stderr.lines().count(), 2, "{}", run.stderr);
    assert_eq!(seen.join().expect("served").len(), 3);
    let (port, seen) = gateway(vec![http("401 Unauthorized", "", "{\"error\":\"who\"}")]);
    let run = ask(&repo, 1, port, &["q"]);
    assert_eq!((run.code, run.stdout.as_str()), (1, ""));
    let expected = format!(
        "{{\"error\":\"who\"}}\nask-model.sh: the gateway at 127.0.0.1:{port} gave no text (HTTP 401)\n"
    );
    assert_eq!(run.stderr, expected);
    seen.join().expect("served");
}

#[test]
fn its_env_file_is_the_launchers() {
    let repo = multi_model();
    let script = repo.root.join("scripts/ask-model.sh");
    for world in worlds(repo.folder.path()) {
        repo.write(".env", "OPENAI_BASE_URL=\"http://gw.example\" # c\r\n");
        let run = repo.run_script(&world, &script, "", &["q"], &[]);
        assert!(
            run.stderr.contains("OPENAI_BASE_URL is not https ("),
            "{}: {}",
            world.name,
            run.stderr
        );
        repo.write(".env", "A=b\nOPENAI_API_KEY='open\n");
        let run = repo.run_script(&world, &script, "", &["q"], &[]);
        assert!(
            run.stderr.contains(":2 and never closed"),
            "{}: {}",
            world.name,
            run.stderr
        );
        assert_eq!(run.code, 2);
    }
}
