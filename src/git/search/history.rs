//! Every file that any commit holds, once.
//!
//! Commits are walked from the oldest on, so that the first one to have a file is the one that brought
//! it; folders seen before are not entered again. Texts are then read in parallel, the versions of one
//! file by one thread, because git stores them as differences from each other.

use std::collections::HashMap;
use std::collections::HashSet;
use std::fs;

use git2::{ObjectType, Oid, Repository, Sort, Tree};
use rayon::prelude::*;

use super::{Count, Gap, Held, Hit, OBJECT, Piece, Place, Reader, Searched, below, broken, open};

/// How many objects a thread takes at once.
const CHUNK: usize = 128;

/// Hands every file below a folder that a ref, a stash or a work tree's HEAD reaches to a reader.
#[must_use]
pub fn history<T: Send>(place: &Place, prefix: &str, reader: &Reader<'_, T>) -> Searched<T> {
    let repository = match open(place) {
        Ok(repository) => repository,
        Err(gap) => return Searched::gap(gap),
    };
    // Objects are named by their hash; that each is hashed again is `git fsck`'s work.
    git2::opts::strict_hash_verification(false);
    let mut gathered = Gathered::default();
    if repository.is_shallow() {
        gathered.gaps.push(Gap::Shallow);
    }
    gathered.gather(&repository, place, prefix);
    let searched = gathered.search(place, reader);
    git2::opts::strict_hash_verification(true);
    searched.ordered()
}

/// A file's text in the history.
struct Blob {
    id: Oid,
    path: u32,
    commit: u32,
}

#[derive(Default)]
struct Gathered {
    commits: Vec<Oid>,
    paths: Vec<Vec<u8>>,
    path_ids: HashMap<Vec<u8>, u32>,
    blobs: Vec<Blob>,
    seen: HashSet<Oid>,
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
        for at in 0..self.commits.len() {
            let tree = repository
                .find_commit(self.commits[at])
                .and_then(|commit| commit.tree());
            match tree {
                Ok(tree) => self.enter(repository, &tree, (&mut Vec::new(), prefix), at),
                Err(error) => self.gaps.push(broken(repository, &error)),
            }
        }
        // Tags may name files and folders that no commit has.
        for id in others {
            self.commits.push(id);
            let at = self.commits.len() - 1;
            match repository.find_tree(id) {
                Ok(tree) => self.enter(repository, &tree, (&mut Vec::new(), prefix), at),
                Err(_) if self.seen.insert(id) => self.add(id, b"(tagged file)", at),
                Err(_) => {}
            }
        }
    }

    fn enter(
        &mut self,
        repository: &Repository,
        tree: &Tree<'_>,
        (path, prefix): (&mut Vec<u8>, &str),
        commit: usize,
    ) {
        if !self.seen.insert(tree.id()) {
            return;
        }
        let length = path.len();
        for entry in tree {
            if entry.filemode() == 0o120_000 || self.seen.contains(&entry.id()) {
                continue;
            }
            path.extend_from_slice(entry.name_bytes());
            match entry.kind() {
                Some(ObjectType::Blob) => {
                    if let Some(path) = below(path, prefix).map(<[u8]>::to_vec) {
                        self.seen.insert(entry.id());
                        self.add(entry.id(), &path, commit);
                    }
                }
                Some(ObjectType::Tree) => match repository.find_tree(entry.id()) {
                    Ok(inner) => {
                        path.push(b'/');
                        self.enter(repository, &inner, (path, prefix), commit);
                    }
                    Err(error) => self.gaps.push(broken(repository, &error)),
                },
                _ => {}
            }
            path.truncate(length);
        }
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
        self.seen = HashSet::new();
        // Git stores older texts as differences from newer ones, so the newest of a file comes first.
        self.blobs.reverse();
        self.blobs.sort_by_key(|blob| blob.path);
        let count = Count::new(self.blobs.len(), reader.progress);
        let chunks = self.blobs.par_chunks(CHUNK);
        let open = || Repository::open(&place.work_tree).ok();
        let searched = chunks.map_init(open, |repository, blobs| {
            let mut searched = Searched::default();
            for blob in blobs {
                if let Some(repository) = repository {
                    self.one(repository, blob, reader, &mut searched);
                }
                count.one();
            }
            searched
        });
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
