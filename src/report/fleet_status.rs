//! What a ledger says, for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Detail;
use super::fleet::thousands;
use super::table::{WIDTH, wrap};
use crate::fleet::{Row, Standing, Status};
use crate::model::escape;

/// How many of a kind are shown unless all are wanted.
const SOME: usize = 10;

/// In the order they are told, what has to be looked at last.
const STATUSES: [(Status, &str); 6] = [
    (Status::UpToDate, "up to date"),
    (Status::Waiting, "waiting for the branch to be merged"),
    (Status::Changed, "changed"),
    (Status::PassedOver, "passed over"),
    (Status::Conflict, "in conflict"),
    (Status::Failed, "failed"),
];

const STANDINGS: [(Standing, &str); 5] = [
    (Standing::Opened, "opened"),
    (Standing::Updated, "updated"),
    (Standing::Open, "open"),
    (Standing::Closed, "closed"),
    (Standing::Merged, "merged"),
];

/// Returns counts, merge requests, and what conflicts and failures have in common; all rows if wanted.
#[must_use]
pub fn fleet_status(rows: &[Row], detail: Detail) -> String {
    let mut out = counts(rows);
    if detail == Detail::All {
        out.push_str(&every(rows));
    } else if detail == Detail::Fresh {
        out.push_str(&proposals(rows));
    }
    for (status, head) in [
        (Status::Conflict, "In conflict"),
        (Status::Failed, "Failed"),
    ] {
        out.push_str(&reasons(rows, status, head, detail));
    }
    out
}

fn counts(rows: &[Row]) -> String {
    let word = if rows.len() == 1 {
        "repository"
    } else {
        "repositories"
    };
    let mut out = format!("{} {word}\n", thousands(rows.len()));
    let width = thousands(rows.len()).len();
    for (status, word) in STATUSES {
        let of = rows.iter().filter(|row| row.status == status).count();
        if of > 0 {
            let _ = writeln!(out, "  {:>width$}  {word}", thousands(of));
        }
    }
    let pushed = rows.iter().filter(|row| row.pushed).count();
    if pushed > 0 {
        let _ = writeln!(out, "pushed: {}", thousands(pushed));
    }
    let standing = |row: &Row| row.proposal.as_ref().map(|proposal| proposal.standing);
    let parts: Vec<String> = STANDINGS
        .iter()
        .filter_map(|(wanted, word)| {
            let of = rows.iter().filter(|row| standing(row) == Some(*wanted));
            let of = of.count();
            (of > 0).then(|| format!("{} {word}", thousands(of)))
        })
        .collect();
    if !parts.is_empty() {
        let _ = writeln!(out, "merge requests: {}", parts.join(", "));
    }
    out
}

/// The addresses of merge requests.
fn proposals(rows: &[Row]) -> String {
    let addressed = rows.iter().filter_map(|row| Some((row, url(row)?)));
    let all: Vec<(&Row, &str)> = addressed.collect();
    let shown = shown(all.len(), Detail::Fresh);
    let width = widest(all.iter().take(shown).map(|(row, _)| *row));
    let mut out = String::new();
    for (row, url) in all.iter().take(shown) {
        let line = format!("  {:<width$}  {}", escape(&row.repository), escape(url));
        let _ = writeln!(out, "{line}");
    }
    if shown < all.len() {
        let more = thousands(all.len() - shown);
        let _ = writeln!(out, "  and {more} more; -v lists them");
    }
    out
}

/// A line for every row.
fn every(rows: &[Row]) -> String {
    let width = widest(rows.iter());
    let mut out = "\n".to_owned();
    for row in rows {
        let word = STATUSES.iter().find(|(status, _)| *status == row.status);
        let word = word.map_or("", |(_, word)| word);
        let word = word.split(" for ").next().unwrap_or_default();
        let commit = row.commit.as_deref().unwrap_or_default();
        let commit: String = commit.chars().take(12).collect();
        let pushed = if row.pushed { "pushed" } else { "" };
        let last = url(row).or(row.why.as_deref()).unwrap_or_default();
        let name = escape(&row.repository);
        let line = format!(
            "  {word:<11}  {name:<width$}  {:<12}  {pushed:<6}  {}",
            escape(&commit),
            escape(last)
        );
        let _ = writeln!(out, "{}", line.trim_end());
    }
    out
}

/// The rows of a status, those with the same reason together, the most frequent reason first.
fn reasons(rows: &[Row], status: Status, head: &str, detail: Detail) -> String {
    let mut by_reason: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.status == status) {
        let why = row.why.as_deref().unwrap_or("no reason was noted");
        // The same happened to others if only the name in it differs.
        let reason = why.replace(row.repository.as_str(), "…");
        by_reason.entry(reason).or_default().push(row);
    }
    if by_reason.is_empty() {
        return String::new();
    }
    let mut groups: Vec<(String, Vec<&Row>)> = by_reason.into_iter().collect();
    groups.sort_by_key(|(_, rows)| std::cmp::Reverse(rows.len()));
    let mut out = format!("\n{head}\n");
    let shown_groups = shown(groups.len(), detail);
    for (reason, rows) in groups.iter().take(shown_groups) {
        let reason = match rows.as_slice() {
            [only] => only.why.as_deref().unwrap_or(reason),
            _ => reason,
        };
        let head = format!("{} ({})", escape(reason), thousands(rows.len()));
        out.push_str(&indented(&head, 2));
        out.push_str(&indented(&names(rows, detail), 4));
    }
    if shown_groups < groups.len() {
        let more = thousands(groups.len() - shown_groups);
        let _ = writeln!(out, "  and {more} further reasons; -v lists them");
    }
    out
}

/// The names of repositories, one after the other.
fn names(rows: &[&Row], detail: Detail) -> String {
    let shown = shown(rows.len(), detail);
    let names = rows.iter().map(|row| escape(&row.repository));
    let mut line = names.take(shown).collect::<Vec<_>>().join(", ");
    if shown < rows.len() {
        let more = thousands(rows.len() - shown);
        let _ = write!(line, " and {more} more; -v lists them");
    }
    line
}

fn indented(text: &str, indent: usize) -> String {
    let lines = wrap(text, WIDTH - indent);
    lines.iter().fold(String::new(), |mut out, line| {
        let _ = writeln!(out, "{:indent$}{line}", "");
        out
    })
}

fn shown(all: usize, detail: Detail) -> usize {
    match detail {
        Detail::All => all,
        // A line that says there is one more is no shorter than that one.
        _ if all <= SOME + 1 => all,
        _ => SOME,
    }
}

fn url(row: &Row) -> Option<&str> {
    row.proposal.as_ref()?.url.as_deref()
}

fn widest<'a>(rows: impl Iterator<Item = &'a Row>) -> usize {
    let widths = rows.map(|row| escape(&row.repository).chars().count());
    widths.max().unwrap_or_default()
}
