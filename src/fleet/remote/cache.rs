//! Repositories of members in the user's cache, one per address: bare, shallow, without files until they
//! are asked for.

use std::collections::HashMap;
use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use git2::{Oid, Repository};

use super::address::{Address, Whom};
use super::fetch::{self, Route};
use super::heads::Heads;
use super::pace::{Pace, pause};
use super::{Push, Pushed, RemoteError};
use crate::git::{self, program::Prompt};
use crate::pack::Network;

/// Each refresh that finds something adds a pack or two; past so many the repository is fetched anew.
const MOST_PACKS: usize = 50;
/// Objects asked for in one run of git.
const MOST_OBJECTS: usize = 10_000;
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(20);

/// The cache of remote members, shared by threads.
#[derive(Debug)]
pub struct Remotes<'a> {
    /// Its folder.
    pub cache: &'a Path,
    /// Whether the remotes may be asked.
    pub network: Network,
    /// Whether git may ask for a password.
    pub prompt: Prompt,
    /// How fast one host is asked.
    pub pace: Pace,
    /// How often the same is tried.
    pub tries: u32,
    /// How long one repository may take, without the waits that a server asks for.
    pub time: Duration,
    /// What one repository may bring.
    pub bytes: u64,
    /// Files that come along with the first one that is asked for, so that one question does; all of a
    /// folder where the path ends with `/`.
    pub along: Vec<String>,
    known: Mutex<HashMap<PathBuf, Address>>,
}

impl<'a> Remotes<'a> {
    /// Returns the cache in a folder, with limits that a forge can bear.
    #[must_use]
    pub fn new(cache: &'a Path, network: Network, prompt: Prompt) -> Self {
        Self {
            cache,
            network,
            prompt,
            pace: Pace::new(20),
            tries: 3,
            time: Duration::from_mins(1),
            bytes: 1024 * 1024 * 1024,
            along: Vec::new(),
            known: Mutex::new(HashMap::new()),
        }
    }

    /// Brings a repository of the cache to what the remote has, and returns it: bare, with the remote's
    /// default branch, or the named one, as HEAD, and with the fleet's branch where the remote has it.
    /// Whether one of both descends from the other can be asked of it. Files are missing until
    /// [`Remotes::complete`] brings them.
    ///
    /// # Errors
    ///
    /// Returns why the cache has not what the remote has; what it had is then as it was.
    pub fn refresh(
        &self,
        url: &str,
        default_branch: Option<&str>,
        branch: &str,
    ) -> Result<PathBuf, RemoteError> {
        let address = Address::parse(url)?;
        let path = |ending: &str| self.cache.join(format!("{}.{ending}", address.folder()));
        let repository = path("git");
        let is_there = repository.join("HEAD").is_file();
        if self.network == Network::Offline && !is_there {
            return Err(RemoteError::NotCached);
        }
        {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.insert(repository.clone(), address.clone());
        }
        if self.network == Network::Offline {
            return Ok(repository);
        }
        let unusable = |error| RemoteError::Cache(repository.clone(), error);
        fs::create_dir_all(self.cache).map_err(unusable)?;
        let mut left = self.time;
        let _lock = hold(&path("lock"), self.time)?;
        let fresh = path("new");
        clear(&fresh).map_err(unusable)?;
        let want = Want {
            default_branch,
            branch,
        };
        if is_there && fetch::packs(&repository) <= MOST_PACKS {
            match self.bring(&address, &repository, want, &mut left) {
                // Fetched again, beside it.
                Err(RemoteError::Damaged(_) | RemoteError::Git(_)) => {}
                done => return done.map(|()| repository),
            }
        }
        fetch::make(&fresh).map_err(unusable)?;
        if let Err(error) = self.bring(&address, &fresh, want, &mut left) {
            let _ = fs::remove_dir_all(&fresh);
            return Err(error);
        }
        clear(&repository).map_err(unusable)?;
        fs::rename(&fresh, &repository).map_err(unusable)?;
        Ok(repository)
    }

    /// Brings objects that the filter has left out, into a repository that [`Remotes::refresh`] returned,
    /// and with them those of [`Remotes::along`].
    ///
    /// # Errors
    ///
    /// Returns why they are not there.
    pub fn complete(&self, repository: &Path, ids: &[Oid]) -> Result<(), RemoteError> {
        let address = {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.get(repository).cloned()
        };
        let Some(address) = address.filter(|_| self.network == Network::Online) else {
            return Err(RemoteError::NotCached);
        };
        let _lock = hold(&repository.with_extension("lock"), self.time)?;
        let route = self.route(&address, repository);
        fetch::configure(route)?;
        let mut left = self.time;
        let mut ids = ids.to_vec();
        ids.extend(fetch::absent(repository, &self.along)?);
        ids.sort_unstable();
        ids.dedup();
        for ids in ids.chunks(MOST_OBJECTS) {
            self.tried(address.of(), &mut left, |time| {
                fetch::objects(route, ids, time)
            })?;
        }
        Ok(())
    }

