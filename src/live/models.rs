//! Declared models against the gateway's own list, and against what it answers.

use super::MOST_MODELS;
use super::answers::{Asking, stopped};
use super::say;
use super::verdict::{Verdict, judge, words};
use super::walk::Walk;
use super::wire::{Answer, Call};
use crate::model::Value;

/// The gateway's list; none where it has none.
type List = Option<Vec<String>>;

/// Compares the declared models with the gateway's list, and asks none of them.
pub(super) fn listed(walk: &mut Walk<'_>) {
    let header = walk.target.header;
    let list = list(walk, &Asking::new(header));
    let models = walk.target.distinct();
    for (model, places) in models {
        let Some(list) = &list else { return };
        let name = format!("model `{model}`");
        if is_listed(list, &model) {
            walk.ok(&name, None, "is in the list");
        } else {
            let finding = say::unlisted(&model, &places, near(list, &model));
            walk.fault(&name, None, "is not in the list", [finding]);
        }
    }
}

/// Asks the list and each declared model; returns one that answers, and none where asking has to end.
pub(super) fn asked(walk: &mut Walk<'_>, asking: &Asking, refused: Option<u16>) -> Option<String> {
    let list = list(walk, asking);
    let models = walk.target.distinct();
    let mut working = None;
    for (place, (model, places)) in models.iter().enumerate() {
        let name = format!("model `{model}`");
        let listed = list.as_ref().is_none_or(|list| is_listed(list, model));
        let near = list.as_ref().and_then(|list| near(list, model));
        let verdict = match (place, refused) {
            (0, None) => Verdict::Fine,
            (0, Some(status)) => Verdict::Model(status),
            _ if place > MOST_MODELS => {
                walk.skipped(&name, "enough models are asked");
                continue;
            }
            _ => {
                let result = walk.send(&asking.message(walk.target, model));
                let verdict = judge(&result, model);
                if !matches!(
                    verdict,
                    Verdict::Fine | Verdict::Model(_) | Verdict::Refused(403)
                ) {
                    stopped(walk, &name, &result, &verdict);
                    return None;
                }
                verdict
            }
        };
        match (&verdict, listed) {
            (Verdict::Fine, true) => walk.ok(&name, None, "answers"),
            (Verdict::Fine, false) => {
                let finding = say::unlisted(model, places, near);
                walk.fault(&name, None, "answers, but is not in the list", [finding]);
            }
            (Verdict::Model(status) | Verdict::Refused(status), _) => {
                let finding = say::unknown_model(model, places, *status, near);
                walk.fault(&name, None, format!("answers {status}"), [finding]);
            }
            _ => {}
        }
        if verdict == Verdict::Fine && working.is_none() {
            working = Some(model.clone());
        }
    }
    working
}

/// Asks for the list as the client does, then as OpenAI-style tools do.
fn list(walk: &mut Walk<'_>, asking: &Asking) -> List {
    let base = walk.target.base.clone();
    let expected = walk
        .target
        .facts
        .as_ref()
        .and_then(|facts| facts.lists_models);
    let mut last = String::new();
    for query in ["?limit=1000", ""] {
        let call = Call {
            url: format!("{base}/v1/models{query}"),
            header: asking.header,
            body: None,
            betas: None,
        };
        let Ok(answer) = walk.send(&call) else { break };
        if let Some(found) = ids(&answer) {
            let detail = format!("{} models", found.len());
            walk.ok("model list", Some(answer.total), detail);
            return Some(found);
        }
        last = format!("answers {}: {}", answer.status, words(&answer));
        if answer.status == 404 {
            break;
        }
    }
    if expected == Some(true) {
        walk.remark("model list", last, say::no_list());
    } else {
        walk.skipped("model list", last);
    }
    None
}

fn ids(answer: &Answer) -> List {
    let value = answer.json().filter(|_| answer.is_success())?;
    let entries = value
        .get("data")
        .or_else(|| value.get("models"))
        .unwrap_or(&value);
    let entries = entries.as_array()?.iter();
    let id = |entry: &Value| {
        let id = entry
            .get("id")
            .or_else(|| entry.get("name"))
            .unwrap_or(entry);
        id.as_str().map(str::to_owned)
    };
    Some(entries.filter_map(id).collect())
}

/// Whether a list has a model: by its id, by one with a date behind it, or by a pattern.
fn is_listed(list: &[String], model: &str) -> bool {
    list.iter().any(|id| {
        let dated = undated(id) == model;
        let pattern = id
            .strip_suffix('*')
            .is_some_and(|start| model.starts_with(start));
        id == model || dated || pattern
    })
}

/// An id without the date at its end.
fn undated(id: &str) -> &str {
    let is_date = |text: &str| text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit());
    match id.rsplit_once('-') {
        Some((start, end)) if is_date(end) => start,
        _ => id,
    }
}

/// The listed model that is spelt most like another.
fn near<'l>(list: &'l [String], model: &str) -> Option<&'l str> {
    let distance = |id: &str| {
        let bare = |text: &str| text.rsplit('/').next().unwrap_or(text).replace('.', "-");
        strsim::damerau_levenshtein(&bare(undated(id)), &bare(model))
    };
    let nearest = list.iter().map(|id| (distance(id), id)).min()?;
    (nearest.0 * 3 <= model.len()).then_some(nearest.1.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_knows_dates_and_patterns() {
        let list = ["claude-haiku-4-5-20251001", "vendor/claude-x", "openai/*"].map(str::to_owned);
        for known in [
            "claude-haiku-4-5-20251001",
            "claude-haiku-4-5",
            "openai/gpt",
        ] {
            assert!(is_listed(&list, known), "{known}");
        }
        for unknown in ["claude-haiku-4", "claude-x", "openai"] {
            assert!(!is_listed(&list, unknown), "{unknown}");
        }
        assert_eq!(near(&list, "claude-x"), Some("vendor/claude-x"));
        assert_eq!(
            near(&list, "claude-haiku-4.5"),
            Some("claude-haiku-4-5-20251001")
        );
        assert_eq!(near(&list, "entirely-else"), None);
    }
}
