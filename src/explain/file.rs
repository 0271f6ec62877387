//! A settings file as the client reads it: all of it, or nothing.

use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, ast, parse_to_ast};
use schemars::JsonSchema;
use serde::Serialize;

use super::start::{Given, Key, Layer, Origin, Settings};
use crate::catalog::{SettingKind, ValueKind};
use crate::model::Value;

/// A settings file that the client skips as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Skipped {
    /// Where; the line of the fault, if it has one.
    pub origin: Origin,
    /// Why, one phrase.
    pub why: String,
}

/// Reads a settings file; none of it counts where the client would skip it.
///
/// # Errors
/// Says why the client skips it.
pub fn read(
    layer: Layer,
    path: &str,
    text: &str,
    kinds: &[SettingKind],
) -> Result<Settings, Skipped> {
    let body = text.trim_start_matches('\u{feff}');
    let lines = Lines::of(body);
    let origin = |at: Option<(usize, usize)>| Origin {
        layer,
        file: Some(path.to_owned()),
        line: at.map(|(line, _)| line),
        column: at.map(|(_, column)| column),
    };
    let skip = |at, why: &str| Skipped {
        origin: origin(at),
        why: why.to_owned(),
    };
    let mut settings = Settings {
        layer,
        path: path.to_owned(),
        env: Vec::new(),
        keys: Vec::new(),
        faults: Vec::new(),
    };
    if body.trim().is_empty() {
        return Ok(settings);
    }
    let value: Value = serde_json::from_str(body).map_err(|error| {
        let place = (error.line(), error.column().max(1));
        skip(
            Some(place).filter(|(line, _)| *line > 0),
            "it is not strict JSON",
        )
    })?;
    if !value.is_object() {
        return Err(skip(Some((1, 1)), "its top level is not an object"));
    }
    let parsed = parse_to_ast(body, &CollectOptions::default(), &ParseOptions::default());
    let Some(ast::Value::Object(root)) = parsed.ok().and_then(|parsed| parsed.value) else {
        return Err(skip(None, "it is not strict JSON"));
    };
    for property in &root.properties {
        let name = property.name.as_str().to_owned();
        // Of a key that stands there twice the last one counts.
        settings.keys.retain(|key| key.name != name);
        let at = lines.at(property.start());
        let value = value.get(&name).cloned().unwrap_or_default();
        let kind = kinds.iter().find(|kind| kind.key == name);
        if let Some(why) = kind.and_then(|kind| wrong(kind, &value)) {
            let fault = skip(Some(at), &why);
            // Of the administrator's files the rest stays in force.
            if layer != Layer::Managed {
                return Err(fault);
            }
            settings.faults.push(fault);
            continue;
        }
        if name == "env" {
            let place = |offset| origin(Some(lines.at(offset)));
            settings.env = environment(&value, &property.value, &place);
        }
        settings.keys.push(Key {
            name,
            value,
            origin: origin(Some(at)),
        });
    }
    Ok(settings)
}

fn environment(
    value: &Value,
    tree: &ast::Value<'_>,
    place: &dyn Fn(usize) -> Origin,
) -> Vec<Given> {
    let ast::Value::Object(block) = tree else {
        return Vec::new();
    };
    let mut env: Vec<Given> = Vec::new();
    for property in &block.properties {
        let name = property.name.as_str();
        env.retain(|given| given.name != name);
        let Some(value) = value.get(name).map(text) else {
            continue;
        };
        env.push(Given {
            name: name.to_owned(),
            value,
            origin: place(property.start()),
        });
    }
    env
}

/// Returns why the client refuses a value; none where it takes it.
fn wrong(kind: &SettingKind, value: &Value) -> Option<String> {
    let SettingKind { key, kind, .. } = kind;
    let texts = |list: &Value| {
        list.as_array()
            .is_some_and(|items| items.iter().all(Value::is_string))
    };
    let (fits, words) = match kind {
        ValueKind::Text => (value.is_string(), "a text"),
        ValueKind::Boolean => (value.is_boolean(), "true or false"),
        ValueKind::BooleanOrNull => (value.is_boolean() || value.is_null(), "true, false or null"),
        ValueKind::Number => (value.is_number(), "a number"),
        ValueKind::Count => (value.as_u64().is_some(), "a whole number"),
        ValueKind::Positive => (
            value.as_u64().is_some_and(|n| n > 0),
            "a whole number above 0",
        ),
        ValueKind::List => (value.is_array(), "a list"),
        ValueKind::Texts => (texts(value), "a list of texts"),
        ValueKind::TextOrTexts => (
            value.is_string() || texts(value),
            "a text or a list of texts",
        ),
        ValueKind::Object => (value.is_object(), "an object"),
    };
    let lists = ["allow", "deny", "ask", "additionalDirectories"];
    let rules = |name: &&&str| value.get(**name).is_some_and(|rules| !rules.is_array());
    match lists.iter().find(rules).filter(|_| key == "permissions") {
        Some(name) if fits => Some(format!("`{key}.{name}` has to be a list")),
        _ => (!fits).then(|| format!("`{key}` has to be {words}")),
    }
}

/// What the client makes of a value of `env`: the text that JavaScript makes of it.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(_) => "[object Object]".to_owned(),
        Value::Array(items) => {
            let item = |item: &Value| {
                if item.is_null() {
                    String::new()
                } else {
                    text(item)
                }
            };
            items.iter().map(item).collect::<Vec<_>>().join(",")
        }
        Value::Number(number) => match number.as_f64() {
            Some(float) if float.abs() >= 1e21 => format!("{float:e}").replace('e', "e+"),
            Some(float) if number.is_f64() => float.to_string(),
            _ => number.to_string(),
        },
        _ => value.to_string(),
    }
}

/// A text and the byte offsets at which its lines begin.
pub(super) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let starts = text.match_indices('\n').map(|(at, _)| at + 1);
        let starts = std::iter::once(0).chain(starts).collect();
        Self { text, starts }
    }

    /// The line and the column of an offset, both from 1.
    pub(super) fn at(&self, offset: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self.starts[line.saturating_sub(1)];
        let before = self.text.get(start..offset).unwrap_or_default();
        (line, before.chars().count() + 1)
    }
}
