//! JSON and JSON with comments, edited on a concrete syntax tree.

use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstInputValue, CstNode, CstObject, CstObjectProp, CstRootNode};

use super::{Edit, Found, Leaves, MergeError};
use crate::model::{Format, KeyPath, RepoPath, Segment, Value};

/// Arrays that are sets: merged by element, order left alone.
const SETS: [[&str; 2]; 4] = [
    ["permissions", "deny"],
    ["permissions", "allow"],
    ["permissions", "ask"],
    ["permissions", "additionalDirectories"],
];
const MAX_DEPTH: usize = 128;

pub(super) fn value(path: &RepoPath, format: Format, text: &str) -> Result<Value, MergeError> {
    let (_, body) = split_bom(text);
    if body.trim().is_empty() {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    let root = parse(path, format, text)?;
    Ok(root.to_serde_value().unwrap_or(Value::Null))
}

pub(super) fn leaves(path: &RepoPath, format: Format, text: &str) -> Result<Leaves, MergeError> {
    let mut leaves = Leaves::new();
    collect(&KeyPath::root(), &value(path, format, text)?, &mut leaves);
    Ok(leaves)
}

pub(super) fn find(root: &Value, key: &KeyPath) -> Found {
    let mut value = root;
    for (depth, segment) in key.0.iter().enumerate() {
        let blocked = || Found::Blocked(KeyPath(key.0[..depth].to_vec()), value.clone());
        match (segment, value) {
            (Segment::Key(name), Value::Object(map)) => match map.get(name) {
                Some(inner) => value = inner,
                None => return Found::Absent,
            },
            (Segment::Element(json), Value::Array(items)) => {
                let there = items.iter().any(|item| item.to_string() == *json);
                return if there {
                    Found::Value(Value::Bool(true))
                } else {
                    Found::Absent
                };
            }
            _ => return blocked(),
        }
    }
    Found::Value(value.clone())
}

pub(super) fn edit(
    path: &RepoPath,
    format: Format,
    text: &str,
    edits: &[Edit],
) -> Result<String, MergeError> {
    let (bom, body) = split_bom(text);
    let blank = body.trim().is_empty();
    let root = parse(path, format, if blank { "{}\n" } else { text })?;
    let Some(object) = root.object_value() else {
        return Ok(text.to_owned());
    };
    for change in edits {
        match change {
            Edit::Set(key, value) => set(path, text, &object, &key.0, value)?,
            Edit::Remove(key) => remove(path, text, &object, &key.0)?,
        }
    }
    Ok(format!("{bom}{root}"))
}

fn collect(at: &KeyPath, value: &Value, leaves: &mut Leaves) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (name, inner) in map {
                collect(&at.key(name), inner, leaves);
            }
        }
        Value::Array(items) if is_set(at) && !items.is_empty() => {
            for item in items {
                leaves.push((at.element(&item.to_string()), Value::Bool(true)));
            }
        }
        other => leaves.push((at.clone(), other.clone())),
    }
}

fn is_set(key: &KeyPath) -> bool {
    let names: Vec<&str> = key
        .0
        .iter()
        .filter_map(|s| {
            if let Segment::Key(k) = s {
                Some(k.as_str())
            } else {
                None
            }
        })
        .collect();
    SETS.iter().any(|set| set.as_slice() == names.as_slice())
}

fn split_bom(text: &str) -> (&str, &str) {
    text.strip_prefix('\u{feff}')
        .map_or(("", text), |body| ("\u{feff}", body))
}