    /// Pushes at the pace of the host, and again where that can help.
    ///
    /// # Errors
    ///
    /// Returns why the remote has not all of it.
    pub fn push(&self, push: &Push<'_>) -> Result<Pushed, RemoteError> {
        let url = address_of(push).unwrap_or_default();
        let address = Address::parse(&url).ok();
        let whom = address.as_ref().map_or_else(Whom::default, Address::of);
        let mut left = push.time;
        self.tried(whom, &mut left, |time| super::push(&Push { time, ..*push }))
    }

    fn bring(
        &self,
        address: &Address,
        repository: &Path,
        want: Want<'_>,
        left: &mut Duration,
    ) -> Result<(), RemoteError> {
        let route = self.route(address, repository);
        let branch = want.branch;
        fetch::sweep(repository);
        fetch::configure(route)?;
        let remote = self.tried(address.of(), left, |time| {
            fetch::ask(route, want.default_branch, branch, time)
        })?;
        if Heads::cached(repository, branch).as_ref() == Some(&remote) {
            return Ok(());
        }
        let mut heads = remote;
        if heads.head.is_some() || heads.branch.is_some() {
            self.tried(address.of(), left, |time| {
                fetch::tips(route, &heads, branch, time)
            })?;
            heads = fetch::brought(repository, &heads)?;
            self.tried(address.of(), left, |time| {
                fetch::history(route, &heads, branch, time)
            })?;
        }
        heads
            .write(repository, branch)
            .map_err(|error| fetch::damaged(&error))
    }

    fn route<'r>(&self, address: &'r Address, repository: &'r Path) -> Route<'r> {
        Route {
            address,
            repository,
            prompt: self.prompt,
            bytes: self.bytes,
        }
    }

    /// Does the same until it goes well, cannot go well, or the time is over.
    fn tried<T>(
        &self,
        whom: Whom<'_>,
        left: &mut Duration,
        act: impl Fn(Duration) -> Result<T, RemoteError>,
    ) -> Result<T, RemoteError> {
        let (mut tries, whole) = (1, *left);
        loop {
            self.pace.wait(whom.host);
            let start = Instant::now();
            let done = act(*left);
            *left = left.saturating_sub(start.elapsed());
            let Err(error) = done else { return done };
            if tries >= self.tries {
                return Err(error);
            }
            let Some(time) = pause(&error, whom.url, tries) else {
                return Err(match error {
                    RemoteError::Slow(_) => RemoteError::Slow(whole),
                    error => error,
                });
            };
            if matches!(error, RemoteError::Busy { .. }) {
                self.pace.hold(whom.host, time);
            } else if time >= *left {
                return Err(error);
            } else {
                thread::sleep(time);
                *left -= time;
            }
            tries += 1;
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Want<'a> {
    default_branch: Option<&'a str>,
    branch: &'a str,
}

/// Returns the address that a push goes to, without a login; none where it is not known.
fn address_of(push: &Push<'_>) -> Option<String> {
    let repository = Repository::open(push.repository).ok()?;
    let named = repository.find_remote(push.remote).ok();
    let url = named.as_ref().map_or(Some(push.remote), |remote| {
        let to = remote.pushurl().ok().flatten();
        to.or_else(|| remote.url().ok())
    });
    url.map(git::without_user_info)
}

/// Removes a folder. A git whose starter was killed may still write into it for a moment.
fn clear(folder: &Path) -> Result<(), std::io::Error> {
    let start = Instant::now();
    loop {
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error)
                if error.kind() == ErrorKind::DirectoryNotEmpty && start.elapsed() < PATIENCE =>
            {
                thread::sleep(PAUSE);
            }
            done => return done,
        }
    }
}

/// Two processes do not fill one repository at once.
fn hold(file: &Path, time: Duration) -> Result<File, RemoteError> {
    let unusable = |error| RemoteError::Cache(file.to_path_buf(), error);
    let lock = File::create(file).map_err(unusable)?;
    let start = Instant::now();
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(lock),
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
            Err(TryLockError::WouldBlock) if start.elapsed() > time => {
                return Err(RemoteError::Held(file.to_path_buf()));
            }
            Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
        }
    }
}
