//! Base, actual and desired text of one file → [`Merged`].
//!
//! `decide` holds the rule and knows no format; the format modules apply its
//! edits to a concrete text and keep every other byte. Ignore and attribute rules are facts that
//! must hold rather than values, and whole files are texts; those have a rule of their own.
//! Must not read or write.
//!
//! Added lines take the line end of the line before them. A text without a final newline keeps
//! having none: the line end that parts its last line from ours goes again when ours goes.

mod attributes;
mod block;
mod decide;
mod document;
mod entries;
mod env;
mod facts;
mod ignore;
mod json;
mod json_add;
mod json_cut;
mod json_edit;
mod json_move;
mod keyed;
mod lines;
mod look;
mod rename;
mod tables;
mod tables_cut;
mod tables_move;
mod text;
mod trouble;
mod yaml;

pub use lines::line_ops;
pub use look::{Standing, look};

use crate::model::{BaseFile, Conflict, DesiredFile, Format, KeyPath, RepoPath, Value};
use decide::{Decision, Edit, Found, decide};
use keyed::is_hollow;

pub use rename::{find, rename_key, set_key, take_key};
pub use trouble::trouble;

/// Merges base, actual and desired texts with LF line ends; none is a conflict.
pub type TextMerge<'a> = &'a dyn Fn(&str, &str, &str) -> Option<String>;

/// The text after the edits, and the conflicts that were left alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// The text; none: no file.
    pub text: Option<String>,
    /// The keys left alone.
    pub conflicts: Vec<Conflict>,
    /// The new base; none: nothing is managed any more.
    pub base: Option<BaseFile>,
}

/// Why a file cannot be merged. Nothing is written then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// Not what its format says.
    #[error("`{path}` is not valid {format}: {message}")]
    Syntax {
        /// Which file.
        path: String,
        /// The format's name.
        format: &'static str,
        /// What the parser says.
        message: String,
        /// Byte offset in the file's text.
        offset: usize,
    },
    /// A key we must edit stands there twice.
    #[error("`{path}` holds the key `{key}` twice")]
    DuplicateKey {
        /// Which file.
        path: String,
        /// Which key.
        key: String,
        /// Byte offset of the second one.
        offset: usize,
    },
    /// Nested deeper than 128.
    #[error("`{path}` is nested deeper than 128")]
    TooDeep {
        /// Which file.
        path: String,
        /// Byte offset of what is too deep.
        offset: usize,
    },
    /// The result failed its own check; a defect of ours that was caught before writing.
    #[error("merging `{path}` would have changed `{key}`, which is not ours; nothing was written")]
    LostForeign {
        /// Which file.
        path: String,
        /// Which key.
        key: String,
    },
}

impl MergeError {
    /// Returns the byte offset in the file's text (a BOM counted), where there is one.
    #[must_use]
    pub fn offset(&self) -> Option<usize> {
        match self {
            Self::Syntax { offset, .. }
            | Self::DuplicateKey { offset, .. }
            | Self::TooDeep { offset, .. } => Some(*offset),
            Self::LostForeign { .. } => None,
        }
    }
}

/// Leaves of a file in the order of its text.
type Leaves = Vec<(KeyPath, Value)>;

/// Merges what should be into what is. Without a desired state, ours is taken out where it is
/// untouched and left to the user where it is not.
///
/// # Errors
/// Fails on a file that is not what its format says, and on a result that fails its check.
pub fn merge(
    path: &RepoPath,
    base: Option<&BaseFile>,
    actual: Option<&str>,
    desired: Option<&DesiredFile>,
    text_merge: TextMerge<'_>,
) -> Result<Merged, MergeError> {
    let empty = BaseFile::default();
    let format = desired.map(|d| d.format);
    let readable =
        |base: &&BaseFile| format.is_none_or(|f| base.format.is_none_or(|b| same_keys(b, f)));
    let known = base.filter(readable).unwrap_or(&empty);
    let Some(format) = format.or(known.format) else {
        return Ok(released(actual));
    };
    let deleted = actual.is_none() && !known.keys.is_empty() && desired.is_some();
    if deleted {
        let mut base = known.clone();
        base.tombstones.insert(KeyPath::root());
        return Ok(Merged {
            text: None,
            conflicts: Vec::new(),
            base: Some(base),
        });
    }
    if actual.is_none() && desired.is_none() {
        return Ok(released(None));
    }
    match format {
        Format::WholeFile => Ok(text::merge(known, actual, desired, text_merge)),
        Format::Ignore | Format::Attributes => facts::merge(path, format, known, actual, desired),
        _ => keyed::merge(path, format, known, actual, desired),
    }
}

/// Reads a dotenv text: every variable with its value, in order; the last one of a name counts.
#[must_use]
pub fn env_values(text: &str) -> Vec<(String, String)> {
    env::values(text)
}

/// Reads a dotenv text as [`env_values`] does, each variable with its line, from 1.
#[must_use]
pub fn env_located(text: &str) -> Vec<(String, String, usize)> {
    env::located(text)
}

/// Returns a text with LF line ends with the BOM and the line ends of another.
#[must_use]
pub fn with_ends_of(like: &str, text: &str) -> String {
    text::restore(like, text)
}

/// Reads JSON with comments; none where it is not that.
#[must_use]
pub fn jsonc_value(text: &str) -> Option<Value> {
    let path = RepoPath::parse("settings.json").ok()?;
    let document = json::Document::parse(&path, Format::Jsonc, text).ok()?;
    Some(document.value)
}

/// Returns whether keys of one format mean the same in another; a base of other keys says nothing.
#[must_use]
pub fn same_keys(base: Format, desired: Format) -> bool {
    let json = |format| matches!(format, Format::Json | Format::Jsonc);
    base == desired || (json(base) && json(desired))
}

/// The file as it is, no longer managed.
fn released(actual: Option<&str>) -> Merged {
    Merged {
        text: actual.map(str::to_owned),
        conflicts: Vec::new(),
        base: None,
    }
}

/// Whether nothing is left in a file that we created.
fn is_empty(format: Format, text: &str) -> bool {
    let body = lines::split_bom(text).1;
    match format {
        Format::Json | Format::Jsonc => {
            let rest: String = body.chars().filter(|c| !c.is_whitespace()).collect();
            rest.is_empty() || rest == "{}"
        }
        _ => body.trim().is_empty(),
    }
}

#[cfg(test)]
mod tests;
