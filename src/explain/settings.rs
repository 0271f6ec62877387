//! What counts for each setting, where it comes from, and what it shadows.

use schemars::JsonSchema;
use serde::Serialize;

use super::model::{self, Choice};
use super::request::{self, Request};
use super::start::{Given, Layer, Origin, Start};
use super::{Facts, Skipped};
use crate::catalog::{Reader, Variable};
use crate::model::hide;

/// Variables that have lines of their own among the settings.
const OF_MODEL: &str = "model";
const OF_CREDENTIAL: &str = "credential";
const HELPER: &str = "apiKeyHelper";

/// What the client makes of one start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Explanation {
    /// Every setting of the catalogue.
    pub settings: Vec<Setting>,
    /// What goes out.
    pub request: Request,
    /// Settings files of which nothing counts.
    pub skipped: Vec<Skipped>,
    /// What there is to say of the start as a whole.
    pub notes: Vec<String>,
}

/// One setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Setting {
    /// The setting, such as `base-url`.
    pub key: String,
    /// The variable or the key of the settings file that carries it.
    pub name: String,
    /// The value that counts, a credential as a fingerprint; none: nothing does.
    pub value: Option<String>,
    /// Where that stands.
    pub origin: Origin,
    /// What stands elsewhere for nothing, the strongest first.
    pub shadowed: Vec<Shadowed>,
    /// Whether an interactive session asks for trust in the folder before it counts.
    pub trust: bool,
    /// What is known of it.
    pub about: String,
    /// What there is to say of it here.
    pub notes: Vec<String>,
}

/// A value that does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Shadowed {
    /// The variable or key.
    pub name: String,
    /// The value, a credential as a fingerprint.
    pub value: String,
    /// Where it stands.
    pub origin: Origin,
}

/// Returns every setting with what counts for it.
#[must_use]
pub fn explain(start: &Start, facts: &Facts) -> Explanation {
    let mut keys: Vec<&str> = Vec::new();
    for row in facts.clients() {
        if !keys.contains(&row.setting.as_str()) {
            keys.push(&row.setting);
        }
    }
    let lines = |key: &str| match key {
        OF_MODEL => vec![session_model(start, facts)],
        OF_CREDENTIAL => credential(start, facts),
        _ => group(key, start, facts),
    };
    let mut settings: Vec<Setting> = Vec::new();
    for key in keys {
        let mut lines = lines(key);
        if let Some(first) = lines.first_mut() {
            first.notes.extend(unread(key, start, facts));
        }
        settings.extend(lines);
    }
    settings.extend(fallback(start));
    Explanation {
        settings,
        request: request::request(start, facts),
        skipped: start.skipped.clone(),
        notes: start
            .blocked
            .iter()
            .chain(&start.notes)
            .map(|note| hide(note))
            .collect(),
    }
}

impl Facts {
    /// The variables that the client reads.
    pub(super) fn clients(&self) -> impl Iterator<Item = &Variable> {
        let mut rows = self.variables.iter();
        std::iter::from_fn(move || rows.find(|row| row.reader == Reader::Client))
    }
}

/// The variables of a setting that are set anywhere; where none is, the first.
fn group(key: &str, start: &Start, facts: &Facts) -> Vec<Setting> {
    let rows: Vec<&Variable> = facts.clients().filter(|row| row.setting == key).collect();
    let is_set = |row: &&&Variable| {
        !start.variable(&row.name).is_empty() || start.refused.iter().any(|g| g.name == row.name)
    };
    let set: Vec<&Variable> = rows.iter().filter(is_set).copied().collect();
    let shown = if set.is_empty() {
        rows.into_iter().take(1).collect()
    } else {
        set
    };
    shown
        .into_iter()
        .map(|row| line(row, start, facts))
        .collect()
}

/// The line of one variable.
fn line(row: &Variable, start: &Start, facts: &Facts) -> Setting {
    let given = start.variable(&row.name);
    let strongest = given.first();
    let mut notes = Vec::new();
    let value = match strongest {
        Some(first) if !first.value.trim().is_empty() => Some(facts.shown(&row.name, &first.value)),
        Some(_) => {
            notes.push("empty there, which counts as unset".to_owned());
            built_in(row, start, facts)
        }
        None => built_in(row, start, facts),
    };
    for refused in start.refused.iter().filter(|given| given.name == row.name) {
        let place = place(&refused.origin);
        notes.push(format!(
            "{place} may not set it; the client ignores it there"
        ));
    }
    if row.setting == "base-url" {
        notes.extend(address(start));
    }
    let origin = strongest.map_or_else(|| Origin::of(Layer::Default), |first| first.origin.clone());
    Setting {
        key: row.setting.clone(),
        name: row.name.clone(),
        value,
        trust: origin.layer.is_projects(),
        origin,
        shadowed: given
            .iter()
            .skip(1)
            .map(|given| shadowed(given, facts))
            .collect(),
        about: row.about.clone(),
        notes,
    }
}

fn shadowed(given: &Given, facts: &Facts) -> Shadowed {
    Shadowed {
        name: given.name.clone(),
        value: facts.shown(&given.name, &given.value),
        origin: given.origin.clone(),
    }
}

/// What counts where a variable is unset: for a tier, the id of this release.
fn built_in(row: &Variable, start: &Start, facts: &Facts) -> Option<String> {
    let tier = row.setting.strip_prefix("model-");
    let alias = tier.and_then(|tier| facts.alias(tier, &start.client));
    alias
        .map(|alias| alias.model.clone())
        .or_else(|| row.default.clone())
}

