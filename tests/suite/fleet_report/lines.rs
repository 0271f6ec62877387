//! One line a repository, and back.

use claude_scaffold::fleet::{RepoReport, Standing, Status};
use claude_scaffold::model::{Diagnostic, Severity};
use claude_scaffold::report::{Detail, fleet_line, fleet_lines, fleet_text, schema_of};
use proptest::prelude::*;

use super::made::{DIFF, changed, conflict, failed, fleet, proposed, report};

fn lines(reports: &[RepoReport]) -> String {
    reports.iter().map(fleet_line).collect()
}

#[track_caller]
fn refused(text: &str) -> Vec<Diagnostic> {
    fleet_lines(&[("a.jsonl", text)]).expect_err("it is refused")
}

#[test]
fn shards_in_any_order_are_one_report() {
    let whole = fleet();
    let even = whole.iter().step_by(2).cloned();
    let odd = whole.iter().skip(1).step_by(2).cloned();
    let (mut first, mut second): (Vec<_>, Vec<_>) = (even.collect(), odd.collect());
    for part in [&mut first, &mut second] {
        let with_change = part.iter_mut().find(|report| report.change.is_some());
        with_change.expect("a change").diff = Some(DIFF.to_owned());
        part.reverse();
    }
    let (first, second) = (lines(&first), lines(&second));
    let one = fleet_lines(&[("1", &first), ("2", &second)]).expect("lines");
    let two = fleet_lines(&[("2", &second), ("1", &first)]).expect("lines");
    assert_eq!(one.reports.len(), whole.len());
    assert!(one.notes.is_empty());
    assert!(
        one.reports
            .is_sorted_by_key(|report| report.repository.clone())
    );
    let names = |read: &[RepoReport]| lines(read).replace("4-7", "4-6");
    assert_eq!(names(&one.reports), names(&two.reports));
    let mut seen = std::collections::BTreeSet::new();
    for report in one.reports.iter().filter(|report| report.change.is_some()) {
        assert_eq!(report.diff.is_some(), seen.insert(report.change.clone()));
    }
    assert!(fleet_text(&one.reports, Detail::Fresh).contains("1,234  get change A"));
}

#[test]
fn of_a_repository_that_stands_twice_the_later_line_counts() {
    let first = lines(&[report("a", Status::Failed), report("b", Status::UpToDate)]);
    let second = lines(&[report("b", Status::UpToDate), report("a", Status::UpToDate)]);
    let read = fleet_lines(&[("old.jsonl", &first), ("new.jsonl", &second)]).expect("lines");
    assert_eq!(read.reports[0].status, Status::UpToDate);
    assert_eq!(read.reports.len(), 2);
    let note = &read.notes[1];
    assert_eq!(
        note.message,
        "`a` stands in `old.jsonl` too; the later line counts"
    );
    assert_eq!(
        (note.path.as_deref(), note.line),
        (Some("new.jsonl"), Some(2))
    );
    assert_eq!(note.severity, Severity::Note);
}

#[test]
fn every_line_that_is_no_report_is_named() {
    let good = fleet_line(&report("a", Status::UpToDate));
    let newer = good.replacen("\"schema\":1", "\"schema\":2", 1);
    let odd = good.replacen("up-to-date", "asleep", 1);
    let found = refused(&format!("{good}\n{newer}nonsense\n{odd}{{}}\n"));
    let said: Vec<String> = found
        .iter()
        .map(|d| format!("{}: {}", d.line.unwrap_or_default(), d.message))
        .collect();
    assert_eq!(
        said[0],
        "3: the report has schema 2, and this version reads up to 1"
    );
    assert_eq!(said[1], "4: this line is no report of a repository");
    assert!(
        said[2].starts_with("5: the report cannot be read: unknown variant `asleep`"),
        "{said:?}"
    );
    assert_eq!(said.len(), 4);
    assert!(
        found
            .iter()
            .all(|d| d.help.is_some() && d.column == Some(1))
    );
    assert_eq!(refused(&"x\n".repeat(10_000)).len(), 21);
}

#[test]
fn empty_lines_a_mark_and_foreign_line_ends_are_no_matter() {
    let text = format!(
        "\u{feff}{}\r\n\r\n",
        fleet_line(&report("a", Status::UpToDate)).trim_end()
    );
    assert_eq!(
        fleet_lines(&[("-", &text)]).expect("lines").reports.len(),
        1
    );
    assert_eq!(fleet_lines(&[]).expect("nothing").reports.len(), 0);
}

#[test]
fn lines_are_what_the_schema_says() {
    let schema = schema_of::<RepoReport>();
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    for line in lines(&fleet()).lines().step_by(97) {
        let value = serde_json::from_str(line).expect("JSON");
        assert!(schema.is_valid(&value), "{line}");
    }
}

fn any_report() -> impl Strategy<Value = RepoReport> {
    let kind = 0..5usize;
    (
        "\\PC{0,12}|[\\x00-\\x1f\u{202e}\u{2028}\"\\\\<>&]{1,8}",
        "[a-f0-9]{12}",
        "(?s).{0,40}",
        kind,
    )
        .prop_map(|(name, id, text, kind)| match kind {
            0 => failed(&name, &text),
            1 => conflict(&name, &[&text, ""]),
            2 => proposed(&name, Standing::Closed, Some(&text)),
            3 => report(&name, Status::PassedOver),
            _ => {
                let mut report = changed(&name, &id);
                report.diff = Some(text);
                report
            }
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_line_is_read_as_it_was_written(report in any_report()) {
        let line = fleet_line(&report);
        prop_assert_eq!(line.lines().count(), 1);
        prop_assert!(!line.trim_end().contains(claude_scaffold::model::is_harmful));
        let read = fleet_lines(&[("-", &line)]).expect("a line");
        prop_assert_eq!(read.reports, vec![report]);
    }
}
