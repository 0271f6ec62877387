//! The findings of `check`.

use schemars::JsonSchema;
use serde::Serialize;

use super::SCHEMA;
use super::view::diagnostics;
use crate::diagnose::Finding;
use crate::model::{Diagnostic, Severity};

/// The code whose findings stay in sight even where they are known: a key in the open is no detail.
const KEY: &str = "CS003";

/// What `check` and `pack check` print.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CheckReport {
    /// The number of this shape.
    pub schema: u32,
    /// The command that printed it.
    pub command: String,
    /// What was found, but for what is known.
    pub diagnostics: Vec<Diagnostic>,
    /// What was found and is known from the baseline file; it does not change the exit code.
    pub known: Vec<Diagnostic>,
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
    /// Known from the baseline file, and counted nowhere else.
    pub known: usize,
}

/// Which of the findings are shown to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// What changes the exit code.
    Quiet,
    /// What is fresh, and keys.
    Fresh,
    /// What is known too.
    All,
}

/// Returns the report of findings.
#[must_use]
pub fn check_report(command: &str, all: &[Finding]) -> CheckReport {
    let split = |is_known: bool| {
        let chosen = all.iter().filter(|f| f.known.is_some() == is_known);
        chosen.map(|f| f.diagnostic.clone()).collect()
    };
    CheckReport {
        schema: SCHEMA,
        command: command.to_owned(),
        diagnostics: split(false),
        known: split(true),
        summary: summary(all),
    }
}

/// Returns findings for people. What is known is told as a note.
#[must_use]
pub fn check_text(all: &[Finding], detail: Detail) -> String {
    let shown = all.iter().filter_map(|finding| {
        let diagnostic = &finding.diagnostic;
        let fresh = finding.known.is_none();
        let wanted = match detail {
            Detail::Quiet => fresh && diagnostic.severity > Severity::Note,
            Detail::Fresh => fresh || diagnostic.code == KEY,
            Detail::All => true,
        };
        wanted.then(|| match &finding.known {
            None => diagnostic.clone(),
            Some(_) => Diagnostic {
                severity: Severity::Note,
                message: format!("{}, as the baseline knows", diagnostic.message),
                ..diagnostic.clone()
            },
        })
    });
    diagnostics(&shown.collect::<Vec<_>>())
}

/// Returns the findings' counts as one line.
#[must_use]
pub fn check_summary(all: &[Finding], detail: Detail) -> String {
    let counts = summary(all);
    let plural = |count: usize, what: &str| {
        let ending = if count == 1 { "" } else { "s" };
        format!("{count} {what}{ending}")
    };
    let parts = [
        (counts.errors, "error"),
        (counts.warnings, "warning"),
        (counts.notes, "note"),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts.map(|(count, what)| plural(*count, what)).collect();
    let mut line = if counts.errors + counts.warnings == 0 {
        "nothing is wrong".to_owned()
    } else {
        parts.join(", ")
    };
    let hidden = all.iter().filter(|f| f.known.is_some());
    let hidden = hidden.filter(|f| detail != Detail::All && f.diagnostic.code != KEY);
    let hidden = hidden.count();
    if hidden > 0 {
        line.push_str("; ");
        line.push_str(&plural(hidden, "known finding"));
        line.push_str(" not shown, -v shows ");
        line.push_str(if hidden == 1 { "it" } else { "them" });
    }
    line + "\n"
}

fn summary(all: &[Finding]) -> CheckSummary {
    let fresh = || all.iter().filter(|f| f.known.is_none());
    let count = |severity| {
        let of_it = fresh().filter(|f| f.diagnostic.severity == severity);
        of_it.count()
    };
    CheckSummary {
        errors: count(Severity::Error),
        warnings: count(Severity::Warning),
        notes: count(Severity::Note),
        known: all.len() - fresh().count(),
    }
}
