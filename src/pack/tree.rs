//! A pack in a tree of a repository, read from its objects and never checked out.

use git2::{ObjectType, Oid, Repository};

use super::load::{Entry, Failure, Files, Kind, LARGEST_FILE, Refusal, Shelf, gather, read};
use crate::model::RepoPath;

/// The objects of a repository; libgit2 compares each with its name when it is read.
struct Objects<'a>(&'a Repository);

/// The files of a pack by path, not yet read.
pub(super) struct Listing(Vec<(String, Oid)>);

/// Returns the files of a commit's tree, or of a folder in it.
pub(super) fn list(
    repository: &Repository,
    commit: Oid,
    folder: Option<&RepoPath>,
) -> Result<Listing, Failure> {
    let tree = repository
        .find_commit(commit)
        .and_then(|commit| commit.tree())
        .map_err(|e| broken(&e))?;
    let mut root = tree.id();
    for name in folder.into_iter().flat_map(|path| path.as_str().split('/')) {
        let tree = repository.find_tree(root).map_err(|e| broken(&e))?;
        let found = tree.get_name(name);
        let found = found.filter(|entry| entry.kind() == Some(ObjectType::Tree));
        let Some(entry) = found else {
            return Err(Failure::Refused(vec![Refusal {
                path: folder.map(ToString::to_string).unwrap_or_default(),
                why: "the repository has no such folder".to_owned(),
            }]));
        };
        root = entry.id();
    }
    gather(&Objects(repository), root).map(Listing)
}

/// Reads the files of a listing.
pub(super) fn load(repository: &Repository, listing: Listing) -> Result<Files, Failure> {
    read(&Objects(repository), listing.0)
}

impl Listing {
    /// Returns the files' objects that a filtered repository does not have yet.
    pub(super) fn missing(&self, repository: &Repository) -> Result<Vec<Oid>, Failure> {
        let objects = repository.odb().map_err(|e| broken(&e))?;
        let ids = self.0.iter().map(|(_, id)| *id);
        Ok(ids.filter(|id| !objects.exists(*id)).collect())
    }
}

impl Shelf for Objects<'_> {
    type Node = Oid;

    fn list(&self, folder: &Oid) -> Result<Vec<Entry<Oid>>, Failure> {
        let tree = self.0.find_tree(*folder).map_err(|e| broken(&e))?;
        let entries = tree.iter().map(|entry| Entry {
            name: entry.name_bytes().to_vec(),
            kind: match entry.filemode_raw() & 0o170_000 {
                0o040_000 => Kind::Folder,
                0o100_000 => Kind::File,
                0o120_000 => Kind::Link,
                0o160_000 => Kind::Submodule,
                _ => Kind::Device,
            },
            node: entry.id(),
        });
        Ok(entries.collect())
    }

    fn read(&self, file: &Oid) -> Result<Option<Vec<u8>>, Failure> {
        let objects = self.0.odb().map_err(|e| broken(&e))?;
        let (size, kind) = objects.read_header(*file).map_err(|e| broken(&e))?;
        if kind != ObjectType::Blob {
            return Err(Failure::Broken(format!("object {file} is no file")));
        }
        if size > LARGEST_FILE {
            return Ok(None);
        }
        let object = objects.read(*file).map_err(|e| broken(&e))?;
        Ok(Some(object.data().to_vec()))
    }
}

fn broken(error: &git2::Error) -> Failure {
    Failure::Broken(error.message().to_owned())
}
