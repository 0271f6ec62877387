//! What `gh api -i` and `glab api -i` print → status, headers and body.

use std::time::Duration;

use serde_json::Value;

use crate::model::{escape, hide, mask_talk};

/// Characters of a forge's words that are shown.
const SHOWN: usize = 400;

/// What a forge answered.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// Names in lower case.
    headers: Vec<(String, String)>,
    /// The body; null where it is no JSON.
    pub(super) body: Value,
}

impl Answer {
    /// Reads an answer with its headers; none where the text begins with no status line.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut rest = text.strip_prefix("HTTP/")?;
        let line = next_line(&mut rest);
        let status = line.split_whitespace().nth(1)?.parse().ok()?;
        let mut headers = Vec::new();
        loop {
            let line = next_line(&mut rest);
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            headers.push((name.trim().to_lowercase(), value.trim().to_owned()));
        }
        let body = serde_json::from_str(rest.trim()).unwrap_or(Value::Null);
        Some(Self {
            status,
            headers,
            body,
        })
    }

    /// Returns whether it was done.
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Returns whether it was refused for being asked too often.
    pub(super) fn is_limited(&self) -> bool {
        let told = || {
            let message = self.said().to_lowercase();
            self.header("retry-after").is_some()
                || self.remaining() == Some(0)
                || message.contains("rate limit")
        };
        self.status == 429 || (self.status == 403 && told())
    }

    /// Returns how long to ask nothing more; none where nothing was said. `now` is the time of day, in
    /// seconds since 1970.
    pub(super) fn pause(&self, now: u64) -> Option<Duration> {
        let asked = self.header("retry-after").and_then(|v| v.parse().ok());
        let reset = || {
            let at: u64 = ["x-ratelimit-reset", "ratelimit-reset"]
                .iter()
                .find_map(|name| self.header(name)?.parse().ok())?;
            // One more, for clocks that differ.
            let used_up = self.remaining() == Some(0);
            used_up.then(|| at.saturating_sub(now) + 1)
        };
        asked.or_else(reset).map(Duration::from_secs)
    }

    /// Returns the forge's words, on one line, as they may be shown.
    pub(super) fn said(&self) -> String {
        let mut words = Vec::new();
        for key in ["message", "error", "error_description", "errors"] {
            collect(self.body.get(key).unwrap_or(&Value::Null), &mut words);
        }
        words.dedup();
        shown(&words.join("; "))
    }

    fn remaining(&self) -> Option<u64> {
        let names = ["x-ratelimit-remaining", "ratelimit-remaining"];
        names
            .iter()
            .find_map(|name| self.header(name)?.parse().ok())
    }

    fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// Returns words of a forge or a program on one line, short, and without keys.
pub(super) fn shown(said: &str) -> String {
    let lines = said.lines().map(str::trim).filter(|line| !line.is_empty());
    let lines: Vec<String> = lines.map(|line| escape(&hide(&mask_talk(line)))).collect();
    let whole = lines.join("; ");
    let mut short: String = whole.chars().take(SHOWN).collect();
    if short.len() < whole.len() {
        short.push('…');
    }
    short
}

fn next_line<'a>(rest: &mut &'a str) -> &'a str {
    let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
    *rest = after;
    line.trim_end_matches('\r')
}

/// Every text in what a forge says of an error, however deep.
fn collect(value: &Value, words: &mut Vec<String>) {
    match value {
        Value::String(text) if !text.trim().is_empty() => words.push(text.trim().to_owned()),
        Value::Array(items) => items.iter().for_each(|item| collect(item, words)),
        Value::Object(map) => {
            if let Some(message) = map.get("message") {
                return collect(message, words);
            }
            let named = ["resource", "field", "code"];
            let parts = named.iter().filter_map(|key| map.get(*key)?.as_str());
            let parts: Vec<&str> = parts.collect();
            if parts.is_empty() {
                map.values().for_each(|item| collect(item, words));
            } else {
                words.push(parts.join(" "));
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: &str, headers: &str, body: &str) -> Answer {
        Answer::read(&format!("HTTP/2.0 {status}\n{headers}\r\n\r\n{body}")).expect("an answer")
    }

    #[test]
    fn an_answer_has_status_headers_and_body() {
        let text = "HTTP/2.0 201 Created\nContent-Type: application/json\r\nX-A: b: c\r\n\r\n{\"number\":7}";
        let answer = Answer::read(text).expect("an answer");
        assert_eq!((answer.status, answer.is_success()), (201, true));
        assert_eq!(answer.header("x-a"), Some("b: c"));
        assert_eq!(answer.body.get("number").and_then(Value::as_u64), Some(7));
        let bare = Answer::read("HTTP/1.1 204 No Content\r\n\r\n").expect("an answer");
        assert_eq!((bare.status, bare.body), (204, Value::Null));
        assert_eq!(Answer::read("error connecting to h"), None);
        assert_eq!(Answer::read(""), None);
    }

    #[test]
    fn a_limit_is_told_from_a_refusal() {
        let limited = |status, headers, body| {
            let answer = answer(status, headers, body);
            (
                answer.is_limited(),
                answer.pause(1_000).map(|p| p.as_secs()),
            )
        };
        assert_eq!(
            limited("429 Too Many", "Retry-After: 3", "{}"),
            (true, Some(3))
        );
        assert_eq!(limited("429 Too Many", "A: b", "{}"), (true, None));
        let used = "X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 1060";
        assert_eq!(limited("403 No", used, "{}"), (true, Some(61)));
        let gitlab = "RateLimit-Remaining: 0\r\nRateLimit-Reset: 990";
        assert_eq!(limited("429 No", gitlab, "{}"), (true, Some(1)));
        let second = "{\"message\":\"You have exceeded a secondary rate limit\"}";
        assert_eq!(limited("403 No", "A: b", second), (true, None));
        let left = "X-RateLimit-Remaining: 9\r\nX-RateLimit-Reset: 1060";
        assert_eq!(
            limited("403 No", left, "{\"message\":\"no\"}"),
            (false, None)
        );
        assert_eq!(limited("200 OK", used, "{}"), (false, Some(61)));
    }

    #[test]
    fn what_a_forge_says_is_one_line_without_keys() {
        let said = |body| answer("422 No", "A: b", body).said();
        assert_eq!(
            said(
                "{\"message\":\"Validation Failed\",\"errors\":[{\"code\":\"custom\",\"message\":\"it is there\"},\
                 {\"resource\":\"PullRequest\",\"field\":\"head\",\"code\":\"invalid\"}]}"
            ),
            "Validation Failed; it is there; PullRequest head invalid"
        );
        assert_eq!(said("{\"message\":[\"a\",\"b\"]}"), "a; b");
        assert_eq!(
            said("{\"message\":{\"title\":[\"is too long\"]}}"),
            "is too long"
        );
        assert_eq!(said("[1]"), "");
        let key = ["ghp_", &"a1B2".repeat(9)].concat();
        let body = format!("{{\"message\":\"bad {key}\"}}");
        assert_eq!(said(&body), "bad [redacted]");
    }
}
