//! One file's change → a unified diff that `git apply` and `patch` accept.
//!
//! Lines that hold a credential are never shown: hunks are clipped around them. What cannot be
//! clipped, or would have to show a control character, is printed behind `# ` and is no patch.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Range;

use similar::{DiffOp, DiffTag, group_diff_ops};

use crate::merge::line_ops;
use crate::model::{FileChange, escape, holds_secret, is_harmful, mask_in};

const CONTEXT: usize = 3;

/// A file's diff.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileDiff {
    /// The text; empty where nothing changes.
    pub text: String,
    /// Whether it is an exact patch; otherwise every line stands behind `# `.
    pub exact: bool,
    /// Lines added.
    pub added: usize,
    /// Lines removed.
    pub removed: usize,
}

/// Returns how many lines a change adds and removes.
#[must_use]
pub fn size(change: &FileChange) -> (usize, usize) {
    if !change.writes() {
        return (0, 0);
    }
    if let (None, Some(text)) = (&change.before, &change.after) {
        let ends = text.bytes().filter(|b| *b == b'\n').count();
        let open_end = !text.is_empty() && !text.ends_with('\n');
        return (ends + usize::from(open_end), 0);
    }
    let (old, new) = both(change);
    counts(&line_ops(&old, &new))
}

/// Returns the diff of a change.
#[must_use]
pub fn diff(change: &FileChange) -> FileDiff {
    if !change.writes() {
        return FileDiff::default();
    }
    let (old, new) = both(change);
    let ops = line_ops(&old, &new);
    let (added, removed) = counts(&ops);
    let sides = Sides {
        hides: change.before.is_some() || change.moved_from.is_some() || holds_keys(&new),
        old: &old,
        new: &new,
    };
    let hunks: Option<String> = group_diff_ops(ops, CONTEXT)
        .iter()
        .flat_map(|group| sides.clip(rows(group)))
        .map(|hunk| {
            hunk.filter(|rows| !sides.is_shy(rows))
                .map(|rows| print(&rows, |row| sides.text(row).into()))
        })
        .collect();
    let exact = hunks.is_some();
    let text = match hunks {
        Some(hunks) => header(change) + &hunks,
        None => commented(change, &sides),
    };
    FileDiff {
        text,
        exact,
        added,
        removed,
    }
}

/// Whether a new file holds what was moved there: a key by its shape, or nothing but assignments.
fn holds_keys(lines: &[&str]) -> bool {
    let name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let assigns = |line: &&str| {
        line.split_once('=')
            .is_some_and(|(n, _)| n.chars().all(name))
    };
    lines.iter().all(assigns) || lines.iter().any(|line| holds_secret(line))
}

/// A line of a hunk: its mark, and where it stands in both texts.
#[derive(Debug, Clone, Copy)]
struct Row {
    mark: char,
    old: usize,
    new: usize,
}

struct Sides<'a> {
    /// Whether the file was there before, here or elsewhere, so that its lines may be the user's.
    hides: bool,
    old: &'a [&'a str],
    new: &'a [&'a str],
}

impl Sides<'_> {
    fn text(&self, row: &Row) -> &str {
        if row.mark == '+' {
            self.new[row.new]
        } else {
            self.old[row.old]
        }
    }

    fn is_secret(&self, row: &Row) -> bool {
        self.hides && self.masked(row).is_some()
    }

    fn masked(&self, row: &Row) -> Option<String> {
        if row.mark == '+' {
            mask_in(self.new, row.new)
        } else {
            mask_in(self.old, row.old)
        }
    }

    fn is_shy(&self, rows: &[Row]) -> bool {
        let control = |line: &str| {
            let body = line.trim_end_matches('\n');
            let body = body.strip_suffix('\r').unwrap_or(body);
            body.contains(is_harmful)
        };
        rows.iter()
            .any(|row| control(self.text(row)) || self.is_secret(row))
    }

    /// Cuts a hunk where its context holds a credential. None: it cannot be cut.
    fn clip(&self, rows: Vec<Row>) -> Vec<Option<Vec<Row>>> {
        let cuts = |row: &Row| row.mark == ' ' && self.is_secret(row);
        if !rows.iter().any(cuts) {
            return vec![Some(rows)];
        }
        let parts = rows.split(cuts);
        parts
            .filter(|part| part.iter().any(|row| row.mark != ' '))
            .map(|part| self.balance(part))
            .collect()
    }

    /// Gives a clipped hunk as many lines of context after it as before: with fewer before, `patch`
    /// takes it for the start of the file, and with none after, `git apply` for the end. What adds
    /// to a first line that is not shown cannot be said: `git apply` takes `-1,0` for the start.
    fn balance(&self, part: &[Row]) -> Option<Vec<Row>> {
        let before = part.iter().take_while(|row| row.mark == ' ').count();
        let after = part.iter().rev().take_while(|row| row.mark == ' ').count();
        let (first, last) = (part.first()?, part.last()?);
        let at_start = first.old == 0 && first.new == 0;
        let end = last.old + usize::from(last.mark != '+');
        let at_end = end == self.old.len();
        let after_first = first.old == 1 && part.iter().all(|row| row.mark == '+');
        let starts = at_start && before <= after && after > 0;
        let ends = at_end && after <= before && !after_first;
        let width = before.min(after);
        if starts || ends || (at_start && at_end) {
            return Some(part.to_vec());
        }
        if width == 0 {
            return None;
        }
        let (from, to) = (before - width, part.len() - (after - width));
        Some(part[from..to].to_vec())
    }
}

