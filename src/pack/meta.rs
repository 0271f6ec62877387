//! `pack.toml` → [`Meta`]: what a pack says about itself.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Source;
use super::reader::Reader;
use super::steps;
use crate::manifest::{Entry, check_value};
use crate::model::{Diagnostic, Migration, Value, Version, holds_secret};

/// The file's name.
pub const FILE: &str = "pack.toml";

const KEYS: [&str; 9] = [
    "name",
    "version",
    "tool",
    "extends",
    "defaults",
    "locked",
    "required",
    "variables",
    "migration",
];
/// A template may print a variable in a loop; what it prints stays in proportion to the pack.
const LONGEST_VARIABLE: usize = 4096;
const MOST_VARIABLES: usize = 256;

/// What a pack says about itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Meta {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Version,
    /// The pack below it; absent: the embedded templates.
    pub extends: Option<Source>,
    /// Values above the catalogue's and below the profile's: dotted key → value.
    pub defaults: BTreeMap<String, Entry>,
    /// Values that no other layer may contradict: dotted key → value.
    pub locked: BTreeMap<String, Locked>,
    /// Features that may not be switched off.
    pub required: Vec<String>,
    /// Values for templates, as `pack.<name>`.
    pub variables: BTreeMap<String, Value>,
    /// What upgrades move, in the order of the file.
    pub migrations: Vec<Migration>,
}

/// A value that no other layer may contradict.
#[derive(Debug, Clone, PartialEq)]
pub struct Locked {
    /// The value.
    pub value: Value,
    /// Why, for whoever is told no.
    pub reason: String,
    /// Byte offset of the value in `pack.toml`.
    pub offset: usize,
}

/// Reads a pack's own file.
///
/// # Errors
/// Returns every problem found.
pub fn parse(path: &str, text: &str) -> Result<Meta, Vec<Diagnostic>> {
    let (mut reader, table) = Reader::open(path, text);
    let meta = table.and_then(|table| read(&mut reader, &table));
    reader.found.sort_by_key(|d| (d.line, d.column));
    match meta {
        Some(meta) if reader.found.is_empty() => Ok(meta),
        _ => Err(reader.found),
    }
}

/// Returns whether a pack may have this name.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let starts = name.starts_with(|c: char| c.is_ascii_lowercase());
    name.len() <= 64 && starts && name.chars().all(plain)
}

fn read(reader: &mut Reader<'_>, table: &DeTable<'_>) -> Option<Meta> {
    for name in table.keys() {
        if !KEYS.contains(&name.get_ref().as_ref()) {
            reader.unknown(name.span().start, name.get_ref(), &KEYS);
        }
    }
    let name = required(reader, table, "name").filter(|(name, offset)| {
        let good = is_name(name);
        if !good {
            let message = format!("`{}` is no name of a pack", name.escape_debug());
            reader.say(*offset, message, "use lower-case letters, digits and `-`");
        }
        good
    });
    let version = required(reader, table, "version");
    let version = version.and_then(|(text, offset)| version_of(reader, "version", &text, offset));
    check_tool(reader, table);
    let extends = text(reader, table, "extends");
    let extends = extends.and_then(|(text, offset)| match Source::parse(&text) {
        Ok(source) => Some(source),
        Err(error) => {
            let message = format!("`extends`: {error}");
            reader.say(offset, message, &error.help);
            None
        }
    });
    let mut defaults = BTreeMap::new();
    for (key, value) in flat(reader, table, "defaults", is_leaf) {
        let offset = value.span().start;
        if let Some(value) = checked(reader, &key, value) {
            defaults.insert(key, Entry { value, offset });
        }
    }
    let locked = locked(reader, table);
    let features = features(reader, table);
    let variables = variables(reader, table);
    let migrations = table
        .get("migration")
        .map(|value| steps::read(reader, value));
    Some(Meta {
        name: name?.0,
        version: version?,
        extends,
        defaults,
        locked,
        required: features,
        variables,
        migrations: migrations.unwrap_or_default(),
    })
}

