//! One program: started, listened to, and ended with its children when it is over.
#![expect(
    clippy::disallowed_methods,
    reason = "the place that starts the programs of stores"
)]

use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use zeroize::{Zeroize, Zeroizing};

use super::Call;
use crate::model::is_of_the_gateway;
use crate::secret::Place;

/// The most of a program's output that is read.
pub(crate) const MOST: usize = 64 * 1024;
/// The last of a program's complaints that is kept.
const COMPLAINTS: usize = 16 * 1024;
const CHUNK: usize = 4 * 1024;
/// How long a program that is done may leave its output open, as a service started by it does.
const GRACE: Duration = Duration::from_millis(500);
const PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(20);

/// What a program that ended by itself has said.
pub(super) struct Answer {
    pub(super) status: ExitStatus,
    pub(super) out: Zeroizing<Vec<u8>>,
    pub(super) said: Zeroizing<Vec<u8>>,
}

/// Why a program did not end by itself.
#[derive(Debug)]
pub(super) enum Stop {
    NotStarted(io::Error),
    Slow,
    TooMuch,
    #[cfg(unix)]
    Interrupted,
}

enum Piece {
    Out(Zeroizing<Vec<u8>>),
    Said(Zeroizing<Vec<u8>>),
}

/// Runs a program to its end, or ends it and its children.
pub(super) fn run(call: &Call, place: &Place<'_>) -> Result<Answer, Stop> {
    #[cfg(unix)]
    let watch = super::signals::watch();
    let mut child = command(call, place).spawn().map_err(Stop::NotStarted)?;
    let pieces = listen(&mut child);
    let mut heard = Heard {
        out: Zeroizing::new(Vec::with_capacity(MOST + CHUNK)),
        said: Zeroizing::new(Vec::with_capacity(COMPLAINTS + CHUNK)),
    };
    let mut pause = PAUSE;
    let ended = loop {
        match hear(&pieces, &mut heard, pause) {
            Moment::Something => {}
            Moment::Nothing => pause = (pause * 2).min(LONGEST_PAUSE),
            Moment::End => {
                // Both ends are closed, and the program may still run.
                thread::sleep(pause);
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
        if heard.out.len() > MOST {
            break Err(Stop::TooMuch);
        }
        match child.try_wait() {
            Ok(Some(status)) => break Ok(status),
            Ok(None) => {}
            Err(error) => break Err(Stop::NotStarted(error)),
        }
        #[cfg(unix)]
        if watch.is_hit() {
            break Err(Stop::Interrupted);
        }
        if Instant::now() >= place.until {
            break Err(Stop::Slow);
        }
    };
    let status = ended.inspect_err(|_| end(&mut child))?;
    let last = (Instant::now() + GRACE).min(place.until);
    while let Some(left) = last.checked_duration_since(Instant::now()) {
        if hear(&pieces, &mut heard, left) == Moment::End || heard.out.len() > MOST {
            break;
        }
    }
    if heard.out.len() > MOST {
        return Err(Stop::TooMuch);
    }
    Ok(Answer {
        status,
        out: heard.out,
        said: heard.said,
    })
}

fn command(call: &Call, place: &Place<'_>) -> Command {
    let mut command = Command::new(&call.program);
    let passed = place
        .environment
        .iter()
        .filter(|(name, _)| !is_withheld(name, place));
    command
        .args(&call.words)
        .current_dir(place.root)
        .env_clear()
        .envs(passed)
        // What programs complain about is known in English.
        .env("LANGUAGE", "en")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt as _;
        // As a shell would call it, which is how it names itself in what it says.
        command.arg0(&call.name).process_group(0);
    }
    #[cfg(windows)]
    command.env("NoDefaultCurrentDirectoryInExePath", "1");
    command
}

fn is_withheld(name: &str, place: &Place<'_>) -> bool {
    let upper;
    let name = if cfg!(windows) {
        upper = name.to_ascii_uppercase();
        &upper
    } else {
        name
    };
    is_of_the_gateway(name) || place.withheld.contains(name)
}

/// What was heard of a program so far.
struct Heard {
    out: Zeroizing<Vec<u8>>,
    said: Zeroizing<Vec<u8>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    Something,
    Nothing,
    End,
}

fn listen(child: &mut Child) -> Receiver<Piece> {
    let (sender, pieces) = mpsc::channel();
    if let Some(out) = child.stdout.take() {
        let sender = sender.clone();
        thread::spawn(move || forward(out, &sender, Piece::Out));
    }
    if let Some(said) = child.stderr.take() {
        thread::spawn(move || forward(said, &sender, Piece::Said));
    }
    pieces
}

fn forward(mut from: impl Read, to: &Sender<Piece>, piece: fn(Zeroizing<Vec<u8>>) -> Piece) {
    let mut buffer = Zeroizing::new(vec![0; CHUNK]);
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return,
            Ok(read) => {
                let bytes = Zeroizing::new(buffer[..read].to_vec());
                if to.send(piece(bytes)).is_err() {
                    return;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

fn hear(pieces: &Receiver<Piece>, heard: &mut Heard, wait: Duration) -> Moment {
    match pieces.recv_timeout(wait) {
        Ok(Piece::Out(bytes)) => heard.out.extend_from_slice(&bytes),
        Ok(Piece::Said(bytes)) => {
            heard.said.extend_from_slice(&bytes);
            let over = heard.said.len().saturating_sub(COMPLAINTS);
            heard.said.copy_within(over.., 0);
            let kept = heard.said.len() - over;
            heard.said[kept..].zeroize();
            heard.said.truncate(kept);
        }
        Err(RecvTimeoutError::Timeout) => return Moment::Nothing,
        Err(RecvTimeoutError::Disconnected) => return Moment::End,
    }
    Moment::Something
}

/// Ends a program with all that it started and that did not leave its group.
fn end(child: &mut Child) {
    #[cfg(unix)]
    {
        let group = rustix::process::Pid::from_child(child);
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    #[cfg(windows)]
    end_tree(child.id());
    let _ = child.kill();
    // A program that the system cannot end must not hold us.
    let last = Instant::now() + GRACE;
    while Instant::now() < last && matches!(child.try_wait(), Ok(None)) {
        thread::sleep(PAUSE);
    }
}

/// Ends a process and those below it, with the system's own program for that.
#[cfg(windows)]
fn end_tree(id: u32) {
    let root = std::env::var_os("SystemRoot").unwrap_or_else(|| "C:\\Windows".into());
    let program = std::path::Path::new(&root).join("System32\\taskkill.exe");
    let _ = Command::new(program)
        .args(["/T", "/F", "/PID", &id.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
}

#[cfg(all(test, unix))]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::catalog::Store;
    use crate::secret::{Kind, Network};

    fn check(script: &str, limit: Duration) -> Result<Answer, Stop> {
        let environment = [
            ("PATH", "/usr/bin:/bin"),
            ("GATEWAY_TOKEN", "g"),
            ("KEPT", "k"),
            ("MINE", "m"),
        ];
        let environment: BTreeMap<String, String> = environment
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        let call = Call {
            program: PathBuf::from("/bin/sh"),
            name: "sh".to_owned(),
            words: vec!["-c".to_owned(), script.to_owned()],
        };
        let place = Place {
            root: Path::new("/"),
            environment: &environment,
            env_file: &BTreeMap::new(),
            env_file_name: ".env",
            home: None,
            store: &Store::default(),
            kind: Kind::Key,
            withheld: &BTreeSet::from(["MINE".to_owned()]),
            network: Network::Open,
            until: Instant::now() + limit,
        };
        run(&call, &place)
    }

    fn out(script: &str) -> String {
        let answer = check(script, Duration::from_secs(9)).expect(script);
        String::from_utf8_lossy(&answer.out).into_owned()
    }

    #[test]
    fn a_program_gets_its_words_and_no_key_and_no_input() {
        assert_eq!(
            out("echo \"$GATEWAY_TOKEN,$KEPT,$MINE,$LANGUAGE\""),
            ",k,,en\n"
        );
        assert_eq!(out("cat; pwd"), "/\n");
        let answer = check("echo no >&2; exit 3", Duration::from_secs(9)).expect("it ends");
        assert_eq!(
            (answer.status.code(), answer.said.as_slice()),
            (Some(3), b"no\n".as_slice())
        );
        let answer = check(
            "head -c 99999 /dev/zero >&2; echo last >&2",
            Duration::from_secs(9),
        );
        let said = answer.expect("complaints have no limit").said;
        assert!(
            said.len() == COMPLAINTS && said.ends_with(b"last\n"),
            "{}",
            said.len()
        );
    }

    #[test]
    fn a_program_is_ended_when_it_takes_too_long_or_prints_too_much() {
        let begin = Instant::now();
        let slow = check("sleep 30 & sleep 30", Duration::from_millis(100));
        assert!(matches!(slow, Err(Stop::Slow)));
        let deaf = check("exec >&- 2>&-; sleep 30", Duration::from_millis(100));
        assert!(matches!(deaf, Err(Stop::Slow)));
        let endless = check("cat /dev/zero", Duration::from_secs(9));
        assert!(matches!(endless, Err(Stop::TooMuch)));
        assert!(
            begin.elapsed() < Duration::from_secs(5),
            "{:?}",
            begin.elapsed()
        );
    }

    #[test]
    fn a_service_that_holds_the_output_open_is_not_waited_for() {
        let begin = Instant::now();
        assert_eq!(out("sleep 8 & echo k"), "k\n");
        assert!(
            begin.elapsed() < Duration::from_secs(5),
            "{:?}",
            begin.elapsed()
        );
    }
}
