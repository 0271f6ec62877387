//! CS005: a value of the repository's that a stronger layer shadows.

use super::{Layers, PROJECT, URL, named};
use crate::catalog::{Meaning, Reader};
use crate::explain::{Given, Layer, Start, Starter, explain};
use crate::model::{Diagnostic, GatewayUrl, Severity, is_placeholder};

const CODE: &str = "CS005";

pub(super) fn findings(layers: &Layers<'_>) -> Vec<Diagnostic> {
    let around = layers.around;
    let shell = around.start(Starter::Shell, layers.facts);
    let mut found = in_settings(layers, &shell);
    found.extend(of_model(layers, &shell));
    if around.editor.is_some() {
        let start = around.start(Starter::Editor, layers.facts);
        found.extend(in_terminal(layers, &start));
    }
    if around.script.is_some() {
        let start = around.start(Starter::Launcher, layers.facts);
        found.extend(in_launcher(layers, &start));
    }
    found
}

/// Variables that decide how requests travel, and are no credential.
fn names<'a>(layers: &Layers<'a>) -> Vec<(&'a str, Meaning)> {
    let rows = layers.facts.variables.iter();
    let rows = rows.filter(|row| row.reader == Reader::Client);
    let rows = rows.filter(|row| row.meaning != Meaning::Credential);
    rows.map(|row| (row.name.as_str(), row.meaning)).collect()
}

/// A value of the shared settings below one of a stronger file.
fn in_settings(layers: &Layers<'_>, start: &Start) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (name, meaning) in names(layers) {
        let all = start.variable(name);
        let (Some(top), Some(own)) = (all.first(), all.iter().find(|g| is_shared(g))) else {
            continue;
        };
        if top.origin == own.origin || same(name, &top.value, &own.value) {
            continue;
        }
        let message = format!(
            "`{name}` of `{PROJECT}` counts for nothing: {} sets another value",
            named(&top.origin)
        );
        let help = match top.origin.layer {
            Layer::Local => "remove the line, or keep it if it is meant for this machine alone",
            _ => "`claude-scaffold explain` shows both; ask who set the stronger one",
        };
        let problem = told(meaning, top, message).with_help(help);
        found.push(layers.place(problem, &top.origin));
    }
    found
}

/// The model of the shared settings beside a choice that ranks above it.
fn of_model(layers: &Layers<'_>, start: &Start) -> Option<Diagnostic> {
    let own = start.key("model").into_iter().find(is_shared)?;
    let explanation = explain(start, layers.facts);
    let line = explanation
        .settings
        .iter()
        .find(|line| line.key == "model")?;
    let shadowed = line
        .shadowed
        .iter()
        .any(|other| other.origin == own.origin && other.name == own.name);
    if !shadowed || own.value.trim().is_empty() || line.value.as_deref() == Some(own.value.trim()) {
        return None;
    }
    let top = Given {
        name: line.name.clone(),
        value: String::new(),
        origin: line.origin.clone(),
    };
    let message = format!(
        "`model` of `{PROJECT}` counts for nothing: {} sets `{}`, which ranks above it",
        named(&top.origin),
        top.name
    );
    let help = "set one of them; `claude-scaffold explain model` shows the order";
    Some(layers.place(
        told(Meaning::Model, &top, message).with_help(help),
        &top.origin,
    ))
}

/// A variable of VS Code's terminal below one of a settings file.
fn in_terminal(layers: &Layers<'_>, start: &Start) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (name, _) in names(layers) {
        let all = start.variable(name);
        let mine = all
            .iter()
            .find(|given| given.origin.layer == Layer::Terminal);
        let (Some(top), Some(mine)) = (all.first(), mine) else {
            continue;
        };
        // Where the repository says the same twice, the stronger file is the finding.
        let shared = all.iter().find(|given| is_shared(given));
        let agrees = shared.is_some_and(|own| same(name, &own.value, &mine.value));
        if agrees || same(name, &top.value, &mine.value) {
            continue;
        }
        let message = format!(
            "`{name}` of the terminal counts for nothing: {} sets another value",
            named(&top.origin)
        );
        let problem = Diagnostic::warning(CODE, message);
        let problem =
            problem.with_help("make both say the same; settings files stand above the environment");
        found.push(layers.place(problem, &mine.origin));
    }
    found
}

/// What the run script takes from elsewhere than the repository declares.
fn in_launcher(layers: &Layers<'_>, start: &Start) -> Vec<Diagnostic> {
    let script = layers.around.script.as_ref();
    let env_file = layers
        .around
        .env_file
        .as_ref()
        .map(|text| text.path.as_str());
    let mut found = Vec::new();
    for (name, meaning) in names(layers) {
        let all = start.variable(name);
        let taken = all
            .iter()
            .find(|given| given.origin.layer == Layer::Launcher);
        let Some(taken) = taken.filter(|given| !is_placeholder(given.value.trim())) else {
            continue;
        };
        let private = taken.origin.file.as_deref() == env_file || taken.origin.file.is_none();
        let shared = all.iter().find(|given| is_shared(given)).copied();
        let declared = script.and_then(|script| script.declares(name));
        let Some(own) = shared.or(declared).filter(|_| private) else {
            continue;
        };
        if same(name, &taken.value, &own.value) {
            continue;
        }
        let message = format!(
            "the run script takes `{name}` from {}, which differs from {}",
            named(&taken.origin),
            named(&own.origin)
        );
        let help = if name == URL {
            "remove the line, or write the address that the repository declares"
        } else {
            "remove the line, or keep it if it is meant for this machine alone"
        };
        let problem = told(meaning, taken, message).with_help(help);
        found.push(layers.place(problem, &taken.origin));
    }
    found
}

/// What one person set for one machine may be meant so; another address never is.
fn told(meaning: Meaning, by: &Given, message: String) -> Diagnostic {
    let private = matches!(
        by.origin.layer,
        Layer::Local | Layer::Launcher | Layer::Environment
    );
    let mut problem = Diagnostic::warning(CODE, message);
    if private && meaning != Meaning::Url {
        problem.severity = Severity::Note;
    }
    problem
}

fn is_shared(given: &Given) -> bool {
    given.origin.layer == Layer::Project
}

/// Whether two values mean the same: of addresses the client's form is compared.
fn same(name: &str, one: &str, other: &str) -> bool {
    let form = |text: &str| match GatewayUrl::parse(text.trim()) {
        Ok(url) if name == URL => url.client().to_owned(),
        _ => text.trim().to_owned(),
    };
    form(one) == form(other)
}
