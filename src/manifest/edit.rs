//! Sets keys in a manifest's text, keeping its comments and order.

use toml_edit::{Document, DocumentMut, Item, Table, TomlError};

use super::VERSION;
use super::check::check_value;
use super::keys::{self, Kind};
use crate::model::{Diagnostic, SecretRef, Value};

/// `KEY=VALUE` as the user typed it, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    /// Dotted key.
    pub key: String,
    /// Its value; null removes the key.
    pub value: Value,
}

/// Why an edit did not happen.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The manifest is no TOML.
    #[error("invalid TOML: {0}")]
    Syntax(String),
    /// Something other than a table stands where one is needed.
    #[error("`{0}` is not a table")]
    NotATable(String),
}

/// Reads `KEY=VALUE`. Lists are comma separated; an empty value removes the key.
///
/// # Errors
/// Returns the problem with its help.
pub fn parse_assignment(text: &str) -> Result<Assignment, Diagnostic> {
    let Some((key, raw)) = text.split_once('=') else {
        return Err(
            Diagnostic::error("usage", format!("`{text}` is not KEY=VALUE"))
                .with_help("for example `gateway.url=https://gateway.internal.net/v1`"),
        );
    };
    let key = key.trim().to_owned();
    let kind = keys::find(&key).map(|k| k.kind);
    let value = match kind {
        _ if raw.is_empty() && !matches!(key.as_str(), "version" | "profile") => Value::Null,
        Some(Kind::Version | Kind::Milliseconds | Kind::Count) => raw
            .parse::<i64>()
            .map_or_else(|_| Value::from(raw), Value::from),
        Some(Kind::Features | Kind::Models) => raw
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(Value::from)
            .collect(),
        _ => Value::from(raw),
    };
    assigned(&key, value)
}

/// Returns the assignment of a value that is no text any more; null removes the key.
///
/// # Errors
/// Returns the problem with its help.
pub fn assigned(key: &str, value: Value) -> Result<Assignment, Diagnostic> {
    let kind = keys::find(key).map(|k| k.kind);
    if !value.is_null() || kind.is_none() {
        check_value(key, &value)?;
    }
    let value = normal(kind, value);
    if kind == Some(Kind::Version) && value != VERSION {
        let message = format!("`version` is that of the manifest's format, which is {VERSION}");
        return Err(Diagnostic::error("usage", message).with_help("leave it as it is"));
    }
    Ok(Assignment {
        key: key.to_owned(),
        value,
    })
}

/// A reference in our own spelling, whoever's it was typed in.
fn normal(kind: Option<Kind>, value: Value) -> Value {
    let may_be = matches!(kind, Some(Kind::Reference | Kind::Header));
    let text = value.as_str().filter(|_| may_be);
    let reference = text.and_then(|text| SecretRef::parse(text).ok());
    reference.map_or(value, |reference| Value::from(reference.to_string()))
}

/// Returns the manifest's text with the assignments made.
///
/// # Errors
/// Fails where the text is no TOML, or a table is something else.
pub fn set(text: &str, assignments: &[Assignment]) -> Result<String, EditError> {
    let (bom, body) = text
        .strip_prefix('\u{feff}')
        .map_or(("", text), |body| ("\u{feff}", body));
    let mut edited = body.to_owned();
    for assignment in assignments {
        edited = if assignment.value.is_null() {
            without(&edited, &assignment.key)?
        } else {
            let mut document: DocumentMut = edited.parse().map_err(|e| syntax(&e))?;
            assign(document.as_table_mut(), assignment)?;
            document.to_string()
        };
    }
    let crlf = body.contains("\r\n") && !body.replace("\r\n", "").contains('\n');
    let edited = if crlf {
        edited.replace("\r\n", "\n").replace('\n', "\r\n")
    } else {
        edited
    };
    Ok(format!("{bom}{edited}"))
}

fn syntax(error: &TomlError) -> EditError {
    EditError::Syntax(error.message().to_owned())
}

