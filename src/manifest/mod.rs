//! Manifest text → [`Manifest`]: what the user declared, located, not yet combined with anything.
//!
//! Every problem is reported at once. Must not read files; profiles, features and gateway kinds are
//! checked by `resolve`, which knows the catalogue.

mod check;
mod draft;
mod edit;
mod keys;
mod schema;

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::model::{Diagnostic, Value, holds_secret};

pub use check::check_value;
pub use draft::{assign, draft};
pub use edit::{Assignment, EditError, assigned, parse_assignment, set};
pub use keys::{KEYS, Key, Kind, nearest};
pub use schema::schema;

/// The code of a diagnostic that says that a manifest is no TOML.
pub const SYNTAX: &str = "syntax";

/// The version of the manifest's format.
pub const VERSION: i64 = 1;

/// One declared value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The value.
    pub value: Value,
    /// Byte offset of the value in the text.
    pub offset: usize,
}

/// What the user declared: dotted key → value.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Manifest {
    /// File name for messages, relative to the unit's root.
    pub path: String,
    /// The text the offsets point into.
    pub text: String,
    /// The declared values.
    pub entries: BTreeMap<String, Entry>,
}

impl Manifest {
    /// Returns a diagnostic at the place of a key.
    #[must_use]
    pub fn place(&self, key: &str, diagnostic: Diagnostic) -> Diagnostic {
        match self.entries.get(key) {
            Some(entry) => diagnostic.at(&self.path, &self.text, entry.offset),
            None => diagnostic.in_file(&self.path),
        }
    }
}

/// Reads a manifest; the diagnostics hold every problem found.
#[must_use]
pub fn parse(path: &str, text: &str) -> (Manifest, Vec<Diagnostic>) {
    let mut manifest = Manifest {
        path: path.to_owned(),
        text: text.to_owned(),
        entries: BTreeMap::new(),
    };
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let shift = text.len() - body.len();
    let (table, errors) = DeTable::parse_recoverable(body);
    let mut found: Vec<Diagnostic> = errors
        .iter()
        .map(|e| {
            let offset = e.span().map_or(0, |s| s.start) + shift;
            let message = format!("invalid TOML: {}", e.message().replace('\n', ", "));
            Diagnostic::error(SYNTAX, message)
                .at(path, text, offset)
                .with_help("mend it, then run the command again")
        })
        .collect();
    if found.is_empty() {
        walk(&mut manifest, &mut found, "", table.get_ref(), shift);
        check_version(&manifest, &mut found);
        for (key, entry) in &manifest.entries {
            if let Err(problem) = check_value(key, &entry.value) {
                let offset = offset_inside(text, key, entry);
                found.push(problem.at(path, text, offset));
            }
        }
    }
    literals("a manifest", path, text, &mut found);
    found.sort_by_key(|d| (d.line, d.column));
    (manifest, found)
}

/// Reads the manifest's keys in a table of another file, whose text begins so many bytes before
/// what the spans count from; the values themselves are not checked.
#[must_use]
pub fn parse_table(
    path: &str,
    text: &str,
    table: &DeTable<'_>,
    shift: usize,
) -> (Manifest, Vec<Diagnostic>) {
    let mut manifest = Manifest {
        path: path.to_owned(),
        text: text.to_owned(),
        entries: BTreeMap::new(),
    };
    let mut found = Vec::new();
    walk(&mut manifest, &mut found, "", table, shift);
    (manifest, found)
}

/// Returns the offset at which a value is wrong, as exactly as it can be told.
#[must_use]
pub fn offset_inside(text: &str, key: &str, entry: &Entry) -> usize {
    let written = text.get(entry.offset..).unwrap_or_default();
    entry.offset + inside(written, key, &entry.value)
}

/// Says of every other line, comments and unknown keys too, that it holds a key; `what` is the kind
/// of file.
pub fn literals(what: &str, path: &str, text: &str, found: &mut Vec<Diagnostic>) {
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        if holds_secret(line) {
            let message = format!("a literal key; {what} is committed and may not hold one");
            let help = "take it out and name where it is found: \
`credential.ref = \"ENV:ANTHROPIC_API_KEY\"`";
            let problem = Diagnostic::error("CS003", message).with_help(help);
            let problem = problem.at(path, text, offset);
            if !found
                .iter()
                .any(|d| d.code == "CS003" && d.line == problem.line)
            {
                found.push(problem);
            }
        }
        offset += line.len();
    }
}

