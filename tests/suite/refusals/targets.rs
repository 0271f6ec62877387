//! Targets that must not be touched.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::{INIT, check, file, row};
use crate::tree;

const SETTINGS: &str = ".claude/settings.json";
const EDITOR: &str = ".vscode/settings.json";

#[test]
fn targets_that_are_no_files_of_the_repository() {
    check(
        "targets",
        &[
            row("a link out of the repository", &INIT, |root| {
                tree::put(&root.join("../outside"), b"/mine\n", 0o644);
                symlink("../outside", root.join(".gitignore")).expect("a link");
            }),
            row("an absolute link", &INIT, |root| {
                symlink("/dev/null", root.join(".gitignore")).expect("a link");
            }),
            row("a parent that is a link out of it", &INIT, |root| {
                fs::create_dir(root.join("../outside")).expect("a folder");
                symlink("../outside", root.join(".claude")).expect("a link");
            }),
            row("a link in a circle", &INIT, |root| {
                symlink(".gitignore", root.join(".gitignore")).expect("a link");
            }),
            row("a link to nothing", &INIT, |root| {
                symlink("../nothing", root.join(".gitignore")).expect("a link");
            }),
            row(
                "rules behind a link, which git does not read",
                &INIT,
                |root| {
                    tree::put(&root.join("rules"), b"/mine\n", 0o644);
                    symlink("rules", root.join(".gitignore")).expect("a link");
                },
            ),
            row("one file under two names", &INIT, |root| {
                tree::put(&root.join("both.json"), b"{}\n", 0o644);
                for folder in [".claude", ".vscode"] {
                    fs::create_dir(root.join(folder)).expect("a folder");
                    let link = root.join(folder).join("settings.json");
                    symlink("../both.json", link).expect("a link");
                }
            }),
            row("a link into git's own folder", &INIT, |root| {
                symlink(".git/config", root.join(".gitignore")).expect("a link");
            }),
            row("a folder", &INIT, |root| {
                fs::create_dir(root.join(".gitignore")).expect("a folder");
            }),
            row("a parent that is a file", &INIT, |root| {
                tree::put(&root.join("scripts"), b"", 0o644);
            }),
            row("a pipe", &INIT, |root| {
                let made = tree::clean("mkfifo", root).arg(".gitignore").status();
                assert!(made.expect("it starts").success());
            }),
            row("a socket", &INIT, |root| {
                std::os::unix::net::UnixListener::bind(root.join(".gitignore")).expect("a socket");
            }),
            file(
                "more than 8 MiB",
                ".gitignore",
                "# much\n".repeat(1_300_000),
            ),
            file("not UTF-8", ".gitignore", b"/caf\xe9\n"),
            file("UTF-16 LE", ".gitignore", b"\xff\xfe/\0a\0\n\0"),
            file("UTF-16 BE", SETTINGS, b"\xfe\xff\0{\0}"),
            file("UTF-16 without a BOM", EDITOR, b"{\0}\0\n\0"),
        ],
    );
}

#[test]
fn targets_that_are_not_what_their_name_says() {
    let deep = format!("{}1{}", "[".repeat(129), "]".repeat(129));
    let deep = format!("{{ \"mine\": {deep} }}\n");
    check(
        "syntax",
        &[
            file("a comment", SETTINGS, "{\n  // mine\n  \"a\": 1\n}\n"),
            file("a trailing comma", SETTINGS, "{\n  \"a\": 1,\n}\n"),
            file("cut off", SETTINGS, "{\n  \"a\": {\n"),
            file("a list", SETTINGS, "[]\n"),
            file("two values", SETTINGS, "{}\n{}\n"),
            file("no JSON", SETTINGS, "a: 1\n"),
            file("single quotes", EDITOR, "{\n  'a': 1\n}\n"),
            file("an open comment", EDITOR, "{\n  \"a\": 1 /* mine\n}\n"),
            file(
                "a key twice",
                SETTINGS,
                "{\n  \"env\": {},\n  \"env\": {}\n}\n",
            ),
            file(
                "a key twice, once escaped",
                SETTINGS,
                "{\n  \"env\": {},\n  \"e\\u006ev\": {}\n}\n",
            ),
            file(
                "a key twice, with comments",
                EDITOR,
                "{\n  // mine\n  \"aiCoding.agentConfig\": {},\n  \"aiCoding.agentConfig\": {}\n}\n",
            ),
            file("too deep", EDITOR, deep.clone()),
            file("too deep, strictly", SETTINGS, deep),
            yaml("no YAML", "model: [a\n"),
            yaml("a YAML key twice", "model: a\nmodel: b\n"),
            yaml("a YAML list", "- a\n"),
        ],
    );
}

fn yaml<'a>(what: &'a str, text: &'a str) -> super::Row<'a> {
    let arguments = ["init", "--profile", "multi-model", "--set", super::URL];
    row(what, &arguments, move |root: &Path| {
        tree::put(&root.join(".aider.conf.yml"), text.as_bytes(), 0o644);
    })
}

/// What is no target of the profile may be as broken as it likes.
#[test]
fn a_broken_file_that_is_no_target_is_left_alone() {
    let home = tree::temp();
    tree::git_init(home.path());
    tree::put(&home.path().join(EDITOR), b"{", 0o644);
    tree::put(&home.path().join(".aider.conf.yml"), b"\xff", 0o600);
    let arguments = ["init", "--profile", "solo", "--set", super::URL];
    tree::tool(home.path(), &arguments).ends(0);
}
