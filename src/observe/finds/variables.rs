//! Variables of the client and of OpenAI-style tools → manifest keys.

use super::{Finds, Kept, Spelled};
use crate::model::{Value, holds_secret, is_secret_header, redact};

/// Variable, or key of the settings file, and the manifest key that declares it; the client takes
/// the first of those that mean the same.
const DECLARED_AS: [(&str, &str); 14] = [
    ("ANTHROPIC_BASE_URL", "gateway.url"),
    ("OPENAI_BASE_URL", "gateway.openai_url"),
    ("OPENAI_API_BASE", "gateway.openai_url"),
    ("API_TIMEOUT_MS", "gateway.timeout_ms"),
    ("ANTHROPIC_TIMEOUT_MS", "gateway.timeout_ms"),
    ("ANTHROPIC_MODEL", "models.default"),
    (MODEL, "models.default"),
    ("ANTHROPIC_DEFAULT_SONNET_MODEL", "models.default"),
    ("ANTHROPIC_DEFAULT_HAIKU_MODEL", "models.fast"),
    ("ANTHROPIC_SMALL_FAST_MODEL", "models.fast"),
    ("ANTHROPIC_DEFAULT_OPUS_MODEL", "models.reasoning"),
    ("ANTHROPIC_DEFAULT_FABLE_MODEL", "models.reasoning"),
    ("ANTHROPIC_CUSTOM_HEADERS", ""),
    ("OTEL_RESOURCE_ATTRIBUTES", ""),
];

/// What the settings file's own `model` is called here, which is no name of a variable.
pub(super) const MODEL: &str = ".model";

/// The variables that carry the key, and the header each goes out in (CLIENT.md section 2).
pub(super) const CREDENTIALS: [(&str, &str); 2] = [
    ("ANTHROPIC_AUTH_TOKEN", "bearer"),
    ("ANTHROPIC_API_KEY", "x-api-key"),
];

/// A variable with its value, as a file sets it.
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) at: Spelled,
}

/// Takes the variables of one file; of a name that is set twice the last one counts.
pub(super) fn take(found: &mut Finds, variables: &[Variable], kept: Kept) {
    let last = |name: &str| variables.iter().rfind(|variable| variable.name == name);
    for (name, header) in CREDENTIALS {
        if let Some(variable) = last(name) {
            credential(found, variable, header, kept);
        }
    }
    for (name, key) in DECLARED_AS {
        let Some(Variable { value, at, .. }) = last(name) else {
            continue;
        };
        match (name, key) {
            ("ANTHROPIC_CUSTOM_HEADERS", _) => headers(found, value, at, kept),
            ("OTEL_RESOURCE_ATTRIBUTES", _) => attributes(found, value, at),
            _ if !says(value) => {}
            (_, "gateway.timeout_ms") => found.value(key, milliseconds(value), at),
            _ => found.value(key, value.as_str(), at),
        }
    }
}

/// Returns a number where a text is one.
pub(super) fn milliseconds(text: &str) -> Value {
    text.parse::<i64>()
        .map_or_else(|_| Value::from(text), Value::from)
}

/// Whether a text is a value that somebody meant: no slot, no placeholder, nothing to expand.
pub(super) fn says(text: &str) -> bool {
    const FILLER: [&str; 11] = [
        "your-",
        "your_",
        "your.",
        "your ",
        "changeme",
        "change-me",
        "placeholder",
        "xxx",
        "<",
        "...",
        "replace",
    ];
    let lower = text.to_ascii_lowercase();
    !text.trim().is_empty()
        && !text.contains(['$', '`'])
        && !FILLER.iter().any(|word| lower.contains(word))
}

/// Returns whether a value is a credential itself, by its name or its shape.
#[must_use]
pub fn is_literal(name: &str, text: &str) -> bool {
    says(text) && (holds_secret(text) || redact(name, text) == "[redacted]")
}

/// The variable that a text takes its value from: `$NAME`, `${NAME}`, `${NAME:?…}`, `${env:NAME}`.
pub(super) fn named(text: &str) -> Option<&str> {
    let rest = text.strip_prefix('$')?;
    let rest = rest.strip_prefix('{').unwrap_or(rest);
    let rest = rest.strip_prefix("env:").unwrap_or(rest);
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let (name, tail) = rest.split_at(end.unwrap_or(rest.len()));
    let whole = tail.is_empty() || (tail.starts_with(['}', ':', '?', '-']) && tail.ends_with('}'));
    (!name.is_empty() && whole).then_some(name)
}

fn credential(found: &mut Finds, variable: &Variable, header: &str, kept: Kept) {
    let Variable { name, value, at } = variable;
    let own = format!("ENV:{name}");
    if let Some(other) = named(value) {
        found.value("credential.ref", format!("ENV:{other}"), at);
        return found.value("credential.header", header, at);
    }
    let literal = match kept {
        Kept::Private => false,
        Kept::Template => holds_secret(value),
        Kept::Committed => is_literal(name, value),
    };
    if literal {
        found.literal(at, &own);
    }
    if literal || kept != Kept::Committed {
        found.value("credential.ref", own, at);
        found.value("credential.header", header, at);
    }
}

/// Header lines: the tags, the key, and others. What stands in a private file may be private.
fn headers(found: &mut Finds, text: &str, at: &Spelled, kept: Kept) {
    for (name, value) in text.lines().filter_map(|line| line.split_once(':')) {
        let (name, value) = (name.trim(), value.trim());
        let lower = name.to_ascii_lowercase();
        match lower.as_str() {
            _ if !says(value) => {}
            "x-project-tag" => found.value("telemetry.project_tag", value, at),
            "x-cost-center" => found.value("telemetry.cost_center", value, at),
            _ if kept == Kept::Private => {}
            _ if is_secret_header(&lower) || is_literal(name, value) => {
                if kept == Kept::Committed || holds_secret(value) {
                    found.literal(at, &format!("ENV:{}", variable_for(&lower)));
                }
            }
            _ => found.value(&format!("headers.{name}"), value, at),
        }
    }
}

/// Returns the variable that holds what a header carries; the name in lower case.
#[must_use]
pub fn variable_for(header: &str) -> String {
    match header {
        "authorization" => "ANTHROPIC_AUTH_TOKEN".to_owned(),
        "x-api-key" => "ANTHROPIC_API_KEY".to_owned(),
        _ => header.to_ascii_uppercase().replace('-', "_"),
    }
}

fn attributes(found: &mut Finds, text: &str, at: &Spelled) {
    let plain = text
        .split(',')
        .filter(|pair| says(pair) && !pair.contains('%'));
    for (name, value) in plain.filter_map(|pair| pair.split_once('=')) {
        match name.trim() {
            "project.tag" => found.value("telemetry.project_tag", value.trim(), at),
            "cost_center" => found.value("telemetry.cost_center", value.trim(), at),
            _ => {}
        }
    }
}
