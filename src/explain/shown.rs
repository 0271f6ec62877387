//! Values as they may be shown: credentials as fingerprints.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::Facts;
use crate::catalog::Meaning;
use crate::model::{Value, hide, is_secret_header, mask_value};

/// Returns the first digits of a credential's digest, by which two can be told apart.
#[must_use]
pub fn fingerprint(secret: &str) -> String {
    let digest = Sha256::digest(secret.as_bytes());
    let bytes = digest.iter().take(4);
    bytes.fold("sha256:".to_owned(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

impl Facts {
    /// Returns a variable's value as it may be shown.
    pub(super) fn shown(&self, name: &str, value: &str) -> String {
        let row = self.variables.iter().find(|row| row.name == name);
        match row.map(|row| row.meaning) {
            _ if value.is_empty() => String::new(),
            Some(Meaning::Credential) => fingerprint(value),
            _ if name.starts_with("OTEL_EXPORTER_") && name.ends_with("_HEADERS") => {
                fingerprint(value)
            }
            Some(Meaning::Headers) => header_lines(value),
            _ => match mask_value(name, &Value::from(value)) {
                Value::String(shown) => hide(&shown),
                _ => hide(value),
            },
        }
    }
}

/// Returns a header's value as it may be shown.
pub(super) fn header(name: &str, value: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let secret = is_secret_header(&lower);
    if !secret {
        return hide(value);
    }
    match value.split_once(' ') {
        Some((scheme @ ("Bearer" | "Basic"), rest)) => format!("{scheme} {}", fingerprint(rest)),
        _ if value.is_empty() => String::new(),
        _ => fingerprint(value),
    }
}

fn header_lines(text: &str) -> String {
    let shown = text.lines().map(|line| match line.split_once(':') {
        Some((name, value)) => format!("{name}: {}", header(name.trim(), value.trim())),
        None => hide(line),
    });
    shown.collect::<Vec<_>>().join("\n")
}
