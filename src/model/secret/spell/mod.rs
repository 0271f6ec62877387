//! The spellings in which other tools name a secret → references of ours.

mod cloud;
mod foreign;
mod url;

pub(super) use foreign::instead_of;

use super::read::build;
use super::{Scheme, SecretRef, SecretRefError};

type Read = Option<Result<SecretRef, SecretRefError>>;

/// Reads another tool's spelling; returns none where the text is in none of them.
pub(super) fn read(text: &str) -> Read {
    variable(text)
        .or_else(|| cloud::read(text))
        .or_else(|| url::read(text))
}

/// Ways to say that a variable of the environment holds it.
fn variable(text: &str) -> Read {
    let name = match text {
        _ if text.starts_with("${{") => return Some(expression(text)),
        _ if text.starts_with("${") => return Some(expansion(text)),
        _ if text.starts_with('$') => match text.get(1..5) {
            Some(word) if word.eq_ignore_ascii_case("env:") => &text[5..],
            _ => &text[1..],
        },
        _ if text.starts_with('%') => text[1..].strip_suffix('%')?,
        _ => text
            .strip_prefix("os.environ/")
            .or_else(|| text.strip_prefix("{env:")?.strip_suffix('}'))?,
    };
    Some(build(Scheme::Env, name, offset(text, name)))
}

/// `${{ secrets.NAME }}` of a workflow.
fn expression(text: &str) -> Result<SecretRef, SecretRefError> {
    let inner = text[3..].strip_suffix("}}").map_or("", str::trim);
    let name = inner
        .strip_prefix("secrets.")
        .or_else(|| inner.strip_prefix("env."));
    match name {
        Some(name) => build(Scheme::Env, name, offset(text, name)),
        None => Err(SecretRefError::Foreign(
            "a workflow's expression",
            "name the variable in which the job has it: `ENV:NAME`",
            3,
        )),
    }
}

/// `${NAME}` of a shell, and what editors make of it.
fn expansion(text: &str) -> Result<SecretRef, SecretRefError> {
    let inner = text[2..].strip_suffix('}').unwrap_or("");
    let named = inner
        .strip_prefix("env:")
        .or_else(|| inner.strip_prefix("localEnv:"));
    let bare = named.unwrap_or(inner);
    let (name, more) = match bare.find([':', '-', '?', '=', '+']) {
        Some(at) => bare.split_at(at),
        None => (bare, ""),
    };
    let empty = matches!(more, "" | ":" | ":-" | "-" | ":=" | "=");
    if empty || more.starts_with(":?") || more.starts_with('?') {
        return build(Scheme::Env, name, offset(text, name));
    }
    Err(SecretRefError::Foreign(
        "a variable with another value to fall back to",
        "name the variable alone: `ENV:NAME`",
        offset(text, more),
    ))
}

/// Where a part begins in the text it was cut from.
fn offset(text: &str, part: &str) -> usize {
    let at = (part.as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
    at.min(text.len())
}
