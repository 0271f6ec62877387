//! The embedded `templates/` → the matrix, profiles, features, gateways and their texts.
//!
//! Files are parsed when asked for, not at start-up. Must not render or decide anything.

mod matrix;

use std::collections::BTreeMap;

use include_dir::{Dir, DirEntry, File, include_dir};
use serde::Deserialize;

use crate::model::{Format, Value};

pub use matrix::{FactKind, Kind, Matrix, Row, Scenario, Sign, matrix, scenario};

static TEMPLATES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// A broken template set; the embedded one is kept whole by a test.
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
}

/// Returns a template file's text.
///
/// # Errors
/// Fails where there is no such file.
pub fn text(path: &str) -> Result<&'static str, CatalogError> {
    file(&TEMPLATES, path)
        .and_then(File::contents_utf8)
        .ok_or_else(|| CatalogError::Missing(path.to_owned()))
}

/// Descends only where the path leads; `Dir::get_file` compares it with every file.
fn file<'a>(dir: &'a Dir<'a>, path: &str) -> Option<&'a File<'a>> {
    let leads = |entry: &&DirEntry| {
        let rest = entry.path().to_str().and_then(|p| path.strip_prefix(p));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    match dir.entries().iter().find(leads)? {
        DirEntry::Dir(inner) => file(inner, path),
        DirEntry::File(found) => Some(found).filter(|f| f.path().to_str() == Some(path)),
    }
}

/// Reads a profile.
///
/// # Errors
/// Fails where there is none of that name.
pub fn profile(name: &str) -> Result<Profile, CatalogError> {
    parse(&format!("profiles/{name}.toml"))
}

/// Reads the values below every other layer: dotted key → value.
///
/// # Errors
/// Fails where their file is broken.
pub fn defaults() -> Result<BTreeMap<String, Value>, CatalogError> {
    parse("defaults.toml")
}

/// Reads the values that `init` writes into a first manifest: dotted key → value.
///
/// # Errors
/// Fails where their file is broken.
pub fn start() -> Result<BTreeMap<String, Value>, CatalogError> {
    parse("start.toml")
}

/// Reads a feature.
///
/// # Errors
/// Fails where there is none of that name.
pub fn feature(name: &str) -> Result<Feature, CatalogError> {
    parse(&format!("features/{name}/feature.toml"))
}

/// Returns every file of a feature, name and text, in the order of their names.
#[must_use]
pub fn sources(feature: &str) -> Vec<(&'static str, &'static str)> {
    let folder = TEMPLATES
        .get_dir("features")
        .and_then(|all| all.dirs().find(|dir| dir.path().ends_with(feature)));
    let files = folder.map(Dir::files).into_iter().flatten();
    let text = |file: &'static File<'static>| {
        Some((file.path().file_name()?.to_str()?, file.contents_utf8()?))
    };
    let mut sources: Vec<_> = files.filter_map(text).collect();
    sources.sort_unstable();
    sources
}

/// Reads a row of the gateway catalogue.
///
/// # Errors
/// Fails where there is none of that name.
pub fn gateway(kind: &str) -> Result<Gateway, CatalogError> {
    parse(&format!("gateways/{kind}.toml"))
}

/// Returns the names of all rows of the gateway catalogue.
#[must_use]
pub fn gateway_names() -> Vec<&'static str> {
    stems("gateways")
}

/// Returns the version of the embedded templates.
///
/// # Errors
/// Fails where its file is missing.
pub fn version() -> Result<&'static str, CatalogError> {
    text("VERSION").map(str::trim)
}

/// Returns the names of all profiles.
#[must_use]
pub fn profile_names() -> Vec<&'static str> {
    stems("profiles")
}

/// Returns the names of all features.
#[must_use]
pub fn feature_names() -> Vec<&'static str> {
    let dirs = TEMPLATES
        .get_dir("features")
        .map(Dir::dirs)
        .into_iter()
        .flatten();
    dirs.filter_map(|d| d.path().file_name()?.to_str())
        .collect()
}

/// The names of a folder's files, without their endings.
fn stems(folder: &str) -> Vec<&'static str> {
    let files = TEMPLATES.get_dir(folder).map(Dir::files);
    let files = files.into_iter().flatten();
    files
        .filter_map(|file| file.path().file_stem()?.to_str())
        .collect()
}

fn parse<T: serde::de::DeserializeOwned>(path: &str) -> Result<T, CatalogError> {
    read(path, text(path)?)
}

fn read<T: serde::de::DeserializeOwned>(path: &str, text: &str) -> Result<T, CatalogError> {
    toml::from_str(text).map_err(|e| CatalogError::Invalid {
        path: path.to_owned(),
        message: e.to_string(),
    })
}
