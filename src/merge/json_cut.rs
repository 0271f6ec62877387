//! Keys and elements taken out of a JSON text, so that taking out undoes adding.

use std::collections::{BTreeMap, BTreeSet};

use jsonc_parser::common::Ranged;

use super::MergeError;
use super::json::{Document, Syntax};
use super::json_edit::{Added, Container, Place, Splice, comma_after, locate};
use crate::model::KeyPath;

/// For each container by its start: the numbers of the items to be removed.
pub(super) type Removed<'d, 'a> = BTreeMap<usize, (Container<'d, 'a>, BTreeSet<usize>)>;

/// Cuts the removed items, the containers of ours that they leave empty, and the object itself
/// where the text held none before us.
pub(super) fn cut_all(
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
        if !filled && gone == inner.items().len() && !commented(holder.items()[index]) {
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

pub(super) fn note<'d, 'a>(removed: &mut Removed<'d, 'a>, holder: Container<'d, 'a>, index: usize) {
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