/// Reads a version at a place.
pub(super) fn version_of(
    reader: &mut Reader<'_>,
    key: &str,
    text: &str,
    offset: usize,
) -> Option<Version> {
    let version = Version::parse(text);
    if version.is_none() {
        let message = format!("`{key}` is no version: `{}`", text.escape_debug());
        reader.say(offset, message, "write dotted numbers, such as `1.4.0`");
    }
    version
}

fn check_tool(reader: &mut Reader<'_>, table: &DeTable<'_>) {
    let wanted = text(reader, table, "tool");
    let wanted = wanted.and_then(|(text, offset)| {
        version_of(reader, "tool", &text, offset).map(|version| (version, offset))
    });
    let own = env!("CARGO_PKG_VERSION");
    let Some((wanted, offset)) = wanted else {
        return;
    };
    if Version::parse(own.split('-').next().unwrap_or(own)).is_some_and(|own| own < wanted) {
        let message = format!("the pack needs claude-scaffold {wanted}, and this is {own}");
        let help = format!("`cargo install claude-scaffold --locked --version '>={wanted}'`");
        reader.say(offset, message, &help);
    }
}

type Nested<'a> = Vec<(String, &'a Spanned<DeValue<'a>>)>;

/// The values of a table by dotted key, whichever way it nests them.
fn flat<'a>(
    reader: &mut Reader<'_>,
    table: &'a DeTable<'a>,
    name: &str,
    is_leaf: fn(&DeValue<'_>) -> bool,
) -> Nested<'a> {
    let mut values = Vec::new();
    let Some(value) = table.get(name) else {
        return values;
    };
    let Some(inner) = value.get_ref().as_table() else {
        let message = format!("`{name}` must be a table");
        reader.say(value.span().start, message, &format!("write `[{name}]`"));
        return values;
    };
    let mut rest: Vec<(String, &'a DeTable<'a>)> = vec![(String::new(), inner)];
    while let Some((prefix, inner)) = rest.pop() {
        for (key, value) in inner {
            let key = format!("{prefix}{}", key.get_ref());
            match value.get_ref().as_table() {
                Some(inner) if !is_leaf(value.get_ref()) => rest.push((format!("{key}."), inner)),
                _ => values.push((key, value)),
            }
        }
    }
    values
}

fn is_leaf(value: &DeValue<'_>) -> bool {
    !value.is_table()
}

/// `{ value = …, reason = … }`, and not a table of keys that happens to have one named so.
fn is_lock(value: &DeValue<'_>) -> bool {
    let has = |name: &str| {
        value
            .get(name)
            .is_some_and(|inner| is_leaf(inner.get_ref()))
    };
    has("value") || has("reason")
}

fn locked(reader: &mut Reader<'_>, table: &DeTable<'_>) -> BTreeMap<String, Locked> {
    let mut locked = BTreeMap::new();
    for (key, entry) in flat(reader, table, "locked", is_lock) {
        let offset = entry.span().start;
        let Some(inner) = entry.get_ref().as_table() else {
            let help = format!("write `\"{key}\" = {{ value = …, reason = \"…\" }}`");
            reader.say(
                offset,
                format!("the lock of `{key}` gives no reason"),
                &help,
            );
            continue;
        };
        for name in inner.keys() {
            if !matches!(name.get_ref().as_ref(), "value" | "reason") {
                reader.unknown(name.span().start, name.get_ref(), &["value", "reason"]);
            }
        }
        let reason = inner
            .get("reason")
            .and_then(|reason| reader.take::<String>("reason", reason))
            .filter(|reason| !reason.trim().is_empty());
        if reason.is_none() {
            let help = "say in one sentence why, for whoever is told no";
            reader.say(offset, format!("the lock of `{key}` gives no reason"), help);
        }
        let Some(value) = inner.get("value") else {
            let help = "write `value = …`, or remove the lock";
            reader.say(offset, format!("the lock of `{key}` has no value"), help);
            continue;
        };
        let offset = value.span().start;
        if let (Some(value), Some(reason)) = (checked(reader, &key, value), reason) {
            let entry = Locked {
                value,
                reason,
                offset,
            };
            locked.insert(key, entry);
        }
    }
    locked
}

