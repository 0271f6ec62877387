//! What is wrong, without a thought of mending it: drift, the pitfalls, shadowed values, leaked keys.

mod drift;
mod fix;
mod known;
mod layers;
mod leaks;
mod pitfalls;

pub use fix::mending;
pub use layers::among;
pub use leaks::Keys;

use std::collections::BTreeMap;

use super::{Outcome, Own, Reach, Request, Templates, run};
use crate::catalog::Catalog;
use crate::diagnose::Finding;
use crate::model::{Diagnostic, Plan, RepoPath, Severity};
use crate::observe::Unit;
use crate::resolve::{POLICY, SEVERITY};

/// The words by which `--only` names what has no code.
pub const DRIFT: [&str; 5] = ["drift", "edited", "unapplied", "conflict", POLICY];

/// Where leaked keys are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Depth {
    /// In the work tree, and in the index where that differs.
    #[default]
    Tree,
    /// In the index alone, as before a commit.
    Staged,
    /// In the tree and in every commit.
    History,
}

/// What `check` is asked.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// Where; with or without a manifest.
    pub unit: &'a Unit,
    /// The unit's own files as they are.
    pub own: &'a Own,
    /// How packs are read.
    pub reach: &'a Reach,
    /// Where a tree comes from; a folder says so itself.
    pub origin: Option<&'a str>,
    /// The codes that are asked for; none: all.
    pub only: &'a [String],
    /// Where keys are looked for.
    pub depth: Depth,
    /// Hears how far a long search is: what is done of how many.
    pub progress: &'a (dyn Fn(usize, usize) + Sync),
}

/// What the second half of a check is asked, which looks into every file.
#[derive(Clone, Copy)]
pub struct Rest<'a> {
    /// As [`Question::unit`].
    pub unit: &'a Unit,
    /// How keys are looked for.
    pub keys: &'a Keys,
    /// As [`Question::only`].
    pub only: &'a [String],
    /// As [`Question::depth`].
    pub depth: Depth,
    /// As [`Question::progress`].
    pub progress: &'a (dyn Fn(usize, usize) + Sync),
}

/// What the checks of one unit look at.
#[derive(Clone, Copy)]
struct Subject<'a> {
    unit: &'a Unit,
    catalog: &'a Catalog,
    /// The pipeline's run; none where the unit has no manifest.
    outcome: Option<&'a Outcome>,
    question: &'a Question<'a>,
}

/// What the first half of a check comes to, which looks into the files that speak about a gateway: the
/// same for all units in which those are the same.
#[derive(Debug)]
pub struct Looked {
    found: Vec<Diagnostic>,
    /// What the layers declare about codes.
    severities: BTreeMap<String, String>,
    named: leaks::Named,
    baseline: RepoPath,
}

impl Looked {
    /// Returns about how many bytes it keeps.
    #[must_use]
    pub fn size(&self) -> usize {
        let texts = self.found.iter().map(|finding| {
            let help = finding.help.as_deref().unwrap_or_default();
            finding.message.len() + help.len() + size_of::<Diagnostic>()
        });
        texts.sum::<usize>() + size_of::<Self>()
    }
}

/// What was found, and what the baseline says of it.
pub struct Checked {
    /// All findings, in the order of files.
    pub findings: Vec<Finding>,
    stood: known::Stood,
}

/// Returns all that is wrong, in the order of files, whether the baseline knows it or not.
///
/// # Errors
/// As [`run`]; and where the repository cannot be read.
pub fn findings(question: &Question<'_>) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
    let keys = Keys::default();
    found(&question.rest(&keys), &looked(question)?)
}

/// Returns all that is wrong, with what the baseline knows of it.
///
/// # Errors
/// As [`findings`]; and where the baseline cannot be read.
pub fn checked(question: &Question<'_>) -> Result<Checked, Vec<Diagnostic>> {
    let keys = Keys::default();
    finished(&question.rest(&keys), &looked(question)?)
}

/// Returns what [`checked`] does, from its first half.
///
/// # Errors
/// As [`checked`].
pub fn finished(rest: &Rest<'_>, looked: &Looked) -> Result<Checked, Vec<Diagnostic>> {
    let found = found(rest, looked)?;
    let stood = known::stood(rest.unit, &looked.baseline)?;
    Ok(Checked {
        findings: known::judged(rest, &stood, found),
        stood,
    })
}

