//! CS104: references that nobody looks up, and headers that are none.

use super::Scene;
use crate::model::{Diagnostic, Home, Sighting};

const HEADERS: &str = "ANTHROPIC_CUSTOM_HEADERS";
/// Beginnings of references that tools of other makers look up, and ours.
const SCHEMES: [&str; 12] = [
    "op://",
    "VAULT:",
    "ENV:",
    "OP:",
    "AWS-SM:",
    "GCP-SM:",
    "AZURE-KV:",
    "KEYRING:",
    "SOPS:",
    "vault:",
    "ref+",
    "arn:aws:secretsmanager:",
];

/// Returns every reference that reaches its reader as letters, and every header that is broken.
pub(super) fn unexpanded(scene: &Scene<'_>) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = scene
        .sightings
        .iter()
        .filter_map(|sighting| reference(scene, sighting))
        .collect();
    let headers = scene.named(HEADERS);
    found.extend(headers.flat_map(|headers| lines(scene, headers)));
    found
}

fn reference(scene: &Scene<'_>, sighting: &Sighting) -> Option<Diagnostic> {
    let (value, name) = (sighting.value.as_str(), &sighting.name);
    let (reader, found) = match sighting.home {
        home if home.is_settings() && sighting.block == "env" => (
            "the client",
            variable(value, true).or_else(|| scheme(value)),
        ),
        home if home.is_settings() && matches!(name.as_str(), "model" | "fallbackModel") => {
            ("the client", variable(value, true))
        }
        Home::Editor if sighting.block == "claudeCode.environmentVariables" => (
            "the extension",
            variable(value, true).or_else(|| scheme(value)),
        ),
        Home::Editor if sighting.block.starts_with("terminal.") => {
            let rest = value.replace("${env:", "").replace("${workspaceFolder", "");
            let known = rest.len() != value.len();
            (
                "VS Code",
                variable(value, true)
                    .filter(|_| !known)
                    .or_else(|| scheme(value)),
            )
        }
        Home::Workflow if !sighting.block.is_empty() => {
            let expression = value.contains("${{");
            let in_script = scene.role(sighting).is_none() && variable(value, false).is_some();
            let held = variable(value, false).filter(|_| !expression && !in_script);
            ("GitHub", held.filter(|_| is_held(scene, sighting)))
        }
        _ => return None,
    };
    let found = found?;
    let message =
        format!("{reader} expands nothing here, so `{name}` is `{found}` letter by letter");
    let help = match sighting.home {
        Home::Editor if sighting.block.starts_with("terminal.") => "write `${env:NAME}`".to_owned(),
        Home::Workflow => "write `${{ secrets.NAME }}` or `${{ vars.NAME }}`".to_owned(),
        _ if is_credential(name) => {
            "take it out, and export it before the client starts; or `apiKeyHelper` with a program that \
             prints the key"
                .to_owned()
        }
        _ => format!("write the value itself, or export `{name}` before the client starts"),
    };
    Some(scene.whole(
        sighting,
        Diagnostic::error("CS104", message).with_help(help),
    ))
}

/// A value of an `env:` of a workflow, not of a script in it.
fn is_held(scene: &Scene<'_>, sighting: &Sighting) -> bool {
    let text = scene.text(&sighting.file);
    let before = text.get(..sighting.range.start).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    line.trim_start()
        .trim_end_matches(['"', '\''])
        .trim_end()
        .ends_with(':')
}

fn is_credential(name: &str) -> bool {
    name.ends_with("KEY") || name.ends_with("TOKEN")
}

/// `${NAME}`, `$NAME` or `{env:NAME}`; `braces` also where other text stands around it.
fn variable(value: &str, anywhere: bool) -> Option<&str> {
    let start = value.find("${").or_else(|| value.find("{env:"));
    if let Some(start) = start {
        let end = value[start..].find('}')?;
        return Some(&value[start..=start + end]);
    }
    let at = value.find('$').filter(|at| anywhere || *at == 0)?;
    let rest = &value[at + 1..];
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let name = &rest[..end.unwrap_or(rest.len())];
    let begins = name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_');
    begins.then(|| &value[at..at + 1 + name.len()])
}

fn scheme(value: &str) -> Option<&str> {
    let is = |scheme: &&&str| value.trim_start().starts_with(**scheme);
    SCHEMES.iter().find(is).copied()
}

/// Headers are lines with real ends; what is none is one header with a wrong value.
fn lines(scene: &Scene<'_>, headers: &Sighting) -> Vec<Diagnostic> {
    let value = headers.value.as_str();
    let mut found = Vec::new();
    let mut say = |severity_error: Option<()>, message: String, help: &str| {
        let finding = match severity_error {
            Some(()) => Diagnostic::error("CS104", message),
            None => Diagnostic::warning("CS104", message),
        };
        found.push(scene.whole(headers, finding.with_help(help)));
    };
    if value.trim().is_empty() || value.trim_start().starts_with('$') {
        return found;
    }
    if value.contains("\\n") {
        let message = format!(
            "`{HEADERS}` holds a backslash and an n where lines should part, so it is one header"
        );
        say(
            Some(()),
            message,
            "part the headers with a real line end: `\\n` in JSON, a new line within quotes elsewhere",
        );
    }
    if value.lines().any(|line| joined(line).is_some()) {
        let message = format!(
            "`{HEADERS}` parts its headers with a comma, so it is one header with a wrong value"
        );
        say(
            Some(()),
            message,
            "write each header on a line of its own: `\\n` between them in JSON",
        );
    }
    for line in value.lines().filter(|line| !line.trim().is_empty()) {
        match line.split_once(':') {
            None if !line.contains('$') => {
                let message =
                    format!("`{HEADERS}` has a line without a colon, which the client passes over");
                say(None, message, "write `Name: value`");
            }
            Some((name, _)) if name.trim().contains(char::is_whitespace) => {
                let message =
                    format!("`{HEADERS}` has a name with a blank in it, at which the client stops");
                say(Some(()), message, "write `Name-With-Dashes: value`");
            }
            _ => {}
        }
    }
    found
}

/// Where a second `Name: ` follows a comma.
fn joined(line: &str) -> Option<usize> {
    let commas = line.match_indices(',').map(|(at, _)| at);
    let mut followed = commas.filter(|at| {
        let rest = line[at + 1..].trim_start();
        let name = rest.split(':').next().unwrap_or_default();
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        rest.len() > name.len() && name.len() > 2 && name.chars().all(plain) && name.contains('-')
    });
    followed.next()
}
