//! A commit's tree, looked at path by path, with a record of what was asked of it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use git2::{ObjectType, Oid, Repository};

use super::asked::{Answer, Asked, Pick};
use super::walks::Walks;

/// The mode bits that tell what an entry is.
const KIND: i32 = 0o170_000;

/// What stands at a path of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Entry {
    /// Its object.
    pub id: Oid,
    /// Its mode, as git writes it.
    pub mode: i32,
}

impl Entry {
    /// Returns what it is.
    #[must_use]
    pub fn kind(&self) -> EntryKind {
        match self.mode & KIND {
            0o040_000 => EntryKind::Folder,
            0o120_000 => EntryKind::Link,
            0o160_000 => EntryKind::Submodule,
            _ if self.mode & 0o100 != 0 => EntryKind::Executable,
            _ => EntryKind::File,
        }
    }

    /// What an answer tells: a folder's id is that of everything in it, which nobody asked for.
    fn seen(self) -> Self {
        match self.kind() {
            EntryKind::Folder => Self {
                id: Oid::ZERO_SHA1,
                ..self
            },
            _ => self,
        }
    }
}

/// What an entry of a tree is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A file.
    File,
    /// A file that may be run.
    Executable,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// Another repository's commit.
    Submodule,
}

/// Why an object cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ObjectError {
    /// It is not in this repository; a filtered clone can fetch it.
    #[error("object {0} is missing")]
    Missing(Oid),
    /// It is larger than what is read.
    #[error("larger than {} MiB", .0 / 1024 / 1024)]
    Large(usize),
    /// It is there and cannot be read.
    #[error("object {id} cannot be read: {why}")]
    Broken {
        /// Which.
        id: Oid,
        /// Git's words.
        why: String,
    },
}

/// One folder's entries, names in one text.
#[derive(Debug, Default)]
struct Folder {
    names: Vec<u8>,
    entries: Vec<(usize, Entry)>,
}

/// A tree, and what was asked of it so far.
pub struct Snapshot {
    repository: Rc<Repository>,
    root: Oid,
    folders: RefCell<HashMap<Oid, Rc<Folder>>>,
    asked: RefCell<Vec<(Asked, Answer)>>,
    fault: RefCell<Option<ObjectError>>,
    walks: Arc<Walks>,
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Snapshot").field(&self.root).finish()
    }
}

impl Snapshot {
    /// Returns the view of a tree; nothing is read yet.
    #[must_use]
    pub fn new(repository: Rc<Repository>, root: Oid) -> Self {
        Self {
            repository,
            root,
            folders: RefCell::default(),
            asked: RefCell::default(),
            fault: RefCell::default(),
            walks: Arc::default(),
        }
    }

    /// Returns a view of the same tree that was asked nothing yet, and that knows what others found on
    /// their walks.
    #[must_use]
    pub fn fresh(&self, walks: &Arc<Walks>) -> Self {
        Self {
            folders: self.folders.clone(),
            walks: Arc::clone(walks),
            ..Self::new(Rc::clone(&self.repository), self.root)
        }
    }

    /// Returns the tree's own id.
    #[must_use]
    pub fn root(&self) -> Oid {
        self.root
    }

    /// Returns what stands at a path, `/` between names, links not followed; and remembers the answer.
    ///
    /// # Errors
    /// Fails where a tree on the way cannot be read.
    pub fn entry(&self, path: &str) -> Result<Option<Entry>, ObjectError> {
        let found = self.find(path)?;
        let answer = Answer::Entry(found.map(Entry::seen));
        self.remember(Asked::Entry(path.to_owned()), answer);
        Ok(found)
    }

    /// Returns the names of a folder that are asked for; and remembers the answer.
    ///
    /// # Errors
    /// As [`Snapshot::entry`].
    pub fn names(&self, path: &str, pick: Pick) -> Result<Vec<String>, ObjectError> {
        let asked = Asked::Names(path.to_owned(), pick);
        self.told(asked)
    }

    /// Returns the paths, in their order, at which a folder's own `path` leads to something other than a
    /// folder, the top's too; and remembers the answer.
    ///
    /// # Errors
    /// As [`Snapshot::entry`].
    pub fn everywhere(&self, path: &'static str) -> Result<Vec<String>, ObjectError> {
        self.told(Asked::Everywhere(path))
    }

    fn told(&self, asked: Asked) -> Result<Vec<String>, ObjectError> {
        let answer = self.answer(&asked)?;
        let names = match &answer {
            Answer::Names(names) => names.clone(),
            Answer::Entry(_) => Vec::new(),
        };
        self.remember(asked, answer);
        Ok(names)
    }

    fn remember(&self, asked: Asked, answer: Answer) {
        self.asked.borrow_mut().push((asked, answer));
    }

    /// Returns the answer that [`Snapshot::asked`] would hold for a question.
    ///
    /// # Errors
    /// As [`Snapshot::entry`].
    pub fn answer(&self, asked: &Asked) -> Result<Answer, ObjectError> {
        Ok(match asked {
            Asked::Entry(path) => Answer::Entry(self.find(path)?.map(Entry::seen)),
            Asked::Names(path, pick) => {
                let names = self.list(path)?.into_iter().map(|(name, _)| name);
                Answer::Names(names.filter(|name| pick.picks(name)).collect())
            }
            Asked::Everywhere(path) => Answer::Names(self.walks.everywhere(self, path)?),
        })
    }

