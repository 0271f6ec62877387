//! The findings of `check`.

use schemars::JsonSchema;
use serde::Serialize;

use super::SCHEMA;
use crate::model::{Diagnostic, Severity};

/// What `check` and `pack check` print.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CheckReport {
    /// The number of this shape.
    pub schema: u32,
    /// The command that printed it.
    pub command: String,
    /// What was found.
    pub diagnostics: Vec<Diagnostic>,
    /// Counts.
    pub summary: CheckSummary,
}

/// How many findings, by how much they matter.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CheckSummary {
    /// Wrong.
    pub errors: usize,
    /// Likely wrong.
    pub warnings: usize,
    /// Worth knowing; these do not change the exit code.
    pub notes: usize,
}

/// Returns the report of findings.
#[must_use]
pub fn check_report(command: &str, found: &[Diagnostic]) -> CheckReport {
    CheckReport {
        schema: SCHEMA,
        command: command.to_owned(),
        diagnostics: found.to_vec(),
        summary: summary_of(found),
    }
}

/// Returns the findings' counts as one line.
#[must_use]
pub fn check_summary(found: &[Diagnostic]) -> String {
    let CheckSummary {
        errors,
        warnings,
        notes,
    } = summary_of(found);
    if errors + warnings == 0 {
        return "nothing is wrong\n".to_owned();
    }
    let parts = [(errors, "error"), (warnings, "warning"), (notes, "note")];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts
        .map(|(count, what)| format!("{count} {what}{}", if *count == 1 { "" } else { "s" }))
        .collect();
    parts.join(", ") + "\n"
}

pub(super) fn summary_of(found: &[Diagnostic]) -> CheckSummary {
    let count = |severity| found.iter().filter(|f| f.severity == severity).count();
    CheckSummary {
        errors: count(Severity::Error),
        warnings: count(Severity::Warning),
        notes: count(Severity::Note),
    }
}
