//! What would have to be different for another scenario to win.

use std::collections::BTreeSet;

use super::{FactValue, Facts, Flip, totals, winner};
use crate::catalog::{FactKind, Kind, Matrix, Row};

/// Returns, for every fact and every other scenario, the smallest change that makes it win.
pub fn flips(facts: &Facts, matrix: &Matrix, best: Option<usize>) -> Vec<Flip> {
    let mut found: Vec<(u64, Flip)> = Vec::new();
    for kind in &matrix.facts {
        let current = facts.value(&kind.name);
        let mut reached: BTreeSet<usize> = best.into_iter().collect();
        for (distance, to) in candidates(kind, &matrix.rows, current) {
            let changed = totals(matrix, |name| {
                if name == kind.name {
                    Some(&to)
                } else {
                    facts.value(name)
                }
            });
            let Some(at) = winner(&changed).filter(|at| reached.insert(*at)) else {
                continue;
            };
            let flip = Flip {
                fact: kind.name.clone(),
                title: kind.title.clone(),
                from: current.cloned(),
                to,
                winner: matrix.scenarios[at].name.clone(),
            };
            found.push((distance, flip));
        }
    }
    found.sort_by_key(|(distance, _)| *distance);
    found.into_iter().map(|(_, flip)| flip).collect()
}

/// Returns the values at which some row changes its mind, nearest first; an unknown fact may be any
/// of them without a change.
fn candidates(kind: &FactKind, rows: &[Row], current: Option<&FactValue>) -> Vec<(u64, FactValue)> {
    let rows: Vec<&Row> = rows.iter().filter(|row| row.fact == kind.name).collect();
    let values: Vec<FactValue> = match kind.kind {
        Kind::Flag => [false, true].map(FactValue::Flag).to_vec(),
        Kind::Count => borders(&rows).into_iter().map(FactValue::Count).collect(),
        Kind::List => lists(kind, &rows, current),
    };
    let values = values.into_iter().filter(|value| Some(value) != current);
    let mut near: Vec<_> = values
        .map(|value| (current.map_or(0, |from| distance(from, &value)), value))
        .collect();
    near.sort_by_key(|(distance, _)| *distance);
    near
}

fn borders(rows: &[&Row]) -> BTreeSet<u64> {
    let low = rows.iter().filter_map(|row| row.at_least);
    let low = low.flat_map(|n| [n.saturating_sub(1), n]);
    let high = rows.iter().filter_map(|row| row.at_most);
    low.chain(high.flat_map(|n| [n, n.saturating_add(1)]))
        .collect()
}

fn lists(kind: &FactKind, rows: &[&Row], current: Option<&FactValue>) -> Vec<FactValue> {
    let items = match current {
        Some(FactValue::List(items)) => items.as_slice(),
        _ => &[],
    };
    let mut named: Vec<&str> = Vec::new();
    let of_rows = rows.iter().flat_map(|row| row.has.iter());
    let of_signs = kind.signs.iter().filter_map(|sign| sign.item.as_ref());
    for item in of_rows.chain(of_signs) {
        if !named.contains(&item.as_str()) && !items.contains(item) {
            named.push(item);
        }
    }
    let plus = |more: &[&str]| {
        let more = more.iter().map(|item| (*item).to_owned());
        FactValue::List(items.iter().cloned().chain(more).collect())
    };
    let mut values = vec![FactValue::List(Vec::new())];
    values.extend(named.iter().map(|item| plus(&[item])));
    for length in borders(rows) {
        let have = items.len() as u64;
        let more = usize::try_from(length.saturating_sub(have)).unwrap_or(usize::MAX);
        values.extend(match named.get(..more) {
            _ if more == 0 => None,
            Some(more) => Some(plus(more)),
            None => Some(FactValue::AtLeast { at_least: length }),
        });
    }
    for row in rows.iter().filter(|row| !row.has.is_empty()) {
        let rest = items.iter().filter(|item| !row.has.contains(item));
        values.push(FactValue::List(rest.cloned().collect()));
    }
    values
}

fn distance(from: &FactValue, to: &FactValue) -> u64 {
    match (size(from), size(to)) {
        (Some(from), Some(to)) => from.abs_diff(to).max(1),
        _ => 1,
    }
}

fn size(value: &FactValue) -> Option<u64> {
    match value {
        FactValue::Flag(_) => None,
        FactValue::Count(count) => Some(*count),
        FactValue::AtLeast { at_least } => Some(*at_least),
        FactValue::List(items) => Some(items.len() as u64),
    }
}
