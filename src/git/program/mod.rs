//! The user's `git` program: started without what would mislead it, and stopped with its children when
//! it takes too long or brings too much.
//!
//! It asks nobody unless it may. What it says is only shown with credentials taken out.

mod environment;
mod said;

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

pub use said::Said;

const PAUSE: Duration = Duration::from_millis(10);
/// What is kept of one stream of its words.
const MOST_WORDS: u64 = 1024 * 1024;

/// Whether git may ask for a password or about a host it does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prompt {
    /// It must do without.
    Never,
    /// Somebody sits at a terminal.
    Terminal,
}

/// When a run is stopped.
#[derive(Debug, Clone, Copy)]
pub struct Limits<'a> {
    /// After so long.
    pub time: Duration,
    /// When a folder has grown by so many bytes.
    pub growth: Option<(&'a Path, u64)>,
}

/// How git knows its repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// The folder is git's own, whatever it looks like.
    Bare,
    /// The folder is a work tree's root or a bare repository; nothing above it is taken in its place.
    Found,
}

/// One run of git.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// Where it runs.
    pub folder: &'a Path,
    /// What the folder is.
    pub ground: Ground,
    /// What it is told.
    pub arguments: &'a [&'a str],
    /// What it reads.
    pub input: &'a [u8],
    /// The protocols it may speak, as `GIT_ALLOW_PROTOCOL` lists them; none leaves that to the user.
    pub protocols: Option<&'a str>,
    /// Whether it may ask.
    pub prompt: Prompt,
    /// When it is stopped.
    pub limits: Limits<'a>,
}

/// Why a run came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// There is no git.
    #[error("the `git` program cannot be started: {0}")]
    Start(std::io::Error),
    /// It took too long.
    #[error("git took longer than {} s", .0.as_secs())]
    Slow(Duration),
    /// It brought too much.
    #[error("git brought more than {} MiB", .0 / 1024 / 1024)]
    Large(u64),
    /// It ended with a failure; what it printed, and what it said.
    #[error("git: {1}")]
    Failed(String, Said),
}

/// What a run that went well printed and said.
#[derive(Debug)]
pub struct Done {
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub said: Said,
}

/// Runs git.
///
/// # Errors
///
/// Returns what kept it from ending well.
pub fn run(run: &Run<'_>) -> Result<Done, RunError> {
    let mut command = environment::command(run);
    let input = if run.input.is_empty() {
        Stdio::null()
    } else {
        Stdio::piped()
    };
    command
        .stdin(input)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let before = run.limits.growth.map_or(0, |(folder, _)| size(folder));
    let mut child = command.spawn().map_err(RunError::Start)?;
    let out = listen(child.stdout.take());
    let talk = listen(child.stderr.take());
    if let Some(mut stdin) = child.stdin.take() {
        let bytes = run.input.to_vec();
        // It may end without having read everything.
        std::thread::spawn(move || stdin.write_all(&bytes));
    }
    let start = Instant::now();
    let mut polls = 0_u32;
    loop {
        if let Some(status) = child.try_wait().map_err(RunError::Start)? {
            let (out, said) = (heard(&out), Said::new(heard(&talk)));
            if status.success() {
                return Ok(Done { out, said });
            }
            return Err(RunError::Failed(out, said));
        }
        polls += 1;
        if start.elapsed() > run.limits.time {
            stop(child, run.prompt);
            return Err(RunError::Slow(run.limits.time));
        }
        if let Some((folder, most)) = run.limits.growth
            && polls.is_multiple_of(25)
            && size(folder) > before + most
        {
            stop(child, run.prompt);
            return Err(RunError::Large(most));
        }
        std::thread::sleep(PAUSE);
    }
}

/// Reads a stream to its end beside the run, and keeps the beginning.
fn listen(stream: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (send, receive) = mpsc::channel();
    if let Some(mut stream) = stream {
        std::thread::spawn(move || {
            let mut kept = Vec::new();
            let _ = stream.by_ref().take(MOST_WORDS).read_to_end(&mut kept);
            let _ = std::io::copy(&mut stream, &mut std::io::sink());
            let _ = send.send(kept);
        });
    }
    receive
}

/// A helper that outlives git may keep its streams open; it is not waited for.
fn heard(stream: &Receiver<Vec<u8>>) -> String {
    let bytes = stream.recv_timeout(Duration::from_secs(1));
    String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned()
}

fn stop(mut child: Child, prompt: Prompt) {
    environment::kill_group(&child, prompt);
    let _ = child.kill();
    let _ = child.wait();
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

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// Lets git run a script of its own.
    fn shell(script: &str, input: &[u8], time: u64, bytes: u64) -> Result<Done, RunError> {
        let home = tempfile::tempdir().expect("a folder");
        let alias = format!("alias.x=!{script}");
        let start = Instant::now();
        let done = run(&Run {
            folder: home.path(),
            ground: Ground::Found,
            arguments: &["-c", &alias, "x"],
            input,
            protocols: None,
            prompt: Prompt::Never,
            limits: Limits {
                time: Duration::from_millis(time),
                growth: Some((home.path(), bytes)),
            },
        });
        assert!(start.elapsed() < Duration::from_secs(10));
        done
    }

    #[test]
    fn what_takes_too_much_is_stopped() {
        let error = shell("sleep 60", b"", 100, 1000).expect_err("a failure");
        assert!(matches!(error, RunError::Slow(_)), "{error}");
        let script = "echo 0123456789 > a; exec sleep 60";
        let error = shell(script, b"", 30_000, 10).expect_err("a failure");
        assert!(matches!(error, RunError::Large(_)), "{error}");
    }

    #[test]
    fn its_children_are_stopped_with_it() {
        let home = tempfile::tempdir().expect("a folder");
        let file = home.path().join("late");
        let script = format!("(sleep 2; echo x > '{}') & sleep 60", file.display());
        shell(&script, b"", 300, 1000).expect_err("a failure");
        std::thread::sleep(Duration::from_secs(3));
        assert!(!file.exists());
    }

    #[test]
    fn it_reads_and_prints() {
        let done = shell("cat; echo b >&2; :", b"a\n", 10_000, 1000).expect("a run");
        assert_eq!(
            (done.out.as_str(), done.said.words().as_str()),
            ("a\n", "b")
        );
    }

    #[test]
    fn what_it_says_holds_no_credential() {
        let script = "echo \"fatal: unable to access 'https://u:hunter2@h/p'\" >&2; exit 1;";
        let error = shell(script, b"", 10_000, 1000).expect_err("a failure");
        let masked = "git: fatal: unable to access 'https://u:[redacted]@h/p'";
        assert_eq!(error.to_string(), masked);
        assert!(!format!("{error:?}").contains("hunter2"));
    }
}
