//! Edits of JSON texts as replaced byte ranges: whatever is not ours is not even rewritten.

use std::collections::{BTreeMap, BTreeSet};

use jsonc_parser::ast;
use jsonc_parser::common::Ranged;

use super::json::{Document, Syntax, element, find, skip_comment};
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

    fn of(value: &'d ast::Value<'a>) -> Option<Self> {
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

/// The keys among edits whose present value holds comments, which an edit would lose.
pub(super) fn commented(
    document: &Document<'_>,
    edits: &[Edit],
) -> Result<BTreeSet<KeyPath>, MergeError> {
    let holds = |key: &KeyPath| match find(&document.value, key) {
        Found::Value(value) => value.is_array() || value.is_object(),
        _ => false,
    };
    let keys: Vec<&KeyPath> = edits
        .iter()
        .map(Edit::key)
        .filter(|key| holds(key))
        .collect();
    let mut commented = BTreeSet::new();
    if let Some(syntax) = (!keys.is_empty())
        .then(|| document.syntax())
        .transpose()?
        .flatten()
    {
        for key in keys {
            if let Some(Place::Item { value, .. }) = locate(document, &syntax.root, &key.0)? {
                let range = value.range();
                let inside = |(s, e): &(usize, usize)| range.start < *s && *e < range.end;
                commented.extend(syntax.comments.iter().any(inside).then(|| key.clone()));
            }
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

/// For each container by its start: the numbers of the items to be removed.
type Removed<'d, 'a> = BTreeMap<usize, (Container<'d, 'a>, BTreeSet<usize>)>;

type Added<'e> = Vec<(&'e KeyPath, &'e Value)>;

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
                    splices.push((range.start, range.end, value.to_string()));
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

/// Cuts the removed items, the containers of ours that they leave empty, and the object itself
/// where the text held none before us.
fn cut_all(
    document: &Document<'_>,
    syntax: &Syntax<'_>,
    containers: &BTreeSet<KeyPath>,
    (mut removed, added): (Removed<'_, '_>, &Added<'_>),
    splices: &mut Vec<Splice>,
) -> Result<(), MergeError> {
    let commented =
        |(start, end): (usize, usize)| syntax.comments.iter().any(|(s, e)| start < *s && *e < end);
    for key in containers.iter().rev().filter(|key| !key.0.is_empty()) {
        let filled = added.iter().any(|(new, _)| new.0.starts_with(&key.0));
        let Some(Place::Item {
            holder,
            index,
            value,
        }) = locate(document, &syntax.root, &key.0)?
        else {
            continue;
        };
        let Some(inner) = Container::of(value) else {
            continue;
        };
        let gone = removed
            .get(&inner.range().0)
            .map_or(0, |(_, items)| items.len());
        if !filled && gone == inner.items().len() && !commented(inner.range()) {
            removed.remove(&inner.range().0);
            note(&mut removed, holder, index);
        }
    }
    let root = Container::Object(&syntax.root).range();
    let everything = removed
        .get(&root.0)
        .is_some_and(|(c, items)| c.items().len() == items.len());
    if everything && added.is_empty() && containers.contains(&KeyPath::root()) && !commented(root) {
        splices.clear();
        splices.push(without_root(document.body, root));
        return Ok(());
    }
    let marks = containers
        .iter()
        .filter(|key| key.name() == Some(""))
        .filter_map(KeyPath::parent);
    let marked: BTreeSet<usize> = marks
        .filter_map(|key| start_of(document, syntax, &key))
        .collect();
    for (start, (holder, items)) in removed {
        cut(document.body, syntax, holder, &items, splices);
        let emptied = items.len() == holder.items().len() && !commented(holder.range());
        if emptied && !marked.contains(&start) {
            collapse_rest(document.body, holder, splices);
        }
    }
    Ok(())
}

fn note<'d, 'a>(removed: &mut Removed<'d, 'a>, holder: Container<'d, 'a>, index: usize) {
    let entry = removed.entry(holder.range().0);
    entry.or_insert((holder, BTreeSet::new())).1.insert(index);
}

fn start_of(document: &Document<'_>, syntax: &Syntax<'_>, key: &KeyPath) -> Option<usize> {
    if key.0.is_empty() {
        return Some(syntax.root.range.start);
    }
    match locate(document, &syntax.root, &key.0).ok()?? {
        Place::Item { value, .. } => Some(value.range().start),
        Place::Missing { .. } => None,
    }
}

/// Takes the whole object out of a text that held none before us, with the line end we gave it.
fn without_root(body: &str, (start, end): (usize, usize)) -> Splice {
    if let Some(rest) = body[end..]
        .strip_prefix("\r\n")
        .or(body[end..].strip_prefix('\n'))
    {
        return (start, body.len() - rest.len(), String::new());
    }
    let before = &body[..start];
    let before = before
        .strip_suffix('\n')
        .map_or(before, |b| b.strip_suffix('\r').unwrap_or(b));
    (before.len(), end, String::new())
}

/// Cuts items with the white space before them and the comma that parted them from the next.
fn cut(
    body: &str,
    syntax: &Syntax<'_>,
    holder: Container<'_, '_>,
    dropped: &BTreeSet<usize>,
    splices: &mut Vec<Splice>,
) {
    let items = holder.items();
    let comma = |index: usize| {
        items
            .get(index)
            .and_then(|(_, end)| comma_after(body, *end))
    };
    let end_of = |index: usize| {
        let end = items[index].1;
        let adjacent = comma(index).filter(|at| body[end..*at].trim().is_empty());
        adjacent.map_or(end, |at| at + 1)
    };
    for &index in dropped {
        let own = items[index].0;
        let (start, next) = (cut_start(body, syntax, own), end_of(index));
        if let Some(at) = comma(index).filter(|at| *at >= next) {
            splices.push((at, at + 1, String::new()));
        }
        let rest = body[next..].trim_start_matches([' ', '\t']);
        if rest.starts_with('/') && body[start..own].contains('\n') {
            splices.push((own, body.len() - rest.len(), String::new()));
            continue;
        }
        let mut last = index;
        while dropped.contains(&(last + 1))
            && body[end_of(last)..items[last + 1].0].trim().is_empty()
        {
            last += 1;
        }
        let left = body[end_of(last)..].trim_start_matches([' ', '\t']);
        let line_ends = left.starts_with(['\n', '\r']) || left.is_empty();
        let needs_line_end = !line_ends
            && syntax
                .comments
                .iter()
                .any(|(s, e)| *s < start && start <= *e && body[*s..].starts_with("//"));
        let from = if needs_line_end { own } else { start };
        splices.push((from, next, String::new()));
    }
    let last_kept = (0..items.len())
        .rev()
        .find(|index| !dropped.contains(index));
    if let Some(kept) = last_kept
        && kept + 1 < items.len()
        && comma(items.len() - 1).is_none()
        && let Some(at) = comma(kept)
    {
        splices.push((at, at + 1, String::new()));
    }
}

/// Where the white space before an item starts, at most one line end of it.
fn cut_start(body: &str, syntax: &Syntax<'_>, start: usize) -> usize {
    let before = body[..start].trim_end_matches([' ', '\t']);
    let broken = before
        .strip_suffix('\n')
        .map(|b| b.strip_suffix('\r').unwrap_or(b));
    let at = broken.unwrap_or(before).len();
    let inside = syntax.comments.iter().any(|(s, e)| *s < at && at < *e);
    if inside { start } else { at }
}

/// What is left in an emptied container is white space; takes it out where it holds a line end.
fn collapse_rest(body: &str, holder: Container<'_, '_>, splices: &mut Vec<Splice>) {
    let (start, end) = holder.range();
    let from = splices
        .iter()
        .map(|s| s.1)
        .filter(|at| start < *at && *at < end)
        .max()
        .unwrap_or(end);
    if body
        .get(from..end - 1)
        .is_some_and(|rest| rest.contains('\n'))
    {
        let inside = |s: &Splice| start < s.0 && s.1 < end;
        splices.retain(|s| !inside(s));
        splices.push((start + 1, end - 1, String::new()));
    }
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
