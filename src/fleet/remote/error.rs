//! Why a remote could not be reached, or took nothing, read from git's words.

use std::path::PathBuf;
use std::time::Duration;

use crate::fleet::address::AddressError;
use crate::git::program::{RunError, Said};

/// Signs of a remote that knows the caller, or does not, and says no.
const LOGIN: [&str; 10] = [
    "Authentication failed",
    "could not read Username",
    "could not read Password",
    "Permission denied (publickey",
    "Permission denied, please try again",
    "Host key verification failed",
    "returned error: 401",
    "returned error: 403",
    "HTTP 401",
    "HTTP 403",
];
/// Signs of nothing being there.
const ABSENT: [&str; 9] = [
    "returned error: 404",
    "returned error: 410",
    "epository not found",
    "' not found",
    "does not appear to be a git repository",
    "access denied or repository not exported",
    "does not exist",
    "you were looking for could not be found",
    "not found: did you run git update-server-info",
];
/// Signs of what may have passed a moment later.
const PASSING: [&str; 24] = [
    "returned error: 5",
    "returned error: 408",
    "HTTP 5",
    "HTTP 408",
    "Connection refused",
    "Connection reset",
    "Connection timed out",
    "Connection closed by",
    "Could not resolve host",
    "Temporary failure in name resolution",
    "Failed to connect",
    "Couldn't connect",
    "unable to connect",
    "timed out",
    "Operation too slow",
    "Empty reply from server",
    "Recv failure",
    "early EOF",
    "expected flush after",
    "index-pack failed",
    "invalid index-pack output",
    "unexpected disconnect",
    "transfer closed with",
    "hung up unexpectedly",
];
const BUSY: [&str; 5] = [
    "returned error: 429",
    "returned error: 503",
    "HTTP 429",
    "HTTP 503",
    "Too Many Requests",
];

/// Why a remote could not be reached, or took nothing.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// There is no git.
    #[error("the `git` program cannot be started: {0}")]
    Program(std::io::Error),
    /// The cache cannot be used.
    #[error("failed to use the cache `{0}`: {1}")]
    Cache(PathBuf, std::io::Error),
    /// What the cache holds is no repository.
    #[error("what the cache holds is damaged: {0}")]
    Damaged(String),
    /// Another process holds the repository in the cache.
    #[error("another process uses the cache `{0}`")]
    Held(PathBuf),
    /// Nothing is there, and the network may not be used.
    #[error("it is not in the cache")]
    NotCached,
    /// No address that git can be given.
    #[error(transparent)]
    Address(AddressError),
    /// The server points to another address, which nobody has agreed to.
    #[error("the server redirects to another address")]
    Elsewhere,
    /// The remote does not let the caller in.
    #[error("the remote refuses the login: {0}")]
    Login(Said),
    /// Nothing is there.
    #[error("there is no such repository: {0}")]
    Absent(Said),
    /// The remote has no such branch.
    #[error("the remote has no branch `{0}`")]
    NoBranch(String),
    /// The server asks for fewer requests.
    #[error("the server has too much to do: {said}")]
    Busy {
        /// How long it wants to be left alone, where it told.
        after: Option<Duration>,
        /// Its words.
        said: Said,
    },
    /// The server could not be reached, or broke off.
    #[error("the remote cannot be reached: {0}")]
    Unreachable(Said),
    /// It took too long.
    #[error("git took longer than {} s", .0.as_secs())]
    Slow(Duration),
    /// It brought too much.
    #[error("the repository brings more than {} MiB", .0 / 1024 / 1024)]
    Large(u64),
    /// The branch of the remote has gone another way.
    #[error("the remote's `{0}` has gone another way")]
    NotForward(String),
    /// The branch of the remote is not what it was.
    #[error("the remote's `{0}` was moved by somebody else")]
    Moved(String),
    /// The remote takes no push options.
    #[error("the remote takes no push options")]
    NoOptions,
    /// The remote, or a hook, takes no such push.
    #[error("`{reference}` is not taken: {why}{}{said}", if said.words().is_empty() { "" } else { ": " })]
    Declined {
        /// The reference.
        reference: String,
        /// The reason in a few words.
        why: String,
        /// What the server or the hook said.
        said: Said,
    },
    /// Anything else, in git's own words.
    #[error("git: {0}")]
    Git(Said),
}

/// What may help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// The same again, after a while.
    Again,
    /// An act of the user.
    Act(&'static str),
}

