//! Links, folders and other things that are no text file of the repository.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "tests look at the disk")]

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use claude_scaffold::apply::{ApplyError, lock};
use claude_scaffold::model::Actual;
use claude_scaffold::observe::actual_below;

use crate::ground::{Ground, change, path, plan};

#[test]
fn what_is_no_text_file_inside_the_repository_is_refused() {
    let ground = Ground::new();
    let root = &ground.place.root;
    let outside = ground.dir.path().join("outside");
    fs::create_dir(&outside).expect("a folder");
    fs::write(outside.join("file"), "x").expect("a file");
    fs::create_dir(root.join("dir")).expect("a folder");
    fs::create_dir_all(root.join(".git/hooks")).expect("a folder");
    ground.write("file", "x");
    ground.write("utf16", b"\xff\xfe{\0}\0");
    ground.write("utf16be", b"\0{\0}");
    ground.write("latin1", b"\xe9");
    ground.write("binary", b"some\0thing");
    fs::File::create(root.join("big"))
        .and_then(|f| f.set_len(8 * 1024 * 1024 + 1))
        .expect("a file");
    symlink("../outside/file", root.join("out")).expect("a link");
    symlink(outside.join("file"), root.join("absolute")).expect("a link");
    symlink("../outside", root.join("outdir")).expect("a link");
    symlink("nothing", root.join("dangling")).expect("a link");
    symlink("loop", root.join("loop")).expect("a link");
    symlink(".git/hooks", root.join("hooks")).expect("a link");
    symlink("/dev/null", root.join("device")).expect("a link");
    let _socket = UnixListener::bind(root.join("socket")).expect("a socket");
    let fifo = Command::new("mkfifo").arg(root.join("fifo")).status();
    assert!(fifo.expect("mkfifo").success());
    for (name, what) in [
        ("dir", "a directory"),
        ("utf16", "UTF-16"),
        ("utf16be", "UTF-16"),
        ("latin1", "not UTF-8"),
        ("binary", "binary"),
        ("big", "larger than 8 MiB"),
        ("out", "a link that leaves the repository"),
        ("absolute", "a link that leaves the repository"),
        ("outdir/new", "below a link that leaves the repository"),
        ("dangling", "a link to nothing"),
        ("hooks/pre-commit", "below a link into git's own folder"),
        ("device", "a link that leaves the repository"),
        ("socket", "a socket"),
        ("fifo", "a FIFO"),
        ("file/below/it", "below a file"),
    ] {
        let seen = actual_below(root, std::iter::once(&path(name)));
        assert_eq!(seen[&path(name)], Actual::Other(what.to_owned()), "{name}");
        let error = ground.refuses(&plan(vec![
            change("first", None, Some("ours\n")),
            change(name, None, Some("ours\n")),
        ]));
        assert!(error.to_string().ends_with(what), "{error}");
    }
    let seen = actual_below(root, std::iter::once(&path("loop")));
    assert!(matches!(seen[&path("loop")], Actual::Other(_)));
    assert_eq!(
        fs::read_to_string(outside.join("file")).expect("a file"),
        "x"
    );
    assert_eq!(fs::read_dir(&outside).expect("a folder").count(), 1);
}

#[test]
fn links_that_stay_inside_are_followed_and_kept() {
    let ground = Ground::new();
    let root = &ground.place.root;
    ground.write("shared/real", "x\n");
    fs::create_dir(root.join("sub")).expect("a folder");
    symlink("../shared/real", root.join("sub/link")).expect("a link");
    symlink("shared", root.join("folder")).expect("a link");
    symlink(root.join("shared/real"), root.join("absolute")).expect("a link");
    let before = ground.tree();
    let link = || change("sub/link", Some("x\n"), Some("y\n"));
    ground.apply(&plan(vec![link(), change("folder/new", None, Some("z\n"))]));
    let after = ground.tree();
    assert_eq!(after["sub/link"], before["sub/link"]);
    assert_eq!(after["shared/real"].1, b"y\n");
    assert_eq!(after["shared/new"].1, b"z\n");
    ground.undo();
    assert_eq!(ground.tree(), before);
    ground.apply(&plan(vec![change("absolute", Some("x\n"), Some("y\n"))]));
    assert_eq!(ground.read("shared/real"), "y\n");
    ground.undo();
    let twice = plan(vec![
        link(),
        change("folder/real", Some("x\n"), Some("z\n")),
    ]);
    assert!(matches!(
        ground.refuses(&twice),
        ApplyError::SameFile { .. }
    ));
    let deleted = plan(vec![change("sub/link", Some("x\n"), None)]);
    assert!(matches!(
        ground.refuses(&deleted),
        ApplyError::DeleteLink { .. }
    ));
}

#[test]
fn a_folder_that_turns_into_a_link_leads_nowhere() {
    let ground = Ground::new();
    let (root, outside) = (&ground.place.root, ground.dir.path().join("outside"));
    fs::create_dir(&outside).expect("a folder");
    ground.write("d/kept", "");
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            // The tool may make the folder while it is away, so any of these may fail.
            while !done.load(Ordering::Relaxed) {
                let _ = fs::rename(root.join("d"), root.join("aside"));
                let _ = symlink(&outside, root.join("d"));
                let _ = fs::remove_file(root.join("d"));
                let _ = fs::rename(root.join("aside"), root.join("d"));
            }
        });
        for n in 0..300 {
            let changes = vec![change(&format!("d/new-{n}"), None, Some("ours\n"))];
            // Most runs are refused, and some cannot be taken back until the folder stands still.
            let _ = lock(&ground.place).and_then(|session| session.apply(&plan(changes)));
        }
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(fs::read_dir(&outside).expect("a folder").count(), 0);
    lock(&ground.place).expect("whatever was open is settled");
}
