//! Ctrl-C in the middle of `fleet apply`, and how it goes on.
#![cfg(unix)]
#![expect(
    clippy::disallowed_methods,
    reason = "tests make repositories and send signals"
)]

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use claude_scaffold::fleet::ledger::{place, read};
use rustix::process::{Pid, Signal, kill_process};

use crate::tree::{clean, git, temp, tool};

const ALL: usize = 120;

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).expect("a copy");
        }
    }
}

fn repositories(folder: &Path) -> Vec<String> {
    let first = folder.join("repos/r0");
    fs::create_dir_all(&first).expect("folders");
    git(&first, &["init", "-q", "-b", "main"]).ends(0);
    git(&first, &["commit", "-q", "--allow-empty", "-m", "one"]).ends(0);
    let names: Vec<String> = (0..ALL).map(|n| format!("repos/r{n}")).collect();
    for name in names.iter().skip(1) {
        copy(&first, &folder.join(name));
    }
    let file = "version = 1\n[[group]]\nname = \"all\"\nprofile = \"team\"\nrepositories = [\"repos/*\"]\n";
    fs::write(folder.join("claude-fleet.toml"), file).expect("a file");
    names
}

#[test]
fn a_stopped_apply_goes_on_and_no_repository_gets_two_commits() {
    let home = temp();
    let folder = home.path().canonicalize().expect("a folder").join("org");
    fs::create_dir(&folder).expect("a folder");
    let names = repositories(&folder);
    let state = folder.parent().expect("a parent").join("state");
    let ledger = place(&state, &folder.join("claude-fleet.toml"));
    let rows = || {
        read(&ledger)
            .expect("a ledger")
            .map_or(0, |rows| rows.len())
    };

    let mut command = clean(env!("CARGO_BIN_EXE_claude-scaffold"), &folder);
    command
        .args(["fleet", "apply", "--jobs", "1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let child = command.spawn().expect("a run");
    let deadline = Instant::now() + Duration::from_mins(1);
    while rows() < 5 {
        assert!(Instant::now() < deadline, "no row came");
        thread::sleep(Duration::from_millis(1));
    }
    kill_process(Pid::from_child(&child), Signal::INT).expect("a signal");
    let output = child.wait_with_output().expect("an end");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{said}");
    let done = rows();
    assert!((5..ALL).contains(&done), "{done}");
    assert!(
        said.contains(&format!("error: stopped after {done} of {ALL}\n")),
        "{said}"
    );
    assert!(
        said.contains("help: go on: run the same command again\n"),
        "{said}"
    );

    tool(&folder, &["fleet", "apply"]).ends(0);
    assert_eq!(rows(), ALL);
    tool(&folder, &["fleet", "apply"]).ends(0);
    for name in &names {
        let count = ["rev-list", "--count", "main..claude-scaffold"];
        assert_eq!(git(&folder.join(name), &count).ends(0).out, "1\n");
    }
}
