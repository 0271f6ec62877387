//! Plans and diagnostics as text for people.

use std::fmt::Write as _;

use super::diff::{diff, size};
use super::findings::short;
use super::json::summary;
use super::rules::severity_word;
use crate::model::{Action, Diagnostic, FileChange, Plan, RepoPath, escape, runs};

/// Returns every diff of a plan, one after the other.
#[must_use]
pub fn diffs(plan: &Plan) -> String {
    let texts = plan.writes().map(|change| diff(change).text);
    texts.collect::<Vec<_>>().concat()
}

/// Returns one line per file that changes or is in conflict, and the count of the rest.
#[must_use]
pub fn diffstat(plan: &Plan) -> String {
    let all = || plan.changes.iter().chain(&plan.own);
    let is_left = |path: &RepoPath| all().any(|c| c.moved_from.as_ref() == Some(path));
    let shown = |change: &&FileChange| {
        let moved = change.action == Action::Delete && is_left(&change.path);
        !moved && (change.writes() || change.action == Action::Conflict)
    };
    let rows: Vec<(String, &FileChange)> = all().filter(shown).map(|c| (place(c), c)).collect();
    let widths = rows.iter().map(|(place, _)| place.chars().count());
    let width = widths.max().unwrap_or_default();
    let mut out = String::new();
    for (place, change) in rows {
        let old = change.moved_from.as_ref();
        let old = old.and_then(|old| all().find(|c| c.path == *old));
        let counts = match old {
            Some(old) => size(&FileChange {
                before: old.before.clone(),
                mode_before: old.mode_before,
                ..change.clone()
            }),
            None => size(change),
        };
        let counts = match counts {
            (0, 0) => String::new(),
            (added, 0) => format!("+{added}"),
            (0, removed) => format!("-{removed}"),
            (added, removed) => format!("+{added} -{removed}"),
        };
        let row = format!("  {:<8}  {place:<width$}  {counts}", word(change));
        out.push_str(row.trim_end());
        out.push('\n');
    }
    out
}

/// Returns one line per file that would be written and is more than data, with how it comes to run.
#[must_use]
pub fn running(plan: &Plan) -> String {
    let written = plan.changes.iter().filter(|change| change.writes());
    let left = written.filter(|change| change.after.is_some());
    let rows = left.filter_map(|change| Some((runs(&change.path, change.mode)?, &change.path)));
    let head = "what runs by itself, or once the folder is trusted:\n";
    rows.fold(String::new(), |mut out, (runs, path)| {
        if out.is_empty() {
            out.push_str(head);
        }
        let _ = writeln!(out, "  {}: {}", escape(path.as_str()), runs.as_str());
        out
    })
}

/// A change's path, and the one it comes from.
fn place(change: &FileChange) -> String {
    match &change.moved_from {
        Some(old) => escape(&format!("{old} → {}", change.path)),
        None => escape(change.path.as_str()),
    }
}

/// Returns the count of files by what happens to them: `7 created, 1 updated, 2 unchanged`.
#[must_use]
pub fn counts(plan: &Plan) -> String {
    let summary = summary(plan);
    let parts = [
        (summary.create, "created"),
        (summary.update, "updated"),
        (summary.delete, "deleted"),
        (summary.conflict, "in conflict"),
        (summary.keep, "unchanged"),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    parts.join(", ")
}

/// Returns diagnostics in the house form: what, where, and what to do.
#[must_use]
pub fn diagnostics(list: &[Diagnostic]) -> String {
    let mut out = String::new();
    for (place, problem) in list.iter().enumerate() {
        out.push_str(&diagnostic(problem));
        // What helps against a whole run of problems is said after the last.
        let next = list.get(place + 1).and_then(|next| next.help.as_ref());
        let help = problem.help.as_ref().filter(|help| next != Some(help));
        if let Some(help) = help {
            let _ = writeln!(out, "help: {}", escape(help));
        }
    }
    out
}

fn diagnostic(diagnostic: &Diagnostic) -> String {
    let severity = severity_word(diagnostic.severity);
    let code = if diagnostic.code.starts_with("CS") {
        format!("[{}]", diagnostic.code)
    } else {
        String::new()
    };
    let mut out = format!("{severity}{code}: {}\n", escape(&diagnostic.message));
    if let Some(path) = &diagnostic.path {
        let _ = write!(out, "  --> {}", escape(path));
        if let (Some(line), Some(column)) = (diagnostic.line, diagnostic.column) {
            let _ = write!(out, ":{line}:{column}");
        }
        if let Some(commit) = &diagnostic.commit {
            let _ = write!(out, " in commit {}", short(commit));
        }
        out.push('\n');
    }
    out
}

fn word(change: &FileChange) -> &'static str {
    match change.action {
        Action::Create if change.moved_from.is_some() => "move",
        Action::Keep => "keep",
        Action::Create => "create",
        Action::Update => "update",
        Action::Delete => "delete",
        Action::Conflict => "conflict",
    }
}
