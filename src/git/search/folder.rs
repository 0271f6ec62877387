//! The files of a folder, links left alone.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::pieces::pieces;
use super::{Count, Gap, Held, Hit, Reader, Searched};

/// Folders that hold what others made.
const OTHERS: [&[u8]; 2] = [b"node_modules", b"target"];
/// The depth at which a walk ends.
const DEEPEST: usize = 128;

/// What a walk meets, by its path from the top.
pub(super) enum Entry<'a> {
    /// A folder; the answer says whether to enter it.
    Folder(&'a [u8]),
    /// A regular file.
    File(&'a [u8]),
}

/// Hands every file of a folder without a repository to a reader.
#[must_use]
pub fn folder<T: Send>(top: &Path, reader: &Reader<'_, T>) -> Searched<T> {
    let mut files = Vec::new();
    walk(top, &mut |entry| match entry {
        Entry::Folder(path) => {
            let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
            !OTHERS.contains(&name)
        }
        Entry::File(path) => {
            files.push(path.to_vec());
            true
        }
    });
    let count = Count::new(files.len(), reader.progress);
    let searched = files.par_iter().map_init(Vec::new, |buffer, path| {
        let shown = String::from_utf8_lossy(path);
        let mut searched = Searched::default();
        let file = path_of(path).and_then(|path| File::open(top.join(path)).ok());
        let read = file.map(|file| {
            pieces(file, &shown, buffer, |piece| {
                let found = (reader.read)(piece).into_iter();
                searched.hits.extend(found.map(|what| Hit {
                    path: shown.clone().into_owned(),
                    held: Held::Tree,
                    what,
                }));
            })
        });
        if read.is_none_or(|read| read.is_err()) {
            searched.gaps.push(Gap::Unreadable(shown.into_owned()));
        }
        count.one();
        searched
    });
    let all = searched.reduce(Searched::default, Searched::and);
    all.ordered()
}

/// Walks a folder, without git's own and without repositories inside.
pub(super) fn walk(top: &Path, visit: &mut dyn FnMut(Entry<'_>) -> bool) {
    let mut path = Vec::new();
    enter(top, &mut path, 0, visit);
}

fn enter(
    folder: &Path,
    path: &mut Vec<u8>,
    depth: usize,
    visit: &mut dyn FnMut(Entry<'_>) -> bool,
) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    let entries: Vec<_> = entries.flatten().collect();
    let is_gits = |entry: &fs::DirEntry| entry.file_name() == ".git";
    if depth > 0 && entries.iter().any(is_gits) {
        return;
    }
    let length = path.len();
    for entry in entries.iter().filter(|entry| !is_gits(entry)) {
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        path.extend_from_slice(entry.file_name().as_encoded_bytes());
        if kind.is_file() {
            visit(Entry::File(path));
        } else if kind.is_dir() && depth < DEEPEST && visit(Entry::Folder(path)) {
            path.push(b'/');
            enter(&entry.path(), path, depth + 1, visit);
        }
        path.truncate(length);
    }
}

/// The path of bytes, as the system spells it; none where it has no such spelling.
#[cfg_attr(
    unix,
    expect(
        clippy::unnecessary_wraps,
        reason = "other systems have no path of any bytes"
    )
)]
pub(super) fn path_of(bytes: &[u8]) -> Option<PathBuf> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        Some(PathBuf::from(std::ffi::OsStr::from_bytes(bytes)))
    }
    #[cfg(not(unix))]
    {
        std::str::from_utf8(bytes).ok().map(PathBuf::from)
    }
}
