//! The lock of a branch: another git's, or one that a killed run left behind.

use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use git2::{Oid, Repository};

/// How old a lock is before it can have been left behind; git holds none that long.
const OLD: Duration = Duration::from_secs(3);
const PAUSE: Duration = Duration::from_millis(50);

/// Returns whether nobody holds a branch's lock. It waits a moment for it to go, and takes away one that a
/// killed run left.
///
/// That is one under which the same tree was to be committed: the tree is in the repository, though no
/// run got further, and the lock is still empty or names a commit of it.
#[must_use]
pub fn is_free(repository: &Repository, branch: &str, tree: Oid) -> bool {
    let name = format!("refs/heads/{branch}.lock");
    let path = repository.commondir().join(name);
    let start = Instant::now();
    loop {
        let Ok(found) = fs::symlink_metadata(&path) else {
            return true;
        };
        let age = found
            .modified()
            .ok()
            .and_then(|time| SystemTime::now().duration_since(time).ok());
        if age.is_some_and(|age| age >= OLD) {
            return is_left(repository, &path, tree) && fs::remove_file(&path).is_ok();
        }
        if start.elapsed() > OLD {
            return false;
        }
        sleep(PAUSE);
    }
}

fn is_left(repository: &Repository, lock: &Path, tree: Oid) -> bool {
    let is_there = repository.odb().is_ok_and(|odb| odb.exists(tree));
    let Ok(text) = fs::read_to_string(lock) else {
        return false;
    };
    let commit = Oid::from_str(text.trim()).and_then(|id| repository.find_commit(id));
    let is_of_it = commit.is_ok_and(|commit| commit.tree_id() == tree);
    is_there && (text.is_empty() || is_of_it)
}
