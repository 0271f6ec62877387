//! The `claude-scaffold` program.

fn main() {}
