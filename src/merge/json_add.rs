//! New keys and elements in a JSON text, in the style of what stands beside them.

use std::collections::BTreeMap;

use jsonc_parser::common::Ranged;

use super::json::{Document, Syntax, skip_comment};
use super::json_edit::{Container, Place, Splice, comma_after, locate};
use super::{MergeError, lines};
use crate::model::{KeyPath, Segment, Value};

/// The text of a document that holds no object yet: what is there, then the object.
pub(super) fn whole(document: &Document<'_>, added: &[(&KeyPath, &Value)]) -> String {
    let mut root = Value::Object(serde_json::Map::new());
    for (key, value) in added {
        place(&mut root, &key.0, value);
    }
    let end = lines::line_end(document.body);
    let object = pretty(&root, "", "  ", end);
    let text = lines::append(document.body, [object.as_str()]);
    format!("{}{text}", document.bom)
}

/// A new value for the place of another one, on one line or several as that one.
pub(super) fn in_place(
    document: &Document<'_>,
    syntax: &Syntax<'_>,
    (start, end): (usize, usize),
    value: &Value,
) -> String {
    let old = &document.body[start..end];
    let one_line = old.starts_with(['[', '{']) && !old.contains('\n');
    let style = Style::of(document.body, syntax);
    if one_line || style.one_line {
        return flat(value, style.space);
    }
    pretty(
        value,
        line_indent(document.body, start),
        &style.unit,
        style.end,
    )
}

/// Returns the splices that add keys, and the containers whose own white space is to be kept
/// when they are emptied again, marked by an empty name.
pub(super) fn add(
    document: &Document<'_>,
    syntax: &Syntax<'_>,
    added: &[(&KeyPath, &Value)],
) -> Result<(Vec<Splice>, Vec<KeyPath>), MergeError> {
    let mut groups: BTreeMap<usize, (Container<'_, '_>, KeyPath, Value)> = BTreeMap::new();
    for (key, value) in added {
        let Some(Place::Missing { holder, rest }) = locate(document, &syntax.root, &key.0)? else {
            continue;
        };
        let empty = match holder {
            Container::Object(_) => Value::Object(serde_json::Map::new()),
            Container::Array(_) => Value::Array(Vec::new()),
        };
        let at = KeyPath(key.0[..key.0.len() - rest.len()].to_vec());
        let group = groups
            .entry(holder.range().0)
            .or_insert((holder, at, empty));
        place(&mut group.2, rest, value);
    }
    let style = Style::of(document.body, syntax);
    let mut splices = Vec::new();
    let mut marks = Vec::new();
    for (holder, at, new) in groups.into_values() {
        if holder.items().is_empty() {
            if fill(document.body, syntax, holder, &new, &style, &mut splices) {
                marks.push(at.key(""));
            }
        } else {
            extend(document.body, holder, &new, &style, &mut splices);
        }
    }
    Ok((splices, marks))
}

/// Puts a value into a tree, making the containers above it.
fn place(tree: &mut Value, rest: &[Segment], value: &Value) {
    match (rest, tree) {
        ([], tree) => *tree = value.clone(),
        ([Segment::Element(json)], tree) => {
            let element = serde_json::from_str(json).unwrap_or_default();
            match tree {
                Value::Array(items) => items.push(element),
                tree => *tree = Value::Array(vec![element]),
            }
        }
        ([Segment::Key(name), rest @ ..], Value::Object(map)) => {
            let inner = map
                .entry(name)
                .or_insert_with(|| Value::Object(serde_json::Map::new()));
            place(inner, rest, value);
        }
        _ => {}
    }
}

struct Style {
    unit: String,
    end: &'static str,
    space: &'static str,
    one_line: bool,
}

impl Style {
    fn of(body: &str, syntax: &Syntax<'_>) -> Self {
        let first = syntax.root.properties.first().map(|p| p.range.start);
        let unit = first
            .and_then(|at| own_indent(body, at))
            .filter(|unit| !unit.is_empty());
        let root = &body[syntax.root.range.start..syntax.root.range.end];
        let end = match body.find('\n') {
            Some(at) if body[..at].ends_with('\r') => "\r\n",
            _ => "\n",
        };
        let tight = syntax.root.properties.first().is_some_and(|prop| {
            let name_end = prop.name.range().end;
            body[name_end..].trim_start().starts_with(':')
                && !body[name_end..].trim_start()[1..].starts_with([' ', '\t', '\n', '\r'])
        });
        Self {
            unit: unit.unwrap_or("  ").to_owned(),
            end,
            space: if tight { "" } else { " " },
            one_line: first.is_some() && !root.contains('\n'),
        }
    }

