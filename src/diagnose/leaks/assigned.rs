//! What is assigned to a name, in whatever language.

use std::ops::Range;

use super::files::Kind;

const NAME: usize = 64;
const VALUE: usize = 4096;

/// A name and what is assigned to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Assigned {
    /// The name.
    pub(super) name: Range<usize>,
    /// The value, without quotes and without `Bearer`.
    pub(super) value: Range<usize>,
}

/// Returns what is assigned to the name around a place; none where nothing is, or no literal.
pub(super) fn assigned(text: &[u8], at: Range<usize>, kind: Kind) -> Option<Assigned> {
    let name = name_around(text, at);
    let before = name.start.checked_sub(1).and_then(|at| text.get(at));
    let opened = before.is_some_and(|b| b"\"'`".contains(b));
    let inside = before.is_some_and(|b| b"\"'`;&?".contains(b));
    let mut cursor = Cursor {
        text,
        at: name.end,
        is_default: text[..name.start].ends_with(b"${"),
    };
    let closed = cursor.skip(b"\\\"'`]", 3) > 0;
    let flag = text[name.start..].starts_with(b"--");
    let gap = cursor.skip(b" \t", 64) > 0;
    let separator = cursor.separator();
    match separator {
        Separator::None if flag && gap => {}
        Separator::None => return None,
        Separator::Call if !(opened && closed) && cursor.quote().is_none() => return None,
        _ => {}
    }
    cursor.skip(b" \t", 64);
    cursor.wrapper();
    let quoted = cursor.open();
    let bare = kind == Kind::Quoted && quoted.is_none();
    if separator == Separator::Call && quoted.is_none() {
        return None;
    }
    cursor.scheme();
    let start = cursor.at;
    let end = match quoted {
        Some(quote) => start + length(&text[start..], |b| b == quote || b == b'\n'),
        None => start + length(&text[start..], is_end),
    };
    let in_string = text.get(end).is_some_and(|b| b"\"'`".contains(b));
    if end == start || (bare && !(in_string || (inside && !closed))) {
        return None;
    }
    let end = end - trailing(&text[start..end]);
    Some(Assigned {
        name,
        value: start..end,
    })
}

fn name_around(text: &[u8], at: Range<usize>) -> Range<usize> {
    let inner = |b: &&u8| b.is_ascii_alphanumeric() || b"_-".contains(b);
    let before = |b: &&u8| inner(b) || **b == b'.';
    let back = text[..at.start].iter().rev().take(NAME);
    let start = at.start - back.take_while(before).count();
    let end = at.end + text[at.end..].iter().take(NAME).take_while(inner).count();
    start..end
}

fn is_end(byte: u8) -> bool {
    byte.is_ascii_whitespace() || b"\"'`,;)]}<>&|".contains(&byte)
}

fn length(text: &[u8], is_end: impl Fn(u8) -> bool) -> usize {
    let until = text.iter().take(VALUE).position(|byte| is_end(*byte));
    until.unwrap_or(text.len().min(VALUE))
}

/// What does not belong to a value: the backslash of a quote, the full stop of a sentence.
fn trailing(value: &[u8]) -> usize {
    let extra = value.iter().rev();
    extra.take_while(|byte| b"\\. \r".contains(byte)).count()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Separator {
    None,
    Assign,
    /// A comma or a bracket, which mean an assignment where quotes are around.
    Call,
}

struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
    /// Whether the value is what a shell takes where the name is unset.
    is_default: bool,
}

impl Cursor<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip(&mut self, set: &[u8], most: usize) -> usize {
        let rest = self.text.get(self.at..).unwrap_or_default().iter();
        let count = rest.take(most).take_while(|b| set.contains(b)).count();
        self.at += count;
        count
    }

    fn separator(&mut self) -> Separator {
        match self.peek() {
            Some(b':' | b'=' | b'?' | b'>' | b'|') => {
                self.annotation();
                let count = self.skip(b":=?>|~", 3);
                if self.is_default {
                    self.skip(b"-", 1);
                }
                if count > 0 {
                    Separator::Assign
                } else {
                    Separator::None
                }
            }
            Some(b',' | b'(') => {
                self.at += 1;
                self.skip(b" \t", 8);
                Separator::Call
            }
            _ => Separator::None,
        }
    }

    /// Steps over a type between name and value, as in `key: string = "…"`.
    fn annotation(&mut self) {
        if self.peek() != Some(b':') {
            return;
        }
        let rest = &self.text[self.at + 1..];
        let in_type = |b: &&u8| b.is_ascii_alphabetic() || b" <>|&_[]?".contains(b);
        let count = rest.iter().take(40).take_while(in_type).count();
        let is_assigned = rest.get(count) == Some(&b'=');
        let is_named = rest[..count].iter().any(u8::is_ascii_alphabetic);
        if is_assigned && is_named && rest[..count].ends_with(b" ") {
            self.at += 1 + count;
        }
    }

    fn quote(&self) -> Option<u8> {
        self.peek().filter(|b| b"\"'`".contains(b))
    }

    /// Steps over what wraps a literal: `SecretStr(`, `String::from(`, `f`, `@`.
    fn wrapper(&mut self) {
        let rest = &self.text[self.at..];
        let in_path = |b: &&u8| b.is_ascii_alphanumeric() || b"_.:!@".contains(b);
        let count = rest.iter().take(40).take_while(in_path).count();
        match rest.get(count) {
            Some(b'(') if count > 0 && rest.get(count + 1).is_some_and(|b| b"\"'`".contains(b)) => {
                self.at += count + 1;
            }
            Some(b'"' | b'\'') if (1..=2).contains(&count) => self.at += count,
            _ => {}
        }
    }

    fn open(&mut self) -> Option<u8> {
        if self.text[self.at..].starts_with(b"\\\"") {
            self.at += 1;
        }
        let quote = self.quote()?;
        let count = self.skip(&[quote], 3);
        // Two of them hold nothing.
        self.at -= usize::from(count == 2);
        Some(quote)
    }

    /// Steps over the word before a credential in a header.
    fn scheme(&mut self) {
        let rest = &self.text[self.at..];
        for word in ["bearer ", "basic ", "token "] {
            let head = rest.get(..word.len());
            if head.is_some_and(|head| head.eq_ignore_ascii_case(word.as_bytes())) {
                self.at += word.len();
                return;
            }
        }
    }
}
