//! [`Facts`] + matrix → [`Recommendation`]: the scenario that fits, and everything that decided it.
//!
//! Every number comes from the matrix. Must not look at a repository, and knows no scenario by name.

mod facts;
mod flips;

use serde::Serialize;

use crate::catalog::{Matrix, Row};

pub use facts::{Fact, FactValue, Facts};

/// The scored matrix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Recommendation {
    /// The scenario with the highest score; of equals, the first in the matrix.
    pub winner: String,
    /// The profile it selects.
    pub profile: String,
    /// How far the winner leads.
    pub margin: i64,
    /// The smallest lead that counts as clear.
    pub clear_margin: i64,
    /// Whether the lead is clear: large enough, and no single unknown fact could turn it.
    pub clear: bool,
    /// Every scenario, in the matrix's order.
    pub scores: Vec<Score>,
    /// Every fact, in the matrix's order.
    pub facts: Vec<Finding>,
    /// Names of the facts that could not be seen.
    pub unknown: Vec<String>,
    /// The smallest changes of one fact that make another scenario win, smallest first.
    pub flips: Vec<Flip>,
}

/// What a scenario scored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Score {
    /// Its name.
    pub scenario: String,
    /// Its name for people.
    pub title: String,
    /// The profile it selects.
    pub profile: String,
    /// The sum of the weights.
    pub score: i64,
    /// What it recommends.
    pub approach: String,
    /// Why.
    pub why: String,
    /// What it does to the bill.
    pub cost: String,
    /// The rows that gave the score.
    pub rows: Vec<Weight>,
}

/// The weight that one row gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Weight {
    /// Which fact.
    pub fact: String,
    /// Where it was seen.
    pub evidence: Vec<String>,
    /// How much it weighs.
    pub weight: i64,
    /// Why it speaks for the scenario.
    pub reason: String,
}

/// A fact with its name for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Finding {
    /// Its name.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// What was seen.
    #[serde(flatten)]
    pub fact: Fact,
}

/// A change of one fact that makes another scenario win.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Flip {
    /// Which fact.
    pub fact: String,
    /// Its name for people.
    pub title: String,
    /// Its value; none where it is unknown.
    pub from: Option<FactValue>,
    /// The value that changes the outcome.
    pub to: FactValue,
    /// The scenario that wins then.
    pub winner: String,
}

/// Scores the matrix.
#[must_use]
pub fn recommend(facts: &Facts, matrix: &Matrix) -> Recommendation {
    let totals = totals(matrix, |name| facts.value(name));
    let best = winner(&totals);
    let lead = best.map_or(0, |best| {
        let others = totals.iter().enumerate().filter(|(at, _)| *at != best);
        let second = others.map(|(_, score)| *score).max();
        totals[best] - second.unwrap_or(0)
    });
    let scenario = best.and_then(|at| matrix.scenarios.get(at));
    let findings = findings(facts, matrix);
    let unknown = findings
        .iter()
        .filter(|f| matches!(f.fact, Fact::Unknown { .. }))
        .map(|f| f.name.clone())
        .collect();
    let flips = flips::flips(facts, matrix, best);
    Recommendation {
        winner: scenario.map(|s| s.name.clone()).unwrap_or_default(),
        profile: scenario.map(|s| s.profile.clone()).unwrap_or_default(),
        margin: lead,
        clear_margin: matrix.clear_margin,
        clear: lead >= matrix.clear_margin && flips.iter().all(|flip| flip.from.is_some()),
        scores: scores(facts, matrix, &totals),
        facts: findings,
        unknown,
        flips,
    }
}

fn scores(facts: &Facts, matrix: &Matrix, totals: &[i64]) -> Vec<Score> {
    let scored = matrix.scenarios.iter().zip(totals);
    scored
        .map(|(scenario, score)| Score {
            scenario: scenario.name.clone(),
            title: scenario.title.clone(),
            profile: scenario.profile.clone(),
            score: *score,
            approach: scenario.approach.clone(),
            why: scenario.why.clone(),
            cost: scenario.cost.clone(),
            rows: matrix
                .rows
                .iter()
                .filter_map(|row| weight(facts, row, &scenario.name))
                .collect(),
        })
        .collect()
}

fn weight(facts: &Facts, row: &Row, scenario: &str) -> Option<Weight> {
    let weight = *row.weight.get(scenario)?;
    let Fact::Known { value, evidence } = facts.0.get(&row.fact)? else {
        return None;
    };
    holds(row, value).then(|| Weight {
        fact: row.fact.clone(),
        evidence: evidence.clone(),
        weight,
        reason: row.reason.clone(),
    })
}

fn findings(facts: &Facts, matrix: &Matrix) -> Vec<Finding> {
    let unseen = || Fact::Unknown {
        reason: "not looked for".to_owned(),
    };
    let listed = matrix.facts.iter().map(|kind| Finding {
        name: kind.name.clone(),
        title: kind.title.clone(),
        fact: facts.0.get(&kind.name).cloned().unwrap_or_else(unseen),
    });
    let further = facts
        .0
        .iter()
        .filter(|(name, _)| matrix.fact(name).is_none());
    let further = further.map(|(name, fact)| Finding {
        name: name.clone(),
        title: name.clone(),
        fact: fact.clone(),
    });
    listed.chain(further).collect()
}

fn totals<'a>(matrix: &Matrix, value: impl Fn(&str) -> Option<&'a FactValue>) -> Vec<i64> {
    let given: Vec<&Row> = matrix
        .rows
        .iter()
        .filter(|row| value(&row.fact).is_some_and(|value| holds(row, value)))
        .collect();
    let sum = |name: &str| given.iter().filter_map(|row| row.weight.get(name)).sum();
    matrix.scenarios.iter().map(|s| sum(&s.name)).collect()
}

/// Returns the place of the highest score, the first of equals.
fn winner(totals: &[i64]) -> Option<usize> {
    let highest = totals.iter().max()?;
    totals.iter().position(|score| score == highest)
}

/// Returns whether a row certainly holds; a lower bound alone proves no upper one.
fn holds(row: &Row, value: &FactValue) -> bool {
    let within = |n: u64| {
        row.is.is_none()
            && row.at_least.is_none_or(|low| n >= low)
            && row.at_most.is_none_or(|high| n <= high)
    };
    match value {
        FactValue::Flag(flag) => row.is == Some(*flag),
        FactValue::Count(count) => within(*count),
        FactValue::AtLeast { at_least } => {
            row.at_most.is_none() && row.has.is_empty() && within(*at_least)
        }
        FactValue::List(items) if row.has.is_empty() => within(items.len() as u64),
        FactValue::List(items) => items.iter().any(|item| row.has.contains(item)),
    }
}

#[cfg(test)]
mod tests;
