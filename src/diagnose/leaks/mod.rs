//! Keys in texts: by a vendor's prefix, length and check sum, by form, or by the name they are
//! assigned to.
//!
//! One pass of an automaton finds the places that are worth a look; most of them are refused at the
//! byte before or behind. A finding never holds the key: what it shows is the prefix and a hash.

mod assigned;
mod chance;
mod files;
mod known;
mod names;
mod shapes;
mod tell;
mod vendor;

#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use sha2::{Digest, Sha256};

use crate::catalog::{KeyShape, Shape, Weight};
use files::Kind;
use vendor::Verdict;

pub use known::may_hold;
pub use tell::{env_file_shown, env_file_tracked, leaked, template_hidden, unsearched};

/// What makes a name worth a look, in the spellings in which it stands in names.
const KEYWORDS: [&str; 24] = [
    "key",
    "Key",
    "KEY",
    "token",
    "Token",
    "TOKEN",
    "secret",
    "Secret",
    "SECRET",
    "pass",
    "Pass",
    "PASS",
    "pwd",
    "Pwd",
    "PWD",
    "auth",
    "Auth",
    "AUTH",
    "credential",
    "Credential",
    "CREDENTIAL",
    "bearer",
    "_PAT",
    "_pat",
];
/// The longest line in which a name counts; longer ones are made by programs.
const LINE: usize = 4096;
/// How many findings of one file are kept.
const MOST: usize = 100;
/// The bytes at a file's start in which a NUL makes it binary.
const HEAD: usize = 8192;

/// What a text holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leak {
    /// The row of the catalogue; none where only the name and the chance speak.
    pub row: Option<usize>,
    /// Where it stands, in bytes of the text.
    pub range: Range<usize>,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// As much of it as may be shown: its prefix, or the name it is assigned to.
    pub shown: String,
    /// The first eight digits of its SHA-256.
    pub fingerprint: String,
}

/// The shapes of keys, ready to be looked for.
#[derive(Debug)]
pub struct Scanner {
    rows: Vec<KeyShape>,
    automaton: AhoCorasick,
    /// For each pattern: the rows and the lengths of their prefixes that it may begin.
    candidates: Vec<Candidates>,
}

#[derive(Debug, Default)]
struct Candidates {
    rows: Vec<(usize, usize)>,
    /// The length of the keyword that it is, or begins with.
    keyword: Option<usize>,
}

impl Scanner {
    /// Returns a scanner for the catalogue's rows; none where they are too many for an automaton.
    #[must_use]
    pub fn new(rows: Vec<KeyShape>) -> Option<Self> {
        let mut patterns: Vec<String> = KEYWORDS.iter().map(|word| (*word).to_owned()).collect();
        patterns.extend(rows.iter().flat_map(|row| row.prefixes.iter().cloned()));
        patterns.sort_unstable();
        patterns.dedup();
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .kind(Some(AhoCorasickKind::DFA))
            .build(&patterns)
            .ok()?;
        let candidates = patterns.iter().map(|pattern| candidates(pattern, &rows));
        let candidates = candidates.collect();
        Some(Self {
            rows,
            automaton,
            candidates,
        })
    }

    /// Returns a row of the catalogue.
    #[must_use]
    pub fn row(&self, leak: &Leak) -> Option<&KeyShape> {
        self.rows.get(leak.row?)
    }

    /// Returns the keys in a text, in the order of their places; none in a binary one.
    #[must_use]
    pub fn scan(&self, path: &str, text: &[u8]) -> Vec<Leak> {
        if text[..text.len().min(HEAD)].contains(&0) {
            return Vec::new();
        }
        let mut search = Search {
            scanner: self,
            kind: files::kind(path),
            text,
            found: Vec::new(),
            refused: Vec::new(),
            past: 0,
        };
        for hit in self.automaton.find_iter(text) {
            search.look(&self.candidates[hit.pattern().as_usize()], hit.start());
            if search.found.len() >= MOST {
                break;
            }
        }
        if search.found.is_empty() {
            return Vec::new();
        }
        search.leaks()
    }
}

