//! Files of lines: env files, shell scripts, Aider's configuration.

use super::variables::{self, Variable};
use super::{Finds, Kept, Spelled};

/// Takes the variables of an env file.
pub(super) fn env(found: &mut Finds, file: &str, text: &str, kept: Kept) {
    let set = numbered(text).filter_map(|(line, text)| {
        let text = text.strip_prefix("export ").unwrap_or(text);
        let (name, value) = text.split_once('=')?;
        variable(file, line, name.trim(), value.trim())
    });
    variables::take(found, &set.collect::<Vec<_>>(), kept);
}

/// Takes what a script exports in plain words; nothing of it is run.
pub(super) fn script(found: &mut Finds, file: &str, text: &str) {
    let set = numbered(text).filter_map(|(line, text)| {
        let (name, value) = text.strip_prefix("export ")?.split_once('=')?;
        let mut variable = variable(file, line, name.trim(), value)?;
        if let Some(given) = default(&variable).filter(|given| !given.is_empty()) {
            variable.value = given;
        }
        Some(variable)
    });
    variables::take(found, &set.collect::<Vec<_>>(), Kept::Committed);
}

/// Takes the address that Aider asks.
pub(super) fn aider(found: &mut Finds, file: &str, text: &str) {
    for (line, text) in numbered(text) {
        let Some(value) = text.strip_prefix("openai-api-base:") else {
            continue;
        };
        let at = spelled(file, line, "openai-api-base");
        let value = unquoted(value.trim());
        if variables::says(value) {
            found.value("gateway.openai_url", value, &at);
        }
    }
}

fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.trim_start_matches('\u{feff}').lines();
    lines
        .enumerate()
        .map(|(number, line)| (number + 1, line.trim()))
}

fn variable(file: &str, line: usize, name: &str, value: &str) -> Option<Variable> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (!name.is_empty() && name.chars().all(plain)).then(|| Variable {
        name: name.to_owned(),
        value: unquoted(value).to_owned(),
        at: spelled(file, line, name),
    })
}

fn spelled(file: &str, line: usize, name: &str) -> Spelled {
    Spelled {
        file: file.to_owned(),
        line: Some(line),
        name: name.to_owned(),
    }
}

/// The first word of a line's rest, without the quotes around it.
fn unquoted(value: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(rest) = value.strip_prefix(quote) {
            return rest.split(quote).next().unwrap_or(rest);
        }
    }
    let value = value.split(" #").next().unwrap_or(value);
    value.split([';', '&']).next().unwrap_or(value).trim_end()
}

/// What `${NAME:-value}` gives where nobody has set `NAME` itself.
fn default(variable: &Variable) -> Option<String> {
    let inner = variable.value.strip_prefix("${")?.strip_suffix('}')?;
    let (name, value) = inner.split_once(":-").or_else(|| inner.split_once('-'))?;
    (name == variable.name).then(|| value.to_owned())
}
