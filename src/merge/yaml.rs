//! YAML with a block mapping at its root, edited at its root keys alone.
//!
//! The lines are ours to find, the values are the parser's to read: where the two disagree on the
//! keys, the file is refused rather than guessed at.

use std::collections::BTreeSet;
use std::ops::Range;

use yaml_edit::{Document as Yaml, YamlFile, YamlNode};

use super::MergeError;
use super::entries::{Entries, Entry};
use super::lines::{self, Line};
use crate::model::{RepoPath, Value};

pub(super) fn parse<'a>(path: &RepoPath, text: &'a str) -> Result<Entries<'a>, MergeError> {
    let (bom, body) = lines::split_bom(text);
    let lines = lines::split(body);
    let wrong = |message: &str, offset: usize| MergeError::Syntax {
        path: path.to_string(),
        format: "YAML",
        message: message.to_owned(),
        offset: offset + bom.len(),
    };
    let parsed = YamlFile::parse(body);
    if let Some(error) = parsed.positioned_errors().first() {
        return Err(wrong(&error.message, error.range.start as usize));
    }
    let file = parsed.tree();
    if file.documents().count() > 1 {
        return Err(wrong("it holds more than one document", 0));
    }
    let starts =
        starts(&lines).map_err(|offset| wrong("its root is not a block mapping", offset))?;
    if let Some((number, name)) = repeated(&starts) {
        return Err(MergeError::DuplicateKey {
            path: path.to_string(),
            key: name.to_owned(),
            offset: lines[number].start + bom.len(),
        });
    }
    let mut entries = Vec::new();
    if let Some(document) = file.document() {
        for (at, (number, name)) in starts.iter().enumerate() {
            let next = starts.get(at + 1).map_or(lines.len(), |(next, _)| *next);
            let end = end_of(&lines, *number, next);
            let entry = entry(&document, body, &lines, name, *number..end);
            entries.push(
                entry.ok_or_else(|| {
                    wrong("a key cannot be told from a value", lines[*number].start)
                })?,
            );
        }
        let count = document
            .as_mapping()
            .map_or(0, |mapping| mapping.keys().count());
        let blank = starts.is_empty()
            && document.as_mapping().is_none()
            && document.as_sequence().is_none()
            && document.as_scalar().is_none();
        if count != entries.len() || (entries.is_empty() && !blank) {
            return Err(wrong("its root is not a block mapping", 0));
        }
    }
    Ok(Entries::new(text, lines, entries, rename))
}

/// The first root key that stands there a second time, which YAML forbids.
fn repeated<'a>(starts: &[(usize, &'a str)]) -> Option<(usize, &'a str)> {
    let mut seen = BTreeSet::new();
    starts.iter().copied().find(|(_, name)| !seen.insert(*name))
}

/// The lines that start a root key; an offset where the root is something else.
pub(super) fn starts<'a>(lines: &[Line<'a>]) -> Result<Vec<(usize, &'a str)>, usize> {
    let mut starts = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let text = line.text;
        let head = text.trim_end() == "---" && starts.is_empty();
        let goes_on = text == "-" || text.starts_with("- ") || text.starts_with([']', '}']);
        let item = goes_on && !starts.is_empty();
        let indented = text.len() - text.trim_start_matches([' ', '\t']).len() > 0;
        let content = !text.trim().is_empty() && !text.trim_start().starts_with('#');
        if starts.is_empty() && indented && content {
            return Err(line.start);
        }
        if indented || !content || head || item {
            continue;
        }
        let name = root_key(text).ok_or(line.start)?;
        starts.push((number, name));
    }
    Ok(starts)
}

/// The key of a block mapping that a line starts.
pub(super) fn root_key(line: &str) -> Option<&str> {
    if line.starts_with([
        ' ', '\t', '#', '{', '[', '?', '%', '&', '*', '!', '|', '>', '@', '`',
    ]) {
        return None;
    }
    let ends = |at: usize| matches!(line.as_bytes().get(at + 1), None | Some(b' ' | b'\t'));
    if let Some(quote) = line.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let (name, rest) = line[1..].split_once(quote)?;
        return (rest.starts_with(':') && ends(line.len() - rest.len())).then_some(name);
    }
    let colon = line
        .match_indices(':')
        .map(|(at, _)| at)
        .find(|at| ends(*at))?;
    Some(line[..colon].trim_end()).filter(|name| !name.is_empty())
}

/// Where an entry's lines end: comments and blank lines before the next one are not its own.
fn end_of(lines: &[Line<'_>], start: usize, next: usize) -> usize {
    let own = |line: &Line<'_>| !line.text.trim().is_empty() && !line.text.starts_with('#');
    (start..next)
        .rev()
        .find(|number| own(&lines[*number]))
        .map_or(start + 1, |last| last + 1)
}

/// Returns the line of a root key with a scalar, which JSON spells as YAML reads it.
pub(super) fn line(name: &str, value: &Value) -> Option<String> {
    let scalar = !value.is_array() && !value.is_object();
    Some(format!("{}: {value}\n", spelled(name)?)).filter(|_| scalar)
}

fn rename(line: &str, old: &str, new: &str) -> Option<(Range<usize>, String)> {
    let quotes = if line.starts_with(['"', '\'']) { 2 } else { 0 };
    Some((0..old.len() + quotes, spelled(new)?))
}

/// A key's name, in quotes where it could be read as something else.
fn spelled(name: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    let lower = name.to_ascii_lowercase();
    let word = matches!(
        lower.as_str(),
        "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n"
    );
    if !word && name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(plain) {
        return Some(name.to_owned());
    }
    let bare = !name.contains(|c: char| c.is_control() || matches!(c, '"' | '\\'));
    bare.then(|| format!("\"{name}\""))
}

fn entry(
    document: &Yaml,
    body: &str,
    lines: &[Line<'_>],
    name: &str,
    numbers: Range<usize>,
) -> Option<Entry> {
    let first = &lines[numbers.start];
    let last = &lines[numbers.end - 1];
    let end = last.start + last.text.len();
    let found = document.get(name)?;
    let bytes = found.byte_range();
    let (from, to) = (bytes.start as usize, bytes.end as usize);
    let inside = first.start < from && to <= end;
    let (value, spelling) = match &found {
        YamlNode::Scalar(scalar) if inside && numbers.len() == 1 => (plain(scalar), from..to),
        _ => {
            let start = first.start + name.len();
            (
                Value::from(vec![lines::normal(body.get(start..end)?).into_owned()]),
                start..end,
            )
        }
    };
    Some(Entry {
        name: name.to_owned(),
        value,
        lines: numbers,
        spelling,
    })
}

fn plain(scalar: &yaml_edit::Scalar) -> Value {
    if scalar.is_quoted() || scalar.is_block() {
        return Value::from(scalar.as_string());
    }
    if scalar.is_null() {
        return Value::Null;
    }
    let number = || {
        scalar
            .as_i64()
            .map(Value::from)
            .or_else(|| scalar.as_f64().map(Value::from))
    };
    scalar
        .as_bool()
        .map(Value::from)
        .or_else(number)
        .unwrap_or_else(|| Value::from(scalar.as_string()))
}