    fn items(&self, new: &Value, indent: Option<&str>) -> Vec<String> {
        let text = |value: &Value| match indent {
            Some(indent) => pretty(value, indent, &self.unit, self.end),
            None => flat(value, self.space),
        };
        match new {
            Value::Object(map) => {
                let name = |name: &str| Value::from(name).to_string();
                map.iter()
                    .map(|(key, value)| format!("{}:{}{}", name(key), self.space, text(value)))
                    .collect()
            }
            Value::Array(items) => items.iter().map(text).collect(),
            _ => Vec::new(),
        }
    }
}

/// Adds behind the last item, and behind the comments that stand on its line.
fn extend(
    body: &str,
    holder: Container<'_, '_>,
    new: &Value,
    style: &Style,
    splices: &mut Vec<Splice>,
) {
    let (start, end) = holder.range();
    let items = holder.items();
    let Some(&(last_start, last_end)) = items.last() else {
        return;
    };
    let trailing = comma_after(body, last_end);
    let mut at = trailing.map_or(last_end, |comma| comma + 1);
    if trailing.is_none() {
        splices.push((last_end, last_end, ",".to_owned()));
    }
    loop {
        let rest = &body[at..];
        let comment = at + rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let after = skip_comment(body, comment);
        if after == comment {
            break;
        }
        at = after;
    }
    let broken = body[start..last_start].contains('\n') || body[last_end..end].contains('\n');
    let indent = own_indent(body, last_start).map_or_else(
        || format!("{}{}", line_indent(body, start), style.unit),
        str::to_owned,
    );
    let (lead, indent) = if broken {
        (format!("{}{indent}", style.end), Some(indent.as_str()))
    } else {
        (style.space.to_owned(), None)
    };
    let new = style.items(new, indent);
    let mut text = new
        .iter()
        .map(|item| format!("{lead}{item}"))
        .collect::<Vec<_>>()
        .join(",");
    if trailing.is_some() {
        text.push(',');
    }
    splices.push((at, at, text));
}

/// Fills an empty container; returns whether its own white space has to be remembered.
fn fill(
    body: &str,
    syntax: &Syntax<'_>,
    holder: Container<'_, '_>,
    new: &Value,
    style: &Style,
    splices: &mut Vec<Splice>,
) -> bool {
    let (start, end) = holder.range();
    let (open, close) = (start + 1, end - 1);
    let inner = &body[open..close];
    let comment = syntax
        .comments
        .iter()
        .filter(|(s, e)| open <= *s && *e <= close)
        .map(|c| c.1)
        .max();
    let broken = inner.contains('\n') || (inner.is_empty() && !style.one_line);
    let base = line_indent(body, start);
    let indent = format!("{base}{}", style.unit);
    let (lead, indent) = if broken {
        (format!("{}{indent}", style.end), Some(indent.as_str()))
    } else {
        (if inner.is_empty() { "" } else { " " }.to_owned(), None)
    };
    let items = style.items(new, indent);
    let between = if broken {
        lead.clone()
    } else {
        style.space.to_owned()
    };
    let mut text = lead + &items.join(&format!(",{between}"));
    if broken && inner.is_empty() {
        text.push_str(style.end);
        text.push_str(base);
    }
    let at = comment.unwrap_or(open);
    splices.push((at, at, text));
    comment.is_none() && inner.contains('\n')
}

/// The indent of a place that starts its line.
pub(super) fn own_indent(body: &str, at: usize) -> Option<&str> {
    let line = &body[..at];
    let line = &line[line.rfind('\n')? + 1..];
    line.trim_matches([' ', '\t']).is_empty().then_some(line)
}

/// The indent of the line that holds a place.
pub(super) fn line_indent(body: &str, at: usize) -> &str {
    let start = body[..at].rfind('\n').map_or(0, |n| n + 1);
    let line = &body[start..at];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

/// A value on one line, with this space after commas and colons.
fn flat(value: &Value, space: &str) -> String {
    let joined = |items: Vec<String>| items.join(&format!(",{space}"));
    match value {
        Value::Object(map) => {
            let item = |(name, value): (&String, &Value)| {
                format!(
                    "{}:{space}{}",
                    Value::from(name.as_str()),
                    flat(value, space)
                )
            };
            format!("{{{}}}", joined(map.iter().map(item).collect()))
        }
        Value::Array(items) => {
            format!(
                "[{}]",
                joined(items.iter().map(|item| flat(item, space)).collect())
            )
        }
        other => other.to_string(),
    }
}

fn pretty(value: &Value, indent: &str, unit: &str, end: &str) -> String {
    let mut out = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(unit.as_bytes());
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, formatter);
    if serde::Serialize::serialize(value, &mut serializer).is_err() {
        return value.to_string();
    }
    let text = String::from_utf8(out).unwrap_or_else(|_| value.to_string());
    text.replace('\n', &format!("{end}{indent}"))
}
