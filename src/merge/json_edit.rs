//! Edits of JSON texts as replaced byte ranges: whatever is not ours is not even rewritten.

use std::collections::BTreeSet;

use jsonc_parser::ast;
use jsonc_parser::common::Ranged;

use super::json::{Document, Syntax, element, find, skip_comment};
use super::json_cut::{Removed, cut_all, note};
use super::{Edit, Found, MergeError, json_add, lines};
use crate::model::{KeyPath, Segment, Value};

/// A replaced byte range.
pub(super) type Splice = (usize, usize, String);

/// An object or an array.
#[derive(Clone, Copy)]
pub(super) enum Container<'d, 'a> {
    Object(&'d ast::Object<'a>),
    Array(&'d ast::Array<'a>),
}

impl<'d, 'a> Container<'d, 'a> {
    pub(super) fn range(self) -> (usize, usize) {
        let range = match self {
            Self::Object(object) => object.range,
            Self::Array(array) => array.range,
        };
        (range.start, range.end)
    }

    pub(super) fn items(self) -> Vec<(usize, usize)> {
        let range = |node: &dyn Ranged| (node.range().start, node.range().end);
        match self {
            Self::Object(object) => object.properties.iter().map(|p| range(p)).collect(),
            Self::Array(array) => array.elements.iter().map(|e| range(e)).collect(),
        }
    }

    pub(super) fn of(value: &'d ast::Value<'a>) -> Option<Self> {
        match value {
            ast::Value::Object(object) => Some(Self::Object(object)),
            ast::Value::Array(array) => Some(Self::Array(array)),
            _ => None,
        }
    }
}

/// Where a key stands, or the innermost container that could hold it.
pub(super) enum Place<'d, 'a, 'k> {
    Item {
        holder: Container<'d, 'a>,
        index: usize,
        value: &'d ast::Value<'a>,
    },
    Missing {
        holder: Container<'d, 'a>,
        rest: &'k [Segment],
    },
}

/// Applies edits. `containers` are those of ours, which go when nothing is left in them; the
/// result names the ones to be remembered beside them.
pub(super) fn edit(
    document: &Document<'_>,
    edits: &[Edit],
    containers: &BTreeSet<KeyPath>,
) -> Result<(String, Vec<KeyPath>), MergeError> {
    let Some(syntax) = document.syntax()? else {
        let added: Vec<_> = additions(edits).collect();
        return Ok((json_add::whole(document, &added), vec![KeyPath::root()]));
    };
    let (splices, added) = change(document, &syntax, edits, containers)?;
    let changed = format!("{}{}", document.bom, lines::splice(document.body, splices));
    if added.is_empty() {
        return Ok((changed, Vec::new()));
    }
    let document = Document::parse(document.path, document.format, &changed)?;
    let Some(syntax) = document.syntax()? else {
        return Ok((json_add::whole(&document, &added), vec![KeyPath::root()]));
    };
    let (splices, marks) = json_add::add(&document, &syntax, &added)?;
    Ok((
        format!("{}{}", document.bom, lines::splice(document.body, splices)),
        marks,
    ))
}

/// The keys among edits that hold comments, which an edit would lose: in a value that changes, or
/// also before it where the key goes.
pub(super) fn commented(
    document: &Document<'_>,
    edits: &[Edit],
) -> Result<BTreeSet<KeyPath>, MergeError> {
    let loses = |edit: &&Edit| match (edit, find(&document.value, edit.key())) {
        (Edit::Set(..), Found::Value(value)) => value.is_array() || value.is_object(),
        (Edit::Remove(_), Found::Value(_)) => document.body.contains('/'),
        _ => false,
    };
    let edits: Vec<&Edit> = edits.iter().filter(loses).collect();
    let mut commented = BTreeSet::new();
    if let Some(syntax) = (!edits.is_empty())
        .then(|| document.syntax())
        .transpose()?
        .flatten()
    {
        for edit in edits {
            let key = edit.key();
            let Some(Place::Item {
                holder,
                index,
                value,
            }) = locate(document, &syntax.root, &key.0)?
            else {
                continue;
            };
            let (from, to) = match edit {
                Edit::Set(..) => (value.range().start, value.range().end),
                Edit::Remove(_) => holder.items()[index],
            };
            let inside = |(s, e): &(usize, usize)| from < *s && *e < to;
            commented.extend(syntax.comments.iter().any(inside).then(|| key.clone()));
        }
    }
    Ok(commented)
}

