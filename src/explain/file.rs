//! A settings file as the client reads it: all of it, or nothing.

use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, ast, parse_to_ast};
use schemars::JsonSchema;
use serde::Serialize;

use super::start::{Given, Key, Layer, Origin, Settings};
use crate::model::Value;

/// A key, what its value has to be, and the words for that.
type Typed = (&'static str, fn(&Value) -> bool, &'static str);

/// The keys whose type the client insists on.
const TYPES: [Typed; 6] = [
    ("env", Value::is_object, "an object"),
    ("permissions", Value::is_object, "an object"),
    ("model", Value::is_string, "a text"),
    ("apiKeyHelper", Value::is_string, "a text"),
    ("availableModels", Value::is_array, "a list"),
    ("fallbackModel", Value::is_array, "a list"),
];

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
pub fn read(layer: Layer, path: &str, text: &str) -> Result<Settings, Skipped> {
    let body = text.trim_start_matches('\u{feff}');
    let lines = Lines::of(body);
    let origin = |line: Option<usize>| Origin {
        layer,
        file: Some(path.to_owned()),
        line,
    };
    let skip = |line, why: &str| Skipped {
        origin: origin(line),
        why: why.to_owned(),
    };
    let mut settings = Settings {
        layer,
        path: path.to_owned(),
        env: Vec::new(),
        keys: Vec::new(),
    };
    if body.trim().is_empty() {
        return Ok(settings);
    }
    let value: Value = serde_json::from_str(body).map_err(|error| {
        let line = Some(error.line()).filter(|line| *line > 0);
        skip(line, "it is not strict JSON")
    })?;
    if !value.is_object() {
        return Err(skip(Some(1), "its top level is not an object"));
    }
    let parsed = parse_to_ast(body, &CollectOptions::default(), &ParseOptions::default());
    let Some(ast::Value::Object(root)) = parsed.ok().and_then(|parsed| parsed.value) else {
        return Err(skip(None, "it is not strict JSON"));
    };
    for property in &root.properties {
        let name = property.name.as_str().to_owned();
        // Of a key that stands there twice the last one counts.
        settings.keys.retain(|key| key.name != name);
        let line = lines.at(property.start());
        let value = value.get(&name).cloned().unwrap_or_default();
        let wrong = TYPES
            .iter()
            .find(|(key, is, _)| *key == name && !is(&value));
        if let Some((key, _, kind)) = wrong {
            return Err(skip(Some(line), &format!("`{key}` has to be {kind}")));
        }
        if name == "env" {
            let place = |offset| origin(Some(lines.at(offset)));
            settings.env = environment(&value, &property.value, &place);
        }
        settings.keys.push(Key {
            name,
            value,
            origin: origin(Some(line)),
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
        let Some(value) = value.get(name).and_then(text) else {
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

/// What the client makes of a value of `env`.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) => Some(value.to_string()),
        Value::Number(number) => Some(match number.as_f64() {
            Some(float) if number.is_f64() => float.to_string(),
            _ => number.to_string(),
        }),
        _ => None,
    }
}

/// Byte offsets at which the lines of a text begin.
pub(super) struct Lines(Vec<usize>);

impl Lines {
    pub(super) fn of(text: &str) -> Self {
        let starts = text.match_indices('\n').map(|(at, _)| at + 1);
        Self(std::iter::once(0).chain(starts).collect())
    }

    /// The line of an offset, from 1.
    pub(super) fn at(&self, offset: usize) -> usize {
        self.0.partition_point(|start| *start <= offset)
    }
}
