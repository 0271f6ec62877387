//! What a unit's files are read from: the disk, or a tree of git.

use std::rc::Rc;

use super::{Blocked, LIMIT, text_of};
use crate::git::{Entry, EntryKind, ObjectError, Snapshot};
use crate::model::{Actual, Mode, PathError, RepoPath};

/// Links that lead to links before we stop following.
const HOPS: usize = 40;
/// What stands in place of a file that git-lfs keeps elsewhere.
const POINTER: &[u8] = b"version https://git-lfs.github.com/spec/";

/// What a unit's files are read from.
#[derive(Debug, Clone, Default)]
pub enum View {
    /// The disk.
    #[default]
    Disk,
    /// A tree of git.
    Tree(Rc<Snapshot>),
}

/// Where the file of a path really stands in a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeSpot {
    /// Its path with all links resolved.
    pub real: String,
    /// What stands there, never a link.
    pub found: Option<Entry>,
    /// Whether the path itself is a link to it.
    pub linked: bool,
}

/// Finds where the file of a path stands in a tree, following links that stay inside, as
/// [`super::Ground::spot`] does on the disk.
///
/// # Errors
/// Says what blocks the path.
pub fn tree_spot(tree: &Snapshot, path: &RepoPath) -> Result<TreeSpot, Blocked> {
    let mut hops = HOPS;
    let (folder, name) = match path.as_str().rsplit_once('/') {
        Some((folder, name)) => (folder, name),
        None => ("", path.as_str()),
    };
    let below = |blocked| match blocked {
        Blocked::BelowFile | Blocked::Unreadable(_) => blocked,
        other => Blocked::Below(Box::new(other)),
    };
    let Some(folder) = real_folder(tree, folder, &mut hops).map_err(below)? else {
        return Ok(TreeSpot {
            real: path.to_string(),
            found: None,
            linked: false,
        });
    };
    let here = joined(&folder, name);
    let Some(found) = tree.entry(&here).map_err(unread)? else {
        return Ok(TreeSpot {
            real: here,
            found: None,
            linked: false,
        });
    };
    if found.kind() != EntryKind::Link {
        return Ok(TreeSpot {
            real: here,
            found: Some(found),
            linked: false,
        });
    }
    let real = follow(tree, &folder, found, &mut hops)?;
    let found = tree.entry(&real).map_err(unread)?;
    Ok(TreeSpot {
        found: Some(found.ok_or(Blocked::LinkToNothing)?),
        real,
        linked: true,
    })
}

/// Returns what stands at one path of a tree, a failure to read it as [`Actual::Other`].
pub(super) fn actual_in(tree: &Snapshot, path: &RepoPath) -> Actual {
    let spot = match tree_spot(tree, path) {
        Ok(spot) => spot,
        Err(blocked) => return Actual::Other(blocked.to_string()),
    };
    let Some(found) = spot.found else {
        return Actual::Absent;
    };
    if spot.linked && super::is_gits(path) {
        return Actual::Other("a link, where git follows none".to_owned());
    }
    let mode = match found.kind() {
        EntryKind::File | EntryKind::Link => Mode::Regular,
        EntryKind::Executable => Mode::Executable,
        EntryKind::Folder => return Actual::Other("a directory".to_owned()),
        EntryKind::Submodule => return Actual::Other("a submodule".to_owned()),
    };
    let limit = usize::try_from(LIMIT).unwrap_or(usize::MAX);
    match tree.blob(found.id, limit) {
        Ok(bytes) if bytes.starts_with(POINTER) => {
            Actual::Other("kept elsewhere by git-lfs".to_owned())
        }
        Ok(bytes) => text_of(bytes, mode),
        Err(ObjectError::Large(_)) => Actual::Other("larger than 8 MiB".to_owned()),
        Err(error) => Actual::Other(Blocked::Unreadable(error.to_string()).to_string()),
    }
}

/// Returns the start of a regular file of a tree, as far as it is looked at.
pub(super) fn text_in(tree: &Snapshot, path: &str, limit: usize) -> Option<String> {
    let found = tree.find(path).ok()??;
    if !matches!(found.kind(), EntryKind::File | EntryKind::Executable) {
        return None;
    }
    let most = usize::try_from(LIMIT).unwrap_or(usize::MAX);
    let mut bytes = tree.blob(found.id, most).ok()?;
    bytes.truncate(limit);
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Resolves a folder; none where nothing is there.
fn real_folder(tree: &Snapshot, path: &str, hops: &mut usize) -> Result<Option<String>, Blocked> {
    let mut real = String::new();
    for name in path.split('/').filter(|name| !name.is_empty()) {
        let here = joined(&real, name);
        let Some(found) = tree.entry(&here).map_err(unread)? else {
            return Ok(None);
        };
        real = match found.kind() {
            EntryKind::Folder => here,
            EntryKind::Link => {
                let to = follow(tree, &real, found, hops)?;
                match tree.entry(&to).map_err(unread)? {
                    Some(entry) if entry.kind() == EntryKind::Folder => to,
                    Some(_) => return Err(Blocked::BelowFile),
                    None => return Err(Blocked::LinkToNothing),
                }
            }
            _ => return Err(Blocked::BelowFile),
        };
    }
    Ok(Some(real))
}

/// Resolves a link to a path that has no links in it; what it leads to need not be there.
fn follow(tree: &Snapshot, folder: &str, link: Entry, hops: &mut usize) -> Result<String, Blocked> {
    *hops = hops.checked_sub(1).ok_or(Blocked::LinkToNothing)?;
    let target = tree.blob(link.id, 4096).map_err(unread)?;
    let target = String::from_utf8(target).map_err(|_| Blocked::LinkToNothing)?;
    if target.starts_with('/') {
        return Err(Blocked::LinkOut);
    }
    let mut names: Vec<String> = split(folder);
    let mut rest: Vec<String> = split(&target);
    rest.reverse();
    while let Some(name) = rest.pop() {
        if name == "." {
            continue;
        }
        if name == ".." {
            names.pop().ok_or(Blocked::LinkOut)?;
            continue;
        }
        let here = joined(&names.join("/"), &name);
        match tree.entry(&here).map_err(unread)? {
            Some(found) if found.kind() == EntryKind::Link => {
                let real = follow(tree, &names.join("/"), found, hops)?;
                names = split(&real);
            }
            _ => names.push(name),
        }
    }
    let is_gits = |name: &String| matches!(RepoPath::parse(name), Err(PathError::GitFolder(_)));
    if names.iter().any(is_gits) {
        return Err(Blocked::LinkToGit);
    }
    Ok(names.join("/"))
}

fn split(path: &str) -> Vec<String> {
    let names = path.split('/').filter(|name| !name.is_empty());
    names.map(str::to_owned).collect()
}

fn joined(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the form `map_err` wants")]
fn unread(error: ObjectError) -> Blocked {
    Blocked::Unreadable(error.to_string())
}
