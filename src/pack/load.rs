//! The files of a pack, from wherever they lie, within bounds.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::model::{RepoPath, lf};

/// The most files and folders of a pack.
const MOST_ENTRIES: usize = 1_000;
/// The largest file, in bytes.
pub(super) const LARGEST_FILE: usize = 1024 * 1024;
/// All files together, in bytes.
const LARGEST_PACK: usize = 8 * 1024 * 1024;
/// Folders inside folders, the file itself counted.
const DEEPEST: usize = 8;
/// Refusals shown of one pack.
const MOST_REFUSALS: usize = 20;

const FOLDERS: [&str; 3] = ["features", "gateways", "profiles"];
const SINGLE: [&str; 5] = [
    "CHANGELOG.md",
    "defaults.toml",
    "matrix.toml",
    "pack.toml",
    "start.toml",
];

/// The texts of a pack by their paths, as in `templates/`.
pub type Files = BTreeMap<String, String>;

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Folder,
    File,
    Link,
    Submodule,
    Device,
}

/// One name in a folder.
pub(super) struct Entry<N> {
    pub(super) name: Vec<u8>,
    pub(super) kind: Kind,
    pub(super) node: N,
}

/// Something that holds files: a folder, or a tree of a repository.
pub(super) trait Shelf {
    /// How it names a file or folder of its own.
    type Node;

    /// Returns what stands in a folder.
    fn list(&self, folder: &Self::Node) -> Result<Vec<Entry<Self::Node>>, Failure>;

    /// Returns a file's bytes; none where it is larger than any may be.
    fn read(&self, file: &Self::Node) -> Result<Option<Vec<u8>>, Failure>;
}

/// Why a pack could not be loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// What the pack holds is not allowed.
    Refused(Vec<Refusal>),
    /// What should be there cannot be read, in the words of who tried.
    Broken(String),
}

/// One path that is not allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}`: {why}", .path.escape_debug())]
pub(super) struct Refusal {
    /// Inside the pack.
    pub(super) path: String,
    /// Why.
    pub(super) why: String,
}

/// Returns the files of a pack, not yet read.
pub(super) fn gather<S: Shelf>(
    shelf: &S,
    root: S::Node,
) -> Result<Vec<(String, S::Node)>, Failure> {
    let mut gathered = Vec::new();
    let mut refused: Vec<Refusal> = Vec::new();
    let mut entries = 0;
    let mut rest = vec![(String::new(), root)];
    while let Some((prefix, folder)) = rest.pop() {
        let mut siblings = BTreeMap::new();
        for entry in shelf.list(&folder)? {
            let shown = String::from_utf8_lossy(&entry.name).into_owned();
            let path = format!("{prefix}{shown}");
            let mut refuse = |why: String| {
                let path = path.clone();
                refused.push(Refusal { path, why });
            };
            if let Some(why) = wrong_name(&path, &entry.name) {
                refuse(why);
                continue;
            }
            if prefix.is_empty() && !is_ours(&shown) {
                continue;
            }
            entries += 1;
            if entries > MOST_ENTRIES {
                refuse(format!("more than {MOST_ENTRIES} files and folders"));
                return Err(Failure::Refused(refused));
            }
            if let Some(other) = siblings.insert(shown.to_lowercase(), path.clone()) {
                refuse(format!("differs from `{other}` by case alone"));
                continue;
            }
            match wrong_kind(&path, entry.kind) {
                Some(why) => refuse(why.to_owned()),
                None if entry.kind == Kind::Folder => rest.push((format!("{path}/"), entry.node)),
                None => gathered.push((path, entry.node)),
            }
        }
        if refused.len() >= MOST_REFUSALS {
            break;
        }
    }
    if refused.is_empty() {
        gathered.sort_by(|(one, _), (other, _)| one.cmp(other));
        return Ok(gathered);
    }
    refused.truncate(MOST_REFUSALS);
    Err(Failure::Refused(refused))
}

/// Reads the files that were gathered.
pub(super) fn read<S: Shelf>(
    shelf: &S,
    gathered: Vec<(String, S::Node)>,
) -> Result<Files, Failure> {
    let mut files = Files::new();
    let mut refused = Vec::new();
    let mut bytes = 0;
    for (path, node) in gathered {
        let mut refuse = |why: &str| {
            let path = path.clone();
            let why = why.to_owned();
            refused.push(Refusal { path, why });
        };
        let Some(content) = shelf.read(&node)? else {
            refuse("larger than 1 MiB");
            continue;
        };
        bytes += content.len();
        if bytes > LARGEST_PACK {
            refuse("the pack is larger than 8 MiB");
            break;
        }
        match String::from_utf8(content) {
            Ok(text) if !text.contains('\0') => {
                files.insert(path, text);
            }
            _ => refuse("not text in UTF-8"),
        }
    }
    if refused.is_empty() {
        return Ok(files);
    }
    refused.truncate(MOST_REFUSALS);
    Err(Failure::Refused(refused))
}

/// Returns the hash of a pack's content; line ends do not count, so that a checkout with CRLF is the
/// same pack.
#[must_use]
pub fn hash(files: &Files) -> String {
    let mut hash = Sha256::new();
    for (path, text) in files {
        let text = lf(text);
        for part in [path.as_bytes(), text.as_bytes()] {
            hash.update(part.len().to_be_bytes().as_slice());
            hash.update(part);
        }
    }
    hex(&hash.finalize())
}

/// Returns the first 32 hexadecimal digits of a digest.
pub(super) fn hex(digest: &[u8]) -> String {
    digest.iter().take(16).fold(String::new(), |mut text, b| {
        let _ = write!(text, "{b:02x}");
        text
    })
}

/// Whether a name at the top is one that packs use, in whatever case.
fn is_ours(name: &str) -> bool {
    let mut names = FOLDERS.iter().chain(&SINGLE);
    names.any(|known| known.eq_ignore_ascii_case(name))
}

fn wrong_name(path: &str, name: &[u8]) -> Option<String> {
    if std::str::from_utf8(name).is_err() {
        return Some("the name is not UTF-8".to_owned());
    }
    if name.contains(&b'/') {
        return Some("the name has a `/` in it".to_owned());
    }
    if path.split('/').count() > DEEPEST {
        return Some(format!("nested deeper than {DEEPEST}"));
    }
    RepoPath::parse(path).err().map(|error| error.to_string())
}

fn wrong_kind(path: &str, kind: Kind) -> Option<&'static str> {
    let is_top = !path.contains('/');
    match kind {
        Kind::Link => Some("a link; packs hold files alone"),
        Kind::Submodule => Some("a submodule; packs hold files alone"),
        Kind::Device => Some("neither file nor folder"),
        _ if is_top && !FOLDERS.contains(&path) && !SINGLE.contains(&path) => {
            Some("spelt in another case than packs spell it")
        }
        Kind::File if is_top && FOLDERS.contains(&path) => Some("a file where a folder belongs"),
        Kind::Folder if is_top && SINGLE.contains(&path) => Some("a folder where a file belongs"),
        _ => None,
    }
}
