//! Repository root → [`ActualState`], facts and hints: what can be seen without changing anything.
//!
//! Every managed path is resolved inside the root, also against links and races. Must not write, and
//! must not judge: what we cannot merge is [`Actual::Other`] with the reason.
#![expect(clippy::disallowed_methods, reason = "this room reads the disk")]

mod around;
mod facts;
mod files;
mod finds;
mod ground;
mod hints;
mod machine;
mod sources;
mod tracked;
mod unit;
mod view;

use std::io::{ErrorKind, Read};
use std::path::Path;

pub use around::{Standing, around, around_in, manifest_around, settings_file};
pub use facts::facts;
pub use finds::{Find, Finds, Literal, Spelled, finds, is_literal, variable_for};
pub use ground::{Blocked, Folder, Ground, Spot, look};
pub use hints::{DeclaredUrl, Hints, hints, may_be_public};
pub use machine::{certificates, machine};
pub use sources::{NOTES, sources};
pub use tracked::{hidden, is_ruled_out, is_tracked};
pub use unit::{MANIFEST, Unit};
pub use view::{TreeSpot, View, tree_spot};

use crate::model::{Actual, ActualState, Mode, RepoPath};

/// The largest file we read.
const LIMIT: u64 = 8 * 1024 * 1024;

/// Returns what stands at each path of a unit.
pub fn actual<'a>(unit: &Unit, paths: impl Iterator<Item = &'a RepoPath>) -> ActualState {
    match &unit.view {
        View::Disk => actual_below(&unit.root, paths),
        View::Tree(tree) => paths
            .map(|path| (path.clone(), view::actual_in(tree, path)))
            .collect(),
    }
}

/// Returns what stands at each path below a folder of the disk.
pub fn actual_below<'a>(root: &Path, paths: impl Iterator<Item = &'a RepoPath>) -> ActualState {
    match Ground::open(root) {
        Ok(mut ground) => paths
            .map(|path| (path.clone(), actual_at(&mut ground, path)))
            .collect(),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            paths.map(|path| (path.clone(), Actual::Absent)).collect()
        }
        Err(error) => {
            let what = Blocked::from(error).to_string();
            paths
                .map(|path| (path.clone(), Actual::Other(what.clone())))
                .collect()
        }
    }
}

/// Returns whether anything at all stands at a path; it is not read.
#[must_use]
pub fn is_there(unit: &Unit, path: &RepoPath) -> bool {
    match &unit.view {
        View::Disk => path.under(&unit.root).symlink_metadata().is_ok(),
        View::Tree(tree) => tree.entry(path.as_str()).is_ok_and(|found| found.is_some()),
    }
}

/// Returns what stands at one path, a failure to read it as [`Actual::Other`].
#[must_use]
pub fn actual_at(ground: &mut Ground, path: &RepoPath) -> Actual {
    let read = ground.spot(path).and_then(|spot| {
        if spot.linked && is_gits(path) {
            return Ok(Actual::Other("a link, where git follows none".to_owned()));
        }
        read(&spot)
    });
    read.unwrap_or_else(|blocked| Actual::Other(blocked.to_string()))
}

/// Whether git reads a file itself, and then only where no link stands.
fn is_gits(path: &RepoPath) -> bool {
    let name = path.as_str().rsplit('/').next();
    matches!(name, Some(".gitignore" | ".gitattributes"))
}

/// Returns what stands at a resolved path.
///
/// # Errors
/// Fails where the system does not let it be read.
pub fn read(spot: &Spot) -> Result<Actual, Blocked> {
    let (Some(dir), Some(found)) = (spot.dir(), &spot.found) else {
        return Ok(Actual::Absent);
    };
    if !found.is_file() {
        return Ok(Actual::Other(ground::kind_of(found).to_owned()));
    }
    if found.len() > LIMIT {
        return Ok(Actual::Other("larger than 8 MiB".to_owned()));
    }
    let bytes = dir.open(Path::new(&spot.name)).and_then(|file| {
        let mut bytes = Vec::with_capacity(usize::try_from(found.len()).unwrap_or(0) + 1);
        file.into_std().take(LIMIT + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    });
    match bytes {
        Ok(bytes) => Ok(text_of(bytes, ground::mode_of(found))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Actual::Absent),
        Err(error) => Err(error.into()),
    }
}

fn text_of(bytes: Vec<u8>, mode: Mode) -> Actual {
    if bytes.len() as u64 > LIMIT {
        return Actual::Other("larger than 8 MiB".to_owned());
    }
    if is_utf16(&bytes) {
        return Actual::Other("UTF-16".to_owned());
    }
    match String::from_utf8(bytes) {
        Ok(text) if text.contains('\0') => Actual::Other("binary".to_owned()),
        Ok(text) => Actual::Text { text, mode },
        Err(_) => Actual::Other("not UTF-8".to_owned()),
    }
}

/// By its mark, or by a NUL in every other byte of the first characters.
fn is_utf16(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(16) & !1];
    let nul_at = |odd: usize| !start.is_empty() && start.chunks(2).all(|pair| pair[odd] == 0);
    bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") || nul_at(0) != nul_at(1)
}