/// The text without the lines of a key; comments above it may be about what follows, and stay.
fn without(text: &str, key: &str) -> Result<String, EditError> {
    let document = Document::parse(text).map_err(|e| syntax(&e))?;
    let root = document.as_table();
    let (table, name) = match key.split_once('.') {
        None => (root, key),
        Some((table, name)) => match root.get(table) {
            None => return Ok(text.to_owned()),
            Some(item) => {
                let wrong = || EditError::NotATable(table.to_owned());
                (item.as_table().ok_or_else(wrong)?, name)
            }
        },
    };
    let found = table.get_key_value(name);
    let Some((from, to)) = found.and_then(|(key, item)| key.span().zip(item.span())) else {
        return Ok(text.to_owned());
    };
    let start = text[..from.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[to.end..]
        .find('\n')
        .map_or(text.len(), |at| to.end + at + 1);
    let (above, below) = (&text[..start], &text[end..]);
    let apart = above.is_empty() || above.ends_with("\n\n") || above.ends_with("\n\r\n");
    let blank = ["\r\n", "\n"].into_iter().filter(|_| apart);
    let mut shorter = blank.filter_map(|end| below.strip_prefix(end));
    Ok(format!("{above}{}", shorter.next().unwrap_or(below)))
}

fn assign(root: &mut Table, assignment: &Assignment) -> Result<(), EditError> {
    let (table, name) = match assignment.key.split_once('.') {
        None => (root, assignment.key.as_str()),
        Some((table, name)) => {
            let item = root
                .entry(table)
                .or_insert_with(|| Item::Table(Table::new()));
            (
                item.as_table_mut()
                    .ok_or_else(|| EditError::NotATable(table.to_owned()))?,
                name,
            )
        }
    };
    let new = to_toml(&assignment.value);
    match table.get_mut(name).and_then(Item::as_value_mut) {
        Some(old) => {
            let decor = old.decor().clone();
            *old = new;
            *old.decor_mut() = decor;
        }
        None => {
            table.insert(name, Item::Value(new));
        }
    }
    Ok(())
}

fn to_toml(value: &Value) -> toml_edit::Value {
    match value {
        Value::Array(items) => items
            .iter()
            .map(to_toml)
            .collect::<toml_edit::Array>()
            .into(),
        Value::Number(number) => number.as_i64().unwrap_or_default().into(),
        Value::Bool(flag) => (*flag).into(),
        Value::String(text) => text.as_str().into(),
        other => other.to_string().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, assignment: &str, expected: &str) {
        let assignment = parse_assignment(assignment).expect("a good assignment");
        assert_eq!(set(text, &[assignment]).expect("good TOML"), expected);
    }

    #[test]
    fn comments_and_order_stay() {
        check(
            "a = 1 # x\nprofile = \"team\" # why\n",
            "profile=solo",
            "a = 1 # x\nprofile = \"solo\" # why\n",
        );
        check(
            "version = 1\n\n# gw\n[gateway]\nkind = \"x\"\n",
            "gateway.timeout_ms=5",
            "version = 1\n\n# gw\n[gateway]\nkind = \"x\"\ntimeout_ms = 5\n",
        );
        check(
            "version = 1\r\n",
            "models.fallback=a,b",
            "version = 1\r\n\r\n[models]\r\nfallback = [\"a\", \"b\"]\r\n",
        );
        check("[models]\nfast = \"x\"\n", "models.fast=", "[models]\n");
        check(
            "a = 1\n# mine\n\npack = \"x\" # p\n\n# gw\n[gateway]\n",
            "pack=",
            "a = 1\n# mine\n\n# gw\n[gateway]\n",
        );
        check(
            "# mine\nmodels.fallback = [\n  \"a\",\n]",
            "models.fallback=",
            "# mine\n",
        );
        check(
            "models.fast = \"x\"\n",
            "headers.a=",
            "models.fast = \"x\"\n",
        );
    }
}