/// A value that a manifest could hold under the key.
fn checked(reader: &mut Reader<'_>, key: &str, value: &Spanned<DeValue<'_>>) -> Option<Value> {
    let offset = value.span().start;
    if matches!(key, "version" | "pack") {
        let message = format!("a pack may not set `{key}`");
        reader.say(offset, message, "remove it; it is the manifest's own");
        return None;
    }
    let read = reader.take::<Value>(key, value)?;
    match check_value(key, &read) {
        Ok(()) => Some(read),
        Err(problem) => {
            reader.put(offset, problem);
            None
        }
    }
}

fn features(reader: &mut Reader<'_>, table: &DeTable<'_>) -> Vec<String> {
    let given = table.get("required");
    let given = given.and_then(|value| reader.take::<Vec<Spanned<String>>>("required", value));
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let mut features = Vec::new();
    for name in given.unwrap_or_default() {
        let offset = name.span().start;
        let name = name.into_inner();
        if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(plain) {
            let message = format!("`{}` is no name of a feature", name.escape_debug());
            reader.say(offset, message, "name one of the folders in `features/`");
        }
        features.push(name);
    }
    features
}

fn variables(reader: &mut Reader<'_>, table: &DeTable<'_>) -> BTreeMap<String, Value> {
    let mut variables = BTreeMap::new();
    let given = table.get("variables");
    let Some(inner) = given.and_then(|given| given.get_ref().as_table()) else {
        if let Some(given) = given {
            let message = "`variables` must be a table";
            reader.say(given.span().start, message, "write `[variables]`");
        }
        return variables;
    };
    for (name, value) in inner {
        let (name, offset) = (name.get_ref(), name.span().start);
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let is_name = name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(plain);
        if !is_name || name.len() > 64 {
            let message = format!("`{}` is no name of a variable", name.escape_debug());
            reader.say(offset, message, "use lower-case letters, digits and `_`");
            continue;
        }
        let Some(read) = reader.take::<Value>(name, value) else {
            continue;
        };
        if let Some((message, help)) = wrong_variable(name, &read) {
            reader.say(value.span().start, message, help);
            continue;
        }
        variables.insert(name.to_string(), read);
    }
    if variables.len() > MOST_VARIABLES {
        let message = format!("more than {MOST_VARIABLES} variables");
        let offset = given.map_or(0, |given| given.span().start);
        reader.say(offset, message, "remove some");
    }
    variables
}

fn wrong_variable(name: &str, value: &Value) -> Option<(String, &'static str)> {
    let text = match value {
        Value::String(text) => text,
        Value::Number(_) | Value::Bool(_) => return None,
        _ => {
            let message = format!("the variable `{name}` is no string, number or boolean");
            return Some((message, "write one variable per value"));
        }
    };
    // The renderer's own marks, and what a terminal would obey.
    let odd =
        |c: char| (c.is_control() && !"\n\t".contains(c)) || matches!(c, '\u{e000}'..='\u{f8ff}');
    if text.len() > LONGEST_VARIABLE || text.contains(odd) {
        let message = format!("the variable `{name}` is too long or holds a control character");
        return Some((message, "4096 bytes of plain text at most"));
    }
    holds_secret(text).then(|| {
        let message = format!("the variable `{name}` looks like a key; a pack may not hold one");
        (
            message,
            "name where it is found instead, such as `ENV:NAME`",
        )
    })
}

fn text(reader: &mut Reader<'_>, table: &DeTable<'_>, key: &str) -> Option<(String, usize)> {
    let value = table.get(key)?;
    Some((reader.take(key, value)?, value.span().start))
}

fn required(reader: &mut Reader<'_>, table: &DeTable<'_>, key: &str) -> Option<(String, usize)> {
    if table.get(key).is_none() {
        let help = match key {
            "name" => "write `name = \"my-pack\"` on the first line",
            _ => "write `version = \"1.0.0\"` below the name",
        };
        reader.say(0, format!("`{key}` is missing"), help);
    }
    text(reader, table, key)
}
