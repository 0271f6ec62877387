//! The files of a commit's tree, read where git keeps them; what was read once is known again.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, PoisonError, RwLock};

use git2::Oid;

use super::pieces::pieces;
use super::{Gap, Held, Hit, OBJECT, Reader, Searched, broken, is_partial};
use crate::git::{EntryKind, ObjectError, Snapshot};

/// The depth at which a walk ends.
const DEEPEST: usize = 128;
/// How many files and folders of one tree are looked at.
const FILES: usize = 2_000_000;
/// How many files and folders are remembered.
const MOST: usize = 400_000;

type Known<T> = Option<Arc<[Hit<T>]>>;

/// What was found in files and folders, for threads to share: the same text at the same path shows the
/// same.
#[derive(Debug)]
pub struct Kept<T>(RwLock<HashMap<(Oid, u64), Known<T>>>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

impl<T> Kept<T> {
    fn find(&self, key: (Oid, u64)) -> Option<Known<T>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.get(&key).cloned()
    }

    fn learn(&self, key: (Oid, u64), found: Known<T>) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() < MOST {
            known.insert(key, found);
        }
    }
}

/// Hands the files of a tree to a reader, links and submodules left alone. `kept` is for readers that
/// are alike wherever `alike` is.
#[must_use]
pub fn committed<T: Clone>(
    tree: &Snapshot,
    reader: &Reader<'_, T>,
    kept: &Kept<T>,
    alike: &str,
) -> Searched<T> {
    let mut walk = Walk {
        tree,
        reader,
        kept,
        alike,
        gaps: Vec::new(),
        seen: 0,
    };
    let found = walk.folder(tree.root(), &mut String::new(), 0);
    let searched = Searched {
        hits: found.map(|hits| hits.to_vec()).unwrap_or_default(),
        gaps: walk.gaps,
    };
    searched.ordered()
}

/// Returns the files of a tree that a partial clone has left out; none of a whole one.
///
/// # Errors
/// Fails where a folder cannot be read.
pub fn absent(tree: &Snapshot) -> Result<Vec<Oid>, ObjectError> {
    let mut missing = Vec::new();
    if !is_partial(tree.repository()) {
        return Ok(missing);
    }
    let Ok(odb) = tree.repository().odb() else {
        return Ok(missing);
    };
    let mut folders = vec![tree.root()];
    let mut seen = std::collections::HashSet::new();
    while let Some(folder) = folders.pop() {
        for (_, entry) in tree.children(folder)? {
            if !seen.insert(entry.id) {
                continue;
            }
            match entry.kind() {
                EntryKind::Folder => folders.push(entry.id),
                EntryKind::Submodule => {}
                _ if odb.exists(entry.id) => {}
                _ => missing.push(entry.id),
            }
        }
    }
    Ok(missing)
}

struct Walk<'a, T> {
    tree: &'a Snapshot,
    reader: &'a Reader<'a, T>,
    kept: &'a Kept<T>,
    alike: &'a str,
    gaps: Vec<Gap>,
    seen: usize,
}

impl<T: Clone> Walk<'_, T> {
    fn key(&self, id: Oid, path: &str) -> (Oid, u64) {
        let mut hash = DefaultHasher::new();
        (path, self.alike).hash(&mut hash);
        (id, hash.finish())
    }

    fn folder(&mut self, id: Oid, path: &mut String, depth: usize) -> Known<T> {
        let key = self.key(id, path);
        if let Some(known) = self.kept.find(key) {
            return known;
        }
        if self.is_full(path) {
            return None;
        }
        let children = match self.tree.children(id) {
            Ok(children) => children,
            Err(error) => {
                self.gaps.push(Gap::Broken(error.to_string()));
                return None;
            }
        };
        let gaps = self.gaps.len();
        let mut hits = Vec::new();
        let length = path.len();
        for (name, entry) in children {
            path.push_str(&String::from_utf8_lossy(&name));
            let found = match entry.kind() {
                EntryKind::Folder if depth < DEEPEST => {
                    path.push('/');
                    self.folder(entry.id, path, depth + 1)
                }
                EntryKind::File | EntryKind::Executable => self.file(entry.id, path),
                EntryKind::Folder | EntryKind::Link | EntryKind::Submodule => None,
            };
            hits.extend(found.iter().flat_map(|hits| hits.iter().cloned()));
            path.truncate(length);
        }
        let found: Known<T> = (!hits.is_empty()).then(|| hits.into());
        if self.gaps.len() == gaps && self.seen <= FILES {
            self.kept.learn(key, found.clone());
        }
        found
    }

    /// Whether so much was looked at that the rest is left out, which is said once.
    fn is_full(&mut self, path: &str) -> bool {
        self.seen += 1;
        if self.seen == FILES + 1 {
            self.gaps.push(Gap::Large(path.to_owned()));
        }
        self.seen > FILES
    }

    fn file(&mut self, id: Oid, path: &str) -> Known<T> {
        let key = self.key(id, path);
        if let Some(known) = self.kept.find(key) {
            return known;
        }
        if self.is_full(path) {
            return None;
        }
        match self.read(id, path) {
            Ok(hits) => {
                let found: Known<T> = (!hits.is_empty()).then(|| hits.into());
                self.kept.learn(key, found.clone());
                found
            }
            Err(gap) => {
                self.gaps.push(gap);
                None
            }
        }
    }

    fn read(&self, id: Oid, path: &str) -> Result<Vec<Hit<T>>, Gap> {
        let repository = self.tree.repository();
        let unread = |error: git2::Error| broken(repository, &error);
        let odb = repository.odb().map_err(unread)?;
        let (size, _) = odb.read_header(id).map_err(unread)?;
        if size > OBJECT {
            return Err(Gap::Large(path.to_owned()));
        }
        let object = odb.read(id).map_err(unread)?;
        let mut hits = Vec::new();
        let read = pieces(object.data(), path, &mut Vec::new(), |piece| {
            let found = (self.reader.read)(piece).into_iter();
            hits.extend(found.map(|what| Hit {
                path: path.to_owned(),
                held: Held::Tree,
                what,
            }));
        });
        read.map_err(|_| Gap::Unreadable(path.to_owned()))?;
        Ok(hits)
    }
}
