//! The way to a member's repository, and on to its remote.

use std::path::{Path, PathBuf};

use git2::Oid;

use super::run::Ways;
use super::{Member, Place, RepoReport};
use crate::model::Diagnostic;

/// Members of this machine, and nothing passed on.
#[derive(Debug, Clone, Copy)]
pub struct LocalWays;

impl Ways for LocalWays {
    fn folder(&self, member: &Member) -> Result<PathBuf, Diagnostic> {
        match &member.place {
            Place::Local(path) => Ok(path.clone()),
            Place::Remote(_) => Err(Diagnostic::error("remote", "remote members are not reached")),
        }
    }

    fn complete(&self, _: &Member, _: &Path, ids: &[Oid]) -> Result<(), Diagnostic> {
        let first = ids.first().map(ToString::to_string).unwrap_or_default();
        let message = format!("the repository cannot be read: object {first} is missing");
        Err(Diagnostic::error("git", message).with_help("`git fsck` says what is broken"))
    }

    fn publish(&self, _: &Member, _: &Path, _: &mut RepoReport) {}
}
