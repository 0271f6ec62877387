//! What no file of a pack may say, whatever it is for.

use std::cell::LazyCell;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Spanned;

use super::Source;
use super::chain::label;
use super::load::Files;
use super::reader::{CODE, Reader};
use crate::catalog::{Catalog, Feature, Gateway, Matrix, Profile};
use crate::diagnose::leaks::{self, Scanner};
use crate::manifest::check_value;
use crate::model::{Diagnostic, RepoPath, Value, holds_secret};

/// Problems shown of one file.
const MOST_PROBLEMS: usize = 10;

/// Returns every literal credential in the files of a chain.
pub(super) fn credentials(chain: &[(&Source, &Files)]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let scanner = LazyCell::new(|| Catalog::embedded().keys().ok().and_then(Scanner::new));
    for (source, files) in chain {
        for (path, text) in *files {
            let mut offset = 0;
            let mut lines = Vec::new();
            for line in text.split_inclusive('\n') {
                if holds_secret(line) {
                    lines.push(offset);
                }
                offset += line.len();
            }
            if let Some(scanner) = leaks::may_hold(text).then(|| scanner.as_ref()).flatten() {
                let known = scanner.known(path, text).into_iter();
                let starts = known.map(|leak| line_start(text, leak.range.start));
                lines.extend(starts);
                lines.sort_unstable();
                lines.dedup();
            }
            found.extend(lines.into_iter().take(MOST_PROBLEMS).map(|offset| {
                let message = "a literal credential; a pack may not hold one";
                let help = "take it out and revoke it; a template names where a key is found";
                let problem = Diagnostic::error("CS003", message).with_help(help);
                problem.at(label(source, path), text, offset)
            }));
        }
    }
    found
}

fn line_start(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    before.rfind('\n').map_or(0, |end| end + 1)
}

/// Returns every output of a feature whose path is wrong whatever the values are.
pub(super) fn paths(label: &str, text: &str, feature: &Feature) -> Vec<Diagnostic> {
    let written: Vec<usize> = written(text).collect();
    let outputs = feature.output.iter().enumerate();
    let fixed = outputs.filter(|(_, output)| {
        let inner = output.path.strip_prefix("{{");
        let name = inner.and_then(|inner| inner.strip_suffix("}}"));
        name.is_none_or(|name| name.contains(['{', '}']))
    });
    let wrong = fixed.filter_map(|(index, output)| {
        let what = match RepoPath::parse(&output.path) {
            Err(error) => error.to_string(),
            Ok(path) if path.as_str().contains("{{") => {
                format!("path `{path}` is more than the name of a value")
            }
            Ok(_) => return None,
        };
        let offset = written.get(index).copied();
        let problem = Diagnostic::error(CODE, format!("an output's {what}"));
        let help = "name a file inside the repository, `/` between names";
        Some(
            problem
                .with_help(help)
                .at(label, text, offset.unwrap_or_default()),
        )
    });
    wrong.take(MOST_PROBLEMS).collect()
}

/// A file of values, and a profile's.
#[derive(Deserialize)]
struct OfProfile {
    #[serde(default)]
    defaults: Values,
}

type Values = BTreeMap<String, Spanned<Value>>;

/// Returns what is wrong with the values, profiles, gateways and the matrix that packs bring.
pub(super) fn values(chain: &[(&Source, &Files)]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (source, files) in chain {
        for (path, text) in *files {
            let mut reader = Reader {
                path: &label(source, path),
                text,
                found: Vec::new(),
            };
            let values = match path.split('/').next() {
                Some("defaults.toml" | "start.toml") => read::<Values>(&mut reader),
                Some("profiles") => {
                    read::<Profile>(&mut reader);
                    read::<OfProfile>(&mut reader).map(|profile| profile.defaults)
                }
                Some("gateways") => {
                    read::<Gateway>(&mut reader);
                    None
                }
                Some("matrix.toml") => {
                    read::<Matrix>(&mut reader);
                    None
                }
                _ => None,
            };
            for (key, value) in values.unwrap_or_default() {
                check(&mut reader, &key, &value);
            }
            reader.found.dedup();
            found.extend(reader.found.into_iter().take(MOST_PROBLEMS));
        }
    }
    found
}

fn read<T: DeserializeOwned>(reader: &mut Reader<'_>) -> Option<T> {
    match toml::from_str(reader.text) {
        Ok(read) => Some(read),
        Err(error) => {
            let offset = error.span().map_or(0, |span| span.start);
            let message = format!("invalid file: {}", error.message().replace('\n', ", "));
            reader.say(offset, message, "mend it in the pack");
            None
        }
    }
}

fn check(reader: &mut Reader<'_>, key: &str, value: &Spanned<Value>) {
    let offset = value.span().start;
    if matches!(key, "version" | "pack") {
        let message = format!("a pack may not set `{key}`");
        reader.say(offset, message, "remove it; it is the manifest's own");
    } else if let Err(mut problem) = check_value(key, value.get_ref()) {
        if problem.code == "manifest" {
            CODE.clone_into(&mut problem.code);
        }
        reader.put(offset, problem);
    }
}

/// Where the paths stand, one line each as people write them.
fn written(text: &str) -> impl Iterator<Item = usize> {
    let mut offset = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let start = offset;
        offset += line.len();
        let (key, value) = line.split_once('=')?;
        let value = line.len() - value.trim_start().len();
        (key.trim() == "path").then_some(start + value)
    })
}
