//! Rows in, the same rows out, whatever happened between.
#![expect(clippy::disallowed_methods, reason = "tests look at the disk")]

use std::fs;
use std::path::PathBuf;
use std::thread;

use proptest::prelude::*;

use super::*;
use crate::fleet::{Proposal, RepoReport, Standing, Status};
use crate::model::Diagnostic;

fn row(repository: &str, plan: &str) -> Row {
    let report = RepoReport::new(repository, "all", "claude-scaffold", Status::Changed);
    Row::new(&report, plan)
}

fn ground() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a/b/ledger.jsonl");
    (folder, path)
}

fn refused(text: &[u8]) -> LedgerError {
    let (_folder, path) = ground();
    fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
    fs::write(&path, text).expect("a file");
    let error = Ledger::open(&path).expect_err("no ledger");
    assert_eq!(fs::read(&path).expect("a file"), text, "it was touched");
    error
}

#[test]
fn the_last_row_of_a_repository_counts() {
    let (_folder, path) = ground();
    let ledger = Ledger::open(&path).expect("a ledger");
    assert!(ledger.rows().is_empty());
    for (repository, plan) in [("b", "1"), ("a", "1"), ("b", "2")] {
        ledger.add(&row(repository, plan)).expect("a row");
    }
    let rows = vec![row("a", "1"), row("b", "2")];
    assert_eq!(read(&path).expect("while it is written"), Some(rows));
    drop(ledger);
    let ledger = Ledger::open(&path).expect("a ledger");
    assert_eq!(ledger.row("b"), Some(&row("b", "2")));
    assert_eq!(fs::read_to_string(&path).expect("text").lines().count(), 3);
}

#[test]
fn a_second_run_is_told_who_holds_the_ledger() {
    let (_folder, path) = ground();
    let ledger = Ledger::open(&path).expect("a ledger");
    let error = Ledger::open(&path).expect_err("it is held");
    let said = error.to_string();
    if cfg!(unix) {
        let own = format!("another run (process {})", std::process::id());
        assert!(said.starts_with(&own), "{said}");
    }
    assert!(merge_into(&path, &[]).is_err());
    drop(ledger);
    Ledger::open(&path).expect("it is free");
}

#[test]
fn what_is_no_ledger_is_refused_and_left_alone() {
    let place = |text: &[u8]| match refused(text) {
        LedgerError::Foreign { line, column, .. } => (line, column),
        other => panic!("{other}"),
    };
    assert_eq!(place(b"hello"), (1, 1));
    assert_eq!(place(b"\n{\n"), (2, 1));
    assert_eq!(place(b"{\"schema\":1}"), (1, 12));
    assert_eq!(place(b"[]\n"), (1, 2));
    assert_eq!(place(b"SQLite format 3\0\0\n\0"), (1, 1));
    assert_eq!(place(b"\0\0\x01\0\n\0\0"), (1, 1));
    assert_eq!(place(b"{\"schema\":\n"), (1, 10));
    let newer = refused(b"{\"schema\":2,\"members\":[]}\n");
    assert!(
        matches!(
            newer,
            LedgerError::Newer {
                line: 1,
                schema: 2,
                ..
            }
        ),
        "{newer}"
    );
    let text = String::from_utf8(row("a", "1").to_line()).expect("text");
    let newer = refused(text.replace("{\"schema\":1", "{\"schema\":3").as_bytes());
    assert!(
        matches!(newer, LedgerError::Newer { schema: 3, .. }),
        "{newer}"
    );
    let (_folder, path) = ground();
    fs::create_dir_all(&path).expect("folders");
    let error = Ledger::open(&path).expect_err("a folder");
    assert!(matches!(error, LedgerError::Irregular { .. }), "{error}");
}

#[test]
fn zeros_after_a_power_cut_are_cut_off() {
    let whole = row("a", "1").to_line();
    let later = row("b", "1").to_line();
    for torn in [
        [&whole[..], &[0; 9]].concat(),
        [&whole[..], &later[..30], &[0; 9]].concat(),
        [&whole[..], &[0; 40], &later[40..], &later[..]].concat(),
    ] {
        let (_folder, path) = ground();
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(&path, &torn).expect("a file");
        let ledger = Ledger::open(&path).expect("a ledger");
        assert_eq!(ledger.rows().len(), 1);
        ledger.add(&row("c", "1")).expect("a row");
        let expected = [whole.clone(), row("c", "1").to_line()].concat();
        assert_eq!(fs::read(&path).expect("bytes"), expected);
    }
}

#[test]
fn many_rows_of_few_repositories_are_written_anew() {
    let (_folder, path) = ground();
    let ledger = Ledger::open(&path).expect("a ledger");
    for plan in 0..9 {
        ledger.add(&row("a", &plan.to_string())).expect("a row");
        ledger.add(&row("b", &plan.to_string())).expect("a row");
    }
    drop(ledger);
    let ledger = Ledger::open(&path).expect("a ledger");
    ledger.add(&row("c", "0")).expect("a row");
    let expected = [row("a", "8"), row("b", "8"), row("c", "0")];
    assert_eq!(fs::read(&path).expect("bytes"), lines(&expected));
    let names = fs::read_dir(path.parent().expect("a parent")).expect("a folder");
    assert_eq!(names.count(), 2, "the ledger and its lock");
}

