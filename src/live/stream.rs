//! Server-sent events: whole, in order, and really streamed.

use std::time::Duration;

use super::wire::Answer;
use crate::model::Value;

/// Tokens of the second stream, by which slow words are told from held-back ones.
pub(super) const LONGER: usize = 48;
/// From here on a first byte is late enough to ask whether the stream was held back.
const LATE: Duration = Duration::from_millis(300);
/// Proxies take a stream for dead that is silent for long; the model's makers send `ping`.
const SILENT: Duration = Duration::from_secs(3);

/// What is wrong with a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum StreamFault {
    /// A stream was asked for, and one message came.
    NotStreamed,
    /// It ends before `message_stop`.
    Truncated,
    /// An event that no client can read, or none at all.
    Malformed,
    /// The gateway reports an error inside of it.
    Reports(String),
    /// It is silent for long and sends no `ping`.
    Silent,
    /// It is held back and sent at once.
    HeldBack,
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Event {
    kind: String,
    at: Duration,
    is_readable: bool,
}

/// Judges a stream, but not whether it is held back.
pub(super) fn judge(answer: &Answer) -> Option<StreamFault> {
    if !answer.is_event_stream() {
        let message = answer.json().is_some_and(|v| v.get("content").is_some());
        return Some(if message {
            StreamFault::NotStreamed
        } else {
            StreamFault::Malformed
        });
    }
    let events = events(answer);
    let has = |kind: &str| events.iter().any(|event| event.kind == kind);
    if has("error") {
        return Some(StreamFault::Reports(reported(answer)));
    }
    if events.is_empty() || events.iter().any(|event| !event.is_readable) {
        return Some(if answer.is_cut {
            StreamFault::Truncated
        } else {
            StreamFault::Malformed
        });
    }
    if !has("message_stop") {
        return Some(StreamFault::Truncated);
    }
    if !has("message_start") {
        return Some(StreamFault::Malformed);
    }
    let silent = gap(answer, &events) >= SILENT && !has("ping");
    silent.then_some(StreamFault::Silent)
}

/// Whether all of a stream came at one moment, and late.
pub(super) fn seems_held_back(answer: &Answer) -> bool {
    let (Some((first, _)), Some((last, _))) = (answer.marks.first(), answer.marks.last()) else {
        return false;
    };
    let span = last.saturating_sub(*first);
    *first >= LATE && span <= (*first / 50).max(Duration::from_millis(5))
}

/// What was seen of a stream, for people.
pub(super) fn detail(answer: &Answer) -> String {
    let events = events(answer);
    let pings = events.iter().filter(|event| event.kind == "ping").count();
    format!(
        "{} events, {pings} of them ping, first after {} ms",
        events.len(),
        events.first().map_or(0, |event| event.at.as_millis()),
    )
}

fn events(answer: &Answer) -> Vec<Event> {
    let mut found = Vec::new();
    let (mut name, mut data, mut at) = (String::new(), String::new(), 0);
    for line in answer.body.split_inclusive('\n') {
        let text = line.trim_end_matches(['\n', '\r']);
        at += line.len();
        if let Some(rest) = text.strip_prefix("event:") {
            rest.trim().clone_into(&mut name);
        } else if let Some(rest) = text.strip_prefix("data:") {
            data.push_str(rest.trim());
        } else if text.is_empty() && !(name.is_empty() && data.is_empty()) {
            found.extend(event(&name, &data, answer.when(at.saturating_sub(1))));
            name.clear();
            data.clear();
        }
    }
    found
}

fn event(name: &str, data: &str, at: Duration) -> Option<Event> {
    // OpenAI's mark for the end, which some gateways leave in.
    if data == "[DONE]" {
        return None;
    }
    let value: Option<Value> = serde_json::from_str(data).ok();
    let kind = value.as_ref().and_then(|value| value.get("type")?.as_str());
    let kind = kind.unwrap_or(name).to_owned();
    let is_readable = value.is_some();
    Some(Event {
        kind,
        at,
        is_readable,
    })
}

/// The longest silence between the status and the end of the events.
fn gap(answer: &Answer, events: &[Event]) -> Duration {
    let mut before = answer.first_byte;
    let mut longest = Duration::ZERO;
    for event in events {
        longest = longest.max(event.at.saturating_sub(before));
        before = event.at;
    }
    longest
}

/// The type of an error event.
fn reported(answer: &Answer) -> String {
    let data = answer.body.lines().filter_map(|l| l.strip_prefix("data:"));
    let mut kinds = data.filter_map(|data| {
        let value: Value = serde_json::from_str(data.trim()).ok()?;
        Some(value.get("error")?.get("type")?.as_str()?.to_owned())
    });
    kinds.next().unwrap_or_else(|| "error".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::wire::Answer;

    const START: &str = "event: message_start\ndata: {\"type\":\"message_start\"}\n\n";
    const STOP: &str = "event: message_stop\r\ndata: {\"type\":\"message_stop\"}\r\n\r\n";
    const PING: &str = "event: ping\ndata: {\"type\":\"ping\"}\n\n";

    fn answer(parts: &[(u64, &str)]) -> Answer {
        let mut body = String::new();
        let mut marks = Vec::new();
        for (ms, part) in parts {
            body.push_str(part);
            marks.push((Duration::from_millis(*ms), body.len()));
        }
        Answer::of_events(body, marks)
    }

    #[test]
    fn streams_are_judged_by_their_events() {
        let check = |parts: &[(u64, &str)], expected| assert_eq!(judge(&answer(parts)), expected);
        check(&[(1, START), (2, STOP)], None);
        check(&[(1, START), (5000, PING), (5001, STOP)], None);
        check(&[(1, START), (5000, STOP)], Some(StreamFault::Silent));
        check(&[(1, START)], Some(StreamFault::Truncated));
        check(
            &[(1, START), (2, "data: {\n\n")],
            Some(StreamFault::Malformed),
        );
        check(&[(1, "")], Some(StreamFault::Malformed));
        let error = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}\n\n";
        let reports = StreamFault::Reports("overloaded_error".to_owned());
        check(&[(1, START), (2, error)], Some(reports));
    }

    #[test]
    fn what_comes_late_and_at_once_seems_held_back() {
        assert!(seems_held_back(&answer(&[(900, START), (901, STOP)])));
        assert!(!seems_held_back(&answer(&[(9, START), (9, STOP)])));
        assert!(!seems_held_back(&answer(&[(400, START), (900, STOP)])));
    }
}
