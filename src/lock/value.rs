//! Values ↔ their spelling in the lockfile: TOML, and JSON in it for what TOML cannot say.

use super::key;
use crate::model::Value;

/// The one key of a table that stands for the value in its text.
const JSON: &str = "json";

/// Spells a managed key's value on one line.
pub(super) fn spelled(value: &Value) -> String {
    if is_plain(value) {
        return literal(value);
    }
    let text = literal(&Value::from(value.to_string()));
    format!("{{ {JSON} = {text} }}")
}

/// Returns the value that a spelling stands for, as TOML reads it.
pub(super) fn meant(value: Value) -> Value {
    wrapped(&value)
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or(value)
}

/// Spells a value of TOML's own kinds.
pub(super) fn literal(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(literal).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(map) => {
            let rows: Vec<String> = map
                .iter()
                .map(|(k, v)| format!("{} = {}", key(k), literal(v)))
                .collect();
            format!("{{ {} }}", rows.join(", "))
        }
        Value::String(text) => toml_edit::Value::from(text.as_str()).to_string(),
        other => other.to_string(),
    }
}

/// TOML has no null and no number beyond 64 bits with a sign.
fn is_plain(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Number(number) => number.is_i64() || number.is_f64(),
        Value::Array(items) => items.iter().all(is_plain),
        Value::Object(map) => wrapped(value).is_none() && map.values().all(is_plain),
        Value::Bool(_) | Value::String(_) => true,
    }
}

fn wrapped(value: &Value) -> Option<&str> {
    let map = value.as_object().filter(|map| map.len() == 1)?;
    map.get(JSON)?.as_str()
}
