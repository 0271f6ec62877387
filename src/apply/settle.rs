//! What is left of a run: taken back, or cleaned up after.

use std::collections::BTreeSet;
use std::io::{self, ErrorKind};
use std::path::Path;

use cap_std::fs::Dir;

use super::ApplyError;
use super::entry::{Act, Entry, Record};
use super::state::State;
use super::transaction::{blocked, io_at};
use crate::model::{Actual, RepoPath};
use crate::observe::{self, Ground};

/// Takes back whatever a run has done, from any point before it was done.
///
/// A file that is not what the run wrote was changed by somebody else since, and is left alone.
pub(super) fn roll_back(root: &Path, entry: &Entry) -> Result<(), ApplyError> {
    let mut ground = Ground::open(root).map_err(io_at("open", root))?;
    let mut result = Ok(());
    for (index, record) in entry.files.iter().enumerate().rev() {
        let taken = take_back(&mut ground, entry, index, record);
        result = result.and(taken);
    }
    result.and_then(|()| remove_folders(&mut ground, &entry.folders))
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
            remove(dir, Path::new(&entry.kept_name(index)))
                .map_err(io_at("clean up beside", record.path.as_str()))?;
        }
    }
    match &entry.act {
        Act::Apply => {
            remove_folders(ground, &emptied(entry))?;
            state.keep_journal_for_undo()
        }
        Act::Undo {
            number,
            rest,
            folders,
        } => {
            remove_folders(ground, folders)?;
            state.replace_undo(*number, rest.as_deref())?;
            state.drop_journal()
        }
    }
}

fn take_back(
    ground: &mut Ground,
    entry: &Entry,
    index: usize,
    record: &Record,
) -> Result<(), ApplyError> {
    let spot = ground.spot(&record.path).map_err(blocked(&record.path))?;
    let Some(dir) = spot.dir() else {
        return Ok(());
    };
    let actual = observe::read(&spot).map_err(blocked(&record.path))?;
    let (staged, kept) = (entry.staged_name(index), entry.kept_name(index));
    restore(
        dir,
        Path::new(&spot.name),
        record,
        &actual,
        [&staged, &kept],
    )
    .map_err(io_at("take back", record.path.as_str()))
}

/// A staged file still waiting means that its target was not replaced.
fn restore(
    dir: &Dir,
    name: &Path,
    record: &Record,
    actual: &Actual,
    [staged, kept]: [&str; 2],
) -> io::Result<()> {
    let has = |name: &str| observe::look(dir, Path::new(name)).map(|found| found.is_some());
    let waits = has(staged)?;
    let is_ours = match (&record.after, actual) {
        (None, Actual::Absent) => true,
        (Some(after), Actual::Text { text, .. }) => !waits && after.is(text),
        _ => false,
    };
    if is_ours && record.before.is_none() {
        remove(dir, name)?;
    }
    if is_ours && record.before.is_some() && has(kept)? {
        dir.rename(kept, dir, name)?;
    }
    if waits {
        remove(dir, Path::new(staged))?;
    }
    if has(kept)? {
        remove(dir, Path::new(kept))?;
    }
    Ok(())
}

/// The folders above deleted files, outermost first; as in git, one that a deletion leaves empty goes.
fn emptied(entry: &Entry) -> Vec<RepoPath> {
    let deleted = entry.files.iter().filter(|file| file.after.is_none());
    let folders: BTreeSet<RepoPath> = deleted
        .flat_map(|file| file.path.ancestors())
        .filter_map(|folder| RepoPath::parse(folder).ok())
        .collect();
    folders.into_iter().collect()
}

/// A folder that holds something, or that is in use, is left.
fn remove_folders(ground: &mut Ground, folders: &[RepoPath]) -> Result<(), ApplyError> {
    for folder in folders.iter().rev() {
        let path = Path::new(folder.as_str());
        let above = ground.folder(path.parent().unwrap_or(Path::new("")));
        if let (Some(parent), Some(name)) = (above.map_err(blocked(folder))?, path.file_name()) {
            remove_folder(&parent.dir, Path::new(name)).map_err(io_at("remove folder", path))?;
        }
        ground.forget(path);
    }
    Ok(())
}

fn remove_folder(dir: &Dir, name: &Path) -> io::Result<()> {
    let found = observe::look(dir, name)?;
    if !found.is_some_and(|found| found.is_dir()) {
        return Ok(());
    }
    match dir.remove_dir(name) {
        Err(error)
            if !matches!(
                error.kind(),
                ErrorKind::NotFound | ErrorKind::DirectoryNotEmpty | ErrorKind::ResourceBusy
            ) =>
        {
            Err(error)
        }
        _ => Ok(()),
    }
}

fn remove(dir: &Dir, name: &Path) -> io::Result<()> {
    match dir.remove_file(name) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
