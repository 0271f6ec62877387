//! Whatever a repository calls itself, its files and its keys: it stays text.

use claude_scaffold::fleet::{Proposal, RepoReport, Standing, Status};
use claude_scaffold::model::{Action, Diagnostic, is_harmful};
use claude_scaffold::report::{
    Detail, fleet_applied, fleet_checked, fleet_line, fleet_lines, fleet_page, fleet_text, joined,
};
use proptest::prelude::*;

use super::made::file;
use super::page::data;

/// Every field of it is the same text.
fn every_field(text: &str, status: Status) -> RepoReport {
    let mut report = RepoReport::new(text, text, text, status);
    report.change = Some(text.to_owned());
    // Every line is one of context: the others are in colour, which is a tag.
    let line = text.replace('\n', "\n ");
    report.diff = Some(format!(" {line}\n {line}\n"));
    report.files = vec![file(text, Action::Update)];
    report.files[0].conflicts = vec![text.to_owned()];
    report.base = Some(text.to_owned());
    report.commit = Some(text.to_owned());
    report.proposal = Some(Proposal {
        standing: Standing::Opened,
        url: Some(text.to_owned()),
    });
    let said = Diagnostic::error("CS001", text)
        .in_file(text)
        .with_help(text);
    report.diagnostics = vec![said];
    report
}

fn all(text: &str) -> Vec<RepoReport> {
    let statuses = [
        Status::Changed,
        Status::Conflict,
        Status::Failed,
        Status::Waiting,
        Status::PassedOver,
        Status::UpToDate,
    ];
    let named = statuses.iter().enumerate().map(|(place, status)| {
        let mut report = every_field(text, *status);
        report.repository = format!("{text}{place}");
        report
    });
    named.collect()
}

/// Every tag of a page but for the code that messages quote.
fn tags(page: &str) -> Vec<&str> {
    let (before, rest) = page.split_once("<style>").expect("a style");
    let (_, rest) = rest.split_once("</style>").expect("its end");
    let (body, _) = rest.rsplit_once("<script>").expect("a script");
    [before, body]
        .into_iter()
        .flat_map(|part| part.split('<').skip(1))
        .map(|tag| tag.split([' ', '>', '\n']).next().expect("a name"))
        .filter(|tag| !tag.ends_with("code"))
        .collect()
}

#[track_caller]
fn check(text: &str) {
    let reports = all(text);
    let applied = joined(&fleet_applied(&reports, Detail::All));
    let checked = joined(&fleet_checked(&reports, Detail::All));
    for shown in [
        fleet_text(&reports, Detail::All),
        fleet_text(&reports, Detail::Fresh),
        applied,
        checked,
    ] {
        let harm = shown
            .replace("\r\n", "\n")
            .chars()
            .find(|c| is_harmful(*c) && *c != '\n');
        assert_eq!(harm, None, "{shown:?}");
    }
    let lines: String = reports.iter().map(fleet_line).collect();
    assert_eq!(
        fleet_lines(&[("-", &lines)]).expect("lines").reports.len(),
        6
    );
    let page = fleet_page(&reports, text);
    let harm = page.chars().find(|c| is_harmful(*c) && *c != '\n');
    assert_eq!(harm, None);
    let plain = fleet_page(&all("plain"), "plain");
    assert!(tags(&page) == tags(&plain), "{text:?}");
    assert_eq!(data(&page)["rows"].as_array().map(Vec::len), Some(6));
}

#[test]
fn tags_quotes_and_directions_stay_text() {
    for text in [
        "</script><script>alert(1)</script>",
        "<!--<script>",
        "]]></style></title></details>",
        "\"'><img src=x onerror=alert(1)>",
        "&lt;b&gt;&#60;",
        "\u{1b}[2J\u{1b}]0;title\u{7}",
        "\u{202e}txt.exe\u{2066}",
        "\u{2028}\u{2029}\u{0}\u{85}",
        "${alert(1)}`{{7*7}}{% raw %}",
        "\\u003c/script\\u003e",
        "a\\",
        "",
        " ",
    ] {
        check(text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_stays_text(text in "[<>&\"'`/!a-z\\-\\]\\\\\\x00-\\x1f\u{7f}-\u{a0}\u{200e}-\u{202e}\u{2066}-\u{2069}$#]{0,24}") {
        check(&text);
    }
}
