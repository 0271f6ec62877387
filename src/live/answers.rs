//! The questions to the Messages API, the one that decides most first.

use std::time::Duration;

use serde_json::json;

use super::say;
use super::stream::{self, StreamFault};
use super::target::{HeaderForm, Target};
use super::verdict::{Verdict, is_readable_error, judge, words};
use super::walk::Walk;
use super::wire::{Answer, Call, Failed};
use super::{models, path};

/// What client 2.1.330 sends; with one variable of its own it leaves out those that are experimental.
const BETAS: &str = "claude-code-20250219,interleaved-thinking-2025-05-14,context-management-2025-06-27,\
per-turn-control-2026-07-01,mid-conversation-tool-changes-2026-07-01,thinking-token-count-2026-05-13,\
advanced-tool-use-2025-11-20,effort-2025-11-24";
/// A model that no gateway has.
const NO_MODEL: &str = "claude-scaffold-no-such-model";
/// A first byte that takes a third of the time limit will miss it on a bad day.
const MARGIN: u32 = 3;

/// How messages are asked for.
pub(super) struct Asking {
    pub(super) header: HeaderForm,
    tokens: usize,
    prompt: &'static str,
    is_stream: bool,
    betas: Option<&'static str>,
}

impl Asking {
    /// The smallest message there is.
    pub(super) fn new(header: HeaderForm) -> Self {
        Self {
            header,
            tokens: 1,
            prompt: "hi",
            is_stream: false,
            betas: None,
        }
    }

    /// A message to a model.
    pub(super) fn message(&self, target: &Target, model: &str) -> Call {
        let mut body = json!({
            "model": model,
            "max_tokens": self.tokens,
            "messages": [{ "role": "user", "content": self.prompt }],
        });
        if self.is_stream {
            body["stream"] = true.into();
        }
        Call {
            url: format!("{}/v1/messages?beta=true", target.base),
            header: self.header,
            body: Some(body),
            betas: self.betas,
        }
    }
}

/// Asks everything, as far as the answers allow.
pub(super) fn asked(walk: &mut Walk<'_>) {
    let Some((model, _)) = walk.target.distinct().into_iter().next() else {
        return walk.skipped("message", "no model is declared");
    };
    let Some((asking, refused)) = first(walk, &model) else {
        return;
    };
    let Some(model) = models::asked(walk, &asking, refused) else {
        return;
    };
    let goes_on = streamed(walk, &asking, &model)
        && with_betas(walk, &asking, &model)
        && counted(walk, &asking, &model)
        && unknown(walk, &asking);
    if goes_on {
        other_header(walk, &asking, &model);
    }
    latency(walk);
    limits(walk);
}

/// The first message: path, key and model. Returns how to ask on, and whether the model is refused.
fn first(walk: &mut Walk<'_>, model: &str) -> Option<(Asking, Option<u16>)> {
    let declared = walk.target.header;
    let mut asking = Asking::new(declared);
    let call = asking.message(walk.target, model);
    let result = walk.send(&call);
    let verdict = judge(&result, model);
    let took = result.as_ref().ok().map(|answer| answer.total);
    match verdict {
        Verdict::Fine => {
            walk.ok("message", took, "answered");
            Some((asking, None))
        }
        Verdict::Model(status) => {
            walk.ok(
                "message",
                took,
                format!("the model is refused with {status}"),
            );
            Some((asking, Some(status)))
        }
        Verdict::NoPath => {
            path::proven(walk, &call, model);
            None
        }
        Verdict::Refused(status) => {
            let said = result.as_ref().map(words).unwrap_or_default();
            let detail = format!("{} answers {status}: {said}", form(declared));
            let mut verdict = Verdict::Refused(status);
            if let Some(other) = other_form(declared) {
                asking.header = other;
                verdict = judge(&walk.send(&asking.message(walk.target, model)), model);
            }
            let refused = match verdict {
                Verdict::Fine => None,
                Verdict::Model(status) => Some(status),
                _ => {
                    walk.fault("key", took, detail, [say::key(status)]);
                    return None;
                }
            };
            let finding = say::header_form(declared, asking.header);
            walk.fault("header form", took, detail, [finding]);
            Some((asking, refused))
        }
        verdict => {
            stopped(walk, "message", &result, &verdict);
            None
        }
    }
}

