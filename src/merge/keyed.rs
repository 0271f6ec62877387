//! Files whose keys have values: decide, edit, check.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::document::Document;
use super::{
    Decision, Edit, Found, Leaves, MergeError, Merged, block, decide, env, is_empty, released,
};
use crate::model::{BaseFile, DesiredFile, Format, KeyPath, RepoPath, Segment, Value};

pub(super) fn merge(
    path: &RepoPath,
    format: Format,
    base: &BaseFile,
    actual: Option<&str>,
    desired: Option<&DesiredFile>,
) -> Result<Merged, MergeError> {
    let template = match desired {
        Some(desired) if format != Format::Block => {
            Some(Document::parse(path, format, &desired.text)?)
        }
        _ => None,
    };
    let mut wanted = match (&template, desired) {
        (Some(template), _) => template.leaves(),
        (None, Some(desired)) => block::wanted(&desired.text),
        (None, None) => Leaves::new(),
    };
    wanted.retain(|(_, value)| !is_hollow(value));
    let Some(actual) = actual else {
        return create(path, format, (desired, template.as_ref()), wanted);
    };
    let document = Document::parse(path, format, actual)?;
    let known = |key: &KeyPath| base.keys.contains_key(key) || base.tombstones.contains(key);
    wanted.retain(|(key, value)| known(key) || !serves_as(format, key, &document.find(key), value));
    let wanted = document.wanted(base, wanted);
    let gathered = gather(&document, base, &wanted);
    let base = gathered.as_ref();
    let text = desired.map_or("", |d| d.text.as_str());
    let mut decision = decide(base, |key| document.find_for(base, key, text), &wanted);
    decision.protect(&document.commented(&decision.edits)?, base);
    keep_comments(&document, &mut decision);
    let (text, marks) = if decision.edits.is_empty() {
        (actual.to_owned(), Vec::new())
    } else {
        let edited = document.edit(&decision.edits, template.as_ref(), &base.containers)?;
        verify(path, format, &document, &edited.0, &decision)?;
        follow_comments(&Document::parse(path, format, &edited.0)?, &mut decision);
        edited
    };
    if desired.is_none() {
        let gone = base.created && is_empty(format, &text);
        return Ok(released(Some(text.as_str()).filter(|_| !gone)));
    }
    let base = remember(format, base, &document, &mut decision, marks);
    let marks = base.pending.is_empty() && base.tombstones.is_empty();
    let managed = !base.keys.is_empty() || !marks;
    Ok(Merged {
        text: Some(text),
        conflicts: decision.conflicts,
        base: managed.then_some(base),
    })
}

/// The base with a container as one value where the templates want one value in its place, and
/// nothing stands in it but what is left of ours.
fn gather<'a>(
    document: &Document<'_>,
    base: &'a BaseFile,
    wanted: &[(KeyPath, Value)],
) -> Cow<'a, BaseFile> {
    let mut gathered = Cow::Borrowed(base);
    if !document.has_containers() {
        return gathered;
    }
    for (key, _) in wanted.iter().filter(|(key, _)| !key.0.is_empty()) {
        let below = |other: &KeyPath| other.0.len() > key.0.len() && other.0.starts_with(&key.0);
        let ours = |(leaf, value): &(KeyPath, Value)| {
            base.keys.get(leaf) == Some(value) && !base.found.contains(leaf)
        };
        if !base.keys.keys().any(below) {
            continue;
        }
        let leaves = document.leaves();
        let mut within = leaves.iter().filter(|(leaf, _)| leaf.0.starts_with(&key.0));
        if let (Found::Value(value), true) = (document.find(key), within.all(ours)) {
            let base = gathered.to_mut();
            base.keys.retain(|other, _| !below(other));
            base.tombstones.retain(|other| !below(other));
            base.containers
                .retain(|other| other != key && !below(other));
            base.keys.insert(key.clone(), value);
        }
    }
    gathered
}

