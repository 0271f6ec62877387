//! The text for people.

use claude_scaffold::fleet::{RepoReport, Standing, Status};
use claude_scaffold::model::Diagnostic;
use claude_scaffold::report::{Detail, fleet_applied, fleet_checked, fleet_text, joined};

use super::made::{changed, conflict, failed, fleet, proposed, report};
use crate::tree;

#[track_caller]
fn check(case: &str, text: &str) {
    for line in text.lines().filter(|line| !line.starts_with(['+', '-'])) {
        assert!(line.chars().count() <= 80, "{line}");
        assert_eq!(line.trim_end(), line, "{text}");
    }
    assert!(!text.contains('\u{1b}'));
    tree::snapshot("fleet_report", case, text);
}

#[test]
fn a_plan_tells_counts_changes_and_trouble() {
    check("plan", &fleet_text(&fleet(), Detail::Fresh));
}

#[test]
fn a_quiet_plan_tells_counts_and_trouble() {
    let text = fleet_text(&fleet(), Detail::Quiet);
    assert!(text.contains("get change A") && !text.contains("diff --git"));
    assert!(text.contains("error: cannot read"));
}

#[test]
fn all_names_stand_in_columns() {
    let mut reports: Vec<RepoReport> = fleet().into_iter().skip(1221).take(30).collect();
    reports.retain(|report| report.status == Status::Changed);
    reports
        .extend((0..12).map(|n| failed(&format!("old/a{n}"), &format!("cannot read `/r/a{n}`"))));
    check("plan-verbose", &fleet_text(&reports, Detail::All));
}

#[test]
fn few_and_none_are_told_right() {
    assert_eq!(fleet_text(&[], Detail::Fresh), "no repositories\n");
    let one = [
        changed("a", "1"),
        conflict("b", &[""]),
        failed("c", "the repository has no commit"),
        report("d", Status::UpToDate),
    ];
    check("plan-singular", &fleet_text(&one, Detail::Fresh));
}

#[test]
fn nothing_floods() {
    let mut reports: Vec<RepoReport> = (0..10_000)
        .map(|n| failed(&format!("r{n}"), &format!("failure number {n}")))
        .collect();
    reports.extend((0..10_000).map(|n| changed(&format!("c{n}"), &format!("{n:012}"))));
    reports.extend((0..10_000).map(|n| conflict(&format!("k{n}"), &[&format!("key.{n}")])));
    for report in &mut reports {
        report.diff = report.change.as_ref().map(|_| super::made::DIFF.to_owned());
    }
    let text = fleet_text(&reports, Detail::Fresh);
    assert!(text.lines().count() < 250, "{}", text.lines().count());
    for said in [
        "9,990  get one of 9,990 further changes",
        "and 9,990 more changes; -v shows them",
        "and 9,990 more keys; -v lists them",
        "and 9,990 more messages; -v shows them",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let whole = fleet_text(&reports, Detail::All);
    assert!(whole.contains("failure number 9999") && whole.contains("key.9999"));
}

#[test]
fn what_apply_did_is_told() {
    let url = |n: u8| format!("https://forge.example/shop/-/merge_requests/{n}");
    let mut reports = vec![
        proposed("shop/a", Standing::Opened, Some(&url(1))),
        proposed("shop/b", Standing::Updated, Some(&url(2))),
        proposed("shop/c", Standing::Closed, Some(&url(3))),
        proposed("shop/d", Standing::Open, None),
        proposed("shop/e", Standing::Opened, Some(&url(5))),
        changed("shop/later", "0a1b2c3d4e5f"),
        conflict("shop/torn", &["model"]),
        failed("shop/gone", "cannot push: the server closed the connection"),
        report("shop/there", Status::Waiting),
    ];
    reports.extend((0..5).map(|n| report(&format!("fine/{n}"), Status::UpToDate)));
    check("apply", &joined(&fleet_applied(&reports, Detail::Fresh)));
}

#[test]
fn what_check_found_is_told_once_a_finding() {
    let mut reports = vec![
        changed("shop/a", "0a1b2c3d4e5f"),
        conflict("shop/torn", &["model"]),
    ];
    for n in 0..20 {
        let mut report = report(&format!("web/site-{n:02}"), Status::UpToDate);
        let problem = Diagnostic::warning(
            "CS001",
            format!("`https://gw.example/{n}/` ends in a slash"),
        );
        let help = "mend it: `claude-scaffold check --fix`";
        report
            .diagnostics
            .push(problem.in_file(".env.template").with_help(help));
        report
            .diagnostics
            .push(Diagnostic::note("CS006", "no backoff is set"));
        reports.push(report);
    }
    check("check", &joined(&fleet_checked(&reports, Detail::Fresh)));
    let clean = [report("a", Status::UpToDate)];
    let text = joined(&fleet_checked(&clean, Detail::Fresh));
    assert_eq!(text, "1 repository\n  1  up to date\n");
}
