//! Base, actual and desired text of one file → [`Merged`].
//!
//! [`decide`](decide::decide) holds the rule and knows no format; the format modules apply its
//! edits to a concrete text and keep every other byte. Must not read or write.

mod block;
mod decide;
mod env;
mod glob;
mod ignore;
mod json;
mod lines;
mod tables;
mod text;
mod yaml;

use std::collections::BTreeSet;

use crate::model::{BaseFile, Conflict, DesiredFile, Format, KeyPath, RepoPath, Value};
use decide::{Decision, Edit, Found, decide};

/// Merges three texts with LF line ends; none is a conflict.
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

/// Leaves of a file in the order of its text.
type Leaves = Vec<(KeyPath, Value)>;

/// Merges what should be into what is.
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
    let known = base.unwrap_or(&empty);
    let Some(format) = desired.map(|d| d.format).or(known.format) else {
        return Ok(Merged { text: actual.map(str::to_owned), conflicts: Vec::new(), base: None });
    };
    if format == Format::WholeFile {
        return Ok(text::merge(base, actual, desired, text_merge));
    }
    let file = File { path, format };
    let Some(actual) = actual else { return file.absent(base, desired) };
    file.present(known, actual, desired)
}

struct File<'a> {
    path: &'a RepoPath,
    format: Format,
}

