//! What a newer version of the templates moves in a repository, declared, never coded.

use super::{KeyPath, RepoPath, Version};

/// A step that an upgrade across a version takes before it merges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// The first version whose templates expect the step to have been taken.
    pub to: Version,
    /// What is moved.
    pub step: Step,
}

/// One move of a file or key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A file has another name.
    RenameFile {
        /// Where it was.
        from: RepoPath,
        /// Where it is.
        to: RepoPath,
    },
    /// A key has another name in the same file.
    RenameKey {
        /// The file.
        path: RepoPath,
        /// The key's path before.
        from: KeyPath,
        /// The key's path after.
        to: KeyPath,
    },
    /// A key stands in another file.
    MoveKey {
        /// Where it was.
        from: KeyPlace,
        /// Where it is.
        to: KeyPlace,
    },
    /// A key is gone.
    DropKey(KeyPlace),
}

/// A key of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPlace {
    /// The file.
    pub path: RepoPath,
    /// The key in it.
    pub key: KeyPath,
}
