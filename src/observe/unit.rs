//! Where a manifest and everything that belongs to it stand on this machine.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use sha2::{Digest, Sha256};

use super::View;
use crate::git::{self, Snapshot};
use crate::lock;
use crate::model::RepoPath;

/// The manifest's name.
pub const MANIFEST: &str = "claude-scaffold.toml";
/// The folder in which a manifest is also found.
const CONFIG: &str = ".config";

/// One manifest, the folder it governs, and where the tool keeps its own state.
#[derive(Debug, Clone)]
pub struct Unit {
    /// The folder that managed paths are relative to.
    pub root: PathBuf,
    /// The manifest, relative to the root.
    pub manifest: RepoPath,
    /// The lockfile, beside the manifest.
    pub lockfile: RepoPath,
    /// The repository around it.
    pub git: Option<git::Place>,
    /// Lock, journal and undo.
    pub state: PathBuf,
    /// What its files are read from.
    pub view: View,
}

impl Unit {
    /// Returns the unit whose manifest is nearest at or above a folder; the search ends at the
    /// repository's root.
    #[must_use]
    pub fn find(folder: &Path, state_home: &Path) -> Option<Self> {
        let git = git::locate(folder);
        let end = git.as_ref().map(|place| place.work_tree.as_path());
        for root in folder.ancestors() {
            let speaks_for_above = Some(root) != end && is_config(root);
            if let Some(manifest) = manifest_in(root).filter(|_| !speaks_for_above) {
                return Some(Self::new(root, manifest, git, state_home));
            }
            if Some(root) == end {
                break;
            }
        }
        None
    }

    /// Returns the unit of a folder, whether it has a manifest yet or not.
    #[must_use]
    pub fn at(folder: &Path, state_home: &Path) -> Self {
        let git = git::locate(folder);
        let is_top = git.as_ref().is_some_and(|place| place.work_tree == folder);
        let above = folder.parent().filter(|_| !is_top && is_config(folder));
        let root = above.unwrap_or(folder);
        let manifest = manifest_in(root).unwrap_or(MANIFEST);
        Self::new(root, manifest, git, state_home)
    }

    /// Returns the unit at the top of a tree of git, whether it has a manifest yet or not. It has no
    /// folder, no index and no state.
    #[must_use]
    pub fn of_tree(tree: Rc<Snapshot>) -> Self {
        let view = View::Tree(tree);
        let manifest = manifest_at(&view, Path::new(""), "").unwrap_or(MANIFEST);
        let unit = Self::new(Path::new(""), manifest, None, Path::new(""));
        Self { view, ..unit }
    }

    /// Returns whether a second manifest stands where one is also looked for.
    #[must_use]
    pub fn has_two_manifests(&self) -> bool {
        let second = format!("{CONFIG}/{MANIFEST}");
        self.manifest.as_str() == MANIFEST && stands(&self.view, &self.root, &second)
    }

    /// Returns whether git knows of it: it stands in a repository, or in a tree of one.
    #[must_use]
    pub fn is_gits(&self) -> bool {
        self.git.is_some() || matches!(self.view, View::Tree(_))
    }

    /// Returns the folder of the unit relative to the repository's root, `/` between names and at
    /// the end; empty at the root and outside of a repository.
    #[must_use]
    pub fn prefix(&self) -> String {
        let place = self.git.as_ref();
        let below = place.and_then(|place| self.root.strip_prefix(&place.work_tree).ok());
        let names = below.into_iter().flat_map(Path::components);
        names.fold(String::new(), |mut out, name| {
            let _ = write!(out, "{}/", name.as_os_str().to_string_lossy());
            out
        })
    }

    /// Returns the other manifests on the way from the repository's root to the unit, and in the
    /// folders of the given paths.
    #[must_use]
    pub fn neighbours<'a>(&self, paths: impl Iterator<Item = &'a RepoPath>) -> Vec<Self> {
        let mut found = Vec::new();
        let state = Path::new("");
        if let Some(place) = &self.git {
            let above = self.root.ancestors().skip(1);
            let inside = above.take_while(|folder| folder.starts_with(&place.work_tree));
            found.extend(
                inside.filter_map(|folder| {
                    Some(Self::new(folder, manifest_in(folder)?, None, state))
                }),
            );
        }
        let mut folders: Vec<&str> = paths.flat_map(RepoPath::ancestors).collect();
        folders.sort_unstable();
        folders.dedup();
        for name in folders.into_iter().filter(|name| *name != CONFIG) {
            if let Some(manifest) = manifest_at(&self.view, &self.root, name) {
                let folder = self.root.join(name);
                let unit = Self::new(&folder, manifest, None, state);
                let view = self.view.clone();
                found.push(Self { view, ..unit });
            }
        }
        found
    }

    fn new(root: &Path, manifest: &str, git: Option<git::Place>, state_home: &Path) -> Self {
        let path = |text: &str| RepoPath::parse(text).expect("the tool's own names are good");
        let lockfile = manifest.replace(MANIFEST, lock::NAME);
        let state = match &git {
            Some(place) => {
                let below = root.strip_prefix(&place.work_tree).unwrap_or(root);
                place.git_dir.join("claude-scaffold").join(encode(below))
            }
            None => state_home.join("claude-scaffold").join(hash(root)),
        };
        Self {
            root: root.to_path_buf(),
            manifest: path(manifest),
            lockfile: path(&lockfile),
            git,
            state,
            view: View::Disk,
        }
    }
}

/// Whether a folder holds the manifest of the folder above it.
fn is_config(folder: &Path) -> bool {
    let named = folder.file_name().is_some_and(|name| name == CONFIG);
    named && fs::symlink_metadata(folder.join(MANIFEST)).is_ok()
}

fn manifest_in(folder: &Path) -> Option<&'static str> {
    manifest_at(&View::Disk, folder, "")
}

/// The manifest of a folder below a root.
fn manifest_at(view: &View, root: &Path, folder: &str) -> Option<&'static str> {
    let names = [MANIFEST, ".config/claude-scaffold.toml"];
    let below = if folder.is_empty() { "" } else { "/" };
    let there = |name: &str| stands(view, root, &format!("{folder}{below}{name}"));
    names.into_iter().find(|name| there(name))
}

/// Whether anything stands at a path below a root.
fn stands(view: &View, root: &Path, path: &str) -> bool {
    match view {
        View::Disk => fs::symlink_metadata(root.join(path)).is_ok(),
        View::Tree(tree) => tree.entry(path).is_ok_and(|found| found.is_some()),
    }
}

/// A folder's path as one file name; `@root` for the empty one.
fn encode(path: &Path) -> String {
    let bytes = path.as_os_str().as_encoded_bytes();
    if bytes.is_empty() {
        return "@root".to_owned();
    }
    bytes.iter().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(byte) {
            out.push(char::from(*byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

fn hash(path: &Path) -> String {
    let digest = Sha256::digest(path.as_os_str().as_encoded_bytes());
    digest.iter().take(16).fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}
