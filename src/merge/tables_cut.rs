//! Keys taken out of a TOML text by the line, so that the comments above and behind them stay.

use std::collections::BTreeSet;

use toml_edit::{Item, Table};

use super::lines;
use crate::model::{KeyPath, Segment};

/// Returns the text without these keys. Those that share a line with others stay.
pub(super) fn cut<'k>(body: &str, keys: impl Iterator<Item = &'k KeyPath>) -> String {
    let Ok(document) = toml_edit::Document::parse(body) else {
        return body.to_owned();
    };
    let lines = lines::split(body);
    let mut dropped = BTreeSet::new();
    let mut splices = Vec::new();
    for key in keys {
        let Some((start, end)) = reach(document.as_table(), &key.0) else {
            continue;
        };
        let first = lines.iter().rposition(|line| line.start <= start);
        let last = lines.iter().rposition(|line| line.start < end);
        let (Some(first), Some(last)) = (first, last) else {
            continue;
        };
        let tail = &body[end..lines[last].start + lines[last].text.len()];
        if tail.trim().is_empty() {
            dropped.extend(first..=last);
        } else {
            let comment = end + tail.len() - tail.trim_start().len();
            splices.push((lines[first].start, comment, String::new()));
        }
    }
    let cuts = lines::runs(&lines, &dropped).into_iter();
    splices.extend(cuts.map(|(start, end)| (start, end, String::new())));
    lines::splice(body, splices)
}

/// From a key's name to its value's end, where both stand on lines of their own.
fn reach(table: &Table, key: &[Segment]) -> Option<(usize, usize)> {
    let (Segment::Key(name), rest) = key.split_first()? else {
        return None;
    };
    let (key, item) = table.get_key_value(name)?;
    match item {
        Item::Table(inner) => reach(inner, rest),
        Item::Value(value) if rest.is_empty() => Some((key.span()?.start, value.span()?.end)),
        _ => None,
    }
}
