//! CS102: a settings file that the client passes over, whole and often without a word.

use std::fmt::Write as _;
use std::ops::Range;

use super::Scene;
use crate::diagnose::sight::json::{self, Flat, Leaf};
use crate::model::{Diagnostic, Home, RepoPath, Source, TextEdit, Value};

/// What a key's value has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Text,
    Object,
    List,
}

/// Keys whose type decides whether the file counts at all.
const TYPES: [(&str, Wanted); 6] = [
    ("model", Wanted::Text),
    ("env", Wanted::Object),
    ("permissions", Wanted::Object),
    ("apiKeyHelper", Wanted::Text),
    ("fallbackModel", Wanted::List),
    ("availableModels", Wanted::List),
];
/// Where the comments of a settings file are kept when they are moved out of it.
const NOTES: &str = ".claude/settings.comments.md";

/// Returns what makes the client skip a settings file.
pub(super) fn skipped(scene: &Scene<'_>) -> Vec<Diagnostic> {
    let files = scene
        .sources
        .iter()
        .filter(|source| source.home.is_settings());
    files.flat_map(|source| file(scene, source)).collect()
}

fn file(scene: &Scene<'_>, source: &Source) -> Vec<Diagnostic> {
    let name = source.file.as_str();
    let text = match &source.text {
        Ok(text) => text,
        Err(what) => return vec![unread(name, what)],
    };
    let body = text.trim_start_matches('\u{feff}');
    if body.trim().is_empty() {
        let finding = Diagnostic::warning(
            "CS102",
            "this settings file is empty, and the client says nothing about it",
        )
        .with_help("write `{}`, or remove the file");
        return vec![finding.at(name, text, 0)];
    }
    let flat = json::flat(text);
    let mut found = Vec::new();
    if let Some(at) = flat.too_deep {
        let finding = Diagnostic::error("CS102", "this settings file is nested deeper than 128")
            .with_help("make it flatter");
        return vec![finding.at(name, text, at)];
    }
    found.extend(comments(scene, source, text, &flat));
    found.extend(commas(source, text, &flat));
    if found.is_empty() {
        found.extend(syntax(source, text, body));
    }
    if found.is_empty() {
        found.extend(types(source, text, &flat.leaves));
    }
    for (key, at) in &flat.twice {
        let message = format!("`{key}` stands twice in one object; the client takes the last");
        let finding = Diagnostic::warning("CS102", message).with_help("keep one of the two");
        found.push(finding.at(name, text, *at));
    }
    found
}

fn unread(name: &str, what: &str) -> Diagnostic {
    let finding = match what {
        "UTF-16" => Diagnostic::note(
            "CS102",
            "this settings file is UTF-16, which the client reads and other tools do not",
        ),
        _ => Diagnostic::warning(
            "CS102",
            format!("this settings file cannot be checked: it is {what}"),
        ),
    };
    finding
        .in_file(name)
        .with_help("save it as UTF-8 text of its own")
}

fn comments(scene: &Scene<'_>, source: &Source, text: &str, flat: &Flat) -> Option<Diagnostic> {
    let first = flat.comments.first()?;
    let message = "this settings file has a comment, so the client skips all of it";
    let mut finding =
        Diagnostic::error("CS102", message).at(source.file.as_str(), text, first.start);
    if source.home == Home::Settings {
        finding = finding
            .with_help(format!(
                "`claude-scaffold check --fix` moves what it says to `{NOTES}`"
            ))
            .with_fix(moved(scene, source, text, flat));
    } else {
        finding = finding.with_help("take it out; JSON for the client has none");
    }
    Some(finding)
}

