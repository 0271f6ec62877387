//! What is left of a run: taken back, or cleaned up after.

use std::io::{self, ErrorKind};
use std::path::Path;

use cap_std::fs::Dir;

use super::ApplyError;
use super::entry::{Act, Entry, Record};
use super::state::State;
use super::transaction::{blocked, io_at};
use crate::model::{Actual, RepoPath};
use crate::observe::{self, Ground, Spot};

/// Takes back whatever a run has done, from any point before it was done.
///
/// A file that is not what the run wrote was changed by somebody else since, and is left alone.
pub(super) fn roll_back(root: &Path, entry: &Entry) -> Result<(), ApplyError> {
    let mut ground = Ground::open(root).map_err(io_at("open", root))?;
    for (index, record) in entry.files.iter().enumerate().rev() {
        let spot = ground.spot(&record.path).map_err(blocked(&record.path))?;
        take_back(entry, index, record, &spot).map_err(io_at("take back", record.path.as_str()))?;
    }
    remove_folders(&mut ground, &entry.folders);
    Ok(())
}

/// Removes what a finished run has left beside its targets, and turns its journal into what undo needs.
pub(super) fn finish(
    ground: &mut Ground,
    state: &State<'_>,
    entry: &Entry,
) -> Result<(), ApplyError> {
    for (index, record) in entry.files.iter().enumerate() {
        if record.before.is_none() {
            continue;
        }
        let spot = ground.spot(&record.path).map_err(blocked(&record.path))?;
        if let Some(dir) = spot.dir() {
            remove(dir, &entry.kept_name(index))
                .map_err(io_at("clean up beside", record.path.as_str()))?;
        }
    }
    match &entry.act {
        Act::Apply => state.keep_journal_for_undo(),
        Act::Undo {
            number,
            rest,
            folders,
        } => {
            remove_folders(ground, folders);
            state.replace_undo(*number, rest.as_deref())?;
            state.drop_journal()
        }
    }
}

fn take_back(entry: &Entry, index: usize, record: &Record, spot: &Spot) -> io::Result<()> {
    let Some(dir) = spot.dir() else {
        return Ok(());
    };
    let (staged, kept) = (entry.staged_name(index), entry.kept_name(index));
    let name = Path::new(&spot.name);
    let has = |name: &str| observe::look(dir, Path::new(name)).map(|found| found.is_some());
    let ours = match (&record.after, observe::read(spot)) {
        (None, Actual::Absent) => true,
        (Some(after), Actual::Text { text, .. }) => !has(&staged)? && after.is(&text),
        _ => false,
    };
    if ours && record.before.is_none() {
        remove_at(dir, name)?;
    }
    if ours && record.before.is_some() && has(&kept)? {
        dir.rename(&kept, dir, name)?;
    }
    remove(dir, &staged)?;
    remove(dir, &kept)
}

/// A folder that holds something is not ours to remove, and an empty one does no harm.
fn remove_folders(ground: &mut Ground, folders: &[RepoPath]) {
    for folder in folders.iter().rev() {
        let path = Path::new(folder.as_str());
        let above = path.parent().unwrap_or(Path::new(""));
        if let (Ok(Some(parent)), Some(name)) = (ground.folder(above), path.file_name()) {
            let _ = parent.dir.remove_dir(name);
        }
        ground.forget(path);
    }
}

fn remove(dir: &Dir, name: &str) -> io::Result<()> {
    remove_at(dir, Path::new(name))
}

fn remove_at(dir: &Dir, name: &Path) -> io::Result<()> {
    match dir.remove_file(name) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
