//! The user's preferences: they change how output looks and what is offered, never what is written.
#![expect(clippy::disallowed_methods, reason = "tests write what they look at")]

use std::fs;
use std::path::Path;

use crate::tree::{self, Run, temp, tool_with};

fn prefers(folder: &Path, home: &Path, text: &str, arguments: &[&str]) -> Run {
    let config = home.join("claude-scaffold");
    fs::create_dir_all(&config).expect("a folder");
    fs::write(config.join("config.toml"), text).expect("a file");
    tool_with(folder, arguments, |command| {
        command.env("XDG_CONFIG_HOME", home);
    })
}

#[test]
fn colour_is_a_preference_that_the_command_line_overrides() {
    let (folder, home) = (temp(), temp());
    let init = ["init", "-n", "-v", "--profile", "solo"];
    let coloured = prefers(folder.path(), home.path(), "color = \"always\"\n", &init).ends(0);
    assert!(coloured.out.contains("\u{1b}["), "{}", coloured.out);
    let plain = [&init[..], &["--color", "never"]].concat();
    let plain = prefers(folder.path(), home.path(), "color = \"always\"\n", &plain).ends(0);
    assert!(!plain.out.contains('\u{1b}'), "{}", plain.out);
}

#[test]
fn what_is_offered_is_not_taken_without_a_question() {
    let (one, two, home) = (temp(), temp(), temp());
    let text = "[init]\nprofile = \"solo\"\ngateway_url = \"https://gw.example/v1\"\n";
    prefers(
        one.path(),
        home.path(),
        text,
        &["init", "--profile", "team"],
    )
    .ends(0);
    tree::tool(two.path(), &["init", "--profile", "team"]).ends(0);
    tree::same(
        "preferences",
        &tree::tree(two.path()),
        &tree::tree(one.path()),
    );
}

#[test]
fn a_file_that_cannot_be_used_is_left_out_and_said_so() {
    let (folder, home) = (temp(), temp());
    let init = ["init", "-n", "--profile", "solo"];
    let run = prefers(folder.path(), home.path(), "color = 5\n", &init).ends(0);
    assert!(run.err.contains("config.toml:1:9"), "{}", run.err);
    assert!(run.err.contains("help: it may hold `color`"), "{}", run.err);
}
