//! Files and keys of the user's that leave no room for ours: another place, or no feature.

use super::settle::Settled;
use crate::manifest::{Assignment, assign};
use crate::model::{Format, KeyPath, RepoPath, Segment, Value};
use crate::observe::{self, Unit};
use crate::pipeline::{Answers, Outcome};
use crate::render::Origin;

const LAUNCHER: &str = "launcher.path";

/// Changes the answers so that the next round meets nothing of the user's; returns whether it did.
pub(super) fn go_round(
    unit: &Unit,
    outcome: &Outcome,
    settled: &Settled,
    answers: &mut Answers,
    notes: &mut Vec<String>,
) -> bool {
    let declared = &outcome.resolution.declared;
    let launcher = declared.launcher.as_str();
    let stem = launcher.strip_suffix(".sh").unwrap_or(launcher);
    let in_the_way = whole_files(outcome)
        .into_iter()
        .map(|path| (path, KeyPath::root()));
    let in_the_way: Vec<_> = in_the_way.chain(settled.blocked.iter().cloned()).collect();
    for (path, key) in &in_the_way {
        let name = path.as_str();
        if key.0.is_empty() && (name == launcher || name.strip_suffix(".ps1") == Some(stem)) {
            let moved = answers.assignments.iter().rfind(|a| a.key == LAUNCHER);
            if moved.is_some_and(|a| a.value != launcher) {
                continue;
            }
            let free = free_place(unit, stem);
            notes.push(format!("`{name}` is your own, so ours will be `{free}`"));
            answers.assignments.push(assign(LAUNCHER, free));
            continue;
        }
        for feature in givers(outcome, path, key) {
            let what = if key.0.is_empty() {
                format!("`{name}` is your own")
            } else {
                format!("`{key}` in `{name}` holds something else")
            };
            if switch_off(answers, &feature) {
                notes.push(format!(
                    "{what}, so the feature `{feature}` is switched off"
                ));
            }
        }
    }
    !in_the_way.is_empty()
}

/// The whole files of ours at whose place stands another.
fn whole_files(outcome: &Outcome) -> Vec<RepoPath> {
    let changes = outcome.plan.changes.iter();
    let whole = changes.filter(|change| {
        let format = outcome
            .rendered
            .files
            .get(&change.path)
            .map(|file| file.format);
        format == Some(Format::WholeFile) && !change.conflicts.is_empty()
    });
    whole.map(|change| change.path.clone()).collect()
}

fn free_place(unit: &Unit, stem: &str) -> String {
    let taken = |path: &str| RepoPath::parse(path).is_ok_and(|p| observe::is_there(unit, &p));
    let stem = stem.trim_end_matches("-gateway");
    let numbered = (2..).map(|number| format!("{stem}-gateway-{number}"));
    let mut stems = std::iter::once(format!("{stem}-gateway")).chain(numbered);
    let free = stems.find(|stem| !taken(&format!("{stem}.sh")) && !taken(&format!("{stem}.ps1")));
    format!("{}.sh", free.unwrap_or_default())
}

/// The features that give a file, or what lies at or below a key of it.
fn givers(outcome: &Outcome, path: &RepoPath, key: &KeyPath) -> Vec<String> {
    let origins = outcome
        .rendered
        .origins
        .get(path)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let gives = |origin: &&Origin| {
        let fragment = serde_json::from_str::<Value>(&origin.fragment);
        fragment.map_or(true, |value| holds(&value, &key.0))
    };
    let mut names: Vec<String> = origins
        .iter()
        .filter(gives)
        .map(|o| o.feature.clone())
        .collect();
    names.dedup();
    names
}

fn holds(value: &Value, key: &[Segment]) -> bool {
    match key {
        [Segment::Key(name), rest @ ..] => value.get(name).is_some_and(|inner| holds(inner, rest)),
        _ => true,
    }
}

/// Leaves a feature out, also where the user lists features; returns whether it was in.
fn switch_off(answers: &mut Answers, feature: &str) -> bool {
    let off = format!("-{feature}");
    let mut listed: Vec<&mut Assignment> = answers
        .assignments
        .iter_mut()
        .filter(|a| a.key == "features")
        .collect();
    if let Some(list) = listed.last_mut().and_then(|a| a.value.as_array_mut()) {
        if list.iter().any(|item| item.as_str() == Some(&off)) {
            return false;
        }
        list.retain(|item| item.as_str() != Some(feature));
        list.push(Value::from(off));
        return true;
    }
    let fresh = !answers.without.iter().any(|name| name == feature);
    if fresh {
        answers.without.push(feature.to_owned());
    }
    fresh
}
