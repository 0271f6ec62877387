//! `gh` or `glab`: started without a shell, given its input, listened to, and ended with its children
//! when it takes too long.
#![expect(
    clippy::disallowed_methods,
    reason = "the place that starts the programs of forges"
)]

use std::io::{self, Read, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::{ForgeError, Forges};
use crate::model::is_of_the_gateway;
use crate::secret::find_program;

/// The most of a program's output that is read.
const MOST: usize = 16 * 1024 * 1024;
/// How long a program that is done may leave its output open.
const GRACE: Duration = Duration::from_millis(500);
const CHUNK: usize = 16 * 1024;
const PAUSE: Duration = Duration::from_millis(5);
/// What would make a program talk otherwise than it is understood, or of its tokens.
const MISLEADING: [&str; 9] = [
    "CLICOLOR_FORCE",
    "DEBUG",
    "GH_DEBUG",
    "GH_FORCE_TTY",
    "GH_HOST",
    "GH_REPO",
    "GITLAB_HOST",
    "GITLAB_URI",
    "GLAB_DEBUG_HTTP",
];
/// What keeps a program from asking, paging, colouring and looking for updates.
const QUIET: [(&str, &str); 8] = [
    ("GH_NO_UPDATE_NOTIFIER", "1"),
    ("GH_PAGER", "cat"),
    ("GH_PROMPT_DISABLED", "1"),
    ("GLAB_CHECK_UPDATE", "false"),
    ("LANGUAGE", "en"),
    ("NO_COLOR", "1"),
    ("NO_PROMPT", "1"),
    ("PAGER", "cat"),
];

/// What a program that ended by itself has said.
pub(super) struct Said {
    pub(super) status: ExitStatus,
    pub(super) out: String,
    pub(super) err: String,
}

/// Runs a program to its end, or ends it and its children.
pub(super) fn run(
    forges: &Forges<'_>,
    program: &'static str,
    words: &[String],
    input: &str,
) -> Result<Said, ForgeError> {
    let file = find_program(program, forges.folder, forges.environment);
    let file = file.ok_or(ForgeError::NoProgram(program))?;
    let mut command = Command::new(file);
    let kept = forges.environment.iter().filter(|(name, _)| {
        !is_of_the_gateway(name) && !MISLEADING.contains(&name.to_uppercase().as_str())
    });
    command
        .args(words)
        .current_dir(forges.folder)
        .env_clear()
        .envs(kept)
        .envs(QUIET)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt as _;
        command.process_group(0);
    }
    #[cfg(windows)]
    command.env("NoDefaultCurrentDirectoryInExePath", "1");
    let not_started = |error| ForgeError::NotStarted { program, error };
    let mut child = command.spawn().map_err(not_started)?;
    feed(&mut child, input);
    let out = listen(child.stdout.take());
    let err = listen(child.stderr.take());
    let status = wait(&mut child, forges.pace.limit).map_err(not_started)?;
    let Some(status) = status else {
        end(&mut child);
        let seconds = forges.pace.limit.as_secs();
        return Err(ForgeError::Slow { program, seconds });
    };
    let last = Instant::now() + GRACE;
    let (out, err) = (heard(&out, last), heard(&err, last));
    Ok(Said { status, out, err })
}

fn feed(child: &mut Child, input: &str) {
    let Some(mut pipe) = child.stdin.take() else {
        return;
    };
    let input = input.to_owned();
    // A program that does not read must not hold us.
    thread::spawn(move || {
        let _ = pipe.write_all(input.as_bytes());
    });
}

fn listen(pipe: Option<impl Read + Send + 'static>) -> mpsc::Receiver<Vec<u8>> {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let Some(mut pipe) = pipe else { return };
        let mut buffer = vec![0; CHUNK];
        let mut room = MOST;
        while let Ok(read @ 1..) = pipe.read(&mut buffer) {
            let kept = buffer.get(..read.min(room)).unwrap_or_default();
            room -= kept.len();
            if send.send(kept.to_vec()).is_err() {
                return;
            }
        }
    });
    receive
}

/// Gathers what was heard, to the end of it or for a last while.
fn heard(pieces: &mpsc::Receiver<Vec<u8>>, last: Instant) -> String {
    let mut bytes = Vec::new();
    while let Ok(piece) = pieces.recv_timeout(last.saturating_duration_since(Instant::now())) {
        bytes.extend(piece);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Waits for a program; none where its time is over.
fn wait(child: &mut Child, limit: Duration) -> io::Result<Option<ExitStatus>> {
    let begin = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if begin.elapsed() >= limit {
            return Ok(None);
        }
        thread::sleep(PAUSE);
    }
}

/// Ends a program with all that it started and that did not leave its group.
fn end(child: &mut Child) {
    #[cfg(unix)]
    {
        let group = rustix::process::Pid::from_child(child);
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
    // A program that the system cannot end must not hold us.
    let last = Instant::now() + GRACE;
    while Instant::now() < last && matches!(child.try_wait(), Ok(None)) {
        thread::sleep(PAUSE);
    }
}
