//! Local git repositories: where they are, what they say, how they merge text.
//!
//! Finding a repository only looks at the disk; libgit2 is entered when a question needs it, and the
//! user's `git` program for the way to a server. Must not write anything but objects, refs and index
//! entries.
#![expect(clippy::disallowed_methods, reason = "this room reads git's own files")]

mod asked;
mod branch;
mod facts;
mod ignored;
mod index;
mod named;
mod origin;
pub mod program;
mod rules;
mod search;
mod snapshot;
mod stages;
mod text;
mod walks;
mod write;

use std::fs;
use std::path::{Path, PathBuf};

pub use asked::{Answer, Asked, Pick};
pub use branch::is_branch_name;
pub use facts::{History, People, Survey, WALK_LIMIT, WINDOW_DAYS, survey};
pub use ignored::{ignored, ruled_out};
pub use index::{IndexError, conflicted, is_tracked, outside_sparse, set_mode};
pub use named::{HiddenPath, hidden, tracked_as};
pub use origin::{
    host, is_public_forge, origin, origin_in, pushed_to, repository_name, without_user_info,
};
pub use rules::Rules;
pub use search::{
    Gap, Held, Hit, Kept, Piece, Reader, Searched, absent, committed, folder, history, staged, tree,
};
pub use snapshot::{Entry, EntryKind, ObjectError, Snapshot};
pub use stages::{Stages, stages};
pub use text::{mark_conflicts, marked, merge_text};
pub use walks::Walks;
pub use write::{
    Authors, BranchError, Draft, Durability, Edit, Hindrance, Moved, OwnIdentity, PackError,
    Packed, Tip, TreeError, add, commit, edited, has_identity, hindrance, is_free, move_branch,
    signed_commit, tip,
};

/// A work tree and the folders git keeps for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The work tree's root.
    pub work_tree: PathBuf,
    /// Git's folder of this work tree (of a linked work tree or submodule: its own).
    pub git_dir: PathBuf,
    /// The folder that all work trees of the repository share.
    pub common_dir: PathBuf,
}

/// Returns the nearest repository at or above a folder; none outside of one.
#[must_use]
pub fn locate(folder: &Path) -> Option<Place> {
    folder.ancestors().find_map(place_at)
}

/// Returns whether the repository's work tree cannot hold modes, so that only the index can.
#[must_use]
pub fn is_without_modes(place: &Place) -> bool {
    let config = fs::read_to_string(place.common_dir.join("config")).unwrap_or_default();
    let says = |line: &str| {
        line.replace([' ', '\t'], "")
            .eq_ignore_ascii_case("filemode=false")
    };
    config.lines().any(says)
}

/// Returns git's own folder around, or at, a folder; none where git keeps nothing of its own.
#[must_use]
pub fn own_folder(folder: &Path) -> Option<&Path> {
    let is_gits = |folder: &&Path| {
        let has = |name: &str| folder.join(name).exists();
        has("HEAD") && has("objects") && has("refs")
    };
    folder.ancestors().find(is_gits)
}

fn place_at(folder: &Path) -> Option<Place> {
    let dot_git = folder.join(".git");
    let kind = fs::metadata(&dot_git).ok()?;
    let git_dir = if kind.is_dir() {
        dot_git
    } else {
        let text = fs::read_to_string(&dot_git).ok()?;
        folder.join(text.strip_prefix("gitdir:")?.trim())
    };
    if !git_dir.join("HEAD").exists() {
        return None;
    }
    let common_dir = match fs::read_to_string(git_dir.join("commondir")) {
        Ok(text) => git_dir.join(text.trim()),
        Err(_) => git_dir.clone(),
    };
    Some(Place {
        work_tree: folder.to_path_buf(),
        git_dir,
        common_dir,
    })
}
