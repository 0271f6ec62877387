//! The `git` program, told to fetch and nothing else.
//!
//! It runs no hooks, follows no submodules, speaks the one transport, asks nobody unless it may, and
//! is stopped when it takes too long or brings too much.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::Transport;
use crate::model::{escape, is_of_the_gateway, mask_talk};

/// What one fetch may take.
const LIMITS: Limits = Limits {
    time: Duration::from_mins(1),
    bytes: 256 * 1024 * 1024,
};
const PAUSE: Duration = Duration::from_millis(10);
/// Lines of git's own words that are shown.
const MOST_LINES: usize = 6;
/// What of git's environment is about the way to a server, and stays.
const KEPT: [&str; 14] = [
    "GIT_ASKPASS",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_SYSTEM",
    "GIT_EXEC_PATH",
    "GIT_HTTP_PROXY_AUTHMETHOD",
    "GIT_PROXY_COMMAND",
    "GIT_PROXY_SSL_CAINFO",
    "GIT_PROXY_SSL_CERT",
    "GIT_PROXY_SSL_KEY",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_SSH_VARIANT",
    "GIT_USER_AGENT",
];

/// Whether git may ask for a password or about a host it does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prompt {
    /// It must do without.
    Never,
    /// Somebody sits at a terminal.
    Terminal,
}

/// When a fetch is stopped.
#[derive(Debug, Clone, Copy)]
struct Limits {
    time: Duration,
    bytes: u64,
}

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
    #[error("git took longer than {} s", LIMITS.time.as_secs())]
    Slow,
    /// It brought too much.
    #[error("the repository is larger than {} MiB", LIMITS.bytes / 1024 / 1024)]
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
    let mut command = command(route);
    if amount == Amount::Objects {
        // Having their commits is no sign of having them.
        command.args(["-c", "fetch.negotiationAlgorithm=noop"]);
    }
    command.args(["fetch", "--quiet", "--no-tags", "--no-write-fetch-head"]);
    command.args([
        "--no-recurse-submodules",
        "--no-auto-gc",
        "--update-shallow",
    ]);
    match amount {
        Amount::Commit => command.arg("--depth=1"),
        Amount::Names => command.args(["--depth=1", "--filter=blob:none"]),
        // Git's word for all of it, in a shallow repository or not.
        Amount::History => command.arg("--depth=2147483647"),
        Amount::Objects => command.arg("--filter=blob:none"),
    };
    command.args(["--", "pack"]).args(refspecs);
    sweep(route.repository);
    run(command, &route.repository.join("objects"), LIMITS)
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

fn command(route: Route<'_>) -> Command {
    let mut command = Command::new("git");
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let is_way = KEPT.contains(&text.as_ref())
            || ["GIT_SSL_", "GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_"]
                .iter()
                .any(|kept| text.starts_with(kept));
        let misleads = text.starts_with("GIT_") && !is_way && text != "GIT_CONFIG_COUNT";
        if misleads || is_of_the_gateway(&text) {
            command.env_remove(&name);
        }
    }
    // The user's own `insteadOf` may turn one encrypted transport into the other.
    let allowed = match route.transport {
        Transport::Https | Transport::Ssh => "https:ssh",
        Transport::File => "file",
        Transport::Http => "http",
        Transport::Git => "git",
    };
    command
        .env("GIT_DIR", ".")
        .env("GIT_ALLOW_PROTOCOL", allowed)
        .env("LC_ALL", "C")
        .env("LANGUAGE", "C")
        .current_dir(route.repository)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    if route.prompt == Prompt::Never {
        command
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GCM_INTERACTIVE", "never");
        // Without this ssh asks at the terminal, past everything that git can say.
        if std::env::var_os("SSH_ASKPASS_REQUIRE").is_none() {
            command.env("SSH_ASKPASS", "false");
            command.env("SSH_ASKPASS_REQUIRE", "force");
        }
    }
    command
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