fn print<'s>(rows: &[Row], text: impl Fn(&Row) -> Cow<'s, str>) -> String {
    let (Some(first), mut out) = (rows.first(), String::new()) else {
        return String::new();
    };
    let old = rows.iter().filter(|row| row.mark != '+').count();
    let new = rows.iter().filter(|row| row.mark != '-').count();
    let start = |at: usize, len: usize| if len == 0 { at } else { at + 1 };
    let range = |at: usize, len: usize| match len {
        1 => start(at, len).to_string(),
        _ => format!("{},{len}", start(at, len)),
    };
    let _ = writeln!(
        out,
        "@@ -{} +{} @@",
        range(first.old, old),
        range(first.new, new)
    );
    for row in rows {
        let line = text(row);
        let _ = write!(out, "{}{line}", row.mark);
        if !line.ends_with('\n') {
            out.push_str("\n\\ No newline at end of file\n");
        }
    }
    out
}

fn rows(group: &[DiffOp]) -> Vec<Row> {
    let mut rows = Vec::new();
    for op in group {
        let (old, new) = (op.old_range(), op.new_range());
        if op.tag() == DiffTag::Equal {
            rows.extend(old.clone().zip(new.clone()).map(|(old, new)| Row {
                mark: ' ',
                old,
                new,
            }));
            continue;
        }
        rows.extend(old.clone().map(|old| Row {
            mark: '-',
            old,
            new: new.start,
        }));
        rows.extend(new.map(|new| Row {
            mark: '+',
            old: old.end,
            new,
        }));
    }
    rows
}

fn both(change: &FileChange) -> (Vec<&str>, Vec<&str>) {
    (
        lines(change.before.as_deref()),
        lines(change.after.as_deref()),
    )
}

fn lines(text: Option<&str>) -> Vec<&str> {
    text.unwrap_or_default().split_inclusive('\n').collect()
}

/// Returns how many lines one text adds to another, and how many it takes away.
pub(super) fn line_counts(before: &str, after: &str) -> (usize, usize) {
    if before == after {
        return (0, 0);
    }
    counts(&line_ops(&lines(Some(before)), &lines(Some(after))))
}

/// Lines added and removed.
fn counts(ops: &[DiffOp]) -> (usize, usize) {
    let count = |side: fn(&DiffOp) -> Range<usize>| -> usize {
        let changed = ops.iter().filter(|op| op.tag() != DiffTag::Equal);
        changed.map(|op| side(op).len()).sum()
    };
    (count(DiffOp::new_range), count(DiffOp::old_range))
}

fn header(change: &FileChange) -> String {
    let path = change.path.as_str();
    let tab = if path.contains(' ') { "\t" } else { "" };
    let mut out = format!("diff --git a/{path} b/{path}\n");
    let (before, after) = (change.mode_before.as_git(), change.mode.as_git());
    let _ = match (&change.before, &change.after) {
        (None, _) => writeln!(out, "new file mode {after}"),
        (_, None) => writeln!(out, "deleted file mode {before}"),
        _ if before != after => writeln!(out, "old mode {before}\nnew mode {after}"),
        _ => Ok(()),
    };
    if change.before == change.after {
        return out;
    }
    let _ = match change.before {
        Some(_) => writeln!(out, "--- a/{path}{tab}"),
        None => writeln!(out, "--- /dev/null"),
    };
    let _ = match change.after {
        Some(_) => writeln!(out, "+++ b/{path}{tab}"),
        None => writeln!(out, "+++ /dev/null"),
    };
    out
}

