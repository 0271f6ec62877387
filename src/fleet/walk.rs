//! Looks for repositories on the disk, without libgit2: ten thousand are found in a moment.
#![expect(
    clippy::disallowed_methods,
    reason = "repositories are looked for here"
)]

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::glob::{is_glob, is_part};

/// A folder on the disk.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    /// As it was reached, without `.` and `..`.
    pub(super) path: PathBuf,
    /// Without links on the way.
    real: PathBuf,
}

/// What a folder is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Look {
    /// A repository; its work trees share the folder that it is known by.
    Repository {
        /// Git's own folder, without links on the way.
        identity: PathBuf,
        /// Whether it is a linked work tree of it.
        linked: bool,
    },
    /// None.
    Nothing,
}

/// Returns a folder by its path.
pub(super) fn spot(folder: &Path, path: &str) -> io::Result<Spot> {
    let path = clean(&folder.join(path));
    let real = fs::canonicalize(&path)?;
    Ok(Spot { path, real })
}

/// Returns the folders that a glob leads to, in the order of their names.
pub(super) fn expand(folder: &Path, glob: &str) -> io::Result<Vec<Spot>> {
    let parts: Vec<&str> = glob.split('/').collect();
    let fixed = parts.iter().take_while(|part| !is_glob(part)).count();
    let (before, after) = parts.split_at(fixed);
    let before = match before {
        [""] => "/".to_owned(),
        parts => parts.join("/"),
    };
    let after: Vec<&str> = after
        .iter()
        .copied()
        .filter(|part| !part.is_empty())
        .collect();
    let mut found = Vec::new();
    descend(spot(folder, &before)?, &after, &mut found);
    Ok(found)
}

fn descend(spot: Spot, parts: &[&str], found: &mut Vec<Spot>) {
    let Some((part, rest)) = parts.split_first() else {
        found.push(spot);
        return;
    };
    if *part == "**" {
        any_depth(spot, rest, found);
    } else if is_glob(part) {
        for below in children(&spot, part, Links::Followed) {
            descend(below, rest, found);
        }
    } else {
        let path = clean(&spot.path.join(part));
        if let Ok(real) = fs::canonicalize(&path) {
            descend(Spot { path, real }, rest, found);
        }
    }
}

/// What lies inside of a repository is its own matter, and is not looked at.
fn any_depth(spot: Spot, rest: &[&str], found: &mut Vec<Spot>) {
    for below in children(&spot, "*", Links::Left) {
        if look(&below) == Look::Nothing {
            any_depth(below, rest, found);
        } else if rest.is_empty() {
            found.push(below);
        }
    }
    descend(spot, rest, found);
}

/// Whether a link to a folder is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Links {
    Followed,
    Left,
}

/// The folders in a folder whose names match, in order; what cannot be read has none.
fn children(spot: &Spot, glob: &str, links: Links) -> Vec<Spot> {
    let entries = fs::read_dir(&spot.real).into_iter().flatten().flatten();
    let mut found: Vec<Spot> = entries
        .filter(|entry| is_part(glob, &entry.file_name().to_string_lossy()))
        .filter_map(|entry| {
            let kind = entry.file_type().ok()?;
            let (path, real) = (spot.path.join(entry.file_name()), entry.path());
            if kind.is_dir() {
                return Some(Spot { path, real });
            }
            let follow = kind.is_symlink() && links == Links::Followed;
            let real = fs::canonicalize(real).ok().filter(|_| follow)?;
            real.is_dir().then_some(Spot { path, real })
        })
        .collect();
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

/// Says what a folder is; one that may not be looked into counts as a repository, so that it is
/// reported and not lost.
pub(super) fn look(spot: &Spot) -> Look {
    let dot = spot.real.join(".git");
    let kind = match fs::symlink_metadata(&dot) {
        Ok(found) => found.file_type(),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            return repository(spot.real.clone());
        }
        Err(_) => return bare(spot),
    };
    if kind.is_dir() {
        return repository(dot);
    }
    if kind.is_symlink() && dot.is_dir() {
        return repository(real(&dot));
    }
    let text = fs::read_to_string(&dot).unwrap_or_default();
    let Some(own) = text.strip_prefix("gitdir:") else {
        return repository(dot);
    };
    let own = spot.real.join(own.trim());
    match fs::read_to_string(own.join("commondir")) {
        Ok(common) => Look::Repository {
            identity: real(&own.join(common.trim())),
            linked: true,
        },
        Err(_) => repository(real(&own)),
    }
}

fn bare(spot: &Spot) -> Look {
    let has = |name: &str| fs::metadata(spot.real.join(name)).is_ok();
    if has("objects") && (has("HEAD") || has("refs")) {
        repository(spot.real.clone())
    } else {
        Look::Nothing
    }
}

fn repository(identity: PathBuf) -> Look {
    Look::Repository {
        identity,
        linked: false,
    }
}

fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| clean(path))
}

/// A path without `.` and `..`, as it reads.
pub(super) fn clean(path: &Path) -> PathBuf {
    path.components()
        .fold(PathBuf::new(), |mut clean, component| {
            match component {
                Component::CurDir => {}
                Component::ParentDir => {
                    clean.pop();
                }
                other => clean.push(other),
            }
            clean
        })
}
