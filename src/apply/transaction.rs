//! One plan to the disk: check, write down, stage, swap, done.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use cap_std::fs::{Dir, Metadata};

use super::entry::{Act, Entry, Record};
use super::state::State;
use super::{ApplyError, Place, mode, settle};
use crate::model::{Actual, FileChange, Plan, RepoPath};
use crate::observe::{self, Blocked, Folder, Ground, Spot};

/// One change, and the exact bits its file must have where they are known.
pub(super) struct Step<'a> {
    pub change: &'a FileChange,
    pub bits: Option<u32>,
}

/// Makes all changes or none.
pub(super) fn transact(
    place: &Place,
    plan: &Plan,
    act: Act,
    steps: &[Step<'_>],
) -> Result<Vec<RepoPath>, ApplyError> {
    let state = State::new(&place.state);
    let mut ground = Ground::open(&place.root).map_err(io_at("open", &place.root))?;
    let mut spots = check_all(&mut ground, steps)?;
    let folders = missing_folders(&mut ground, steps)?;
    let records = steps.iter().zip(&spots).map(|(step, spot)| {
        let bits = spot.found.as_ref().and_then(mode::bits_of);
        Record::new(plan, step.change, bits)
    });
    let entry = Entry::new(act, folders, records.collect());
    let mut journal = state.open_journal(&entry)?;
    let written = write_all(&mut ground, &entry, steps, &mut spots)
        .and_then(|()| state.mark_done(&mut journal));
    if let Err(cause) = written {
        let taken_back = settle::roll_back(&place.root, &entry).and_then(|()| state.drop_journal());
        return Err(match taken_back {
            Ok(()) => cause,
            Err(source) => ApplyError::NotTakenBack {
                cause: Box::new(cause),
                journal: state.journal_path(),
                source: Box::new(source),
            },
        });
    }
    settle::finish(&mut ground, &state, &entry)?;
    Ok(steps.iter().map(|step| step.change.path.clone()).collect())
}

/// Finds every target and makes sure that it is what the plan was made from.
fn check_all(ground: &mut Ground, steps: &[Step<'_>]) -> Result<Vec<Spot>, ApplyError> {
    let mut seen: BTreeMap<PathBuf, &RepoPath> = BTreeMap::new();
    let mut spots = Vec::with_capacity(steps.len());
    for Step { change, .. } in steps {
        let path = &change.path;
        let spot = ground.spot(path).map_err(blocked(path))?;
        check(&spot, change)?;
        let real = spot.real().unwrap_or_else(|| PathBuf::from(path.as_str()));
        if let Some(other) = seen.insert(real, path) {
            return Err(ApplyError::SameFile {
                path: path.to_string(),
                other: other.to_string(),
            });
        }
        spots.push(spot);
    }
    Ok(spots)
}

fn check(spot: &Spot, change: &FileChange) -> Result<(), ApplyError> {
    let actual = observe::read(spot).map_err(blocked(&change.path))?;
    let path = change.path.to_string();
    let same = match (actual, &change.before) {
        (Actual::Other(what), _) => return Err(ApplyError::Other { path, what }),
        (Actual::Absent, None) => true,
        (Actual::Text { text, .. }, Some(before)) => text == *before,
        _ => false,
    };
    if !same {
        return Err(ApplyError::Changed { path });
    }
    if spot.linked && change.after.is_none() {
        return Err(ApplyError::DeleteLink { path });
    }
    Ok(())
}

/// Lists the folders that have to be made, outermost first.
fn missing_folders(ground: &mut Ground, steps: &[Step<'_>]) -> Result<Vec<RepoPath>, ApplyError> {
    let mut missing: Vec<RepoPath> = Vec::new();
    for Step { change, .. } in steps.iter().filter(|step| step.change.after.is_some()) {
        for folder in change.path.ancestors() {
            let known = missing.iter().any(|known| known.as_str() == folder);
            let found = ground.folder(Path::new(folder));
            if !known && found.map_err(blocked(&change.path))?.is_none() {
                missing.extend(RepoPath::parse(folder));
            }
        }
    }
    Ok(missing)
}

fn write_all(
    ground: &mut Ground,
    entry: &Entry,
    steps: &[Step<'_>],
    spots: &mut [Spot],
) -> Result<(), ApplyError> {
    for folder in &entry.folders {
        make_folder(ground, folder)?;
    }
    for (index, (step, spot)) in steps.iter().zip(&mut *spots).enumerate() {
        if spot.folder.is_none() {
            *spot = ground
                .spot(&step.change.path)
                .map_err(blocked(&step.change.path))?;
        }
        stage(entry, index, step, spot)
            .map_err(io_at("stage a file beside", step.change.path.as_str()))?;
    }
    let replaced = spots.iter().filter(|spot| spot.found.is_some());
    sync_folders(replaced.filter_map(|spot| spot.folder.as_ref()))?;
    for (index, (step, spot)) in steps.iter().zip(&*spots).enumerate() {
        swap(entry, index, step.change, spot)?;
    }
    let made = entry.folders.iter().filter_map(|folder| {
        let above = Path::new(folder.as_str()).parent()?;
        ground.folder(above).ok()?
    });
    let made: Vec<_> = made.collect();
    let targets = spots.iter().filter_map(|spot| spot.folder.as_ref());
    sync_folders(targets.chain(&made))
}

fn make_folder(ground: &mut Ground, path: &RepoPath) -> Result<(), ApplyError> {
    let folder = Path::new(path.as_str());
    let above = folder.parent().unwrap_or(Path::new(""));
    let parent = ground.folder(above).map_err(blocked(path))?;
    let name = Path::new(folder.file_name().unwrap_or_default());
    if let Some(parent) = parent {
        create_folder(&parent.dir, name).map_err(io_at("create folder", path.as_str()))?;
    }
    ground.forget(folder);
    Ok(())
}

fn create_folder(parent: &Dir, name: &Path) -> io::Result<()> {
    parent.create_dir(name)?;
    #[cfg(unix)]
    {
        use cap_std::fs::{MetadataExt, Permissions, PermissionsExt};
        let bits = parent.symlink_metadata(name)?.mode() & 0o7777;
        if bits & 0o700 != 0o700 {
            parent.set_permissions(name, Permissions::from_mode(bits | 0o700))?;
        }
    }
    Ok(())
}

/// Writes the text after beside its target, and keeps the file before under a second name.
fn stage(entry: &Entry, index: usize, step: &Step<'_>, spot: &Spot) -> io::Result<()> {
    let (Some(dir), Some(text)) = (spot.dir(), &step.change.after) else {
        return Ok(());
    };
    let found = spot.found.as_ref();
    let mode = step.change.mode;
    let wanted = mode::wanted(step.change, found.and_then(mode::bits_of), step.bits);
    let options = mode::to_create(mode, wanted);
    let staged = dir.open_with(entry.staged_name(index), &options)?;
    let mut staged = staged.into_std();
    staged.write_all(text.as_bytes())?;
    mode::settle(&staged, mode, wanted, found)?;
    staged.sync_all()?;
    if found.is_some() {
        keep(
            dir,
            Path::new(&spot.name),
            Path::new(&entry.kept_name(index)),
        )?;
    }
    Ok(())
}

/// A second name costs no space; where the file system has none, a copy does it.
fn keep(dir: &Dir, name: &Path, kept: &Path) -> io::Result<()> {
    if dir.hard_link(name, dir, kept).is_ok() {
        return Ok(());
    }
    dir.copy(name, dir, kept)?;
    dir.open(kept)?.sync_all()
}

fn swap(entry: &Entry, index: usize, change: &FileChange, spot: &Spot) -> Result<(), ApplyError> {
    let Some(dir) = spot.dir() else {
        return Ok(());
    };
    let path = change.path.as_str();
    let name = Path::new(&spot.name);
    let there = observe::look(dir, name).map_err(io_at("read", path))?;
    if !is_same(spot.found.as_ref(), there.as_ref()) {
        return Err(ApplyError::Changed {
            path: path.to_owned(),
        });
    }
    if change.after.is_some() {
        return dir
            .rename(entry.staged_name(index), dir, name)
            .map_err(io_at("replace", path));
    }
    dir.rename(name, dir, entry.kept_name(index))
        .map_err(io_at("remove", path))
}

fn is_same(before: Option<&Metadata>, there: Option<&Metadata>) -> bool {
    let (Some(before), Some(there)) = (before, there) else {
        return before.is_none() && there.is_none();
    };
    #[cfg(unix)]
    {
        use cap_std::fs::MetadataExt;
        let file = |found: &Metadata| (found.dev(), found.ino(), found.mtime(), found.mtime_nsec());
        if file(before) != file(there) {
            return false;
        }
    }
    before.len() == there.len() && there.is_file()
}

/// Makes the names in folders last through a power cut.
fn sync_folders<'a>(folders: impl Iterator<Item = &'a Rc<Folder>>) -> Result<(), ApplyError> {
    let mut done: Vec<&Rc<Folder>> = Vec::new();
    for folder in folders {
        if cfg!(not(unix)) || done.iter().any(|known| Rc::ptr_eq(known, folder)) {
            continue;
        }
        done.push(folder);
        let opened = folder.dir.open(".");
        opened
            .and_then(|folder| folder.sync_all())
            .map_err(io_at("sync folder", Path::new(".").join(&folder.real)))?;
    }
    Ok(())
}

pub(super) fn io_at(
    act: &'static str,
    path: impl AsRef<Path>,
) -> impl FnOnce(io::Error) -> ApplyError {
    let path = path.as_ref().display().to_string();
    move |source| ApplyError::Io { act, path, source }
}

pub(super) fn blocked(path: &RepoPath) -> impl FnOnce(Blocked) -> ApplyError {
    let path = path.to_string();
    move |blocked| ApplyError::Blocked { path, blocked }
}
