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
use std::process::{self, Command, Output};
use std::thread;

use claude_scaffold::apply::{ApplyError, Place, Settled, lock, undo_plan};
use claude_scaffold::model::{FileChange, Mode, Plan};

use crate::ground::{Ground, Tree, change, place_in, plan};

const ACT: &str = "SUITE_KILL_ACT";
/// The child's exit code for an error of `apply`.
const REFUSED: i32 = 70;
const PLACE: &str = "SUITE_KILL_PLACE";

/// Every call that changes something on the disk.
const CALLS: [&str; 11] = [
    "openat",
    "openat2",
    "mkdir",
    "mkdirat",
    "write",
    "fchmod,fchmodat",
    "fsync",
    "fdatasync",
    "linkat",
    RENAME,
    UNLINK,
];
const RENAME: &str = "rename,renameat,renameat2";
const UNLINK: &str = "unlink,unlinkat,rmdir";

fn edited() -> Plan {
    let script = change("bin/run.sh", Some("#!/bin/sh\n"), Some("#!/bin/sh\n"));
    Plan {
        changes: vec![
            FileChange {
                mode: Mode::Executable,
                ..script
            },
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
    let code = match perform(&act, &place) {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("{error}: {error:?}");
            REFUSED
        }
    };
    process::exit(code);
}

fn perform(act: &str, place: &Place) -> Result<(), ApplyError> {
    let session = lock(place)?;
    match act {
        "apply" => session.apply(&edited()).map(drop),
        "large" => {
            let text = "x".repeat(300_000);
            let changes = (0..10).map(|n| change(&format!("d{n}/file"), None, Some(&text)));
            session.apply(&plan(changes.collect())).map(drop)
        }
        "scripts" => {
            let run = change("d/run.sh", None, Some("x\n"));
            let run = FileChange {
                mode: Mode::Executable,
                ..run
            };
            let text = change("d/text", None, Some("x\n"));
            session.apply(&plan(vec![run, text])).map(drop)
        }
        "undo" => {
            let plan = undo_plan(place)?.expect("an entry");
            session.undo(&plan).map(drop)
        }
        _ => Ok(()),
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
    let tried = Command::new("strace")
        .args(["-f", "-qq", "-e", "trace=fsync", "true"])
        .output();
    let reason = match tried {
        Ok(output) if output.status.success() => return true,
        Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
        Err(error) => error.to_string(),
    };
    eprintln!("SKIPPED: strace does not work here: {reason}");
    false
}

/// Runs the act while a call of a kind goes wrong in the given way the given time.
fn run_traced(call: &str, wrong: &str, when: usize, act: &str, ground: &Ground) -> Output {
    let inject = format!("inject={call}:{wrong}:when={when}");
    let trace = format!("trace={call}");
    let strace = [
        "strace",
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "-e",
        &trace,
        "-e",
        &inject,
    ];
    run_child(&strace, act, ground.dir.path())
}

/// Kills the act at every call of a kind and hands each outcome to `judge`; returns how often.
fn kill_at_every(call: &str, act: &str, start: Start, judge: Judge) -> usize {
    for when in 1.. {
        let ground = start();
        let output = run_traced(call, "signal=KILL", when, act, &ground);
        if output.status.signal() != Some(9) {
            assert!(output.status.success(), "{}", said(&output));
            return when - 1;
        }
        judge(&ground);
    }
    0
}

/// Lets every call of a kind fail once, and checks that a run that fails leaves the old state behind.
fn fail_at_every(call: &str, count: usize, act: &str, start: Start, sides: &Sides) {
    for when in 1..=count {
        let ground = start();
        let output = run_traced(call, "error=ENOSPC", when, act, &ground);
        let tree = ground.tree();
        let settled = lock(&ground.place)
            .expect("the lock after a failure")
            .settled();
        let right = match (output.status.code(), settled) {
            (Some(0), None) => tree == sides.new,
            (Some(REFUSED), Some(Settled::Finished)) => ground.tree() == sides.new,
            (Some(REFUSED), Some(Settled::RolledBack)) => ground.tree() == sides.old,
            (_, None) => tree == sides.old,
            _ => false,
        };
        assert!(
            right,
            "{call} {when}: {settled:?} {tree:#?} {}",
            said(&output)
        );
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned()
}

/// The tree before and after an act that nothing disturbs.
struct Sides {
    old: Tree,
    new: Tree,
}

impl Sides {
    fn of(act: &str, start: Start) -> Self {
        let ground = start();
        let old = ground.tree();
        let output = run_child(&[], act, ground.dir.path());
        assert!(output.status.success(), "{}", said(&output));
        let new = ground.tree();
        assert_ne!(old, new);
        Self { old, new }
    }

    fn judge(&self, ground: &Ground) {
        let session = lock(&ground.place).expect("the lock after a kill");
        let tree = ground.tree();
        match session.settled() {
            Some(Settled::RolledBack) => assert_eq!(tree, self.old),
            Some(Settled::Finished) => assert_eq!(tree, self.new),
            None => assert!(tree == self.old || tree == self.new, "{tree:#?}"),
        }
    }
}

type Start<'a> = &'a (dyn Fn() -> Ground + Sync);
type Judge<'a> = &'a (dyn Fn(&Ground) + Sync);

fn check_kills(act: &str, start: Start) {
    if !can_trace() {
        return;
    }
    let sides = Sides::of(act, start);
    let judge = |ground: &Ground| sides.judge(ground);
    let run = |call| {
        let count = kill_at_every(call, act, start, &judge);
        fail_at_every(call, count, act, start, &sides);
        count
    };
    let counts: BTreeMap<_, _> = thread::scope(|scope| {
        let runs = CALLS.map(|call| (call, scope.spawn(move || run(call))));
        let counts = runs.into_iter().map(|(call, run)| (call, run.join()));
        counts
            .map(|(call, count)| (call, count.expect(call)))
            .collect()
    });
    eprintln!("disturbed `{act}` at {counts:?}");
    assert!(counts["fsync"] > 8 && counts[RENAME] > 4, "{counts:?}");
}

fn applied() -> Ground {
    let ground = before();
    let session = lock(&ground.place).expect("the lock");
    session.apply(&edited()).expect("an apply");
    drop(session);
    ground
}

#[test]
fn an_apply_disturbed_anywhere_is_old_or_new() {
    check_kills("apply", &before);
}

#[test]
fn an_undo_disturbed_anywhere_is_old_or_new() {
    check_kills("undo", &applied);
}

#[test]
fn settling_killed_anywhere_is_settled_by_the_next() {
    if !can_trace() {
        return;
    }
    let sides = Sides::of("apply", &before);
    for (call, when) in [(RENAME, 4), ("fdatasync", 1), (UNLINK, 2), ("linkat", 3)] {
        let start = || {
            let ground = before();
            let output = run_traced(call, "signal=KILL", when, "apply", &ground);
            assert_eq!(output.status.signal(), Some(9), "{}", said(&output));
            ground
        };
        for at in [RENAME, UNLINK] {
            kill_at_every(at, "settle", &start, &|ground| sides.judge(ground));
        }
    }
}

/// Runs the act in a mount namespace after a command that prepares the root; none where that is refused.
fn run_mounted(prepare: &str, act: &str, ground: &Ground) -> Option<Output> {
    let mounts = Command::new("unshare").args(["-m", "true"]).status();
    if !mounts.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: no right to mount here");
        return None;
    }
    let script = format!("{prepare} && exec \"$@\"");
    let root = ground.place.root.to_str().expect("a plain path");
    let state = ground.place.state.to_str().expect("a plain path");
    let script = script.replace("ROOT", root).replace("STATE", state);
    Some(run_child(
        &["unshare", "-m", "sh", "-c", &script, "sh"],
        act,
        ground.dir.path(),
    ))
}

/// Prints how the act ended and what it left in the root.
const SHOW: &str = "{ \"$@\"; echo exit=$?; find ROOT -mindepth 1; } && exec true";

#[test]
fn a_full_disk_changes_nothing() {
    for size in ["1m", "2m", "2900k"] {
        let ground = Ground::new();
        let prepare = format!("mount -t tmpfs -o size={size} none ROOT && {SHOW}");
        let Some(output) = run_mounted(&prepare, "large", &ground) else {
            return;
        };
        let shown = String::from_utf8_lossy(&output.stdout);
        assert!(shown.ends_with("exit=70\n"), "{}", said(&output));
        assert!(said(&output).contains("failed to stage a file beside `d"));
        assert!(said(&output).contains("No space left"));
    }
    let ground = Ground::new();
    let fill = "mount -t tmpfs -o size=4k none STATE && head -c 4096 /dev/zero > STATE/fill";
    let prepare = format!("mkdir -p STATE && {fill} && {SHOW}");
    let output = run_mounted(&prepare, "large", &ground).expect("a mount");
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(shown.ends_with("exit=70\n"), "{}", said(&output));
    assert!(said(&output).contains("journal"), "{}", said(&output));
}

#[test]
fn a_read_only_folder_changes_nothing() {
    for prepare in [
        "mount --bind ROOT/bin ROOT/bin && mount -o remount,ro,bind ROOT/bin",
        "mount --bind ROOT ROOT && mount -o remount,ro,bind ROOT",
    ] {
        let ground = before();
        let tree = ground.tree();
        let Some(output) = run_mounted(prepare, "apply", &ground) else {
            return;
        };
        assert!(
            said(&output).contains("ReadOnlyFilesystem"),
            "{}",
            said(&output)
        );
        assert_eq!(ground.tree(), tree);
        assert_eq!(lock(&ground.place).expect("the lock").settled(), None);
    }
}

#[test]
fn the_umask_does_not_change_what_git_sees() {
    for umask in ["000", "022", "077", "0177", "0377"] {
        let ground = Ground::new();
        let script = format!("umask {umask}; exec \"$@\"");
        let output = run_child(&["sh", "-c", &script, "sh"], "scripts", ground.dir.path());
        assert!(output.status.success(), "{}", said(&output));
        let tree = ground.tree();
        assert_eq!(tree["d/run.sh"].0 & 0o700, 0o700, "{umask}");
        assert_eq!(tree["d/text"].0 & 0o700, 0o600, "{umask}");
        let state = fs::metadata(&ground.place.state).expect("a state folder");
        assert!(state.is_dir());
    }
}
