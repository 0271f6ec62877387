//! How far a long search is: one line on a terminal, gone when it ends.

use std::io::{self, IsTerminal as _};

use super::host::{Host, show_progress};

/// Shorter searches end before anybody reads a line.
const SHORT: usize = 2_000;

/// Returns what shows progress; nothing is shown where nobody looks.
pub(super) fn progress(host: &Host) -> impl Fn(usize, usize) + Sync + use<> {
    let is_shown = io::stderr().is_terminal() && !host.globals.quiet && !host.json();
    move |done, all| {
        if !is_shown || all < SHORT {
            return;
        }
        let line = if done == all {
            "\r\x1b[K".to_owned()
        } else {
            format!("\r\x1b[Kkeys: {done} of {all} files searched")
        };
        show_progress(&line);
    }
}
