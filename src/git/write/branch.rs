//! Where a branch points, and moving it if nobody else has.

use std::fs;
use std::path::Path;

use git2::{ErrorCode, Oid, Repository};

use super::Durability;
use super::pack::sync;

/// How a branch stands to the commit that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tip {
    /// There is no such branch.
    Absent,
    /// It holds the commit, and may hold more.
    Ahead(Oid),
    /// The commit holds all of it.
    Behind(Oid),
    /// Each has commits that the other has not.
    Diverged(Oid),
}

/// Why a branch was not moved.
#[derive(Debug, thiserror::Error)]
pub enum BranchError {
    /// Somebody else has moved it meanwhile.
    #[error("branch `{0}` was moved by somebody else meanwhile")]
    Moved(String),
    /// Git refuses it.
    #[error("failed to move branch `{0}`: {why}", why = .1.message())]
    Git(String, git2::Error),
}

/// What keeps a branch from being moved or made, whatever it is to point to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hindrance {
    /// A work tree stands on it, or rebases it.
    CheckedOut,
    /// It stands for another reference.
    Symbolic(String),
    /// Another branch has its name as a folder, or is such a folder.
    Taken(String),
}

/// A move of a branch.
#[derive(Debug, Clone, Copy)]
pub struct Moved<'a> {
    /// The branch, without `refs/heads/`.
    pub branch: &'a str,
    /// Where it points, as we know it; none where it is not there.
    pub from: Option<Oid>,
    /// Where it is to point.
    pub to: Oid,
    /// What its log says.
    pub why: &'a str,
}

/// Returns how a branch stands to a commit.
///
/// # Errors
/// Fails where history cannot be read.
pub fn tip(repository: &Repository, branch: &str, commit: Oid) -> Result<Tip, git2::Error> {
    let found = match repository.refname_to_id(&format!("refs/heads/{branch}")) {
        Ok(found) => found,
        Err(error) if error.code() == ErrorCode::NotFound => return Ok(Tip::Absent),
        Err(error) => return Err(error),
    };
    if found == commit
        || repository
            .find_commit(found)?
            .parent_ids()
            .any(|id| id == commit)
    {
        return Ok(Tip::Ahead(found));
    }
    if repository.graph_descendant_of(found, commit)? {
        Ok(Tip::Ahead(found))
    } else if repository.graph_descendant_of(commit, found)? {
        Ok(Tip::Behind(found))
    } else {
        Ok(Tip::Diverged(found))
    }
}

/// Returns what keeps a branch from being moved, or from being made where it points nowhere yet.
///
/// # Errors
/// Fails where branches cannot be read.
pub fn hindrance(
    repository: &Repository,
    branch: &str,
    from: Option<Oid>,
) -> Result<Option<Hindrance>, git2::Error> {
    if is_checked_out(repository, branch) {
        return Ok(Some(Hindrance::CheckedOut));
    }
    if from.is_some() {
        let found = repository.find_reference(&format!("refs/heads/{branch}"))?;
        let target = found.symbolic_target()?;
        return Ok(target.map(|other| Hindrance::Symbolic(other.to_owned())));
    }
    let above = branch
        .match_indices('/')
        .filter_map(|(at, _)| branch.get(..at));
    for name in above {
        match repository.refname_to_id(&format!("refs/heads/{name}")) {
            Ok(_) => return Ok(Some(Hindrance::Taken(name.to_owned()))),
            Err(error) if error.code() == ErrorCode::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    let mut below = repository.references_glob(&format!("refs/heads/{branch}/*"))?;
    let first = below.names().next().transpose()?;
    let short = first.map(|name| name.trim_start_matches("refs/heads/").to_owned());
    Ok(short.map(Hindrance::Taken))
}

/// Whether a work tree of the repository stands on a branch, or will once its rebase is done.
fn is_checked_out(repository: &Repository, branch: &str) -> bool {
    let name = format!("refs/heads/{branch}");
    let says = |path: &Path, start: &str| {
        let text = fs::read_to_string(path).unwrap_or_default();
        text.trim_end().strip_prefix(start) == Some(&name)
    };
    let rebases = |folder: &Path| {
        let kinds = ["rebase-merge", "rebase-apply"].into_iter();
        let mut files = kinds.map(|kind| folder.join(kind).join("head-name"));
        files.any(|file| says(&file, ""))
    };
    let common = repository.commondir();
    if !repository.is_bare() && (says(&common.join("HEAD"), "ref: ") || rebases(common)) {
        return true;
    }
    let linked = fs::read_dir(common.join("worktrees"));
    let mut linked = linked.into_iter().flatten().flatten();
    linked.any(|entry| {
        let folder = entry.path();
        says(&folder.join("HEAD"), "ref: ") || rebases(&folder)
    })
}

/// Moves a branch, if it points where we know it to.
///
/// # Errors
/// Fails where it does not, or git refuses.
pub fn move_branch(
    repository: &Repository,
    moved: &Moved<'_>,
    durability: Durability,
) -> Result<(), BranchError> {
    let name = format!("refs/heads/{}", moved.branch);
    let made = match moved.from {
        Some(from) => repository.reference_matching(&name, moved.to, true, from, moved.why),
        None => repository.reference(&name, moved.to, false, moved.why),
    };
    match made {
        Ok(_) => {}
        Err(error) if matches!(error.code(), ErrorCode::Modified | ErrorCode::Exists) => {
            return Err(BranchError::Moved(moved.branch.to_owned()));
        }
        Err(error) => return Err(BranchError::Git(moved.branch.to_owned(), error)),
    }
    if durability == Durability::Synced {
        let file = repository.commondir().join(&name);
        let all = sync(&file).and_then(|()| file.parent().map_or(Ok(()), sync));
        all.map_err(|error| {
            let error = git2::Error::from_str(&error.to_string());
            BranchError::Git(moved.branch.to_owned(), error)
        })?;
    }
    Ok(())
}