fn parse(path: &RepoPath, format: Format, text: &str) -> Result<CstRootNode, MergeError> {
    let (bom, body) = split_bom(text);
    if depth(body) > MAX_DEPTH {
        return Err(MergeError::TooDeep {
            path: path.to_string(),
        });
    }
    let comments = format == Format::Jsonc;
    let options = ParseOptions {
        allow_comments: comments,
        allow_trailing_commas: comments,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let format = if comments {
        "JSON with comments"
    } else {
        "JSON"
    };
    let wrong = |message: String, offset: usize| MergeError::Syntax {
        path: path.to_string(),
        format,
        message,
        offset: offset + bom.len(),
    };
    let root = CstRootNode::parse(body, &options)
        .map_err(|e| wrong(e.kind().to_string(), e.range().start))?;
    if root.object_value().is_none() {
        return Err(wrong("the top level is not an object".to_owned(), 0));
    }
    Ok(root)
}

fn depth(text: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

fn set(
    path: &RepoPath,
    text: &str,
    object: &CstObject,
    key: &[Segment],
    value: &Value,
) -> Result<(), MergeError> {
    match key {
        [Segment::Key(name)] => match unique(path, text, object, name)? {
            Some(prop) => prop.set_value(input(value)),
            None => {
                append(object, name, input(value));
            }
        },
        [Segment::Key(name), Segment::Element(json)] => {
            let element = input(&serde_json::from_str(json).unwrap_or_default());
            match unique(path, text, object, name)? {
                None => append(object, name, CstInputValue::Array(vec![element])),
                Some(prop) => {
                    if let Some(array) = prop.array_value() {
                        array.append(element);
                    }
                }
            }
        }
        [Segment::Key(name), rest @ ..] => {
            let inner = match unique(path, text, object, name)? {
                Some(prop) => prop.object_value(),
                None => {
                    append(object, name, CstInputValue::Object(Vec::new()));
                    object.object_value(name)
                }
            };
            if let Some(inner) = inner {
                set(path, text, &inner, rest, value)?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn remove(
    path: &RepoPath,
    text: &str,
    object: &CstObject,
    key: &[Segment],
) -> Result<(), MergeError> {
    let [Segment::Key(name), rest @ ..] = key else {
        return Ok(());
    };
    let Some(prop) = unique(path, text, object, name)? else {
        return Ok(());
    };
    match rest {
        [] => prop.remove(),
        [Segment::Element(json)] => {
            let elements = prop
                .array_value()
                .map(|array| array.elements())
                .unwrap_or_default();
            let ours = elements
                .into_iter()
                .find(|e| e.to_serde_value().is_some_and(|v| v.to_string() == *json));
            if let Some(element) = ours {
                element.remove();
            }
        }
        rest => {
            if let Some(inner) = prop.object_value() {
                remove(path, text, &inner, rest)?;
            }
        }
    }
    Ok(())
}

/// Appends a property; an object on several lines, or an empty one, gets one property a line.
fn append(object: &CstObject, name: &str, value: CstInputValue) {
    if object.properties().is_empty() && !object.children().iter().any(CstNode::is_comment) {
        object.ensure_multiline();
    }
    object.append(name, value);
}

fn unique(
    path: &RepoPath,
    text: &str,
    object: &CstObject,
    name: &str,
) -> Result<Option<CstObjectProp>, MergeError> {
    let mut same = object
        .properties()
        .into_iter()
        .filter(|p| p.decoded_name().as_deref() == Some(name));
    let first = same.next();
    if same.next().is_some() {
        let quoted = Value::from(name).to_string();
        let offset = text.match_indices(&quoted).nth(1).map_or(0, |(at, _)| at);
        return Err(MergeError::DuplicateKey {
            path: path.to_string(),
            key: name.to_owned(),
            offset,
        });
    }
    Ok(first)
}

fn input(value: &Value) -> CstInputValue {
    match value {
        Value::Null => CstInputValue::Null,
        Value::Bool(flag) => CstInputValue::Bool(*flag),
        Value::Number(number) => CstInputValue::Number(number.to_string()),
        Value::String(text) => CstInputValue::String(text.clone()),
        Value::Array(items) => CstInputValue::Array(items.iter().map(input).collect()),
        Value::Object(map) => {
            CstInputValue::Object(map.iter().map(|(k, v)| (k.clone(), input(v))).collect())
        }
    }
}
