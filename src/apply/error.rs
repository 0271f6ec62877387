//! Why nothing was written.

use std::io;
use std::path::PathBuf;

use crate::observe::Blocked;

/// Why `apply` or `undo` wrote nothing.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Another writer holds the lock.
    #[error("another `claude-scaffold` is at work here (it holds `{lock}`)")]
    Busy {
        /// The lock.
        lock: PathBuf,
    },
    /// A writer was interrupted, and only a writer may repair that.
    #[error("an interrupted `apply` left `{journal}`")]
    Unsettled {
        /// The journal.
        journal: PathBuf,
    },
    /// The tool's own folder.
    #[error("failed to {act} `{path}`")]
    State {
        /// What was tried.
        act: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// A file of the tool's own folder that this version cannot read.
    #[error("`{path}` is not what this version writes")]
    Foreign {
        /// Which.
        path: PathBuf,
        /// What the parser says.
        source: serde_json::Error,
    },
    /// A file of the repository.
    #[error("failed to {act} `{path}`")]
    Io {
        /// What was tried.
        act: &'static str,
        /// On what.
        path: String,
        /// Why it failed.
        source: io::Error,
    },
    /// A path that must not be written.
    #[error("`{path}` is {blocked}")]
    Blocked {
        /// Which.
        path: String,
        /// Why.
        blocked: Blocked,
    },
    /// Something stands there that is no text file of ours to change.
    #[error("`{path}` is {what}")]
    Other {
        /// Which.
        path: String,
        /// What it is.
        what: String,
    },
    /// The file is not what the plan was made from.
    #[error("`{path}` has changed since the plan was made")]
    Changed {
        /// Which.
        path: String,
    },
    /// Two paths of the plan lead to one file.
    #[error("`{path}` and `{other}` are the same file")]
    SameFile {
        /// The second.
        path: String,
        /// The first.
        other: String,
    },
    /// A file to be deleted is reached through a link.
    #[error("`{path}` is a link, which is not ours to delete")]
    DeleteLink {
        /// Which.
        path: String,
    },
    /// Failed, and taking it back failed too; the journal stays open.
    #[error("{cause}; taking it back failed too, so `{journal}` stays open")]
    NotTakenBack {
        /// Why it failed.
        cause: Box<ApplyError>,
        /// The journal.
        journal: PathBuf,
        /// Why taking it back failed.
        source: Box<ApplyError>,
    },
}
