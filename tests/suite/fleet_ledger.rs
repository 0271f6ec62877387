//! A ledger keeps every row that it took, whoever is killed and whatever the disk says.
//!
//! The tests start themselves again as children, whose act and ledger come through the environment.
#![cfg(unix)]
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "tests look at the disk, start programs and say what they measure"
)]

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{self, Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use claude_scaffold::fleet::ledger::{Ledger, LedgerError, Row, read};
use claude_scaffold::fleet::{RepoReport, Status};

const ACT: &str = "SUITE_LEDGER_ACT";
const PLACE: &str = "SUITE_LEDGER_PLACE";
/// The child's exit code for an error of the ledger.
const REFUSED: i32 = 70;
const THREADS: usize = 8;

fn row(repository: &str, plan: &str) -> Row {
    let report = RepoReport::new(repository, "all", "claude-scaffold", Status::Changed);
    Row::new(&report, plan)
}

#[test]
fn child() {
    let Ok(act) = env::var(ACT) else { return };
    let place = env::var(PLACE).expect("a place");
    if let Err(error) = perform(&act, Path::new(&place)) {
        eprintln!("{error}: {error:?}");
        process::exit(REFUSED);
    }
    process::exit(0);
}

fn perform(act: &str, place: &Path) -> Result<(), LedgerError> {
    let ledger = Ledger::open(place)?;
    let each = match act {
        "open" => 0,
        "measure" => 1250,
        _ => usize::MAX,
    };
    let start = Instant::now();
    let work = |thread: usize| -> Result<(), LedgerError> {
        for number in 0..each {
            let repository = format!("{thread}/{}", number % 1250);
            ledger.add(&row(&repository, &format!("{act}-{number}")))?;
            if act != "measure" {
                let mut out = io::stdout().lock();
                let _ = writeln!(out, "\nadded {repository} {act}-{number}");
                let _ = out.flush();
            }
        }
        Ok(())
    };
    let work = &work;
    let all: Result<(), LedgerError> = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|n| scope.spawn(move || work(n))).collect();
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().expect("a thread"))
    });
    println!("\ntook {:?}", start.elapsed());
    all
}

fn start(wrapper: &[&str], act: &str, place: &Path) -> Child {
    let program = env::current_exe().expect("this program");
    let mut command = match wrapper.split_first() {
        Some((first, rest)) => {
            let mut command = Command::new(first);
            command.args(rest).arg(&program);
            command
        }
        None => Command::new(&program),
    };
    command
        .args([
            "--exact",
            "fleet_ledger::child",
            "--test-threads=1",
            "--nocapture",
        ])
        .envs([(ACT, act), (PLACE, place.to_str().expect("a plain path"))])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.spawn().expect("a child")
}

#[test]
fn a_row_that_was_taken_outlives_twenty_kills() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("state/ledger.jsonl");
    let mut taken: BTreeMap<String, String> = BTreeMap::new();
    for round in 0..20_u64 {
        let mut child = start(&[], &format!("round-{round}"), &place);
        let out = BufReader::new(child.stdout.take().expect("a pipe"));
        let reader =
            thread::spawn(move || -> Vec<String> { out.lines().map_while(Result::ok).collect() });
        let deadline = Instant::now() + Duration::from_secs(20);
        while read(&place)
            .expect("a ledger")
            .is_none_or(|rows| rows.len() < 8)
        {
            assert!(Instant::now() < deadline, "no row came");
            thread::sleep(Duration::from_millis(1));
        }
        thread::sleep(Duration::from_micros(30_000 + round * 3_701));
        child.kill().expect("a kill");
        child.wait().expect("an end");
        for line in reader.join().expect("lines") {
            if let Some((repository, plan)) = line
                .strip_prefix("added ")
                .and_then(|rest| rest.split_once(' '))
            {
                taken.insert(repository.to_owned(), plan.to_owned());
            }
        }
        let ledger = Ledger::open(&place).expect("a ledger after a kill");
        for (repository, plan) in &taken {
            let row = ledger.row(repository).expect("a row that was taken");
            let number = |plan: &str| {
                let (act, number) = plan.rsplit_once('-').expect("a plan");
                let round = act.strip_prefix("round-").expect("a round");
                (
                    round.parse::<u64>().expect("a number"),
                    number.parse::<u64>().expect("a number"),
                )
            };
            assert!(
                number(&row.plan) >= number(plan),
                "{repository}: {} {plan}",
                row.plan
            );
        }
    }
    assert!(taken.len() > 100, "{}", taken.len());
}