#[test]
fn threads_lose_no_row_of_each_other() {
    let (_folder, path) = ground();
    let ledger = Ledger::open(&path).expect("a ledger");
    thread::scope(|scope| {
        for thread in 0..8 {
            let ledger = &ledger;
            scope.spawn(move || {
                for number in 0..100 {
                    let own = row(&format!("{thread}/{number}"), "1");
                    ledger.add(&own).expect("a row");
                }
            });
        }
    });
    drop(ledger);
    assert_eq!(read(&path).expect("a ledger").expect("rows").len(), 800);
}

#[test]
fn several_ledgers_make_one() {
    let (folder, path) = ground();
    merge_into(&path, &[row("a", "1"), row("b", "1")]).expect("a ledger");
    merge_into(&path, &merge([vec![row("c", "1")], vec![row("b", "2")]])).expect("a ledger");
    let expected = vec![row("a", "1"), row("b", "2"), row("c", "1")];
    assert_eq!(read(&path).expect("a ledger"), Some(expected));
    let note = folder.path().join("note");
    fs::write(&note, "mine\n").expect("a file");
    assert!(merge_into(&note, &[]).is_err());
    assert_eq!(fs::read(&note).expect("bytes"), b"mine\n");
    assert_eq!(read(&folder.path().join("none")).expect("nothing"), None);
}

#[test]
fn a_row_says_why_and_holds_no_key() {
    let mut report = RepoReport::new("a", "all", "b", Status::Failed);
    let key = ["sk-ant-api03-", &"Zk3vQ9wLr7Xt2Bn5".repeat(5)].concat();
    let mut wrong = Diagnostic::error("git", "");
    wrong.message = format!("no access with {key}");
    report.diagnostics = vec![Diagnostic::note("git", "looked"), wrong];
    let failed = Row::new(&report, "1");
    let why = failed.why.expect("a reason");
    assert!(
        why.starts_with("no access with ") && !why.contains(&key),
        "{why}"
    );
    report.status = Status::Changed;
    assert_eq!(Row::new(&report, "1").why, None);
}

#[test]
fn the_default_place_is_readable_and_one_per_fleet_file() {
    let state = Path::new("/state");
    let at = |path: &str| place(state, Path::new(path));
    let text = at("/home/me/our fleet/claude-fleet.toml");
    let text = text.to_string_lossy().replace('\\', "/");
    assert!(
        text.starts_with("/state/claude-scaffold/fleet/our-fleet-"),
        "{text}"
    );
    assert!(text.ends_with("/ledger.jsonl"), "{text}");
    assert_ne!(at("/a/one.toml"), at("/a/two.toml"));
    assert!(at("/x.toml").to_string_lossy().contains("fleet-"));
}

#[cfg(unix)]
#[test]
fn a_link_stays_one_and_files_are_the_users_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, path) = ground();
    merge_into(&path, &[row("a", "1")]).expect("a ledger");
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&path, &link).expect("a link");
    let ledger = Ledger::open(&link).expect("a ledger");
    assert!(Ledger::open(&path).is_err(), "the same ledger");
    drop(ledger);
    merge_into(&link, &[row("b", "1")]).expect("a ledger");
    assert!(fs::symlink_metadata(&link).expect("a link").is_symlink());
    assert_eq!(read(&path).expect("a ledger").expect("rows").len(), 2);
    let mode = |path: &Path| {
        fs::metadata(path)
            .expect("it is there")
            .permissions()
            .mode()
    };
    assert_eq!(mode(&path) & 0o777, 0o600);
    assert_eq!(mode(path.parent().expect("a parent")) & 0o777, 0o700);
}

fn any_row() -> impl Strategy<Value = Row> {
    let status = prop::sample::select(vec![Status::UpToDate, Status::Conflict, Status::Failed]);
    let why = prop::option::of(any::<String>());
    (any::<String>(), status, why, any::<bool>()).prop_map(|(repository, status, why, pushed)| {
        let proposal = pushed.then(|| Proposal {
            standing: Standing::Open,
            url: why.clone(),
        });
        Row {
            repository,
            status,
            pushed,
            proposal,
            why,
            ..row("", "1")
        }
    })
}

proptest! {
    #[test]
    fn any_part_of_a_ledger_gives_the_first_of_its_rows(
        rows in prop::collection::vec(any_row(), 0..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let bytes = lines(&rows);
        let end = cut.index(bytes.len() + 1);
        let text = text::parse(&bytes[..end]).expect("a ledger");
        let expected: BTreeMap<_, _> = rows[..text.count]
            .iter()
            .map(|row| (row.repository.clone(), row.clone()))
            .collect();
        prop_assert_eq!(text.rows, expected);
        let lines = memchr::memchr_iter(b'\n', &bytes[..end]).count();
        prop_assert!(text.count == lines || text.is_open && text.count == lines + 1);
    }
}
