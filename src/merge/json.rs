//! JSON and JSON with comments: reading, and which values are keys of their own.

use jsonc_parser::ast;
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, CommentCollectionStrategy, ParseOptions, parse_to_ast};

use super::{Found, Leaves, MergeError, lines};
use crate::model::{Format, KeyPath, RepoPath, Segment, Value};

/// Arrays that are sets: merged by element, order left alone.
const SETS: [[&str; 2]; 4] = [
    ["permissions", "deny"],
    ["permissions", "allow"],
    ["permissions", "ask"],
    ["permissions", "additionalDirectories"],
];
const MAX_DEPTH: usize = 128;

/// A text, and what it says.
pub(super) struct Document<'a> {
    pub(super) path: &'a RepoPath,
    pub(super) format: Format,
    pub(super) bom: &'a str,
    pub(super) body: &'a str,
    pub(super) value: Value,
}

/// The syntax tree of a text, with the ranges of its comments.
pub(super) struct Syntax<'a> {
    pub(super) root: ast::Object<'a>,
    pub(super) comments: Vec<(usize, usize)>,
}

type Parsed<'a> = (Option<ast::Value<'a>>, Vec<(usize, usize)>);

impl<'a> Document<'a> {
    /// Reads a text; one of white space, or for JSON with comments of comments, is an empty object.
    pub(super) fn parse(
        path: &'a RepoPath,
        format: Format,
        text: &'a str,
    ) -> Result<Self, MergeError> {
        let (bom, body) = lines::split_bom(text);
        let mut document = Self {
            path,
            format,
            bom,
            body,
            value: Value::Object(serde_json::Map::new()),
        };
        check_depth(path, bom, body)?;
        let strict = format == Format::Json;
        if strict && let Ok(value) = serde_json::from_str::<Value>(body) {
            document.value = value;
        } else if !body.trim().is_empty() {
            let (root, _) = document.read()?;
            document.value = match root {
                Some(root) if strict => return Err(document.not_strict(&root)),
                Some(root) => root.into(),
                None => document.value,
            };
        }
        if document.value.is_object() {
            return Ok(document);
        }
        Err(document.wrong("the top level is not an object".to_owned(), 0))
    }

    /// Returns the syntax tree; none where the text holds no value.
    pub(super) fn syntax(&self) -> Result<Option<Syntax<'a>>, MergeError> {
        match self.read()? {
            (Some(ast::Value::Object(root)), comments) => Ok(Some(Syntax { root, comments })),
            (None, _) => Ok(None),
            _ => Err(self.wrong("the top level is not an object".to_owned(), 0)),
        }
    }

    pub(super) fn leaves(&self) -> Leaves {
        let mut leaves = Leaves::new();
        collect(&KeyPath::root(), &self.value, &mut leaves);
        leaves
    }

    /// The leaves, and every comment, one element of the root each.
    pub(super) fn foreign(&self) -> Leaves {
        let comments = match self.format {
            Format::Jsonc => self.read().map(|(_, comments)| comments),
            _ => Ok(Vec::new()),
        };
        let comments = comments.unwrap_or_default();
        let comments = comments.into_iter().map(|(start, end)| {
            let lines: Vec<&str> = self.body[start..end].lines().map(str::trim).collect();
            let text = Value::from(lines.join("\n")).to_string();
            (KeyPath::root().element(&text), Value::Bool(true))
        });
        self.leaves().into_iter().chain(comments).collect()
    }

    pub(super) fn duplicate(&self, key: &str, offset: usize) -> MergeError {
        let (path, key) = (self.path.to_string(), key.to_owned());
        MergeError::DuplicateKey {
            path,
            key,
            offset: offset + self.bom.len(),
        }
    }

    fn read(&self) -> Result<Parsed<'a>, MergeError> {
        let comments = self.format == Format::Jsonc;
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
        let collect = CollectOptions {
            comments: CommentCollectionStrategy::AsTokens,
            tokens: true,
        };
        let parsed = parse_to_ast(self.body, &collect, &options)
            .map_err(|e| self.wrong(lower(&e.kind().to_string()), e.range().start))?;
        let tokens = parsed.tokens.unwrap_or_default();
        let comments = tokens.iter().map(|t| (t.range.start, t.range.end));
        let comments = comments
            .filter(|(start, _)| self.body[*start..].starts_with('/'))
            .collect();
        Ok((parsed.value, comments))
    }

    /// The error of a text that the syntax tree's parser takes and the strict one does not.
    fn not_strict(&self, root: &ast::Value<'a>) -> MergeError {
        match serde_json::from_str::<Value>(self.body) {
            Err(error) => {
                let line = lines::split(self.body)
                    .get(error.line().saturating_sub(1))
                    .map_or(0, |l| l.start);
                let offset = (line + error.column().saturating_sub(1)).min(self.body.len());
                let message = error.to_string();
                let message = match message.split_once(" at line ") {
                    _ if self.body[offset..].starts_with('/') => "it has a comment".to_owned(),
                    Some((what, _)) => what.to_owned(),
                    None => message,
                };
                self.wrong(message, offset)
            }
            Ok(_) => self.wrong(
                "the top level is not an object".to_owned(),
                root.range().start,
            ),
        }
    }

    fn wrong(&self, message: String, offset: usize) -> MergeError {
        let format = if self.format == Format::Jsonc {
            "JSON with comments"
        } else {
            "JSON"
        };
        MergeError::Syntax {
            path: self.path.to_string(),
            format,
            message,
            offset: offset + self.bom.len(),
        }
    }
}

