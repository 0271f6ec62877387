//! A start from the sides of a merge that git could not finish.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::{Own, Start, guard, own_changes};
use crate::git::{self, Place, Stages};
use crate::lock;
use crate::merge::{look, merge};
use crate::model::{Actual, BaseFile, BaseState, Diagnostic, KeyPath, Plan, RepoPath, Value, lf};
use crate::observe::{self, Unit};

/// Returns the start that the lockfile gives, or, where it holds conflict markers, its three sides in
/// git's index. Other files with markers start from one side's text where only ours is in conflict.
///
/// # Errors
/// Fails where the manifest is in conflict, a lockfile cannot be read, or the users' own content of
/// another file is in conflict.
pub fn start_in_merge(unit: &Unit, own: &Own) -> Result<Start, Vec<Diagnostic>> {
    let marked = own.lockfile.as_deref().and_then(lock::marker);
    let Some(place) = &unit.git else {
        return super::start(unit, own);
    };
    if let Some(offset) = own.manifest.as_deref().and_then(lock::marker) {
        let text = own.manifest.as_deref().unwrap_or_default();
        let message = format!("`{}` holds conflict markers of git", unit.manifest);
        let problem = Diagnostic::error("manifest", message);
        let help = "settle it by hand first; it says what everything else follows from";
        return Err(vec![
            problem
                .at(unit.manifest.as_str(), text, offset)
                .with_help(help),
        ]);
    }
    let stages = stages(unit, place, &unit.lockfile)?;
    let sides = stages
        .as_ref()
        .map(|stages| sides(unit, stages))
        .transpose()?;
    let mut start = match (marked, &sides) {
        (None, _) => super::start(unit, own)?,
        (Some(_), None) => return Err(vec![without_sides(unit)]),
        (Some(_), Some([before, here, there])) => {
            let base = lock::merge(before, here, there, |path, key| {
                standing(unit, here.files.get(path)?, path, key)
            });
            Start {
                base: Rc::new(base),
                ..Start::default()
            }
        }
    };
    start
        .settled
        .extend([unit.manifest.clone(), unit.lockfile.clone()]);
    others(unit, place, sides.as_ref(), &mut start)?;
    Ok(start)
}

impl Start {
    /// Returns whether it is a merge of sides rather than what stands on the disk.
    #[must_use]
    pub fn is_merged(&self) -> bool {
        self.stood.is_none() || !self.texts.is_empty()
    }
}

/// Returns the plan that writes the merged lockfile and nothing else, for templates that have moved.
#[must_use]
pub fn lockfile_alone(unit: &Unit, own: &Own, start: &Start) -> Plan {
    let lockfile = super::lockfile(own, None, &start.base);
    Plan {
        own: own_changes(unit, own, own.manifest.as_deref(), Some(&lockfile)),
        ..Plan::default()
    }
}

/// Returns the files, relative to the unit, that are settled and that git still holds in conflict.
///
/// # Errors
/// Fails where git's index cannot be read.
pub fn to_stage(unit: &Unit, start: &Start) -> Result<Vec<String>, Vec<Diagnostic>> {
    let Some(place) = &unit.git else {
        return Ok(Vec::new());
    };
    let prefix = unit.prefix();
    let paths = start.settled.iter();
    let paths: Vec<String> = paths.map(|path| format!("{prefix}{path}")).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let found = git::conflicted(place, &paths).map_err(|error| vec![guard::unread(&error)])?;
    let inside = |path: &str| path.strip_prefix(&prefix).unwrap_or(path).to_owned();
    Ok(found.into_iter().map(inside).collect())
}

