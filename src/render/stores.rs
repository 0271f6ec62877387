//! What the scripts need to ask the stores of this repository, and only those.

use std::collections::BTreeSet;

use serde_json::json;

use crate::catalog::{Catalog, CatalogError, Store};
use crate::model::{Parts, Scheme, SecretRef, Value};

/// Variables that hold a key whatever the manifest says; the scripts name them themselves.
const ALWAYS: [&str; 5] = [
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
    "ANTHROPIC_CUSTOM_HEADERS",
    "OPENAI_API_KEY",
    "GATEWAY_TOKEN",
];

/// The reference, the script's function that asks its store, and the words the function takes.
pub(super) struct Call {
    kind: &'static str,
    words: Vec<String>,
}

impl Call {
    /// Returns how a reference is asked for; none for the environment.
    pub(super) fn of(reference: &SecretRef) -> Option<Self> {
        let kind = kind(reference.scheme)?;
        let words = match reference.parts() {
            Parts::Vault { path, field } => vec![path, field.to_owned()],
            Parts::Keyring { service, account } => vec![service.to_owned(), account.to_owned()],
            Parts::Aws { .. } | Parts::Gcp { .. } | Parts::Azure { .. } => {
                let mut words = vec![reference.field.clone().unwrap_or_default()];
                words.extend(reference.argv());
                words
            }
            _ => reference.argv(),
        };
        Some(Self { kind, words })
    }

    /// Returns the words of the call in sh: reference, function, its arguments.
    pub(super) fn sh(&self, reference: &SecretRef) -> Vec<String> {
        let mut words = vec![reference.to_string(), format!("cs_{}", self.kind)];
        words.extend(self.words.iter().cloned());
        words
    }

    /// Returns the words of the call in `PowerShell`: reference, kind, its arguments.
    pub(super) fn ps1(&self, reference: &SecretRef) -> Vec<String> {
        let mut words = vec![reference.to_string(), self.kind.to_owned()];
        words.extend(self.words.iter().cloned());
        words
    }
}

/// The parts of a script that ask these references: one row, or none where no store is asked.
pub(super) fn parts<'a>(
    references: impl Iterator<Item = &'a SecretRef>,
    catalog: &Catalog,
) -> Result<Value, CatalogError> {
    let mut schemes: BTreeSet<&str> = BTreeSet::new();
    let mut kinds: BTreeSet<&str> = BTreeSet::new();
    for reference in references {
        if let Some(kind) = kind(reference.scheme) {
            schemes.insert(reference.scheme.as_str());
            kinds.insert(kind);
        }
    }
    if schemes.is_empty() {
        return Ok(json!([]));
    }
    let rows = catalog.stores()?;
    let known = rows.iter().filter(|row| !row.login.is_empty());
    let declared = known.filter(|row| schemes.contains(row.scheme.as_str()));
    let list: Vec<Value> = declared.map(facts).collect();
    let has = |kind: &str| kinds.contains(kind);
    Ok(json!([{
        "list": list,
        "vault": has("vault"),
        "json": has("json"),
        "pick": has("vault") || has("json"),
        "keyring": has("keyring"),
        "pass": has("pass"),
        "line": has("line"),
    }]))
}

/// Variables that are taken out of the environment, and those of them that the client does not get back.
pub(super) fn hidden(credential: &str, headers: &[String], scripts_inside: &[&str]) -> Value {
    let mut names: BTreeSet<&str> = headers.iter().map(String::as_str).collect();
    let mut dropped = names.clone();
    names.insert(credential);
    dropped.extend([credential, "GATEWAY_TOKEN"]);
    names.retain(|name| !ALWAYS.contains(name));
    // The scripts drop `ANTHROPIC_…` themselves.
    dropped.retain(|name| {
        let kept = *name == "OPENAI_API_KEY" || scripts_inside.contains(name);
        !kept && !name.starts_with("ANTHROPIC_")
    });
    json!({ "names": names, "dropped": dropped })
}

fn kind(scheme: Scheme) -> Option<&'static str> {
    match scheme {
        Scheme::Env => None,
        Scheme::Vault => Some("vault"),
        Scheme::AwsSecretsManager | Scheme::GcpSecretManager | Scheme::AzureKeyVault => {
            Some("json")
        }
        Scheme::Pass => Some("pass"),
        Scheme::Keyring => Some("keyring"),
        Scheme::OnePassword | Scheme::Sops | Scheme::Command => Some("line"),
    }
}

fn facts(row: &Store) -> Value {
    // No text is empty, so this matches none.
    let nothing = || "''".to_owned();
    let pattern = |words: &[String]| {
        let quoted = words.iter().map(|word| word.replace('\'', "'\\''"));
        let pattern: Vec<String> = quoted.map(|word| format!("*'{word}'*")).collect();
        Some(pattern.join(" | "))
            .filter(|pattern| !pattern.is_empty())
            .unwrap_or_else(nothing)
    };
    json!({
        "scheme": row.scheme,
        "name": row.name,
        "login": row.login,
        "install": row.install,
        "logged_out": pattern(&row.logged_out),
        "missing": pattern(&row.missing),
        "unavailable": pattern(&row.unavailable),
        "logged_out_regex": regex(&row.logged_out),
        "missing_regex": regex(&row.missing),
        "unavailable_regex": regex(&row.unavailable),
    })
}

/// Any of these words, as .NET reads a pattern; of no words, one that matches nothing.
fn regex(words: &[String]) -> String {
    let escape = |word: &String| {
        word.chars().fold(String::new(), |mut text, c| {
            if c.is_ascii_punctuation() {
                text.push('\\');
            }
            text.push(c);
            text
        })
    };
    let words: Vec<String> = words.iter().map(escape).collect();
    if words.is_empty() {
        "(?!)".to_owned()
    } else {
        words.join("|")
    }
}
