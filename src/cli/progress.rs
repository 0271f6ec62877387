//! How far a long search is: one line on a terminal, gone when it ends.

use std::io::{self, IsTerminal, Write as _};

use super::host::Host;

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
        let mut out = io::stderr().lock();
        let _ = out.write_all(line.as_bytes());
        let _ = out.flush();
    }
}
