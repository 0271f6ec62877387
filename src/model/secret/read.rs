//! Text → reference: the grammar of our own spelling.

use super::argv::{arn_region, sops_key, split_region};
use super::near::{near, unknown};
use super::spell;
use super::words::split;
use super::{SCHEMES, Scheme, SecretRef, SecretRefError};
use crate::model::is_harmful;
use crate::model::shape::holds_secret;

/// The longest reference; what stores name things is shorter.
const LONGEST: usize = 4096;

/// What is wrong with a rest, and at which byte of it.
type Fault = (&'static str, usize);

pub(super) fn read(text: &str) -> Result<SecretRef, SecretRefError> {
    if text.len() > LONGEST {
        return Err(SecretRefError::Character(
            "is at most 4096 bytes long",
            LONGEST,
        ));
    }
    if holds_secret(text) {
        return Err(SecretRefError::Literal);
    }
    if let Some(at) = text.find(is_harmful) {
        return Err(SecretRefError::Character("holds no control character", at));
    }
    if let Some(read) = spell::read(text) {
        return read;
    }
    let Some((name, rest)) = text.split_once(':') else {
        return Err(near(text));
    };
    let known = SCHEMES
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name));
    match known {
        Some((_, scheme)) => build(*scheme, rest, name.len() + 1),
        None => Err(spell::instead_of(name, 0).unwrap_or_else(|| unknown(text, name))),
    }
}

/// Reads what follows the scheme; `at` is where it stands in the whole text.
pub(super) fn build(scheme: Scheme, tail: &str, at: usize) -> Result<SecretRef, SecretRefError> {
    let (rest, field) = match tail.split_once('#') {
        Some((rest, field)) if scheme != Scheme::Command => (rest, Some(field)),
        _ => (tail, None),
    };
    make(scheme, rest, field, at)
}

/// Makes a reference of its parts, once they are decoded; `at` is where the rest stands.
pub(super) fn make(
    scheme: Scheme,
    rest: &str,
    field: Option<&str>,
    at: usize,
) -> Result<SecretRef, SecretRefError> {
    if holds_secret(rest) || field.is_some_and(holds_secret) {
        return Err(SecretRefError::Literal);
    }
    let fault = |(why, offset): Fault| SecretRefError::Rest(scheme, why, at + offset);
    if rest.contains(is_harmful) || field.is_some_and(|field| field.contains(is_harmful)) {
        return Err(fault(("holds a control character", 0)));
    }
    check_rest(scheme, rest).map_err(fault)?;
    let below = rest.len() + 1;
    check_field(scheme, field).map_err(|(why, offset)| fault((why, below + offset)))?;
    Ok(SecretRef {
        scheme,
        rest: rest.to_owned(),
        field: field.map(str::to_owned),
    })
}

fn check_rest(scheme: Scheme, rest: &str) -> Result<(), Fault> {
    if rest.is_empty() {
        return Err(("names nothing", 0));
    }
    if rest.trim() != rest {
        let before = rest.len() - rest.trim_start().len();
        let at = if before > 0 { 0 } else { rest.trim_end().len() };
        return Err(("has blanks around it", at));
    }
    if scheme != Scheme::Command {
        if let Some(at) = rest.find('#') {
            return Err(("has a `#` in its name", at));
        }
        if rest.starts_with("//") {
            return Err(("has an empty name between its slashes", 0));
        }
    }
    match scheme {
        Scheme::Env if !is_variable(rest) => {
            let wrong = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
            let at = rest.find(wrong).unwrap_or(0);
            Err(("is not the name of an environment variable", at))
        }
        Scheme::Env if is_taken(rest) => {
            Err(("names a variable that holds something else than a key", 0))
        }
        Scheme::Env => Ok(()),
        Scheme::Vault | Scheme::Pass => check_path(rest).and_then(|()| no_option(rest, 0)),
        Scheme::OnePassword => match rest.split('/').count() {
            3 | 4 => no_gaps(rest),
            _ => Err(("needs `vault/item/field`", 0)),
        },
        Scheme::AwsSecretsManager => check_aws(rest),
        Scheme::GcpSecretManager => {
            let why = "needs `project/secret`, or `project/secret/version`";
            check_segments(rest, "-_.:", why)
        }
        Scheme::AzureKeyVault => {
            let why = "needs `vault/secret`, or `vault/secret/version`";
            check_segments(rest, "-", why)
        }
        Scheme::Keyring => match rest.split_once('/') {
            Some((service, account)) if !service.is_empty() && !account.is_empty() => {
                no_option(service, 0).and_then(|()| no_option(account, service.len() + 1))
            }
            _ => Err(("needs `service/account`", 0)),
        },
        Scheme::Sops => no_option(rest, 0),
        Scheme::Command => match split(rest)?.first() {
            Some(program) if !program.is_empty() => no_option(program, 0),
            _ => Err(("names no program", 0)),
        },
    }
}

