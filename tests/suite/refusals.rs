//! Bad input: a clear error, exit code 2, and nothing changed on the disk.
#![expect(clippy::disallowed_methods, reason = "a test looks at the disk")]

mod targets;
mod values;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Mutex;

use super::tree::{self, Run};

const URL: &str = "gateway.url=https://gw.internal.net/v1";
const INIT: [&str; 5] = ["init", "--profile", "team", "--set", URL];
const MANIFEST: &str = "claude-scaffold.toml";
const LOCKFILE: &str = "claude-scaffold.lock";

/// One thing that is refused.
struct Row<'a> {
    /// What is wrong, as a heading.
    what: &'a str,
    /// Makes it so.
    setup: Box<dyn Fn(&Path) + Sync + 'a>,
    /// What is asked for.
    arguments: Vec<&'a str>,
}

fn row<'a>(what: &'a str, arguments: &[&'a str], setup: impl Fn(&Path) + Sync + 'a) -> Row<'a> {
    Row {
        what,
        setup: Box::new(setup),
        arguments: arguments.to_vec(),
    }
}

/// A row whose only fault is one file.
fn file<'a>(what: &'a str, path: &'a str, text: impl AsRef<[u8]> + Sync + 'a) -> Row<'a> {
    row(what, &INIT, move |root| {
        tree::put(&root.join(path), text.as_ref(), 0o644);
    })
}

/// Runs every row in a repository of its own and compares all messages with a snapshot.
fn check(case: &str, rows: &[Row<'_>]) {
    let found = Mutex::new(BTreeMap::new());
    let numbered: Vec<_> = rows.iter().enumerate().collect();
    tree::each(
        &numbered,
        |(_, row)| row.what.to_owned(),
        |(at, row)| {
            let text = format!("── {}\n{}\n", row.what.escape_debug(), message(row));
            found.lock().expect("nobody panics here").insert(*at, text);
        },
    );
    let found = found.into_inner().expect("nobody panics here");
    let text: Vec<String> = found.into_values().collect();
    tree::snapshot("refusals", case, &text.concat());
}

fn message(row: &Row<'_>) -> String {
    let home = tree::temp();
    let root = home.path().join("app");
    fs::create_dir(&root).expect("a folder");
    tree::git_init(&root);
    (row.setup)(&root);
    let run = refused(row.what, home.path(), || tree::tool(&root, &row.arguments));
    assert!(run.out.is_empty(), "{}: {}", row.what, run.out);
    run.err
        .replace(&home.path().display().to_string(), "[HOME]")
}

/// Asserts that a run was refused as a refusal has to be.
fn refused(what: &str, home: &Path, run: impl FnOnce() -> Run) -> Run {
    let before = tree::whole(home);
    let run = run();
    let talk = format!("{what}:\n{}{}", run.out, run.err);
    assert_eq!(run.code, 2, "{talk}");
    assert!(
        run.err.contains("error: ") || run.err.contains("error["),
        "{talk}"
    );
    assert!(run.err.contains("\nhelp: "), "{talk}");
    assert!(!run.err.contains("defect"), "{talk}");
    tree::same(&talk, &before, &tree::whole(home));
    run
}

/// Sets the repository up and changes a file of it.
fn changed<'a>(path: &'a str, from: &'a str, to: &'a str) -> impl Fn(&Path) + Sync + 'a {
    move |root| {
        tree::tool(root, &INIT).ends(0);
        let text = fs::read_to_string(root.join(path)).expect("a file");
        assert!(text.contains(from), "{text}");
        tree::put(&root.join(path), text.replace(from, to).as_bytes(), 0o644);
    }
}

#[test]
fn commands_that_cannot_be_done() {
    let nothing = |_: &Path| {};
    let set_up = |root: &Path| drop(tree::tool(root, &INIT).ends(0));
    check(
        "commands",
        &[
            row("no manifest", &["apply"], nothing),
            row("no manifest to set", &["set", "models.fast=m"], nothing),
            row(
                "a folder that is not there",
                &["-C", "nowhere", "plan"],
                nothing,
            ),
            row(
                "a file for a folder",
                &["init", "f", "--profile", "team"],
                |root| {
                    tree::put(&root.join("f"), b"", 0o644);
                },
            ),
            row("no scenario fits clearly", &["init"], nothing),
            row(
                "a profile misspelt",
                &["init", "--profile", "entreprise"],
                nothing,
            ),
            row(
                "a profile nobody knows",
                &["init", "--profile", "x"],
                nothing,
            ),
            row(
                "a feature misspelt",
                &["init", "--profile", "team", "--with", "multimodel"],
                nothing,
            ),
            row(
                "a feature nobody knows",
                &["init", "--profile", "team", "--without", "x"],
                nothing,
            ),
            row("no key", &["set", "models"], set_up),
            row(
                "a key misspelt",
                &["set", "gateway.ulr=https://gw.example"],
                set_up,
            ),
            row(
                "everything wrong at once",
                &[
                    "set",
                    "gatewy.url=x",
                    "profile=x",
                    "models.fast=a b",
                    "visibility=all",
                ],
                set_up,
            ),
            row(
                "other answers than the manifest's",
                &["init", "--profile", "solo", "--set", "models.fast=m"],
                set_up,
            ),
            row(
                "a lockfile that may not change",
                &["set", "--locked", "models.fast=m"],
                set_up,
            ),
        ],
    );
}

