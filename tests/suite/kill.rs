//! A run that is killed, or that the system stops, at any step leaves the old state or the new one.
//!
//! The test starts itself again as a child, whose act and place come through the environment.
#![cfg(target_os = "linux")]
#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests look at the disk, start programs and say what they skip"
)]

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output};

use claude_scaffold::apply::{Settled, lock};
use claude_scaffold::model::{FileChange, Mode, Plan};

use crate::apply::{Ground, Tree, change, place_in, plan};

const ACT: &str = "SUITE_KILL_ACT";
const PLACE: &str = "SUITE_KILL_PLACE";

/// Every call that changes something on the disk.
const CALLS: [&str; 10] = [
    "openat", "openat2", "mkdir", "mkdirat", "write", "fsync", "fdatasync", "linkat", "rename,renameat,renameat2",
    "unlink,unlinkat",
];

fn edited() -> Plan {
    let script = change("bin/run.sh", Some("#!/bin/sh\n"), Some("#!/bin/sh\n"));
    Plan {
        changes: vec![
            FileChange { mode: Mode::Executable, ..script },
            change("gone", Some("gone\n"), None),
            change("made/deep/a", None, Some("a\n")),
            change("settings.json", Some("{}\r\n"), Some("{\"a\":1}\r\n")),
        ],
        own: vec![change("z.lock", Some("old\n"), Some("new\n"))],
        ..Plan::default()
    }
}

fn before() -> Ground {
    let ground = Ground::new();
    ground.write("bin/run.sh", "#!/bin/sh\n");
    ground.write("gone", "gone\n");
    ground.write("settings.json", "{}\r\n");
    ground.write("z.lock", "old\n");
    ground
}

#[test]
fn child() {
    let Ok(act) = env::var(ACT) else { return };
    let place = place_in(Path::new(&env::var(PLACE).expect("a place")));
    let session = lock(&place).expect("the lock");
    match act.as_str() {
        "apply" => drop(session.apply(&edited()).expect("an apply")),
        "large" => {
            let text = "x".repeat(300_000);
            let changes = (0..10).map(|n| change(&format!("d{n}/file"), None, Some(&text)));
            session.apply(&plan(changes.collect())).expect("an apply");
        }
        "undo" => {
            let plan = session.undo_plan().expect("a plan").expect("an entry");
            session.undo(&plan).expect("an undo");
        }
        _ => {}
    }
}

fn run_child(wrapper: &[&str], act: &str, folder: &Path) -> Output {
    let program = env::current_exe().expect("this program");
    let mut command = match wrapper.split_first() {
        Some((first, rest)) => {
            let mut command = Command::new(first);
            command.args(rest).arg(&program);
            command
        }
        None => Command::new(&program),
    };
    command.args(["--exact", "kill::child", "--test-threads=1", "--nocapture"]);
    command.env(ACT, act).env(PLACE, folder);
    command.output().expect("a child")
}

/// Returns whether programs can be killed at a given call here.
fn can_trace() -> bool {
    let tried = Command::new("strace").args(["-f", "-qq", "-e", "trace=fsync", "true"]).output();
    let reason = match tried {
        Ok(output) if output.status.success() => return true,
        Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
        Err(error) => error.to_string(),
    };
    eprintln!("SKIPPED: strace does not work here: {reason}");
    false
}

/// Kills the act at every call of a kind and hands each outcome to `judge`; returns how often.
fn kill_at_every(call: &str, act: &str, start: &dyn Fn() -> Ground, judge: &dyn Fn(&Ground)) -> usize {
    for when in 1.. {
        let ground = start();
        let inject = format!("inject={call}:signal=KILL:when={when}");
        let trace = format!("trace={call}");
        let strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject];
        let output = run_child(&strace, act, ground.dir.path());
        if output.status.signal() != Some(9) {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
            return when - 1;
        }
        judge(&ground);
    }
    0
}

fn check_kills(act: &'static str, start: &(dyn Fn() -> Ground + Sync)) {
    if !can_trace() {
        return;
    }
    let (old, new) = {
        let ground = start();
        let old = ground.tree();
        assert!(run_child(&[], act, ground.dir.path()).status.success());
        (old, ground.tree())
    };
    assert_ne!(old, new);
    let judge = |ground: &Ground| {
        let session = lock(&ground.place).expect("the lock after a kill");
        let tree = ground.tree();
        match session.settled() {
            Some(Settled::RolledBack) => assert_eq!(tree, old),
            Some(Settled::Finished) => assert_eq!(tree, new),
            None => assert!(tree == old || tree == new, "{tree:#?}"),
        }
    };
    let counts: BTreeMap<_, _> = std::thread::scope(|scope| {
        let runs = CALLS.map(|call| (call, scope.spawn(move || kill_at_every(call, act, start, &judge))));
        runs.into_iter().map(|(call, run)| (call, run.join().expect(call))).collect()
    });
    eprintln!("killed `{act}` at {counts:?}");
    assert!(counts["fsync"] > 8 && counts["rename,renameat,renameat2"] > 4, "{counts:?}");
}

#[test]
fn an_apply_killed_anywhere_is_old_or_new() {
    check_kills("apply", &before);
}

#[test]
fn an_undo_killed_anywhere_is_old_or_new() {
    check_kills("undo", &|| {
        let ground = before();
        let session = lock(&ground.place).expect("the lock");
        session.apply(&edited()).expect("an apply");
        drop(session);
        ground
    });
}