/// Notes a verdict after which there is nothing to ask on.
pub(super) fn stopped(
    walk: &mut Walk<'_>,
    name: &str,
    result: &Result<Answer, Failed>,
    verdict: &Verdict,
) {
    if matches!(verdict, Verdict::Failed(Failed::Unasked)) {
        return walk.skipped(name, "no time is left");
    }
    let timeout = Duration::from_millis(walk.target.timeout_ms);
    let base = walk.target.base.clone();
    let (took, detail) = match result {
        Ok(answer) => (
            Some(answer.total),
            format!("answers {}: {}", answer.status, words(answer)),
        ),
        Err(failed) => (None, say::failed_detail(failed)),
    };
    let has_authority = !walk.target.authorities.is_empty();
    let verdict = match verdict {
        Verdict::Redirect(to) => &Verdict::Redirect(walk.target.shown(to)),
        verdict => verdict,
    };
    let finding = say::stopped(verdict, &base, timeout, has_authority);
    walk.fault(name, took, detail, [finding]);
}

fn streamed(walk: &mut Walk<'_>, asking: &Asking, model: &str) -> bool {
    let mut ask = |tokens, prompt| {
        let asking = Asking {
            tokens,
            prompt,
            is_stream: true,
            ..*asking
        };
        walk.send(&asking.message(walk.target, model))
    };
    let result = ask(1, "hi");
    let answer = match &result {
        Ok(answer) if answer.is_success() && !answer.is_page() => answer,
        _ => {
            let verdict = match judge(&result, model) {
                Verdict::NoPath | Verdict::Model(_) | Verdict::Refused(_) => {
                    Verdict::Rejected(result.as_ref().map_or(0, |answer| answer.status))
                }
                verdict => verdict,
            };
            stopped(walk, "streamed message", &result, &verdict);
            return false;
        }
    };
    let mut fault = stream::judge(answer);
    if fault.is_none() && stream::seems_held_back(answer) {
        let longer = ask(stream::LONGER, "Count from 1 to 20, in digits.");
        let held = longer.as_ref().is_ok_and(stream::seems_held_back);
        fault = held.then_some(StreamFault::HeldBack);
    }
    let detail = stream::detail(answer);
    match fault {
        None => walk.ok("streamed message", Some(answer.total), detail),
        Some(fault) => {
            let took = Some(answer.total);
            walk.fault("streamed message", took, detail, [say::stream(&fault)]);
        }
    }
    true
}

fn with_betas(walk: &mut Walk<'_>, asking: &Asking, model: &str) -> bool {
    let asking = Asking {
        betas: Some(BETAS),
        ..*asking
    };
    let result = walk.send(&asking.message(walk.target, model));
    let took = result.as_ref().ok().map(|answer| answer.total);
    match judge(&result, model) {
        Verdict::Fine => walk.ok("beta headers", took, "taken"),
        Verdict::Rejected(status) | Verdict::Refused(status) | Verdict::Model(status) => {
            let said = result.as_ref().map(words).unwrap_or_default();
            let detail = format!("answers {status}: {said}");
            walk.fault("beta headers", took, detail, [say::betas(status)]);
        }
        verdict => {
            stopped(walk, "beta headers", &result, &verdict);
            return false;
        }
    }
    true
}

