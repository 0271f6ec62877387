//! What came of one repository, in the form that is printed, merged and read again.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{Action, Diagnostic};

/// The number of the shape of a [`RepoReport`]; it grows when a reader would have to change.
pub const SCHEMA: u32 = 1;

/// How a repository stands.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// HEAD says all of it.
    UpToDate,
    /// The fleet's branch says all of it; HEAD does not yet.
    Waiting,
    /// It gets, or has got, a change.
    Changed,
    /// Keys, or the branch, are in conflict; what is not in conflict is written.
    Conflict,
    /// It could not be read, planned or written.
    Failed,
    /// Nothing was asked of it, such as of an archived one.
    PassedOver,
}

/// One line of `--format json`: a repository.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RepoReport {
    /// The number of this shape.
    pub schema: u32,
    /// The repository's name.
    pub repository: String,
    /// Its group.
    pub group: String,
    /// How it stands.
    pub status: Status,
    /// Twelve hexadecimal digits, the same for identical changes; null where nothing changes.
    pub change: Option<String>,
    /// The change as a unified diff; only in the first line of each change.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub diff: Option<String>,
    /// The managed files, manifest and lockfile among them, in path order.
    pub files: Vec<FileOutcome>,
    /// The branch that the change is for.
    pub branch: String,
    /// The commit that was looked at, HEAD's or the branch's.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub base: Option<String>,
    /// The branch's commit that says all of it, where there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub commit: Option<String>,
    /// Whether the commit was pushed by this run or an earlier one.
    #[serde(default)]
    pub pushed: bool,
    /// The merge request.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub proposal: Option<Proposal>,
    /// What there is to say, failures among it.
    pub diagnostics: Vec<Diagnostic>,
}

/// One file of a repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileOutcome {
    /// From the repository's root.
    pub path: String,
    /// What happens to it.
    pub action: Action,
    /// Dotted paths of the keys in conflict; an empty one is the whole file.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub conflicts: Vec<String>,
}

/// A merge request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Proposal {
    /// How it stands.
    pub standing: Standing,
    /// Its address, where the forge told it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub url: Option<String>,
}

/// How a merge request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Opened by this run.
    Opened,
    /// It was open, and is brought up to date.
    Updated,
    /// It was open and said all of it.
    Open,
    /// Somebody closed it; that is respected.
    Closed,
    /// It was merged.
    Merged,
}

/// A change that several repositories share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// As [`RepoReport::change`].
    pub id: String,
    /// The diff of the first repository that has it.
    pub diff: String,
}

impl RepoReport {
    /// Returns the report of a repository about which nothing is known yet.
    #[must_use]
    pub fn new(repository: &str, group: &str, branch: &str, status: Status) -> Self {
        Self {
            schema: SCHEMA,
            repository: repository.to_owned(),
            group: group.to_owned(),
            status,
            change: None,
            diff: None,
            files: Vec::new(),
            branch: branch.to_owned(),
            base: None,
            commit: None,
            pushed: false,
            proposal: None,
            diagnostics: Vec::new(),
        }
    }
}
