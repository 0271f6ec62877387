//! Lines of a text, and adding and removing whole ones so that each undoes the other.
//!
//! A text without a final newline keeps having none: the line end that parts its last line from
//! ours goes again when ours goes.

use std::borrow::Cow;
use std::collections::BTreeSet;

use similar::DiffOp;
use similar::algorithms::{Capture, Compact, Replace, myers};

use crate::model::lf;

/// One line, its end apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) start: usize,
    pub(super) text: &'a str,
    pub(super) end: &'a str,
}

impl Line<'_> {
    /// Where the next line starts.
    pub(super) fn after(&self) -> usize {
        self.start + self.text.len() + self.end.len()
    }
}

pub(super) fn split_bom(text: &str) -> (&str, &str) {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.split_at(text.len() - body.len())
}

pub(super) fn split(text: &str) -> Vec<Line<'_>> {
    let mut start = 0;
    let line = |whole: &'_ str| {
        let text = whole.strip_suffix('\n').unwrap_or(whole);
        let ended = text.len() < whole.len();
        let text = if ended {
            text.strip_suffix('\r').unwrap_or(text)
        } else {
            text
        };
        text.len()
    };
    text.split_inclusive('\n')
        .map(|whole| {
            let (text, end) = whole.split_at(line(whole));
            let this = Line { start, text, end };
            start += whole.len();
            this
        })
        .collect()
}

/// The line end in use where lines are added: that of the last line that has one. A carriage
/// return that ends the text alone must not become part of one.
pub(super) fn line_end(text: &str) -> &'static str {
    match text.rfind('\n') {
        Some(at) if text[..at].ends_with('\r') => "\r\n",
        _ if text.ends_with('\r') => "\r\n",
        _ => "\n",
    }
}

pub(super) fn append<'l>(text: &str, added: impl IntoIterator<Item = &'l str>) -> String {
    append_with(text, line_end(text), added)
}

/// Appends lines with a line end of the caller's.
pub(super) fn append_with<'l>(
    text: &str,
    end: &str,
    added: impl IntoIterator<Item = &'l str>,
) -> String {
    let ended = text.is_empty() || text.ends_with('\n');
    let mut out = text.to_owned();
    for line in added {
        if ended {
            out.extend([line, end]);
        } else {
            out.extend([end, line]);
        }
    }
    out
}

/// The byte ranges of the lines with these numbers, each run as one.
pub(super) fn runs(lines: &[Line<'_>], dropped: &BTreeSet<usize>) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for &number in dropped {
        let Some(line) = lines.get(number) else {
            continue;
        };
        match runs.last_mut() {
            Some(run) if run.1 == line.start => run.1 = line.after(),
            _ => runs.push((line.start, line.after())),
        }
    }
    let unended = lines
        .last()
        .filter(|line| line.end.is_empty())
        .map(Line::after);
    if let Some(run) = runs.last_mut().filter(|run| Some(run.1) == unended) {
        let before = lines.iter().rev().find(|line| line.after() == run.0);
        run.0 -= before
            .filter(|line| !line.text.is_empty())
            .map_or(0, |line| line.end.len());
    }
    runs
}

pub(super) fn remove(text: &str, lines: &[Line<'_>], dropped: &BTreeSet<usize>) -> String {
    let cuts = runs(lines, dropped)
        .into_iter()
        .map(|(start, end)| (start, end, String::new()));
    splice(text, cuts.collect())
}

/// Replaces byte ranges, which must not overlap; equal starts keep their order.
pub(super) fn splice(text: &str, mut splices: Vec<(usize, usize, String)>) -> String {
    splices.sort_by_key(|(start, end, _)| (*start, *end));
    let mut out = String::with_capacity(text.len() + 64);
    let mut at = 0;
    for (start, end, new) in splices {
        out.push_str(text.get(at..start).unwrap_or_default());
        out.push_str(&new);
        at = at.max(end);
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// The text without BOM and with LF line ends, in which values are compared.
pub(super) fn normal(text: &str) -> Cow<'_, str> {
    lf(split_bom(text).1)
}

/// Returns what turns one run of lines into another, as [`similar`] finds it by Myers' algorithm; through
/// its own front door every algorithm it knows would be in the program, once per type of line.
#[must_use]
pub fn line_ops(old: &[&str], new: &[&str]) -> Vec<DiffOp> {
    let mut ops = Compact::new(Replace::new(Capture::new()), old, new);
    let Ok(()) = myers::diff(&mut ops, old, 0..old.len(), new, 0..new.len());
    ops.into_inner().into_inner().into_ops()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let added = append(text, ["x", "y"]);
        assert_eq!(added, expected);
        let lines = split(&added);
        let ours = (lines.len() - 2..lines.len()).collect();
        assert_eq!(remove(&added, &lines, &ours), text);
    }

    #[test]
    fn removing_undoes_appending() {
        check("", "x\ny\n");
        check("a\n", "a\nx\ny\n");
        check("a", "a\nx\ny");
        check("a\r\nb", "a\r\nb\r\nx\r\ny");
        check("a\n\n", "a\n\nx\ny\n");
        check("a\nb\r\n", "a\nb\r\nx\r\ny\r\n");
    }
}