/// Cuts comments out, with the line where nothing else stands on it, and notes what they said.
fn moved(scene: &Scene<'_>, source: &Source, text: &str, flat: &Flat) -> Vec<TextEdit> {
    let Ok(notes) = RepoPath::parse(NOTES) else {
        return Vec::new();
    };
    let mut edits = Vec::new();
    let mut said = String::new();
    for comment in &flat.comments {
        let before = text.get(..comment.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let near = neighbour(text, flat, comment);
        let _ = writeln!(said, "Line {line}{near}:\n");
        for words in text.get(comment.clone()).unwrap_or_default().lines() {
            let _ = writeln!(said, "    {}", words.trim());
        }
        said.push('\n');
        edits.push(TextEdit {
            path: source.file.clone(),
            range: line_of(text, comment),
            text: String::new(),
        });
    }
    let there = scene.text(&notes);
    let head = format!(
        "# Comments of `{}`\n\nThe client takes none there.\n\n",
        source.file
    );
    edits.push(TextEdit {
        path: notes,
        range: there.len()..there.len(),
        text: if there.is_empty() {
            head + said.trim_end() + "\n"
        } else {
            let gap = if there.ends_with('\n') { "\n" } else { "\n\n" };
            format!("{gap}{}\n", said.trim_end())
        },
    });
    edits
}

/// The key that a comment stands beside or above.
fn neighbour(text: &str, flat: &Flat, comment: &Range<usize>) -> String {
    let scalar = |leaf: &&Leaf| !leaf.value.is_object() && !leaf.value.is_array();
    let before = flat
        .leaves
        .iter()
        .filter(scalar)
        .rfind(|leaf| leaf.range.end <= comment.start);
    let same_line = |leaf: &&Leaf| {
        let between = text.get(leaf.range.end..comment.start);
        between.is_some_and(|between| !between.contains('\n'))
    };
    if let Some(leaf) = before.filter(same_line) {
        return format!(", beside `{}`", leaf.path.join("."));
    }
    let after = flat
        .leaves
        .iter()
        .find(|leaf| leaf.range.start > comment.end && !leaf.path.is_empty());
    after.map_or(String::new(), |leaf| {
        format!(", above `{}`", leaf.path.join("."))
    })
}

/// A comment's bytes; with its whole line where nothing else stands there, else with the blanks before it.
fn line_of(text: &str, comment: &Range<usize>) -> Range<usize> {
    let before = &text[..comment.start];
    let line = before.rfind('\n').map_or(0, |at| at + 1);
    let line = if line == 0 && text.starts_with('\u{feff}') {
        3
    } else {
        line
    };
    let after = &text[comment.end..];
    let rest = after.find('\n').map_or(after.len(), |at| at + 1);
    let alone = before[line..].trim().is_empty() && after[..rest].trim().is_empty();
    if alone {
        line..comment.end + rest
    } else {
        line + before[line..].trim_end().len()..comment.end
    }
}

fn commas(source: &Source, text: &str, flat: &Flat) -> Option<Diagnostic> {
    let first = flat.trailing_commas.first()?;
    let message =
        "this settings file has a comma before a closing bracket, so the client skips all of it";
    let edits = flat.trailing_commas.iter().map(|comma| TextEdit {
        path: source.file.clone(),
        range: comma.clone(),
        text: String::new(),
    });
    let finding = Diagnostic::error("CS102", message)
        .with_help("take it out")
        .with_fix(edits);
    Some(finding.at(source.file.as_str(), text, first.start))
}

fn syntax(source: &Source, text: &str, body: &str) -> Option<Diagnostic> {
    let name = source.file.as_str();
    let shift = text.len() - body.len();
    match serde_json::from_str::<Value>(body) {
        Ok(value) if value.is_object() => None,
        Ok(_) => {
            let message =
                "this settings file is no object at its top, so the client skips all of it";
            let at = shift + body.len() - body.trim_start().len();
            let finding = Diagnostic::error("CS102", message).with_help("write `{ … }` around it");
            Some(finding.at(name, text, at))
        }
        Err(error) => {
            let lines = body
                .split_inclusive('\n')
                .take(error.line().saturating_sub(1));
            let line: usize = lines.map(str::len).sum();
            let at = (shift + line + error.column().saturating_sub(1)).min(text.len());
            let what = error.to_string();
            let what = what.split(" at line ").next().unwrap_or_default();
            let message =
                format!("this settings file is not JSON, so the client skips all of it: {what}");
            let finding =
                Diagnostic::error("CS102", message).with_help("mend it at the place named");
            Some(finding.at(name, text, floor(text, at)))
        }
    }
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn types(source: &Source, text: &str, leaves: &[Leaf]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for leaf in leaves {
        let [key] = leaf.path.as_slice() else {
            continue;
        };
        let Some((_, wanted)) = TYPES.iter().find(|(name, _)| name == key) else {
            continue;
        };
        let (right, what) = match wanted {
            Wanted::Text => (leaf.value.is_string(), "a text"),
            Wanted::Object => (leaf.value.is_object(), "an object"),
            Wanted::List => (leaf.value.is_array(), "a list of texts"),
        };
        if !right {
            let message =
                format!("`{key}` has to be {what}; as it is, the client skips the whole file");
            let finding = Diagnostic::error("CS102", message)
                .with_help(format!("write {what}, or take `{key}` out"));
            found.push(finding.at(source.file.as_str(), text, leaf.range.start));
        }
    }
    found
}
