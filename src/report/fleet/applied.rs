//! What came of `fleet apply`, for people.

use std::fmt::Write as _;

use super::super::Detail;
use super::group::changes;
use super::names::{columns, counted, indented, number, repositories};
use super::part::Part;
use super::text::{head, standing, trouble, verb};
use crate::fleet::{RepoReport, Standing, Status};
use crate::model::escape;

/// How many merge requests are listed unless all are wanted.
const SOME: usize = 20;

/// Returns what was committed, pushed and proposed, then what is in the way.
#[must_use]
pub fn fleet_applied(reports: &[RepoReport], detail: Detail) -> Vec<Part> {
    let mut rows = committed(reports);
    rows.extend(standing(reports));
    for (_, what) in &mut rows {
        if let Some(branch) = what.strip_prefix("waiting on ") {
            *what = format!("already there on {branch}");
        }
    }
    let mut parts = vec![head(reports, &rows)];
    let sent = sent(reports);
    if !sent.is_empty() {
        parts.push(Part::Text(sent));
    }
    if detail == Detail::All {
        let listed = listed(reports);
        if !listed.is_empty() {
            parts.push(Part::Text(listed));
        }
    }
    if detail != Detail::Quiet {
        let requests = requests(reports, detail);
        if !requests.is_empty() {
            parts.push(Part::Text(requests));
        }
    }
    parts.extend(trouble(reports, detail));
    parts
}

fn committed(reports: &[RepoReport]) -> Vec<(usize, String)> {
    let changed = || reports.iter().filter(|r| r.status == Status::Changed);
    let done = changed().filter(|r| r.commit.is_some()).count();
    let left = changed().count() - done;
    let rows = [
        (done, format!("committed{}", branch(reports))),
        (left, "not committed yet".to_owned()),
    ];
    rows.into_iter().filter(|(count, _)| *count > 0).collect()
}

/// The branch, where all commits are on one.
fn branch(reports: &[RepoReport]) -> String {
    let mut branches = reports
        .iter()
        .filter(|r| r.status == Status::Changed && r.commit.is_some())
        .map(|r| r.branch.as_str());
    match branches.next() {
        Some(first) if branches.all(|branch| branch == first) => {
            format!(" to branch {}", escape(first))
        }
        _ => String::new(),
    }
}

/// What left this machine.
fn sent(reports: &[RepoReport]) -> String {
    let mut parts = Vec::new();
    let pushed = reports.iter().filter(|r| r.pushed).count();
    if pushed > 0 {
        parts.push(format!("{} pushed", number(pushed)));
    }
    let standings = [
        (Standing::Opened, "opened"),
        (Standing::Updated, "updated"),
        (Standing::Open, "open and up to date"),
        (Standing::Closed, "closed by somebody and left so"),
        (Standing::Merged, "merged"),
    ];
    for (standing, word) in standings {
        let stands = |r: &&RepoReport| r.proposal.as_ref().is_some_and(|p| p.standing == standing);
        let count = reports.iter().filter(stands).count();
        if count > 0 {
            let requests = counted(count, "merge request", "merge requests");
            parts.push(format!("{requests} {word}"));
        }
    }
    if parts.is_empty() {
        return String::new();
    }
    indented(&parts.join(", "), 0)
}

/// The names behind every change that was committed.
fn listed(reports: &[RepoReport]) -> String {
    changes(reports)
        .iter()
        .fold(String::new(), |mut text, change| {
            let count = repositories(change.of.len());
            let _ = writeln!(
                text,
                "\nChange {} ({}): {count}",
                change.letter,
                escape(change.id)
            );
            text.push_str(&columns(&change.names()));
            text
        })
}

/// The addresses of merge requests, those that want an eye first.
fn requests(reports: &[RepoReport], detail: Detail) -> String {
    let mut rows: Vec<(u8, &str, &str, &str)> = reports
        .iter()
        .filter_map(|report| {
            let proposal = report.proposal.as_ref()?;
            let (rank, word) = match proposal.standing {
                Standing::Closed => (0, "closed"),
                Standing::Opened => (1, "opened"),
                Standing::Updated => (2, "updated"),
                Standing::Open => (3, "open"),
                Standing::Merged => (4, "merged"),
            };
            let place = proposal.url.as_deref().unwrap_or(&report.repository);
            Some((rank, report.repository.as_str(), word, place))
        })
        .collect();
    rows.sort_unstable();
    let whole = detail == Detail::All || rows.len() <= SOME + 1;
    let shown = if whole { rows.len() } else { SOME };
    let mut text = String::new();
    for (_, _, word, place) in rows.iter().take(shown) {
        let _ = writeln!(text, "  {word:<7}  {}", escape(place));
    }
    if shown < rows.len() {
        let more = rows.len() - shown;
        let them = verb(more, "it", "them");
        let _ = writeln!(text, "  and {} more; -v lists {them}", number(more));
    }
    text
}
