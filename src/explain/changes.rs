//! What changes where the client is started in another way.

use schemars::JsonSchema;
use serde::Serialize;

use super::around::{Around, Starter};
use super::settings::{Explanation, Setting, explain};
use super::{Facts, Origin};

/// One setting that differs in another start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Change {
    /// The other start: `subfolder`, `vscode`, `ci` or `launcher`.
    pub start: String,
    /// The setting.
    pub key: String,
    /// The variable or key of the settings file.
    pub name: String,
    /// The value that counts there, a credential as a fingerprint; none: nothing does.
    pub value: Option<String>,
    /// Where that stands.
    pub origin: Origin,
}

/// Returns what differs where the client is started below the folder, in VS Code, in CI or by the run
/// script; of the way it is started here nothing does.
#[must_use]
pub fn changes(around: &Around, starter: Starter, facts: &Facts) -> Vec<Change> {
    let here = explain(&around.start(starter, facts), facts);
    let below = around.in_subfolder();
    let mut others = vec![("subfolder", below.start(starter, facts))];
    for (name, other) in [
        ("vscode", Starter::Editor),
        ("ci", Starter::Ci),
        ("launcher", Starter::Launcher),
    ] {
        let there = match other {
            Starter::Editor => around.editor.is_some(),
            Starter::Launcher => around.script.is_some(),
            _ => true,
        };
        if other != starter && there {
            others.push((name, around.start(other, facts)));
        }
    }
    let mut found = Vec::new();
    for (name, start) in others {
        found.extend(differences(name, &here, &explain(&start, facts)));
    }
    found
}

fn differences(start: &str, here: &Explanation, there: &Explanation) -> Vec<Change> {
    let same = |a: &&Setting, b: &Setting| a.key == b.key && (a.name == b.name || a.key == "model");
    let change = |line: &Setting, value: Option<String>, origin: Origin| Change {
        start: start.to_owned(),
        key: line.key.clone(),
        name: line.name.clone(),
        value,
        origin,
    };
    let mut found = Vec::new();
    for line in &there.settings {
        let before = here.settings.iter().find(|other| same(other, line));
        if before.is_none_or(|before| before.value != line.value) {
            let nothing = before.is_none() && line.value.is_none();
            if !nothing {
                found.push(change(line, line.value.clone(), line.origin.clone()));
            }
        }
    }
    for line in &here.settings {
        let gone = !there.settings.iter().any(|other| same(&line, other));
        if gone && line.value.is_some() {
            let default = Origin::of(super::Layer::Default);
            found.push(change(line, None, default));
        }
    }
    found
}
