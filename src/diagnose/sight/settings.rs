//! JSON files: which of their values speak about a gateway.

use super::json::{self, Leaf};
use crate::model::{Home, Sighting, Source, Value};

/// Keys that are known by themselves, `#` for an item of a list and `*` for any name.
const SETTINGS: [(&[&str], &str); 11] = [
    (&["model"], "model"),
    (&["apiKeyHelper"], "apiKeyHelper"),
    (&["fallbackModel", "#"], "fallbackModel"),
    (&["fallbackModel"], "fallbackModel"),
    (&["availableModels", "#"], "availableModels"),
    (&["routing", "apiBaseUrl"], "routing.apiBaseUrl"),
    (&["routing", "apiKeyRef"], "routing.apiKeyRef"),
    (&["routing", "timeout"], "routing.timeout"),
    (&["routing", "timeoutMs"], "routing.timeout"),
    (&["routing", "modelAliases", "*"], "routing.modelAliases"),
    (&["telemetry", "*"], "telemetry"),
];

const TOOLS: [(&[&str], &str); 5] = [
    (&["model"], "opencode.model"),
    (&["small_model"], "opencode.model"),
    (&["provider", "*", "options", "baseURL"], "opencode.baseURL"),
    (&["provider", "*", "options", "apiKey"], "opencode.apiKey"),
    (&["agent", "*", "model"], "opencode.model"),
];

/// Returns what a JSON file says.
pub(super) fn sightings(source: &Source, text: &str) -> Vec<Sighting> {
    let leaves = json::flat(text).leaves;
    let mut found = Vec::new();
    let mut listed: Option<String> = None;
    for leaf in &leaves {
        let path: Vec<&str> = leaf.path.iter().map(String::as_str).collect();
        let place = match source.home {
            Home::Editor => editor(&path, leaf, &mut listed),
            Home::DevContainer => match path.as_slice() {
                [block @ ("containerEnv" | "remoteEnv"), name] => {
                    Some((*block, (*name).to_owned()))
                }
                _ => None,
            },
            Home::Tool => known(&TOOLS, &path).map(|name| ("", name.to_owned())),
            _ => match path.as_slice() {
                ["env", name] => Some(("env", (*name).to_owned())),
                _ => known(&SETTINGS, &path).map(|name| ("", name.to_owned())),
            },
        };
        if let Some((block, name)) = place
            && let Some(value) = scalar(&leaf.value)
        {
            found.push(Sighting {
                file: source.file.clone(),
                home: source.home,
                block: block.to_owned(),
                literal: text.get(leaf.range.clone()) == Some(value.as_str()),
                name,
                value,
                range: leaf.range.clone(),
            });
        }
    }
    found
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

fn known(table: &[(&[&str], &'static str)], path: &[&str]) -> Option<&'static str> {
    let fits = |pattern: &[&str]| {
        pattern.len() == path.len()
            && pattern
                .iter()
                .zip(path)
                .all(|(wanted, is)| wanted == is || *wanted == "*")
    };
    let row = table.iter().find(|(pattern, _)| fits(pattern));
    row.map(|(_, name)| *name)
}

/// A workspace file holds the same keys one level down.
fn editor<'p>(
    path: &[&'p str],
    leaf: &Leaf,
    listed: &mut Option<String>,
) -> Option<(&'p str, String)> {
    let path = match path {
        ["settings", rest @ ..] => rest,
        whole => whole,
    };
    match path {
        [block, name] if block.starts_with("terminal.integrated.env.") => {
            Some((block, (*name).to_owned()))
        }
        ["aiCoding.agentConfig", name] => {
            Some(("aiCoding.agentConfig", format!("agentConfig.{name}")))
        }
        ["claudeCode.environmentVariables", "#"] => {
            *listed = None;
            None
        }
        ["claudeCode.environmentVariables", "#", "name"] => {
            *listed = leaf.value.as_str().map(str::to_owned);
            None
        }
        [block @ "claudeCode.environmentVariables", "#", "value"] => Some((block, listed.take()?)),
        _ => None,
    }
}