    /// Returns what stands at a path, and keeps no record of it.
    ///
    /// # Errors
    /// As [`Snapshot::entry`].
    pub fn find(&self, path: &str) -> Result<Option<Entry>, ObjectError> {
        self.find_from(self.root, path)
    }

    /// Returns what stands at a path below a tree.
    pub(super) fn find_from(&self, id: Oid, path: &str) -> Result<Option<Entry>, ObjectError> {
        let mut at = Entry {
            id,
            mode: 0o040_000,
        };
        for name in path.split('/').filter(|name| !name.is_empty()) {
            if at.kind() != EntryKind::Folder {
                return Ok(None);
            }
            match self.folder(at.id)?.find(name.as_bytes()) {
                Some(found) => at = found,
                None => return Ok(None),
            }
        }
        Ok(Some(at))
    }

    /// Returns the names and entries of a folder, those that are text; none where there is no folder.
    ///
    /// # Errors
    /// As [`Snapshot::entry`].
    pub fn list(&self, path: &str) -> Result<Vec<(String, Entry)>, ObjectError> {
        let Some(found) = self.find(path)?.filter(|e| e.kind() == EntryKind::Folder) else {
            return Ok(Vec::new());
        };
        let folder = self.folder(found.id)?;
        let text = |(name, entry): (&[u8], Entry)| {
            let name = std::str::from_utf8(name).ok()?;
            Some((name.to_owned(), entry))
        };
        Ok(folder.iter().filter_map(text).collect())
    }

    /// Returns the folders of a tree, and their names as far as they are text.
    pub(super) fn folders_of(&self, id: Oid) -> Result<Vec<(Option<String>, Oid)>, ObjectError> {
        let all = self.children(id)?.into_iter();
        let folders = all.filter(|(_, entry)| entry.kind() == EntryKind::Folder);
        Ok(folders
            .map(|(name, entry)| (String::from_utf8(name).ok(), entry.id))
            .collect())
    }

    /// Returns names and entries of a tree, in git's order.
    pub(super) fn children(&self, id: Oid) -> Result<Vec<(Vec<u8>, Entry)>, ObjectError> {
        let folder = self.folder(id)?;
        Ok(folder
            .iter()
            .map(|(name, entry)| (name.to_vec(), entry))
            .collect())
    }

    /// Returns the repository.
    pub(super) fn repository(&self) -> &Repository {
        &self.repository
    }

    /// Reads a blob of at most so many bytes.
    ///
    /// # Errors
    /// Fails where it is larger, missing or broken.
    pub fn blob(&self, id: Oid, limit: usize) -> Result<Vec<u8>, ObjectError> {
        let odb = self.repository.odb().map_err(|e| self.broken(id, &e))?;
        let (size, _) = odb.read_header(id).map_err(|e| self.unread(id, &e))?;
        if size > limit {
            return Err(ObjectError::Large(limit));
        }
        let object = odb.read(id).map_err(|e| self.unread(id, &e))?;
        if object.kind() != ObjectType::Blob {
            return Err(self.broken(id, &git2::Error::from_str("it is no blob")));
        }
        Ok(object.data().to_vec())
    }

    /// Returns every question asked so far, and its answer; of folders only that they are some.
    #[must_use]
    pub fn asked(&self) -> Vec<(Asked, Answer)> {
        self.asked.borrow().clone()
    }

    /// Returns the first object that could not be read, if any.
    #[must_use]
    pub fn fault(&self) -> Option<ObjectError> {
        self.fault.borrow().clone()
    }

    fn folder(&self, id: Oid) -> Result<Rc<Folder>, ObjectError> {
        if let Some(known) = self.folders.borrow().get(&id) {
            return Ok(Rc::clone(known));
        }
        let tree = self.repository.find_tree(id);
        let tree = tree.map_err(|e| self.unread(id, &e))?;
        let mut folder = Folder::default();
        for entry in &tree {
            let found = Entry {
                id: entry.id(),
                mode: entry.filemode_raw(),
            };
            folder.entries.push((folder.names.len(), found));
            folder.names.extend_from_slice(entry.name_bytes());
        }
        let folder = Rc::new(folder);
        self.folders.borrow_mut().insert(id, Rc::clone(&folder));
        Ok(folder)
    }

    fn unread(&self, id: Oid, error: &git2::Error) -> ObjectError {
        if error.code() == git2::ErrorCode::NotFound {
            self.note(ObjectError::Missing(id))
        } else {
            self.broken(id, error)
        }
    }

    fn broken(&self, id: Oid, error: &git2::Error) -> ObjectError {
        let why = error.message().to_owned();
        self.note(ObjectError::Broken { id, why })
    }

    fn note(&self, error: ObjectError) -> ObjectError {
        self.fault.borrow_mut().get_or_insert_with(|| error.clone());
        error
    }
}

impl Folder {
    fn find(&self, name: &[u8]) -> Option<Entry> {
        let found = self.iter().find(|(known, _)| *known == name);
        found.map(|(_, entry)| entry)
    }

    fn iter(&self) -> impl Iterator<Item = (&[u8], Entry)> {
        let ends = self.entries.iter().skip(1).map(|(start, _)| *start);
        let ends = ends.chain([self.names.len()]);
        let names = self.entries.iter().zip(ends);
        names.map(|((start, entry), end)| (self.names.get(*start..end).unwrap_or_default(), *entry))
    }
}
