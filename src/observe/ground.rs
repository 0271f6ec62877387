//! Paths of the repository resolved to open folders, so that nothing below the root leads out of it.
#![expect(
    clippy::disallowed_methods,
    reason = "the root itself is named by its full path"
)]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, Metadata};

use crate::model::{Mode, PathError, RepoPath};

/// Why a path cannot be used. Reads as the end of a sentence: "`x` is …".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Blocked {
    /// A link out of the root.
    #[error("a link that leaves the repository")]
    LinkOut,
    /// A link whose target does not exist.
    #[error("a link to nothing")]
    LinkToNothing,
    /// A link into git's own folder.
    #[error("a link into git's own folder")]
    LinkToGit,
    /// A folder above it is one of the above.
    #[error("below {0}")]
    Below(Box<Blocked>),
    /// A name above it is not a folder.
    #[error("below a file")]
    BelowFile,
    /// The system said no.
    #[error("unreadable ({0})")]
    Unreadable(String),
}

impl From<io::Error> for Blocked {
    fn from(error: io::Error) -> Self {
        Self::Unreadable(match error.kind() {
            ErrorKind::PermissionDenied => "permission denied".to_owned(),
            _ => error.to_string(),
        })
    }
}

/// A root folder and the folders below it that have been opened.
#[derive(Debug)]
pub struct Ground {
    root: PathBuf,
    folders: BTreeMap<PathBuf, Option<Rc<Folder>>>,
}

/// An open folder.
#[derive(Debug)]
pub struct Folder {
    /// Its handle; names are looked up below it.
    pub dir: Dir,
    /// Its path below the root with all links resolved.
    pub real: PathBuf,
}

/// Where the file of a path really stands.
#[derive(Debug, Clone)]
pub struct Spot {
    /// The folder that holds it; none where that does not exist.
    pub folder: Option<Rc<Folder>>,
    /// Its name there.
    pub name: OsString,
    /// What stands there, never a link.
    pub found: Option<Metadata>,
    /// Whether the path itself is a link to it.
    pub linked: bool,
}

impl Spot {
    /// Returns the handle of the folder that holds the file.
    #[must_use]
    pub fn dir(&self) -> Option<&Dir> {
        self.folder.as_deref().map(|folder| &folder.dir)
    }

    /// Returns the path below the root with all links resolved.
    #[must_use]
    pub fn real(&self) -> Option<PathBuf> {
        let folder = self.folder.as_deref()?;
        Some(folder.real.join(&self.name))
    }
}

impl Ground {
    /// Opens a root folder.
    ///
    /// # Errors
    /// Fails where the folder cannot be opened.
    pub fn open(root: &Path) -> io::Result<Self> {
        let folder = Folder {
            dir: Dir::open_ambient_dir(root, ambient_authority())?,
            real: PathBuf::new(),
        };
        Ok(Self {
            root: root.to_path_buf(),
            folders: BTreeMap::from([(PathBuf::new(), Some(Rc::new(folder)))]),
        })
    }

    /// Finds where the file of a path stands, following links that stay inside the root.
    ///
    /// # Errors
    /// Says what blocks the path.
    pub fn spot(&mut self, path: &RepoPath) -> Result<Spot, Blocked> {
        let spot = self.spot_at(Path::new(path.as_str()))?;
        let is_link = spot.found.as_ref().is_some_and(Metadata::is_symlink);
        if !is_link {
            return Ok(spot);
        }
        let folder = spot.folder.as_deref().ok_or(Blocked::LinkToNothing)?;
        let real = self.follow(&folder.real.join(&spot.name))?;
        let mut spot = self.spot_at(&real)?;
        spot.linked = true;
        Ok(spot)
    }

    /// Returns the open folder of a path, or none where nothing is there.
    ///
    /// # Errors
    /// Says what blocks the path.
    pub fn folder(&mut self, path: &Path) -> Result<Option<Rc<Folder>>, Blocked> {
        if let Some(known) = self.folders.get(path) {
            return Ok(known.clone());
        }
        let opened = self.open_folder(path)?;
        self.folders.insert(path.to_path_buf(), opened.clone());
        Ok(opened)
    }

