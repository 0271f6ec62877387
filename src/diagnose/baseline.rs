//! Findings that were accepted once, so that only fresh ones count.
//!
//! A finding is known again by its code, its file and its words, never by its line: it may move.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::model::{Diagnostic, Severity};

/// The version of the file's format.
const VERSION: u32 = 1;

/// One finding, what it is known again by, and why it was accepted if it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was found.
    pub diagnostic: Diagnostic,
    /// The same for the same finding, wherever in its file it stands.
    pub fingerprint: String,
    /// The note of the baseline's entry; none where the finding is fresh.
    pub known: Option<String>,
}

/// What the baseline file holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// The version of the format.
    pub version: u32,
    /// The accepted findings, in the order of files.
    pub findings: Vec<Accepted>,
}

/// One accepted finding. Its message is not kept: nobody has to look after a text that may change.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// Where it was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What it is.
    pub code: String,
    /// What it is known again by.
    pub fingerprint: String,
    /// Whether it stands in the history alone.
    #[serde(default, skip_serializing_if = "is_false")]
    pub history: bool,
    /// Why it is accepted, in the user's words.
    #[serde(default)]
    pub note: String,
}

/// What a run looked for, as far as the baseline has to know.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The codes that were looked for; none: all.
    pub only: &'a [String],
    /// Whether the history was looked at.
    pub history: bool,
    /// Whether the work tree was.
    pub tree: bool,
}

/// Reads a baseline.
///
/// # Errors
/// Returns what is wrong with it, without a place where there is none.
pub fn read_baseline(path: &str, text: &str) -> Result<Baseline, Diagnostic> {
    let help = "write it again: `claude-scaffold check --write-baseline`, after moving it away";
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let read: Result<Baseline, _> = serde_json::from_str(body);
    let baseline = read.map_err(|error| {
        let mut problem =
            Diagnostic::error("baseline", format!("`{path}` is no baseline: {error}"))
                .in_file(path)
                .with_help(help);
        problem.line = Some(error.line()).filter(|line| *line > 0);
        problem.column = Some(error.column().max(1)).filter(|_| problem.line.is_some());
        problem
    })?;
    if baseline.version > VERSION {
        let message = format!("`{path}` is of a newer claude-scaffold");
        let help = "install the newest claude-scaffold";
        return Err(Diagnostic::error("baseline", message)
            .in_file(path)
            .with_help(help));
    }
    Ok(baseline)
}

/// Returns a baseline's text.
///
/// # Panics
/// Never: a baseline is plain data.
#[must_use]
pub fn write_baseline(baseline: &Baseline) -> String {
    let text = serde_json::to_string_pretty(baseline).expect("a baseline is plain data");
    text + "\n"
}

/// Gives every finding its fingerprint; equal ones are counted.
#[must_use]
pub fn fingerprinted(found: Vec<Diagnostic>) -> Vec<Finding> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let marked = found.into_iter().map(|diagnostic| {
        let hash = hash(&diagnostic);
        let count = seen.entry(hash.clone()).or_default();
        *count += 1;
        Finding {
            fingerprint: format!("{hash}:{count}"),
            diagnostic,
            known: None,
        }
    });
    marked.collect()
}

/// Marks what the baseline knows, and returns how many of its entries are found no more.
pub fn recognise(findings: &mut [Finding], baseline: &Baseline, scope: &Scope<'_>) -> usize {
    let entries = baseline.findings.iter();
    let entries: BTreeMap<&str, &Accepted> = entries
        .map(|entry| (entry.fingerprint.as_str(), entry))
        .collect();
    let mut met = BTreeSet::new();
    for finding in findings.iter_mut().filter(|f| is_acceptable(&f.diagnostic)) {
        if let Some(entry) = entries.get(finding.fingerprint.as_str()) {
            finding.known = Some(entry.note.clone());
            met.insert(finding.fingerprint.clone());
        }
    }
    let looked_for = entries.values().filter(|entry| scope.covers(entry));
    let gone = looked_for.filter(|entry| !met.contains(&entry.fingerprint));
    gone.count()
}