/// The whole diff behind `# `, credentials redacted and controls written out.
fn commented(change: &FileChange, sides: &Sides<'_>) -> String {
    let mut out = format!(
        "# {}: shown without credentials and control characters, so this is no patch\n",
        change.path
    );
    if change.mode_before != change.mode && change.before.is_some() {
        let _ = writeln!(
            out,
            "# mode {} -> {}",
            change.mode_before.as_git(),
            change.mode.as_git()
        );
    }
    let ops = line_ops(sides.old, sides.new);
    for group in group_diff_ops(ops, CONTEXT) {
        let text = |row: &Row| sides.masked(row).map_or(sides.text(row).into(), Cow::Owned);
        for line in print(&rows(&group), text).split_terminator('\n') {
            let _ = writeln!(out, "# {}", escape(line));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Action, Mode, RepoPath};

    fn change(before: Option<&str>, after: Option<&str>) -> FileChange {
        FileChange {
            path: RepoPath::parse("d/a b.json").expect("good"),
            action: Action::Update,
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
            mode_before: Mode::Regular,
            mode: Mode::Regular,
            conflicts: Vec::new(),
            moved_from: None,
        }
    }

    #[test]
    fn new_gone_and_changed_files() {
        let new = diff(&change(None, Some("a\nb")));
        assert_eq!(
            new.text,
            "diff --git a/d/a b.json b/d/a b.json\nnew file mode 100644\n--- /dev/null\n\
             +++ b/d/a b.json\t\n@@ -0,0 +1,2 @@\n+a\n+b\n\\ No newline at end of file\n"
        );
        assert_eq!((new.added, new.removed, new.exact), (2, 0, true));
        for text in ["", "a", "a\n", "a\nb", "\n\n"] {
            let change = change(None, Some(text));
            let whole = diff(&change);
            assert_eq!(size(&change), (whole.added, whole.removed), "{text:?}");
        }
        let gone = diff(&change(Some("a\n"), None));
        assert!(
            gone.text.ends_with("+++ /dev/null\n@@ -1 +0,0 @@\n-a\n"),
            "{}",
            gone.text
        );
        assert_eq!(diff(&change(Some("a"), Some("a"))), FileDiff::default());
    }

    #[test]
    fn a_credential_near_a_change_is_clipped_away() {
        let before = "a\nAPI_KEY=hush\nb\nc\nd\ne\nf\ng\n";
        let after = "a\nAPI_KEY=hush\nb\nc\nD\ne\nf\ng\n";
        let found = diff(&change(Some(before), Some(after)));
        assert!(
            found.exact && !found.text.contains("hush"),
            "{}",
            found.text
        );
        assert!(
            found
                .text
                .contains("@@ -3,5 +3,5 @@\n b\n c\n-d\n+D\n e\n f\n"),
            "{}",
            found.text
        );
    }

    #[test]
    fn a_credential_in_a_change_is_no_patch() {
        let found = diff(&change(Some("API_KEY=hush"), Some("API_KEY=hush\nx\n")));
        assert!(!found.exact && !found.text.contains("hush"));
        assert!(
            found.text.lines().all(|line| line.starts_with("# ")),
            "{}",
            found.text
        );
        for (before, after) in [
            ("API_KEY=hush\n", "API_KEY=hush\nx\n"),
            ("API_KEY=hush\nb\n", "x\nAPI_KEY=hush\nb\n"),
        ] {
            let found = diff(&change(Some(before), Some(after)));
            assert!(!found.exact, "git could not apply\n{}", found.text);
        }
        let (before, after) = (
            "{\n  \"PASSWD\": \"hush\"\n}\n",
            "{\n  \"PASSWD\": \"hush\",\n  \"a\": 1\n}\n",
        );
        let found = diff(&change(Some(before), Some(after)));
        assert!(
            !found.exact && !found.text.contains("hush"),
            "{}",
            found.text
        );
        let found = diff(&change(Some("a\u{1b}[2J\n"), Some("b\n")));
        assert!(
            !found.exact && !found.text.contains('\u{1b}'),
            "{}",
            found.text
        );
    }
}