fn counted(walk: &mut Walk<'_>, asking: &Asking, model: &str) -> bool {
    let body = json!({ "model": model, "messages": [{ "role": "user", "content": "hi" }] });
    let call = Call {
        url: format!("{}/v1/messages/count_tokens?beta=true", walk.target.base),
        header: asking.header,
        body: Some(body),
        betas: None,
    };
    match walk.send(&call) {
        Ok(answer) => {
            let value = answer.json().unwrap_or_default();
            let count = value
                .get("input_tokens")
                .and_then(crate::model::Value::as_u64);
            if count.is_some() && answer.is_success() {
                walk.ok("count_tokens", Some(answer.total), "counts");
            } else {
                let detail = format!("answers {}: {}", answer.status, words(&answer));
                walk.remark("count_tokens", detail, say::no_count());
            }
            true
        }
        Err(failed) => {
            let result = Err(failed.clone());
            stopped(walk, "count_tokens", &result, &Verdict::Failed(failed));
            false
        }
    }
}

/// A model that is not there: does the error reach the client as it was made?
fn unknown(walk: &mut Walk<'_>, asking: &Asking) -> bool {
    let result = walk.send(&asking.message(walk.target, NO_MODEL));
    let verdict = judge(&result, NO_MODEL);
    let name = "error bodies";
    match (&result, &verdict) {
        (Ok(answer), Verdict::Fine) => {
            walk.ok(name, Some(answer.total), "any model name is taken");
        }
        (Ok(answer), Verdict::Limited(_) | Verdict::Redirect(_)) => {
            stopped(walk, name, &result, &verdict);
            return answer.is_success();
        }
        (Ok(answer), _) if is_readable_error(answer) => {
            let detail = format!("{}: {}", answer.status, words(answer));
            walk.ok(name, Some(answer.total), detail);
        }
        (Ok(answer), _) => {
            let detail = format!("answers {}: {}", answer.status, words(answer));
            walk.fault(name, Some(answer.total), detail, [say::altered_errors()]);
        }
        (Err(_), _) => {
            stopped(walk, name, &result, &verdict);
            return false;
        }
    }
    true
}

fn other_header(walk: &mut Walk<'_>, asking: &Asking, model: &str) {
    let Some(other) = other_form(asking.header).filter(|_| asking.header == walk.target.header)
    else {
        return;
    };
    let again = Asking::new(other);
    let result = walk.send(&again.message(walk.target, model));
    let detail = match judge(&result, model) {
        Verdict::Fine => format!("{} is taken, too", form(other)),
        Verdict::Refused(status) => format!("{} answers {status}, as it may", form(other)),
        _ => return walk.skipped("other header form", "no clear answer"),
    };
    let took = result.ok().map(|answer| answer.total);
    walk.ok("other header form", took, detail);
}

fn latency(walk: &mut Walk<'_>) {
    let Some(longest) = walk.seen.first_bytes.iter().max().copied() else {
        return;
    };
    let timeout = Duration::from_millis(walk.target.timeout_ms);
    let detail = format!(
        "{} ms at most, {} ms are allowed",
        longest.as_millis(),
        timeout.as_millis()
    );
    if longest * MARGIN <= timeout {
        return walk.ok("first byte", Some(longest), detail);
    }
    let finding = say::timeout(longest, timeout, MARGIN);
    walk.fault("first byte", Some(longest), detail, [finding]);
}

fn limits(walk: &mut Walk<'_>) {
    let Some(announced) = walk.seen.requests_per_minute else {
        return walk.skipped("limits", "no header announces any");
    };
    let detail = format!("{announced} requests per minute");
    match say::limits(announced, walk.target.limits) {
        Some(finding) => walk.fault("limits", None, detail, [finding]),
        None => walk.ok("limits", None, detail),
    }
}

fn other_form(form: HeaderForm) -> Option<HeaderForm> {
    match form {
        HeaderForm::Bearer => Some(HeaderForm::ApiKey),
        HeaderForm::ApiKey => Some(HeaderForm::Bearer),
        HeaderForm::Both => None,
    }
}

/// A form as people write it.
pub(super) fn form(form: HeaderForm) -> &'static str {
    match form {
        HeaderForm::Bearer => "`authorization: Bearer`",
        HeaderForm::ApiKey => "`x-api-key`",
        HeaderForm::Both => "`authorization: Bearer` with `x-api-key`",
    }
}