/// Returns the baseline that knows all these findings. Notes stay, and so do entries that were not
/// looked for; `title` names a code where there is no note yet.
#[must_use]
pub fn accept(
    findings: &[Finding],
    before: Option<&Baseline>,
    scope: &Scope<'_>,
    title: &dyn Fn(&str) -> String,
) -> Baseline {
    let old = before.map(|baseline| baseline.findings.as_slice());
    let old = old.unwrap_or_default();
    let noted = |fingerprint: &str| {
        let entry = old.iter().find(|entry| entry.fingerprint == fingerprint);
        entry.map(|entry| entry.note.clone())
    };
    let fresh = findings.iter().filter(|f| is_acceptable(&f.diagnostic));
    let fresh = fresh.map(|finding| {
        let diagnostic = &finding.diagnostic;
        let note = noted(&finding.fingerprint).unwrap_or_else(|| title(&diagnostic.code));
        Accepted {
            path: diagnostic.path.clone(),
            code: diagnostic.code.clone(),
            fingerprint: finding.fingerprint.clone(),
            history: diagnostic.commit.is_some(),
            note,
        }
    });
    let kept = old.iter().filter(|entry| !scope.covers(entry)).cloned();
    let all: BTreeSet<Accepted> = kept.chain(fresh).collect();
    Baseline {
        version: VERSION,
        findings: all.into_iter().collect(),
    }
}

/// Returns whether a finding can be accepted. Drift, conflicts and policy are settled, not accepted;
/// notes change nothing.
#[must_use]
pub fn is_acceptable(diagnostic: &Diagnostic) -> bool {
    diagnostic.code.starts_with("CS") && diagnostic.severity > Severity::Note
}

impl Scope<'_> {
    fn covers(&self, entry: &Accepted) -> bool {
        let seen = if entry.history {
            self.history
        } else {
            self.tree
        };
        (self.only.is_empty() || self.only.contains(&entry.code)) && seen
    }
}

fn hash(diagnostic: &Diagnostic) -> String {
    let path = diagnostic.path.as_deref().unwrap_or_default();
    let place = if diagnostic.commit.is_some() {
        "history"
    } else {
        ""
    };
    let parts = [&diagnostic.code, path, place, &diagnostic.message];
    let digest = Sha256::digest(parts.join("\0"));
    digest.iter().take(10).fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form serde wants")]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: Scope<'static> = Scope {
        only: &[],
        history: false,
        tree: true,
    };

    fn found(lines: &[(&str, usize)]) -> Vec<Finding> {
        let found = lines.iter().map(|(path, line)| {
            let mut finding = Diagnostic::warning("CS001", "a slash").in_file(*path);
            finding.line = Some(*line);
            finding
        });
        fingerprinted(found.collect())
    }

    fn accepted(lines: &[(&str, usize)], before: Option<&Baseline>) -> Baseline {
        accept(&found(lines), before, &TREE, &|code| code.to_owned())
    }

    #[track_caller]
    fn check(baseline: &Baseline, lines: &[(&str, usize)], fresh: usize, gone: usize) {
        let text = write_baseline(baseline);
        let baseline = read_baseline("b.json", &text).expect("what was written");
        let mut now = found(lines);
        let stale = recognise(&mut now, &baseline, &TREE);
        let unknown = now.iter().filter(|f| f.known.is_none()).count();
        assert_eq!((unknown, stale), (fresh, gone), "{text}");
    }

    #[test]
    fn a_finding_is_known_wherever_it_stands_in_its_file() {
        let baseline = accepted(&[("a", 1), ("b", 2)], None);
        check(&baseline, &[("a", 9), ("b", 2)], 0, 0);
        check(&baseline, &[("a", 1), ("a", 5), ("b", 2)], 1, 0);
        check(&baseline, &[("c", 1)], 1, 2);
    }

    #[test]
    fn notes_and_what_was_not_looked_for_stay() {
        let mut first = accepted(&[("a", 1)], None);
        first.findings[0].note = "ours".to_owned();
        first.findings.push(Accepted {
            path: None,
            code: "CS003".to_owned(),
            fingerprint: "x".to_owned(),
            history: true,
            note: String::new(),
        });
        let second = accepted(&[("a", 4), ("b", 1)], Some(&first));
        let notes: Vec<&str> = second.findings.iter().map(|f| f.note.as_str()).collect();
        assert_eq!(notes, ["", "ours", "CS001"]);
        check(&second, &[("a", 1), ("b", 1)], 0, 0);
    }

    #[test]
    fn what_is_no_baseline_is_said_with_its_place() {
        let problem = read_baseline("b.json", "{\n \"version\": 1,\n x").expect_err("no JSON");
        assert_eq!((problem.line, problem.column), (Some(3), Some(2)));
        assert!(read_baseline("b.json", &"[".repeat(100_000)).is_err());
    }
}
