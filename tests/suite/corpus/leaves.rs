//! What a text says, key by key, and the one rule of merging, written down again without the tool's
//! code.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::edits::Kind;
use super::kept;

/// Value by the name that the tool gives its key.
pub type Leaves = BTreeMap<String, Value>;

/// Reads a text; the empty one says nothing.
pub fn read(kind: Kind, text: &str) -> Leaves {
    let mut found = Leaves::new();
    let plain = text.replace("\r\n", "\n");
    let pairs = |mark: &'static str| {
        let lines = plain
            .lines()
            .filter(|line| !line.trim_start().starts_with('#'));
        lines.filter_map(move |line| line.split_once(mark))
    };
    match kind {
        _ if text.trim().is_empty() => {}
        Kind::Json => {
            let value = serde_json::from_str(text.trim_start_matches('\u{feff}'));
            flat("", &value.unwrap_or_else(|_| kept::value(text)), &mut found);
        }
        Kind::Jsonc => flat("", &kept::value(text), &mut found),
        Kind::Toml => flat("", &toml::from_str(text).expect("TOML"), &mut found),
        Kind::Env => found.extend(pairs("=").map(|(k, v)| (k.to_owned(), v.into()))),
        Kind::Yaml => {
            let root = pairs(":").filter(|(k, _)| !k.starts_with([' ', '-', '\t']));
            found.extend(root.map(|(k, v)| (k.to_owned(), v.trim().into())));
        }
        Kind::Rules => {
            let rules = plain.lines().filter(|line| !line.starts_with(['!', '#']));
            let rules = rules.filter(|line| !line.trim().is_empty());
            found.extend(rules.map(|line| (line.to_owned(), true.into())));
        }
        Kind::Text => {
            found.insert(String::new(), plain.into());
        }
    }
    found
}

fn flat(at: &str, value: &Value, found: &mut Leaves) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                let bare = |c: char| c.is_ascii_alphanumeric() || "_-$".contains(c);
                let name = if !name.is_empty() && name.chars().all(bare) {
                    name.clone()
                } else {
                    Value::from(name.as_str()).to_string()
                };
                let dot = if at.is_empty() { "" } else { "." };
                flat(&format!("{at}{dot}{name}"), value, found);
            }
        }
        Value::Array(items) if at.starts_with("permissions.") => {
            found.extend(
                items
                    .iter()
                    .map(|item| (format!("{at}[{item}]"), true.into())),
            );
        }
        value => {
            found.insert(at.to_owned(), value.clone());
        }
    }
}

/// What stands there in the end, and the keys in conflict: both sides changed them, differently.
pub fn merged(
    first: &Leaves,
    edited: &Leaves,
    second: &Leaves,
    dropped: &[&str],
) -> (Leaves, BTreeSet<String>) {
    let mut found = Leaves::new();
    let mut conflicts = BTreeSet::new();
    let keys: BTreeSet<&String> = first
        .keys()
        .chain(edited.keys())
        .chain(second.keys())
        .collect();
    for key in keys {
        let (base, actual, desired) = (first.get(key), edited.get(key), second.get(key));
        let wins = if actual == base { desired } else { actual };
        found.extend(wins.map(|value| (key.clone(), value.clone())));
        let both = actual.is_some() && actual != base && actual != desired && base != desired;
        let waits = desired.is_some() || dropped.contains(&key.as_str());
        if both && waits {
            conflicts.insert(key.clone());
        }
    }
    (found, conflicts)
}
