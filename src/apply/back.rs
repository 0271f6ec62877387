//! What takes a text back to what it was.
//!
//! Lines are known by short hashes, and of a line that changed only the part that went is kept, so that
//! the state folder never holds a user's file. Of a credential not even that is kept: it comes back from
//! the text where it still stands there, and otherwise there is no way back. Lines end at `\n` and
//! nowhere else, so that every byte comes back.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use similar::DiffTag;

use crate::merge::line_ops;
use crate::model::{credentials, paired};

/// Shorter values are no credentials, and stand in any line.
const SHORTEST: usize = 6;
/// Longer texts come back only while nobody else changes them.
const MOST_LINES: usize = 10_000;

/// The way from one text back to another.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct WayBack {
    /// Hashes of the lines it starts from.
    lines: Vec<u32>,
    hunks: Vec<Hunk>,
}

/// One run of lines and how it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Hunk {
    /// Which lines.
    lines: Range<usize>,
    /// How many bytes at their start stay.
    start: usize,
    /// How many bytes at their end stay.
    end: usize,
    /// What stood between.
    text: String,
    /// The parts of it that are taken out of the lines it starts from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    again: Vec<Again>,
}

/// A credential that still stands in the lines a hunk starts from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Again {
    /// Where in the text that is kept.
    at: usize,
    /// Where in those lines.
    from: Range<usize>,
}

impl WayBack {
    /// Returns the way from `after` back to `before`; none where a credential would have to be kept.
    pub(super) fn new(before: &str, after: &str) -> Option<Self> {
        let (old, new) = (lines_of(before), lines_of(after));
        let lines = if new.len() > MOST_LINES {
            Vec::new()
        } else {
            hashes(&new)
        };
        let mut hunks: Vec<Hunk> = Vec::new();
        let mut run: Option<(Range<usize>, Range<usize>)> = None;
        for op in line_ops(&new, &old) {
            if op.tag() == DiffTag::Equal {
                if let Some((from, to)) = run.take() {
                    hunks.push(hunk(&new, from, &old, to)?);
                }
                continue;
            }
            let (from, to) = (op.old_range(), op.new_range());
            run = Some(match run {
                Some((first, second)) => (first.start..from.end, second.start..to.end),
                None => (from, to),
            });
        }
        if let Some((from, to)) = run {
            hunks.push(hunk(&new, from, &old, to)?);
        }
        Some(Self { lines, hunks })
    }

    /// Goes back from the very text it starts from.
    pub(super) fn exactly(&self, text: &str) -> Option<String> {
        let lines = lines_of(text);
        self.splice(&lines, |hunk| Some(hunk.lines.clone()))
    }

    /// Goes back from a text that has changed since, keeping the changes; none where they touch the
    /// lines that have to change back.
    pub(super) fn merged(&self, text: &str) -> Option<String> {
        let lines = lines_of(text);
        let mut places = vec![None; self.lines.len()];
        let named = |hashes: &[u32]| -> Vec<String> { hashes.iter().map(u32::to_string).collect() };
        let (then, now) = (named(&self.lines), named(&hashes(&lines)));
        for op in line_ops(&borrowed(&then), &borrowed(&now)) {
            if op.tag() == DiffTag::Equal {
                for (from, to) in op.old_range().zip(op.new_range()) {
                    places[from] = Some(to);
                }
            }
        }
        self.splice(&lines, |hunk| place(hunk, &places, lines.len()))
    }

    fn splice(
        &self,
        lines: &[&str],
        place: impl Fn(&Hunk) -> Option<Range<usize>>,
    ) -> Option<String> {
        let mut out = String::new();
        let mut done = 0;
        for hunk in &self.hunks {
            let at = place(hunk)?;
            let changed = lines.get(at.clone())?.concat();
            out.push_str(&lines.get(done..at.start)?.concat());
            out.push_str(changed.get(..hunk.start)?);
            let mut done_text = 0;
            for again in &hunk.again {
                out.push_str(hunk.text.get(done_text..again.at)?);
                out.push_str(changed.get(again.from.clone())?);
                done_text = again.at;
            }
            out.push_str(hunk.text.get(done_text..)?);
            out.push_str(changed.get(changed.len().checked_sub(hunk.end)?..)?);
            let is_cut_short = !out.is_empty() && !out.ends_with('\n');
            if is_cut_short && at.end < lines.len() {
                return None;
            }
            done = at.end;
        }
        out.push_str(&lines.get(done..)?.concat());
        Some(out)
    }
}

fn hunk(new: &[&str], lines: Range<usize>, old: &[&str], from: Range<usize>) -> Option<Hunk> {
    let (was, is) = (old[from.clone()].concat(), new[lines.clone()].concat());
    let start = common_start(&was, &is);
    let end = common_end(&was[start..], &is[start..]);
    let between = start..was.len() - end;
    let mut text = String::new();
    let mut again = Vec::new();
    let mut done = between.start;
    for secret in secrets(&was, old, from) {
        let part = secret.start.max(done)..secret.end.min(between.end);
        if part.is_empty() {
            continue;
        }
        let there = is.find(&was[secret.clone()])? + part.start - secret.start;
        text.push_str(&was[done..part.start]);
        again.push(Again {
            at: text.len(),
            from: there..there + part.len(),
        });
        done = part.end;
    }
    text.push_str(&was[done..between.end]);
    Some(Hunk {
        lines,
        start,
        end,
        text,
        again,
    })
}

