//! A plan of a fleet for people: counts, then each change once, then what is in the way.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::super::{Detail, diagnostics};
use super::group::{Closeness, Lettered, Said, changes, conflicts, explains, said};
use super::names::{columns, counted, indented, list, number, repositories, tally};
use super::part::{Part, joined};
use crate::fleet::{RepoReport, Status};
use crate::model::{Diagnostic, escape};

/// How many changes, keys and messages are shown unless all are wanted.
const SOME: usize = 10;

/// Returns a plan as one text.
#[must_use]
pub fn fleet_text(reports: &[RepoReport], detail: Detail) -> String {
    joined(&fleet_planned(reports, detail))
}

/// Returns a plan: how many get which change, each change with its diff, conflicts and failures.
#[must_use]
pub fn fleet_planned(reports: &[RepoReport], detail: Detail) -> Vec<Part> {
    let changes = changes(reports);
    let mut rows = changing(&changes);
    rows.extend(standing(reports));
    let mut parts = vec![head(reports, &rows)];
    if detail != Detail::Quiet {
        parts.extend(each_change(&changes, detail));
    }
    parts.extend(trouble(reports, detail));
    parts
}

/// The number of repositories, and the rows that it is the sum of.
pub fn head(reports: &[RepoReport], rows: &[(usize, String)]) -> Part {
    if reports.is_empty() {
        return Part::Text("no repositories\n".to_owned());
    }
    let mut text = repositories(reports.len()) + "\n";
    text.push_str(&tally(rows));
    Part::Text(text)
}

