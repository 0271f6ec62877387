//! What `explain` says.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;

use super::SCHEMA;
use super::table::{WIDTH, table, wrap};
use crate::explain::{Change, Explanation, Layer, Origin, Setting, Shadowed};
use crate::model::{Version, escape};

/// Setting and value; the place takes the rest of the line.
const WIDTHS: [usize; 2] = [14, 34];

/// What `explain` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ExplainReport {
    /// The number of this shape.
    pub schema: u32,
    /// The command that printed it.
    pub command: String,
    /// The client's version that it holds for.
    pub client: String,
    /// Settings, request, skipped files and notes.
    #[serde(flatten)]
    pub explanation: Explanation,
    /// What differs in other starts.
    pub changes: Vec<Change>,
}

/// Returns the report of an explanation.
#[must_use]
pub fn explain_report(
    client: &Version,
    explanation: Explanation,
    changes: Vec<Change>,
) -> ExplainReport {
    ExplainReport {
        schema: SCHEMA,
        command: "explain".to_owned(),
        client: client.to_string(),
        explanation,
        changes,
    }
}

/// Returns it for people; `whole` with what nobody set and what is known of each setting.
#[must_use]
pub fn explain_text(report: &ExplainReport, whole: bool) -> String {
    let mut out = String::new();
    let explanation = &report.explanation;
    for note in &explanation.notes {
        paragraph(&mut out, "", note);
    }
    for skipped in &explanation.skipped {
        let text = format!(
            "skipped as a whole: {}: {}",
            place(&skipped.origin),
            skipped.why
        );
        paragraph(&mut out, "", &text);
    }
    let is_shown = |line: &&Setting| {
        let quiet = line.origin.layer == Layer::Default
            && line.shadowed.is_empty()
            && line.notes.is_empty();
        whole
            || !quiet
            || matches!(
                line.key.as_str(),
                "base-url" | "credential" | "model" | "timeout" | "retries"
            )
    };
    let shown: Vec<&Setting> = explanation.settings.iter().filter(is_shown).collect();
    let mut last = "";
    for line in &shown {
        let head = if last == line.key { "" } else { &line.key };
        last = &line.key;
        let alike = shown.iter().filter(|other| other.key == line.key);
        let name = if alike.count() > 1 {
            format!("{}=", line.name)
        } else {
            String::new()
        };
        setting(&mut out, [head, &name], line, whole);
    }
    let quiet = explanation.settings.len() - shown.len();
    if quiet > 0 {
        let _ = writeln!(
            out,
            "\n{quiet} more settings are set nowhere: -v lists them"
        );
    }
    if shown.iter().any(|line| line.trust) {
        out.push_str("\n* in an interactive session, once the folder is trusted\n");
    }
    changes(&mut out, &report.changes);
    if !out.ends_with('\n') {
        out.push('\n');
    }
    out
}

/// `head` is the setting and, where it has several variables, the one that this is.
fn setting(out: &mut String, head: [&str; 2], line: &Setting, whole: bool) {
    let [head, name] = head;
    let value = name.to_owned() + &line.value.as_deref().map_or_else(nothing, lines);
    let mark = if line.trust { " *" } else { "" };
    let mut rows = vec![vec![head.to_owned(), value, place(&line.origin) + mark]];
    let differs = |other: &&Shadowed| line.value.as_deref() != Some(&other.value);
    for other in line.shadowed.iter().filter(differs) {
        let named = if other.name == line.name {
            String::new()
        } else {
            format!("{}=", other.name)
        };
        let value = format!("not {named}{}", lines(&other.value));
        rows.push(vec![String::new(), value, place(&other.origin)]);
    }
    out.push_str(&table(&WIDTHS, &rows));
    let indent = " ".repeat(WIDTHS[0] + 2);
    if whole {
        paragraph(out, &indent, &format!("{}: {}", line.name, line.about));
    }
    for note in &line.notes {
        paragraph(out, &indent, note);
    }
}

fn changes(out: &mut String, changes: &[Change]) {
    let starts = [
        ("subfolder", "in a subfolder"),
        ("vscode", "in the terminal of VS Code"),
        ("ci", "in CI"),
        ("launcher", "by the run script"),
    ];
    for (start, words) in starts {
        let of_start: Vec<&Change> = changes
            .iter()
            .filter(|change| change.start == start)
            .collect();
        if of_start.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\nstarted {words}, what changes:");
        let mut rows: Vec<Vec<String>> = of_start
            .iter()
            .map(|change| {
                let value = change
                    .value
                    .as_deref()
                    .map_or_else(|| "not set".to_owned(), lines);
                vec![format!("  {}", change.key), value, place(&change.origin)]
            })
            .collect();
        rows.dedup();
        out.push_str(&table(&[WIDTHS[0] + 2, WIDTHS[1] - 2], &rows));
    }
}

fn nothing() -> String {
    "not set".to_owned()
}

/// A value in lines of its own, without what a terminal would obey.
fn lines(value: &str) -> String {
    let shown: Vec<String> = value.lines().map(escape).collect();
    if shown.is_empty() {
        return "(empty)".to_owned();
    }
    shown.join("\n")
}

fn place(origin: &Origin) -> String {
    let layer = origin.layer.as_str();
    let line = origin
        .line
        .map_or_else(String::new, |line| format!(":{line}"));
    match origin.file.as_deref().map(escape) {
        Some(file) if origin.layer == Layer::Launcher => format!("{layer}, {file}{line}"),
        Some(file) => file + &line,
        None => layer.to_owned(),
    }
}

fn paragraph(out: &mut String, indent: &str, text: &str) {
    for line in wrap(&escape(text), WIDTH - indent.len()) {
        let _ = writeln!(out, "{indent}{line}");
    }
}
