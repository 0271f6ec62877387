//! Decisions about conflicts and deletions, carried out by a second run from an edited base.

use std::rc::Rc;

use super::{Outcome, Request, Start, run_from};
use crate::model::{Action, Conflict, Diagnostic, FileChange, Format, KeyPath, Mode, Plan, Value};
use crate::plan::{self, Open, Verdict};
use crate::{diagnose, git, merge};

/// What becomes of an open key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The user's value stays.
    Keep,
    /// The template's value replaces it.
    Take,
    /// A whole file gets both, between git's conflict markers.
    Markers,
    /// What the user deleted comes back.
    Restore,
}

/// Computes the plan that carries decisions out. `first` is the run that found the keys open.
///
/// # Errors
/// Returns every decision that cannot be carried out, and whatever [`super::run`] returns.
pub fn decided(
    request: &Request<'_>,
    start: &Start,
    first: &Outcome,
    decisions: &[(Open, Decision)],
) -> Result<Outcome, Vec<Diagnostic>> {
    let conflicts = plan::in_conflict(&first.plan.changes);
    let mut start = start.clone();
    let mut problems = Vec::new();
    for (open, decision) in decisions {
        let Some((_, conflict)) = conflicts.iter().find(|(known, _)| known == open) else {
            plan::restore(Rc::make_mut(&mut start.base), open);
            continue;
        };
        let file = first.next.files.get(&open.path);
        let format = file.and_then(|file| file.format);
        let format = format.unwrap_or(Format::WholeFile);
        let verdict = match decision {
            Decision::Take => Verdict::Take,
            _ => Verdict::Keep,
        };
        problems.extend(refused(open, conflict, format, *decision));
        plan::settle(
            Rc::make_mut(&mut start.base),
            &open.path,
            format,
            conflict,
            verdict,
        );
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut outcome = run_from(request, &start)?;
    for (open, conflict) in &conflicts {
        if decisions.contains(&(open.clone(), Decision::Markers)) {
            mark(&mut outcome.plan, open, conflict);
        }
    }
    let marked = unsettled(&outcome.plan.changes);
    let found = &mut outcome.plan.diagnostics;
    found.extend(
        marked
            .into_iter()
            .filter(|problem| !found.contains(problem))
            .collect::<Vec<_>>(),
    );
    for (open, decision) in decisions {
        if open.key == KeyPath::root() && *decision == Decision::Take {
            make_executable(&mut outcome, open);
        }
    }
    Ok(outcome)
}

/// Returns a conflict for every file that still holds the markers written for one.
pub(super) fn unsettled(changes: &[FileChange]) -> Vec<Diagnostic> {
    let said = |change: &FileChange| {
        let text = change.after.as_deref()?;
        let offset = git::marked(text)?;
        Some(diagnose::marked(change.path.as_str(), text, offset))
    };
    changes.iter().filter_map(said).collect()
}

/// Why a decision cannot be carried out, if it cannot.
fn refused(
    open: &Open,
    conflict: &Conflict,
    format: Format,
    decision: Decision,
) -> Option<Diagnostic> {
    let path = open.path.as_str();
    let refusal = |message: String| Diagnostic::error("usage", message).in_file(path);
    match decision {
        Decision::Markers if format != Format::WholeFile => {
            let message =
                format!("`{open}` cannot hold conflict markers: the file must stay valid");
            Some(refusal(message).with_help("use --keep or --take"))
        }
        Decision::Take if format == Format::Block && !open.key.0.is_empty() => {
            let message = format!("`{}` is an entry of yours that ours would repeat", open.key);
            Some(refusal(message).with_help(format!(
                "rename or remove it in `{path}`, then run `claude-scaffold apply`"
            )))
        }
        Decision::Take if conflict.base.is_some() && conflict.base == conflict.actual => {
            let message = format!("the value of `{}` holds comments of yours", open.key);
            Some(refusal(message).with_help(format!(
                "move them out of it in `{path}`, then run `claude-scaffold apply`"
            )))
        }
        _ => None,
    }
}

/// A script that is taken runs, as one that we make does.
fn make_executable(outcome: &mut Outcome, open: &Open) {
    let changes = &mut outcome.plan.changes;
    let change = changes.iter_mut().find(|c| c.path == open.path);
    let desired = outcome.rendered.files.get(&open.path);
    if let (Some(change), Some(desired)) = (change, desired)
        && desired.mode == Mode::Executable
    {
        change.mode = desired.mode;
    }
}

/// Writes both texts of a whole file into it.
fn mark(plan: &mut Plan, open: &Open, conflict: &Conflict) {
    let change = plan.changes.iter_mut().find(|c| c.path == open.path);
    let (Some(change), true) = (change, open.key == KeyPath::root()) else {
        return;
    };
    let text = |value: &Option<Value>| value.as_ref().and_then(Value::as_str).map(str::to_owned);
    let sides = (text(&conflict.actual), text(&conflict.desired));
    if let (Some(actual), Some(desired)) = sides {
        let base = text(&conflict.base);
        let marked = git::mark_conflicts(base.as_deref(), &actual, &desired);
        let before = change.before.as_deref().unwrap_or_default();
        change.after = Some(merge::with_ends_of(before, &marked));
        change.action = Action::Update;
    }
}
