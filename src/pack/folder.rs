//! A pack in a folder of this machine.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::load::{Entry, Failure, Files, Kind, LARGEST_FILE, Shelf, gather, read};

struct Folder;

/// Reads the files of a folder.
pub(super) fn load(folder: &Path) -> Result<Files, Failure> {
    let gathered = gather(&Folder, (folder.to_path_buf(), Depth::Top))?;
    read(&Folder, gathered)
}

/// Whether a folder is the pack's own, where git may keep its things.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    Top,
    Below,
}

impl Shelf for Folder {
    type Node = (PathBuf, Depth);

    fn list(&self, (folder, depth): &Self::Node) -> Result<Vec<Entry<Self::Node>>, Failure> {
        let failed = |error: std::io::Error| {
            Failure::Broken(format!("failed to read `{}`: {error}", folder.display()))
        };
        let mut entries = Vec::new();
        for entry in fs::read_dir(folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name();
            if *depth == Depth::Top && name == ".git" {
                continue;
            }
            let kind = entry.file_type().map_err(failed)?;
            let kind = if kind.is_symlink() {
                Kind::Link
            } else if kind.is_dir() {
                Kind::Folder
            } else if kind.is_file() {
                Kind::File
            } else {
                Kind::Device
            };
            entries.push(Entry {
                name: name.as_encoded_bytes().to_vec(),
                kind,
                node: (entry.path(), Depth::Below),
            });
        }
        entries.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(entries)
    }

    fn read(&self, (file, _): &Self::Node) -> Result<Option<Vec<u8>>, Failure> {
        let failed = |error: std::io::Error| {
            Failure::Broken(format!("failed to read `{}`: {error}", file.display()))
        };
        let mut content = Vec::new();
        let limit = LARGEST_FILE as u64 + 1;
        let opened = fs::File::open(file).map_err(failed)?;
        opened
            .take(limit)
            .read_to_end(&mut content)
            .map_err(failed)?;
        Ok((content.len() <= LARGEST_FILE).then_some(content))
    }
}