fn run(mut command: Command, objects: &Path, limits: Limits) -> Result<(), FetchError> {
    let before = size(objects);
    let mut child = command.spawn().map_err(FetchError::Program)?;
    let (send, receive) = mpsc::channel();
    if let Some(mut talk) = child.stderr.take() {
        std::thread::spawn(move || {
            let mut said = Vec::new();
            let _ = talk.by_ref().take(64 * 1024).read_to_end(&mut said);
            let _ = std::io::copy(&mut talk, &mut std::io::sink());
            let _ = send.send(said);
        });
    }
    let start = Instant::now();
    let mut polls = 0_u32;
    loop {
        if let Some(status) = child.try_wait().map_err(FetchError::Program)? {
            if status.success() {
                return Ok(());
            }
            // A helper that outlives git may keep its standard error open.
            let said = receive.recv_timeout(Duration::from_secs(1));
            return Err(failure(&String::from_utf8_lossy(&said.unwrap_or_default())));
        }
        polls += 1;
        if start.elapsed() > limits.time {
            return Err(stop(child, FetchError::Slow));
        }
        if polls.is_multiple_of(25) && size(objects) > before + limits.bytes {
            return Err(stop(child, FetchError::Large));
        }
        std::thread::sleep(PAUSE);
    }
}

fn stop(mut child: Child, why: FetchError) -> FetchError {
    let _ = child.kill();
    let _ = child.wait();
    why
}

/// The size of everything in a folder.
fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.file_type() {
            Ok(kind) if kind.is_dir() => size(&entry.path()),
            _ => entry.metadata().map_or(0, |meta| meta.len()),
        })
        .sum()
}

fn failure(said: &str) -> FetchError {
    if said.contains("requested URL returned error: 30") {
        return FetchError::Elsewhere;
    }
    if let Some((_, name)) = said.split_once("couldn't find remote ref ") {
        let name = name.lines().next().unwrap_or_default();
        let short = name.strip_prefix("refs/heads/").map(|b| ("branch", b));
        let short = short.or_else(|| name.strip_prefix("refs/tags/").map(|t| ("tag", t)));
        let named = short.map_or_else(
            || "default branch".to_owned(),
            |(kind, name)| format!("{kind} `{}`", escape(name)),
        );
        return FetchError::NoReference(named);
    }
    let lines = said.lines().filter(|line| !line.trim().is_empty());
    let lines: Vec<String> = lines
        .take(MOST_LINES)
        .map(|line| escape(&mask_talk(line)))
        .collect();
    let words = lines.join("; ");
    let not_given = ["not our ref", "unadvertised object", "upload-pack: "];
    if not_given.iter().any(|sign| said.contains(sign)) {
        return FetchError::NotGiven(words);
    }
    FetchError::Git(words)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn stopped(script: &str, limits: Limits) -> FetchError {
        let home = tempfile::tempdir().expect("a folder");
        let mut command = Command::new("sh");
        command
            .args(["-c", script])
            .current_dir(home.path())
            .stderr(Stdio::piped());
        let start = Instant::now();
        let error = run(command, home.path(), limits).expect_err("a failure");
        assert!(start.elapsed() < Duration::from_secs(10));
        error
    }

    #[test]
    fn what_takes_too_much_is_stopped() {
        let limits = |milliseconds, bytes| Limits {
            time: Duration::from_millis(milliseconds),
            bytes,
        };
        let error = stopped("sleep 60", limits(100, 1000));
        assert!(matches!(error, FetchError::Slow), "{error}");
        let error = stopped("echo 0123456789 > a; exec sleep 60", limits(30_000, 10));
        assert!(matches!(error, FetchError::Large), "{error}");
    }

    #[test]
    fn what_git_says_holds_no_credential() {
        let said = "echo \"fatal: unable to access 'https://u:hunter2@h/p'\" >&2; exit 1";
        let error = stopped(said, LIMITS).to_string();
        assert_eq!(
            error,
            "git: fatal: unable to access 'https://u:[redacted]@h/p'"
        );
        let said = "echo \"fatal: couldn't find remote ref refs/heads/x\" >&2; exit 128";
        assert_eq!(
            stopped(said, LIMITS).to_string(),
            "the repository has no branch `x`"
        );
        let said = "echo \"fatal: The requested URL returned error: 302\" >&2; exit 128";
        let error = stopped(said, LIMITS);
        assert!(matches!(error, FetchError::Elsewhere), "{error}");
    }
}
