//! Settings files of the client and of VS Code.

use super::variables::{self, CREDENTIALS, Variable, is_literal, named, says};
use super::{EDITOR, Finds, Kept, SETTINGS, Spelled};
use crate::merge;
use crate::model::{Value, holds_secret};

/// The client's settings file.
pub(super) struct Settings {
    text: String,
    value: Value,
}

impl Settings {
    /// Reads it as the client does; none where that skips it.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim_start_matches('\u{feff}').to_owned();
        let value: Value = serde_json::from_str(&text).ok()?;
        value.is_object().then_some(Self { text, value })
    }

    /// Takes what the client obeys.
    pub(super) fn client(&self, found: &mut Finds) {
        let reference = self.string("/routing/apiKeyRef");
        if let Some(reference) = reference.filter(|text| says(text)) {
            let at = self.at("routing.apiKeyRef");
            if holds_secret(reference) {
                found.literal(&at, "ENV:ANTHROPIC_AUTH_TOKEN");
            } else {
                found.value("credential.ref", reference, &at);
            }
        }
        if let Some(helper) = self.string("/apiKeyHelper").and_then(helper) {
            found.value("credential.ref", helper, &self.at("apiKeyHelper"));
        }
        let mut set = environment(&self.text, SETTINGS, "env.", self.value.get("env"));
        set.extend(self.string("/model").map(|model| Variable {
            name: variables::MODEL.to_owned(),
            value: model.to_owned(),
            at: self.at("model"),
        }));
        variables::take(found, &set, Kept::Committed);
        if let Some(models) = self.value.get("fallbackModel").filter(|v| v.is_array()) {
            found.value("models.fallback", models.clone(), &self.at("fallbackModel"));
        }
        walk(&self.value, "", &mut |path, name, text| {
            let known = CREDENTIALS.iter().any(|(variable, _)| *variable == name);
            let headers = name == "ANTHROPIC_CUSTOM_HEADERS";
            if !known && !headers && path != "routing.apiKeyRef" && is_literal(name, text) {
                found.literal(&self.at(path), &reference_for(name));
            }
        });
    }

    /// Takes what only other tools read.
    pub(super) fn blocks(&self, found: &mut Finds) {
        for (name, key) in [
            ("routing.apiBaseUrl", "gateway.url"),
            ("routing.timeout", "gateway.timeout_ms"),
            ("routing.timeoutMs", "gateway.timeout_ms"),
            ("telemetry.projectTag", "telemetry.project_tag"),
            ("telemetry.costCenter", "telemetry.cost_center"),
        ] {
            let Some(value) = self.value.pointer(&format!("/{}", name.replace('.', "/"))) else {
                continue;
            };
            match value {
                Value::Number(_) => found.value(key, value.clone(), &self.at(name)),
                Value::String(text) if key == "gateway.timeout_ms" => {
                    found.value(key, variables::milliseconds(text), &self.at(name));
                }
                Value::String(text) if says(text) => {
                    found.value(key, text.as_str(), &self.at(name));
                }
                _ => {}
            }
        }
        let aliases = self.value.pointer("/routing/modelAliases");
        for (alias, model) in aliases.and_then(Value::as_object).into_iter().flatten() {
            if let Some(model) = model.as_str().filter(|text| says(text)) {
                let at = self.at(&format!("routing.modelAliases.{alias}"));
                found.value(&format!("models.{alias}"), model, &at);
            }
        }
    }

    fn string(&self, pointer: &str) -> Option<&str> {
        self.value.pointer(pointer)?.as_str()
    }

    fn at(&self, name: &str) -> Spelled {
        spelled(&self.text, SETTINGS, name)
    }
}

