//! Objects as a pack holds them, the pack, and its index (git's `gitformat-pack`, both version 2).

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};
use git2::{ObjectType, Oid, Repository};
use sha1::{Digest, Sha1};

/// Why objects were not added.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The disk refuses it.
    #[error("failed to write `{0}`: {1}")]
    Disk(PathBuf, io::Error),
    /// A pack of more than 2 GiB would want another index.
    #[error("the objects of one commit are larger than 2 GiB")]
    Large,
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
    /// The entry's checksum in an index.
    sum: u32,
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
        // Ids do not deflate, so a tree is not worth the time.
        let level = match kind {
            ObjectType::Tree => Compression::none(),
            _ => Compression::fast(),
        };
        let mut deflate = ZlibEncoder::new(header(number, content.len()), level);
        let all = deflate.write_all(content).and_then(|()| deflate.finish());
        let entry = all.map_err(|error| git2::Error::from_str(&error.to_string()))?;
        let mut sum = Crc::new();
        sum.update(&entry);
        let sum = sum.sum();
        Ok(Self { id, entry, sum })
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
/// Git sees a pack by its index, which comes last; what a run leaves that is killed before is a file
/// that `git gc` clears away.
///
/// # Errors
/// Fails where the disk refuses.
pub fn add(
    repository: &Repository,
    objects: &[&Packed],
    durability: Durability,
) -> Result<(), PackError> {
    let mut sorted: Vec<&Packed> = objects.to_vec();
    sorted.sort_unstable_by_key(|object| object.id);
    sorted.dedup_by_key(|object| object.id);
    let Some(pack) = pack(&sorted) else {
        return Err(PackError::Large);
    };
    let folder = repository.commondir().join("objects").join("pack");
    if !folder.is_dir() {
        fs::create_dir_all(&folder).map_err(|error| PackError::Disk(folder.clone(), error))?;
    }
    let name = format!("pack-{}", hex(&pack.sum));
    place(&folder, &format!("{name}.pack"), &pack.bytes, durability)?;
    place(
        &folder,
        &format!("{name}.idx"),
        &index(&sorted, &pack),
        durability,
    )?;
    if durability == Durability::Synced {
        sync(&folder).map_err(|error| PackError::Disk(folder, error))?;
    }
    Ok(())
}

/// A pack: where each object begins, and the checksum that it ends with.
struct Pack {
    bytes: Vec<u8>,
    offsets: Vec<u32>,
    sum: [u8; 20],
}

/// Writes a pack; none where it is larger than its index can say.
fn pack(objects: &[&Packed]) -> Option<Pack> {
    let size: usize = objects.iter().map(|object| object.entry.len()).sum();
    let count = u32::try_from(objects.len()).ok()?;
    let mut bytes = Vec::with_capacity(size + 64);
    bytes.extend_from_slice(b"PACK\0\0\0\x02");
    bytes.extend_from_slice(&count.to_be_bytes());
    let mut offsets = Vec::with_capacity(objects.len());
    for object in objects {
        let offset = u32::try_from(bytes.len()).ok();
        offsets.push(offset.filter(|offset| offset >> 31 == 0)?);
        bytes.extend_from_slice(&object.entry);
    }
    let sum: [u8; 20] = Sha1::digest(&bytes).into();
    bytes.extend_from_slice(&sum);
    Some(Pack {
        bytes,
        offsets,
        sum,
    })
}

/// Writes the index of a pack whose objects are sorted by id.
fn index(objects: &[&Packed], pack: &Pack) -> Vec<u8> {
    let mut out = Vec::with_capacity(1100 + objects.len() * 28);
    out.extend_from_slice(b"\xfftOc\0\0\0\x02");
    for first in 0..=u8::MAX {
        let up_to = |object: &&Packed| object.id.as_bytes().first() <= Some(&first);
        let count = objects.partition_point(up_to);
        out.extend_from_slice(&u32::try_from(count).unwrap_or(u32::MAX).to_be_bytes());
    }
    for object in objects {
        out.extend_from_slice(object.id.as_bytes());
    }
    for object in objects {
        out.extend_from_slice(&object.sum.to_be_bytes());
    }
    for offset in &pack.offsets {
        out.extend_from_slice(&offset.to_be_bytes());
    }
    out.extend_from_slice(&pack.sum);
    let sum = Sha1::digest(&out);
    out.extend_from_slice(&sum);
    out
}

/// Puts a file in its place, whole or not at all.
fn place(folder: &Path, name: &str, bytes: &[u8], durability: Durability) -> Result<(), PackError> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    // The name under which git looks for what nobody finished.
    let staged = folder.join(format!("tmp_pack_{}_{number}", std::process::id()));
    let target = folder.join(name);
    let written = write_new(&staged, bytes, durability).and_then(|()| fs::rename(&staged, &target));
    written.map_err(|error| {
        let _ = fs::remove_file(&staged);
        PackError::Disk(target, error)
    })
}

fn write_new(path: &Path, bytes: &[u8], durability: Durability) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o444);
    }
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    if durability == Durability::Synced {
        file.sync_all()?;
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

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
