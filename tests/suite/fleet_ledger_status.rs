//! `fleet status`: what a ledger says, to people and to programs.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "tests write and read ledgers")]

use std::fs;
use std::path::{Path, PathBuf};

use claude_scaffold::fleet::ledger::{Ledger, Row, place};
use claude_scaffold::fleet::{Proposal, RepoReport, Standing, Status};
use serde_json::Value;
use tempfile::TempDir;

use crate::tree::{Run, snapshot, temp, tool};

/// A folder for the user to stand in, whose state is beside it.
fn ground() -> (TempDir, PathBuf) {
    let home = temp();
    let folder = home.path().canonicalize().expect("a folder").join("org");
    fs::create_dir(&folder).expect("a folder");
    (home, folder)
}

fn row(repository: &str, status: Status) -> Row {
    let report = RepoReport::new(repository, "all", "claude-scaffold", status);
    let mut row = Row::new(&report, "1f");
    match status {
        Status::Changed => row.commit = Some("0123456789abcdef0123456789abcdef01234567".to_owned()),
        Status::Failed => row.why = Some(format!("failed to open `/srv/{repository}.git`")),
        Status::Conflict => row.why = Some("a key is in conflict: `model`".to_owned()),
        Status::PassedOver => row.why = Some("archived".to_owned()),
        Status::UpToDate | Status::Waiting => {}
    }
    row
}

fn proposed(repository: &str, standing: Standing) -> Row {
    Row {
        pushed: true,
        proposal: Some(Proposal {
            standing,
            url: Some(format!("https://git.example/{repository}/pulls/7")),
        }),
        ..row(repository, Status::Changed)
    }
}

fn fleet() -> Vec<Row> {
    let mut rows: Vec<Row> = (0..1201)
        .map(|n| row(&format!("many/r{n}"), Status::UpToDate))
        .collect();
    rows.extend((0..12).map(|n| proposed(&format!("web/w{n}"), Standing::Opened)));
    rows.extend((0..13).map(|n| row(&format!("gone/g{n}"), Status::Failed)));
    rows.extend([
        proposed("web/late", Standing::Closed),
        row("web/pushed-by-hand", Status::Changed),
        row("api", Status::Conflict),
        row("old", Status::PassedOver),
        row("next", Status::Waiting),
        Row {
            why: Some("the remote refused the push".to_owned()),
            ..row("core", Status::Failed)
        },
    ]);
    rows
}

fn few() -> Vec<Row> {
    let mut rows = fleet();
    rows.retain(|row| !row.repository.starts_with("many/") && !row.repository.ends_with('1'));
    rows
}

fn write(path: &Path, rows: &[Row]) {
    let ledger = Ledger::open(path).expect("a ledger");
    for row in rows {
        ledger.add(row).expect("a row");
    }
}

fn said(run: &Run) -> String {
    format!("{}-- stderr\n{}-- exit {}\n", run.out, run.err, run.code)
}

fn own(folder: &Path) -> PathBuf {
    let state = folder.parent().expect("a parent").join("state");
    place(&state, &folder.join("claude-fleet.toml"))
}

#[test]
fn a_ledger_is_told_in_counts_reasons_and_what_to_run_next() {
    let (_home, folder) = ground();
    let none = tool(&folder, &["fleet", "status"]).ends(0);
    write(&own(&folder), &fleet());
    let plain = tool(&folder, &["fleet", "status"]).ends(1);
    let quiet = tool(&folder, &["fleet", "status", "-q"]).ends(1);
    write(&folder.join("few"), &few());
    let all = tool(&folder, &["fleet", "status", "-v", "--ledger", "few"]).ends(1);
    let text = [&none, &plain, &quiet, &all].map(said).join("\n");
    snapshot("fleet_ledger", "status", &text);
    write(&folder.join("clean"), &[row("a", Status::UpToDate)]);
    tool(&folder, &["fleet", "status", "--ledger", "clean"]).ends(0);
}

#[test]
fn a_ledger_is_printed_as_lines_that_obey_their_schema() {
    let (_home, folder) = ground();
    let run = tool(&folder, &["schema", "fleet-ledger"]).ends(0);
    let schema: Value = serde_json::from_str(&run.out).expect("JSON");
    let undocumented: Vec<&String> = schema["properties"]
        .as_object()
        .expect("properties")
        .iter()
        .filter(|(_, property)| property.get("description").is_none())
        .map(|(name, _)| name)
        .collect();
    assert_eq!(undocumented, Vec::<&String>::new());
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    let mut rows = few();
    let key = ["sk-ant-api03-", &"Zk3vQ9wLr7Xt2Bn5".repeat(5)].concat();
    rows.push(Row {
        why: Some(format!("no access\nwith {key} \u{202e}")),
        ..row("zz", Status::Failed)
    });
    write(&folder.join("few"), &rows);
    let arguments = ["fleet", "status", "--format", "json", "--ledger", "few"];
    let run = tool(&folder, &arguments).ends(1);
    let lines: Vec<Value> = run
        .out
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines.len(), rows.len());
    for line in &lines {
        assert!(schema.is_valid(line), "{line}");
    }
    let shown = tool(&folder, &["fleet", "status", "-v", "--ledger", "few"]).ends(1);
    for text in [&run.out, &shown.out] {
        assert!(!text.contains(&key) && !text.contains('\u{202e}'), "{text}");
    }
    fs::write(folder.join("again"), &run.out).expect("a file");
    tool(&folder, &["fleet", "status", "--ledger", "again"]).ends(1);
}

#[test]
fn ledgers_of_several_machines_are_merged_and_nothing_else_is_overwritten() {
    let (_home, folder) = ground();
    let (one, two) = (row("a", Status::Failed), row("b", Status::UpToDate));
    write(&folder.join("one"), &[one, two.clone()]);
    write(&folder.join("two"), &[row("a", Status::UpToDate)]);
    let both = [
        "fleet",
        "status",
        "--ledger",
        "one",
        "--ledger",
        "two",
        "--merge-into",
    ];
    let run = |last: &[&str]| tool(&folder, &[&both[..], last].concat());
    assert!(
        run(&["made", "-n"])
            .ends(0)
            .err
            .contains("dry run, nothing written")
    );
    assert!(!folder.join("made").exists());
    run(&["made"]).ends(0);
    let made = fs::read(folder.join("made")).expect("a ledger");
    run(&["made"]).ends(0);
    assert_eq!(fs::read(folder.join("made")).expect("a ledger"), made);
    let expected = vec![row("a", Status::UpToDate), two];
    let rows = claude_scaffold::fleet::ledger::read(&folder.join("made"));
    assert_eq!(rows.expect("a ledger"), Some(expected));

    fs::write(folder.join("note"), "mine\n").expect("a file");
    let refused = run(&["note"]).ends(2);
    assert_eq!(
        fs::read_to_string(folder.join("note")).expect("a file"),
        "mine\n"
    );
    fs::write(folder.join("later"), "{\"schema\":9}\n").expect("a file");
    let later = tool(
        &folder,
        &["fleet", "status", "--ledger", "later", "--ledger", "none"],
    );
    let directory = tool(&folder, &["fleet", "status", "--ledger", "."]);
    let held = Ledger::open(&folder.join("made")).expect("a ledger");
    let busy = run(&["made"]).ends(2);
    drop(held);
    let text = [&refused, &later.ends(2), &directory.ends(2), &busy].map(said);
    let text = text
        .join("\n")
        .replace(&*folder.to_string_lossy(), "[ROOT]");
    let text = text.replace(&std::process::id().to_string(), "[PROCESS]");
    snapshot("fleet_ledger", "refused", &text);
}
