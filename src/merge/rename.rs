//! A key's new name or place: the user's value moves along, byte for byte.
//!
//! None says that nothing is to be moved, or that the format cannot; the text is to stay then.

use std::collections::BTreeSet;

use super::document::Document;
use super::{Edit, Found, Leaves, MergeError, env, is_hollow, yaml};
use crate::model::{Format, KeyPath, RepoPath, Segment, Value};

/// Returns what a text holds at a key.
///
/// # Errors
/// Fails on a text that is not what its format says.
pub fn find(
    path: &RepoPath,
    format: Format,
    text: &str,
    key: &KeyPath,
) -> Result<Option<Value>, MergeError> {
    if !is_keyed(format) {
        return Ok(None);
    }
    match Document::parse(path, format, text)?.find(key) {
        Found::Value(value) => Ok(Some(value)),
        Found::Absent | Found::Blocked(..) => Ok(None),
    }
}

/// Returns the text with a key, or a container and all in it, under another name or in another
/// place; none where it is not there or something stands in the new place. `made` are the
/// containers of ours, which go when nothing is left in them.
///
/// # Errors
/// Fails on a text that is not what its format says, on a key that stands there twice, and on a
/// result that fails its check.
pub fn rename_key(
    path: &RepoPath,
    format: Format,
    text: &str,
    (from, to): (&KeyPath, &KeyPath),
    made: &BTreeSet<KeyPath>,
) -> Result<Option<String>, MergeError> {
    let nested = from.is_within(to) || to.is_within(from);
    if !is_keyed(format) || nested || !is_named(from) || !is_named(to) {
        return Ok(None);
    }
    let before = Document::parse(path, format, text)?;
    let there = matches!(before.find(from), Found::Value(_));
    if !there || before.find(to) != Found::Absent {
        return Ok(None);
    }
    let Some(after) = before.rename(from, to, made)? else {
        return Ok(None);
    };
    let again = Document::parse(path, format, &after)?;
    let (old, rest) = parted(before.foreign(), from);
    let (new, kept) = parted(again.foreign(), to);
    let same = if from.parent() == to.parent() {
        full(rest) == full(kept)
    } else {
        sorted(full(rest)) == sorted(full(kept))
    };
    if !same {
        return Err(lost(path, from));
    }
    let moved = old
        .into_iter()
        .map(|(key, value)| (key.moved(from, to), value));
    let new = new.into_iter().map(|(key, value)| (Some(key), value));
    Ok(moved.eq(new).then_some(after))
}

/// Returns the text with a key that says this.
///
/// # Errors
/// Fails on a text that is not what its format says, and on a key that stands there twice.
pub fn set_key(
    path: &RepoPath,
    format: Format,
    text: &str,
    key: &KeyPath,
    value: &Value,
) -> Result<Option<String>, MergeError> {
    if !is_keyed(format) || !is_named(key) {
        return Ok(None);
    }
    let before = Document::parse(path, format, text)?;
    if matches!(before.find(key), Found::Blocked(..)) {
        return Ok(None);
    }
    let line = match (format, key.0.as_slice()) {
        (Format::Env, [Segment::Key(name)]) => env::line(name, value),
        (Format::Yaml, [Segment::Key(name)]) => yaml::line(name, value),
        (Format::Env | Format::Yaml, _) => None,
        _ => Some(String::new()),
    };
    let Some(line) = line else { return Ok(None) };
    let template = match format {
        Format::Env | Format::Yaml => Some(Document::parse(path, format, &line)?),
        _ => None,
    };
    let edits = [Edit::Set(key.clone(), value.clone())];
    let (after, _) = before.edit(&edits, template.as_ref(), &BTreeSet::new())?;
    let again = Document::parse(path, format, &after)?;
    let (_, rest) = parted(before.foreign(), key);
    let (_, kept) = parted(again.foreign(), key);
    let said = again.find(key) == Found::Value(value.clone());
    Ok((said && full(rest) == full(kept)).then_some(after))
}

/// Returns the text without a key and all in it; none where it is not there, or where comments
/// would go with it.
///
/// # Errors
/// Fails on a text that is not what its format says, and on a key that stands there twice.
pub fn take_key(
    path: &RepoPath,
    format: Format,
    text: &str,
    key: &KeyPath,
    made: &BTreeSet<KeyPath>,
) -> Result<Option<String>, MergeError> {
    if !is_keyed(format) || !is_named(key) {
        return Ok(None);
    }
    let before = Document::parse(path, format, text)?;
    if !matches!(before.find(key), Found::Value(_)) {
        return Ok(None);
    }
    let (after, _) = before.edit(&[Edit::Remove(key.clone())], None, made)?;
    let again = Document::parse(path, format, &after)?;
    let (_, rest) = parted(before.foreign(), key);
    let (left, kept) = parted(again.foreign(), key);
    Ok((left.is_empty() && is_kept(rest, kept)).then_some(after))
}

/// Whether a format's keys have names and values.
fn is_keyed(format: Format) -> bool {
    use Format::{Env, Json, Jsonc, Toml, Yaml};
    matches!(format, Json | Jsonc | Toml | Yaml | Env)
}

fn is_named(key: &KeyPath) -> bool {
    let named = |segment: &Segment| matches!(segment, Segment::Key(_));
    !key.0.is_empty() && key.0.iter().all(named)
}

/// The leaves at or below a key, and the others.
fn parted(leaves: Leaves, key: &KeyPath) -> (Leaves, Leaves) {
    leaves.into_iter().partition(|(at, _)| at.is_within(key))
}

/// The leaves that hold something.
fn full(mut leaves: Leaves) -> Leaves {
    leaves.retain(|(_, value)| !is_hollow(value));
    leaves
}

/// Whether everything is still there, in order: a comment behind a key may come to stand alone.
fn is_kept(rest: Leaves, kept: Leaves) -> bool {
    let mut kept = full(kept).into_iter();
    full(rest)
        .into_iter()
        .all(|leaf| kept.any(|other| other == leaf))
}

/// The leaves in an order of their own: a key that changes its place takes comments along, and a
/// table of TOML the place in which others are read.
fn sorted(mut leaves: Leaves) -> Leaves {
    leaves.sort_by(|a, b| a.0.cmp(&b.0));
    leaves
}

fn lost(path: &RepoPath, key: &KeyPath) -> MergeError {
    MergeError::LostForeign {
        path: path.to_string(),
        key: key.to_string(),
    }
}