/// Where credentials stand in some lines of a text, in order.
fn secrets(was: &str, old: &[&str], lines: Range<usize>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    for at in lines {
        let line = old[at];
        let values = credentials(line).chain(paired(old, at));
        for value in values.filter(|value| value.len() >= SHORTEST) {
            let places = line.match_indices(value);
            found.extend(places.map(|(place, _)| start + place..start + place + value.len()));
        }
        start += line.len();
    }
    debug_assert_eq!(start, was.len());
    found.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    found
}

/// Where the lines of a hunk stand, if they all do and nothing has come between them.
fn place(hunk: &Hunk, places: &[Option<usize>], count: usize) -> Option<Range<usize>> {
    let Range { start, end } = hunk.lines;
    let after = |line: usize| places.get(line).copied().flatten().map(|at| at + 1);
    if start == end {
        let above = if start == 0 {
            Some(0)
        } else {
            after(start - 1)
        };
        let below = if start == places.len() {
            Some(count)
        } else {
            places[start]
        };
        return above.filter(|_| above == below).map(|at| at..at);
    }
    let first = places.get(start).copied().flatten()?;
    let mut run = (start..end).zip(first..);
    let all = run.all(|(line, at)| places.get(line) == Some(&Some(at)));
    all.then(|| first..first + (end - start))
}

fn lines_of(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

fn borrowed(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

fn hashes(lines: &[&str]) -> Vec<u32> {
    let short = |line: &&str| {
        let digest = Sha256::digest(line.as_bytes());
        let start = digest.iter().take(4);
        start.fold(0, |sum, byte| sum << 8 | u32::from(*byte))
    };
    lines.iter().map(short).collect()
}

fn common_start(a: &str, b: &str) -> usize {
    let same = a.chars().zip(b.chars()).take_while(|(x, y)| x == y);
    same.map(|(c, _)| c.len_utf8()).sum()
}

fn common_end(a: &str, b: &str) -> usize {
    let same = a.chars().rev().zip(b.chars().rev());
    let same = same.take_while(|(x, y)| x == y);
    same.map(|(c, _)| c.len_utf8()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(before: &str, after: &str) -> WayBack {
        let back = WayBack::new(before, after).expect("no credential goes");
        assert_eq!(back.exactly(after).as_deref(), Some(before));
        assert_eq!(back.merged(after).as_deref(), Some(before));
        back
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
        check("\n\n\na\n", "\n\n\n\na\n");
    }

    #[test]
    fn a_line_that_only_grew_is_not_kept() {
        let before = "{\n  \"a\": \"private\"\n}\n";
        let back = check(before, "{\n  \"a\": \"private\",\n  \"b\": 1\n}\n");
        let kept = serde_json::to_string(&back).expect("a way back is JSON");
        assert!(!kept.contains("private"), "{kept}");
    }

    #[test]
    fn a_credential_is_never_kept() {
        let before = "{ \"a\": 1, \"API_KEY\": \"hush-hush\", \"b\": 2 }\n";
        let after = "{\n  \"a\": 3,\n  \"API_KEY\": \"hush-hush\",\n  \"b\": 4\n}\n";
        for (before, after) in [(before, after), (after, before)] {
            let kept = serde_json::to_string(&check(before, after)).expect("JSON");
            assert!(!kept.contains("hush"), "{kept}");
        }
        let entry = "[\n  {\n    \"name\": \"API_KEY\",\n    \"value\": \"hush-hush\"\n  }\n]\n";
        let kept = check(entry, &entry.replace("  ", "\t")).hunks;
        assert!(!format!("{kept:?}").contains("hush"), "{kept:?}");
        assert_eq!(WayBack::new(before, "{}\n"), None);
        assert_eq!(WayBack::new("API_KEY=hush-hush\n", ""), None);
        assert_eq!(WayBack::new(before, &after.replace("hush-", "")), None);
    }

    #[test]
    fn lines_added_below_ours_stay() {
        let back = check("a\n", "a\nours\n");
        assert_eq!(back.merged("a\nours\nuser\n").as_deref(), Some("a\nuser\n"));
        let without_end = check("a", "a\nours\n");
        assert_eq!(without_end.merged("a\nours\nuser\n"), None);
    }

    #[test]
    fn a_change_elsewhere_is_kept_and_one_of_our_lines_is_a_conflict() {
        let back = check("1\n2\n3\n", "1\nours\nours too\n2\n3\n");
        let merged = back.merged("0\n1\nours\nours too\n2\n3\nuser\n");
        assert_eq!(merged.as_deref(), Some("0\n1\n2\n3\nuser\n"));
        assert_eq!(back.merged("1\nours\nuser\nours too\n2\n3\n"), None);
        assert_eq!(back.merged("1\nedited\nours too\n2\n3\n"), None);
        let long = check("", "ours\nours too\nand this\n");
        assert_eq!(long.merged("ours\nedited\nand this\n"), None);
        let removed = check("1\n2\n3\n", "1\n3\n");
        assert_eq!(removed.merged("1\nuser\n3\n"), None);
    }
}
