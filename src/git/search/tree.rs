//! The files of a work tree that git tracks or would add, and what the index holds instead.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File, Metadata};
use std::path::Path;
use std::time::UNIX_EPOCH;

use git2::{IndexEntry, IndexTime, ObjectType, Oid, Repository};
use rayon::prelude::*;

use super::folder::{Entry, path_of, walk};
use super::pieces::pieces;
use super::{Count, Gap, Held, Hit, OBJECT, Piece, Place, Reader, Searched, below, broken, open};

/// Hands the files below a folder that git tracks, or does not ignore, to a reader; and what the index
/// has of them where that is something else.
#[must_use]
pub fn tree<T: Send>(place: &Place, prefix: &str, reader: &Reader<'_, T>) -> Searched<T> {
    match find(place, prefix) {
        Ok(found) => search(place, &found, reader),
        Err(gap) => Searched::gap(gap),
    }
}

/// Hands what the index holds of files below a folder, and the last commit does not, to a reader.
#[must_use]
pub fn staged<T: Send>(place: &Place, prefix: &str, reader: &Reader<'_, T>) -> Searched<T> {
    let repository = match open(place) {
        Ok(repository) => repository,
        Err(gap) => return Searched::gap(gap),
    };
    let head = repository
        .head()
        .ok()
        .and_then(|head| head.peel_to_tree().ok());
    let mut searched = Searched::default();
    let diff = match repository.diff_tree_to_index(head.as_ref(), None, None) {
        Ok(diff) => diff,
        Err(error) => return Searched::gap(Gap::Closed(error.message().to_owned())),
    };
    for delta in diff.deltas() {
        let file = delta.new_file();
        let path = file.path_bytes().and_then(|path| below(path, prefix));
        let is_file = file.mode() != git2::FileMode::Commit && !file.id().is_zero();
        if let Some(path) = path.filter(|_| is_file) {
            let path = String::from_utf8_lossy(path);
            searched = searched.and(object(&repository, file.id(), &path, reader));
        }
    }
    searched.ordered()
}

/// A file of the index.
struct Tracked {
    path: Vec<u8>,
    id: Oid,
    mtime: IndexTime,
    size: u32,
}

/// What there is to look at.
struct Found {
    top: std::path::PathBuf,
    /// Files on the disk, from the searched folder, with what the index says of them.
    files: Vec<(Vec<u8>, Option<usize>)>,
    tracked: Vec<Tracked>,
    /// What the index has and the disk has not.
    gone: Vec<usize>,
    /// When the index was written: what is not older may have changed since.
    written: Option<IndexTime>,
}

fn find(place: &Place, prefix: &str) -> Result<Found, Gap> {
    let repository = open(place)?;
    let closed = |error: git2::Error| Gap::Closed(error.message().to_owned());
    let index = repository.index().map_err(closed)?;
    let tracked: Vec<Tracked> = index
        .iter()
        .filter_map(|entry| tracked(&entry, prefix))
        .collect();
    let mut by_path: HashMap<&[u8], usize> = HashMap::with_capacity(tracked.len());
    let mut folders: HashSet<&[u8]> = HashSet::new();
    for (at, entry) in tracked.iter().enumerate() {
        by_path.entry(&entry.path).or_insert(at);
        let slashes = entry.path.iter().enumerate().rev();
        for (slash, _) in slashes.filter(|(_, byte)| **byte == b'/') {
            if !folders.insert(&entry.path[..slash]) {
                break;
            }
        }
    }
    let top = place.work_tree.join(prefix);
    let ignored = |path: &[u8]| {
        let path = [prefix.as_bytes(), path].concat();
        path_of(&path).is_some_and(|path| repository.is_path_ignored(path).unwrap_or(false))
    };
    let mut files = Vec::with_capacity(tracked.len());
    let mut is_there = vec![false; tracked.len()];
    walk(&top, &mut |entry| match entry {
        Entry::Folder(path) => folders.contains(path) || !ignored(path),
        Entry::File(path) => {
            let known = by_path.get(path).copied();
            if let Some(at) = known {
                is_there[at] = true;
            }
            if known.is_some() || !ignored(path) {
                files.push((path.to_vec(), known));
            }
            true
        }
    });
    let gone = (0..tracked.len()).filter(|at| !is_there[*at]).collect();
    let written = fs::metadata(place.git_dir.join("index"));
    Ok(Found {
        top,
        files,
        gone,
        written: written.ok().and_then(|found| mtime(&found)),
        tracked,
    })
}

fn tracked(entry: &IndexEntry, prefix: &str) -> Option<Tracked> {
    let is_file = entry.mode & 0o170_000 == 0o100_000;
    let path = below(&entry.path, prefix).filter(|_| is_file)?;
    Some(Tracked {
        path: path.to_vec(),
        id: entry.id,
        mtime: entry.mtime,
        size: entry.file_size,
    })
}

