//! The last apply taken back.

use super::entry::{Act, Entry, Record, Side};
use super::state::State;
use super::transaction::{Step, blocked, io_at, transact};
use super::{ApplyError, Place};
use crate::model::{
    Action, Actual, Conflict, Diagnostic, FileChange, KeyPath, Mode, Plan, RepoPath,
};
use crate::observe::{self, Blocked, Ground};

/// Returns the plan that takes the last apply back.
pub(super) fn plan(place: &Place) -> Result<Option<Plan>, ApplyError> {
    let Some((_, entry)) = State::new(&place.state).last_undo()? else {
        return Ok(None);
    };
    let mut ground = Ground::open(&place.root).map_err(io_at("open", &place.root))?;
    let mut plan = Plan::default();
    for record in &entry.files {
        let change = change_of(record, actual(&mut ground, &record.path)?);
        if record.left && change.action == Action::Keep {
            plan.diagnostics.push(left(&record.path));
        }
        if record.own {
            plan.own.push(change);
        } else {
            plan.changes.push(change);
        }
    }
    Ok(Some(plan))
}

/// Does what such a plan says.
pub(super) fn undo(place: &Place, plan: &Plan) -> Result<Vec<RepoPath>, ApplyError> {
    let state = State::new(&place.state);
    let Some((number, entry)) = state.last_undo()? else {
        return Ok(Vec::new());
    };
    let changes = || plan.changes.iter().chain(&plan.own);
    let left: Vec<_> = changes()
        .filter(|change| change.action == Action::Conflict)
        .map(|change| &change.path)
        .collect();
    let rest = entry.only(&left);
    if rest.as_ref() == Some(&entry) {
        return Ok(Vec::new());
    }
    let steps: Vec<_> = plan
        .writes()
        .map(|change| Step {
            change,
            bits: exact_bits(&entry, change),
        })
        .collect();
    let act = Act::Undo {
        number,
        folders: entry.folders.clone(),
        rest: rest.map(Box::new),
    };
    transact(place, plan, act, &steps)
}

/// What is there now; a path that leads elsewhere is a conflict, one that cannot be read is an error.
fn actual(ground: &mut Ground, path: &RepoPath) -> Result<Actual, ApplyError> {
    match ground.spot(path).and_then(|spot| observe::read(&spot)) {
        Err(Blocked::Unreadable(why)) => Err(blocked(path)(Blocked::Unreadable(why))),
        Err(other) => Ok(Actual::Other(other.to_string())),
        Ok(actual) => Ok(actual),
    }
}

/// Says that a file stays, because undo data would have had to hold a key.
fn left(path: &RepoPath) -> Diagnostic {
    let message = format!("`{path}` stays as it is: a key was moved, and undo keeps none");
    let help = "put it back by hand where that is wanted; the key is where it was moved to";
    Diagnostic::note("CS003", message)
        .in_file(path.as_str())
        .with_help(help)
}

/// A file that comes back, or whose mode goes back, gets the very bits it had.
fn exact_bits(entry: &Entry, change: &FileChange) -> Option<u32> {
    if change.before.is_some() && change.mode_before == change.mode {
        return None;
    }
    let record = entry.files.iter().find(|file| file.path == change.path)?;
    record.before.as_ref()?.bits
}

fn change_of(record: &Record, actual: Actual) -> FileChange {
    let (there, mode) = match actual {
        Actual::Absent => (None, Mode::default()),
        Actual::Text { text, mode } => (Some(text), mode),
        Actual::Other(_) => return conflict(record, None, Mode::default()),
    };
    match (&record.before, &record.after, there) {
        (_, _, there) if record.left => keep(record, there, mode),
        (None, _, None) => keep(record, None, mode),
        (Some(before), Some(after), Some(text)) => reverse(record, before, after, text, mode),
        (Some(before), _, Some(text)) if before.is(&text) => keep(record, Some(text), mode),
        (None, Some(after), Some(text)) if after.is(&text) => {
            change(record, Some(text), None, mode, mode)
        }
        (Some(before), None, None) => {
            let way = record.back.as_ref();
            match way.and_then(|way| way.exactly("")) {
                Some(back) if before.is(&back) => {
                    change(record, None, Some(back), before.mode, before.mode)
                }
                _ => conflict(record, None, mode),
            }
        }
        (_, _, there) => conflict(record, there, mode),
    }
}

/// A file that is there, was there and should be there.
fn reverse(record: &Record, before: &Side, after: &Side, text: String, mode: Mode) -> FileChange {
    let mode_back = if after.mode == mode {
        before.mode
    } else {
        mode
    };
    let back = if before.is(&text) {
        Some(text.clone())
    } else {
        let way = record.back.as_ref();
        if after.is(&text) {
            let exact = way.and_then(|way| way.exactly(&text));
            exact.filter(|exact| before.is(exact))
        } else {
            way.and_then(|way| way.merged(&text))
        }
    };
    match back {
        Some(back) => change(record, Some(text), Some(back), mode, mode_back),
        None => conflict(record, Some(text), mode),
    }
}

fn change(
    record: &Record,
    before: Option<String>,
    after: Option<String>,
    mode_before: Mode,
    mode: Mode,
) -> FileChange {
    let action = match (&before, &after) {
        (None, Some(_)) => Action::Create,
        (Some(_), None) => Action::Delete,
        (before, after) if before == after && mode_before == mode => Action::Keep,
        _ => Action::Update,
    };
    FileChange {
        path: record.path.clone(),
        action,
        before,
        after,
        mode_before,
        mode,
        conflicts: Vec::new(),
        moved_from: None,
    }
}

fn keep(record: &Record, text: Option<String>, mode: Mode) -> FileChange {
    change(record, text.clone(), text, mode, mode)
}

/// The whole file is in conflict; its text is not repeated, because it may hold what nobody should see.
fn conflict(record: &Record, text: Option<String>, mode: Mode) -> FileChange {
    let conflict = Conflict {
        key: KeyPath::root(),
        base: None,
        actual: None,
        desired: None,
    };
    FileChange {
        action: Action::Conflict,
        conflicts: vec![conflict],
        ..keep(record, text, mode)
    }
}
