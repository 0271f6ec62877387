//! The embedded `templates/`, with packs laid over them → the matrix, profiles, features, gateways
//! and their texts.
//!
//! Files are parsed when asked for, not at start-up. Must not render or decide anything.

mod data;
mod embedded;
mod keys;
mod matrix;
mod overlay;
mod rules;
mod stores;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::model::{Format, Value};

pub use data::{
    Alias, ClientFact, GatewayFacts, Meaning, Model, Reader, SettingKind, Spelling, Status,
    ValueKind, Variable,
};
pub use keys::{Charset, Checksum, KeyShape, Shape, Weight};
pub use matrix::{FactKind, Kind, Matrix, Row, Scenario, Sign};
pub use overlay::{Lock, Overlay};
pub use rules::Rule;
pub use stores::Store;

/// The templates of a run: the embedded ones, and the packs over them.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    /// The packs, the topmost first.
    pub packs: Vec<Overlay>,
}

/// What stands for the name of the pack in [`skeleton`].
pub const SKELETON_NAME: &str = "PACK_NAME";

/// Returns the files of a small pack to begin with, path and text.
#[must_use]
pub fn skeleton() -> Vec<(&'static str, &'static str)> {
    embedded::below("skeleton")
}

/// A broken template set; the embedded one is kept whole by a test, packs by `pack check`.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// A file is missing.
    #[error("template file `{0}` is missing")]
    Missing(String),
    /// A file does not parse.
    #[error("template file `{path}` is invalid: {message}")]
    Invalid {
        /// Which file.
        path: String,
        /// What the parser says.
        message: String,
    },
}

/// The feature list a scenario selects, and its default values.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Features, in rendering order.
    pub features: Vec<String>,
    /// Values below the manifest's: dotted key → value.
    #[serde(default)]
    pub defaults: BTreeMap<String, Value>,
}

/// One folder of templates.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    /// One line for people.
    #[serde(default)]
    pub about: String,
    /// Features this one stands for.
    #[serde(default)]
    pub includes: Vec<String>,
    /// Files it gives.
    #[serde(default)]
    pub output: Vec<Output>,
}

/// One file, or one fragment of a shared file, that a feature gives.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// Where it goes; may name values in `{{ }}`.
    pub path: String,
    /// Template beside `feature.toml`.
    pub template: String,
    /// How it is merged.
    pub format: Format,
    /// Whether a new file is executable.
    #[serde(default)]
    pub executable: bool,
    /// Whether the template is written with `[[ ]]`, `[% %]` and `[# #]`.
    #[serde(default)]
    pub delimiters: Delimiters,
    /// Dotted name of a value that must be true or present.
    pub when: Option<String>,
}

/// The marks a template is written with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Delimiters {
    /// `{{ }}`, `{% %}`, `{# #}`.
    #[default]
    Braces,
    /// `[[ ]]`, `[% %]`, `[# #]`, for shell, `PowerShell` and workflows.
    Brackets,
}

/// A row of the gateway catalogue: what a gateway documents for Claude Code.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gateway {
    /// The header its documentation names.
    pub header: Option<String>,
    /// Whether it wants `ANTHROPIC_API_KEY` set empty beside a bearer token.
    #[serde(default)]
    pub clear_api_key: bool,
    /// The base URL, without the trailing `/v1` that the client adds; one inside the path is right.
    pub url: String,
    /// Where that is documented.
    pub source: String,
    /// When it was looked up.
    pub date: String,
    /// Values that `init` writes for this gateway in place of the usual ones.
    #[serde(default)]
    pub start: BTreeMap<String, Value>,
}

impl Catalog {
    /// Returns the embedded templates alone.
    #[must_use]
    pub fn embedded() -> Self {
        Self::default()
    }

    /// Returns a template file's text.
    ///
    /// # Errors
    /// Fails where there is no such file.
    pub fn text(&self, path: &str) -> Result<&str, CatalogError> {
        let over = self.packs.iter().find_map(|pack| pack.files.get(path));
        over.map(String::as_str)
            .or_else(|| embedded::text(path))
            .ok_or_else(|| CatalogError::Missing(path.to_owned()))
    }

    /// Reads a profile.
    ///
    /// # Errors
    /// Fails where there is none of that name.
    pub fn profile(&self, name: &str) -> Result<Profile, CatalogError> {
        self.parse(&format!("profiles/{name}.toml"))
    }

    /// Reads the values below every other layer: dotted key → value.
    ///
    /// # Errors
    /// Fails where their file is broken.
    pub fn defaults(&self) -> Result<BTreeMap<String, Value>, CatalogError> {
        self.parse("defaults.toml")
    }

    /// Reads the values that `init` writes into a first manifest: dotted key → value.
    ///
    /// # Errors
    /// Fails where their file is broken.
    pub fn start(&self) -> Result<BTreeMap<String, Value>, CatalogError> {
        self.parse("start.toml")
    }

