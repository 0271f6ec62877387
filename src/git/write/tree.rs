//! A tree with some files changed: the trees on the way to them, made anew.

use std::collections::{BTreeMap, BTreeSet};

use git2::{ObjectType, Oid, Repository};

use super::Packed;

/// The length of an id in a tree, in bytes.
const ID: usize = 20;
const FOLDER: i32 = 0o040_000;

/// What becomes of one path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// The blob stands there, with the mode.
    Put(Oid, i32),
    /// Nothing stands there.
    Drop,
}

/// Why a tree cannot be changed.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// Git refuses it.
    #[error("{0}")]
    Git(#[from] git2::Error),
    /// It is no tree.
    #[error("tree {0} is broken")]
    Broken(Oid),
}

/// Returns the id of a tree with paths changed, and the trees that are not there yet.
///
/// # Errors
/// Fails where a tree on the way cannot be read.
pub fn edited(
    repository: &Repository,
    root: Oid,
    edits: &BTreeMap<String, Edit>,
) -> Result<(Oid, Vec<Packed>), TreeError> {
    let mut made = Vec::new();
    let edits: Vec<(&str, Edit)> = edits.iter().map(|(p, e)| (p.as_str(), *e)).collect();
    let id = if let Some(id) = folder(repository, Some(root), &edits, &mut made)? {
        id
    } else {
        let empty = Packed::new(ObjectType::Tree, &[])?;
        let id = empty.id;
        made.push(empty);
        id
    };
    Ok((id, made))
}

/// One folder; none where nothing is left in it.
fn folder(
    repository: &Repository,
    tree: Option<Oid>,
    edits: &[(&str, Edit)],
    made: &mut Vec<Packed>,
) -> Result<Option<Oid>, TreeError> {
    let odb = repository.odb()?;
    let object = tree.map(|id| odb.read(id)).transpose()?;
    let data = object.as_ref().map_or(&[][..], |object| object.data());
    let entries = entries(data).ok_or(TreeError::Broken(tree.unwrap_or(Oid::ZERO_SHA1)))?;
    let mut put: BTreeMap<Vec<u8>, (i32, &str, Oid)> = BTreeMap::new();
    let mut gone: BTreeSet<&[u8]> = BTreeSet::new();
    let mut below: BTreeMap<&str, Vec<(&str, Edit)>> = BTreeMap::new();
    for (path, edit) in edits {
        match (path.split_once('/'), *edit) {
            (Some((name, rest)), edit) => below.entry(name).or_default().push((rest, edit)),
            (None, Edit::Drop) => {
                gone.insert(path.as_bytes());
            }
            (None, Edit::Put(id, bits)) => {
                gone.insert(path.as_bytes());
                put.insert(key(path.as_bytes(), bits), (bits, path, id));
            }
        }
    }
    for (name, edits) in below {
        let there = entries.iter().find(|entry| entry.name == name.as_bytes());
        let inner = there
            .filter(|entry| entry.mode == FOLDER)
            .map(|entry| entry.id);
        gone.insert(name.as_bytes());
        if let Some(id) = folder(repository, inner, &edits, made)? {
            put.insert(key(name.as_bytes(), FOLDER), (FOLDER, name, id));
        }
    }
    let out = spliced(&entries, put, &gone, data.len());
    if out.is_empty() {
        return Ok(None);
    }
    if out == data {
        return Ok(tree);
    }
    let packed = Packed::new(ObjectType::Tree, &out)?;
    let id = packed.id;
    made.push(packed);
    Ok(Some(id))
}

/// Writes entries in git's order, without those that go and with those that come.
fn spliced(
    entries: &[Raw<'_>],
    mut put: BTreeMap<Vec<u8>, (i32, &str, Oid)>,
    gone: &BTreeSet<&[u8]>,
    size: usize,
) -> Vec<u8> {
    let mut out = Vec::with_capacity(size + put.len() * 64);
    let write = |(mode, name, id): (i32, &str, Oid), out: &mut Vec<u8>| {
        out.extend_from_slice(format!("{mode:o} {name}\0").as_bytes());
        out.extend_from_slice(id.as_bytes());
    };
    for entry in entries {
        if gone.contains(entry.name) {
            continue;
        }
        let here = key(entry.name, entry.mode);
        while let Some(first) = put.first_entry().filter(|first| *first.key() < here) {
            write(first.remove(), &mut out);
        }
        out.extend_from_slice(entry.whole);
    }
    for (_, entry) in put {
        write(entry, &mut out);
    }
    out
}

/// One entry as it stands in a tree.
struct Raw<'a> {
    mode: i32,
    name: &'a [u8],
    id: Oid,
    whole: &'a [u8],
}

/// The entries of a tree; none where it is broken.
fn entries(mut data: &[u8]) -> Option<Vec<Raw<'_>>> {
    let mut found = Vec::new();
    while !data.is_empty() {
        let nul = memchr::memchr(0, data)?;
        let raw = data.get(..nul + 1 + ID)?;
        let space = memchr::memchr(b' ', raw)?;
        let mode = std::str::from_utf8(raw.get(..space)?).ok()?;
        found.push(Raw {
            mode: i32::from_str_radix(mode, 8).ok()?,
            name: raw.get(space + 1..nul)?,
            id: Oid::from_bytes(raw.get(nul + 1..)?).ok()?,
            whole: raw,
        });
        data = data.get(raw.len()..)?;
    }
    Some(found)
}

/// What entries are sorted by: a folder's name ends in a slash.
fn key(name: &[u8], mode: i32) -> Vec<u8> {
    let mut key = name.to_vec();
    if mode == FOLDER {
        key.push(b'/');
    }
    key
}