/// Whether what the user has at a key does for what we would write there, so that it stays theirs: a
/// variable of an env file, any spelling of the schema's address, and in a settings file's `env` what
/// the client takes for the same (CLIENT.md sections 1 and 4: numbers are text, end slashes go).
fn serves_as(format: Format, key: &KeyPath, found: &Found, wanted: &Value) -> bool {
    let Found::Value(there) = found else {
        return false;
    };
    match (format, key.0.first()) {
        (Format::Env, _) => env::serves_as(key, found, wanted),
        (Format::Json | Format::Jsonc, Some(Segment::Key(root))) if there != wanted => {
            let text = wanted.as_str().unwrap_or_default();
            let same = match there {
                Value::String(there) => there.trim_end_matches('/') == text,
                Value::Number(_) | Value::Bool(_) => {
                    serde_json::from_str::<Value>(text).is_ok_and(|value| value == *there)
                }
                _ => false,
            };
            (root == "env" && same) || (root == "$schema" && there.is_string())
        }
        _ => false,
    }
}

/// The file as the template has it, where none is there.
fn create(
    path: &RepoPath,
    format: Format,
    (desired, template): (Option<&DesiredFile>, Option<&Document<'_>>),
    wanted: Leaves,
) -> Result<Merged, MergeError> {
    let Some(desired) = desired.filter(|_| !wanted.is_empty()) else {
        return Ok(released(None));
    };
    let text = match format {
        Format::Block => {
            let edits: Vec<Edit> = wanted
                .iter()
                .map(|(key, value)| Edit::Set(key.clone(), value.clone()))
                .collect();
            block::Document::parse(path, "")?.edit(&edits)?
        }
        _ => match template {
            Some(template) => without_hollow(template, &desired.text)?,
            None => desired.text.clone(),
        },
    };
    let containers = wanted
        .iter()
        .filter(|_| matches!(format, Format::Json | Format::Jsonc | Format::Toml));
    let base = BaseFile {
        format: Some(format),
        created: true,
        containers: containers.flat_map(|(key, _)| above(key)).collect(),
        keys: wanted.into_iter().collect(),
        ..BaseFile::default()
    };
    Ok(Merged {
        text: Some(text),
        conflicts: Vec::new(),
        base: Some(base),
    })
}

/// Containers that the template leaves empty say nothing: none is added to a file that is there, so
/// none is written where we make it, and what a later template puts inside is no conflict.
fn without_hollow(template: &Document<'_>, text: &str) -> Result<String, MergeError> {
    let leaves = template.leaves().into_iter();
    let hollow = leaves.filter(|(key, value)| is_hollow(value) && !key.0.is_empty());
    let hollow: Vec<KeyPath> = hollow.map(|(key, _)| key).collect();
    let containers = hollow.iter().flat_map(above).collect();
    let edits: Vec<Edit> = hollow.into_iter().map(Edit::Remove).collect();
    if edits.is_empty() {
        return Ok(text.to_owned());
    }
    let edited = template.edit(&edits, None, &containers)?;
    Ok(edited.0)
}

/// A key that goes to the user keeps the comments that we wrote above it.
fn keep_comments(document: &Document<'_>, decision: &mut Decision) {
    if !matches!(document, Document::Entries(_)) {
        return;
    }
    let removed: BTreeSet<KeyPath> = decision
        .edits
        .iter()
        .filter_map(|edit| match edit {
            Edit::Remove(key) => Some(key.clone()),
            Edit::Set(..) => None,
        })
        .collect();
    let known = decision.base.clone();
    decision.edits.retain(|edit| {
        let Edit::Remove(key) = edit else { return true };
        match (key.0.last(), key.parent()) {
            (Some(Segment::Element(_)), Some(owner)) if !owner.0.is_empty() => {
                removed.contains(&owner)
                    || known.contains_key(&owner)
                    || document.find(&owner) == Found::Absent
            }
            _ => true,
        }
    });
}

/// A comment belongs to the entry below it, which another may have become: what counts is where it
/// stands after the edits.
fn follow_comments(after: &Document<'_>, decision: &mut Decision) {
    if !matches!(after, Document::Entries(_)) {
        return;
    }
    let is_comment = |key: &&KeyPath| matches!(key.0.last(), Some(Segment::Element(_)));
    for key in decision.base.keys().filter(is_comment) {
        if after.find(key) == Found::Absent {
            decision.tombstones.insert(key.clone());
        } else {
            decision.tombstones.remove(key);
        }
    }
}

fn remember(
    format: Format,
    base: &BaseFile,
    document: &Document<'_>,
    decision: &mut Decision,
    marks: Vec<KeyPath>,
) -> BaseFile {
    let keys = std::mem::take(&mut decision.base);
    let mut containers: BTreeSet<KeyPath> = BTreeSet::new();
    if document.has_containers() {
        let made = decision.edits.iter().filter_map(|edit| match edit {
            Edit::Set(key, _) => Some(key),
            Edit::Remove(_) => None,
        });
        containers.extend(
            made.flat_map(above)
                .filter(|key| base.keys.contains_key(key) || !stands(&document.find(key))),
        );
        let holds = |at: &KeyPath| keys.keys().any(|key| key.0.starts_with(&at.0));
        let marked = |key: &KeyPath| {
            key.name()
                .filter(|name| name.is_empty())
                .and_then(|_| key.parent())
        };
        containers.extend(
            base.containers
                .iter()
                .filter(|key| holds(&marked(key).unwrap_or((*key).clone())))
                .cloned(),
        );
        containers.extend(marks);
    }
    BaseFile {
        format: Some(format),
        created: base.created,
        keys,
        containers,
        found: std::mem::take(&mut decision.found),
        tombstones: std::mem::take(&mut decision.tombstones),
        pending: std::mem::take(&mut decision.pending),
        dropped: std::mem::take(&mut decision.dropped),
        outputs: base.outputs.clone(),
    }
}

/// Reads the result again: what we set is there, what we removed is not, and every other leaf is
/// as it was and where it was.
fn verify(
    path: &RepoPath,
    format: Format,
    before: &Document<'_>,
    after: &str,
    decision: &Decision,
) -> Result<(), MergeError> {
    let lost = |key: &KeyPath| MergeError::LostForeign {
        path: path.to_string(),
        key: key.to_string(),
    };
    let after = Document::parse(path, format, after)?;
    let same_name_may_stay = matches!(before, Document::Entries(_));
    let mut ours = BTreeSet::new();
    for edit in &decision.edits {
        let (key, right) = match edit {
            Edit::Set(key, value) => (key, after.find(key) == Found::Value(value.clone())),
            Edit::Remove(key) => (
                key,
                same_name_may_stay || after.find(key) != before.find(key),
            ),
        };
        if !right {
            return Err(lost(key));
        }
        ours.insert(key.clone());
        if let Some(Segment::Element(json)) = key
            .0
            .last()
            .filter(|_| matches!(before, Document::Entries(_)))
        {
            ours.insert(KeyPath::root().element(json));
        }
    }
    let replaced =
        |key: &KeyPath| before.has_containers() && above(key).any(|at| ours.contains(&at));
    let foreign = |leaves: Leaves| {
        leaves
            .into_iter()
            .filter(|(key, value)| !ours.contains(key) && !is_hollow(value) && !replaced(key))
    };
    let mut new = foreign(after.foreign());
    let gone = foreign(before.foreign()).find(|leaf| !new.any(|other| other == *leaf));
    gone.map_or(Ok(()), |(key, _)| Err(lost(&key)))
}

pub(super) fn is_hollow(value: &Value) -> bool {
    value.as_object().is_some_and(serde_json::Map::is_empty)
        || value.as_array().is_some_and(Vec::is_empty)
}

/// Whether a container is there already.
fn stands(found: &Found) -> bool {
    matches!(found, Found::Value(value) if value.is_object() || value.is_array())
}

/// The containers above a key, outermost first, the root left out.
fn above(key: &KeyPath) -> impl Iterator<Item = KeyPath> {
    (1..key.0.len()).map(|n| KeyPath(key.0[..n].to_vec()))
}
