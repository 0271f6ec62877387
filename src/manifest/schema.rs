//! The manifest's JSON schema, made from its table of keys.

use serde_json::{Map, json};

use super::keys::{KEYS, Kind};
use crate::model::Value;

/// Returns the schema, for editors that check and complete TOML.
#[must_use]
pub fn schema(profiles: &[&str], features: &[&str]) -> Value {
    let mut root = table();
    for key in KEYS {
        let mut value = of_kind(key.kind, profiles, features);
        value["description"] = Value::from(key.about);
        match key.name.split_once('.') {
            None => root["properties"][key.name] = value,
            Some((name, inner)) => {
                let this = &mut root["properties"][name];
                if this.is_null() {
                    *this = table();
                }
                if name == "launcher" {
                    for path in ["path", "env_file", "env_template"] {
                        this["properties"][path] = value.clone();
                    }
                } else if inner == "*" {
                    this["additionalProperties"] = value;
                } else {
                    this["properties"][inner] = value;
                }
            }
        }
    }
    root["$schema"] = Value::from("https://json-schema.org/draft/2020-12/schema");
    root["title"] = Value::from("claude-scaffold.toml");
    root["required"] = json!(["version", "profile"]);
    root
}

fn table() -> Value {
    json!({ "type": "object", "properties": Map::new(), "additionalProperties": false })
}

fn of_kind(kind: Kind, profiles: &[&str], features: &[&str]) -> Value {
    match kind {
        Kind::Version => json!({ "const": super::VERSION }),
        Kind::Count => json!({ "type": "integer", "minimum": 1 }),
        Kind::Milliseconds => json!({ "type": "integer", "minimum": 1, "maximum": 2_147_483_647 }),
        Kind::OneOf(words) => json!({ "enum": words }),
        Kind::Profile => json!({ "enum": profiles }),
        Kind::Features => {
            let off = features.iter().map(|name| format!("-{name}"));
            let names: Vec<String> = features
                .iter()
                .map(ToString::to_string)
                .chain(off)
                .collect();
            json!({ "type": "array", "items": { "enum": names }, "uniqueItems": true })
        }
        Kind::Models => json!({ "type": "array", "items": { "type": "string" } }),
        Kind::Url => json!({ "type": "string", "format": "uri" }),
        _ => json!({ "type": "string", "minLength": 1 }),
    }
}
