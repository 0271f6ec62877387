//! Objects as a pack holds them, and the pack.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use git2::{Indexer, ObjectType, Oid, Repository};
use sha1::{Digest, Sha1};

/// Why objects were not added.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// Git refuses it.
    #[error("failed to write objects: {0}")]
    Git(#[from] git2::Error),
    /// The disk refuses it.
    #[error("failed to write objects: {0}")]
    Disk(#[from] io::Error),
}

/// Whether written objects survive a power cut once they are said to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// They do.
    Synced,
    /// The system writes them when it likes.
    Lazy,
}

/// An object, hashed and deflated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// Its id.
    pub id: Oid,
    /// Its entry in a pack.
    entry: Vec<u8>,
}

impl Packed {
    /// Hashes and deflates an object.
    ///
    /// # Errors
    /// Fails where git cannot hash it.
    pub fn new(kind: ObjectType, content: &[u8]) -> Result<Self, git2::Error> {
        let id = Oid::hash_object(kind, content)?;
        let number = match kind {
            ObjectType::Commit => 1,
            ObjectType::Tree => 2,
            ObjectType::Tag => 4,
            _ => 3,
        };
        let entry = header(number, content.len());
        // Ids do not deflate, so a tree is not worth the time.
        let level = match kind {
            ObjectType::Tree => Compression::none(),
            _ => Compression::fast(),
        };
        let mut deflate = ZlibEncoder::new(entry, level);
        let all = deflate.write_all(content).and_then(|()| deflate.finish());
        let entry = all.map_err(|error| git2::Error::from_str(&error.to_string()))?;
        Ok(Self { id, entry })
    }

    /// Returns how many bytes it takes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.entry.len()
    }
}

/// Kind and size: four bits of the size, then seven a byte, the lowest first.
fn header(kind: u8, size: usize) -> Vec<u8> {
    let low = |bits: usize, mask: usize| u8::try_from(bits & mask).unwrap_or_default();
    let mut out = Vec::with_capacity(size / 2 + 16);
    let mut byte = (kind << 4) | low(size, 15);
    let mut rest = size >> 4;
    while rest > 0 {
        out.push(byte | 0x80);
        byte = low(rest, 127);
        rest >>= 7;
    }
    out.push(byte);
    out
}

/// Adds objects to a repository as one pack.
///
/// # Errors
/// Fails where git or the disk refuses; a pack that is not whole is not seen by git.
pub fn add(
    repository: &Repository,
    objects: &[&Packed],
    durability: Durability,
) -> Result<(), PackError> {
    if objects.is_empty() {
        return Ok(());
    }
    let size: usize = objects.iter().map(|object| object.entry.len()).sum();
    let count = u32::try_from(objects.len()).unwrap_or(u32::MAX);
    let mut out = Vec::with_capacity(size + 64);
    out.extend_from_slice(b"PACK\0\0\0\x02");
    out.extend_from_slice(&count.to_be_bytes());
    for object in objects {
        out.extend_from_slice(&object.entry);
    }
    let digest = Sha1::digest(&out);
    out.extend_from_slice(&digest);
    let folder = repository.commondir().join("objects").join("pack");
    if !folder.is_dir() {
        fs::create_dir_all(&folder)?;
    }
    let mut indexer = Indexer::new(None, &folder, 0o444, false)?;
    indexer.write_all(&out)?;
    let name = indexer.commit()?;
    if durability == Durability::Synced {
        for kind in ["pack", "idx"] {
            sync(&folder.join(format!("pack-{name}.{kind}")))?;
        }
        sync(&folder)?;
    }
    Ok(())
}

/// Waits until a file, or the names in a folder, are on the disk.
pub(super) fn sync(path: &Path) -> io::Result<()> {
    if cfg!(windows) && path.is_dir() {
        return Ok(());
    }
    File::open(path)?.sync_all()
}
