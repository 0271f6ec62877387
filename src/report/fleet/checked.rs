//! What `fleet check` found, for people.

use super::super::Detail;
use super::names::number;
use super::part::Part;
use super::text::{head, in_conflict, messages, standing, verb};
use crate::fleet::{RepoReport, Status};
use crate::model::{CONFLICT, Diagnostic, Severity};

/// Returns how many have drifted and what was found, each finding once.
#[must_use]
pub fn fleet_checked(reports: &[RepoReport], detail: Detail) -> Vec<Part> {
    let drifted = reports
        .iter()
        .filter(|r| r.status == Status::Changed)
        .count();
    let has = verb(drifted, "has", "have");
    let mut rows = vec![(drifted, format!("{has} drifted"))];
    rows.retain(|(count, _)| *count > 0);
    rows.extend(standing(reports));
    let mut parts = vec![head(reports, &rows)];
    let counts = counts(reports);
    if !counts.is_empty() {
        parts.push(Part::Text(counts));
    }
    parts.extend(in_conflict(reports, detail));
    let picks = |r: &RepoReport, d: &Diagnostic| is_finding(r, d, detail);
    parts.extend(messages(reports, picks, detail));
    parts
}

/// Keys in conflict stand in a list of their own; notes are for those who ask.
fn is_finding(report: &RepoReport, diagnostic: &Diagnostic, detail: Detail) -> bool {
    let listed =
        diagnostic.code == CONFLICT && report.files.iter().any(|f| !f.conflicts.is_empty());
    let passed = report.status == Status::PassedOver;
    let loud = diagnostic.severity > Severity::Note || detail == Detail::All;
    loud && !listed && !passed
}

/// Errors and warnings over all.
fn counts(reports: &[RepoReport]) -> String {
    let count = |severity| {
        let all = reports.iter().flat_map(|report| &report.diagnostics);
        all.filter(|d| d.severity == severity).count()
    };
    let parts = [
        (count(Severity::Error), "error", "errors"),
        (count(Severity::Warning), "warning", "warnings"),
        (count(Severity::Note), "note", "notes"),
    ];
    let parts = parts.iter().filter(|(count, ..)| *count > 0);
    let parts: Vec<String> = parts
        .map(|(count, one, many)| format!("{} {}", number(*count), verb(*count, one, many)))
        .collect();
    if parts.is_empty() {
        return String::new();
    }
    parts.join(", ") + "\n"
}