/// Finds a key, refusing duplicates on the way.
pub(super) fn locate<'d, 'a, 'k>(
    document: &Document<'a>,
    root: &'d ast::Object<'a>,
    key: &'k [Segment],
) -> Result<Option<Place<'d, 'a, 'k>>, MergeError> {
    let mut holder = Container::Object(root);
    for (depth, segment) in key.iter().enumerate() {
        let found = match (holder, segment) {
            (Container::Object(object), Segment::Key(name)) => {
                let mut same = object
                    .properties
                    .iter()
                    .enumerate()
                    .filter(|(_, p)| p.name.as_str() == name);
                let first = same.next();
                if let Some((_, second)) = same.next() {
                    return Err(document.duplicate(name, second.range.start));
                }
                first.map(|(index, prop)| (index, &prop.value))
            }
            (Container::Array(array), Segment::Element(json)) => {
                let wanted = element(json);
                let is = |e: &ast::Value<'_>| Some(Value::from(e.clone())) == wanted;
                array.elements.iter().enumerate().find(|(_, e)| is(e))
            }
            _ => return Ok(None),
        };
        let Some((index, value)) = found else {
            return Ok(Some(Place::Missing {
                holder,
                rest: &key[depth..],
            }));
        };
        if depth + 1 == key.len() {
            return Ok(Some(Place::Item {
                holder,
                index,
                value,
            }));
        }
        match Container::of(value) {
            Some(inner) => holder = inner,
            None => return Ok(None),
        }
    }
    Ok(None)
}

pub(super) type Added<'e> = Vec<(&'e KeyPath, &'e Value)>;

fn additions(edits: &[Edit]) -> impl Iterator<Item = (&KeyPath, &Value)> {
    edits.iter().filter_map(|edit| match edit {
        Edit::Set(key, value) => Some((key, value)),
        Edit::Remove(_) => None,
    })
}

/// Replaces and removes; what is to be added is left for a second step.
fn change<'e>(
    document: &Document<'_>,
    syntax: &Syntax<'_>,
    edits: &'e [Edit],
    containers: &BTreeSet<KeyPath>,
) -> Result<(Vec<Splice>, Added<'e>), MergeError> {
    let mut splices = Vec::new();
    let mut added = Vec::new();
    let mut removed = Removed::new();
    for edit in edits {
        match edit {
            Edit::Set(key, value) => match locate(document, &syntax.root, &key.0)? {
                Some(Place::Item { value: there, .. }) => {
                    let range = there.range();
                    let new = json_add::in_place(document, syntax, (range.start, range.end), value);
                    splices.push((range.start, range.end, new));
                }
                _ => added.push((key, value)),
            },
            Edit::Remove(key) => {
                if let Some(Place::Item { holder, index, .. }) =
                    locate(document, &syntax.root, &key.0)?
                {
                    note(&mut removed, holder, index);
                }
            }
        }
    }
    if !removed.is_empty() {
        cut_all(
            document,
            syntax,
            containers,
            (removed, &added),
            &mut splices,
        )?;
    }
    Ok((splices, added))
}

/// The comma that follows a value, across white space and comments.
pub(super) fn comma_after(body: &str, end: usize) -> Option<usize> {
    let mut at = end;
    loop {
        let rest = body.get(at..)?;
        let trimmed = rest.trim_start();
        at += rest.len() - trimmed.len();
        if trimmed.starts_with(',') {
            return Some(at);
        }
        let after = skip_comment(body, at);
        if after == at {
            return None;
        }
        at = after;
    }
}
