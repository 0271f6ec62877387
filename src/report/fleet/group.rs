//! What several repositories have in common.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::fleet::{RepoReport, Status};
use crate::model::{Action, Diagnostic, Severity};

/// A change, and who gets it.
#[derive(Debug)]
pub struct Lettered<'a> {
    /// `A`, `B`, … `Z`, `AA`: by the number of repositories, then by the id.
    pub letter: String,
    /// The id.
    pub id: &'a str,
    /// The diff, where a report has it.
    pub diff: &'a str,
    /// The repositories that get it, in order of their names.
    pub of: Vec<&'a RepoReport>,
}

impl Lettered<'_> {
    /// Returns how many of them have nothing in conflict.
    pub fn clean(&self) -> usize {
        let clean = self.of.iter().filter(|r| r.status == Status::Changed);
        clean.count()
    }

    /// Returns how many files it writes.
    pub fn files(&self) -> usize {
        let first = self.of.first().map_or(&[][..], |report| &report.files);
        let written = |action| matches!(action, Action::Create | Action::Update | Action::Delete);
        first.iter().filter(|file| written(file.action)).count()
    }

    /// Returns the names of the repositories.
    pub fn names(&self) -> Vec<&str> {
        self.of.iter().map(|r| r.repository.as_str()).collect()
    }
}

/// Returns the changes of a fleet, those that most repositories get first.
pub fn changes(reports: &[RepoReport]) -> Vec<Lettered<'_>> {
    let mut by_id: HashMap<&str, Vec<&RepoReport>> = HashMap::new();
    let mut diffs: HashMap<&str, &str> = HashMap::new();
    for report in reports {
        let Some(id) = report.change.as_deref() else {
            continue;
        };
        if let Some(diff) = report.diff.as_deref() {
            diffs.entry(id).or_insert(diff);
        }
        if matches!(report.status, Status::Changed | Status::Conflict) {
            by_id.entry(id).or_default().push(report);
        }
    }
    let mut all: Vec<(&str, Vec<&RepoReport>)> = by_id.into_iter().collect();
    all.sort_by_key(|(id, of)| (Reverse(of.len()), *id));
    let lettered = all.into_iter().enumerate().map(|(place, (id, mut of))| {
        of.sort_by_key(|report| report.repository.as_str());
        Lettered {
            letter: letter(place),
            id,
            diff: diffs.get(id).copied().unwrap_or_default(),
            of,
        }
    });
    lettered.collect()
}

/// Returns the name of the place, counted from nothing: `A` … `Z`, `AA` …
pub fn letter(place: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = place + 1;
    while rest > 0 {
        rest -= 1;
        letters.push(b'A' + u8::try_from(rest % 26).unwrap_or_default());
        rest /= 26;
    }
    letters.iter().rev().map(|byte| char::from(*byte)).collect()
}

/// Keys in conflict by file, each with the names of the repositories, in order.
pub type Conflicts<'a> = BTreeMap<&'a str, BTreeMap<&'a str, BTreeSet<&'a str>>>;

/// Returns the keys in conflict; an empty one is the whole file.
pub fn conflicts(reports: &[RepoReport]) -> Conflicts<'_> {
    let mut found = Conflicts::new();
    for report in reports.iter().filter(|r| r.status == Status::Conflict) {
        for file in &report.files {
            for key in &file.conflicts {
                let keys = found.entry(&file.path).or_default();
                let names = keys.entry(key).or_default();
                names.insert(&report.repository);
            }
        }
    }
    found
}

/// A message, and whom it is about.
#[derive(Debug)]
pub struct Said<'a> {
    /// The first of them.
    pub diagnostic: &'a Diagnostic,
    /// Whether the others differ in a name or a path.
    pub alike: bool,
    /// The repositories, in order, none twice.
    pub names: BTreeSet<&'a str>,
}

/// How close messages have to be to be told as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closeness {
    /// The same words.
    Same,
    /// The same words but for what stands in backticks.
    Alike,
}

/// Returns what is said of the repositories that a test picks, the worst and the most frequent first.
pub fn said<'a>(
    reports: &'a [RepoReport],
    picks: impl Fn(&RepoReport, &Diagnostic) -> bool,
    closeness: Closeness,
) -> Vec<Said<'a>> {
    let mut found: BTreeMap<(Reverse<Severity>, &str, String), Said<'a>> = BTreeMap::new();
    let mut sorted: Vec<&RepoReport> = reports.iter().collect();
    sorted.sort_by_key(|report| report.repository.as_str());
    for report in sorted {
        for diagnostic in report.diagnostics.iter().filter(|d| picks(report, d)) {
            let words = match closeness {
                Closeness::Same => diagnostic.message.clone(),
                Closeness::Alike => shape(&diagnostic.message),
            };
            let key = (
                Reverse(diagnostic.severity),
                diagnostic.code.as_str(),
                words,
            );
            let said = found.entry(key).or_insert_with(|| Said {
                diagnostic,
                alike: false,
                names: BTreeSet::new(),
            });
            said.alike |= said.diagnostic.message != diagnostic.message;
            said.names.insert(&report.repository);
        }
    }
    let mut all: Vec<Said<'a>> = found.into_values().collect();
    all.sort_by_key(|said| {
        let first = said.names.first().copied();
        let severity = said.diagnostic.severity;
        (Reverse(severity), Reverse(said.names.len()), first)
    });
    all
}

/// A message without what stands in backticks.
fn shape(message: &str) -> String {
    let outside = message.split('`').step_by(2);
    outside.collect::<Vec<_>>().join("`…`")
}

/// Returns whether a diagnostic says why a repository is in trouble, and no list of keys does.
pub fn explains(report: &RepoReport, diagnostic: &Diagnostic) -> bool {
    let keys = || report.files.iter().any(|file| !file.conflicts.is_empty());
    match report.status {
        Status::Conflict => diagnostic.severity > Severity::Note && !keys(),
        _ => diagnostic.severity == Severity::Error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_go_on_after_z() {
        let shown = [0, 1, 25, 26, 27, 51, 52, 701, 702].map(letter);
        assert_eq!(shown, ["A", "B", "Z", "AA", "AB", "AZ", "BA", "ZZ", "AAA"]);
    }

    #[test]
    fn messages_differ_in_what_they_quote() {
        assert_eq!(
            shape("failed to read `a/b`: gone"),
            "failed to read `…`: gone"
        );
        assert_eq!(shape("nothing"), "nothing");
    }
}
