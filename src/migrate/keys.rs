//! Keys under another name, in another place or in another file.

use std::collections::BTreeSet;

use super::{Migrated, Trouble};
use crate::merge::{MergeError, find, merge, rename_key, set_key, take_key};
use crate::model::{
    Actual, BaseFile, DesiredFile, DesiredState, Format, KeyPath, KeyPlace, RepoPath, Segment,
    Value,
};

/// Moves a key, or all of ours below it, in one file. Where the text cannot follow, nothing moves.
pub(super) fn rename(
    migrated: &mut Migrated<'_>,
    path: &RepoPath,
    from: &KeyPath,
    to: &KeyPath,
) -> Result<(), Trouble> {
    let Some(file) = migrated.base.files.get(path) else {
        return Ok(());
    };
    let (Some(format), true, false) = (file.format, holds(file, from), holds(file, to)) else {
        return Ok(());
    };
    let failed = |error| Trouble {
        path: path.clone(),
        format,
        error,
    };
    let mut next = file.clone();
    let Some(text) = migrated.text(path) else {
        forget_and_learn(&mut next, from, to);
        migrated.base.to_mut().files.insert(path.clone(), next);
        return Ok(());
    };
    let mut text = text.to_owned();
    for (from, to) in units(path, format, file, &text, (from, to)).map_err(failed)? {
        let there = |text: &str, key: &KeyPath| find(path, format, text, key).map_err(failed);
        if there(&text, &to)?.is_some() {
            continue;
        }
        if there(&text, &from)?.is_some() {
            let made = missing(path, format, &text, &to).map_err(failed)?;
            let moved = rename_key(path, format, &text, (&from, &to), &file.containers);
            let Some(moved) = moved.map_err(failed)? else {
                continue;
            };
            text = moved;
            next.containers.extend(made);
        }
        forget_and_learn(&mut next, &from, &to);
    }
    migrated.set_text(path, text);
    migrated.base.to_mut().files.insert(path.clone(), next);
    Ok(())
}

/// Moves what the user made of a key, or of all of ours below it, to another file. A key that is
/// as we rendered it needs no moving: it goes in one file and comes in the other.
pub(super) fn transfer(
    migrated: &mut Migrated<'_>,
    desired: &DesiredState,
    from: &KeyPlace,
    to: &KeyPlace,
) -> Result<(), Trouble> {
    let (Some(file), Some(wanted)) = (migrated.base.files.get(&from.path), desired.get(&to.path))
    else {
        return Ok(());
    };
    let known = migrated.base.files.get(&to.path);
    let (Some(format), false) = (file.format, known.is_some_and(|f| holds(f, &to.key))) else {
        return Ok(());
    };
    let keys: Vec<(KeyPath, Value)> = file
        .keys
        .iter()
        .filter(|(key, _)| key.is_within(&from.key) && is_named(key))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    for (key, rendered) in keys {
        let Some(at) = key.moved(&from.key, &to.key) else {
            continue;
        };
        let key = Transfer {
            source: (&from.path, format, &key),
            target: (&to.path, wanted, &at),
            rendered: &rendered,
        };
        key.run(migrated)?;
    }
    Ok(())
}

/// One key on its way to another file.
struct Transfer<'a> {
    source: (&'a RepoPath, Format, &'a KeyPath),
    target: (&'a RepoPath, &'a DesiredFile, &'a KeyPath),
    rendered: &'a Value,
}

