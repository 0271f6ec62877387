//! Where a fleet's repositories come from: the fleet file, lists of forges, the disk.
#![expect(clippy::disallowed_methods, reason = "a test makes its repositories")]

mod ci;
mod file;
mod listing;
mod members;
mod which;

use std::fmt::Write as _;

use claude_scaffold::model::Diagnostic;
use claude_scaffold::report;

/// A heading and what was said.
fn said(out: &mut String, what: &str, problems: &[Diagnostic]) {
    let _ = writeln!(out, "── {what}\n{}", report::diagnostics(problems));
}
