//! Texts of files → what they say about a gateway, each value with its bytes.

mod blocks;
pub(super) mod json;
mod lines;
mod settings;

use std::ops::Range;

use crate::manifest;
use crate::model::{Home, RepoPath, Sighting, Source, Value};

/// Returns what a file says.
#[must_use]
pub fn sightings(source: &Source) -> Vec<Sighting> {
    let Ok(text) = &source.text else {
        return Vec::new();
    };
    let plain = |said: Vec<lines::Said>| {
        let said = said.into_iter();
        said.map(|said| blocks::sighting(source, text, "", said))
            .collect()
    };
    match source.home {
        Home::EnvFile | Home::EnvTemplate => plain(lines::env(text)),
        Home::Script => plain(lines::script(text)),
        Home::Toml => blocks::toml(source, text),
        Home::Workflow | Home::Pipeline | Home::Compose => blocks::yaml(source, text),
        Home::Tool if source.file.as_str() == ".aider.conf.yml" => blocks::yaml(source, text),
        Home::Manifest => declared(source, text),
        Home::Notes => Vec::new(),
        _ => settings::sightings(source, text),
    }
}

/// Returns whether two texts of a file differ in nothing but the given bytes of the first: the same keys
/// in the same order, with the same values where no edit was made.
#[must_use]
pub fn same_otherwise(file: &RepoPath, before: &str, after: &str, edits: &[Range<usize>]) -> bool {
    let name = file.as_str();
    let json = [".json", ".jsonc", ".code-workspace"];
    if !json.iter().any(|end| name.ends_with(end)) {
        return true;
    }
    let (was, is) = (json::flat(before).leaves, json::flat(after).leaves);
    let touched = |range: &Range<usize>| {
        let meets = |edit: &Range<usize>| edit.start <= range.end && range.start <= edit.end;
        edits.iter().any(meets)
    };
    was.len() == is.len()
        && was
            .iter()
            .zip(&is)
            .all(|(was, is)| was.path == is.path && (was.value == is.value || touched(&was.range)))
}

/// What the manifest declares about models; its addresses are checked where it is read.
fn declared(source: &Source, text: &str) -> Vec<Sighting> {
    let (manifest, _) = manifest::parse(source.file.as_str(), text);
    let entries = manifest
        .entries
        .iter()
        .filter(|(key, _)| key.starts_with("models."));
    let texts = entries.flat_map(|(key, entry)| {
        let items = match &entry.value {
            Value::Array(items) => items.as_slice(),
            one => std::slice::from_ref(one),
        };
        let items = items.iter().filter_map(Value::as_str);
        items.map(move |value| {
            let inside = text.get(entry.offset..).and_then(|rest| rest.find(value));
            let start = entry.offset + inside.unwrap_or(0);
            Sighting {
                file: source.file.clone(),
                home: source.home,
                block: "models".to_owned(),
                name: key.clone(),
                value: value.to_owned(),
                range: start..start + value.len(),
                literal: inside.is_some(),
            }
        })
    });
    texts.collect()
}