impl Transfer<'_> {
    fn run(&self, migrated: &mut Migrated) -> Result<(), Trouble> {
        let (path, format, key) = self.source;
        let failed = |error| Trouble {
            path: path.clone(),
            format,
            error,
        };
        let Some(text) = migrated.text(path) else {
            return Ok(());
        };
        let actual = find(path, format, text, key).map_err(failed)?;
        if actual.as_ref() == Some(self.rendered) {
            return Ok(());
        }
        let made = migrated.base.files.get(path).map(|f| f.containers.clone());
        let left = match actual {
            Some(_) => take_key(path, format, text, key, &made.unwrap_or_default()),
            None => Ok(Some(text.to_owned())),
        };
        let Some(left) = left.map_err(failed)? else {
            return Ok(());
        };
        let arrived = self.arrive(migrated, actual.as_ref());
        let arrived = arrived.map_err(|error| Trouble {
            path: self.target.0.clone(),
            format: self.target.1.format,
            error,
        })?;
        if arrived {
            migrated.set_text(path, left);
            if let Some(file) = migrated.base.to_mut().files.get_mut(path) {
                forget(file, key);
            }
        }
        Ok(())
    }

    /// Puts the user's value, or its absence, into the other file; returns whether it could.
    fn arrive(
        &self,
        migrated: &mut Migrated<'_>,
        actual: Option<&Value>,
    ) -> Result<bool, MergeError> {
        let (path, wanted, key) = self.target;
        let format = wanted.format;
        let known = migrated.base.files.get(path);
        let (text, mut file) = match migrated.text(path) {
            Some(text) if find(path, format, text, key)?.is_some() => return Ok(false),
            Some(text) => (text.to_owned(), known.cloned().unwrap_or_default()),
            None if known.is_some() || !migrated.is_absent(path) => return Ok(false),
            None => {
                let created = merge(path, None, None, Some(wanted), &|_, _, _| None)?;
                let (Some(text), Some(file)) = (created.text, created.base) else {
                    return Ok(false);
                };
                (text, file)
            }
        };
        let like = find(path, format, &wanted.text, key)?;
        let made = missing(path, format, &text, key)?;
        let text = match (actual, find(path, format, &text, key)?) {
            (Some(value), _) => set_key(path, format, &text, key, &typed(value, like.as_ref()))?,
            (None, Some(_)) => take_key(path, format, &text, key, &BTreeSet::new())?,
            (None, None) => Some(text),
        };
        let Some(text) = text else { return Ok(false) };
        match actual {
            Some(_) => file.containers.extend(made),
            None => file.tombstones.extend([key.clone()]),
        }
        let rendered = typed(self.rendered, like.as_ref());
        file.keys.insert(key.clone(), rendered);
        file.format = Some(format);
        migrated.base.to_mut().files.insert(path.clone(), file);
        if migrated.is_absent(path) {
            let here = Actual::Text {
                text,
                mode: wanted.mode,
            };
            migrated.ground.to_mut().insert(path.clone(), here);
        } else {
            migrated.set_text(path, text);
        }
        Ok(true)
    }
}

/// What moves as one: a key or container of ours with all in it, or else each key of ours below.
fn units(
    path: &RepoPath,
    format: Format,
    file: &BaseFile,
    text: &str,
    (from, to): (&KeyPath, &KeyPath),
) -> Result<Vec<(KeyPath, KeyPath)>, MergeError> {
    let ours = file.keys.contains_key(from) || file.containers.contains(from);
    let gone = find(path, format, text, from)?.is_none();
    if gone || (ours && find(path, format, text, to)?.is_none()) {
        return Ok(vec![(from.clone(), to.clone())]);
    }
    let below = |key: &KeyPath| Some((key.clone(), key.moved(from, to)?));
    Ok(file.keys.keys().filter_map(below).collect())
}

/// The containers above a key that a text does not hold, and that come with it.
fn missing(
    path: &RepoPath,
    format: Format,
    text: &str,
    key: &KeyPath,
) -> Result<Vec<KeyPath>, MergeError> {
    let mut missing = Vec::new();
    for depth in 1..key.0.len() {
        let above = KeyPath(key.0[..depth].to_vec());
        if find(path, format, text, &above)?.is_none() {
            missing.push(above);
        }
    }
    Ok(missing)
}

/// A value as the other file writes such a one: text where that holds text, and a number or truth
/// value where that holds one.
fn typed(value: &Value, like: Option<&Value>) -> Value {
    let read = |text: &str| serde_json::from_str::<Value>(text).ok();
    match (value, like) {
        (Value::Number(_) | Value::Bool(_), Some(Value::String(_))) => {
            Value::from(value.to_string())
        }
        (Value::String(text), Some(Value::Number(_))) => {
            let number = read(text).filter(Value::is_number);
            number.unwrap_or_else(|| value.clone())
        }
        (Value::String(text), Some(Value::Bool(_))) => {
            let flag = read(text).filter(Value::is_boolean);
            flag.unwrap_or_else(|| value.clone())
        }
        _ => value.clone(),
    }
}

fn is_named(key: &KeyPath) -> bool {
    let named = |segment: &Segment| matches!(segment, Segment::Key(_));
    key.0.iter().all(named)
}

fn holds(file: &BaseFile, at: &KeyPath) -> bool {
    let mut keys = file.keys.keys().chain(&file.tombstones);
    keys.any(|key| key.is_within(at))
}

fn forget(file: &mut BaseFile, key: &KeyPath) {
    file.keys.remove(key);
    for set in [
        &mut file.found,
        &mut file.tombstones,
        &mut file.pending,
        &mut file.dropped,
    ] {
        set.remove(key);
    }
}

/// Gives all that a base says of a key, and of what is below it, to another key.
fn forget_and_learn(file: &mut BaseFile, from: &KeyPath, to: &KeyPath) {
    let moved = |key: KeyPath| key.moved(from, to).unwrap_or(key);
    let keys = std::mem::take(&mut file.keys);
    file.keys = keys
        .into_iter()
        .map(|(key, value)| (moved(key), value))
        .collect();
    for set in [
        &mut file.containers,
        &mut file.found,
        &mut file.tombstones,
        &mut file.pending,
        &mut file.dropped,
    ] {
        *set = std::mem::take(set).into_iter().map(moved).collect();
    }
}
