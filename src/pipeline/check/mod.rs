//! What is wrong, without a thought of mending it: drift, the pitfalls, shadowed values, leaked keys.

mod drift;
mod fix;
mod known;
mod layers;
mod leaks;
mod pitfalls;

pub use fix::mending;
pub use layers::among;

use super::{Outcome, Own, Reach, Request, Templates, run};
use crate::catalog::Catalog;
use crate::diagnose::Finding;
use crate::model::{Diagnostic, Plan, Severity};
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
    /// The codes that are asked for; none: all.
    pub only: &'a [String],
    /// Where keys are looked for.
    pub depth: Depth,
    /// Hears how far a long search is: what is done of how many.
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
    found(question).map(|(found, _)| found)
}

/// Returns all that is wrong, with what the baseline knows of it.
///
/// # Errors
/// As [`findings`]; and where the baseline cannot be read.
pub fn checked(question: &Question<'_>) -> Result<Checked, Vec<Diagnostic>> {
    let (found, outcome) = found(question)?;
    let stood = known::stood(question, outcome.as_ref())?;
    Ok(Checked {
        findings: known::judged(question, &stood, found),
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
    known::accepted(question, &checked.stood, &checked.findings, title)
}

fn found(question: &Question<'_>) -> Result<(Vec<Diagnostic>, Option<Outcome>), Vec<Diagnostic>> {
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
    if question.wants("CS003") {
        found.extend(leaks::findings(&subject)?);
    }
    found.retain(|finding| question.wants(&finding.code));
    if let Some(outcome) = &outcome {
        weigh(&mut found, outcome);
    }
    found.sort_by_key(|finding| (finding.path.clone(), finding.line, finding.column));
    Ok((found, outcome))
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

/// Gives findings the severity that the layers declare for their code.
fn weigh(found: &mut Vec<Diagnostic>, outcome: &Outcome) {
    let values = &outcome.resolution.values;
    found.retain_mut(|finding| {
        let declared = values.get(&format!("{SEVERITY}{}", finding.code));
        match declared.and_then(|(value, _)| value.as_str()) {
            Some("off") => return false,
            Some("error") => finding.severity = Severity::Error,
            Some("warning") => finding.severity = Severity::Warning,
            Some("note") => finding.severity = Severity::Note,
            _ => {}
        }
        true
    });
}

impl Question<'_> {
    fn wants(&self, code: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == code)
    }

    fn wants_any(&self, codes: &[&str]) -> bool {
        codes.iter().any(|code| self.wants(code))
    }

    /// Drift and leaked keys have rooms of their own.
    fn wants_pitfalls(&self) -> bool {
        let elsewhere = |code: &String| code == "CS003" || DRIFT.contains(&code.as_str());
        self.only.is_empty() || !self.only.iter().all(elsewhere)
    }
}