    /// Forgets that a folder was absent, because it has been made.
    pub fn forget(&mut self, path: &Path) {
        self.folders.remove(path);
    }

    fn spot_at(&mut self, path: &Path) -> Result<Spot, Blocked> {
        let folder = self.folder(path.parent().unwrap_or(Path::new("")))?;
        let name = path.file_name().unwrap_or_default().to_owned();
        let found = match &folder {
            Some(folder) => look(&folder.dir, Path::new(&name))?,
            None => None,
        };
        Ok(Spot {
            folder,
            name,
            found,
            linked: false,
        })
    }

    fn open_folder(&mut self, path: &Path) -> Result<Option<Rc<Folder>>, Blocked> {
        let (Some(above), Some(name)) = (path.parent(), path.file_name()) else {
            return Ok(None);
        };
        let Some(parent) = self.folder(above)? else {
            return Ok(None);
        };
        let Some(found) = look(&parent.dir, Path::new(name))? else {
            return Ok(None);
        };
        if found.is_symlink() {
            let below = |blocked| Blocked::Below(Box::new(blocked));
            let real = self.follow(&parent.real.join(name)).map_err(below)?;
            return self.folder(&real);
        }
        if !found.is_dir() {
            return Err(Blocked::BelowFile);
        }
        let folder = Folder {
            dir: parent.dir.open_dir(name)?,
            real: parent.real.join(name),
        };
        Ok(Some(Rc::new(folder)))
    }

    /// Resolves a link to a path below the root that has no links in it.
    fn follow(&self, link: &Path) -> Result<PathBuf, Blocked> {
        let resolved = match self.top().map(|top| top.dir.canonicalize(link)) {
            Some(Ok(real)) => real,
            Some(Err(error)) if error.kind() == ErrorKind::NotFound => {
                return Err(Blocked::LinkToNothing);
            }
            _ => self.follow_absolute(link)?,
        };
        let into_git = resolved.components().any(|name| {
            let name = name.as_os_str().to_string_lossy();
            matches!(RepoPath::parse(&name), Err(PathError::GitFolder(_)))
        });
        if into_git {
            return Err(Blocked::LinkToGit);
        }
        Ok(resolved)
    }

    /// An absolute link may lead inside too; what it leads to is opened below the root again.
    fn follow_absolute(&self, link: &Path) -> Result<PathBuf, Blocked> {
        let real = match std::fs::canonicalize(self.root.join(link)) {
            Ok(real) => real,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(Blocked::LinkToNothing);
            }
            Err(error) => return Err(error.into()),
        };
        let root = std::fs::canonicalize(&self.root)?;
        match real.strip_prefix(&root) {
            Ok(inside) => Ok(inside.to_path_buf()),
            Err(_) => Err(Blocked::LinkOut),
        }
    }

    fn top(&self) -> Option<&Folder> {
        self.folders.get(Path::new(""))?.as_deref()
    }
}

/// Returns what stands at a name, links not followed.
///
/// # Errors
/// Fails where the system says no for another reason than absence.
pub fn look(dir: &Dir, name: &Path) -> io::Result<Option<Metadata>> {
    match dir.symlink_metadata(name) {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Names what is no regular file.
pub(super) fn kind_of(found: &Metadata) -> &'static str {
    if found.is_dir() {
        return "a directory";
    }
    #[cfg(unix)]
    {
        use cap_std::fs::FileTypeExt;
        let kind = found.file_type();
        if kind.is_fifo() {
            return "a FIFO";
        }
        if kind.is_socket() {
            return "a socket";
        }
        if kind.is_block_device() || kind.is_char_device() {
            return "a device";
        }
    }
    "no regular file"
}

/// Returns whether git would call the file executable.
pub(super) fn mode_of(found: &Metadata) -> Mode {
    #[cfg(unix)]
    {
        use cap_std::fs::MetadataExt;
        if found.mode() & 0o100 != 0 {
            return Mode::Executable;
        }
    }
    #[cfg(not(unix))]
    let _ = found;
    Mode::Regular
}
