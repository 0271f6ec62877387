//! Keys of JSON texts under another name or in another place, their values' bytes kept.
//!
//! A key that changes its place goes through adding and removing with a stand-in for its value; the
//! comment lines right above it go along.

use std::collections::BTreeSet;

use jsonc_parser::ast;
use jsonc_parser::common::Ranged;

use super::json::{Document, Syntax};
use super::json_add::{line_indent, own_indent};
use super::json_edit::{Container, Place, edit, locate};
use super::{Edit, MergeError, lines};
use crate::model::{KeyPath, Value};

pub(super) fn rename(
    document: &Document<'_>,
    from: &KeyPath,
    to: &KeyPath,
    made: &BTreeSet<KeyPath>,
) -> Result<Option<String>, MergeError> {
    let Some(syntax) = document.syntax()? else {
        return Ok(None);
    };
    let (Some(property), Some(name)) = (property(document, &syntax, from)?, to.name()) else {
        return Ok(None);
    };
    if from.parent() == to.parent() {
        let range = property.name.range();
        let name = Value::from(name).to_string();
        let body = lines::splice(document.body, vec![(range.start, range.end, name)]);
        return Ok(Some(format!("{}{body}", document.bom)));
    }
    let head = property.name.range().end..property.value.range().start;
    if syntax.comments.iter().any(|(at, _)| head.contains(at)) {
        return Ok(None);
    }
    let (body, start) = (document.body, property.range.start);
    let above = comments_above(body, &syntax, start);
    let moved = |comments: &'_ str| Moved {
        name: Value::from(name).to_string(),
        value: body[property.value.range().start..property.value.range().end].to_owned(),
        indent: line_indent(body, property.value.range().start).to_owned(),
        comments: comments.to_owned(),
        comment_indent: line_indent(body, start).to_owned(),
    };
    let with = moved(&body[above.0..above.1]).put(document, above, (from, to), made)?;
    let text = match with {
        Some(text) => Some(text),
        None => moved("").put(document, (start, start), (from, to), made)?,
    };
    Ok(text.map(|text| format!("{}{text}", document.bom)))
}

fn property<'d, 'a>(
    document: &Document<'a>,
    syntax: &'d Syntax<'a>,
    key: &KeyPath,
) -> Result<Option<&'d ast::ObjectProp<'a>>, MergeError> {
    let place = locate(document, &syntax.root, &key.0)?;
    Ok(match place {
        Some(Place::Item {
            holder: Container::Object(object),
            index,
            ..
        }) => object.properties.get(index),
        _ => None,
    })
}

/// The lines of comments right above a key that starts its line; an empty range where there are none.
fn comments_above(body: &str, syntax: &Syntax<'_>, start: usize) -> (usize, usize) {
    let Some(indent) = own_indent(body, start) else {
        return (start, start);
    };
    let end = start - indent.len();
    let mut from = end;
    for (open, close) in syntax.comments.iter().rev() {
        let line_ends = body.get(*close..from);
        let adjacent = line_ends
            .is_some_and(|gap| gap.trim_matches([' ', '\t', '\r']) == "\n" && *close < from);
        let Some(indent) = own_indent(body, *open).filter(|_| adjacent) else {
            if *close <= from {
                break;
            }
            continue;
        };
        from = open - indent.len();
    }
    (from, end)
}

/// A text that the document does not hold.
fn stand_in(body: &str) -> String {
    let mut text = String::from("~");
    while body.contains(&text) {
        text.push('~');
    }
    text
}

/// What goes along, and how it was indented.
struct Moved {
    name: String,
    value: String,
    indent: String,
    comments: String,
    comment_indent: String,
}

impl Moved {
    /// Moves the key with a stand-in for its value, then puts the value in, and the comments above
    /// it; none where they would have no line of their own.
    fn put(
        &self,
        document: &Document<'_>,
        (start, end): (usize, usize),
        (from, to): (&KeyPath, &KeyPath),
        made: &BTreeSet<KeyPath>,
    ) -> Result<Option<String>, MergeError> {
        let body = lines::splice(document.body, vec![(start, end, String::new())]);
        let bare = Document::parse(document.path, document.format, &body)?;
        let stand_in = Value::from(stand_in(&body));
        let edits = [
            Edit::Remove(from.clone()),
            Edit::Set(to.clone(), stand_in.clone()),
        ];
        let (text, _) = edit(&bare, &edits, made)?;
        let stand_in = stand_in.to_string();
        let Some(at) = text.find(&stand_in) else {
            return Ok(None);
        };
        let indent = line_indent(&text, at);
        let value = match self.value.split_once('\n') {
            Some((first, rest)) => format!("{first}\n{}", indented(rest, &self.indent, indent)),
            None => self.value.clone(),
        };
        let mut splices = vec![(at, at + stand_in.len(), value)];
        if !self.comments.is_empty() {
            let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
            let head = text[line..at].trim().strip_suffix(':');
            if head.map(str::trim_end) != Some(&self.name) {
                return Ok(None);
            }
            let comments = indented(&self.comments, &self.comment_indent, indent);
            splices.push((line, line, comments));
        }
        Ok(Some(lines::splice(&text, splices)))
    }
}

/// Whole lines with another indent.
fn indented(text: &str, old: &str, new: &str) -> String {
    let line = |line: &str| match line.strip_prefix(old) {
        Some(rest) if !rest.trim().is_empty() => format!("{new}{rest}"),
        _ => line.to_owned(),
    };
    text.split_inclusive('\n').map(line).collect()
}
