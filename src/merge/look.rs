//! What a text says at keys, and where.

use std::collections::BTreeMap;

use super::document::Document;
use super::{Found, MergeError, facts, json_edit, lines};
use crate::model::{Format, KeyPath, RepoPath, Segment, Value};

/// What stands at one key.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Its value; a whole file's and a block's is its text with LF line ends.
    pub value: Value,
    /// The byte offset in the text (a BOM counted), where it has one.
    pub offset: Option<usize>,
}

/// Returns those of the keys at which a text says something.
///
/// # Errors
/// Fails on a text that is not what its format says.
pub fn look<'k>(
    path: &RepoPath,
    format: Format,
    text: &str,
    keys: impl Iterator<Item = &'k KeyPath>,
) -> Result<BTreeMap<KeyPath, Standing>, MergeError> {
    match format {
        Format::WholeFile => Ok(collect(keys, |key| {
            key.0.is_empty().then(|| Standing {
                value: Value::from(lines::normal(text)),
                offset: None,
            })
        })),
        Format::Ignore | Format::Attributes => Ok(collect(keys, |key| line(text, key))),
        _ => {
            let document = Document::parse(path, format, text)?;
            Ok(collect(keys, |key| match document.find(key) {
                Found::Value(value) => Some(Standing {
                    value,
                    offset: offset(&document, key),
                }),
                _ => None,
            }))
        }
    }
}

fn collect<'k>(
    keys: impl Iterator<Item = &'k KeyPath>,
    find: impl Fn(&KeyPath) -> Option<Standing>,
) -> BTreeMap<KeyPath, Standing> {
    keys.filter_map(|key| Some((key.clone(), find(key)?)))
        .collect()
}

fn line(text: &str, key: &KeyPath) -> Option<Standing> {
    let wanted = facts::line_of(key)?;
    let (bom, body) = lines::split_bom(text);
    let line = lines::split(body)
        .into_iter()
        .find(|line| line.text == wanted)?;
    Some(Standing {
        value: Value::Bool(true),
        offset: Some(bom.len() + line.start),
    })
}

fn offset(document: &Document<'_>, key: &KeyPath) -> Option<usize> {
    match document {
        Document::Json(json) => {
            let syntax = json.syntax().ok()??;
            match json_edit::locate(json, &syntax.root, &key.0).ok()?? {
                json_edit::Place::Item { holder, index, .. } => {
                    let (start, _) = *holder.items().get(index)?;
                    Some(json.bom.len() + start)
                }
                json_edit::Place::Missing { .. } => None,
            }
        }
        Document::Entries(entries) => entries.offset(key),
        Document::Toml(toml) => {
            let name = key.0.iter().rev().find_map(|segment| match segment {
                Segment::Key(name) => Some(name.as_str()),
                Segment::Element(_) => None,
            })?;
            toml.text.find(name)
        }
        Document::Block(block) => block.offset(),
    }
}
