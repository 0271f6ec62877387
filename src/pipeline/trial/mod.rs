//! A set of templates → everything that is wrong with it, found by trying it out in memory.
//!
//! Looks at the files of the topmost pack, or at the embedded ones where there is none; renders all
//! profiles and features with values that are hard to quote; and upgrades edited repositories. Same
//! templates, same findings. Writes nothing.

mod edits;
mod lint;
mod lint_values;
mod manifests;
mod migrations;
mod random;
mod render;
mod upgrades;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::Catalog;
use crate::model::Diagnostic;
use crate::pack::{CODE, Source, label};

/// Findings of one trial that are shown.
const MOST: usize = 200;

/// Tries a set of templates out, as an upgrade from what is below it and from an older version too.
#[must_use]
pub fn try_out(catalog: &Catalog, older: Option<&Catalog>) -> Vec<Diagnostic> {
    let subject = Subject::of(catalog);
    let mut found = Found::default();
    lint::lint(&subject, &mut found);
    lint_values::lint(&subject, &mut found);
    render::render_all(&subject, &mut found);
    migrations::check(&subject, older, &mut found);
    // What does not render cannot be upgraded to.
    if !found.has_errors() {
        upgrades::upgrade_all(&subject, older, &mut found);
    }
    found.sorted()
}

/// The templates under trial.
struct Subject<'a> {
    catalog: &'a Catalog,
    /// The files that are looked at, by their paths.
    files: BTreeMap<String, &'a str>,
}

impl<'a> Subject<'a> {
    fn of(catalog: &'a Catalog) -> Self {
        let files = match catalog.packs.first() {
            Some(pack) => {
                let files = pack.files.iter();
                files
                    .map(|(path, text)| (path.clone(), text.as_str()))
                    .collect()
            }
            None => embedded(catalog),
        };
        Self { catalog, files }
    }

    /// What the pack itself says; empty where the embedded templates are under trial.
    fn meta(&self) -> &'a str {
        self.files.get("pack.toml").copied().unwrap_or_default()
    }

    /// A file's name for messages, of whichever layer gives it.
    fn label(&self, path: &str) -> String {
        let packs = self.catalog.packs.iter();
        let pack = packs.clone().find(|pack| pack.files.contains_key(path));
        match pack.and_then(|pack| Source::parse(&pack.source).ok()) {
            Some(source) => label(&source, path),
            None => format!("templates/{path}"),
        }
    }

    /// A problem at a byte offset of a file.
    fn at(&self, path: &str, offset: usize, problem: Diagnostic) -> Diagnostic {
        match self.catalog.text(path) {
            Ok(text) => problem.at(self.label(path), text, offset),
            Err(_) => problem.in_file(self.label(path)),
        }
    }
}

/// What was found, each thing once.
#[derive(Default)]
struct Found {
    list: Vec<Diagnostic>,
    known: BTreeSet<(Option<String>, Option<usize>, String)>,
}

impl Found {
    fn add(&mut self, problem: Diagnostic) {
        let key = (problem.path.clone(), problem.line, problem.message.clone());
        if self.list.len() < MOST && self.known.insert(key) {
            self.list.push(problem);
        }
    }

    fn has_errors(&self) -> bool {
        let worst = self.list.iter().map(|problem| problem.severity).max();
        worst == Some(crate::model::Severity::Error)
    }

    /// Whether a file has an error already.
    fn blames(&self, label: &str) -> bool {
        let mut paths = self.list.iter().map(|problem| problem.path.as_deref());
        paths.any(|path| path == Some(label))
    }

    fn sorted(mut self) -> Vec<Diagnostic> {
        self.list
            .sort_by(|a, b| (&a.path, a.line, a.column).cmp(&(&b.path, b.line, b.column)));
        self.list
    }
}

/// The embedded files that packs could give.
fn embedded(catalog: &Catalog) -> BTreeMap<String, &str> {
    let mut paths: Vec<String> = ["defaults.toml", "matrix.toml", "start.toml"]
        .map(str::to_owned)
        .into();
    for feature in catalog.feature_names() {
        let names = catalog.sources(feature).into_iter();
        paths.extend(names.map(|(name, _)| format!("features/{feature}/{name}")));
    }
    let of = |folder: &str, names: Vec<&str>| {
        let paths = names.into_iter();
        paths
            .map(|name| format!("{folder}/{name}.toml"))
            .collect::<Vec<_>>()
    };
    paths.extend(of("profiles", catalog.profile_names()));
    paths.extend(of("gateways", catalog.gateway_names()));
    let texts = paths.into_iter();
    texts
        .filter_map(|path| catalog.text(&path).ok().map(|text| (path, text)))
        .collect()
}

fn error(message: impl Into<String>, help: impl Into<String>) -> Diagnostic {
    Diagnostic::error(CODE, message).with_help(help)
}

fn warning(message: impl Into<String>, help: impl Into<String>) -> Diagnostic {
    Diagnostic::warning(CODE, message).with_help(help)
}

/// Where a key is set in a text of TOML.
fn key_offset(text: &str, key: &str) -> usize {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let body = line.trim_start();
        let bare = body.strip_prefix('"').unwrap_or(body);
        let rest = bare.strip_prefix(key).unwrap_or("#");
        let rest = rest.strip_prefix('"').unwrap_or(rest);
        if rest.trim_start().starts_with('=') {
            return start + line.len() - body.len();
        }
        start += line.len();
    }
    0
}

/// Where a quoted text stands in a text of TOML.
fn text_offset(text: &str, quoted: &str) -> usize {
    let found = ['"', '\''].map(|quote| text.find(&format!("{quote}{quoted}{quote}")));
    found.into_iter().flatten().min().unwrap_or(0)
}
