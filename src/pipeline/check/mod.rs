//! What is wrong, without a thought of mending it: drift, the pitfalls, shadowed values, leaked keys.

mod drift;
mod layers;
mod leaks;
mod pitfalls;

use super::{Outcome, Own, Reach, Request, Templates, run};
use crate::catalog::Catalog;
use crate::model::Diagnostic;
use crate::observe::Unit;

/// The words by which `--only` names what has no code.
pub const DRIFT: [&str; 4] = ["drift", "edited", "unapplied", "conflict"];

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

/// Returns all that is wrong, in the order of files.
///
/// # Errors
/// As [`run`]; and where the repository cannot be read.
pub fn findings(question: &Question<'_>) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
    let &Question { unit, own, .. } = question;
    let mut found = Vec::new();
    let outcome = match own.manifest.as_deref() {
        Some(manifest) => Some(run(&Request {
            unit,
            own,
            manifest,
            templates: Templates::Any,
            reach: question.reach,
        })?),
        None => None,
    };
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
    found.sort_by_key(|finding| (finding.path.clone(), finding.line, finding.column));
    Ok(found)
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
