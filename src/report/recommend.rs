//! A recommendation on one screen.

use super::table::{WIDTH, clip, paragraph, table};
use crate::model::escape;
use crate::scenario::{Fact, FactValue, Finding, Flip, Recommendation};

const FLIPS_SHOWN: usize = 4;
const FACT: usize = 25;
const WEIGHT: usize = 14;
const EVIDENCE: usize = WIDTH - FACT - WEIGHT - 4;
const LIST: usize = 24;

/// Returns the scored scenarios, the facts that decided, and what would change the outcome.
#[must_use]
pub fn recommend(found: &Recommendation) -> String {
    let parts = [
        scores(found),
        verdict(found),
        weighed(found),
        rest(found),
        flips(found),
    ];
    let parts = parts.into_iter().filter(|part| !part.is_empty());
    let text = parts.collect::<Vec<_>>().join("\n");
    let lines = text.split('\n').map(escape);
    lines.collect::<Vec<_>>().join("\n")
}

fn scores(found: &Recommendation) -> String {
    let names = found.scores.iter().map(|s| s.scenario.chars().count() + 2);
    let name = names.max().unwrap_or(0).clamp(8, 20);
    let approach = (WIDTH - name - 5 - 6) / 2;
    let mut rows = vec![
        ["  scenario", "score", "approach", "cost impact"]
            .map(str::to_owned)
            .to_vec(),
    ];
    rows.extend(found.scores.iter().map(|score| {
        let mark = if score.scenario == found.winner && found.margin > 0 {
            '*'
        } else {
            ' '
        };
        vec![
            format!("{mark} {}", score.scenario),
            format!("{:>5}", score.score),
            score.approach.clone(),
            score.cost.clone(),
        ]
    }));
    table(&[name, 5, approach], &rows)
}

fn verdict(found: &Recommendation) -> String {
    let (winner, margin, least) = (&found.winner, found.margin, found.clear_margin);
    let lead = match (found.clear, margin) {
        (true, _) => format!("{winner} leads by {margin}, a clear choice ({least} or more is)"),
        (false, 0) => format!("no scenario leads; a lead of {least} or more is a clear choice"),
        (false, _) if margin >= least => {
            format!("{winner} leads by {margin}, but a fact that is unknown here could turn it")
        }
        (false, _) => {
            format!("{winner} leads by {margin}, which is close ({least} or more is clear)")
        }
    };
    let scores = found.scores.iter().find(|s| s.scenario == *winner);
    let why = scores
        .filter(|_| margin > 0)
        .map(|s| format!(": {}", s.why));
    let next = if found.clear {
        format!("next: claude-scaffold init --profile {}\n", found.profile)
    } else {
        "next: choose one, with claude-scaffold init --profile NAME\n".to_owned()
    };
    paragraph(&(lead + &why.unwrap_or_default())) + &next
}

fn weights(found: &Recommendation, fact: &str) -> Vec<String> {
    let given = found.scores.iter().filter_map(|score| {
        let rows = score.rows.iter().filter(|row| row.fact == fact);
        let sum: i64 = rows.map(|row| row.weight).sum();
        (sum != 0).then(|| format!("{sum:+} {}", score.scenario))
    });
    given.collect()
}

fn weighed(found: &Recommendation) -> String {
    let mut rows = vec![["fact", "weight", "evidence"].map(str::to_owned).to_vec()];
    for finding in &found.facts {
        let (Fact::Known { value, evidence }, weights) =
            (&finding.fact, weights(found, &finding.name))
        else {
            continue;
        };
        if !weights.is_empty() {
            rows.push(vec![
                named(finding, value),
                weights.join("\n"),
                joined(evidence),
            ]);
        }
    }
    match rows.len() {
        1 => String::new(),
        _ => table(&[FACT, WEIGHT], &rows),
    }
}

/// Joins what fits on two lines.
fn joined(evidence: &[String]) -> String {
    let mut text = String::new();
    for item in evidence {
        let item = clip(&escape(item), EVIDENCE * 2 - 4);
        let length = text.chars().count() + item.chars().count();
        if length + 4 > EVIDENCE * 2 {
            return text + ", …";
        }
        let comma = if text.is_empty() { "" } else { ", " };
        text = text + comma + &item;
    }
    text
}

fn short(value: &FactValue) -> String {
    let text = value.to_string();
    match value {
        FactValue::List(items) if text.chars().count() > LIST => {
            format!("{} found", items.len())
        }
        _ => escape(&text),
    }
}

/// The facts that weigh nothing: seen, not found, not to be seen.
fn rest(found: &Recommendation) -> String {
    let (mut seen, mut nothing) = (Vec::new(), Vec::new());
    let mut unknown: Vec<(&str, Vec<&str>)> = Vec::new();
    for finding in &found.facts {
        match &finding.fact {
            Fact::Unknown { reason } => match unknown.iter_mut().find(|(known, _)| known == reason)
            {
                Some((_, titles)) => titles.push(&finding.title),
                None => unknown.push((reason, vec![&finding.title])),
            },
            Fact::Known { value, .. } if value.is_nothing() => nothing.push(finding.title.as_str()),
            Fact::Known { value, .. } if weights(found, &finding.name).is_empty() => {
                seen.push(named(finding, value).replacen(": ", " ", 1));
            }
            Fact::Known { .. } => {}
        }
    }
    let unknown: Vec<String> = unknown
        .into_iter()
        .map(|(reason, titles)| format!("{} ({})", titles.join(", "), escape(reason)))
        .collect();
    let line = |label: &str, items: String| match items.as_str() {
        "" => String::new(),
        items => paragraph(&format!("{label}: {items}")),
    };
    line("also found", seen.join(", "))
        + &line("not found", nothing.join(", "))
        + &line("unknown", unknown.join("; "))
}

fn named(finding: &Finding, value: &FactValue) -> String {
    match value {
        FactValue::Flag(_) => finding.title.clone(),
        _ => format!("{}: {}", finding.title, short(value)),
    }
}

fn flips(found: &Recommendation) -> String {
    if found.flips.is_empty() {
        return "no single fact would change it\n".to_owned();
    }
    let shown = found.flips.iter().take(FLIPS_SHOWN).map(flip);
    let more = found.flips.len().saturating_sub(FLIPS_SHOWN);
    let more = match more {
        0 => String::new(),
        n => format!("  and {n} more; --format json lists all\n"),
    };
    format!("what would change it\n{}{more}", shown.collect::<String>())
}

fn flip(flip: &Flip) -> String {
    let from = flip.from.as_ref().map_or("unknown".to_owned(), short);
    let (title, to, winner) = (&flip.title, short(&flip.to), &flip.winner);
    format!("  {title}: {from} → {to} makes it {winner}\n")
}
