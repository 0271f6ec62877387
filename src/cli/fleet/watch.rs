//! How far a run is: a bar on a terminal, else a line now and then; and Ctrl-C, which stops it between two
//! repositories.

#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::signals::Signals;
use crate::cli::host::{Host, show_progress};
use crate::fleet::{RepoReport, Status, Watch};
use crate::model::{Diagnostic, Severity, escape};
use crate::report::{diagnostics, thousands};

/// How often the bar is drawn.
const FRAME: Duration = Duration::from_millis(100);
/// How often a line is printed where no bar can be.
const PAUSE: Duration = Duration::from_secs(5);
/// How often a signal is looked for.
const BLINK: Duration = Duration::from_millis(50);
/// How many failures are told while it goes on.
const TOLD: usize = 20;

/// Shows how far a run is until it is dropped.
pub(super) struct Progress<'a> {
    host: &'a Host,
    shape: Shape,
    state: Mutex<State>,
    signals: Signals,
    over: Arc<AtomicBool>,
}

enum Shape {
    Bar(ProgressBar),
    Lines,
    Nothing,
}

/// How far it is.
#[derive(Debug, Clone, Copy)]
struct Count {
    all: usize,
    done: usize,
    conflicts: usize,
    failed: usize,
}

struct State {
    count: Count,
    start: Instant,
    shown: Instant,
}

impl<'a> Progress<'a> {
    /// Begins to note signals, and to show what it is told.
    pub(super) fn new(host: &'a Host) -> Self {
        let shape = if host.globals.quiet {
            Shape::Nothing
        } else if io::stderr().is_terminal() {
            Shape::Bar(bar())
        } else {
            Shape::Lines
        };
        let signals = Signals::note();
        let over = Arc::new(AtomicBool::new(false));
        answer_signal(&shape, signals.flag(), Arc::clone(&over));
        let count = Count {
            all: 0,
            done: 0,
            conflicts: 0,
            failed: 0,
        };
        let start = Instant::now();
        Self {
            host,
            shape,
            state: Mutex::new(State {
                count,
                start,
                shown: start,
            }),
            signals,
            over,
        }
    }

    /// Takes the bar away and says, if the run was stopped, how it goes on; whether it was.
    pub(super) fn end(&self) -> bool {
        self.over.store(true, Ordering::SeqCst);
        if let Shape::Bar(bar) = &self.shape {
            bar.finish_and_clear();
        }
        let count = self.state().count;
        let is_stopped = self.signals.is_hit() && count.done < count.all;
        self.signals.release();
        if is_stopped {
            self.host.complain(&diagnostics(&[stopped(count)]));
        }
        is_stopped
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells a failure as it happens, above the bar.
    fn tell(&self, bar: &ProgressBar, report: &RepoReport, failed: usize) {
        let text = match failed {
            0..=TOLD => failure(report),
            _ if failed == TOLD + 1 => "further failures are told at the end\n".to_owned(),
            _ => return,
        };
        bar.suspend(|| self.host.say(&text));
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
    }
}

impl Watch for Progress<'_> {
    fn begin(&self, all: usize) {
        let mut state = self.state();
        state.count.all = all;
        state.start = Instant::now();
        state.shown = state.start;
        if let Shape::Bar(bar) = &self.shape {
            bar.set_length(u64::try_from(all).unwrap_or(u64::MAX));
            bar.set_message(line(state.count, Duration::ZERO));
        }
    }

    fn done(&self, report: &RepoReport) {
        let mut state = self.state();
        let count = &mut state.count;
        count.done += 1;
        count.conflicts += usize::from(report.status == Status::Conflict);
        count.failed += usize::from(report.status == Status::Failed);
        let count = *count;
        let pause = match &self.shape {
            Shape::Bar(_) => FRAME,
            Shape::Lines => PAUSE,
            Shape::Nothing => return,
        };
        let is_due = state.shown.elapsed() >= pause;
        let took = state.start.elapsed();
        if is_due {
            state.shown = Instant::now();
        }
        drop(state);
        match &self.shape {
            Shape::Bar(bar) => {
                if is_due {
                    bar.set_position(u64::try_from(count.done).unwrap_or(u64::MAX));
                    bar.set_message(line(count, took));
                }
                if report.status == Status::Failed {
                    self.tell(bar, report, count.failed);
                }
            }
            Shape::Lines if is_due => self.host.say(&(line(count, took) + "\n")),
            Shape::Lines | Shape::Nothing => {}
        }
    }

    fn is_stopped(&self) -> bool {
        self.signals.is_hit()
    }
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    match ProgressStyle::with_template("[{bar:24}] {wide_msg}") {
        Ok(style) => bar.with_style(style.progress_chars("=> ")),
        Err(_) => bar,
    }
}

/// Answers the first signal at once, though a repository in flight may take a while.
fn answer_signal(shape: &Shape, hit: Arc<AtomicBool>, over: Arc<AtomicBool>) {
    const ANSWER: &str = "finishing what is under way; once more ends at once";
    let bar = match shape {
        Shape::Bar(bar) => Some(bar.clone()),
        Shape::Lines => None,
        Shape::Nothing => return,
    };
    thread::spawn(move || {
        while !over.load(Ordering::SeqCst) {
            if hit.load(Ordering::SeqCst) {
                match bar {
                    Some(bar) => bar.println(ANSWER),
                    None => show_progress(&format!("{ANSWER}\n")),
                }
                return;
            }
            thread::sleep(BLINK);
        }
    });
}

/// `1,200 of 10,000: 14 failed, 350/s, 26 s left`.
fn line(count: Count, took: Duration) -> String {
    let mut out = format!("{} of {}", thousands(count.done), thousands(count.all));
    let mut parts = Vec::new();
    for (number, word) in [(count.failed, "failed"), (count.conflicts, "in conflict")] {
        if number > 0 {
            parts.push(format!("{} {word}", thousands(number)));
        }
    }
    let millis = took.as_millis();
    if count.done > 0 && millis > 0 {
        let done = count.done as u128;
        parts.push(rate(done, millis));
        let left = count.all.saturating_sub(count.done) as u128;
        if left > 0 {
            parts.push(format!(
                "{} left",
                span((left * millis / done).div_ceil(1000))
            ));
        }
    }
    if !parts.is_empty() {
        let _ = write!(out, ": {}", parts.join(", "));
    }
    out
}

/// How many a second, or a minute where that would be none.
fn rate(done: u128, millis: u128) -> String {
    let per = |span: u128| usize::try_from(done * span / millis).unwrap_or(usize::MAX);
    match per(1000) {
        0 => format!("{}/min", thousands(per(60_000))),
        second => format!("{}/s", thousands(second)),
    }
}

fn span(seconds: u128) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

fn failure(report: &RepoReport) -> String {
    let all = &report.diagnostics;
    let error = all.iter().find(|found| found.severity == Severity::Error);
    let why = error.or(all.first()).map(|found| found.message.as_str());
    let why = why.unwrap_or("no reason was noted");
    let why = escape(&why.replace('\n', " "));
    format!("error: {}: {why}\n", escape(&report.repository))
}

fn stopped(count: Count) -> Diagnostic {
    let (done, all) = (thousands(count.done), thousands(count.all));
    let problem = Diagnostic::error(
        super::super::ask::INTERRUPTED,
        format!("stopped after {done} of {all}"),
    );
    problem.with_help("go on: run the same command again")
}
