//! What a template set declares about its own past, so that users' edits follow.

use super::{KeyPath, RepoPath};

/// One declared change of a name or place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A file has another path.
    RenameFile {
        /// The path it had.
        from: RepoPath,
        /// The path it has.
        to: RepoPath,
    },
    /// A key, or all keys below it, has another path in the same file.
    RenameKey {
        /// Which file.
        path: RepoPath,
        /// The key as it was.
        from: KeyPath,
        /// The key as it is.
        to: KeyPath,
    },
    /// A key, or all keys below it, stands in another file.
    MoveKey {
        /// File and key as they were.
        from: (RepoPath, KeyPath),
        /// File and key as they are.
        to: (RepoPath, KeyPath),
    },
    /// A key is given no more, and a value that the user changed is a conflict.
    DropKey {
        /// Which file.
        path: RepoPath,
        /// Which key.
        key: KeyPath,
    },
}

/// A step, and the version of the template set that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// The version.
    pub to: String,
    /// The step.
    pub step: Step,
}
