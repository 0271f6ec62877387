//! Hand-made files come under management as they are.
//!
//! The one pipeline runs for each profile as if nothing were there yet; what it would write is left
//! to the next `apply`, and what is there becomes the base.

mod around;
mod settle;
mod values;

use std::cmp::Reverse;

use super::{Answers, Outcome, Own, Reach, Request, Templates, first, own_changes, run};
use crate::catalog::Catalog;
use crate::model::{BaseState, CONFLICT, Conflict, Diagnostic, Plan, RepoPath};
use crate::observe::{Find, Hints, Unit};
use crate::{diagnose, lock};
use settle::Settled;

pub use values::{Taken, place, take};

/// How often a profile is tried again with a file of the user's left out.
const ROUNDS: usize = 8;
/// What one key weighs that says what a profile would say. A file that would have to be written
/// weighs one against it.
const MATCH: i64 = 3;
/// What one key weighs that is there and says something else.
const DIFFERS: i64 = 2;

/// How near a profile is to what stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Score {
    /// The profile.
    pub profile: String,
    /// Keys and whole files that are as it wants them.
    pub matches: usize,
    /// Keys that say something else.
    pub differs: usize,
    /// Files that `apply` would write.
    pub writes: usize,
    /// The sum.
    pub total: i64,
}

/// One file that is managed from now on.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Which.
    pub path: RepoPath,
    /// Keys that say what was declared; a whole file is one.
    pub matches: usize,
    /// Keys that say something else and stay so.
    pub differs: Vec<Conflict>,
}

/// What `adopt` would write, and what follows from it.
#[derive(Debug, Clone)]
pub struct Adoption {
    /// Manifest and lockfile, and the files that stay as they are.
    pub outcome: Outcome,
    /// What the next `apply` would do.
    pub next: Plan,
    /// The values, and where each stands.
    pub found: Vec<Find>,
    /// What there is to know about them.
    pub notes: Vec<String>,
    /// The profiles, the nearest first.
    pub scores: Vec<Score>,
    /// The files.
    pub standing: Vec<Standing>,
}

/// What `adopt` works with.
#[derive(Debug, Clone, Copy)]
pub struct Adopting<'a> {
    /// Where.
    pub unit: &'a Unit,
    /// The unit's own files as they are.
    pub own: &'a Own,
    /// What the user asked for.
    pub answers: &'a Answers,
    /// What the files say.
    pub taken: &'a Taken,
    /// What else the repository suggests.
    pub hints: &'a Hints,
    /// The templates.
    pub catalog: &'a Catalog,
    /// How packs are read.
    pub reach: &'a Reach,
}

/// Finds the nearest profile, or takes the one asked for, and adopts what stands there.
///
/// # Errors
/// Returns what keeps every profile from it: files that cannot be merged, values that do not fit.
pub fn adopt(adopting: &Adopting<'_>) -> Result<Adoption, Vec<Diagnostic>> {
    let names: Vec<&str> = match adopting.answers.profile.as_str() {
        "" => adopting.catalog.profile_names(),
        asked => vec![asked],
    };
    let mut tried: Vec<(Adoption, Score)> = Vec::new();
    let mut failed: Vec<Vec<Diagnostic>> = Vec::new();
    for name in names {
        match attempt(adopting, name) {
            Ok(adoption) => {
                let score = score(&adoption, name);
                tried.push((adoption, score));
            }
            Err(problems) => failed.push(problems),
        }
    }
    tried.sort_by_key(|(adoption, score)| {
        let features = adoption.outcome.resolution.features.len();
        (Reverse(score.total), features, score.profile.clone())
    });
    let scores: Vec<Score> = tried.iter().map(|(_, score)| score.clone()).collect();
    if let Some(problems) = failed.into_iter().next() {
        return Err(incomparable(problems, scores.first()));
    }
    let Some((nearest, _)) = tried.into_iter().next() else {
        return Err(Vec::new());
    };
    Ok(Adoption { scores, ..nearest })
}

/// Says that one profile cannot be compared, and which of the others could be named.
fn incomparable(mut problems: Vec<Diagnostic>, nearest: Option<&Score>) -> Vec<Diagnostic> {
    if let (Some(problem), Some(score)) = (problems.first_mut(), nearest) {
        let help = problem.help.take().unwrap_or_default();
        let name = &score.profile;
        problem.help = Some(format!(
            "{help}; where that does not matter: `claude-scaffold adopt --profile {name}`"
        ));
    }
    problems
}

/// Adopts for one profile; what is the user's as a whole is gone round.
fn attempt(adopting: &Adopting<'_>, profile: &str) -> Result<Adoption, Vec<Diagnostic>> {
    let &Adopting {
        unit,
        own,
        taken,
        hints,
        catalog,
        reach,
        ..
    } = adopting;
    let mut answers = adopting.answers.clone();
    profile.clone_into(&mut answers.profile);
    answers
        .assignments
        .splice(0..0, taken.assignments.iter().cloned());
    let mut notes = taken.notes.clone();
    for _ in 0..ROUNDS {
        let manifest = first(&answers, hints, catalog)?;
        let outcome = run(&Request {
            unit,
            own,
            manifest: &manifest.text,
            templates: Templates::Same,
            reach,
        })?;
        let settled = settle::settle(&outcome)?;
        if around::go_round(unit, &outcome, &settled, &mut answers, &mut notes) {
            continue;
        }
        notes.splice(0..0, manifest.notes);
        return finish(adopting, &manifest.text, outcome, settled, notes);
    }
    let problem = Diagnostic::error("adopt", "too many files here are in the way");
    Err(vec![problem.with_help(
        "start with `claude-scaffold init`, which names every one of them",
    )])
}

/// Turns what was settled into what is written, and asks what comes after it.
fn finish(
    adopting: &Adopting<'_>,
    manifest: &str,
    mut outcome: Outcome,
    settled: Settled,
    notes: Vec<String>,
) -> Result<Adoption, Vec<Diagnostic>> {
    let &Adopting {
        unit,
        own,
        taken,
        reach,
        ..
    } = adopting;
    outcome.next = BaseState {
        files: settled.files,
        ..outcome.next
    };
    let lockfile = lock::write(&outcome.next);
    let adopted = Own {
        manifest: Some(manifest.to_owned()),
        lockfile: Some(lockfile.clone()),
        modes: own.modes.clone(),
    };
    let next = run(&Request {
        unit,
        own: &adopted,
        manifest,
        templates: Templates::Same,
        reach,
    })?;
    let mut diagnostics = taken.diagnostics.clone();
    diagnostics.extend(diagnose::misspelt(&outcome.plan.changes));
    let others = outcome.plan.diagnostics.into_iter();
    diagnostics.extend(others.filter(|problem| problem.code != CONFLICT));
    outcome.plan = Plan {
        changes: settled.changes,
        own: own_changes(unit, own, Some(manifest), Some(&lockfile)),
        diagnostics,
    };
    Ok(Adoption {
        outcome,
        next: next.plan,
        found: taken.found.clone(),
        notes,
        scores: Vec::new(),
        standing: settled.standing,
    })
}

fn score(adoption: &Adoption, profile: &str) -> Score {
    let standing = &adoption.standing;
    let matches = standing.iter().map(|file| file.matches).sum();
    let differs = standing.iter().map(|file| file.differs.len()).sum();
    let writes = adoption
        .next
        .changes
        .iter()
        .filter(|change| change.writes())
        .count();
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    Score {
        profile: profile.to_owned(),
        matches,
        differs,
        writes,
        total: MATCH * count(matches) + DIFFERS * count(differs) - count(writes),
    }
}
