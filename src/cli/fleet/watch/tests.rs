//! What is shown of a run, and what signals do to it.
#![cfg_attr(
    unix,
    expect(
        clippy::disallowed_methods,
        clippy::print_stdout,
        reason = "signals are sent to a child, which is this test again"
    )
)]

use super::*;

fn check(done: usize, conflicts: usize, failed: usize, millis: u64) -> String {
    let all = 10_000;
    let count = Count {
        all,
        done,
        conflicts,
        failed,
    };
    line(count, Duration::from_millis(millis))
}

#[test]
fn a_line_says_how_far_how_fast_and_how_long() {
    assert_eq!(check(0, 0, 0, 0), "0 of 10,000");
    assert_eq!(check(0, 0, 0, 7_000), "0 of 10,000");
    assert_eq!(
        check(1_200, 0, 14, 3_429),
        "1,200 of 10,000: 14 failed, 349/s, 26 s left"
    );
    assert_eq!(
        check(2, 1, 0, 60_000),
        "2 of 10,000: 1 in conflict, 2/min, 83 h 19 min left"
    );
    assert_eq!(
        check(9_000, 0, 0, 900_000),
        "9,000 of 10,000: 10/s, 1 min 40 s left"
    );
    assert_eq!(
        check(10_000, 2, 1, 1_000),
        "10,000 of 10,000: 1 failed, 2 in conflict, 10,000/s"
    );
}

#[test]
fn a_failure_is_one_line_without_controls() {
    let mut report = RepoReport::new("a\u{1b}b", "all", "b", Status::Failed);
    assert_eq!(failure(&report), "error: a\\u{1b}b: no reason was noted\n");
    report.diagnostics = vec![
        Diagnostic::note("git", "looked"),
        Diagnostic::error("git", "one\ntwo"),
    ];
    assert_eq!(failure(&report), "error: a\\u{1b}b: one two\n");
}

#[test]
fn a_stopped_run_says_how_to_go_on() {
    let count = Count {
        all: 2_914,
        done: 812,
        conflicts: 0,
        failed: 0,
    };
    assert_eq!(
        diagnostics(&[stopped(count)]),
        "error: stopped after 812 of 2,914\nhelp: go on: run the same command again\n"
    );
}

#[cfg(unix)]
mod child {
    use std::env;
    use std::io::{BufRead as _, BufReader};
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::{self, Child, Command, Output, Stdio};

    use clap::Parser as _;
    use rustix::process::{Pid, Signal, kill_process};

    use super::*;
    use crate::cli::args::Cli;

    const ACT: &str = "SUITE_WATCH_ACT";

    #[test]
    fn child() {
        let Ok(act) = env::var(ACT) else { return };
        let words = ["claude-scaffold", "fleet", "status"];
        let quiet = (act == "quiet").then_some("--quiet");
        let cli = Cli::try_parse_from(words.into_iter().chain(quiet)).expect("a command");
        let host = Host::new(cli.globals).expect("a folder");
        let progress = Progress::new(&host);
        let all = if act == "after" { 230 } else { 400 };
        progress.begin(all);
        let mut report = RepoReport::new("a", "all", "b", Status::Failed);
        report.diagnostics = vec![Diagnostic::error("git", "no access")];
        for number in 0..all {
            if progress.is_stopped() && act != "deaf" {
                break;
            }
            thread::sleep(Duration::from_millis(25));
            progress.done(&report);
            report.status = if number % 50 == 49 {
                Status::Failed
            } else {
                Status::Changed
            };
        }
        let is_stopped = progress.end();
        if act == "after" {
            println!("\nended");
            thread::sleep(Duration::from_secs(20));
        }
        process::exit(if is_stopped { 130 } else { 0 });
    }

    fn start(act: &str) -> Child {
        let program = env::current_exe().expect("this program");
        let mut command = Command::new(program);
        command
            .args(["--exact", "cli::fleet::watch::tests::child::child"])
            .args(["--test-threads=1", "--nocapture"])
            .env(ACT, act)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.spawn().expect("a child")
    }

    /// Sends signals, some time apart, and waits for the end.
    fn end(act: &str, signals: &[Signal]) -> (Output, Duration, String) {
        let child = start(act);
        for signal in signals {
            thread::sleep(Duration::from_millis(1500));
            let id = Pid::from_child(&child);
            kill_process(id, *signal).expect("a signal");
        }
        let begin = Instant::now();
        let output = child.wait_with_output().expect("an end");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output, begin.elapsed(), said)
    }

    #[test]
    fn the_first_signal_stops_between_two_repositories() {
        for signal in [Signal::INT, Signal::TERM] {
            let (output, took, said) = end("hear", &[signal]);
            assert_eq!(output.status.code(), Some(130), "{said}");
            assert!(took < Duration::from_secs(2), "{took:?}");
            // Where nothing was in flight for long, there is nothing to be said of it.
            let answer = "finishing what is under way; once more ends at once\n";
            let rest = said.strip_prefix(answer).unwrap_or(&said);
            let second = rest.lines().next().unwrap_or_default();
            assert!(second.starts_with("error: stopped after "), "{said}");
            assert!(second.ends_with(" of 400"), "{said}");
            assert!(said.ends_with("run the same command again\n"), "{said}");
        }
    }

    #[test]
    fn the_second_signal_ends_at_once() {
        let (output, took, said) = end("deaf", &[Signal::INT, Signal::TERM]);
        assert_eq!(output.status.code(), Some(130), "{said}");
        assert!(took < Duration::from_secs(2), "{took:?}");
        assert!(said.contains("finishing what is under way"), "{said}");
        assert!(!said.contains("stopped after"), "{said}");
    }

    #[test]
    fn lines_are_few_and_signals_mean_afterwards_what_they_always_do() {
        let mut child = start("after");
        let out = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut lines = out.lines().map_while(Result::ok);
        assert!(lines.any(|line| line == "ended"));
        kill_process(Pid::from_child(&child), Signal::INT).expect("a signal");
        let output = child.wait_with_output().expect("an end");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.signal(), Some(2), "{said}");
        let lines: Vec<&str> = said.lines().collect();
        assert!((1..=2).contains(&lines.len()), "{said}");
        let first = lines.first().copied().unwrap_or_default();
        assert!(
            first.contains(" of 230: ") && first.ends_with(" left"),
            "{said}"
        );
    }

    #[test]
    fn quiet_says_only_that_it_was_stopped() {
        let (output, _, said) = end("quiet", &[Signal::INT]);
        assert_eq!(output.status.code(), Some(130), "{said}");
        assert!(said.starts_with("error: stopped after "), "{said}");
    }
}
