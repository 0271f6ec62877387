//! Every file that any commit holds, once.
//!
//! Commits are walked from the oldest on, so that the first one to have a file is the one that brought
//! it; folders seen before are not entered again. Each thread walks a stretch of the commits. Texts are
//! then read in parallel, the versions of one file by one thread, because git stores them as differences
//! from each other.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::hash::{BuildHasherDefault, Hasher};

use git2::{ObjectType, Odb, Oid, Repository, Sort};
use rayon::prelude::*;

use super::{Count, Gap, Held, Hit, OBJECT, Piece, Place, Reader, Searched, below, broken, open};

/// How many objects a thread takes at once.
const CHUNK: usize = 128;
/// The fewest commits that are worth a thread.
const STRETCH: usize = 256;

/// The part of an entry's mode that says what it is.
const KIND: u32 = 0o170_000;
const FOLDER: u32 = 0o040_000;
const LINK: u32 = 0o120_000;
const SUBMODULE: u32 = 0o160_000;

/// Hands every file below a folder that a ref, a stash or a work tree's HEAD reaches to a reader.
#[must_use]
pub fn history<T: Send>(place: &Place, prefix: &str, reader: &Reader<'_, T>) -> Searched<T> {
    let repository = match open(place) {
        Ok(repository) => repository,
        Err(gap) => return Searched::gap(gap),
    };
    // Objects are named by their hash; that each is hashed again is `git fsck`'s work. None is read
    // twice, so keeping them is work for nothing.
    git2::opts::strict_hash_verification(false);
    git2::opts::enable_caching(false);
    let mut gathered = Gathered::default();
    if repository.is_shallow() {
        gathered.gaps.push(Gap::Shallow);
    }
    gathered.gather(&repository, place, prefix);
    let searched = gathered.search(place, reader);
    git2::opts::enable_caching(true);
    git2::opts::strict_hash_verification(true);
    searched.ordered()
}

/// A file's text in the history.
struct Blob {
    id: Oid,
    path: u32,
    commit: u32,
}

/// Ids are hashes already: a part of one is as good as a hash of it.
#[derive(Default)]
struct Part(u64);

impl Hasher for Part {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(part) = bytes.first_chunk() {
            self.0 = u64::from_le_bytes(*part);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

type Ids = HashSet<Oid, BuildHasherDefault<Part>>;

#[derive(Default)]
struct Gathered {
    paths: Vec<Vec<u8>>,
    path_ids: HashMap<Vec<u8>, u32>,
    commits: Vec<Oid>,
    blobs: Vec<Blob>,
    seen: Ids,
    /// The folders' bytes as they were read last, by path: most entries stay from commit to commit.
    last: HashMap<Vec<u8>, Vec<u8>>,
    gaps: Vec<Gap>,
}

impl Gathered {
    fn gather(&mut self, repository: &Repository, place: &Place, prefix: &str) {
        let (tips, others) = match tips(repository, place) {
            Ok(tips) => tips,
            Err(error) => return self.gaps.push(broken(repository, &error)),
        };
        match walk(repository, &tips) {
            Ok(commits) => self.commits = commits,
            Err(error) => self.gaps.push(broken(repository, &error)),
        }
        let each = self.commits.len().div_ceil(rayon::current_num_threads());
        let each = each.max(STRETCH);
        let stretches = self.commits.par_chunks(each).enumerate();
        let stretches = stretches.map(|(at, ids)| stretch(place, prefix, ids, at * each));
        for stretch in stretches.collect::<Vec<_>>() {
            self.take(stretch);
        }
        // Tags may name files and folders that no commit has.
        for id in others {
            self.commits.push(id);
            let at = self.commits.len() - 1;
            match repository.find_tree(id) {
                Ok(_) => self.enter(repository, id, prefix, at),
                Err(_) if self.seen.insert(id) => self.add(id, b"(tagged file)", at),
                Err(_) => {}
            }
        }
    }

    /// Takes what a later stretch of the commits has and this one has not.
    fn take(&mut self, later: Self) {
        self.gaps.extend(later.gaps);
        for blob in later.blobs {
            if self.seen.insert(blob.id) {
                let path = &later.paths[blob.path as usize];
                self.add(blob.id, path, blob.commit as usize);
            }
        }
    }