impl File<'_> {
    /// No file is there: the user deleted it, or we create it.
    fn absent(&self, base: Option<&BaseFile>, desired: Option<&DesiredFile>) -> Result<Merged, MergeError> {
        let Some(desired) = desired else {
            return Ok(Merged { text: None, conflicts: Vec::new(), base: None });
        };
        if let Some(base) = base.filter(|b| !b.keys.is_empty()) {
            let mut base = base.clone();
            base.tombstones.insert(KeyPath::root());
            return Ok(Merged { text: None, conflicts: Vec::new(), base: Some(base) });
        }
        let text = match self.format {
            Format::Ignore => ignore::create(&desired.text),
            Format::Block => block::create(&desired.text),
            _ => desired.text.clone(),
        };
        let leaves = self.leaves(&text)?;
        let containers = leaves.iter().filter_map(|(key, _)| key.parent()).flat_map(ancestors).collect();
        let base = BaseFile {
            format: Some(self.format),
            created: true,
            keys: leaves.into_iter().collect(),
            containers,
            ..BaseFile::default()
        };
        let text = (!text.is_empty()).then_some(text);
        Ok(Merged { base: text.is_some().then_some(base), text, conflicts: Vec::new() })
    }

    fn present(&self, base: &BaseFile, actual: &str, desired: Option<&DesiredFile>) -> Result<Merged, MergeError> {
        let wanted = match desired {
            None => Vec::new(),
            Some(d) if self.format == Format::Ignore => ignore::needed(actual, &d.text, base),
            Some(d) => self.desired_leaves(d)?,
        };
        let reader = self.reader(actual)?;
        let decision = decide(base, |key| reader.find(key), &wanted);
        let template = desired.map_or("", |d| d.text.as_str());
        let edited = self.edit(actual, &decision.edits, template, base)?;
        let edited = self.without_empty_containers(edited, base, &decision)?;
        self.verify(actual, &edited, &decision)?;
        Ok(self.merged(base, actual, edited, decision, &reader, desired.is_some()))
    }

    fn merged(
        &self,
        base: &BaseFile,
        actual: &str,
        edited: String,
        decision: Decision,
        reader: &Reader,
        wanted: bool,
    ) -> Merged {
        let made = decision.edits.iter().filter_map(|edit| match edit {
            Edit::Set(key, _) => key.parent(),
            Edit::Remove(_) => None,
        });
        let mut containers: BTreeSet<KeyPath> =
            made.flat_map(ancestors).filter(|key| reader.find(key) == Found::Absent).collect();
        let still = |key: &&KeyPath| decision.base.keys().any(|k| k.0.starts_with(&key.0));
        containers.extend(base.containers.iter().filter(still).cloned());
        let created = base.created;
        let gone = created && !wanted && is_empty(self.format, &edited);
        let managed = !decision.base.is_empty() || !decision.pending.is_empty();
        let new = BaseFile {
            format: Some(self.format),
            created,
            keys: decision.base,
            containers,
            tombstones: decision.tombstones,
            pending: decision.pending,
        };
        let text = if edited == actual { actual.to_owned() } else { edited };
        Merged {
            text: (!gone).then_some(text),
            conflicts: decision.conflicts,
            base: (managed && !gone).then_some(new),
        }
    }

    fn desired_leaves(&self, desired: &DesiredFile) -> Result<Leaves, MergeError> {
        if self.format == Format::Block {
            return Ok(vec![(KeyPath::root(), Value::from(desired.text.as_str()))]);
        }
        self.leaves(&desired.text)
    }

    /// Every leaf of a text.
    fn leaves(&self, text: &str) -> Result<Leaves, MergeError> {
        match self.format {
            Format::Json | Format::Jsonc => json::leaves(self.path, self.format, text),
            Format::Toml => tables::leaves(self.path, text),
            Format::Yaml => yaml::leaves(self.path, text),
            Format::Env => env::leaves(self.path, text),
            Format::Ignore | Format::Attributes => Ok(lines::leaves(text)),
            Format::Block => block::leaves(self.path, text),
            Format::WholeFile => Ok(Vec::new()),
        }
    }

    fn reader(&self, text: &str) -> Result<Reader, MergeError> {
        if matches!(self.format, Format::Json | Format::Jsonc) {
            return Ok(Reader::Tree(json::value(self.path, self.format, text)?));
        }
        if self.format == Format::Toml {
            return Ok(Reader::Tree(tables::value(self.path, text)?));
        }
        Ok(Reader::Flat(self.leaves(text)?))
    }

    fn edit(&self, text: &str, edits: &[Edit], template: &str, base: &BaseFile) -> Result<String, MergeError> {
        if edits.is_empty() {
            return Ok(text.to_owned());
        }
        match self.format {
            Format::Json | Format::Jsonc => json::edit(self.path, self.format, text, edits),
            Format::Toml => tables::edit(self.path, text, edits),
            Format::Yaml => yaml::edit(self.path, text, edits, template),
            Format::Env => env::edit(self.path, text, edits, template),
            Format::Ignore | Format::Attributes => Ok(lines::edit(text, edits)),
            Format::Block => Ok(block::edit(text, edits, base.created)),
            Format::WholeFile => Ok(text.to_owned()),
        }
    }

    fn without_empty_containers(&self, text: String, base: &BaseFile, decision: &Decision) -> Result<String, MergeError> {
        let tree = matches!(self.format, Format::Json | Format::Jsonc | Format::Toml);
        if !tree || !decision.edits.iter().any(|e| matches!(e, Edit::Remove(_))) {
            return Ok(text);
        }
        let mut text = text;
        for key in base.containers.iter().rev().filter(|key| !key.0.is_empty()) {
            let empty = match self.reader(&text)?.find(key) {
                Found::Value(Value::Object(map)) => map.is_empty(),
                Found::Value(Value::Array(items)) => items.is_empty(),
                _ => false,
            };
            if empty {
                text = self.edit(&text, &[Edit::Remove(key.clone())], "", base)?;
            }
        }
        Ok(text)
    }

    /// Reads the result again: what we set is there, and every other leaf is as it was.
    fn verify(&self, before: &str, after: &str, decision: &Decision) -> Result<(), MergeError> {
        if before == after {
            return Ok(());
        }
        let lost = |key: &KeyPath| MergeError::LostForeign { path: self.path.to_string(), key: key.to_string() };
        let reader = self.reader(after)?;
        let mut ours = BTreeSet::new();
        for edit in &decision.edits {
            let (key, expected) = match edit {
                Edit::Set(key, value) => (key, Found::Value(value.clone())),
                Edit::Remove(key) => (key, Found::Absent),
            };
            if reader.find(key) != expected && !(self.format == Format::Attributes || self.format == Format::Ignore) {
                return Err(lost(key));
            }
            ours.insert(key.clone());
        }
        let kept = |leaves: Leaves| leaves.into_iter().filter(|(key, value)| !ours.contains(key) && !is_hollow(value));
        let (old, new) = (self.leaves(before)?, self.leaves(after)?);
        let new: Leaves = kept(new).collect();
        match kept(old).find(|leaf| !new.contains(leaf)) {
            Some((key, _)) => Err(lost(&key)),
            None => Ok(()),
        }
    }
}

enum Reader {
    Tree(Value),
    Flat(Leaves),
}

impl Reader {
    fn find(&self, key: &KeyPath) -> Found {
        match self {
            Self::Tree(root) => json::find(root, key),
            Self::Flat(leaves) => {
                let last = leaves.iter().rev().find(|(k, _)| k == key);
                last.map_or(Found::Absent, |(_, value)| Found::Value(value.clone()))
            }
        }
    }
}

fn is_hollow(value: &Value) -> bool {
    value.as_object().is_some_and(serde_json::Map::is_empty) || value.as_array().is_some_and(Vec::is_empty)
}

fn ancestors(key: KeyPath) -> impl Iterator<Item = KeyPath> {
    (1..=key.0.len()).map(move |n| KeyPath(key.0[..n].to_vec()))
}

fn is_empty(format: Format, text: &str) -> bool {
    let body = text.trim_start_matches('\u{feff}').trim();
    match format {
        Format::Json | Format::Jsonc => body.chars().filter(|c| !c.is_whitespace()).eq("{}".chars()),
        _ => body.is_empty(),
    }
}
