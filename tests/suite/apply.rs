//! `observe` and `apply` on real folders: what is written, refused, waited for.
#![expect(clippy::disallowed_methods, reason = "tests look at the disk")]

use std::fs;
use std::thread;

use claude_scaffold::apply::{ApplyError, Settled, lock, readable};
use claude_scaffold::model::{FileChange, Mode};

use crate::ground::{Ground, Tree, change, chmod, collect, plan};

#[test]
fn a_plan_that_writes_nothing_touches_nothing() {
    let ground = Ground::new();
    ground.write("a", "x");
    let before = ground.tree();
    let written = ground.apply(&plan(vec![change("a", Some("x"), Some("x"))]));
    assert!(written.is_empty());
    assert_eq!(ground.tree(), before);
    let state: Vec<_> = fs::read_dir(&ground.place.state).expect("state").collect();
    assert_eq!(state.len(), 1, "only the lock");
}

#[test]
fn a_target_that_is_not_what_was_planned_stops_everything() {
    let ground = Ground::new();
    ground.write("b", "edited\n");
    ground.write("there", "");
    let first = || change("a", None, Some("ours\n"));
    for second in [
        change("b", Some("planned\n"), Some("ours\n")),
        change("there", None, Some("ours\n")),
        change("absent", Some("x"), None),
    ] {
        let error = ground.refuses(&plan(vec![first(), second]));
        assert!(matches!(error, ApplyError::Changed { .. }), "{error}");
    }
}

#[test]
fn many_writers_leave_one_right_state() {
    let ground = Ground::new();
    ground.write("n", "0");
    thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| {
                let session = lock(&ground.place).expect("the lock");
                assert_eq!(session.settled(), None);
                let now = ground.read("n");
                let next = (now.parse::<u32>().expect("a number") + 1).to_string();
                let changes = vec![change("n", Some(&now), Some(&next))];
                session.apply(&plan(changes)).expect("an apply");
            });
        }
        for _ in 0..5 {
            scope.spawn(|| readable(&ground.place).expect("readers wait"));
        }
    });
    assert_eq!(ground.read("n"), "20");
    assert_eq!(ground.tree().len(), 1);
}

#[test]
fn a_writer_that_stays_at_work_is_waited_for_but_not_forever() {
    let ground = Ground::new();
    let _session = lock(&ground.place).expect("the lock");
    thread::scope(|scope| {
        scope.spawn(|| {
            let error = readable(&ground.place).expect_err("a writer is at work");
            assert!(matches!(error, ApplyError::Busy { .. }), "{error}");
        });
        let error = lock(&ground.place).expect_err("a writer is at work");
        assert!(matches!(error, ApplyError::Busy { .. }), "{error}");
    });
}

#[test]
fn a_reader_names_an_open_journal_and_leaves_it() {
    let ground = Ground::new();
    ground.apply(&plan(vec![change("a", None, Some("x\n"))]));
    let journal = ground.place.state.join("journal");
    fs::rename(ground.place.state.join("undo-1"), &journal).expect("a journal");
    let error = readable(&ground.place).expect_err("an open journal");
    assert!(matches!(error, ApplyError::Unsettled { .. }), "{error}");
    assert!(journal.exists());
    let session = lock(&ground.place).expect("the lock");
    assert_eq!(session.settled(), Some(Settled::Finished));
    assert_eq!(ground.read("a"), "x\n");
    assert!(!journal.exists());
}

#[test]
fn a_journal_of_another_version_is_named_and_kept() {
    let ground = Ground::new();
    ground.apply(&plan(Vec::new()));
    let journal = ground.place.state.join("journal");
    fs::write(&journal, "{\"version\":99}\n").expect("a journal");
    let error = lock(&ground.place).expect_err("a foreign journal");
    assert!(matches!(error, ApplyError::Foreign { .. }), "{error}");
    assert!(journal.exists());
}

#[cfg(unix)]
#[cfg(unix)]
#[cfg(unix)]
#[test]
fn modes_are_the_users_but_for_the_executable_bit() {
    let ground = Ground::new();
    let at = |name: &str| ground.place.root.join(name);
    for (name, bits) in [("text", 0o640), ("script", 0o604), ("gone", 0o600)] {
        ground.write(name, "x\n");
        chmod(&at(name), bits);
    }
    let before = ground.tree();
    ground.apply(&plan(vec![
        change("text", Some("x\n"), Some("y\n")),
        FileChange {
            mode: Mode::Executable,
            ..change("script", Some("x\n"), Some("x\n"))
        },
        change("gone", Some("x\n"), None),
    ]));
    let after = ground.tree();
    assert_eq!(after["text"].0 & 0o7777, 0o640);
    assert_eq!(after["script"].0 & 0o7777, 0o705);
    ground.undo();
    assert_eq!(ground.tree(), before);
}

#[cfg(unix)]
#[test]
fn the_state_folder_is_for_the_user_alone_and_holds_no_file() {
    let ground = Ground::new();
    let before = "{\n  \"key\": \"private-value\"\n}\n";
    let after = "{\n  \"key\": \"private-value\",\n  \"ours\": 1\n}\n";
    ground.write("a.json", before);
    ground.apply(&plan(vec![change("a.json", Some(before), Some(after))]));
    let mut state = Tree::new();
    collect(ground.dir.path(), "state", &mut state);
    for (name, (bits, content)) in state {
        assert_eq!(bits & 0o077, 0, "{name}");
        assert!(
            !String::from_utf8_lossy(&content).contains("private-value"),
            "{name}"
        );
    }
}

#[test]
fn a_folder_that_a_deletion_leaves_empty_goes() {
    let ground = Ground::new();
    ground.write("a/b/file", "x\n");
    ground.write("a/kept", "y\n");
    let before = ground.tree();
    ground.apply(&plan(vec![change("a/b/file", Some("x\n"), None)]));
    let tree = ground.tree();
    assert_eq!(tree.keys().collect::<Vec<_>>(), ["a", "a/kept"]);
    ground.undo();
    assert_eq!(ground.tree(), before);
}

#[test]
fn a_second_apply_never_drops_the_journal_of_the_first() {
    let ground = Ground::new();
    let session = lock(&ground.place).expect("the lock");
    let journal = ground.place.state.join("journal");
    fs::write(&journal, "").expect("a journal");
    let error = session.apply(&plan(vec![change("a", None, Some("x\n"))]));
    assert!(matches!(error, Err(ApplyError::State { .. })), "{error:?}");
    assert!(journal.exists() && ground.tree().is_empty());
}
