//! Repositories of packs in the user's cache, one per address, read by commit and verified by hash.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use git2::{Odb, Oid, Repository};
use sha2::{Digest, Sha256};

use super::load::{Failure, Files, hash, hex};
use super::transport::{Amount, FetchError, Route, fetch};
use super::tree;
use super::{GitRef, Network, Pin, Prompt, Transport, Want};
use crate::model::RepoPath;

/// Objects asked for in one run of git; a command line has an end.
const MOST_OBJECTS: usize = 400;

/// What is asked of the cache.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) address: &'a str,
    pub(super) transport: Transport,
    pub(super) url: &'a str,
    pub(super) reference: &'a GitRef,
    pub(super) folder: Option<&'a RepoPath>,
    pub(super) pin: Option<&'a Pin>,
    pub(super) want: Want,
    pub(super) network: Network,
    pub(super) prompt: Prompt,
}

/// Why a pack could not be had.
#[derive(Debug, thiserror::Error)]
pub(super) enum CacheError {
    /// The cache folder cannot be used.
    #[error("failed to use the cache `{0}`: {1}")]
    Folder(PathBuf, std::io::Error),
    /// Nothing is there, and the network may not be used.
    #[error("it is not in the cache")]
    NotCached,
    /// What is there is not whole.
    #[error("what the cache holds is damaged: {0}")]
    Damaged(String),
    /// The content is another than the lockfile says.
    #[error("its content has the hash {actual}, and the lockfile says {pinned}")]
    OtherContent {
        /// What the lockfile says.
        pinned: String,
        /// What it is.
        actual: String,
    },
    /// The remote no longer has the commit.
    #[error("the repository no longer has the commit {0}")]
    NoCommit(Oid),
    /// The lockfile names no commit.
    #[error("`{0}` is no name of a commit")]
    BadPin(String),
    /// Git could not fetch.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The pack holds what no pack may.
    #[error("it holds what no pack may")]
    Refused(Vec<super::load::Refusal>),
}

/// Returns the commit that is meant and its files. What is damaged is fetched again, once, beside what
/// is there, which is replaced only by something whole.
pub(super) fn obtain(cache: &Path, wanted: Wanted<'_>) -> Result<(Oid, Files), CacheError> {
    let name = hex(&Sha256::digest(wanted.address.as_bytes()));
    let path = |ending: &str| cache.join(format!("{name}.{ending}"));
    let repository = path("git");
    let unusable = |e| CacheError::Folder(cache.to_path_buf(), e);
    if wanted.network == Network::Offline && !repository.exists() {
        return Err(CacheError::NotCached);
    }
    fs::create_dir_all(cache).map_err(unusable)?;
    // Held to the end: two runs do not fill one repository at once.
    let lock = File::create(path("lock")).map_err(unusable)?;
    lock.lock().map_err(unusable)?;
    let had = repository.exists();
    if !had {
        make(&repository).map_err(unusable)?;
    }
    let first = attempt(&repository, wanted, amount(wanted));
    let amount = match &first {
        // The server filters, but gives no file by its name: then all of them.
        Err(CacheError::Fetch(FetchError::NotGiven(_))) => Amount::Commit,
        Err(
            CacheError::Damaged(_)
            | CacheError::OtherContent { .. }
            | CacheError::Fetch(FetchError::Git(_)),
        ) if had && wanted.network == Network::Online => amount(wanted),
        Err(CacheError::Fetch(_)) if !had => {
            let _ = fs::remove_dir_all(&repository);
            return first;
        }
        _ => return first,
    };
    let fresh = path("new");
    if fresh.exists() {
        fs::remove_dir_all(&fresh).map_err(unusable)?;
    }
    make(&fresh).map_err(unusable)?;
    let second = attempt(&fresh, wanted, amount);
    if second.is_err() {
        let _ = fs::remove_dir_all(&fresh);
        return second;
    }
    fs::remove_dir_all(&repository).map_err(unusable)?;
    fs::rename(&fresh, &repository).map_err(unusable)?;
    second
}

/// What git takes for a repository, without the templates and settings of the user.
fn make(repository: &Path) -> Result<(), std::io::Error> {
    for folder in ["objects/pack", "refs"] {
        fs::create_dir_all(repository.join(folder))?;
    }
    fs::write(repository.join("HEAD"), "ref: refs/heads/main\n")
}