/// Where in the written form of a value its problem is; its start where escapes stand before.
fn inside(written: &str, key: &str, value: &Value) -> usize {
    let at = check::offset_inside(key, value);
    let text = value.as_str().and_then(|text| text.get(..at));
    let same = text.is_some_and(|text| written.get(1..=at) == Some(text));
    if at > 0 && same { 1 + at } else { 0 }
}

fn walk(
    manifest: &mut Manifest,
    found: &mut Vec<Diagnostic>,
    prefix: &str,
    table: &DeTable<'_>,
    shift: usize,
) {
    for (name, value) in table {
        let key = if prefix.is_empty() {
            name.get_ref().to_string()
        } else {
            format!("{prefix}.{}", name.get_ref())
        };
        if let Some(inner) = value.get_ref().as_table() {
            if keys::is_table(&key) {
                walk(manifest, found, &key, inner, shift);
                continue;
            }
        } else if keys::find(&key).is_some() {
            let entry = Entry {
                value: to_json(value),
                offset: value.span().start + shift,
            };
            manifest.entries.insert(key, entry);
            continue;
        }
        let near = nearest(&key);
        let problem = if keys::find(&key).is_some() || keys::is_table(&key) {
            Diagnostic::error("manifest", format!("`{key}` has the wrong type"))
        } else {
            Diagnostic::error("manifest", format!("unknown key `{key}`"))
        };
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`claude-scaffold schema` lists every key".to_owned(),
        };
        let offset = name.span().start + shift;
        found.push(
            problem
                .with_help(help)
                .at(&manifest.path, &manifest.text, offset),
        );
    }
}

fn check_version(manifest: &Manifest, found: &mut Vec<Diagnostic>) {
    match manifest.entries.get("version").map(|e| &e.value) {
        None => found.push(
            Diagnostic::error("manifest", "`version` is missing")
                .with_help("write `version = 1` on the first line")
                .at(&manifest.path, &manifest.text, 0),
        ),
        Some(v) if v.as_i64().is_some_and(|v| v > VERSION) => {
            let message = format!("manifest version {v} is newer than this tool understands");
            let help =
                "install the newest claude-scaffold: `cargo install claude-scaffold --locked`";
            found.push(manifest.place(
                "version",
                Diagnostic::error("manifest", message).with_help(help),
            ));
        }
        Some(_) => {}
    }
}

/// Returns a value of TOML as one of JSON; a table becomes null.
#[must_use]
pub fn to_json(value: &Spanned<DeValue<'_>>) -> Value {
    match value.get_ref() {
        DeValue::String(text) => Value::from(text.as_ref()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| Value::from(number.as_str()), Value::from),
        DeValue::Float(number) => Value::from(number.as_str()),
        DeValue::Boolean(flag) => Value::from(*flag),
        DeValue::Datetime(time) => Value::from(time.to_string()),
        DeValue::Array(items) => items.iter().map(to_json).collect(),
        DeValue::Table(_) => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let (_, found) = parse("m.toml", text);
        let got: Vec<String> = found
            .iter()
            .map(|d| {
                let help = d.help.as_deref().unwrap_or("");
                format!(
                    "{}:{} {} | {help}",
                    d.line.unwrap_or(0),
                    d.column.unwrap_or(0),
                    d.message
                )
            })
            .collect();
        assert_eq!(got, expected);
    }

    #[test]
    fn every_problem_is_reported_with_its_place() {
        check("version = 1\nprofile = \"team\"\n", &[]);
        check(
            "version = 1\nprofle = \"team\"\n[gateway]\nurl = \"http://gw.example\"\ntimeout_ms = 0\n",
            &[
                "2:1 unknown key `profle` | did you mean `profile`?",
                "4:7 gateway URL `http://gw.example` is not https, so the key would travel in plain text (CS004) | write it with `https://`; http is allowed on loopback only",
                "5:14 `gateway.timeout_ms` must be a whole number of milliseconds from 1 to 2147483647 | for example `timeout_ms = 30000`",
            ],
        );
    }
}
