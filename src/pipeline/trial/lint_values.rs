//! Values that templates use and nobody gives, that nobody uses, or that are printed as they are.

use std::collections::BTreeSet;

use super::manifests::{Taken, case};
use super::render::OWN;
use super::{Found, Subject, error, key_offset, text_offset, warning};
use crate::catalog::{Feature, Output};
use crate::model::Value;
use crate::pack::{Language, Shape, Unquoted, unquoted, uses};
use crate::render::values;
use crate::resolve::resolve;

/// Values that are words by the rules for manifests.
const WORDS: [&str; 8] = [
    "ci.client_version",
    "credential.client_var",
    "credential.env_name",
    "credential.header",
    "credential.scheme",
    "headers.secret[].env_name",
    "headers.variables[].env_name",
    "launcher.root",
];
/// Values that may hold line breaks.
const TEXTS: [&str; 1] = ["headers.plain"];

/// Looks at every template, and at what outputs are named by.
pub(super) fn lint(subject: &Subject<'_>, found: &mut Found) {
    let Some(known) = known(subject) else {
        return;
    };
    let catalog = subject.catalog;
    let mut used = BTreeSet::new();
    for name in catalog.feature_names() {
        let file = format!("features/{name}/feature.toml");
        let feature = catalog.feature(name).unwrap_or_default();
        used.extend(named(&feature));
        for output in &feature.output {
            let template = format!("features/{name}/{}", output.template);
            let Ok(source) = catalog.text(&template) else {
                continue;
            };
            let names = uses(source, output.delimiters);
            used.extend(names.iter().map(|used| used.name.clone()));
            let is_own = [&file, &template].map(|path| subject.files.contains_key(path));
            if is_own[0] {
                output_names(subject, &known, &file, output, found);
            }
            if is_own[0] || is_own[1] {
                undefined(subject, &known, &template, &names, found);
                bare(subject, &known, &template, output, found);
            }
        }
    }
    unused(subject, &used, found);
}

/// The values that templates see, of any manifest that can be used.
fn known(subject: &Subject<'_>) -> Option<Value> {
    let catalog = subject.catalog;
    let profiles = catalog.profile_names().into_iter();
    let mut seen = profiles.flat_map(|profile| (0..4).map(move |seed| (profile, seed)));
    seen.find_map(|(profile, seed)| {
        let case = case(catalog, profile, Taken::All, seed);
        let resolution = resolve(&case.manifest, catalog).ok()?;
        values(&resolution, catalog, &OWN).ok()
    })
}

fn find<'v>(known: &'v Value, dotted: &str) -> Option<&'v Value> {
    let mut names = dotted.split('.');
    names.try_fold(known, |value, name| value.get(name))
}

/// The values that a feature's outputs are named by.
fn named(feature: &Feature) -> Vec<String> {
    let outputs = feature.output.iter();
    let names = outputs.flat_map(|output| [path_name(&output.path), output.when.as_deref()]);
    names.flatten().map(str::to_owned).collect()
}

/// The value that stands for a whole path.
fn path_name(path: &str) -> Option<&str> {
    let inner = path.strip_prefix("{{")?.strip_suffix("}}")?;
    Some(inner.trim())
}

fn output_names(
    subject: &Subject<'_>,
    known: &Value,
    file: &str,
    output: &Output,
    found: &mut Found,
) {
    let text = subject.files.get(file).copied().unwrap_or_default();
    if let Some(when) = output.when.as_deref()
        && find(known, when).is_none()
    {
        let message = format!("`when = \"{when}\"` names nothing, so the output never comes");
        let help =
            "name a value that templates see, such as `gateway.public_url` or `features.docs`";
        found.add(subject.at(file, text_offset(text, when), error(message, help)));
    }
    let is_filled = output.path.contains("{{") || output.path.contains("}}");
    let value = path_name(&output.path).and_then(|name| find(known, name));
    if is_filled && !value.is_some_and(Value::is_string) {
        let message = format!("the path `{}` names no text", output.path);
        let help = "a path is plain, or one value alone, such as `{{ launcher.path }}`";
        found.add(subject.at(file, text_offset(text, &output.path), error(message, help)));
    }
}

fn undefined(
    subject: &Subject<'_>,
    known: &Value,
    template: &str,
    names: &[crate::pack::Use],
    found: &mut Found,
) {
    for used in names {
        // What a loop has in hand is known only when it runs.
        let is_inner = used.name.is_empty() || used.name.contains("[]");
        if is_inner || find(known, &used.name).is_some() {
            continue;
        }
        let message = format!("nobody gives the value `{}`", used.name);
        let help = match used.name.strip_prefix("pack.") {
            Some(name) => format!("declare it: `{name} = \"…\"` under `[variables]` of pack.toml"),
            None => format!("templates see: {}", top(known)),
        };
        found.add(subject.at(template, used.offset, error(message, help)));
    }
}

fn top(known: &Value) -> String {
    let names = known.as_object().into_iter().flatten();
    let names: Vec<&str> = names.map(|(name, _)| name.as_str()).collect();
    names.join(", ")
}

fn bare(subject: &Subject<'_>, known: &Value, template: &str, output: &Output, found: &mut Found) {
    let Ok(source) = subject.catalog.text(template) else {
        return;
    };
    let path = path_name(&output.path).and_then(|name| find(known, name));
    let path = path.and_then(Value::as_str).unwrap_or(&output.path);
    let language = Language::of(output.format, path);
    for Unquoted { offset, what, help } in unquoted(source, output.delimiters, language, &|name| {
        shape(known, name)
    }) {
        found.add(subject.at(template, offset, error(what, help)));
    }
}

fn shape(known: &Value, name: &str) -> Shape {
    if WORDS.contains(&name) {
        return Shape::Word;
    }
    if TEXTS.contains(&name) {
        return Shape::Text;
    }
    let is_counter = name.starts_with("loop.");
    match find(known, name) {
        Some(Value::Number(_) | Value::Bool(_)) => Shape::Plain,
        Some(Value::String(text)) if name.starts_with("pack.") && text.contains('\n') => {
            Shape::Text
        }
        _ if is_counter => Shape::Plain,
        _ => Shape::Line,
    }
}

fn unused(subject: &Subject<'_>, used: &BTreeSet<String>, found: &mut Found) {
    let Some(pack) = subject.catalog.packs.first() else {
        return;
    };
    for name in pack.variables.keys() {
        let dotted = format!("pack.{name}");
        if !used.contains(&dotted) && !used.contains("pack") {
            let message = format!("no template uses the variable `{name}`");
            let offset = key_offset(subject.meta(), name);
            let help = format!("remove it, or print it: `{{{{ {dotted} }}}}`");
            found.add(subject.at("pack.toml", offset, warning(message, help)));
        }
    }
}