/// Takes what an editor's settings say.
pub(super) fn editor(found: &mut Finds, text: &str) {
    let Some(value) = merge::jsonc_value(text) else {
        return;
    };
    let block = value.get("aiCoding.agentConfig");
    let said = |name: &str| block.and_then(|b| b.get(name)).and_then(Value::as_str);
    let at = |name: &str| spelled(text, EDITOR, &format!("aiCoding.agentConfig.{name}"));
    for (name, key) in [("baseUrl", "gateway.url"), ("model", "models.default")] {
        if let Some(value) = said(name).filter(|text| says(text)) {
            found.value(key, value, &at(name));
        }
    }
    if let Some(token) = said("authToken") {
        if let Some(variable) = named(token) {
            found.value(
                "credential.ref",
                format!("ENV:{variable}"),
                &at("authToken"),
            );
        } else if is_literal("authToken", token) {
            found.literal(&at("authToken"), "ENV:ANTHROPIC_AUTH_TOKEN");
        }
    }
    for system in ["linux", "osx", "windows"] {
        let name = format!("terminal.integrated.env.{system}");
        let set = environment(text, EDITOR, &format!("{name}."), value.get(&name));
        variables::take(found, &set, Kept::Committed);
    }
    let listed = value
        .get("claudeCode.environmentVariables")
        .and_then(Value::as_array);
    let pair = |item: &Value| {
        let text = |name: &str| item.get(name)?.as_str().map(str::to_owned);
        Some((text("name")?, text("value")?))
    };
    let set = listed
        .into_iter()
        .flatten()
        .filter_map(pair)
        .map(|(name, value)| Variable {
            at: spelled(text, EDITOR, &name),
            name,
            value,
        });
    variables::take(found, &set.collect::<Vec<_>>(), Kept::Committed);
    walk(&value, "", &mut |path, name, value| {
        if !CREDENTIALS.iter().any(|(known, _)| *known == name)
            && holds_secret(value)
            && says(value)
        {
            found.literal(&spelled(text, EDITOR, path), &reference_for(name));
        }
    });
}

fn environment(text: &str, file: &str, prefix: &str, block: Option<&Value>) -> Vec<Variable> {
    let pairs = block.and_then(Value::as_object).into_iter().flatten();
    let variable = |(name, value): (&String, &Value)| {
        let value = match value {
            Value::String(value) => value.clone(),
            Value::Number(_) | Value::Bool(_) => value.to_string(),
            _ => return None,
        };
        Some(Variable {
            name: name.clone(),
            value,
            at: spelled(text, file, &format!("{prefix}{name}")),
        })
    };
    pairs.filter_map(variable).collect()
}

/// Visits every text of a value with its path and the name it stands under.
fn walk(value: &Value, path: &str, visit: &mut dyn FnMut(&str, &str, &str)) {
    let below = |name: &str| match path {
        "" => name.to_owned(),
        _ => format!("{path}.{name}"),
    };
    match value {
        Value::Object(map) => map.iter().for_each(|(name, inner)| match inner.as_str() {
            Some(text) => visit(&below(name), name, text),
            None => walk(inner, &below(name), visit),
        }),
        Value::Array(items) => items.iter().for_each(|inner| match inner.as_str() {
            Some(text) => visit(path, "", text),
            None => walk(inner, path, visit),
        }),
        _ => {}
    }
}

/// The reference for what a helper prints: the one variable it names, or the program it is.
fn helper(command: &str) -> Option<String> {
    let words: Vec<&str> = command.split(' ').filter(|word| !word.is_empty()).collect();
    if matches!(words.first(), Some(&("echo" | "printf"))) {
        let variables = words.iter().map(|word| word.trim_matches(['"', '\'']));
        let mut variables = variables.filter_map(named);
        return Some(format!("ENV:{}", variables.next()?));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || " -_./".contains(c);
    command
        .chars()
        .all(plain)
        .then(|| format!("CMD:{}", words.join(" ")))
}

fn reference_for(name: &str) -> String {
    let variable = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    if !name.is_empty() && name.chars().all(variable) {
        format!("ENV:{name}")
    } else {
        "ENV:ANTHROPIC_AUTH_TOKEN".to_owned()
    }
}

fn spelled(text: &str, file: &str, name: &str) -> Spelled {
    let last = name.rsplit('.').next().unwrap_or(name);
    let quoted = format!("\"{last}\"");
    let line = text.lines().position(|line| line.contains(&quoted));
    Spelled {
        file: file.to_owned(),
        line: line.map(|number| number + 1),
        name: name.to_owned(),
    }
}