fn candidates(pattern: &str, rows: &[KeyShape]) -> Candidates {
    let mut found = Candidates::default();
    for (at, row) in rows.iter().enumerate() {
        let begun = row.prefixes.iter().filter(|p| pattern.starts_with(*p));
        found.rows.extend(begun.map(|prefix| (at, prefix.len())));
    }
    found
        .rows
        .sort_by_key(|(_, length)| std::cmp::Reverse(*length));
    let keywords = KEYWORDS.iter().filter(|word| pattern.starts_with(**word));
    found.keyword = keywords.map(|word| word.len()).max();
    found
}

/// A key, the row that knew it, and how much of its beginning may be shown.
struct Found {
    row: Option<usize>,
    range: Range<usize>,
    shown: String,
}

struct Search<'a> {
    scanner: &'a Scanner,
    kind: Kind,
    text: &'a [u8],
    found: Vec<Found>,
    /// What a vendor's row refused for good.
    refused: Vec<Range<usize>>,
    /// The end of the value looked at last; a name of several keywords has one.
    past: usize,
}

impl Search<'_> {
    fn look(&mut self, candidates: &Candidates, at: usize) {
        for (row, prefix) in &candidates.rows {
            let shape = &self.scanner.rows[*row];
            let range = match shape.shape {
                Shape::Jwt => shapes::jwt(shape, self.text, at),
                Shape::Block => shapes::block(shape, self.text, at, *prefix),
                Shape::Url => shapes::url(shape, self.text, at),
                Shape::Word => match vendor::judge(shape, self.text, at, *prefix) {
                    Verdict::Key(range) => Some(range),
                    Verdict::Nothing(range) => {
                        self.refused.push(range);
                        return;
                    }
                    Verdict::Other => None,
                },
            };
            if let Some(range) = range {
                let shown = match shape.shape {
                    Shape::Url | Shape::Block => String::new(),
                    _ => String::from_utf8_lossy(&self.text[at..at + prefix]).into_owned(),
                };
                self.keep(Some(*row), range, shown);
                return;
            }
        }
        if let Some(length) = candidates.keyword.filter(|_| self.kind != Kind::Packed) {
            self.assignment(at..at + length);
        }
    }

    fn assignment(&mut self, keyword: Range<usize>) {
        let Some(found) = assigned::assigned(self.text, keyword, self.kind) else {
            return;
        };
        let value = &self.text[found.value.clone()];
        if found.value.start < self.past || value.len() < 8 || is_reference(value) {
            return;
        }
        let Ok(name) = std::str::from_utf8(&self.text[found.name]) else {
            return;
        };
        let row = self.named(name, value);
        if row.is_none() && !is_secret(name, value) {
            return;
        }
        let line = around(self.text, found.value.start, LINE);
        if line.len() >= LINE || chance::is_filler(value) {
            return;
        }
        self.past = found.value.end;
        self.keep(row, found.value, name.trim_matches(['-', '.']).to_owned());
    }

    /// The row of a key that has no prefix but is assigned to a name of its own.
    fn named(&self, name: &str, value: &[u8]) -> Option<usize> {
        let plain = names::plain(name);
        let fits = |row: &KeyShape| {
            let (least, most) = row.length;
            row.names.iter().any(|end| plain.ends_with(end.as_str()))
                && (least..=most).contains(&value.len())
                && value.iter().all(|byte| vendor::holds(row.charset, *byte))
                && chance::is_random(value)
        };
        self.scanner.rows.iter().position(fits)
    }

    fn keep(&mut self, row: Option<usize>, range: Range<usize>, shown: String) {
        self.found.push(Found { row, range, shown });
    }

    /// The findings with their places; a vendor's word about a text counts more than its name.
    fn leaks(self) -> Vec<Leak> {
        let by_form = |found: &Found| {
            found
                .row
                .is_some_and(|row| !self.scanner.rows[row].prefixes.is_empty())
        };
        let meets = |a: &Range<usize>, b: &Range<usize>| a.start < b.end && b.start < a.end;
        let is_kept = |found: &&Found| {
            let sure = by_form(found);
            let mut better = self.found.iter().filter(|other| by_form(other));
            let refused = self.refused.iter().any(|range| meets(range, &found.range));
            sure || !(refused || better.any(|other| meets(&other.range, &found.range)))
        };
        let (mut line, mut past) = (1, 0);
        let mut leaks: Vec<Leak> = Vec::new();
        let mut kept: Vec<&Found> = self.found.iter().filter(is_kept).collect();
        kept.sort_by_key(|found| found.range.start);
        for found in kept {
            let start = found.range.start;
            line += self.text[past..start].split(|b| *b == b'\n').count() - 1;
            past = start;
            let before = &self.text[..start];
            let from = before
                .iter()
                .rposition(|b| *b == b'\n')
                .map_or(0, |at| at + 1);
            let fingerprint = fingerprint(&self.text[found.range.clone()]);
            let again = |leak: &Leak| leak.line == line && leak.fingerprint == fingerprint;
            if leaks.iter().any(again) {
                continue;
            }
            leaks.push(Leak {
                row: found.row,
                range: found.range.clone(),
                line,
                column: String::from_utf8_lossy(&before[from..]).chars().count() + 1,
                shown: found.shown.clone(),
                fingerprint,
            });
        }
        leaks
    }
}

