//! Reverse hunks: what takes a text back to what it was.
//!
//! A line that both texts hold is known by its hash alone, and of a changed line only the part that
//! went is kept, so that the state folder never holds a user's file. Lines end at `\n` and nowhere
//! else, so that every byte comes back.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use similar::{Algorithm, DiffTag, capture_diff_slices};

/// Lines around a change that must be the same for it to be taken back.
const CONTEXT: usize = 3;

/// One run of lines and how it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hunk {
    /// The first of `lines` in the text after, from 0.
    at: usize,
    /// Hashes of the lines before it.
    above: Vec<u64>,
    /// Hashes of the lines that change.
    lines: Vec<u64>,
    /// Hashes of the lines after it.
    below: Vec<u64>,
    /// How many bytes at their start stay.
    start: usize,
    /// How many bytes at their end stay.
    end: usize,
    /// What stood between.
    text: String,
}

impl Hunk {
    fn knows_a_line(&self) -> bool {
        !(self.above.is_empty() && self.lines.is_empty() && self.below.is_empty())
    }
}

/// Returns the hunks that take `after` back to `before`.
#[must_use]
pub fn reverse(before: &str, after: &str) -> Vec<Hunk> {
    let (old, new) = (lines_of(before), lines_of(after));
    let ops = capture_diff_slices(Algorithm::Myers, &new, &old);
    let mut hunks: Vec<Hunk> = Vec::new();
    let mut run: Option<(std::ops::Range<usize>, std::ops::Range<usize>)> = None;
    for op in ops {
        if op.tag() == DiffTag::Equal {
            hunks.extend(run.take().map(|(from, to)| hunk(&new, from, &old[to])));
            continue;
        }
        let (from, to) = (op.old_range(), op.new_range());
        run = Some(match run {
            Some((f, t)) => (f.start..from.end, t.start..to.end),
            None => (from, to),
        });
    }
    hunks.extend(run.map(|(from, to)| hunk(&new, from, &old[to])));
    hunks
}

/// Takes the hunks' change back in a text that may have changed elsewhere since; none where a line
/// of a hunk or around it has changed.
#[must_use]
pub fn take_back(hunks: &[Hunk], text: &str) -> Option<String> {
    let lines = lines_of(text);
    let hashes: Vec<u64> = lines.iter().map(|line| hash(line)).collect();
    let mut out = String::with_capacity(text.len());
    let (mut done, mut drift) = (0, 0);
    for hunk in hunks {
        let at = find(hunk, &hashes, done, hunk.at.saturating_add_signed(drift))?;
        drift = isize::try_from(at).ok()? - isize::try_from(hunk.at).ok()?;
        let end = at + hunk.lines.len();
        let changed = lines[at..end].concat();
        out.push_str(&lines[done..at].concat());
        out.push_str(changed.get(..hunk.start)?);
        out.push_str(&hunk.text);
        out.push_str(changed.get(changed.len().checked_sub(hunk.end)?..)?);
        let cut_short = !out.is_empty() && !out.ends_with('\n');
        if cut_short && end < lines.len() {
            return None;
        }
        done = end;
    }
    out.push_str(&lines[done..].concat());
    Some(out)
}

fn hunk(new: &[&str], from: std::ops::Range<usize>, old: &[&str]) -> Hunk {
    let hashes = |lines: &[&str]| lines.iter().map(|line| hash(line)).collect();
    let (was, is) = (old.concat(), new[from.clone()].concat());
    let start = common_start(&was, &is);
    let end = common_end(&was[start..], &is[start..]);
    Hunk {
        at: from.start,
        above: hashes(&new[from.start.saturating_sub(CONTEXT)..from.start]),
        lines: hashes(&new[from.clone()]),
        below: hashes(&new[from.end..new.len().min(from.end + CONTEXT)]),
        start,
        end,
        text: was[start..was.len() - end].to_owned(),
    }
}

/// The place nearest to the expected one, counted `from` on, where all lines of the hunk stand.
fn find(hunk: &Hunk, hashes: &[u64], from: usize, expected: usize) -> Option<usize> {
    let last = hashes.len().checked_sub(hunk.lines.len())?;
    (from..=last)
        .filter(|at| stands_at(hunk, hashes, *at))
        .min_by_key(|at| at.abs_diff(expected))
}

fn stands_at(hunk: &Hunk, hashes: &[u64], at: usize) -> bool {
    let (above, rest) = hashes.split_at(at);
    above.ends_with(&hunk.above)
        && rest.starts_with(&hunk.lines)
        && rest[hunk.lines.len()..].starts_with(&hunk.below)
        && (hunk.knows_a_line() || hashes.is_empty())
}

fn lines_of(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

fn hash(line: &str) -> u64 {
    let digest = Sha256::digest(line.as_bytes());
    digest
        .iter()
        .take(8)
        .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

fn common_start(a: &str, b: &str) -> usize {
    let same = a.chars().zip(b.chars()).take_while(|(x, y)| x == y);
    same.map(|(c, _)| c.len_utf8()).sum()
}

fn common_end(a: &str, b: &str) -> usize {
    let same = a
        .chars()
        .rev()
        .zip(b.chars().rev())
        .take_while(|(x, y)| x == y);
    same.map(|(c, _)| c.len_utf8()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(before: &str, after: &str) -> Vec<Hunk> {
        let hunks = reverse(before, after);
        assert_eq!(take_back(&hunks, after).as_deref(), Some(before));
        hunks
    }

    #[test]
    fn every_byte_comes_back() {
        check("", "");
        check("", "a\n");
        check("a\n", "");
        check("a", "a\n");
        check("\u{feff}a\r\nb\rc", "\u{feff}a\r\nb\rc\r\nd\n");
        check("a\nb\nc\n", "a\nb\nx\nc\ny");
        check("ä", "å");
    }

    #[test]
    fn a_line_that_only_grew_is_not_kept() {
        let hunks = check(
            "{\n  \"a\": \"private\"\n}\n",
            "{\n  \"a\": \"private\",\n  \"b\": 1\n}\n",
        );
        let kept = serde_json::to_string(&hunks).expect("hunks are JSON");
        assert!(!kept.contains("private"), "{kept}");
    }

    #[test]
    fn lines_added_below_ours_stay() {
        let hunks = reverse("a\n", "a\nours\n");
        assert_eq!(
            take_back(&hunks, "a\nours\nuser\n").as_deref(),
            Some("a\nuser\n")
        );
        let without_end = reverse("a", "a\nours\n");
        assert_eq!(take_back(&without_end, "a\nours\nuser\n"), None);
    }

    #[test]
    fn a_change_elsewhere_is_kept_and_one_beside_is_a_conflict() {
        let before = "1\n2\n3\n4\n5\n6\n7\n8\n";
        let hunks = reverse(before, "1\nours\n2\n3\n4\n5\n6\n7\n8\n");
        let elsewhere = "1\nours\n2\n3\n4\n5\n6\n7\n8\nuser\n";
        let taken = take_back(&hunks, elsewhere);
        assert_eq!(taken.as_deref(), Some("1\n2\n3\n4\n5\n6\n7\n8\nuser\n"));
        assert_eq!(
            take_back(&hunks, "1\nours\nuser\n2\n3\n4\n5\n6\n7\n8\n"),
            None
        );
    }
}