fn check_field(scheme: Scheme, field: Option<&str>) -> Result<(), Fault> {
    let Some(field) = field else {
        return match scheme {
            Scheme::Sops => Err(("needs `file#key`", 0)),
            _ => Ok(()),
        };
    };
    if !scheme.takes_field() {
        return Err(("has no fields: nothing may follow a `#`", 0));
    }
    if field.is_empty() || field.trim() != field {
        return Err(("has no name of a field behind the `#`", 0));
    }
    if let Some(at) = field.find('#') {
        return Err(("has more than one `#`", at));
    }
    if scheme == Scheme::Sops {
        // SOPS reads the keys between brackets and quotes and knows no escapes.
        if let Some(at) = field.find(['"', '\'', '[', ']', '\\']) {
            return Err(("has a key that SOPS cannot be asked for", at));
        }
        if sops_key(field).contains(&"") {
            return Err(("has an empty key", 0));
        }
    }
    Ok(())
}

/// A path of which no segment is empty or leads elsewhere.
fn check_path(rest: &str) -> Result<(), Fault> {
    no_gaps(rest)?;
    match rest
        .split('/')
        .find(|segment| matches!(*segment, "." | ".."))
    {
        Some(_) => Err(("has a `.` or `..` in its path", 0)),
        None => Ok(()),
    }
}

fn no_gaps(rest: &str) -> Result<(), Fault> {
    let mut at = 0;
    for segment in rest.split('/') {
        if segment.trim().is_empty() {
            return Err(("has an empty name between its slashes", at));
        }
        at += segment.len() + 1;
    }
    Ok(())
}

/// Names of clouds: letters, digits and little more, each of them an argument of its own.
fn check_segments(rest: &str, more: &str, why: &'static str) -> Result<(), Fault> {
    if !matches!(rest.split('/').count(), 2 | 3) {
        return Err((why, 0));
    }
    no_gaps(rest)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '/' || more.contains(c);
    if let Some(at) = rest.find(|c| !plain(c)) {
        return Err(("has a character that its names do not have", at));
    }
    let mut at = 0;
    for segment in rest.split('/') {
        no_option(segment, at)?;
        at += segment.len() + 1;
    }
    Ok(())
}

fn check_aws(rest: &str) -> Result<(), Fault> {
    let (id, region) = split_region(rest);
    let plain = |c: char| c.is_ascii_alphanumeric() || "/_+=.@!:-".contains(c);
    if let Some(at) = id.find(|c| !plain(c)) {
        return Err(("has a character that names of secrets do not have", at));
    }
    if id.starts_with("arn:") && !is_arn(id) {
        return Err((
            "needs `arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME`",
            0,
        ));
    }
    if id.is_empty() || (!id.starts_with("arn:") && id.contains(':')) {
        return Err(("needs a secret's name or ARN", 0));
    }
    no_option(id, 0)?;
    for region in region.into_iter().chain(arn_region(id)) {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if region.is_empty() || region.starts_with('-') || !region.chars().all(plain) {
            return Err(("names no region of AWS", rest.find(region).unwrap_or(0)));
        }
    }
    Ok(())
}

fn is_arn(id: &str) -> bool {
    let words: Vec<&str> = id.split(':').collect();
    matches!(words.as_slice(), ["arn", partition, "secretsmanager", region, account, "secret", name]
        if partition.starts_with("aws") && !region.is_empty() && !name.is_empty()
            && account.bytes().all(|b| b.is_ascii_digit()))
}

fn no_option(word: &str, at: usize) -> Result<(), Fault> {
    if word.starts_with('-') {
        return Err((
            "begins with `-`, which a program would take for an option",
            at,
        ));
    }
    Ok(())
}

fn is_variable(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Variables that the client, the run script or the system reads for something else.
fn is_taken(name: &str) -> bool {
    let tail = ["_URL", "_MODEL", "_TIMEOUT_MS", "_HEADERS"];
    let vendor = ["ANTHROPIC_", "OPENAI_", "API_", "CLAUDE_CODE_"];
    matches!(
        name,
        "PATH" | "HOME" | "PWD" | "SHELL" | "USER" | "IFS" | "ENV" | "TMPDIR"
    ) || (vendor.iter().any(|v| name.starts_with(v)) && tail.iter().any(|t| name.ends_with(t)))
}
