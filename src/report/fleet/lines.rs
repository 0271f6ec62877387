//! Reports as JSON lines: one line a repository, and the lines of several shards as one report.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use super::super::escape_json;
use super::names::counted;
use crate::fleet::{RepoReport, SCHEMA};
use crate::model::{Diagnostic, escape};

/// What was read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FleetRead {
    /// The repositories in order of their names, each once, each change with one diff.
    pub reports: Vec<RepoReport>,
    /// What there is to say about the reading.
    pub notes: Vec<Diagnostic>,
}

/// Returns a report as one line of JSON, with its line break.
///
/// # Panics
/// Never: a report is plain data.
#[must_use]
pub fn fleet_line(report: &RepoReport) -> String {
    let text = serde_json::to_string(report).expect("reports are plain data");
    escape_json(&text) + "\n"
}

/// Reads the lines of shards, given by path and text, in any order; of a repository that stands there
/// twice the later line counts.
///
/// # Errors
/// Returns every line that is no report, or one of a shape that is newer than this program.
pub fn fleet_lines(shards: &[(&str, &str)]) -> Result<FleetRead, Vec<Diagnostic>> {
    let mut by_name: BTreeMap<String, (usize, RepoReport)> = BTreeMap::new();
    let mut diffs: HashMap<String, String> = HashMap::new();
    let mut problems = Vec::new();
    let mut notes = Vec::new();
    for (shard, (path, text)) in shards.iter().enumerate() {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (place, line) in text.lines().enumerate() {
            if line.trim().is_empty() {
                continue;
            }
            let mut report = match read(line) {
                Ok(report) => report,
                Err(problem) => {
                    problems.push(located(problem, path, place));
                    continue;
                }
            };
            if let (Some(id), Some(diff)) = (&report.change, report.diff.take()) {
                diffs.entry(id.clone()).or_insert(diff);
            }
            let name = report.repository.clone();
            if let Some((earlier, _)) = by_name.insert(name.clone(), (shard, report)) {
                let first = shards.get(earlier).map_or("", |(path, _)| path);
                notes.push(located(twice(&name, first), path, place));
            }
        }
    }
    if !problems.is_empty() {
        return Err(bounded(problems));
    }
    let mut reports: Vec<RepoReport> = by_name.into_values().map(|(_, report)| report).collect();
    for report in &mut reports {
        report.diff = report.change.as_ref().and_then(|id| diffs.remove(id));
    }
    Ok(FleetRead {
        reports,
        notes: bounded(notes),
    })
}

/// The one field that every shape has.
#[derive(Deserialize)]
struct Numbered {
    schema: u32,
}

fn read(line: &str) -> Result<RepoReport, Diagnostic> {
    let Ok(numbered) = serde_json::from_str::<Numbered>(line) else {
        let problem = Diagnostic::error("fleet-report", "this line is no report of a repository");
        let help = "give what `fleet plan`, `apply` or `check` printed with `--format json`";
        return Err(problem.with_help(help));
    };
    if numbered.schema > SCHEMA {
        let message = format!(
            "the report has schema {}, and this version reads up to {SCHEMA}",
            numbered.schema
        );
        let help = "use the version of claude-scaffold that printed it, or a later one";
        return Err(Diagnostic::error("fleet-report", message).with_help(help));
    }
    serde_json::from_str(line).map_err(|error| {
        // The place in the text repeats what is said beside it.
        let said = error.to_string();
        let said = said.split(" at line ").next().unwrap_or_default();
        let message = format!("the report cannot be read: {}", escape(said));
        let help = "print it again with `--format json`, and leave its lines as they are";
        Diagnostic::error("fleet-report", message).with_help(help)
    })
}

fn twice(name: &str, first: &str) -> Diagnostic {
    let message = format!(
        "`{}` stands in `{}` too; the later line counts",
        escape(name),
        escape(first)
    );
    Diagnostic::note("fleet-report", message)
}

fn located(mut problem: Diagnostic, path: &str, place: usize) -> Diagnostic {
    problem.path = Some(path.to_owned());
    problem.line = Some(place + 1);
    problem.column = Some(1);
    problem
}

/// As many as a person reads.
fn bounded(mut all: Vec<Diagnostic>) -> Vec<Diagnostic> {
    const SOME: usize = 20;
    if all.len() > SOME + 1 {
        let more = counted(all.len() - SOME, "more line", "more lines");
        let severity = all.first().map(|first| first.severity);
        all.truncate(SOME);
        let mut rest = Diagnostic::note("fleet-report", format!("and {more} like these"));
        rest.severity = severity.unwrap_or(rest.severity);
        all.push(rest);
    }
    all
}
