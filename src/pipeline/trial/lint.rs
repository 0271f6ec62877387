//! Files that do not fit together: names that nobody gives, and what nobody names.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;

use super::{Found, Subject, error, key_offset, text_offset, warning};
use crate::catalog::{Feature, Gateway, Matrix, Profile};
use crate::manifest::check_value;
use crate::model::{Diagnostic, Value};
use crate::pack::CODE;

/// Looks at every file but the templates.
pub(super) fn lint(subject: &Subject<'_>, found: &mut Found) {
    for (path, text) in &subject.files {
        let folder = path.split('/').next().unwrap_or_default();
        let is_toml = path.rsplit('.').next() == Some("toml");
        match folder {
            "profiles" if is_toml => profile(subject, path, text, found),
            "gateways" if is_toml => {
                read::<Gateway>(subject, path, text, found);
            }
            "features" if path.ends_with("/feature.toml") => feature(subject, path, text, found),
            "defaults.toml" | "start.toml" => values(subject, path, text, found),
            "matrix.toml" => matrix(subject, path, text, found),
            _ => {}
        }
    }
    required(subject, found);
    unnamed(subject, found);
    unread(subject, found);
}

/// Reads a file, or says where it cannot be read.
fn read<T: DeserializeOwned>(
    subject: &Subject<'_>,
    path: &str,
    text: &str,
    found: &mut Found,
) -> Option<T> {
    let problem = match toml::from_str(text) {
        Ok(read) => return Some(read),
        Err(problem) => problem,
    };
    let offset = problem.span().map_or(0, |span| span.start);
    let message = format!("invalid file: {}", problem.message().replace('\n', ", "));
    let help = "`claude-scaffold pack new` writes an example, and README.md says what each file is";
    found.add(subject.at(path, offset, error(message, help)));
    None
}

fn profile(subject: &Subject<'_>, path: &str, text: &str, found: &mut Found) {
    let Some(profile) = read::<Profile>(subject, path, text, found) else {
        return;
    };
    for name in &profile.features {
        unknown_feature(subject, path, text, name, found);
    }
    let locks = subject.catalog.locks();
    for (key, value) in &profile.defaults {
        let offset = key_offset(text, key);
        if let Err(problem) = check_value(key, value) {
            found.add(subject.at(path, offset, renamed(problem)));
        } else if locks.contains_key(key.as_str()) {
            let message = format!("the default for `{key}` never counts: a pack locks it");
            found.add(subject.at(path, offset, warning(message, "remove one of the two")));
        }
    }
}

fn feature(subject: &Subject<'_>, path: &str, text: &str, found: &mut Found) {
    let Some(feature) = read::<Feature>(subject, path, text, found) else {
        return;
    };
    for name in &feature.includes {
        unknown_feature(subject, path, text, name, found);
    }
    let folder = path.trim_end_matches("feature.toml");
    for output in &feature.output {
        let template = format!("{folder}{}", output.template);
        if subject.catalog.text(&template).is_err() {
            let message = format!("`{}` is no file of the feature", output.template);
            let offset = text_offset(text, &output.template);
            let help = "put the template beside feature.toml";
            found.add(subject.at(path, offset, error(message, help)));
        }
    }
    let named: BTreeSet<String> = feature
        .output
        .iter()
        .map(|output| format!("{folder}{}", output.template))
        .collect();
    let own = subject.files.keys().filter(|file| file.starts_with(folder));
    for file in own.filter(|file| *file != path && !named.contains(*file)) {
        let message = "no output names the template";
        let help = "name it in feature.toml, or remove it";
        found.add(subject.at(file, 0, warning(message, help)));
    }
}

fn unknown_feature(subject: &Subject<'_>, path: &str, text: &str, name: &str, found: &mut Found) {
    let names = subject.catalog.feature_names();
    if !names.contains(&name) {
        let problem = renamed(crate::resolve::unknown("feature", name, &names));
        found.add(subject.at(path, text_offset(text, name), problem));
    }
}

fn values(subject: &Subject<'_>, path: &str, text: &str, found: &mut Found) {
    let read = read::<BTreeMap<String, Value>>(subject, path, text, found);
    for (key, value) in read.unwrap_or_default() {
        if let Err(problem) = check_value(&key, &value) {
            found.add(subject.at(path, key_offset(text, &key), renamed(problem)));
        }
    }
}

fn matrix(subject: &Subject<'_>, path: &str, text: &str, found: &mut Found) {
    let Some(matrix) = read::<Matrix>(subject, path, text, found) else {
        return;
    };
    for problem in matrix.problems(&subject.catalog.profile_names()) {
        let help = "facts, scenarios and profiles are named as they are declared";
        found.add(subject.at(path, 0, error(problem, help)));
    }
}

/// The features that the pack requires are there.
fn required(subject: &Subject<'_>, found: &mut Found) {
    let own = subject.catalog.packs.first();
    for name in own.into_iter().flat_map(|pack| &pack.required) {
        unknown_feature(subject, "pack.toml", subject.meta(), name, found);
    }
}

/// Features that come in only where a manifest names them.
fn unnamed(subject: &Subject<'_>, found: &mut Found) {
    let catalog = subject.catalog;
    let mut named: BTreeSet<String> = BTreeSet::new();
    for profile in catalog.profile_names() {
        let profile = catalog.profile(profile).ok();
        named.extend(profile.into_iter().flat_map(|profile| profile.features));
    }
    let packs = catalog.packs.iter();
    named.extend(packs.flat_map(|pack| pack.required.iter().cloned()));
    for feature in catalog.feature_names() {
        let feature = catalog.feature(feature).unwrap_or_default();
        named.extend(feature.includes);
    }
    for path in subject.files.keys() {
        let name = path
            .strip_prefix("features/")
            .and_then(|rest| rest.strip_suffix("/feature.toml"));
        if let Some(name) = name.filter(|name| !named.contains(*name)) {
            let message = format!("no profile and no `required` names the feature `{name}`");
            let help =
                "repositories get it only with `features = [\"…\"]`; that may be what is meant";
            found.add(subject.at(path, 0, Diagnostic::note(CODE, message).with_help(help)));
        }
    }
}

/// Values that the pack sets and nobody looks at.
fn unread(subject: &Subject<'_>, found: &mut Found) {
    let Some(pack) = subject.catalog.packs.first() else {
        return;
    };
    let text = subject.meta();
    let locks = subject.catalog.locks();
    let set = pack.defaults.keys().chain(pack.locked.keys());
    for key in set {
        let (is_default, is_locked) = (
            pack.defaults.contains_key(key),
            locks.contains_key(key.as_str()),
        );
        let (what, help) = match key.as_str() {
            "features" => ("features", "name them under `required`, or in a profile"),
            "profile" if is_default => (
                "the profile",
                "every manifest names its own; lock it, or remove the default",
            ),
            _ if is_default && is_locked => {
                ("the default", "a pack locks the key, so remove the default")
            }
            _ => continue,
        };
        let message = format!("nothing reads `{key}`: {what} of a pack never counts here");
        found.add(subject.at("pack.toml", key_offset(text, key), warning(message, help)));
    }
}

/// A problem of a manifest's value, where a pack gives it.
fn renamed(problem: Diagnostic) -> Diagnostic {
    Diagnostic {
        code: CODE.to_owned(),
        ..problem
    }
}
