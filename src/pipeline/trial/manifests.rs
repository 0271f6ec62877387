//! Manifests that nobody would write, and some that everybody writes.

use std::collections::{BTreeMap, BTreeSet};

use super::random::Random;
use crate::catalog::Catalog;
use crate::manifest::{Entry, Manifest, check_value};
use crate::model::Value;

/// A text with everything that some language gives a meaning; the apostrophe in the middle cannot stand
/// as it is between a script's quotes.
pub(super) const ODD: &str = r#"it's "q" \n $HOME `id` #{x} %P% & ; | <a> !"#;
const WIDE: &str = "ünï cödé → ☃ it's";

/// A manifest and what is particular about it.
pub(super) struct Case {
    pub(super) about: String,
    pub(super) manifest: Manifest,
}

/// Which of a profile's features a manifest takes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Taken<'a> {
    /// As the profile has them.
    All,
    /// One alone.
    Alone(&'a str),
    /// All but one.
    Without(&'a str),
}

/// The texts that are tried under a key; those that the key does not allow are left out.
fn texts(key: &str) -> Vec<&'static str> {
    match key {
        "visibility" => vec!["private", "public", "unknown"],
        "credential.header" => vec!["bearer", "x-api-key"],
        "gateway.url" | "gateway.openai_url" => vec![
            "https://gateway.example.com/v1",
            "https://gw.example:8443/a_b-c/~d/v1/",
            "http://127.0.0.1:4000",
        ],
        "credential.ref" => vec![
            "ENV:GATEWAY_KEY",
            "ENV:ANTHROPIC_API_KEY",
            "VAULT:it's/a \"path\"#field",
            "CMD:print-key --for \"a b\" it's $HOME",
            "OP:vault/item/field",
            "PASS:a/b c",
        ],
        "headers.x-odd" => vec![ODD, "plain"],
        "headers.x-stored" => vec!["ENV:STORED_VALUE", "VAULT:it's/stored#value"],
        "models.default" | "models.fast" | "models.reasoning" | "models.odd" => {
            vec!["claude-sonnet-4-6", "vendor/model@2:free%20{x}#[y]*~", "a"]
        }
        "telemetry.project_tag" | "telemetry.cost_center" => vec![ODD, "tag", WIDE],
        "launcher.path" => vec!["scripts/run-claude.sh", "run.sh", "a b/ünï/run it.sh"],
        "launcher.env_file" => vec![".env", ".env.claude", "a b/ünï/.env"],
        "launcher.env_template" => vec![".env.template", ".env.example", "a b/.env sample"],
        "ci.stage" => vec!["test", ODD, WIDE],
        _ => Vec::new(),
    }
}

const KEYS: [&str; 17] = [
    "visibility",
    "gateway.url",
    "gateway.openai_url",
    "credential.ref",
    "credential.header",
    "headers.x-odd",
    "headers.x-stored",
    "models.default",
    "models.fast",
    "models.reasoning",
    "models.odd",
    "telemetry.project_tag",
    "telemetry.cost_center",
    "launcher.path",
    "launcher.env_file",
    "launcher.env_template",
    "ci.stage",
];

