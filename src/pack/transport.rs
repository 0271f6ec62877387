//! The `git` program, told to fetch and nothing else.
//!
//! It runs no hooks, follows no submodules, speaks the one transport, asks nobody unless it may, and
//! is stopped when it takes too long or brings too much.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Transport;
use crate::git::program::{self, Ground, Limits, Prompt, Run, RunError, Said};
use crate::model::escape;

/// What one fetch may take.
const TIME: Duration = Duration::from_mins(1);
const BYTES: u64 = 256 * 1024 * 1024;

/// Where a fetch goes from and to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Route<'a> {
    pub(super) transport: Transport,
    pub(super) url: &'a str,
    pub(super) prompt: Prompt,
    pub(super) repository: &'a Path,
}

/// How much is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Amount {
    /// The newest commit and all its files.
    Commit,
    /// The newest commit and the names of its files.
    Names,
    /// Every commit.
    History,
    /// Just the objects that are asked for.
    Objects,
}

/// Why nothing was fetched.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    /// There is no git.
    #[error("the `git` program cannot be started: {0}")]
    Program(std::io::Error),
    /// The cache cannot be written.
    #[error("failed to write `{0}`: {1}")]
    Write(PathBuf, std::io::Error),
    /// It took too long.
    #[error("git took longer than {} s", TIME.as_secs())]
    Slow,
    /// It brought too much.
    #[error("the repository is larger than {} MiB", BYTES / 1024 / 1024)]
    Large,
    /// The remote has no such tag or branch.
    #[error("the repository has no {0}")]
    NoReference(String),
    /// The remote gives no commit that no tag or branch names.
    #[error("git: {0}")]
    NotGiven(String),
    /// The server points to another address, which nobody has agreed to.
    #[error("the server redirects to another address")]
    Elsewhere,
    /// Anything else, in git's own words.
    #[error("git: {0}")]
    Git(String),
}

/// Fetches what the refspecs name.
pub(super) fn fetch(
    route: Route<'_>,
    refspecs: &[String],
    amount: Amount,
) -> Result<(), FetchError> {
    let config = route.repository.join("config");
    fs::write(&config, configuration(route)).map_err(|e| FetchError::Write(config, e))?;
    let mut arguments = Vec::new();
    if amount == Amount::Objects {
        // Having their commits is no sign of having them.
        arguments.extend(["-c", "fetch.negotiationAlgorithm=noop"]);
    }
    arguments.extend(["fetch", "--quiet", "--no-tags", "--no-write-fetch-head"]);
    arguments.extend([
        "--no-recurse-submodules",
        "--no-auto-gc",
        "--update-shallow",
    ]);
    match amount {
        Amount::Commit => arguments.push("--depth=1"),
        Amount::Names => arguments.extend(["--depth=1", "--filter=blob:none"]),
        // Git's word for all of it, in a shallow repository or not.
        Amount::History => arguments.push("--depth=2147483647"),
        Amount::Objects => arguments.push("--filter=blob:none"),
    }
    arguments.extend(["--", "pack"]);
    arguments.extend(refspecs.iter().map(String::as_str));
    sweep(route.repository);
    let run = Run {
        folder: route.repository,
        ground: Ground::Bare,
        arguments: &arguments,
        input: &[],
        protocols: Some(protocols(route.transport)),
        prompt: route.prompt,
        limits: Limits {
            time: TIME,
            growth: Some((&route.repository.join("objects"), BYTES)),
        },
    };
    match program::run(&run) {
        Ok(_) => Ok(()),
        Err(RunError::Start(error)) => Err(FetchError::Program(error)),
        Err(RunError::Slow(_)) => Err(FetchError::Slow),
        Err(RunError::Large(_)) => Err(FetchError::Large),
        Err(RunError::Failed(_, said)) => Err(failure(&said)),
    }
}

/// The user's own `insteadOf` may turn one encrypted transport into the other.
fn protocols(transport: Transport) -> &'static str {
    match transport {
        Transport::Https | Transport::Ssh => "https:ssh",
        Transport::File => "file",
        Transport::Http => "http",
        Transport::Git => "git",
    }
}

/// Git's whole configuration of a repository of the cache, written anew before each run, so that
/// nothing found in the cache is obeyed. The address was checked to hold no quotes.
fn configuration(route: Route<'_>) -> String {
    let url = route.url;
    format!(
        "[core]\n\trepositoryformatversion = 0\n\tbare = true\n\thooksPath = /dev/null\n\
         \tfsmonitor = false\n\
         [fetch]\n\tfsckObjects = true\n\twriteCommitGraph = false\n\
         [transfer]\n\tbundleURI = false\n\
         [fetch \"fsck\"]\n\thasDot = warn\n\thasDotdot = warn\n\thasDotgit = warn\n\
         \tfullPathname = warn\n\tzeroPaddedFilemode = warn\n\
         [gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n\
         [http]\n\tlowSpeedLimit = 1000\n\tlowSpeedTime = 30\n\tfollowRedirects = false\n\
         [protocol]\n\tversion = 2\n\
         [remote \"pack\"]\n\turl = \"{url}\"\n\tpromisor = true\n"
    )
}

/// Removes what a fetch that was killed has left.
fn sweep(repository: &Path) {
    let entries = fs::read_dir(repository.join("objects/pack"));
    for entry in entries.into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with("tmp_") {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn failure(said: &Said) -> FetchError {
    if said.has(&["requested URL returned error: 30"]) {
        return FetchError::Elsewhere;
    }
    if let Some(name) = said.after("couldn't find remote ref ") {
        let short = name.strip_prefix("refs/heads/").map(|b| ("branch", b));
        let short = short.or_else(|| name.strip_prefix("refs/tags/").map(|t| ("tag", t)));
        let named = short.map_or_else(
            || "default branch".to_owned(),
            |(kind, name)| format!("{kind} `{}`", escape(name)),
        );
        return FetchError::NoReference(named);
    }
    if said.has(&["not our ref", "unadvertised object", "upload-pack: "]) {
        return FetchError::NotGiven(said.words());
    }
    FetchError::Git(said.words())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(said: &str, error: &str) {
        assert_eq!(failure(&Said::new(said.to_owned())).to_string(), error);
    }

    #[test]
    fn what_git_says_is_understood() {
        check(
            "fatal: unable to access 'https://u:hunter2@h/p'\n",
            "git: fatal: unable to access 'https://u:[redacted]@h/p'",
        );
        check(
            "fatal: couldn't find remote ref refs/heads/x\n",
            "the repository has no branch `x`",
        );
        check(
            "fatal: The requested URL returned error: 302\n",
            "the server redirects to another address",
        );
    }
}