/// Settles the other files of ours that the merge has left in conflict.
fn others(
    unit: &Unit,
    place: &Place,
    sides: Option<&[BaseState; 3]>,
    start: &mut Start,
) -> Result<(), Vec<Diagnostic>> {
    let paths: Vec<RepoPath> = start.base.files.keys().cloned().collect();
    let actual = observe::actual(unit, paths.iter());
    let mut problems = Vec::new();
    for path in paths {
        let Some(Actual::Text { text, .. }) = actual.get(&path) else {
            start.settled.insert(path);
            continue;
        };
        let Some(offset) = lock::marker(text) else {
            start.settled.insert(path);
            continue;
        };
        let Some(stages) = stages(unit, place, &path)? else {
            continue;
        };
        let tombstones = start.base.files.get(&path).map(|file| &file.tombstones);
        match sides.and_then(|sides| chosen(&path, sides, &stages)) {
            Some((side, base)) if Some(&base.tombstones) == tombstones => {
                start.texts.insert(path.clone(), like(text, &side));
                Rc::make_mut(&mut start.base)
                    .files
                    .insert(path.clone(), base);
                start.settled.insert(path);
            }
            _ => {
                let message = format!("both sides changed what is not ours in `{path}`");
                let problem = Diagnostic::error("target", message);
                problems.push(problem.at(path.as_str(), text, offset).with_help(format!(
                    "settle it, `git add {path}`, then run `claude-scaffold resolve` again"
                )));
            }
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

/// The side whose text can stand for both: without what is ours, the sides say the same, or the other
/// one has changed nothing.
fn chosen(path: &RepoPath, sides: &[BaseState; 3], stages: &Stages) -> Option<(String, BaseFile)> {
    let texts = [&stages.before, &stages.here, &stages.there];
    let mut foreign = BTreeMap::new();
    for (at, (base, text)) in sides.iter().zip(texts).enumerate() {
        if let (Some(base), Some(text)) = (base.files.get(path), text) {
            foreign.insert(at, without_ours(path, base, text)?);
        }
    }
    let (before, here, there) = (foreign.get(&0), foreign.get(&1)?, foreign.get(&2)?);
    let side = if here == there || before == Some(there) {
        1
    } else if before == Some(here) {
        2
    } else {
        return None;
    };
    let base = sides[side].files.get(path)?.clone();
    Some((texts[side].clone()?, base))
}

/// A text without our keys; empty where nothing is left of the file.
fn without_ours(path: &RepoPath, base: &BaseFile, text: &str) -> Option<String> {
    let base = BaseFile {
        created: true,
        ..base.clone()
    };
    let merged = merge(path, Some(&base), Some(text), None, &git::merge_text).ok()?;
    Some(lf(&merged.text.unwrap_or_default()).into_owned())
}

/// Gives a text of the index the line ends that the work tree has.
fn like(there: &str, text: &str) -> String {
    if there.contains("\r\n") && !text.contains("\r\n") {
        text.replace('\n', "\r\n")
    } else {
        text.to_owned()
    }
}

fn standing(unit: &Unit, file: &BaseFile, path: &RepoPath, key: &KeyPath) -> Option<Value> {
    let actual = observe::actual(unit, std::iter::once(path));
    let Some(Actual::Text { text, .. }) = actual.get(path) else {
        return None;
    };
    let found = look(path, file.format?, text, std::iter::once(key)).ok()?;
    found.into_values().next().map(|standing| standing.value)
}

fn stages(unit: &Unit, place: &Place, path: &RepoPath) -> Result<Option<Stages>, Vec<Diagnostic>> {
    let inside = format!("{}{path}", unit.prefix());
    git::stages(place, &inside).map_err(|error| vec![guard::unread(&error)])
}

/// The base states of the lockfile's three sides; a side without a lockfile knows nothing.
fn sides(unit: &Unit, stages: &Stages) -> Result<[BaseState; 3], Vec<Diagnostic>> {
    let read = |text: &Option<String>| match text {
        None => Ok(BaseState::default()),
        Some(text) => lock::read(text).map_err(|error| guard::locked(unit, text, &error)),
    };
    Ok([
        read(&stages.before)?,
        read(&stages.here)?,
        read(&stages.there)?,
    ])
}

fn without_sides(unit: &Unit) -> Diagnostic {
    let path = unit.lockfile.as_str();
    let message = format!("`{path}` holds conflict markers, and git's index has no sides of it");
    Diagnostic::error("lockfile", message)
        .in_file(path)
        .with_help(format!(
            "in a merge, `git checkout -m -- {path}` brings them back; after it, take one side, \
             `git checkout COMMIT -- {path}`, and run `claude-scaffold apply`"
        ))
}
