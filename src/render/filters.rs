//! Filters that print a value as a literal of the language it goes into.

use tera::{Kwargs, State, Tera, Value};

pub(super) fn register(tera: &mut Tera) {
    tera.register_filter("json", |value: &Value, _: Kwargs, _: &State<'_>| {
        json(value)
    });
    tera.register_filter("yaml", |value: &Value, _: Kwargs, _: &State<'_>| {
        json(value)
    });
    tera.register_filter("toml", |text: &str, _: Kwargs, _: &State<'_>| {
        toml::Value::from(text).to_string()
    });
    tera.register_filter("sh", |text: &str, _: Kwargs, _: &State<'_>| {
        format!("'{}'", text.replace('\'', "'\\''"))
    });
    tera.register_filter("ps1", |text: &str, _: Kwargs, _: &State<'_>| {
        powershell(text)
    });
    tera.register_filter("env", |text: &str, _: Kwargs, _: &State<'_>| dotenv(text));
    tera.register_filter("attribute", |text: &str, _: Kwargs, _: &State<'_>| {
        attribute(text)
    });
}

/// JSON is a subset of YAML, so one literal serves both.
fn json(value: &Value) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

/// `PowerShell` also takes typographic quotes for quotes; doubled, each stands for itself.
fn powershell(text: &str) -> String {
    let mut quoted = String::from("'");
    for c in text.chars() {
        quoted.push(c);
        if matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}') {
            quoted.push(c);
        }
    }
    quoted + "'"
}

fn dotenv(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+,=".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    let escaped = text
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('$', "\\$");
    format!("\"{escaped}\"")
}

/// A path with spaces is quoted in C style in `.gitattributes` (gitattributes(5)).
fn attribute(path: &str) -> String {
    if path.contains(' ') {
        format!("\"{path}\"")
    } else {
        path.to_owned()
    }
}
