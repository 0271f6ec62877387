//! The `claude-scaffold` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    claude_scaffold::cli::catch_defects();
    claude_scaffold::cli::run()
}
