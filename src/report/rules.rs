//! What a code of `check` means: a page for people, and the same as JSON.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;

use super::SCHEMA;
use crate::catalog::Rule;
use crate::model::Severity;

/// Where lines of a page end at the latest.
const WIDTH: usize = 96;

/// What `check --explain` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RulesReport {
    /// The number of this shape.
    pub schema: u32,
    /// The command that printed it.
    pub command: String,
    /// The code that was asked for, or all of them.
    pub rules: Vec<Rule>,
}

/// Returns the report of rules.
#[must_use]
pub fn rules_report(rules: &[Rule]) -> RulesReport {
    RulesReport {
        schema: SCHEMA,
        command: "check".to_owned(),
        rules: rules.to_vec(),
    }
}

/// Returns one line for each rule.
#[must_use]
pub fn rules_list(rules: &[Rule]) -> String {
    let width = rules.iter().map(|rule| rule.code.len()).max();
    let width = width.unwrap_or_default();
    rules.iter().fold(String::new(), |mut out, rule| {
        let severity = severity_word(rule.severity);
        let _ = writeln!(out, "{:<width$}  {severity:<7}  {}", rule.code, rule.title);
        out
    })
}

/// Returns the page of one rule.
#[must_use]
pub fn rule_page(rule: &Rule) -> String {
    let severity = severity_word(rule.severity);
    let mut out = format!("{}: {} ({severity})\n", rule.code, rule.title);
    for (head, text) in [("What", &rule.what), ("Why", &rule.why)] {
        let _ = write!(out, "\n{head}\n{}", paragraph("  ", text));
    }
    out.push_str("\nFix\n");
    for (number, step) in rule.fix.iter().enumerate() {
        let step = paragraph("     ", step);
        let _ = write!(out, "  {}. {}", number + 1, step.trim_start());
    }
    let (source, date) = (&rule.source, &rule.date);
    let source = paragraph("  ", &format!("{source} ({date})"));
    let _ = write!(out, "\nSource\n{source}");
    out
}

/// Returns a severity as it stands before a message.
pub(super) fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// Breaks a text into lines behind an indent.
fn paragraph(indent: &str, text: &str) -> String {
    let mut out = String::new();
    let mut line = indent.to_owned();
    for word in text.split(' ') {
        let begun = line.len() > indent.len();
        if begun && line.chars().count() + 1 + word.chars().count() > WIDTH {
            out.push_str(&line);
            out.push('\n');
            indent.clone_into(&mut line);
        } else if begun {
            line.push(' ');
        }
        line.push_str(word);
    }
    out + &line + "\n"
}
