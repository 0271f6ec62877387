//! The part of the page that needs no script.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::super::super::rules::severity_word;
use super::super::group::{Closeness, Lettered, conflicts, explains, said};
use super::super::names::{counted, number, repositories};
use crate::fleet::{FileOutcome, RepoReport, Status};
use crate::model::{Action, escape};

/// Every status: its word in a link, its sign, and its name.
pub const STATUSES: [(Status, &str, &str, &str); 6] = [
    (Status::Changed, "changed", "●", "Changed"),
    (Status::Conflict, "conflict", "▲", "Conflict"),
    (Status::Failed, "failed", "✕", "Failed"),
    (Status::Waiting, "waiting", "◔", "Waiting"),
    (Status::PassedOver, "passed-over", "–", "Passed over"),
    (Status::UpToDate, "up-to-date", "✓", "Up to date"),
];
/// How many bytes of diffs a page holds.
const MOST: usize = 1_500_000;
/// How many changes, keys and messages are shown at most.
const SOME: usize = 200;
/// How many names follow a key or a message.
const FEW: usize = 8;

/// Returns a text as HTML shows it: no part of it is a tag, and none directs what is around it.
pub fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in escape(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// Returns a message as HTML, what it quotes as code.
fn message(said: &str) -> String {
    let quoted: Vec<&str> = said.split('`').collect();
    if quoted.len().is_multiple_of(2) {
        return text(said);
    }
    let parts = quoted
        .iter()
        .enumerate()
        .map(|(place, part)| match place % 2 {
            0 => text(part),
            _ => format!("<code>{}</code>", text(part)),
        });
    parts.collect()
}

/// Returns the body from below its title up to the data.
pub fn body(reports: &[RepoReport], changes: &[Lettered<'_>]) -> String {
    let mut out = format!(
        "<p class=\"sub\">{}</p>\n</header>\n<main>\n",
        about(reports)
    );
    out.push_str(&standing(reports));
    out.push_str(&each_change(changes));
    out.push_str(&trouble(reports));
    out.push_str(include_str!("table.html"));
    out.push_str("</main>\n");
    out
}

fn about(reports: &[RepoReport]) -> String {
    let files: BTreeSet<&str> = reports
        .iter()
        .flat_map(|report| report.files.iter().map(|file| file.path.as_str()))
        .collect();
    let groups: BTreeSet<&str> = reports.iter().map(|r| r.group.as_str()).collect();
    let branches: BTreeSet<&str> = reports.iter().map(|r| r.branch.as_str()).collect();
    let mut parts = vec![
        repositories(reports.len()),
        counted(groups.len(), "group", "groups"),
        counted(files.len(), "managed file", "managed files"),
    ];
    if let (Some(branch), 1) = (branches.first(), branches.len()) {
        parts.push(format!("branch <code>{}</code>", text(branch)));
    }
    parts.join(" · ")
}

/// The headline: a bar of shares, and a number for each status.
fn standing(reports: &[RepoReport]) -> String {
    let count = |status| reports.iter().filter(|r| r.status == status).count();
    let all = reports.len().max(1);
    let mut bar = String::new();
    let mut tiles = String::new();
    let mut at = 0;
    for (status, word, sign, name) in STATUSES {
        let count = count(status);
        if count > 0 {
            // In thousandths, and what is there at all can be seen.
            let width = (count * 1000 / all).max(3);
            let _ = write!(
                bar,
                "<rect class=\"{word}\" x=\"{at}\" width=\"{width}\" height=\"10\"/>"
            );
            at += width;
        }
        let none = if count == 0 { " none" } else { "" };
        let _ = writeln!(
            tiles,
            "<li><a class=\"tile {word}{none}\" href=\"#status={word}\"><span class=\"n\">{}</span> \
             <span class=\"l\"><span class=\"sign\" aria-hidden=\"true\">{sign}</span> {name}</span></a></li>",
            number(count)
        );
    }
    format!(
        "<section aria-labelledby=\"h-standing\">\n<h2 id=\"h-standing\" class=\"vh\">How the repositories stand</h2>\n\
         <svg class=\"bar\" viewBox=\"0 0 {} 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">{bar}</svg>\n\
         <ul class=\"tiles\">\n{tiles}</ul>\n</section>\n",
        at.max(1)
    )
}

fn each_change(changes: &[Lettered<'_>]) -> String {
    let mut out = format!(
        "<section aria-labelledby=\"h-changes\">\n<h2 id=\"h-changes\">Changes <small>{}</small></h2>\n",
        number(changes.len())
    );
    if changes.is_empty() {
        out.push_str("<p class=\"calm\">No repository gets a change.</p>\n");
    }
    let mut left = MOST;
    for lettered in changes.iter().take(SOME) {
        out.push_str(&change(lettered, &mut left));
    }
    if changes.len() > SOME {
        let more = number(changes.len() - SOME);
        let _ = writeln!(
            out,
            "<p class=\"calm\">And {more} more; the filter below knows the first {SOME} by letter, and finds every one by its id.</p>"
        );
    }
    out.push_str("</section>\n");
    out
}

fn change(change: &Lettered<'_>, left: &mut usize) -> String {
    let letter = &change.letter;
    let torn = change.of.len() - change.clean();
    let torn = match torn {
        0 => String::new(),
        torn => format!(" <span class=\"torn\">{} in conflict</span>", number(torn)),
    };
    let mut out = format!(
        "<details class=\"change\" id=\"change-{letter}\">\n<summary><span class=\"letter\"><span class=\"vh\">Change </span>{letter}</span> \
         <span class=\"n\">{}</span> <span class=\"what\">{}</span>{torn} <code class=\"id\">{}</code></summary>\n\
         <p class=\"files\">{} <a class=\"show\" href=\"#change={letter}\">Show the repositories of change {letter}</a></p>\n",
        repositories(change.of.len()),
        counted(change.files(), "file", "files"),
        text(change.id),
        written(change),
    );
    if change.diff.is_empty() {
        out.push_str("<p class=\"calm\">The report has no diff of it.</p>\n");
    } else if change.diff.len() > *left {
        out.push_str("<p class=\"calm\">Its diff would make the page too large; <code>fleet report -v</code> shows it.</p>\n");
    } else {
        *left -= change.diff.len();
        out.push_str(&diff(letter, change.diff));
    }
    out.push_str("</details>\n");
    out
}

/// The files that a change writes.
fn written(change: &Lettered<'_>) -> String {
    let first = change.of.first().map_or(&[][..], |report| &report.files);
    let shown = |file: &&FileOutcome| sign(file.action).is_some();
    let files = first.iter().filter(shown).take(SOME).map(|file| {
        let (sign, word) = sign(file.action).unwrap_or_default();
        let path = text(&file.path);
        format!("<span class=\"file\"><span aria-hidden=\"true\">{sign}</span><span class=\"vh\">{word} </span>{path}</span>")
    });
    files.collect::<Vec<_>>().join(" ")
}

fn sign(action: Action) -> Option<(&'static str, &'static str)> {
    match action {
        Action::Create => Some(("+", "creates")),
        Action::Update => Some(("~", "updates")),
        Action::Delete => Some(("−", "deletes")),
        Action::Keep | Action::Conflict => None,
    }
}

fn diff(letter: &str, diff: &str) -> String {
    let mut out = format!(
        "<pre class=\"diff\" tabindex=\"0\" role=\"group\" aria-label=\"Diff of change {letter}\">"
    );
    for line in diff.lines() {
        let class = match line.as_bytes() {
            [b'+', b'+', b'+', ..] | [b'-', b'-', b'-', ..] | [b'd', ..] => "head",
            [b'+', ..] => "add",
            [b'-', ..] => "del",
            [b'@', ..] => "hunk",
            _ => "",
        };
        let line = text(line);
        let _ = match class {
            "" => writeln!(out, "{line}"),
            class => writeln!(out, "<span class=\"{class}\">{line}</span>"),
        };
    }
    out.push_str("</pre>\n");
    out
}

/// Conflicts by key and failures by message, where there are any.
fn trouble(reports: &[RepoReport]) -> String {
    torn(reports) + &failures(reports)
}

fn torn(reports: &[RepoReport]) -> String {
    let mut rows = String::new();
    let found = conflicts(reports);
    let keys = found.iter().flat_map(|(path, keys)| {
        let keys = keys.iter();
        keys.map(move |(key, names)| (*path, *key, names))
    });
    for (path, key, of) in keys.take(SOME) {
        let key = if key.is_empty() {
            "the whole file"
        } else {
            key
        };
        let _ = writeln!(
            rows,
            "<tr><th scope=\"row\"><code>{}</code></th><td><code>{}</code></td><td class=\"n\">{}</td><td>{}</td></tr>",
            text(path),
            text(key),
            number(of.len()),
            names(of)
        );
    }
    let mut out = String::new();
    if !rows.is_empty() {
        let _ = writeln!(
            out,
            "<section aria-labelledby=\"h-conflicts\">\n<h2 id=\"h-conflicts\">Conflicts</h2>\n<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-labelledby=\"h-conflicts\"><table class=\"plain\">\
             <thead><tr><th scope=\"col\">File</th><th scope=\"col\">Key</th><th scope=\"col\" class=\"n\">In</th>\
             <th scope=\"col\">Repositories</th></tr></thead>\n<tbody>\n{rows}</tbody></table></div>\n</section>"
        );
    }
    out
}

fn failures(reports: &[RepoReport]) -> String {
    let mut out = String::new();
    let all = said(reports, explains, Closeness::Alike);
    if all.is_empty() {
        return out;
    }
    out.push_str("<section aria-labelledby=\"h-said\">\n<h2 id=\"h-said\">Failures and findings</h2>\n<ul class=\"said\">\n");
    for said in all.iter().take(SOME) {
        let diagnostic = said.diagnostic;
        let alike = if said.alike { " alike" } else { "" };
        let _ = write!(
            out,
            "<li><p class=\"message\"><span class=\"severity\">{}</span> {}</p><p class=\"of\">{}{alike}: {}</p>",
            severity_word(diagnostic.severity),
            message(&diagnostic.message),
            repositories(said.names.len()),
            names(&said.names)
        );
        if let Some(help) = &diagnostic.help {
            let _ = write!(
                out,
                "<p class=\"help\"><span>help</span> {}</p>",
                message(help)
            );
        }
        out.push_str("</li>\n");
    }
    if all.len() > SOME {
        let _ = writeln!(out, "<li>And {} more.</li>", number(all.len() - SOME));
    }
    out.push_str("</ul>\n</section>\n");
    out
}

fn names(all: &BTreeSet<&str>) -> String {
    let shown: Vec<String> = all.iter().take(FEW).map(|name| text(name)).collect();
    let mut out = shown.join(", ");
    if all.len() > FEW {
        let _ = write!(out, " and {} more", number(all.len() - FEW));
    }
    out
}
