//! The page as a text: small, complete, and closed to the network. A browser is in `tests/real`.

use claude_scaffold::fleet::{RepoReport, Status};
use claude_scaffold::model::Action;
use claude_scaffold::report::fleet_page;
use serde_json::Value;

use super::made::{DIFF, changed, file, fleet, report};

/// The data of a page.
pub fn data(page: &str) -> Value {
    let begin = "<script type=\"application/json\" id=\"data\">";
    let (_, rest) = page.split_once(begin).expect("data");
    let (data, _) = rest.split_once("</script>").expect("an end");
    serde_json::from_str(data).expect("JSON")
}

fn without_scripts(page: &str) -> &str {
    page.split("<script").next().expect("a part")
}

#[test]
fn counts_changes_and_trouble_need_no_script() {
    let page = fleet_page(&fleet(), "Fleet <of> shops");
    let plain = without_scripts(&page);
    for shown in [
        "<title>Fleet &lt;of&gt; shops</title>",
        "2,114 repositories · 1 group · 3 managed files",
        "<span class=\"n\">1,295</span>",
        "<span class=\"n\">800</span>",
        "<span class=\"del\">-  &quot;model&quot;: &quot;claude-sonnet-4-5&quot;</span>",
        "href=\"#change=B\"",
        "<code>env.ANTHROPIC_BASE_URL</code>",
        "<code>the whole file</code>",
        "branch <code>claude-scaffold</code> has gone another way",
        "<noscript>",
    ] {
        assert!(plain.contains(shown), "{shown}");
    }
    assert_eq!(page.matches("<details").count(), 2);
}

#[test]
fn it_asks_for_nothing_beyond_itself() {
    let page = fleet_page(&fleet(), "Fleet");
    for word in [
        "http:", "https:", "src=", "@import", "url(", "<link", " on", "style=",
    ] {
        let found = page.match_indices(word);
        // In the script, what a link must begin with.
        let found = found.filter(|(at, _)| !page[..*at].ends_with("/^") && word != " on");
        assert_eq!(found.count(), 0, "{word}");
    }
    let handlers = [
        "onclick",
        "onload",
        "onerror",
        "innerHTML",
        "eval(",
        "document.write",
    ];
    assert!(handlers.iter().all(|word| !page.contains(word)));
    assert!(page.contains("default-src 'none'; style-src 'sha256-"));
    assert!(!page.contains("unsafe-inline"));
}

#[test]
fn the_same_reports_in_any_order_are_the_same_page() {
    let mut reports = fleet();
    let page = fleet_page(&reports, "Fleet");
    reports.reverse();
    assert!(fleet_page(&reports, "Fleet") == page);
}

#[test]
fn ten_thousand_repositories_stay_small() {
    let paths: Vec<String> = (0..20)
        .map(|n| format!("folder/some-file-{n}.json"))
        .collect();
    let reports: Vec<RepoReport> = (0..10_000)
        .map(|n| {
            let mut report = changed(
                &format!("organisation/repository-{n:05}"),
                &format!("{:012x}", n % 40),
            );
            report.files = paths
                .iter()
                .map(|path| file(path, Action::Update))
                .collect();
            report.files[n % 20].action = Action::Keep;
            report.diff = (n < 40).then(|| DIFF.repeat(10));
            report
        })
        .collect();
    let page = fleet_page(&reports, "Fleet");
    assert!(page.len() < 2_000_000, "{}", page.len());
    let data = data(&page);
    assert_eq!(data["rows"].as_array().map(Vec::len), Some(10_000));
    assert_eq!(data["patterns"].as_array().map(Vec::len), Some(20));
}

#[test]
fn as_many_changes_as_repositories_stay_small_too() {
    let reports: Vec<RepoReport> = (0..10_000)
        .map(|n| {
            let mut report = changed(&format!("r{n}"), &format!("{n:012x}"));
            report.diff = Some(DIFF.repeat(100));
            report.files = vec![file(&format!("own/{n}"), Action::Create)];
            report
        })
        .collect();
    let page = fleet_page(&reports, "Fleet");
    assert!(page.len() < 6_000_000, "{}", page.len());
    assert!(page.contains("And 9,800 more"));
    assert!(page.contains("would make the page too large"));
    assert_eq!(data(&page)["columns"], 40);
}

#[test]
fn a_row_says_all_that_is_known() {
    let mut one = changed("a", "0a1b2c3d4e5f");
    one.files[1].action = Action::Conflict;
    one.files[1].conflicts = vec!["model".to_owned()];
    one.status = Status::Conflict;
    let data = data(&fleet_page(&[report("b", Status::UpToDate), one], "Fleet"));
    let first = &data["rows"][0];
    assert_eq!(first[0], "a");
    assert_eq!(data["statuses"][1][0], "conflict");
    assert_eq!(first[1], 1);
    let pattern =
        &data["patterns"][usize::try_from(first[5].as_u64().expect("a place")).expect("small")];
    assert_eq!(*pattern, serde_json::json!([[3, 8 + 5, 16 + 3], [[1, 0]]]));
    assert_eq!(data["keys"][0], "model");
    assert_eq!(data["rows"][1][3], -1);
}

#[test]
fn an_empty_fleet_has_a_page() {
    let page = fleet_page(&[], "Fleet");
    assert!(page.contains("0 repositories") && page.contains("No repository gets a change."));
    assert_eq!(data(&page)["rows"], serde_json::json!([]));
}
