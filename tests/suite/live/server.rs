//! A gateway on loopback, small enough to need nothing but the standard library.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use serde_json::{Value, json};

pub const MODELS: [&str; 3] = ["claude-sonnet-4-6", "claude-haiku-4-5", "claude-opus-4-7"];

/// What was asked.
pub struct Asked {
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Value,
}

impl Asked {
    pub fn header(&self, name: &str) -> &str {
        let mut found = self.headers.iter().filter(|(known, _)| known == name);
        found.next().map_or("", |(_, value)| value)
    }
}

/// What is answered, byte for byte.
pub type Answer = String;

pub fn answer(status: u16, kind: &str, further: &str, body: &str) -> Answer {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n{further}connection: close\r\n\r\n{body}"
    )
}

pub fn error(status: u16, kind: &str, message: &str, further: &str) -> Answer {
    let body = json!({ "type": "error", "error": { "type": kind, "message": message } });
    answer(status, "application/json", further, &body.to_string())
}

pub fn events(kinds: &[&str]) -> Answer {
    let text = |kind: &&str| format!("event: {kind}\ndata: {{\"type\":\"{kind}\"}}\n\n");
    let body: String = kinds.iter().map(text).collect();
    answer(200, "text/event-stream", "", &body)
}

/// What a gateway answers that is right.
pub fn right(asked: &Asked, key: &str) -> Answer {
    let json = |value: &Value| answer(200, "application/json", "", &value.to_string());
    let sent = [asked.header("authorization"), asked.header("x-api-key")];
    if !sent
        .iter()
        .any(|sent| sent.trim_start_matches("Bearer ") == key)
    {
        return error(
            401,
            "authentication_error",
            &format!("no key: {sent:?}"),
            "",
        );
    }
    match asked.path.split('?').next().unwrap_or_default() {
        "/v1/models" => {
            let list: Vec<Value> = MODELS.iter().map(|id| json!({ "id": id })).collect();
            json(&json!({ "data": list }))
        }
        "/v1/messages/count_tokens" => json(&json!({ "input_tokens": 8 })),
        "/v1/messages" => {
            let model = asked.body["model"].as_str().unwrap_or_default();
            if !MODELS.contains(&model) {
                return error(404, "not_found_error", &format!("model: {model}"), "");
            }
            if asked.body["stream"] == true {
                return events(&[
                    "message_start",
                    "ping",
                    "content_block_delta",
                    "message_stop",
                ]);
            }
            json(&json!({ "type": "message", "content": [{ "type": "text", "text": "p" }] }))
        }
        _ => answer(404, "application/json", "", "{\"detail\":\"Not Found\"}"),
    }
}

/// Starts a gateway that answers as told; it ends with the test. Returns its address.
pub fn start(answers: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let answers = Arc::new(answers);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answers = answers.clone();
            std::thread::spawn(move || serve(&stream, &*answers));
        }
    });
    format!("http://{address}")
}

/// Answers one request; a connection that asks for nothing is let go.
fn serve(stream: &TcpStream, answers: &dyn Fn(&Asked) -> Answer) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let mut asked = Asked {
        path,
        headers,
        body: Value::Null,
    };
    let length = asked.header("content-length").parse().unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    asked.body = serde_json::from_slice(&body).unwrap_or_default();
    let mut writer = stream;
    writer.write_all(answers(&asked).as_bytes()).ok()
}