    /// Reads a feature.
    ///
    /// # Errors
    /// Fails where there is none of that name.
    pub fn feature(&self, name: &str) -> Result<Feature, CatalogError> {
        self.parse(&format!("features/{name}/feature.toml"))
    }

    /// Returns every file of a feature, name and text, in the order of their names.
    #[must_use]
    pub fn sources(&self, feature: &str) -> Vec<(&str, &str)> {
        let mut files: BTreeMap<&str, &str> = embedded::sources(feature).into_iter().collect();
        let folder = format!("features/{feature}/");
        for pack in self.packs.iter().rev() {
            let names = pack.files.range(folder.clone()..);
            let inside = names.map_while(|(path, text)| Some((path.strip_prefix(&folder)?, text)));
            files.extend(inside.map(|(name, text)| (name, text.as_str())));
        }
        files.into_iter().collect()
    }

    /// Reads a row of the gateway catalogue.
    ///
    /// # Errors
    /// Fails where there is none of that name.
    pub fn gateway(&self, kind: &str) -> Result<Gateway, CatalogError> {
        self.parse(&format!("gateways/{kind}.toml"))
    }

    /// Returns the names of all rows of the gateway catalogue.
    #[must_use]
    pub fn gateway_names(&self) -> Vec<&str> {
        self.names("gateways", ".toml")
    }

    /// Returns the version of the embedded templates.
    ///
    /// # Errors
    /// Fails where its file is missing.
    pub fn version(&self) -> Result<&str, CatalogError> {
        self.release().map(|(version, _)| version)
    }

    /// Returns the first version of the program that carried these embedded templates.
    ///
    /// # Errors
    /// Fails where their file is missing.
    pub fn since(&self) -> Result<&str, CatalogError> {
        self.release().map(|(_, since)| since)
    }

    /// Returns what the embedded templates say of their own changes.
    #[must_use]
    pub fn changelog(&self) -> &str {
        embedded::text("CHANGELOG.md").unwrap_or_default()
    }

    /// `VERSION` holds both, on one line.
    #[expect(clippy::unused_self, reason = "the catalogue's own templates")]
    fn release(&self) -> Result<(&str, &str), CatalogError> {
        let text = embedded::text("VERSION").map(str::trim);
        text.and_then(|line| line.split_once(' '))
            .ok_or_else(|| CatalogError::Missing("VERSION".to_owned()))
    }

    /// Returns the names of all profiles.
    #[must_use]
    pub fn profile_names(&self) -> Vec<&str> {
        self.names("profiles", ".toml")
    }

    /// Returns the names of all features.
    #[must_use]
    pub fn feature_names(&self) -> Vec<&str> {
        self.names("features", "/feature.toml")
    }

    /// Returns the values that packs give below the profile's, each with the pack that gives it.
    ///
    /// # Errors
    /// Fails where a pack's `defaults.toml` is broken.
    pub fn pack_defaults(&self) -> Result<BTreeMap<String, (Value, &Overlay)>, CatalogError> {
        let mut values = BTreeMap::new();
        for pack in self.packs.iter().rev() {
            if let Some(text) = pack.files.get("defaults.toml") {
                let file: BTreeMap<String, Value> = read("defaults.toml", text)?;
                values.extend(file.into_iter().map(|(key, value)| (key, (value, pack))));
            }
            let own = pack.defaults.iter();
            values.extend(own.map(|(key, value)| (key.clone(), (value.clone(), pack))));
        }
        Ok(values)
    }

    /// Returns the values that packs lock, each with its pack; a pack further down has the last word.
    #[must_use]
    pub fn locks(&self) -> BTreeMap<&str, (&Lock, &Overlay)> {
        let all = self.packs.iter().flat_map(|pack| {
            let locks = pack.locked.iter();
            locks.map(move |(key, lock)| (key.as_str(), (lock, pack)))
        });
        all.collect()
    }

    /// The names in a folder, of the embedded templates and of every pack, sorted.
    fn names(&self, folder: &str, ending: &str) -> Vec<&str> {
        let mut names = embedded::names(folder);
        let prefix = format!("{folder}/");
        for pack in &self.packs {
            let below = pack.files.keys();
            let below = below.filter_map(|path| path.strip_prefix(&prefix)?.strip_suffix(ending));
            names.extend(below.filter(|name| !name.contains('/')));
        }
        names.sort_unstable();
        names.dedup();
        names
    }

    fn parse<T: serde::de::DeserializeOwned>(&self, path: &str) -> Result<T, CatalogError> {
        read(path, self.text(path)?)
    }
}

fn read<T: serde::de::DeserializeOwned>(path: &str, text: &str) -> Result<T, CatalogError> {
    toml::from_str(text).map_err(|e| CatalogError::Invalid {
        path: path.to_owned(),
        message: e.to_string(),
    })
}
