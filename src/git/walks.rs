//! Which folders of a tree hold a path of their own, known again for every tree that is the same.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use git2::Oid;

use super::{EntryKind, ObjectError, Snapshot};

/// The depth at which a walk ends.
const DEEPEST: usize = 128;
/// How many trees are remembered.
const MOST: usize = 400_000;
/// How many paths one tree gives.
const PATHS: usize = 4096;

type Found = Option<Arc<[String]>>;

/// What is known of trees, for threads to share.
#[derive(Debug, Default)]
pub struct Walks(RwLock<HashMap<(Oid, &'static str), Found>>);

impl Walks {
    /// Returns the paths at which a folder's own `path` stands, the tree's top among the folders.
    pub(super) fn everywhere(
        &self,
        tree: &Snapshot,
        path: &'static str,
    ) -> Result<Vec<String>, ObjectError> {
        let found = self.below(tree, tree.root(), path, 0)?;
        let mut found: Vec<String> = found.map(|paths| paths.to_vec()).unwrap_or_default();
        found.sort_unstable();
        Ok(found)
    }

    fn below(
        &self,
        tree: &Snapshot,
        id: Oid,
        path: &'static str,
        depth: usize,
    ) -> Result<Found, ObjectError> {
        let key = (id, path);
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.get(&key) {
            return Ok(found.clone());
        }
        drop(known);
        let mut paths = Vec::new();
        let own = tree.find_from(id, path)?;
        if own.is_some_and(|entry| entry.kind() != EntryKind::Folder) {
            paths.push(path.to_owned());
        }
        for (name, folder) in tree.folders_of(id)? {
            if depth >= DEEPEST || paths.len() >= PATHS {
                break;
            }
            let inner = self.below(tree, folder, path, depth + 1)?;
            let inner = inner.iter().flat_map(|paths| paths.iter());
            // A name that is no text is nobody's path, and what lies below it neither.
            let name = name.as_deref();
            paths.extend(inner.filter_map(|inner| Some(format!("{}/{inner}", name?))));
        }
        let found: Found = (!paths.is_empty()).then(|| paths.into());
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() < MOST {
            known.insert(key, found.clone());
        }
        Ok(found)
    }
}
