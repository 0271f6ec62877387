//! Keys that are kept for a short while.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use tempfile::TempDir;

use super::{KEY, World, fails, gives};
use crate::tree::skipped;

/// A runtime folder as the system makes it; none where there is no file system in memory.
fn runtime() -> Option<TempDir> {
    let made = tempfile::Builder::new()
        .prefix("runtime")
        .tempdir_in("/dev/shm");
    let Ok(folder) = made else {
        skipped("there is no file system in memory at /dev/shm");
        return None;
    };
    allow(folder.path(), 0o700);
    Some(folder)
}

fn allow(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("ours");
}

fn name(path: &Path) -> &str {
    path.to_str().expect("its name is text")
}

fn kept(runtime: &Path) -> usize {
    let folder = fs::read_dir(runtime.join("claude-scaffold"));
    folder.map_or(0, Iterator::count)
}

#[test]
fn a_kept_key_is_not_asked_for_again_until_it_is_forgotten() {
    let Some(runtime) = runtime() else { return };
    let world = World::new();
    let here = ("XDG_RUNTIME_DIR", name(runtime.path()));
    let ask = |words: &[&str], more: &[(&str, &str)]| {
        let words = [&["--ref", "OP:a/b/c"], words].concat();
        world.key(&words, &[&[here], more].concat())
    };
    world.answer(KEY.as_bytes());
    gives(ask(&[], &[]), KEY);
    assert_eq!(kept(runtime.path()), 0);
    gives(ask(&["--cache", "60"], &[]), KEY);
    assert_eq!(kept(runtime.path()), 1);
    world.answer(b"another");
    gives(ask(&["--cache", "60"], &[]), KEY);
    gives(ask(&["--cache", "60"], &[("FAKE_SAYS", "logged_out")]), KEY);
    gives(ask(&[], &[]), "another");
    gives(
        ask(&["--cache", "60"], &[("OP_ACCOUNT", "other")]),
        "another",
    );
    let elsewhere = world.folder.path();
    let words = ["--ref", "OP:a/b/c", "--cache", "60"];
    gives(world.key_in(elsewhere, &words, &[here]), "another");
    assert_eq!(kept(runtime.path()), 3);
    let folder = runtime.path().join("claude-scaffold");
    for entry in fs::read_dir(&folder).expect("the folder").flatten() {
        let mode = entry.metadata().expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(!entry.file_name().to_string_lossy().contains("OP"));
    }
    gives(ask(&["--cache", "0"], &[]), "another");
    assert_eq!(kept(runtime.path()), 0);
}

#[test]
fn keys_of_the_environment_are_not_kept_and_old_ones_go() {
    let Some(runtime) = runtime() else { return };
    let world = World::declaring("OP:a/b/c", &[]);
    world.answer(KEY.as_bytes());
    let here = ("XDG_RUNTIME_DIR", name(runtime.path()));
    gives(
        world.key(&["--cache", "60"], &[here, ("GATEWAY_TOKEN", "given")]),
        "given",
    );
    assert_eq!(kept(runtime.path()), 0);
    let folder = runtime.path().join("claude-scaffold");
    for (name, text) in [
        ("old", "1\nk-old"),
        ("broken", "?"),
        ("never", "99999999999\nk-never"),
    ] {
        fs::write(folder.join(name), text).expect("a file");
    }
    gives(
        world.key(&[], &[here, ("CLAUDE_SCAFFOLD_KEY_CACHE", "60")]),
        KEY,
    );
    assert_eq!(kept(runtime.path()), 1);
}

#[test]
fn nothing_is_kept_where_others_could_read_it() {
    let world = World::new();
    world.answer(KEY.as_bytes());
    let words = ["--ref", "OP:a/b/c", "--cache", "60"];
    let refused = |variables: &[(&str, &str)], why: &str| {
        let run = gives(world.key(&words, variables), KEY);
        assert!(
            run.err.contains("note: no key is kept: ") && run.err.contains(why),
            "{}",
            run.err
        );
    };
    if !cfg!(target_os = "linux") {
        return refused(&[], "this system has no storage in memory");
    }
    refused(&[], "`XDG_RUNTIME_DIR` names no folder");
    refused(
        &[("XDG_RUNTIME_DIR", "relative")],
        "`XDG_RUNTIME_DIR` names no folder",
    );
    let none = world.folder.path().join("none");
    refused(&[("XDG_RUNTIME_DIR", name(&none))], "cannot use `/");
    let Some(runtime) = runtime() else { return };
    let link = world.folder.path().join("link");
    symlink(runtime.path(), &link).expect("no such name");
    refused(
        &[("XDG_RUNTIME_DIR", name(&link))],
        "is not a folder of the user's alone",
    );
    allow(runtime.path(), 0o755);
    refused(
        &[("XDG_RUNTIME_DIR", name(runtime.path()))],
        "is not a folder of the user's alone",
    );
    allow(runtime.path(), 0o700);
    symlink("/tmp", runtime.path().join("claude-scaffold")).expect("no such name");
    refused(
        &[("XDG_RUNTIME_DIR", name(runtime.path()))],
        "is not a folder of the user's alone",
    );
}

#[test]
fn a_key_is_kept_for_a_quarter_of_an_hour_at_most() {
    let world = World::new();
    world.answer(KEY.as_bytes());
    let words = ["--ref", "OP:a/b/c", "--cache", "901"];
    fails(world.key(&words, &[]), &["901 is not in 0..=900"]);
    let wrong = [("CLAUDE_SCAFFOLD_KEY_CACHE", "soon")];
    let run = gives(world.key(&words[..2], &wrong), KEY);
    assert!(
        run.err.contains("`key.cache` is no number of seconds"),
        "{}",
        run.err
    );
}
