//! What hand-made files say about the gateway, each value under the manifest key that declares it.
//!
//! What the client obeys comes first: its settings before the environment, that before what it
//! never reads. A literal credential is only pointed at, never read into a value.

mod json;
mod lines;
mod variables;

use std::fs;
use std::path::Path;

pub use variables::{is_literal, variable_for};

use crate::model::Value;
use crate::observe::files::{self, Content};

const SETTINGS: &str = ".claude/settings.json";
const EDITOR: &str = ".vscode/settings.json";
const AIDER: &str = ".aider.conf.yml";
/// Folders in which people keep the script that starts the client.
const SCRIPT_FOLDERS: [&str; 4] = ["", "bin", "scripts", "tools"];
/// A folder with more scripts than this is no place for a run script.
const SCRIPTS: usize = 64;
const ENV_FILES: [&str; 3] = [".env.claude", ".env", ".env.local"];
const ENV_TEMPLATES: [&str; 4] = [".env.template", ".env.example", ".env.sample", ".env.dist"];
/// Files by which other scaffolds know what they made.
const SCAFFOLDS: [&str; 3] = [".copier-answers.yml", ".cruft.json", ".yo-rc.json"];

/// A place in a file, and the name under which something stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spelled {
    /// The file, relative to the unit.
    pub file: String,
    /// The line, from 1, where it is known.
    pub line: Option<usize>,
    /// The key or variable as the file spells it.
    pub name: String,
}

/// A value that a file holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Find {
    /// The manifest key that would declare it.
    pub key: String,
    /// The value, in the manifest's type.
    pub value: Value,
    /// Where it was found.
    pub at: Spelled,
}

/// A credential that stands in a file as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    /// Where.
    pub at: Spelled,
    /// The reference that belongs in its place.
    pub reference: String,
}

/// Everything found, the strongest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Finds {
    /// Values.
    pub values: Vec<Find>,
    /// Credentials in files that git may show.
    pub literals: Vec<Literal>,
    /// Whether the client has a settings file here.
    pub settings: bool,
    /// The file of another scaffold.
    pub scaffold: Option<&'static str>,
}

/// How far a file is from the public.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    /// Made to be committed.
    Committed,
    /// Made to be committed, with values for nobody.
    Template,
    /// Made to stay on one machine.
    Private,
}

/// Reads what is known to name a gateway.
#[must_use]
pub fn finds(root: &Path) -> Finds {
    let mut found = Finds::default();
    let settings = read(root, SETTINGS);
    found.settings = settings.is_some();
    let settings = settings.and_then(|text| json::Settings::parse(&text));
    if let Some(settings) = &settings {
        settings.client(&mut found);
    }
    for file in scripts(root) {
        lines::script(&mut found, &file, &read(root, &file).unwrap_or_default());
    }
    env_files(root, &ENV_FILES, Kept::Private, &mut found);
    if let Some(settings) = &settings {
        settings.blocks(&mut found);
    }
    if let Some(text) = read(root, EDITOR) {
        json::editor(&mut found, &text);
    }
    env_files(root, &ENV_TEMPLATES, Kept::Template, &mut found);
    if let Some(text) = read(root, AIDER) {
        lines::aider(&mut found, AIDER, &text);
    }
    let scaffold = |name: &&&str| read(root, name).is_some();
    found.scaffold = SCAFFOLDS.iter().find(scaffold).copied();
    found
}

fn env_files(root: &Path, names: &[&str], kept: Kept, found: &mut Finds) {
    for name in names {
        if let Some(text) = read(root, name) {
            lines::env(found, name, &text, kept);
        }
    }
}

fn scripts(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for folder in SCRIPT_FOLDERS {
        let entries = fs::read_dir(root.join(folder)).into_iter().flatten();
        let names = entries
            .flatten()
            .filter_map(|e| e.file_name().into_string().ok());
        let is_script = |name: &String| {
            let kind = name.rsplit_once('.').map(|(_, kind)| kind);
            matches!(kind, Some("sh" | "bash" | "envrc"))
        };
        let mut names: Vec<String> = names.filter(is_script).collect();
        names.sort();
        let prefix = if folder.is_empty() {
            String::new()
        } else {
            format!("{folder}/")
        };
        found.extend(
            names
                .into_iter()
                .take(SCRIPTS)
                .map(|name| format!("{prefix}{name}")),
        );
    }
    found
}

fn read(root: &Path, file: &str) -> Option<String> {
    match files::content(&root.join(file)) {
        Content::Text(text) => Some(text),
        Content::Unseen => None,
    }
}

impl Finds {
    fn value(&mut self, key: &str, value: impl Into<Value>, at: &Spelled) {
        self.values.push(Find {
            key: key.to_owned(),
            value: value.into(),
            at: at.clone(),
        });
    }

    fn literal(&mut self, at: &Spelled, reference: &str) {
        let literal = Literal {
            at: at.clone(),
            reference: reference.to_owned(),
        };
        if !self.literals.contains(&literal) {
            self.literals.push(literal);
        }
    }
}

#[cfg(test)]
mod tests;