/// The parser's sentence as one phrase of ours.
fn lower(sentence: &str) -> String {
    let mut chars = sentence.chars();
    let first = chars.next().map(|c| c.to_ascii_lowercase());
    first.into_iter().chain(chars).collect()
}

/// Finds what a tree holds at a key.
pub(super) fn find(root: &Value, key: &KeyPath) -> Found {
    let mut value = root;
    for (depth, segment) in key.0.iter().enumerate() {
        match (segment, value) {
            (Segment::Key(name), Value::Object(map)) => match map.get(name) {
                Some(inner) => value = inner,
                None => return Found::Absent,
            },
            (Segment::Element(json), Value::Array(items)) => {
                let there = element(json).is_some_and(|element| items.contains(&element));
                return if there {
                    Found::Value(Value::Bool(true))
                } else {
                    Found::Absent
                };
            }
            _ => return Found::Blocked(KeyPath(key.0[..depth].to_vec()), value.clone()),
        }
    }
    Found::Value(value.clone())
}

/// The set element that a key path's segment names.
pub(super) fn element(json: &str) -> Option<Value> {
    serde_json::from_str(json).ok()
}

pub(super) fn collect(at: &KeyPath, value: &Value, leaves: &mut Leaves) {
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
    let [Segment::Key(outer), Segment::Key(inner)] = key.0.as_slice() else {
        return false;
    };
    SETS.contains(&[outer.as_str(), inner.as_str()])
}

/// Refuses what would exhaust a parser's stack.
fn check_depth(path: &RepoPath, bom: &str, text: &str) -> Result<(), MergeError> {
    let bytes = text.as_bytes();
    let (mut depth, mut at) = (0usize, 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at = string_end(bytes, at),
            b'/' => at = skip_comment(text, at).max(at + 1) - 1,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth >= MAX_DEPTH {
            return Err(MergeError::TooDeep {
                path: path.to_string(),
                offset: at + bom.len(),
            });
        }
        at += 1;
    }
    Ok(())
}

fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'"' => return at,
            _ => {}
        }
        at += 1;
    }
    at
}

/// The end of the comment that starts here, or the same place where none does.
pub(super) fn skip_comment(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    if rest.starts_with("//") {
        let line = rest.split('\n').next().unwrap_or_default();
        at + line.strip_suffix('\r').unwrap_or(line).len()
    } else if let Some(inner) = rest.strip_prefix("/*") {
        inner.find("*/").map_or(text.len(), |end| at + end + 4)
    } else {
        at
    }
}