/// Whether a value says where a secret is, or what it is made of, instead of being one.
fn is_reference(value: &[u8]) -> bool {
    const BEGINNINGS: [&str; 29] = [
        "$",
        "{",
        "<",
        "%",
        "@",
        "!",
        "*",
        "./",
        "../",
        "~",
        "(",
        "[",
        "&",
        "ENC[",
        "arn:",
        "op://",
        "http",
        "vault",
        "env:",
        "secret",
        "os.environ",
        "process.env",
        "sha1",
        "sha256",
        "sha512",
        "data:",
        "urn:",
        "ssh-",
        "file:",
    ];
    let small = value[..value.len().min(16)].to_ascii_lowercase();
    let begins = |word: &&str| small.starts_with(word.to_ascii_lowercase().as_bytes());
    let has = |part: &[u8]| value.windows(part.len()).any(|window| window == part);
    let scheme = value.iter().take(9).position(|byte| *byte == b':');
    let scheme = scheme.is_some_and(|at| {
        let is_known = |word: &[u8]| word.iter().all(|b| b.is_ascii_uppercase() || *b == b'-');
        at >= 2 && is_known(&value[..at])
    });
    let path = value.starts_with(b"/") && !chance::is_random(value);
    path || BEGINNINGS.iter().any(begins)
        || scheme
        || has(b"${")
        || has(b"$(")
        || has(b"{{")
        || has(b"://")
}

/// Whether a value under a name is a secret that no vendor's row knows.
fn is_secret(name: &str, value: &[u8]) -> bool {
    const MOST: usize = 256;
    if value.len() > MOST || !names::is_credential(name) {
        return false;
    }
    let visible = value.iter().all(u8::is_ascii_graphic);
    let code = value.iter().any(|byte| b"()[]{}<>".contains(byte));
    if names::is_password(name) && visible && shapes::is_password(value, 8) {
        return !chance::is_uuid(value);
    }
    visible && !code && chance::is_random(value)
}

/// Returns the line around a place, no more than so many bytes to each side.
fn around(text: &[u8], at: usize, most: usize) -> &[u8] {
    let before = text[..at].iter().rev().take(most);
    let start = at - before.take_while(|byte| **byte != b'\n').count();
    let after = text[at..].iter().take(most);
    let end = at + after.take_while(|byte| **byte != b'\n').count();
    &text[start..end]
}

/// Returns the first eight digits of a text's SHA-256.
fn fingerprint(text: &[u8]) -> String {
    let digest = Sha256::digest(text);
    digest.iter().take(4).fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// Returns whether a row's leak is sure to matter.
fn is_grave(row: Option<&KeyShape>) -> bool {
    row.is_some_and(|row| row.severity == Weight::Error)
}
