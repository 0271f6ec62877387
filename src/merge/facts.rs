//! Ignore and attribute files: the desired lines state facts, of which git must be convinced.
//!
//! Lines are only appended, and only where the lines that stand there leave a fact untrue. The
//! base holds ours, one set element each. Where lines that the user wrote behind ours make a fact
//! untrue, ours move behind them. A line of ours that the user deleted stays deleted.

use std::collections::{BTreeMap, BTreeSet};

use super::{MergeError, Merged, attributes, ignore, is_empty, lines, released};
use crate::model::{BaseFile, DesiredFile, Format, KeyPath, RepoPath, Segment, Value};

const HEADER: &str = "# Kept out of git by claude-scaffold";

pub(super) fn merge(
    path: &RepoPath,
    format: Format,
    base: &BaseFile,
    actual: Option<&str>,
    desired: Option<&DesiredFile>,
) -> Result<Merged, MergeError> {
    let facts: Vec<&str> = desired
        .map_or("", |d| &d.text)
        .lines()
        .map(str::trim)
        .filter(is_rule)
        .collect();
    let Some(actual) = actual else {
        return Ok(create(format, &facts));
    };
    let (bom, body) = lines::split_bom(actual);
    let owned = own_lines(base.keys.keys());
    let deleted = own_lines(base.tombstones.iter());
    let (foreign, present) = without(body, &owned);
    let wanted = wanted(format, base, &foreign, &facts);
    let gone = |line: &String| {
        !present.contains_key(line.as_str()) && (owned.contains(line) || deleted.contains(line))
    };
    let (gone, ours): (Vec<String>, Vec<String>) = wanted.iter().cloned().partition(gone);
    let text = converge(format, body, &foreign, &present, &ours, &facts);
    if without(&text, &ours.into_iter().collect()).0 != foreign {
        let (path, key) = (path.to_string(), String::new());
        return Err(MergeError::LostForeign { path, key });
    }
    let text = format!("{bom}{text}");
    if desired.is_none() {
        let empty = base.created && is_empty(format, &text);
        return Ok(released(Some(text.as_str()).filter(|_| !empty)));
    }
    let new = BaseFile {
        format: Some(format),
        created: base.created,
        keys: wanted
            .iter()
            .map(|line| (element(line), Value::Bool(true)))
            .collect(),
        tombstones: gone.iter().map(|line| element(line)).collect(),
        ..BaseFile::default()
    };
    let base = (!new.keys.is_empty()).then_some(new);
    Ok(Merged {
        text: Some(text),
        conflicts: Vec::new(),
        base,
    })
}

/// Takes out lines of ours that are not wanted any more and appends those that are missing; where
/// that leaves facts untrue that ours could make true from the end, ours move to the end.
fn converge(
    format: Format,
    body: &str,
    foreign: &str,
    present: &BTreeMap<&str, usize>,
    ours: &[String],
    facts: &[&str],
) -> String {
    let mut stale = present.clone();
    stale.retain(|line, _| !ours.iter().any(|wanted| wanted == line));
    let kept = lines::remove(body, &lines::split(body), &stale.into_values().collect());
    let missing = ours
        .iter()
        .map(String::as_str)
        .filter(|line| !present.contains_key(line));
    let text = lines::append(&kept, missing);
    let moved = lines::append(foreign, ours.iter().map(String::as_str));
    let better = || convinces(format, &moved, facts) > convinces(format, &text, facts);
    if text != moved && better() {
        moved
    } else {
        text
    }
}

fn create(format: Format, facts: &[&str]) -> Merged {
    let mut ours = needed(format, "", facts);
    if ours.is_empty() {
        return released(None);
    }
    if format == Format::Ignore {
        ours.insert(0, HEADER.to_owned());
    }
    let base = BaseFile {
        format: Some(format),
        created: true,
        keys: ours
            .iter()
            .map(|line| (element(line), Value::Bool(true)))
            .collect(),
        ..BaseFile::default()
    };
    let text = lines::append("", ours.iter().map(String::as_str));
    Merged {
        text: Some(text),
        conflicts: Vec::new(),
        base: Some(base),
    }
}

/// The lines of ours that belong behind the foreign ones.
fn wanted(format: Format, base: &BaseFile, foreign: &str, facts: &[&str]) -> Vec<String> {
    let mut wanted = needed(format, foreign, facts);
    if !wanted.is_empty() && base.keys.contains_key(&element(HEADER)) {
        wanted.insert(0, HEADER.to_owned());
    }
    wanted
}

fn needed(format: Format, text: &str, facts: &[&str]) -> Vec<String> {
    match format {
        Format::Ignore => ignore::needed(text, facts),
        _ => attributes::needed(text, facts),
    }
}

/// How many facts hold.
fn convinces(format: Format, text: &str, facts: &[&str]) -> usize {
    match format {
        Format::Ignore => ignore::holding(text, facts),
        _ => facts.len() - attributes::needed(text, facts).len(),
    }
}

fn is_rule(line: &&str) -> bool {
    !line.is_empty() && !line.starts_with('#')
}

fn element(line: &str) -> KeyPath {
    KeyPath::root().element(&Value::from(line).to_string())
}

/// The lines that a base names.
fn own_lines<'k>(keys: impl Iterator<Item = &'k KeyPath>) -> BTreeSet<String> {
    keys.filter_map(line_of).collect()
}

/// The line that a key names.
pub(super) fn line_of(key: &KeyPath) -> Option<String> {
    match key.0.as_slice() {
        [Segment::Element(json)] => serde_json::from_str(json).ok(),
        _ => None,
    }
}

/// A text without the last line of each kind of ours, and the numbers of those lines.
fn without<'t>(text: &'t str, ours: &BTreeSet<String>) -> (String, BTreeMap<&'t str, usize>) {
    let split = lines::split(text);
    let mut found = BTreeMap::new();
    for (number, line) in split.iter().enumerate() {
        if ours.contains(line.text) {
            found.insert(line.text, number);
        }
    }
    let dropped = found.values().copied().collect();
    (lines::remove(text, &split, &dropped), found)
}
