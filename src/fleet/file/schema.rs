//! The fleet file's JSON schema, for editors that check and complete TOML.

use serde_json::{Map, json};

use super::common::{BRANCH, FORGES};
use super::selection::VISIBILITIES;
use crate::manifest;
use crate::model::Value;

/// Returns the schema.
#[must_use]
pub fn schema(profiles: &[&str], features: &[&str]) -> Value {
    let mut values = manifest::schema(profiles, features);
    let mut direct = Map::new();
    if let Some(values) = values.as_object_mut() {
        values.retain(|key, _| !matches!(key.as_str(), "$schema" | "title" | "required"));
        let about = "Keys that are written into every member's manifest.";
        values.insert("description".to_owned(), Value::from(about));
        if let Some(properties) = values.get_mut("properties").and_then(Value::as_object_mut) {
            properties.shift_remove("version");
            properties.values_mut().for_each(or_nothing);
            for key in ["profile", "pack", "features"] {
                let property = properties.get(key).cloned().unwrap_or_default();
                direct.insert(key.to_owned(), property);
            }
        }
    }
    let mut common = common();
    common.extend(direct);
    common.insert("values".to_owned(), values);
    let mut group = own();
    group.extend(common.clone());
    let group = json!({
        "type": "object",
        "properties": group,
        "required": ["name"],
        "additionalProperties": false,
    });
    let mut file = Map::new();
    file.insert(
        "version".to_owned(),
        json!({ "const": super::VERSION, "description": "Version of this file's format: 1." }),
    );
    file.extend(common);
    file.insert(
        "group".to_owned(),
        json!({
            "type": "array",
            "minItems": 1,
            "items": group,
            "description": "Groups of repositories; a repository belongs to the first that has it.",
        }),
    );
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "claude-fleet.toml",
        "type": "object",
        "properties": file,
        "required": ["version", "group"],
        "additionalProperties": false,
    })
}

/// As with `set KEY=`, nothing takes a key out of the members' manifests.
fn or_nothing(property: &mut Value) {
    let table = property.as_object_mut();
    if let Some(table) = table.filter(|table| table.contains_key("properties")) {
        if let Some(inner) = table.get_mut("properties").and_then(Value::as_object_mut) {
            inner.values_mut().for_each(or_nothing);
        }
        if let Some(rest) = table
            .get_mut("additionalProperties")
            .filter(|rest| rest.is_object())
        {
            or_nothing(rest);
        }
        return;
    }
    let about = property.get("description").cloned().unwrap_or_default();
    *property = json!({ "anyOf": [property, { "const": "" }], "description": about });
}

fn text(about: &str) -> Value {
    json!({ "type": "string", "minLength": 1, "description": about })
}

fn texts(about: &str) -> Value {
    let item = json!({ "type": "string", "minLength": 1 });
    json!({ "type": "array", "items": item, "description": about })
}

fn map<const N: usize>(pairs: [(&str, Value); N]) -> Map<String, Value> {
    let pairs = pairs.into_iter();
    pairs.map(|(key, value)| (key.to_owned(), value)).collect()
}

/// What may stand at the top and in each group.
fn common() -> Map<String, Value> {
    let words = "; may name {{ repository }}, {{ group }}, {{ files }}, {{ conflicts }}, \
                 {{ diffstat }} and {{ version }}.";
    map([
        (
            "branch",
            text(&format!("Branch that gets the commit; absent: {BRANCH}.")),
        ),
        ("message", text(&format!("Message of the commit{words}"))),
        ("title", text(&format!("Title of the merge request{words}"))),
        ("body", text(&format!("Body of the merge request{words}"))),
        ("labels", texts("Labels of the merge request.")),
        (
            "propose",
            json!({
                "enum": FORGES.map(|(name, _)| name),
                "description": "How merge requests are opened; absent: known by the address.",
            }),
        ),
        (
            "sign",
            json!({
                "type": "boolean",
                "description": "Whether commits are signed; absent: as git's commit.gpgSign says.",
            }),
        ),
    ])
}

/// What stands in a group alone.
fn own() -> Map<String, Value> {
    map([
        ("name", text("Name of the group, unique in this file.")),
        (
            "repositories",
            texts(
                "Paths and globs, relative to this file's folder, bare repositories, addresses, \
                 and `-` for the list on standard input.",
            ),
        ),
        (
            "include",
            texts("Of what globs and the list give, only names that match one of these globs."),
        ),
        (
            "exclude",
            texts("Of what globs and the list give, no name that matches one of these globs."),
        ),
        (
            "visibility",
            json!({
                "type": "array",
                "items": { "enum": VISIBILITIES },
                "description": "Of the list, only repositories that the forge shows to these.",
            }),
        ),
    ])
}