/// What becomes of a base URL that is not in the client's form.
fn address(start: &Start) -> Vec<String> {
    let base = request::base(start);
    let mut notes = match request::address(&base) {
        None => vec!["that is no URL: the client makes no request at all".to_owned()],
        Some(url) => vec![format!("requests go to {url}")],
    };
    let path = base.trim().trim_end_matches('/');
    if path.ends_with("/v1") || path.ends_with("/messages") {
        let note = "the client adds /v1/messages itself, so the version path stands there twice";
        notes.push(note.to_owned());
    }
    notes
}

fn session_model(start: &Start, facts: &Facts) -> Setting {
    let Choice {
        sent,
        chosen,
        shadowed: others,
        through,
        refused,
    } = model::choose(start, facts);
    let mut notes = Vec::new();
    if let Some(refused) = refused {
        notes.push(format!(
            "`availableModels` does not have `{}`, so the default is asked for",
            hide(&refused)
        ));
    }
    match through {
        Some(given) if given.origin.layer == Layer::Default => {
            notes.push(format!(
                "`{}` is `{sent}` in client {}",
                chosen.value.trim(),
                start.client
            ));
        }
        Some(given) => {
            let place = place(&given.origin);
            notes.push(format!(
                "`{}` stands for it: {} in {place}",
                chosen.value.trim(),
                given.name
            ));
        }
        None if chosen.value.trim() != sent => {
            notes.push(format!(
                "chosen as `{}`; the window is not part of the name",
                chosen.value.trim()
            ));
        }
        None => {}
    }
    Setting {
        key: OF_MODEL.to_owned(),
        name: chosen.name,
        value: Some(hide(&sent)),
        trust: chosen.origin.layer.is_projects(),
        origin: chosen.origin,
        shadowed: others.iter().map(|given| shadowed(given, facts)).collect(),
        about: "The model of a session: --model, then ANTHROPIC_MODEL, then `model` of a settings file.".to_owned(),
        notes,
    }
}

fn credential(start: &Start, facts: &Facts) -> Vec<Setting> {
    let rows = facts.clients().filter(|row| row.setting == OF_CREDENTIAL);
    // What is emptied and hides nothing is as good as absent.
    let says = |given: &[&Given]| given.iter().any(|given| !given.value.trim().is_empty());
    let set = rows.filter(|row| says(&start.variable(&row.name)));
    let mut lines: Vec<Setting> = set.map(|row| line(row, start, facts)).collect();
    let helpers = start.key(HELPER);
    let helps = helpers.iter().any(|given| !given.value.trim().is_empty());
    if let Some(first) = helpers.first().filter(|_| helps) {
        let text = Some(first.value.trim()).filter(|text| !text.is_empty());
        lines.push(Setting {
            key: OF_CREDENTIAL.to_owned(),
            name: HELPER.to_owned(),
            value: text.map(hide),
            trust: first.origin.layer.is_projects(),
            origin: first.origin.clone(),
            shadowed: helpers
                .iter()
                .skip(1)
                .map(|given| shadowed(given, facts))
                .collect(),
            about:
                "A program that prints the key; it goes out in each header that no variable fills."
                    .to_owned(),
            notes: Vec::new(),
        });
    }
    if lines.is_empty() {
        lines.push(Setting {
            key: OF_CREDENTIAL.to_owned(),
            name: "ANTHROPIC_AUTH_TOKEN".to_owned(),
            value: None,
            trust: false,
            origin: Origin::of(Layer::Default),
            shadowed: Vec::new(),
            about: "Sent as `authorization: Bearer`.".to_owned(),
            notes: Vec::new(),
        });
    }
    lines[0].notes.push(sent(start, facts));
    lines
}

/// Which headers carry a key, and what each has it from.
fn sent(start: &Start, facts: &Facts) -> String {
    let headers = request::request(start, facts).headers;
    let keys = headers
        .iter()
        .filter(|header| request::is_credential(&header.name));
    let keys: Vec<String> = keys
        .map(|header| format!("{} from {}", header.name, header.from))
        .collect();
    if keys.is_empty() {
        "no header carries a key: the client asks for a login and makes no request".to_owned()
    } else {
        format!("sent: {}", keys.join(", "))
    }
}

/// The models that are asked for once the first one fails.
fn fallback(start: &Start) -> Option<Setting> {
    let all = start.key("fallbackModel");
    let first = all.first()?;
    let others = all.iter().skip(1);
    Some(Setting {
        key: "fallback".to_owned(),
        name: first.name.clone(),
        value: Some(hide(&first.value)),
        trust: first.origin.layer.is_projects(),
        origin: first.origin.clone(),
        shadowed: others
            .map(|given| Shadowed {
                name: given.name.clone(),
                value: hide(&given.value),
                origin: given.origin.clone(),
            })
            .collect(),
        about:
            "Models that are asked for where the gateway does not have the first, or is overloaded."
                .to_owned(),
        notes: Vec::new(),
    })
}

/// Variables that are set for a setting although nobody reads them.
fn unread(key: &str, start: &Start, facts: &Facts) -> Vec<String> {
    let rows = facts.variables.iter();
    let rows = rows.filter(|row| row.setting == key && row.reader == Reader::Nobody);
    let note = |row: &Variable| {
        let given = start.variable(&row.name).first().copied()?;
        let place = place(&given.origin);
        let instead = row
            .instead
            .as_ref()
            .map(|name| format!("; {name} is the one that is read"));
        Some(format!(
            "{} is set ({place}), which nobody reads{}",
            row.name,
            instead.unwrap_or_default()
        ))
    };
    rows.filter_map(note).collect()
}

/// A place in words.
pub(super) fn place(origin: &Origin) -> String {
    let layer = origin.layer.as_str();
    match (&origin.file, origin.line) {
        (Some(file), Some(line)) => format!("{layer}, {file}:{line}"),
        (Some(file), None) => format!("{layer}, {file}"),
        (None, _) => layer.to_owned(),
    }
}
