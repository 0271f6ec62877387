//! CS105: a key in one place and the address in another, so that the key can reach another host.

use super::{Layers, URL, named};
use crate::explain::{Around, Explanation, Given, Layer, Start, Starter, explain};
use crate::merge;
use crate::model::{Diagnostic, Home, is_placeholder};

const CODE: &str = "CS105";
/// The variables with a key, the one that the client sends before it reads a project's settings first.
const KEYS: [&str; 2] = ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"];

pub(super) fn findings(layers: &Layers<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    found.extend(at_start_up(layers));
    found.extend(below(layers));
    found.extend(in_jobs(layers));
    found
}

/// A key of the environment beside an address that only the project's settings have.
fn at_start_up(layers: &Layers<'_>) -> Option<Diagnostic> {
    let sourced = sourced(layers.around);
    let start = sourced.start(Starter::Shell, layers.facts);
    let key = strongest(&start, KEYS[0])?;
    let url = strongest(&start, URL)?;
    if key.origin.layer.is_projects() || !url.origin.layer.is_projects() {
        return None;
    }
    // What is read before the project's settings decides where the first requests go.
    let outer = start.variable(URL).into_iter();
    let outer = outer.filter(|given| !given.origin.layer.is_projects());
    let outer = outer
        .map(|given| given.value.trim())
        .find(|value| !value.is_empty());
    if outer.is_some_and(|outer| host(outer) == host(url.value.trim())) {
        return None;
    }
    let other = outer
        .and_then(host)
        .unwrap_or_else(|| "api.anthropic.com".to_owned());
    let from = match &layers.around.env_file {
        Some(text) if strongest_in(layers.around, KEYS[0]).is_none() => format!("`{}`", text.path),
        _ => named(&key.origin),
    };
    let message = format!(
        "`{}` comes from {from} and the base URL from {} alone: at start-up the client sends the key to {other}",
        KEYS[0],
        named(&url.origin)
    );
    let help = format!("export {URL} wherever the key is exported, as the run script does");
    Some(layers.place(
        Diagnostic::warning(CODE, message).with_help(help),
        &url.origin,
    ))
}

/// A key that the client finds in every folder, beside an address that it finds in one.
fn below(layers: &Layers<'_>) -> Option<Diagnostic> {
    let around = layers.around;
    let here = around.start(Starter::Shell, layers.facts);
    let key = KEYS
        .iter()
        .find_map(|name| strongest(&here, name).filter(|g| g.origin.layer == Layer::Local))?;
    let there = around.in_subfolder().start(Starter::Shell, layers.facts);
    strongest(&there, &key.name)?;
    let url = |start: &Start| {
        let explanation: Explanation = explain(start, layers.facts);
        explanation.request.url.as_deref().and_then(host)
    };
    let (own, other) = (url(&here)?, url(&there)?);
    if own == other {
        return None;
    }
    let message = format!(
        "`{}` counts in every folder and the base URL in this one alone: started in a subfolder, the client sends the key to {other}",
        key.name
    );
    let help = format!("set {URL} in the same file, beside the key");
    Some(layers.place(
        Diagnostic::warning(CODE, message).with_help(help),
        &key.origin,
    ))
}

/// A job that hands the client a key and leaves the address to the project's settings.
fn in_jobs(layers: &Layers<'_>) -> Vec<Diagnostic> {
    let Some(url) = layers
        .top(Starter::Shell, URL)
        .filter(|url| url.origin.layer == Layer::Project)
    else {
        return Vec::new();
    };
    let jobs = layers
        .sources
        .iter()
        .filter(|source| matches!(source.home, Home::Workflow | Home::Pipeline));
    let found = jobs.filter_map(|job| {
        let text = job.text.as_deref().ok()?;
        let starts = text.lines().any(super::bypass::starts_client);
        if !starts || text.contains(URL) {
            return None;
        }
        let at = text.find(&format!("{}:", KEYS[0]))?;
        let message = format!(
            "`{}` is given to the client here and the base URL stands in {} alone: at start-up the client sends the key to api.anthropic.com",
            KEYS[0],
            named(&url.origin)
        );
        let help = format!("set {URL} beside the key");
        Some(Diagnostic::warning(CODE, message).with_help(help).at(job.file.as_str(), text, at))
    });
    found.collect()
}

/// What is around once somebody sourced the env file, which is what it is for without a run script.
fn sourced(around: &Around) -> Around {
    let mut sourced = around.clone();
    let text = around.env_file.as_ref().filter(|_| around.script.is_none());
    let text = text.and_then(|text| text.text.as_ref().ok());
    for (name, value) in text.into_iter().flat_map(|text| merge::env_values(text)) {
        if !value.is_empty() && !is_placeholder(&value) {
            sourced.environment.insert(name, value);
        }
    }
    sourced
}

fn strongest_in<'a>(around: &'a Around, name: &str) -> Option<&'a String> {
    around
        .environment
        .get(name)
        .filter(|value| !value.is_empty())
}

fn strongest(start: &Start, name: &str) -> Option<Given> {
    let top = start.variable(name).first().copied().cloned();
    top.filter(|given| !given.value.trim().is_empty())
}

fn host(url: &str) -> Option<String> {
    let url = url::Url::parse(url).ok()?;
    let port = url
        .port()
        .map_or_else(String::new, |port| format!(":{port}"));
    Some(format!("{}{port}", url.host_str()?))
}