fn search<T: Send>(place: &Place, found: &Found, reader: &Reader<'_, T>) -> Searched<T> {
    let count = Count::new(found.files.len() + found.gone.len(), reader.progress);
    let repository = || (Repository::open(&place.work_tree).ok(), Vec::new());
    let on_disk =
        found
            .files
            .par_iter()
            .map_init(repository, |(repository, buffer), (path, known)| {
                let known = known.map(|at| &found.tracked[at]);
                let searched = one(found, path, known, (repository.as_ref(), buffer), reader);
                count.one();
                searched
            });
    let in_index = found
        .gone
        .par_iter()
        .map_init(repository, |(repository, _), at| {
            let entry = &found.tracked[*at];
            let path = String::from_utf8_lossy(&entry.path);
            let repository = repository.as_ref();
            let searched = repository.map(|repository| object(repository, entry.id, &path, reader));
            count.one();
            searched.unwrap_or_default()
        });
    let all = on_disk
        .chain(in_index)
        .reduce(Searched::default, Searched::and);
    all.ordered()
}

/// Searches a file on the disk, and its text in the index where that is another one.
fn one<T>(
    found: &Found,
    path: &[u8],
    known: Option<&Tracked>,
    (repository, buffer): (Option<&Repository>, &mut Vec<u8>),
    reader: &Reader<'_, T>,
) -> Searched<T> {
    let shown = String::from_utf8_lossy(path);
    let unreadable = || Searched::gap(Gap::Unreadable(shown.clone().into_owned()));
    let Some(full) = path_of(path).map(|path| found.top.join(path)) else {
        return unreadable();
    };
    let Ok((file, metadata)) = open_file(&full) else {
        return unreadable();
    };
    let mut searched = Searched::default();
    let mut same = known.is_none_or(|known| is_unchanged(found, known, &metadata));
    let read = pieces(file, &shown, buffer, |piece| {
        if let Some(known) = known.filter(|_| !same) {
            let id = Oid::hash_object(ObjectType::Blob, piece.bytes);
            same = id.is_ok_and(|id| id == known.id);
        }
        searched.hits.extend(hits(piece, &Held::Tree, reader));
    });
    if read.is_err() {
        return unreadable();
    }
    match (known, repository) {
        (Some(known), Some(repository)) if !same => {
            searched.and(object(repository, known.id, &shown, reader))
        }
        _ => searched,
    }
}

fn open_file(path: &Path) -> std::io::Result<(File, Metadata)> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    Ok((file, metadata))
}

/// Whether the disk's text is the index's, as far as size and time tell.
fn is_unchanged(found: &Found, known: &Tracked, metadata: &Metadata) -> bool {
    let Some((time, written)) = mtime(metadata).zip(found.written) else {
        return false;
    };
    let key = |time: IndexTime| (time.seconds(), time.nanoseconds());
    let exact = known.mtime.nanoseconds() != 0;
    let same = if exact {
        key(time) == key(known.mtime) && key(time) < key(written)
    } else {
        time.seconds() == known.mtime.seconds() && time.seconds() < written.seconds()
    };
    same && metadata.len() & 0xffff_ffff == u64::from(known.size)
}

fn mtime(metadata: &Metadata) -> Option<IndexTime> {
    let since = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    let seconds = i32::try_from(since.as_secs()).ok()?;
    Some(IndexTime::new(seconds, since.subsec_nanos()))
}

/// Searches an object as the index has it.
fn object<T>(repository: &Repository, id: Oid, path: &str, reader: &Reader<'_, T>) -> Searched<T> {
    let odb = match repository.odb() {
        Ok(odb) => odb,
        Err(error) => return Searched::gap(broken(repository, &error)),
    };
    let read = |id| {
        let (size, _) = odb.read_header(id)?;
        if size > OBJECT {
            return Ok(None);
        }
        odb.read(id).map(Some)
    };
    match read(id) {
        Ok(Some(object)) => {
            let bytes = object.data();
            let piece = Piece {
                path,
                bytes,
                line: 0,
            };
            Searched {
                hits: hits(piece, &Held::Index, reader).collect(),
                gaps: Vec::new(),
            }
        }
        Ok(None) => Searched::gap(Gap::Large(path.to_owned())),
        Err(error) => Searched::gap(broken(repository, &error)),
    }
}

fn hits<T>(piece: Piece<'_>, held: &Held, reader: &Reader<'_, T>) -> impl Iterator<Item = Hit<T>> {
    let path = piece.path.to_owned();
    let held = held.clone();
    let found = (reader.read)(piece);
    found.into_iter().map(move |what| Hit {
        path: path.clone(),
        held: held.clone(),
        what,
    })
}
