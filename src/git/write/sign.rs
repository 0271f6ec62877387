//! A signed commit, by the user's own `git`: it knows the format, the program and the key.

use std::fs;
use std::path::Path;
use std::time::Duration;

use git2::{Oid, Repository};

use crate::git::program::{self, Ground, Limits, Prompt, Run};

/// A person may have to type a passphrase.
const LONGEST: Duration = Duration::from_mins(2);
/// Sections in which a repository names people, or says how commits are signed.
const SECTIONS: [&str; 6] = [
    "[user",
    "[author",
    "[committer",
    "[commit",
    "[gpg",
    "[include",
];

/// Whether a repository has its own mind about who commits, and how commits are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnIdentity {
    /// It may have.
    Possible,
    /// It has not.
    None,
}

/// Returns whether a repository's own configuration may name people, or say how commits are signed.
#[must_use]
pub fn has_identity(repository: &Repository) -> OwnIdentity {
    let common = repository.commondir();
    let names = |file: &str| {
        let text = fs::read_to_string(common.join(file)).unwrap_or_default();
        let starts = |line: &str| {
            let line = line.trim_start().to_ascii_lowercase();
            SECTIONS.iter().any(|section| line.starts_with(section))
        };
        text.lines().any(starts)
    };
    if names("config") || names("config.worktree") {
        OwnIdentity::Possible
    } else {
        OwnIdentity::None
    }
}

/// Makes a signed commit of a tree that is there, and returns it; no branch moves.
///
/// # Errors
/// Returns what git said.
pub fn signed_commit(git_dir: &Path, tree: Oid, parent: Oid, message: &str) -> Result<Oid, String> {
    let (tree, parent) = (tree.to_string(), parent.to_string());
    let done = program::run(&Run {
        folder: git_dir,
        ground: Ground::Bare,
        arguments: &["commit-tree", "-S", "-p", &parent, "-F", "-", &tree],
        input: message.as_bytes(),
        protocols: None,
        prompt: Prompt::Terminal,
        limits: Limits {
            time: LONGEST,
            growth: None,
        },
    });
    let done = done.map_err(|error| error.to_string())?;
    done.out
        .trim()
        .parse()
        .map_err(|_| format!("git gave no commit but `{}`", done.out.trim()))
}