fn attempt(
    repository: &Path,
    wanted: Wanted<'_>,
    amount: Amount,
) -> Result<(Oid, Files), CacheError> {
    let route = Route {
        transport: wanted.transport,
        url: wanted.url,
        prompt: wanted.prompt,
        repository,
    };
    let pinned = wanted.pin.filter(|_| wanted.want == Want::Pinned);
    let commit = match pinned.and_then(|pin| pin.commit.as_deref()) {
        Some(text) => {
            let commit = Oid::from_str(text).map_err(|_| CacheError::BadPin(text.to_owned()))?;
            obtain_commit(route, wanted, commit, amount)?;
            commit
        }
        None => newest(route, wanted, amount)?,
    };
    let objects = objects(repository)?;
    let listing = tree::list(&objects, commit, wanted.folder).map_err(from)?;
    let missing = listing.missing(&objects).map_err(from)?;
    if !missing.is_empty() && wanted.network == Network::Offline {
        return Err(CacheError::Damaged("files are missing".to_owned()));
    }
    for ids in missing.chunks(MOST_OBJECTS) {
        let ids: Vec<String> = ids.iter().map(Oid::to_string).collect();
        fetch(route, &ids, Amount::Objects)?;
    }
    let files = tree::load(&self::objects(repository)?, listing).map_err(from)?;
    let actual = hash(&files);
    match pinned {
        Some(pin) if pin.hash != actual => Err(CacheError::OtherContent {
            pinned: pin.hash.clone(),
            actual,
        }),
        _ => Ok((commit, files)),
    }
}

/// What the reference is now, or without the network what it was when it was last asked for.
fn newest(route: Route<'_>, wanted: Wanted<'_>, amount: Amount) -> Result<Oid, CacheError> {
    let (remote, name) = match wanted.reference {
        GitRef::Default => ("HEAD".to_owned(), "default".to_owned()),
        GitRef::Tag(tag) => (format!("refs/tags/{tag}"), format!("tag={tag}")),
        GitRef::Branch(branch) => (format!("refs/heads/{branch}"), format!("branch={branch}")),
        GitRef::Rev(rev) => {
            let commit = Oid::from_str(rev).map_err(|_| CacheError::BadPin(rev.clone()))?;
            obtain_commit(route, wanted, commit, amount)?;
            return Ok(commit);
        }
    };
    let local = format!("refs/pack/{}", hex(&Sha256::digest(name.as_bytes())));
    if wanted.network == Network::Online {
        fetch(route, &[format!("+{remote}:{local}")], amount)?;
    }
    let file = route.repository.join(&local);
    let text = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(_) if wanted.network == Network::Offline => return Err(CacheError::NotCached),
        Err(error) => return Err(CacheError::Damaged(error.to_string())),
    };
    let damaged = |e: git2::Error| CacheError::Damaged(e.message().to_owned());
    let id = Oid::from_str(text.trim()).map_err(damaged)?;
    let objects = objects(route.repository)?;
    let object = objects.find_object(id, None).map_err(damaged)?;
    let commit = object.peel_to_commit().map_err(damaged)?;
    Ok(commit.id())
}

/// Makes sure that a commit is there, by its name or with the whole history where the server gives no
/// commit by its name.
fn obtain_commit(
    route: Route<'_>,
    wanted: Wanted<'_>,
    commit: Oid,
    amount: Amount,
) -> Result<(), CacheError> {
    if has(route.repository, commit)? {
        return Ok(());
    }
    if wanted.network == Network::Offline {
        return Err(CacheError::NotCached);
    }
    let by_name = format!("+{commit}:refs/pack/{commit}");
    match fetch(route, &[by_name], amount) {
        Err(FetchError::NotGiven(_)) => {
            let all = ["heads", "tags"].map(|kind| format!("+refs/{kind}/*:refs/pack/{kind}/*"));
            fetch(route, &all, Amount::History)?;
        }
        done => done?,
    }
    if has(route.repository, commit)? {
        return Ok(());
    }
    Err(CacheError::NoCommit(commit))
}

/// A whole repository may be much larger than the folder that is the pack.
fn amount(wanted: Wanted<'_>) -> Amount {
    match wanted.folder {
        Some(_) => Amount::Names,
        None => Amount::Commit,
    }
}

fn has(repository: &Path, commit: Oid) -> Result<bool, CacheError> {
    let objects = objects(repository)?;
    let objects = objects.odb().map_err(|e| damaged(&e))?;
    Ok(objects.exists(commit))
}

/// Opens the objects by themselves: no configuration is read.
fn objects(repository: &Path) -> Result<Repository, CacheError> {
    git2::opts::strict_hash_verification(true);
    let open = || {
        let objects = Odb::new()?;
        let folder = repository.join("objects");
        objects.add_disk_alternate(&folder.to_string_lossy())?;
        Repository::from_odb(objects)
    };
    open().map_err(|e| damaged(&e))
}

fn damaged(error: &git2::Error) -> CacheError {
    CacheError::Damaged(error.message().to_owned())
}

fn from(failure: Failure) -> CacheError {
    match failure {
        Failure::Refused(refused) => CacheError::Refused(refused),
        Failure::Broken(why) => CacheError::Damaged(why),
    }
}
