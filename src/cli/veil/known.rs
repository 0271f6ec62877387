//! What the surroundings say under the name of a credential.
#![expect(
    clippy::disallowed_methods,
    reason = "a place that reads the environment, like `host`"
)]

use std::env;

use zeroize::Zeroizing;

use super::SHORTEST;
use crate::model::{
    SecretRef, SecretRefError, is_of_the_gateway, is_placeholder, is_secret_header, redact,
};

/// Returns the values of the environment and of the arguments that are keys by their names.
pub(super) fn around() -> Vec<Zeroizing<String>> {
    let pairs = env::vars_os().filter_map(|(name, value)| {
        let value = Zeroizing::new(value.into_string().ok()?);
        Some((name.into_string().ok()?, value))
    });
    let mut found = Vec::new();
    for (name, value) in pairs {
        variable(&name, &value, &mut found);
    }
    let words: Vec<_> = env::args_os()
        .skip(1)
        .filter_map(|word| word.into_string().ok().map(Zeroizing::new))
        .collect();
    arguments(&words, &mut found);
    found
}

fn variable(name: &str, value: &str, found: &mut Vec<Zeroizing<String>>) {
    if name.ends_with("_CUSTOM_HEADERS") {
        for line in value.lines() {
            let Some((header, value)) = line.split_once(':') else {
                continue;
            };
            if is_secret_header(&header.trim().to_ascii_lowercase()) {
                keep(value.trim().trim_start_matches("Bearer "), found);
            }
        }
        return;
    }
    let header = name.strip_prefix("HEADER_").map(str::to_ascii_lowercase);
    let is_plain = header.is_some_and(|name| !is_secret_header(&name.replace('_', "-")));
    if is_of_the_gateway(name) && (!is_plain || is_drawn(value.trim())) {
        keep(value.trim(), found);
    } else if redact(name, value) != value && is_drawn(value.trim()) {
        keep(value.trim(), found);
        // Private keys have many lines, and a message shows one.
        let lines = value.lines().map(str::trim).filter(|line| line.len() > 24);
        lines.for_each(|line| keep(line, found));
    } else if let Some(password) = password(value) {
        keep(password, found);
    }
}

/// A value is told from a word, a name or a path, such as those of `SORT_KEY` and `SSH_KEY`.
fn is_drawn(value: &str) -> bool {
    let is_path = value.starts_with(['/', '~', '.', '$', '%']) || value.get(1..3) == Some(":\\");
    let has = |test: fn(char) -> bool| value.contains(test);
    let mixed = has(|c| c.is_ascii_lowercase()) && has(|c| c.is_ascii_uppercase());
    let drawn = has(|c| c.is_ascii_digit()) || mixed || value.len() >= 20;
    !is_path && drawn && value.len() >= 12
}

/// The password of an address.
fn password(value: &str) -> Option<&str> {
    let (_, rest) = value.split_once("://")?;
    let (user_info, _) = rest.split(['/', '?', '#']).next()?.rsplit_once('@')?;
    user_info.split_once(':').map(|(_, password)| password)
}

/// Keys typed where a reference belongs.
fn arguments(words: &[Zeroizing<String>], found: &mut Vec<Zeroizing<String>>) {
    let mut before = "";
    for word in words {
        let assignment = word.strip_prefix("--set=").unwrap_or(word);
        match assignment.split_once('=') {
            Some(("--ref", value)) => typed(value, found),
            Some((key, value)) => {
                let name = key.rsplit('.').next().unwrap_or(key).to_ascii_lowercase();
                if name == "ref" || is_secret_header(&name) || redact(&name, value) != value {
                    typed(value, found);
                }
            }
            None if before == "--ref" => typed(word, found),
            None => {}
        }
        before = word;
    }
}

fn typed(value: &str, found: &mut Vec<Zeroizing<String>>) {
    use SecretRefError::{Literal, NoScheme, UnknownScheme};
    let parsed = SecretRef::parse(value);
    let is_none = matches!(parsed, Err(Literal | NoScheme(_) | UnknownScheme(..)));
    if is_none && is_drawn(value) {
        keep(value, found);
    }
}

fn keep(value: &str, found: &mut Vec<Zeroizing<String>>) {
    if value.len() >= SHORTEST && !is_placeholder(value) {
        found.push(Zeroizing::new(value.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, value: &str, expected: &[&str]) {
        let mut found = Vec::new();
        variable(name, value, &mut found);
        let found: Vec<&str> = found.iter().map(|value| value.as_str()).collect();
        assert_eq!(found, expected, "{name}");
    }

    #[test]
    fn what_the_environment_calls_a_key_is_one() {
        check("GATEWAY_TOKEN", " wordsword ", &["wordsword"]);
        check("HEADER_X_API_KEY", "wordsword", &["wordsword"]);
        check("VAULT_TOKEN", "root.token.0123", &["root.token.0123"]);
        check("HTTPS_PROXY", "http://u:hush-hush@p:1/", &["hush-hush"]);
        check(
            "ANTHROPIC_CUSTOM_HEADERS",
            "x-tag: a-long-value\nAuthorization: Bearer hush-hush",
            &["hush-hush"],
        );
        for (name, value) in [
            ("GATEWAY_TOKEN", "short"),
            ("GATEWAY_TOKEN", "your-gateway-key-here"),
            ("HEADER_X_TEAM", "wordsword"),
            ("SSH_KEY", "/home/ada/.ssh/id_ed25519"),
            ("SORT_KEY", "created_at"),
            ("PATH", "/usr/bin:/bin/0123456789"),
            ("API_KEY", "VAULT:secret/gateway#key1"),
            ("HTTPS_PROXY", "http://proxy.internal:3128"),
        ] {
            check(name, value, &[]);
        }
    }

    #[test]
    fn a_key_typed_for_a_reference_is_one() {
        let find = |words: &[&str]| {
            let words: Vec<_> = words
                .iter()
                .map(|w| Zeroizing::new((*w).to_owned()))
                .collect();
            let mut found = Vec::new();
            arguments(&words, &mut found);
            found.len()
        };
        let key = "wandering-0123456789";
        assert_eq!(find(&["key", "--ref", key]), 1);
        assert_eq!(find(&["key", &format!("--ref={key}")]), 1);
        assert_eq!(find(&["set", &format!("credential.ref={key}")]), 1);
        assert_eq!(
            find(&["init", &format!("--set=headers.x-api-key={key}")]),
            1
        );
        assert_eq!(find(&["set", &format!("telemetry.project_tag={key}")]), 0);
        assert_eq!(find(&["key", "--ref", "ENV:A_LONG_NAME_0123"]), 0);
    }
}