fn changing(changes: &[Lettered<'_>]) -> Vec<(usize, String)> {
    let clean: Vec<&Lettered<'_>> = changes.iter().filter(|c| c.clean() > 0).collect();
    let shown = if clean.len() > SOME + 1 {
        SOME
    } else {
        clean.len()
    };
    let (first, further) = clean.split_at(shown);
    let mut rows: Vec<(usize, String)> = first
        .iter()
        .map(|change| {
            let gets = verb(change.clean(), "gets", "get");
            (change.clean(), format!("{gets} change {}", change.letter))
        })
        .collect();
    if !further.is_empty() {
        let count = further.iter().map(|change| change.clean()).sum();
        let gets = verb(count, "gets", "get");
        let what = format!("{gets} one of {} further changes", number(further.len()));
        rows.push((count, what));
    }
    rows
}

/// The rows of those that get nothing, or not all of it.
pub fn standing(reports: &[RepoReport]) -> Vec<(usize, String)> {
    let count = |status| reports.iter().filter(|r| r.status == status).count();
    let mut rows = vec![
        (count(Status::Conflict), "conflict".to_owned()),
        (count(Status::Failed), "failed".to_owned()),
    ];
    rows.extend(by(reports, Status::Waiting, |report| {
        format!("waiting on branch {}", escape(&report.branch))
    }));
    rows.extend(by(reports, Status::PassedOver, |report| {
        match report.diagnostics.first() {
            Some(reason) => format!("passed over: {}", escape(&reason.message)),
            None => "passed over".to_owned(),
        }
    }));
    rows.push((count(Status::UpToDate), "up to date".to_owned()));
    rows.retain(|(count, _)| *count > 0);
    if let Some((_, conflict)) = rows.iter_mut().find(|(_, what)| what == "conflict") {
        conflict.clear();
        conflict.push_str(verb(count(Status::Conflict), "conflicts", "conflict"));
    }
    rows
}

/// Counts the repositories of a status by a word; many words are none.
fn by(
    reports: &[RepoReport],
    status: Status,
    word: impl Fn(&RepoReport) -> String,
) -> Vec<(usize, String)> {
    const WORDS: usize = 4;
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for report in reports.iter().filter(|r| r.status == status) {
        *counts.entry(word(report)).or_default() += 1;
    }
    if counts.len() > WORDS {
        let plain = match status {
            Status::Waiting => "waiting on their branches",
            _ => "passed over",
        };
        return vec![(counts.values().sum(), plain.to_owned())];
    }
    let mut rows: Vec<(usize, String)> = counts.into_iter().map(|(w, n)| (n, w)).collect();
    rows.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    rows
}

fn each_change(changes: &[Lettered<'_>], detail: Detail) -> Vec<Part> {
    let all = detail == Detail::All || changes.len() <= SOME + 1;
    let shown = if all { changes.len() } else { SOME };
    let mut parts = Vec::new();
    for change in changes.iter().take(shown) {
        parts.push(Part::Text(heading(change, detail)));
        if !change.diff.is_empty() {
            parts.push(Part::Diff(patch(change.diff)));
        }
    }
    if shown < changes.len() {
        let more = number(changes.len() - shown);
        parts.push(Part::Text(format!(
            "\nand {more} more changes; -v shows them\n"
        )));
    }
    parts
}

/// A change's letter and id, and who gets it.
pub fn heading(change: &Lettered<'_>, detail: Detail) -> String {
    let mut text = format!("\nChange {} ({})", change.letter, escape(change.id));
    let _ = write!(text, ": {}", repositories(change.of.len()));
    let torn = change.of.len() - change.clean();
    if torn == change.of.len() {
        let _ = write!(text, " with {}", verb(torn, "a conflict", "conflicts"));
    } else if torn > 0 {
        let _ = write!(
            text,
            ", {} with {}",
            number(torn),
            verb(torn, "a conflict", "conflicts")
        );
    }
    let _ = write!(text, ", {}", counted(change.files(), "file", "files"));
    text.push('\n');
    match (detail, change.of.as_slice()) {
        (_, [only]) => text.push_str(&indented(&escape(&only.repository), 2)),
        (Detail::All, _) => text.push_str(&columns(&change.names())),
        _ => {}
    }
    text
}

/// A diff as it may be printed: whoever wrote the report, no terminal obeys it.
pub fn patch(diff: &str) -> String {
    diff.split_inclusive('\n')
        .fold(String::new(), |mut out, line| {
            let body = line.strip_suffix('\n').unwrap_or(line);
            let (body, end) = match body.strip_suffix('\r') {
                Some(body) => (body, "\r\n"),
                None => (body, "\n"),
            };
            out.push_str(&escape(body));
            out.push_str(end);
            out
        })
}

/// Conflicts by key, failures by message.
pub fn trouble(reports: &[RepoReport], detail: Detail) -> Vec<Part> {
    let keys = in_conflict(reports, detail).into_iter();
    keys.chain(messages(reports, explains, detail)).collect()
}

/// Keys in conflict, each with its repositories.
pub fn in_conflict(reports: &[RepoReport], detail: Detail) -> Option<Part> {
    let found = conflicts(reports);
    let all: usize = found.values().map(BTreeMap::len).sum();
    let shown = if detail == Detail::All || all <= SOME + 1 {
        all
    } else {
        SOME
    };
    let mut text = String::new();
    let mut last = "";
    let rows = found.iter().flat_map(|(path, keys)| {
        let keys = keys.iter();
        keys.map(move |(key, names)| (*path, *key, names))
    });
    for (path, key, names) in rows.take(shown) {
        if text.is_empty() {
            text.push_str("\nConflicts\n");
        }
        if last != path || text.ends_with("Conflicts\n") {
            text.push_str(&indented(&escape(path), 2));
            last = path;
        }
        let key = if key.is_empty() {
            "the whole file".to_owned()
        } else {
            escape(key)
        };
        let names: Vec<&str> = names.iter().copied().collect();
        let lead = format!("{key}, {}", repositories(names.len()));
        text.push_str(&list(&lead, &names, 4, detail));
    }
    if shown < all {
        let more = counted(all - shown, "more key", "more keys");
        let _ = writeln!(text, "  and {more}; -v lists them");
    }
    (!text.is_empty()).then_some(Part::Text(text))
}

/// What is said of those that a test picks, each message once.
pub fn messages(
    reports: &[RepoReport],
    picks: impl Fn(&RepoReport, &Diagnostic) -> bool,
    detail: Detail,
) -> Vec<Part> {
    let closeness = if detail == Detail::All {
        Closeness::Same
    } else {
        Closeness::Alike
    };
    let all = said(reports, picks, closeness);
    let whole = detail == Detail::All || all.len() <= SOME + 1;
    let shown = if whole { all.len() } else { SOME };
    let mut text = String::new();
    for said in all.iter().take(shown) {
        text.push('\n');
        text.push_str(&message(said, detail));
    }
    if shown < all.len() {
        let more = counted(all.len() - shown, "more message", "more messages");
        let _ = writeln!(text, "\nand {more}; -v shows them");
    }
    if text.is_empty() {
        return Vec::new();
    }
    vec![Part::Diagnostics(text)]
}

fn message(said: &Said<'_>, detail: Detail) -> String {
    let bare = Diagnostic {
        help: None,
        ..said.diagnostic.clone()
    };
    let mut text = diagnostics(&[bare]);
    let names: Vec<&str> = said.names.iter().copied().collect();
    let so = if said.alike { ", alike" } else { "" };
    let lead = match names.as_slice() {
        [only] => format!("note: in {}", escape(only)),
        _ => format!("note: in {}{so}", repositories(names.len())),
    };
    match names.as_slice() {
        [_] => text.push_str(&indented(&lead, 0)),
        _ => text.push_str(&list(&lead, &names, 0, detail)),
    }
    if let Some(help) = &said.diagnostic.help {
        let _ = writeln!(text, "help: {}", escape(help));
    }
    text
}

/// The form of a verb, or another word, for one and for many.
pub fn verb(count: usize, one: &'static str, many: &'static str) -> &'static str {
    if count == 1 { one } else { many }
}