#[test]
fn a_second_process_is_refused_and_told_who_writes() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("ledger.jsonl");
    let held = Ledger::open(&place).expect("a ledger");
    let output = start(&[], "second", &place)
        .wait_with_output()
        .expect("an end");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(REFUSED), "{said}");
    let expected = format!("another run (process {}) is writing", process::id());
    assert!(said.contains(&expected), "{said}");
    drop(held);
}

/// Runs writers in a mount namespace; none where mounting is refused.
fn mounted(prepare: &str, folder: &Path) -> Option<String> {
    let tried = Command::new("unshare").args(["-m", "true"]).status();
    if !tried.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: no right to mount here");
        return None;
    }
    let script = format!("{prepare} && exec \"$@\"");
    let script = script.replace("STATE", folder.to_str().expect("a plain path"));
    let wrapper = ["unshare", "-m", "sh", "-c", &script, "sh"];
    let child = start(&wrapper, "endless", &folder.join("ledger.jsonl"));
    let output = child.wait_with_output().expect("an end");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(REFUSED), "{said}");
    Some(said)
}

#[test]
fn a_disk_that_takes_no_more_is_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let full = "mount -t tmpfs -o size=64k none STATE";
    let Some(said) = mounted(full, folder.path()) else {
        return;
    };
    assert!(
        said.contains("failed to write `") && said.contains("StorageFull"),
        "{said}"
    );
    drop(Ledger::open(&folder.path().join("ledger.jsonl")).expect("a ledger"));
    let bound = "mount --bind STATE STATE && mount -o remount,ro,bind STATE";
    let said = mounted(bound, folder.path()).expect("a mount");
    assert!(
        said.contains("failed to open `") && said.contains("ReadOnlyFilesystem"),
        "{said}"
    );
}

#[test]
fn a_ledger_that_is_written_anew_or_mended_is_whole_wherever_that_is_killed() {
    let mut tried = Command::new("strace");
    tried.args(["-f", "-qq", "-e", "trace=fsync", "true"]);
    if !tried.output().is_ok_and(|output| output.status.success()) {
        eprintln!("SKIPPED: strace does not work here");
        return;
    }
    let line = |row: &Row| serde_json::to_string(row).expect("a row") + "\n";
    let one: String = (0..9).map(|n| line(&row("a", &n.to_string()))).collect();
    let two = line(&row("b", "1"));
    let torn = [one.as_str(), &two, &two[..20]].concat();
    let mended = [&two, &line(&row("a", "8"))[..20]].concat();
    let mut killed = 0;
    for (text, expected) in [
        (torn, vec![row("a", "8"), row("b", "1")]),
        (mended, vec![row("b", "1")]),
    ] {
        for call in ["write", "fsync", "ftruncate", "rename,renameat,renameat2"] {
            for when in 1.. {
                let folder = tempfile::tempdir().expect("a folder");
                let place = folder.path().join("ledger.jsonl");
                fs::write(&place, &text).expect("a file");
                let (trace, inject) = (
                    format!("trace={call}"),
                    format!("inject={call}:signal=KILL:when={when}"),
                );
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
                let output = start(&strace, "open", &place).wait_with_output();
                let status = output.expect("an end").status;
                assert_eq!(
                    read(&place).expect("a ledger"),
                    Some(expected.clone()),
                    "{call} {when}"
                );
                let ledger = Ledger::open(&place).expect("a ledger");
                assert!(ledger.rows().values().eq(&expected), "{call} {when}");
                if status.signal() != Some(9) {
                    assert!(status.success(), "{call} {when}");
                    break;
                }
                killed += 1;
            }
        }
    }
    eprintln!("killed {killed} times");
    assert!(killed > 10, "{killed}");
}

#[test]
fn ten_thousand_rows_from_eight_threads() {
    for base in [env::temp_dir(), "/dev/shm".into()] {
        let Ok(folder) = tempfile::tempdir_in(&base) else {
            continue;
        };
        let place = folder.path().join("ledger.jsonl");
        let child = start(&[], "measure", &place);
        let output = child.wait_with_output().expect("an end");
        assert!(output.status.success());
        let said = String::from_utf8_lossy(&output.stdout);
        let took = said.lines().find(|line| line.starts_with("took"));
        eprintln!(
            "10,000 rows below {} {}",
            base.display(),
            took.unwrap_or_default()
        );
        let text = fs::read_to_string(&place).expect("a ledger");
        assert_eq!(text.lines().count(), 10_000);
        assert_eq!(read(&place).expect("a ledger").expect("rows").len(), 10_000);
    }
}