#[test]
fn manifests_that_cannot_be_read() {
    let manifest = |what, text| {
        row(what, &["apply"], move |root: &Path| {
            tree::put(&root.join(MANIFEST), text, 0o644);
        })
    };
    check(
        "manifests",
        &[
            manifest("empty", b"".as_slice()),
            manifest("no profile", b"version = 1\n"),
            manifest("no TOML", b"version = 1\nprofile = \"team\n[gateway\n"),
            manifest("a key twice", b"version = 1\nprofile = \"team\"\nprofile = \"solo\"\n"),
            manifest("newer", b"version = 2\nprofile = \"team\"\n"),
            manifest("not UTF-8", b"version = 1\nprofile = \"\xff\"\n"),
            manifest("UTF-16", b"\xff\xfev\0e\0r\0"),
            manifest(
                "every problem at once",
                b"version = \"1\"\nprofile = \"tem\"\nfeatures = [\"vscod\", 1]\nvisibility = \"all\"\n\
                pack = \"git+https://git.example.com/x\"\n[gateway]\nurl = 1\nkind = \"litelm\"\n\
                timeout_ms = \"fast\"\n[credential]\nref = \"VAULTS:x\"\nheader = \"basic\"\n\
                [models]\ndefault = \"\"\nfallback = \"a\"\n[telemetry]\nproject_tag = \" x\"\n\
                [launcher]\npath = \"../run.sh\"\nscript = \"x\"\n[unknown]\na = 1\n",
            ),
            row("a folder", &["apply"], |root| {
                fs::create_dir(root.join(MANIFEST)).expect("a folder");
            }),
            row("a link out of the repository", &["apply"], |root| {
                let outside = root.join("../outside.toml");
                tree::put(&outside, b"version = 1\nprofile = \"team\"\n", 0o644);
                std::os::unix::fs::symlink("../outside.toml", root.join(MANIFEST)).expect("a link");
            }),
        ],
    );
}

#[test]
fn lockfiles_that_cannot_be_used() {
    let lockfile = |what, from, to| row(what, &["apply"], changed(LOCKFILE, from, to));
    check(
        "lockfiles",
        &[
            lockfile(
                "conflict markers",
                "[feature]\n",
                "[feature]\n<<<<<<< HEAD\n=======\n>>>>>>> other\n",
            ),
            lockfile("broken", "source = ", "source "),
            lockfile("newer", "version = 2", "version = 3"),
            lockfile(
                "a path that escapes",
                "[file.\".gitignore\"",
                "[file.\"../x\"",
            ),
            lockfile(
                "a path of git's",
                "[file.\".gitignore\"",
                "[file.\".git/config\"",
            ),
            lockfile("other templates", "docs = \"", "docs = \"0"),
            row("newer templates", &["apply"], |root| {
                changed(LOCKFILE, "docs = \"", "docs = \"0")(root);
                let text = fs::read_to_string(root.join(LOCKFILE)).expect("a file");
                let version = text.lines().find(|line| line.starts_with("templates = "));
                let newer = text.replacen(version.expect("a version"), "templates = \"99\"", 1);
                assert_ne!(text, newer);
                tree::put(&root.join(LOCKFILE), newer.as_bytes(), 0o644);
            }),
            row("a folder", &["apply"], |root| {
                tree::tool(root, &INIT).ends(0);
                fs::remove_file(root.join(LOCKFILE)).expect("removed");
                fs::create_dir(root.join(LOCKFILE)).expect("a folder");
            }),
        ],
    );
}

#[test]
fn a_folder_that_cannot_be_written() {
    let home = tree::temp();
    let root = home.path().join("app");
    fs::create_dir(&root).expect("a folder");
    tree::git_init(&root);
    let script = "mount --bind . . && cd \"$PWD\" && mount -o remount,ro,bind . && exec \"$@\"";
    let run = |arguments: &[&str]| {
        let mut command = tree::clean("unshare", &root);
        command
            .args(["-m", "sh", "-c", script, "sh"])
            .args(arguments);
        tree::finish(command)
    };
    if run(&["true"]).code != 0 {
        return tree::skipped("no right to mount a folder read-only");
    }
    let tool = env!("CARGO_BIN_EXE_claude-scaffold");
    let run = refused("read-only", home.path(), || {
        run(&[&[tool], &INIT[..]].concat())
    });
    assert!(run.err.contains("Read-only file system"), "{}", run.err);
}
