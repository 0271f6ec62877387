//! One repository of a fleet.

use std::path::PathBuf;
use std::sync::Arc;

use super::Group;

/// One repository, and the group it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Its name, unique in the fleet: what reports, shards and the ledger call it.
    pub name: String,
    /// The group.
    pub group: Arc<Group>,
    /// Where it is.
    pub place: Place,
    /// The branch that counts, where whoever listed it said so; else HEAD does.
    pub default_branch: Option<String>,
    /// Why nothing is done with it, such as `archived`.
    pub passed_over: Option<String>,
}

/// Where a repository is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// On this machine: a work tree's root, or a bare repository.
    Local(PathBuf),
    /// Behind an address that `git` can fetch from.
    Remote(String),
}
