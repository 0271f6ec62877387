//! Every text of a work tree, of the index, of a commit or of the history, handed to a reader once.
//!
//! Reads in parallel, a repository handle per thread, and never more than [`PIECE`] of a file on the
//! disk at a time. Submodules and repositories inside are not entered, links not followed.

mod committed;
mod folder;
mod history;
mod pieces;
mod tree;

use std::sync::atomic::{AtomicUsize, Ordering};

use git2::Repository;

use super::Place;

pub use committed::{Kept, absent, committed};
pub use folder::folder;
pub use history::history;
pub use tree::{staged, tree};

/// The most of a file that is read at once.
pub const PIECE: usize = 4 << 20;
/// The largest object that is read; git gives them as a whole only.
const OBJECT: usize = 64 << 20;

/// Where a text stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// In the work tree.
    Tree,
    /// In the index, where that differs from the work tree or from the last commit.
    Index,
    /// In the history, from this commit on.
    Commit(String),
}

/// Something that the reader found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit<T> {
    /// The file's path, relative to the folder that was searched.
    pub path: String,
    /// Where its text stands.
    pub held: Held,
    /// What was found.
    pub what: T,
}

/// Why a text was not searched.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gap {
    /// A shallow clone has not all commits.
    Shallow,
    /// A partial clone has not all files.
    Partial,
    /// Objects are missing or broken.
    Broken(String),
    /// The repository cannot be opened.
    Closed(String),
    /// Larger than is read at once.
    Large(String),
    /// The system does not let it be read.
    Unreadable(String),
}

/// What a search found, and what it could not see.
#[derive(Debug)]
pub struct Searched<T> {
    /// What was found, in the order of paths.
    pub hits: Vec<Hit<T>>,
    /// What was not seen.
    pub gaps: Vec<Gap>,
}

impl<T> Default for Searched<T> {
    fn default() -> Self {
        Self {
            hits: Vec::new(),
            gaps: Vec::new(),
        }
    }
}

impl<T> Searched<T> {
    fn gap(gap: Gap) -> Self {
        Self {
            hits: Vec::new(),
            gaps: vec![gap],
        }
    }

    /// Returns both searches as one.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.hits.extend(other.hits);
        self.gaps.extend(other.gaps);
        self
    }

    fn ordered(mut self) -> Self {
        // Commits stand in their order already, and stay in it.
        let rank = |held: &Held| match held {
            Held::Tree => 0,
            Held::Index => 1,
            Held::Commit(_) => 2,
        };
        let key = |hit: &Hit<T>| (hit.path.clone(), rank(&hit.held));
        self.hits.sort_by_key(key);
        self.gaps.sort();
        self.gaps.dedup();
        self
    }
}

/// A stretch of a file: its path, its bytes, and the lines before it.
#[derive(Debug, Clone, Copy)]
pub struct Piece<'a> {
    /// The file's path, relative to the folder that is searched.
    pub path: &'a str,
    /// The bytes.
    pub bytes: &'a [u8],
    /// How many lines stand before it.
    pub line: usize,
}

/// What looks at each text, and who hears how far the search is.
pub struct Reader<'a, T> {
    /// Finds what it looks for.
    pub read: &'a (dyn Fn(Piece<'_>) -> Vec<T> + Sync),
    /// Hears what is done of how many.
    pub progress: &'a (dyn Fn(usize, usize) + Sync),
}

/// Counts what is done and tells it now and then.
struct Count<'a> {
    done: AtomicUsize,
    all: usize,
    progress: &'a (dyn Fn(usize, usize) + Sync),
}

impl<'a> Count<'a> {
    const STEP: usize = 256;

    fn new(all: usize, progress: &'a (dyn Fn(usize, usize) + Sync)) -> Self {
        let done = AtomicUsize::new(0);
        Self {
            done,
            all,
            progress,
        }
    }

    fn one(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if done.is_multiple_of(Self::STEP) || done == self.all {
            (self.progress)(done, self.all);
        }
    }
}

fn open(place: &Place) -> Result<Repository, Gap> {
    Repository::open(&place.work_tree).map_err(|error| Gap::Closed(error.message().to_owned()))
}

/// The path below a folder, `/` at its end, of a path from the work tree's root.
fn below<'a>(path: &'a [u8], prefix: &str) -> Option<&'a [u8]> {
    path.strip_prefix(prefix.as_bytes())
}

/// Why an object was not read: a partial clone lacks it by design.
fn broken(repository: &Repository, error: &git2::Error) -> Gap {
    if error.code() == git2::ErrorCode::NotFound && is_partial(repository) {
        return Gap::Partial;
    }
    Gap::Broken(error.message().to_owned())
}

fn is_partial(repository: &Repository) -> bool {
    let Ok(config) = repository.config() else {
        return false;
    };
    if config.get_entry("extensions.partialclone").is_ok() {
        return true;
    }
    let promises = config.entries(Some("remote\\..*\\.promisor"));
    promises.is_ok_and(|mut entries| entries.next().is_some_and(|entry| entry.is_ok()))
}