    /// Adds the files of a folder and of those in it, as far as they are new and below the prefix.
    fn enter(&mut self, repository: &Repository, top: Oid, prefix: &str, commit: usize) {
        let odb = match repository.odb() {
            Ok(odb) => odb,
            Err(error) => return self.gaps.push(broken(repository, &error)),
        };
        let mut open = vec![(top, Vec::new())];
        while let Some((id, path)) = open.pop() {
            let is_below = path.starts_with(prefix.as_bytes());
            if is_below && !self.seen.insert(id) {
                continue;
            }
            if let Err(gap) =
                self.folder((repository, &odb), (id, &path), prefix, commit, &mut open)
            {
                self.gaps.push(gap);
            }
        }
    }

    fn folder(
        &mut self,
        (repository, odb): (&Repository, &Odb<'_>),
        (id, path): (Oid, &[u8]),
        prefix: &str,
        commit: usize,
        open: &mut Vec<(Oid, Vec<u8>)>,
    ) -> Result<(), Gap> {
        let unreadable = || Gap::Broken(format!("the folder {id} cannot be read"));
        let object = odb.read(id).map_err(|error| broken(repository, &error))?;
        if object.kind() != ObjectType::Tree {
            return Err(unreadable());
        }
        let before = self.last.remove(path).unwrap_or_default();
        let (mut rest, mut before, first) = (object.data(), before.as_slice(), open.len());
        while !rest.is_empty() {
            let (entry, after) = entry(rest).ok_or_else(unreadable)?;
            let is_known = is_next(&mut before, &rest[..rest.len() - after.len()], entry.name);
            rest = after;
            let kind = entry.mode & KIND;
            if is_known || [LINK, SUBMODULE].contains(&kind) || self.seen.contains(&entry.id) {
                continue;
            }
            let mut full = [path, entry.name].concat();
            if kind == FOLDER {
                full.push(b'/');
                let prefix = prefix.as_bytes();
                if full.starts_with(prefix) || prefix.starts_with(&full) {
                    open.push((entry.id, full));
                }
            } else if let Some(path) = below(&full, prefix) {
                self.seen.insert(entry.id);
                self.add(entry.id, path, commit);
            }
        }
        // The last one is entered first.
        open[first..].reverse();
        self.last.insert(path.to_vec(), object.data().to_vec());
        Ok(())
    }

    fn add(&mut self, id: Oid, path: &[u8], commit: usize) {
        let known = self.path_ids.get(path).copied();
        let path = known.unwrap_or_else(|| {
            let next = u32::try_from(self.paths.len()).unwrap_or(u32::MAX);
            self.paths.push(path.to_vec());
            self.path_ids.insert(path.to_vec(), next);
            next
        });
        let commit = u32::try_from(commit).unwrap_or(u32::MAX);
        self.blobs.push(Blob { id, path, commit });
    }

    fn search<T: Send>(mut self, place: &Place, reader: &Reader<'_, T>) -> Searched<T> {
        self.seen = Ids::default();
        // Git stores older texts as differences from newer ones, so the newest of a file comes first.
        self.blobs.reverse();
        self.blobs.sort_by_key(|blob| blob.path);
        let count = Count::new(self.blobs.len(), reader.progress);
        let chunks = self.blobs.par_chunks(CHUNK);
        let searched = chunks.map_init(
            || open(place),
            |repository, blobs| {
                let mut searched = Searched::default();
                for blob in blobs {
                    match repository {
                        Ok(repository) => self.one(repository, blob, reader, &mut searched),
                        Err(gap) => searched.gaps.push(gap.clone()),
                    }
                    count.one();
                }
                searched
            },
        );
        let mut all = searched.reduce(Searched::default, Searched::and);
        all.hits.reverse();
        all.gaps.append(&mut self.gaps);
        all
    }

    fn one<T>(
        &self,
        repository: &Repository,
        blob: &Blob,
        reader: &Reader<'_, T>,
        searched: &mut Searched<T>,
    ) {
        let path = String::from_utf8_lossy(&self.paths[blob.path as usize]);
        let odb = match repository.odb() {
            Ok(odb) => odb,
            Err(error) => return searched.gaps.push(broken(repository, &error)),
        };
        let object = match odb.read(blob.id) {
            Ok(object) => object,
            Err(error) => return searched.gaps.push(broken(repository, &error)),
        };
        if object.len() > OBJECT {
            return searched.gaps.push(Gap::Large(path.into_owned()));
        }
        let bytes = object.data();
        let found = (reader.read)(Piece {
            path: &path,
            bytes,
            line: 0,
        });
        let commit = self.commits[blob.commit as usize].to_string();
        searched.hits.extend(found.into_iter().map(|what| Hit {
            path: path.clone().into_owned(),
            held: Held::Commit(commit.clone()),
            what,
        }));
    }
}

/// Gathers what some commits have; the first of them has this place among all.
fn stretch(place: &Place, prefix: &str, commits: &[Oid], first: usize) -> Gathered {
    let mut gathered = Gathered::default();
    let repository = match open(place) {
        Ok(repository) => repository,
        Err(gap) => {
            gathered.gaps.push(gap);
            return gathered;
        }
    };
    for (at, id) in commits.iter().enumerate() {
        match repository.find_commit(*id) {
            Ok(commit) => gathered.enter(&repository, commit.tree_id(), prefix, first + at),
            Err(error) => gathered.gaps.push(broken(&repository, &error)),
        }
    }
    gathered
}

/// An entry of a folder, as git stores it.
struct Entry<'a> {
    mode: u32,
    name: &'a [u8],
    id: Oid,
}

/// Returns the first entry of a folder's bytes, and the bytes behind it.
fn entry(bytes: &[u8]) -> Option<(Entry<'_>, &[u8])> {
    const ID: usize = 20;
    let space = bytes.iter().position(|byte| *byte == b' ')?;
    let mode = u32::from_str_radix(str::from_utf8(&bytes[..space]).ok()?, 8).ok()?;
    let rest = &bytes[space + 1..];
    let end = rest.iter().position(|byte| *byte == 0)?;
    let (name, rest) = (&rest[..end], &rest[end + 1..]);
    let (id, rest) = rest.split_at_checked(ID)?;
    let id = Oid::from_bytes(id).ok()?;
    Some((Entry { mode, name, id }, rest))
}

/// Whether an entry is the next one of a folder's earlier bytes; these are moved behind its name.
fn is_next(before: &mut &[u8], bytes: &[u8], name: &[u8]) -> bool {
    if let Some(rest) = before.strip_prefix(bytes) {
        *before = rest;
        return true;
    }
    while let Some((old, rest)) = entry(before).filter(|(old, _)| old.name <= name) {
        let (is_same, found) = (old.name == name, before.starts_with(bytes));
        *before = rest;
        if is_same {
            return found;
        }
    }
    false
}

/// The commits that refs, stashes and the heads of work trees name; and what else tags name.
fn tips(repository: &Repository, place: &Place) -> Result<(Vec<Oid>, Vec<Oid>), git2::Error> {
    let mut named: Vec<Oid> = Vec::new();
    for reference in repository.references()?.flatten() {
        named.extend(
            reference
                .resolve()
                .ok()
                .and_then(|reference| reference.target()),
        );
    }
    named.extend(repository.head().ok().and_then(|head| head.target()));
    // Read as text: libgit2 makes the log where there is none.
    let stashes = fs::read(place.common_dir.join("logs/refs/stash")).unwrap_or_default();
    let stashes = String::from_utf8_lossy(&stashes);
    let stashes = stashes.lines().filter_map(|line| line.split(' ').nth(1));
    named.extend(stashes.filter_map(|id| id.parse::<Oid>().ok()));
    let others = fs::read_dir(place.common_dir.join("worktrees"));
    for work_tree in others.into_iter().flatten().flatten() {
        let head = fs::read_to_string(work_tree.path().join("HEAD")).unwrap_or_default();
        named.extend(head.trim().parse::<Oid>().ok());
    }
    named.sort_unstable();
    named.dedup();
    let (mut commits, mut rest) = (Vec::new(), Vec::new());
    for id in named {
        let Ok(object) = repository.find_object(id, None) else {
            // The walk says what is wrong with it.
            commits.push(id);
            continue;
        };
        match object.peel_to_commit() {
            Ok(commit) => commits.push(commit.id()),
            Err(_) => rest.extend(object.peel(ObjectType::Any).map(|object| object.id())),
        }
    }
    Ok((commits, rest))
}

/// All commits that some reach, the oldest first.
fn walk(repository: &Repository, tips: &[Oid]) -> Result<Vec<Oid>, git2::Error> {
    let mut walk = repository.revwalk()?;
    walk.set_sorting(Sort::TOPOLOGICAL | Sort::TIME | Sort::REVERSE)?;
    for tip in tips {
        walk.push(*tip)?;
    }
    walk.collect()
}