/// Returns the plan that writes today's findings into the baseline, and how many have to be settled
/// instead. `title` gives the note of an entry by its code.
#[must_use]
pub fn accepted(
    question: &Question<'_>,
    checked: &Checked,
    title: &dyn Fn(&str) -> String,
) -> (Plan, usize) {
    let keys = Keys::default();
    let rest = question.rest(&keys);
    known::accepted(&rest, &checked.stood, &checked.findings, title)
}

/// Does the first half of a check: all but what only a look into every file shows.
///
/// # Errors
/// As [`run`].
pub fn looked(question: &Question<'_>) -> Result<Looked, Vec<Diagnostic>> {
    let unit = question.unit;
    let mut found = Vec::new();
    let outcome = outcome(question, &mut found)?;
    if let Some(outcome) = outcome.as_ref().filter(|_| question.wants_any(&DRIFT)) {
        found.extend(drift::findings(unit, outcome));
    }
    let embedded = Catalog::embedded();
    let catalog = outcome.as_ref().map_or(&embedded, |o| &o.catalog);
    let subject = Subject {
        unit,
        catalog,
        outcome: outcome.as_ref(),
        question,
    };
    if question.wants_pitfalls() {
        found.extend(pitfalls::findings(&subject)?);
        found.extend(layers::findings(&subject)?);
    }
    Ok(Looked {
        found,
        severities: outcome.as_ref().map(severities).unwrap_or_default(),
        named: leaks::named(outcome.as_ref()),
        baseline: known::place(outcome.as_ref()),
    })
}

fn found(rest: &Rest<'_>, looked: &Looked) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
    let mut found = looked.found.clone();
    if wants(rest.only, "CS003") {
        found.extend(leaks::findings(rest, &looked.named)?);
    }
    found.retain(|finding| wants(rest.only, &finding.code));
    weigh(&mut found, &looked.severities);
    found.sort_by_key(|finding| (finding.path.clone(), finding.line, finding.column));
    Ok(found)
}

/// Runs the pipeline where there is a manifest. What contradicts a pack is a finding like others;
/// nothing can be rendered then.
fn outcome(
    question: &Question<'_>,
    found: &mut Vec<Diagnostic>,
) -> Result<Option<Outcome>, Vec<Diagnostic>> {
    let &Question { unit, own, .. } = question;
    let Some(manifest) = own.manifest.as_deref() else {
        return Ok(None);
    };
    let done = run(&Request {
        unit,
        own,
        manifest,
        templates: Templates::Any,
        reach: question.reach,
    });
    match done {
        Ok(outcome) => Ok(Some(outcome)),
        Err(problems) if problems.iter().all(|problem| problem.code == POLICY) => {
            found.extend(problems);
            Ok(None)
        }
        Err(problems) => Err(problems),
    }
}

/// What the layers declare about codes, by code.
fn severities(outcome: &Outcome) -> BTreeMap<String, String> {
    let values = outcome.resolution.values.iter();
    let declared = values.filter_map(|(key, (value, _))| {
        let code = key.strip_prefix(SEVERITY)?;
        Some((code.to_owned(), value.as_str()?.to_owned()))
    });
    declared.collect()
}

/// Gives findings the severity that the layers declare for their code.
fn weigh(found: &mut Vec<Diagnostic>, severities: &BTreeMap<String, String>) {
    found.retain_mut(|finding| {
        match severities.get(&finding.code).map(String::as_str) {
            Some("off") => return false,
            Some("error") => finding.severity = Severity::Error,
            Some("warning") => finding.severity = Severity::Warning,
            Some("note") => finding.severity = Severity::Note,
            _ => {}
        }
        true
    });
}

fn wants(only: &[String], code: &str) -> bool {
    only.is_empty() || only.iter().any(|only| only == code)
}

impl<'a> Question<'a> {
    /// The second half of it.
    fn rest(&self, keys: &'a Keys) -> Rest<'a> {
        Rest {
            unit: self.unit,
            keys,
            only: self.only,
            depth: self.depth,
            progress: self.progress,
        }
    }

    fn wants_any(&self, codes: &[&str]) -> bool {
        codes.iter().any(|code| wants(self.only, code))
    }

    /// Drift and leaked keys have rooms of their own.
    fn wants_pitfalls(&self) -> bool {
        let elsewhere = |code: &String| code == "CS003" || DRIFT.contains(&code.as_str());
        self.only.is_empty() || !self.only.iter().all(elsewhere)
    }
}