impl RemoteError {
    /// Returns whether the same may go well a little later, and if not, what has to be done.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        let act = match self {
            Self::Busy { .. } | Self::Unreachable(_) => return Remedy::Again,
            Self::Program(_) => "install git",
            Self::Cache(..) => "make the folder writable, or set `XDG_CACHE_HOME` to another",
            Self::Damaged(_) => "remove the folder; the next run fetches it again",
            Self::Held(_) => "wait for the other process",
            Self::NotCached => "run the command once without `--offline` and `--no-refresh`",
            Self::Address(error) => error.help(),
            Self::Elsewhere => "write the address that the server gives for cloning",
            Self::Login(_) => {
                "try `git ls-remote` with the address; `git config credential.helper` says where git finds a login"
            }
            Self::Absent(_) => "check the address, and whether the login may see the repository",
            Self::NoBranch(_) => "`git ls-remote` prints the branches there are",
            Self::Slow(_) => "run the command again with `--failed`",
            Self::Large(_) => "clone it yourself and name its folder",
            Self::NotForward(_) | Self::Moved(_) => {
                "run the command again; `--take` replaces a branch that has gone another way"
            }
            Self::NoOptions => "`git config receive.advertisePushOptions true` on the server",
            Self::Declined { .. } => "ask whoever keeps the repository, or name another branch",
            Self::Git(_) => "try `git ls-remote` with the address",
        };
        Remedy::Act(act)
    }

    /// Reads why a run of git came to nothing.
    pub(super) fn of(error: RunError) -> Self {
        let said = match error {
            RunError::Start(error) => return Self::Program(error),
            RunError::Slow(time) => return Self::Slow(time),
            RunError::Large(bytes) => return Self::Large(bytes),
            RunError::Failed(_, said) => said,
        };
        if said.has(&["requested URL returned error: 30", "HTTP 30"]) {
            Self::Elsewhere
        } else if said.has(&BUSY) {
            Self::Busy {
                after: patience(&said),
                said,
            }
        } else if said.has(&LOGIN) {
            Self::Login(said)
        } else if said.has(&ABSENT) {
            Self::Absent(said)
        } else if said.has(&PASSING) {
            Self::Unreachable(said)
        } else if said.words().is_empty() {
            // A server that hangs up while git talks ends git as well.
            Self::Unreachable(Said::new("git was cut off".to_owned()))
        } else {
            Self::Git(said)
        }
    }
}

/// Returns whether the same may go well a little later.
pub(super) fn is_passing(said: &Said) -> bool {
    let error = RemoteError::of(RunError::Failed(String::new(), said.clone()));
    error.remedy() == Remedy::Again
}

/// How long the server wants to be left alone: a number of seconds behind `Retry-After:` or words like it.
fn patience(said: &Said) -> Option<Duration> {
    let text = said.words().to_ascii_lowercase();
    let signs = ["retry-after:", "retry after", "try again in", "wait"];
    let seconds = signs.iter().find_map(|sign| {
        let (_, rest) = text.split_once(sign)?;
        let number = rest.trim_start();
        let end = number.find(|c: char| !c.is_ascii_digit());
        number.get(..end.unwrap_or(number.len()))?.parse().ok()
    });
    seconds.map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(said: &str, error: &str) {
        let said = Said::new(said.to_owned());
        let read = RemoteError::of(RunError::Failed(String::new(), said));
        let text = format!("{read:?}");
        let name = text.split(['(', ' ']).next();
        assert_eq!(name, Some(error), "{text}");
    }

    #[test]
    fn git_is_understood() {
        let url = "fatal: unable to access 'https://h/p/': ";
        check(
            &format!("{url}The requested URL returned error: 302"),
            "Elsewhere",
        );
        check(
            &format!("{url}The requested URL returned error: 429"),
            "Busy",
        );
        check(
            &format!("{url}The requested URL returned error: 403"),
            "Login",
        );
        check(
            &format!("{url}The requested URL returned error: 500"),
            "Unreachable",
        );
        check(&format!("{url}Could not resolve host: h"), "Unreachable");
        check("fatal: repository 'https://h/p/' not found", "Absent");
        check(
            "fatal: remote error: access denied or repository not exported: /p",
            "Absent",
        );
        check(
            "ssh: connect to host h port 22: Connection refused\nfatal: Could not read",
            "Unreachable",
        );
        check(
            "git@h: Permission denied (publickey).\nfatal: the remote end hung up unexpectedly",
            "Login",
        );
        check("fatal: bad object", "Git");
    }

    #[test]
    fn a_server_says_how_long_it_wants_to_be_left_alone() {
        let after = |said: &str| patience(&Said::new(said.to_owned()));
        assert_eq!(
            after("remote: Retry-After: 17"),
            Some(Duration::from_secs(17))
        );
        assert_eq!(
            after("remote: retry after 3 seconds"),
            Some(Duration::from_secs(3))
        );
        assert_eq!(after("remote: rate limit"), None);
    }
}
