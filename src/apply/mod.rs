//! [`Plan`] → files, the lockfile last; the way back; the journal that makes a run all or nothing.
//!
//! Decides nothing: it writes exactly what the plan says, or nothing at all. Nobody else may write the
//! repository's files.
#![expect(
    clippy::disallowed_methods,
    reason = "this room writes the repository and its own state folder"
)]

mod back;
mod entry;
mod error;
mod mode;
mod settle;
mod state;
mod transaction;
mod undo;

use std::fs::{self, File};
use std::path::PathBuf;

pub use error::ApplyError;

use crate::model::{Plan, RepoPath};
use crate::observe::Ground;
use entry::Act;
use state::{Journal, State};
use transaction::Step;

/// Where a unit's files and our own notes about them are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The folder that the plan's paths start from.
    pub root: PathBuf,
    /// The folder of lock, journal and undo entries; made when it is needed.
    pub state: PathBuf,
}

/// What became of an interrupted run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It had not got through; everything is as it was before it.
    RolledBack,
    /// It had got through; only what it had left over is gone.
    Finished,
}

impl std::fmt::Display for Settled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::RolledBack => "an interrupted run was rolled back",
            Self::Finished => "an interrupted run was complete; its leftovers are gone",
        })
    }
}

/// The right to write, until dropped.
#[derive(Debug)]
pub struct Session {
    place: Place,
    settled: Option<Settled>,
    _lock: File,
}

/// Becomes the only writer, waiting up to ten seconds, and settles what an interrupted one left.
///
/// # Errors
/// Fails where another writer stays at work, and where an interrupted run cannot be settled.
pub fn lock(place: &Place) -> Result<Session, ApplyError> {
    let state = State::new(&place.state);
    let lock = state.lock_to_write()?;
    let settled = match state.journal()? {
        Journal::Closed => None,
        Journal::Open(entry) => {
            settle::roll_back(&place.root, &entry)?;
            state.drop_journal()?;
            Some(Settled::RolledBack)
        }
        Journal::Done(entry) => {
            let ground = Ground::open(&place.root);
            let mut ground = ground.map_err(transaction::io_at("open", &place.root))?;
            settle::finish(&mut ground, &state, &entry)?;
            Some(Settled::Finished)
        }
    };
    Ok(Session {
        place: place.clone(),
        settled,
        _lock: lock,
    })
}

/// Makes sure that no run is half done, for commands that only read; repairs nothing.
///
/// # Errors
/// Fails where a writer stays at work for ten seconds, and where an interrupted one left a journal.
pub fn readable(place: &Place) -> Result<(), ApplyError> {
    let state = State::new(&place.state);
    // Held while looking: a journal that a running writer opens meanwhile is none of ours.
    let _lock = state.lock_to_read()?;
    if state.has_journal()? {
        return Err(ApplyError::Unsettled {
            journal: state.journal_path(),
        });
    }
    Ok(())
}

/// Returns the plan that takes the last apply back; none where there is nothing to take back.
///
/// Changes made since are kept where they touch other lines; else the file is a conflict.
///
/// # Errors
/// Fails where the state folder or the root cannot be read.
pub fn undo_plan(place: &Place) -> Result<Option<Plan>, ApplyError> {
    undo::plan(place)
}

impl Session {
    /// Returns what became of an interrupted run that was found when the lock was taken.
    #[must_use]
    pub fn settled(&self) -> Option<Settled> {
        self.settled
    }

    /// Makes the plan's changes, all or none, and the root if it is not there; returns the paths
    /// written.
    ///
    /// # Errors
    /// Fails with nothing changed where a target is not what the plan was made from or cannot be
    /// written.
    pub fn apply(&self, plan: &Plan) -> Result<Vec<RepoPath>, ApplyError> {
        let steps: Vec<_> = plan
            .writes()
            .map(|change| Step { change, bits: None })
            .collect();
        if steps.is_empty() {
            return Ok(Vec::new());
        }
        let root = &self.place.root;
        let made = fs::symlink_metadata(root).is_err();
        if made {
            fs::create_dir_all(root).map_err(|source| ApplyError::State {
                act: "make",
                path: root.clone(),
                source,
            })?;
        }
        let written = transaction::transact(&self.place, plan, Act::Apply, &steps);
        if made && written.is_err() {
            let _ = fs::remove_dir(root);
        }
        written
    }

    /// Takes the last apply back and returns the paths written. What conflicts stays to be undone.
    ///
    /// # Errors
    /// Fails with nothing changed, as [`Session::apply`] does.
    pub fn undo(&self, plan: &Plan) -> Result<Vec<RepoPath>, ApplyError> {
        undo::undo(&self.place, plan)
    }
}
