//! One face for the formats whose keys have values.

use std::collections::BTreeSet;

use super::{
    Edit, Found, Leaves, MergeError, block, entries, env, json, json_edit, json_move, tables, yaml,
};
use crate::model::{BaseFile, Format, KeyPath, RepoPath};

/// A text that was read in its format.
pub(super) enum Document<'a> {
    Json(json::Document<'a>),
    Toml(tables::Document<'a>),
    Entries(entries::Entries<'a>),
    Block(block::Document<'a>),
}

impl<'a> Document<'a> {
    pub(super) fn parse(
        path: &'a RepoPath,
        format: Format,
        text: &'a str,
    ) -> Result<Self, MergeError> {
        Ok(match format {
            Format::Toml => Self::Toml(tables::Document::parse(path, text)?),
            Format::Yaml => Self::Entries(yaml::parse(path, text)?),
            Format::Env => Self::Entries(env::parse(text)),
            Format::Block => Self::Block(block::Document::parse(path, text)?),
            _ => Self::Json(json::Document::parse(path, format, text)?),
        })
    }

    pub(super) fn find(&self, key: &KeyPath) -> Found {
        match self {
            Self::Json(document) => json::find(&document.value, key),
            Self::Toml(document) => json::find(&document.value, key),
            Self::Entries(document) => document.find(key),
            Self::Block(document) => document.find(),
        }
    }

    /// What is there, or what stands in the way of putting something there.
    pub(super) fn find_for(&self, base: &BaseFile, key: &KeyPath, desired: &str) -> Found {
        let known = base.keys.contains_key(key) || base.tombstones.contains(key);
        match (self, self.find(key)) {
            (Self::Block(document), Found::Absent) if !known => document
                .clash(desired)
                .map_or(Found::Absent, |(at, value)| Found::Blocked(at, value)),
            (_, found) => found,
        }
    }

    pub(super) fn leaves(&self) -> Leaves {
        match self {
            Self::Json(document) => document.leaves(),
            Self::Toml(document) => document.leaves(),
            Self::Entries(document) => document.leaves(),
            Self::Block(document) => match document.find() {
                Found::Value(value) => vec![(KeyPath::root(), value)],
                _ => Leaves::new(),
            },
        }
    }

    /// The leaves by which a result is checked to have kept what is not ours.
    pub(super) fn foreign(&self) -> Leaves {
        match self {
            Self::Json(document) => document.foreign(),
            Self::Toml(document) => document.foreign(),
            Self::Entries(document) => document.foreign(),
            Self::Block(document) => document.foreign(),
        }
    }

    /// The leaves of the desired text that are wanted in this one.
    pub(super) fn wanted(&self, base: &BaseFile, desired: Leaves) -> Leaves {
        match self {
            Self::Entries(document) => document.wanted(base, desired),
            _ => desired,
        }
    }

    /// The keys among edits that must not be touched, for the user's comments inside their values.
    pub(super) fn commented(&self, edits: &[Edit]) -> Result<BTreeSet<KeyPath>, MergeError> {
        match self {
            Self::Json(document) if document.format == Format::Jsonc => {
                json_edit::commented(document, edits)
            }
            Self::Entries(document) => Ok(document.commented(edits)),
            _ => Ok(BTreeSet::new()),
        }
    }

    /// Whether containers of this format are to be remembered.
    pub(super) fn has_containers(&self) -> bool {
        matches!(self, Self::Json(_) | Self::Toml(_))
    }

    /// Applies edits; also returns what is to be remembered as a container besides.
    pub(super) fn edit(
        &self,
        edits: &[Edit],
        template: Option<&Document<'_>>,
        containers: &BTreeSet<KeyPath>,
    ) -> Result<(String, Vec<KeyPath>), MergeError> {
        let template = match template {
            Some(Document::Entries(template)) => Some(template),
            _ => None,
        };
        match self {
            Self::Json(document) => json_edit::edit(document, edits, containers),
            Self::Toml(document) => document.edit(edits, containers),
            Self::Entries(document) => Ok((document.edit(edits, template), Vec::new())),
            Self::Block(document) => Ok((document.edit(edits)?, Vec::new())),
        }
    }
    /// Gives a key another name or place; none where this format cannot.
    pub(super) fn rename(
        &self,
        from: &KeyPath,
        to: &KeyPath,
        made: &BTreeSet<KeyPath>,
    ) -> Result<Option<String>, MergeError> {
        match self {
            Self::Json(document) => json_move::rename(document, from, to, made),
            Self::Toml(document) => Ok(document.rename(from, to, made)),
            Self::Entries(document) => Ok(document.rename(from, to)),
            Self::Block(_) => Ok(None),
        }
    }
}
