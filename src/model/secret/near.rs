//! What a text that is no reference was meant to be. Only what is plainly a name is said again.

use super::read::build;
use super::{SCHEMES, Scheme, SecretRefError};

/// Other words for our schemes.
const ALIASES: [(&str, &str); 17] = [
    ("ENVIRONMENT", "ENV"),
    ("VARIABLE", "ENV"),
    ("HASHICORP", "VAULT"),
    ("OPENBAO", "VAULT"),
    ("BAO", "VAULT"),
    ("1PASSWORD", "OP"),
    ("ONEPASSWORD", "OP"),
    ("AWS", "AWS-SM"),
    ("SECRETSMANAGER", "AWS-SM"),
    ("GCP", "GCP-SM"),
    ("AZURE", "AZURE-KV"),
    ("KEYVAULT", "AZURE-KV"),
    ("KEYCHAIN", "KEYRING"),
    ("SECRET-TOOL", "KEYRING"),
    ("COMMAND", "CMD"),
    ("EXEC", "CMD"),
    ("SH", "CMD"),
];

/// The error for a text without a scheme: `VAULT/x`, `ENV=NAME`, `NAME`.
pub(super) fn near(text: &str) -> SecretRefError {
    if is_name(text) {
        return SecretRefError::NoScheme(Some(format!("ENV:{text}")));
    }
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    let (word, rest) = text.split_at(end.unwrap_or(text.len()));
    let rest = rest.trim_start_matches(['/', '=', ' ', '.', '|', ';', ',', '\\']);
    let known = SCHEMES
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(word));
    let meant = known.filter(|_| !rest.is_empty()).map(|(name, scheme)| {
        let shown = match scheme {
            Scheme::Env => is_name(rest),
            _ => is_words(rest) && build(*scheme, rest, 0).is_ok(),
        };
        format!("{name}:{}", if shown { rest } else { "…" })
    });
    SecretRefError::NoScheme(meant)
}

/// The error for a scheme that is none of ours.
pub(super) fn unknown(text: &str, name: &str) -> SecretRefError {
    if name.contains(['/', '=', ' ', '.']) {
        return near(text);
    }
    let upper = name.to_ascii_uppercase();
    let alias = ALIASES.iter().find(|(word, _)| *word == upper);
    let names = SCHEMES.iter().map(|(name, _)| *name);
    let distance = |name: &&str| strsim::damerau_levenshtein(name, &upper);
    let near = names
        .min_by_key(distance)
        .filter(|name| distance(name) <= 2);
    let near = alias.map(|(_, name)| *name).or(near);
    let word = name.len() <= 24 && near.is_some() || is_words(name);
    SecretRefError::UnknownScheme(word.then(|| name.to_owned()), near)
}

/// Whether a text is plainly the name of a variable: capitals, words, hardly a digit.
fn is_name(text: &str) -> bool {
    let capital = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.bytes().all(capital)
        && text.contains('_')
        && digits * 4 <= text.len()
        && build(Scheme::Env, text, 0).is_ok()
}

/// Whether a text is made of short words, as paths of stores are and keys are not.
fn is_words(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphabetic() || "-_/.#".contains(c);
    let mut words = text.split(|c: char| !c.is_ascii_alphabetic());
    text.len() <= 64 && text.chars().all(plain) && words.all(|word| word.len() <= 16)
}
