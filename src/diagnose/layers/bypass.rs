//! CS106: a folder in which the client does not find the gateway, and where it is started.

use super::{Layers, PROJECT, URL};
use crate::explain::{Layer, Starter, read};
use crate::model::{Diagnostic, Home, RepoPath, Source};

const CODE: &str = "CS106";
/// Lines between a folder and the command that runs in it, in files that say both apart.
const NEAR: usize = 6;

pub(super) fn findings(layers: &Layers<'_>) -> Vec<Diagnostic> {
    let url = layers.top(Starter::Shell, URL);
    if url.is_none_or(|url| url.origin.layer != Layer::Project) {
        return Vec::new();
    }
    let mut found: Vec<Diagnostic> = layers
        .sources
        .iter()
        .filter_map(|s| nested(layers, s))
        .collect();
    for source in layers.sources {
        found.extend(started(layers, source));
    }
    found
}

/// Settings of a folder below, which stand in place of the root's there.
fn nested(layers: &Layers<'_>, source: &Source) -> Option<Diagnostic> {
    let text = source
        .text
        .as_deref()
        .ok()
        .filter(|_| source.home == Home::NestedSettings)?;
    let settings = read(
        Layer::Project,
        source.file.as_str(),
        text,
        &layers.facts.kinds,
    )
    .ok()?;
    if has_url(&settings) {
        return None;
    }
    let folder = source
        .file
        .as_str()
        .strip_suffix(PROJECT)?
        .trim_end_matches('/');
    let message = format!(
        "started in `{folder}`, the client reads this file in place of `{PROJECT}`, and this one has no base URL"
    );
    let help = format!("set env.{URL} here too, or start the client at the root");
    Some(
        Diagnostic::warning(CODE, message)
            .with_help(help)
            .at(source.file.as_str(), text, 0),
    )
}

fn has_url(settings: &crate::explain::Settings) -> bool {
    let mut env = settings.env.iter();
    env.any(|given| given.name == URL && !given.value.trim().is_empty())
}

/// Places at which a file starts the client in a folder below.
fn started(layers: &Layers<'_>, source: &Source) -> Vec<Diagnostic> {
    let Ok(text) = source.text.as_deref() else {
        return Vec::new();
    };
    if !text.contains("claude") || text.contains(URL) {
        return Vec::new();
    }
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        if line.trim_start().starts_with('#') || line.trim_start().starts_with("//") {
            continue;
        }
        let folder = entered(line).or_else(|| beside(&lines, number));
        let Some(folder) = folder.filter(|folder| is_bypassed(layers, folder)) else {
            continue;
        };
        let message = format!(
            "the client is started in `{folder}`, where it does not read `{PROJECT}` of the root"
        );
        let help = format!("start it at the root or with the run script, or export {URL} first");
        let mut problem = Diagnostic::warning(CODE, message)
            .with_help(help)
            .in_file(source.file.as_str());
        problem.line = Some(number + 1);
        problem.column = Some(line.chars().take_while(|c| c.is_whitespace()).count() + 1);
        found.push(problem);
    }
    found
}

/// The folder that a line changes to before it starts the client: `cd web && claude`.
fn entered(line: &str) -> Option<String> {
    let at = line.find("cd ")?;
    let before = line[..at].chars().next_back();
    if before.is_some_and(|c| c.is_alphanumeric() || c == '-' || c == '_') {
        return None;
    }
    let rest = &line[at + 3..];
    let (folder, after) = rest.split_at(rest.find(['&', ';'])?);
    starts_client(after).then(|| plain(folder)).flatten()
}

/// The folder that another line of the same step or task names: `working-directory: web`.
fn beside(lines: &[&str], number: usize) -> Option<String> {
    if !starts_client(lines[number]) {
        return None;
    }
    let first = number.saturating_sub(NEAR);
    let near = lines.iter().take(number + NEAR).skip(first);
    let mut named = near.filter_map(|line| {
        let line = line.trim().trim_start_matches("- ");
        let value = line.strip_prefix("working-directory:");
        let value = value.or_else(|| line.strip_prefix("\"cwd\":"));
        value.map(|value| value.trim().trim_end_matches(','))
    });
    plain(&named.next()?.replace("${workspaceFolder}/", ""))
}

/// A folder below, as a text names it without anything to expand.
fn plain(text: &str) -> Option<String> {
    let text = text
        .trim()
        .trim_matches(['"', '\'', '\\'])
        .trim_start_matches("./");
    let folder = RepoPath::parse(text.trim_end_matches('/')).ok()?;
    let literal = !folder.as_str().contains(['$', '*', '`', '{', '(']);
    literal.then(|| folder.to_string())
}

/// Whether the client finds no address in a folder.
fn is_bypassed(layers: &Layers<'_>, folder: &str) -> bool {
    let own = format!("{folder}/{PROJECT}");
    let mut nested = layers.sources.iter();
    let nested = nested.find(|source| source.file.as_str() == own);
    let text = nested.and_then(|source| source.text.as_deref().ok());
    let settings = text.and_then(|text| read(Layer::Project, &own, text, &layers.facts.kinds).ok());
    settings.is_none_or(|settings| !has_url(&settings))
}

/// Whether a line runs the program `claude`.
pub(super) fn starts_client(line: &str) -> bool {
    line.match_indices("claude").any(|(at, word)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        let begins = before.is_none_or(|c| " \t\"'&;|(`".contains(c));
        let ends = after.is_none_or(|c| " \t\"'&;|)`,".contains(c));
        // A name for something else is no command: `name: claude`, `pip install claude`.
        let head = line[..at].trim_end();
        let command = head.is_empty()
            || head.ends_with(['&', ';', '|', '(', '`', '"', '\''])
            || ["run:", "exec", "-", "npx", "then", "do", "script:"]
                .iter()
                .any(|w| head.ends_with(w))
            || head
                .rsplit(' ')
                .next()
                .is_some_and(|last| last.contains('='));
        begins && ends && command
    })
}