/// Returns the manifest of a seed; the first says nothing but its profile, the second what most do.
pub(super) fn case(catalog: &Catalog, profile: &str, taken: Taken<'_>, seed: u64) -> Case {
    let mut entries: BTreeMap<String, Value> = BTreeMap::new();
    let mut random = Random::new(seed);
    for key in KEYS {
        let allowed = |text: &&&str| check_value(key, &Value::from(**text)).is_ok();
        let all = texts(key);
        let all: Vec<&str> = all.iter().filter(allowed).copied().collect();
        let text = match seed {
            0 => None,
            1 => all.first().filter(|_| key.starts_with("gateway.")),
            // Where a value is odd, all that can be are.
            2 => all.iter().max_by_key(|text| oddness(text)),
            _ => random.pick(&all).filter(|_| !random.once_in(4)),
        };
        entries.extend(text.map(|text| (key.to_owned(), Value::from(*text))));
    }
    if seed > 1 {
        let kinds = catalog.gateway_names();
        let at = usize::try_from(seed).unwrap_or(0) % kinds.len().max(1);
        entries.extend(
            kinds
                .get(at)
                .map(|kind| ("gateway.kind".to_owned(), Value::from(*kind))),
        );
        if seed.is_multiple_of(3) {
            let models = vec!["claude-haiku-4-5", "vendor/model@2"];
            entries.insert("models.fallback".to_owned(), Value::from(models));
        }
    }
    let listed = listed(catalog, profile, taken, seed);
    let about = about(profile, &listed, seed);
    if !listed.is_empty() {
        entries.insert("features".to_owned(), Value::from(listed));
    }
    entries.insert("version".to_owned(), Value::from(1));
    entries.insert("profile".to_owned(), Value::from(profile));
    let locks = catalog.locks();
    entries.retain(|key, _| matches!(key.as_str(), "profile") || !locks.contains_key(key.as_str()));
    let entry = |value| Entry { value, offset: 0 };
    let entries = entries.into_iter().map(|(key, value)| (key, entry(value)));
    Case {
        about,
        manifest: Manifest {
            path: "claude-scaffold.toml".to_owned(),
            text: String::new(),
            entries: entries.collect(),
        },
    }
}

/// How many seeds it takes to see every gateway.
pub(super) fn seeds(catalog: &Catalog) -> u64 {
    let kinds = catalog.gateway_names().len().min(40);
    u64::try_from(kinds).unwrap_or(0).max(10) + 2
}

fn oddness(text: &str) -> usize {
    let odd = |c: &char| !c.is_ascii_alphanumeric();
    text.chars().filter(odd).count()
}

/// The `features` of a manifest.
fn listed(catalog: &Catalog, profile: &str, taken: Taken<'_>, seed: u64) -> Vec<String> {
    let of_profile = catalog.profile(profile).map(|profile| profile.features);
    let of_profile = of_profile.unwrap_or_default();
    let required: BTreeSet<&str> = catalog
        .packs
        .iter()
        .flat_map(|pack| pack.required.iter().map(String::as_str))
        .collect();
    let holds = |name: &str, inner: &str| {
        let feature = catalog.feature(name).unwrap_or_default();
        feature.includes.iter().any(|included| included == inner)
    };
    match taken {
        Taken::Without(name) => vec![format!("-{name}")],
        Taken::Alone(name) => {
            let others = catalog.feature_names().into_iter().filter(|other| {
                *other != name
                    && !required.contains(other)
                    && !holds(other, name)
                    && !holds(name, other)
                    && !required.iter().any(|needed| holds(other, needed))
            });
            let mut listed: Vec<String> = others.map(|other| format!("-{other}")).collect();
            if !of_profile.iter().any(|of_profile| of_profile == name) {
                listed.push(name.to_owned());
            }
            listed
        }
        // A profile names one kind of CI; the other takes its place now and then.
        Taken::All if seed % 2 == 1 => {
            let swap = |out: &str, into: &str| {
                let fits = of_profile.iter().any(|name| name == out) && !required.contains(out);
                let known = catalog.feature_names().contains(&into);
                (fits && known).then(|| vec![format!("-{out}"), into.to_owned()])
            };
            swap("ci-github", "ci-gitlab").unwrap_or_default()
        }
        Taken::All => Vec::new(),
    }
}

fn about(profile: &str, listed: &[String], seed: u64) -> String {
    let features = match listed {
        [] => String::new(),
        [one] => format!(", features [{one}]"),
        [.., last] if !last.starts_with('-') => format!(", feature {last} alone"),
        _ => ", one feature alone".to_owned(),
    };
    format!("profile {profile}{features}, seed {seed}")
}
