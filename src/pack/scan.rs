//! The tags of a template, cut into tokens as tera cuts them.

use crate::catalog::Delimiters;

/// A tag of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    pub(super) kind: TagKind,
    /// Byte offset of its opening mark.
    pub(super) offset: usize,
    /// Its length with both marks.
    pub(super) length: usize,
    pub(super) tokens: Vec<Token<'a>>,
}

/// What a tag does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TagKind {
    /// Prints a value.
    Print,
    /// Steers.
    Block,
}

/// A token of a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Name(&'a str),
    Number,
    Text,
    Mark(&'a str),
}

/// Why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ScanError {
    pub(super) offset: usize,
    pub(super) what: &'static str,
}

struct Marks {
    print: (&'static str, &'static str),
    block: (&'static str, &'static str),
    comment: (&'static str, &'static str),
}

/// Marks of two and three characters that are one token.
const LONG: [&str; 10] = ["...", "//", "**", "==", "!=", ">=", "<=", "</", "?.", "?["];

/// Returns the tags of a template in order. A tag stands on one line, as the renderer needs it.
pub(super) fn scan(source: &str, delimiters: Delimiters) -> Result<Vec<Tag<'_>>, ScanError> {
    let marks = match delimiters {
        Delimiters::Braces => Marks {
            print: ("{{", "}}"),
            block: ("{%", "%}"),
            comment: ("{#", "#}"),
        },
        Delimiters::Brackets => Marks {
            print: ("[[", "]]"),
            block: ("[%", "%]"),
            comment: ("[#", "#]"),
        },
    };
    let mut tags = Vec::new();
    let mut at = 0;
    while let Some(start) = next_mark(source, at, &marks) {
        let open = &source[start..start + 2];
        if open == marks.comment.0 {
            let end = source[start..].find(marks.comment.1);
            let end = end.map(|end| start + end + 2);
            let end = end.filter(|end| !source[start..*end].contains('\n'));
            at = end.ok_or(ScanError {
                offset: start,
                what: "a comment that does not end on its line",
            })?;
            continue;
        }
        let (kind, close) = if open == marks.print.0 {
            (TagKind::Print, marks.print.1)
        } else {
            (TagKind::Block, marks.block.1)
        };
        let (tokens, end) = tokens(source, start, close)?;
        tags.push(Tag {
            kind,
            offset: start,
            length: end - start,
            tokens,
        });
        at = end;
    }
    Ok(tags)
}

fn next_mark(source: &str, from: usize, marks: &Marks) -> Option<usize> {
    let opens = [marks.print.0, marks.block.0, marks.comment.0];
    let pairs = source.as_bytes()[from..].windows(2);
    let found = pairs
        .enumerate()
        .find(|(_, pair)| opens.iter().any(|open| open.as_bytes() == *pair));
    found.map(|(at, _)| from + at)
}

/// The tokens of the tag that opens at an offset, and where it ends.
fn tokens<'a>(
    source: &'a str,
    start: usize,
    close: &str,
) -> Result<(Vec<Token<'a>>, usize), ScanError> {
    let mut tokens = Vec::new();
    let mut at = start + 2;
    if source.as_bytes().get(at) == Some(&b'-') {
        at += 1;
    }
    let fail = |offset, what| Err(ScanError { offset, what });
    loop {
        let rest = &source[at..];
        let Some(first) = rest.bytes().next().filter(|byte| *byte != b'\n') else {
            return fail(start, "a tag that does not end on its line");
        };
        if first.is_ascii_whitespace() {
            at += 1;
            continue;
        }
        let trimmed = rest.strip_prefix('-').unwrap_or(rest);
        if trimmed.starts_with(close) {
            let end = at + (rest.len() - trimmed.len()) + close.len();
            return Ok((tokens, end));
        }
        let (token, length) = match first {
            b'"' | b'\'' | b'`' => match quoted(rest.as_bytes()) {
                Some(length) => (Token::Text, length),
                None => return fail(at, "a string that does not end on its line"),
            },
            _ if first.is_ascii_digit() => {
                let is_part = |byte: &u8| byte.is_ascii_digit() || *byte == b'.';
                (
                    Token::Number,
                    rest.bytes().take_while(|byte| is_part(byte)).count(),
                )
            }
            _ if first.is_ascii_alphabetic() || first == b'_' => {
                let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
                let length = rest.bytes().take_while(|byte| is_part(byte)).count();
                (Token::Name(&rest[..length]), length)
            }
            _ => match mark(rest) {
                Some(mark) => (Token::Mark(mark), mark.len()),
                None => return fail(at, "a character that no tag may hold"),
            },
        };
        tokens.push(token);
        at += length;
    }
}

/// The length of a string with its quotes.
fn quoted(rest: &[u8]) -> Option<usize> {
    let quote = *rest.first()?;
    let mut at = 1;
    loop {
        match *rest.get(at)? {
            b'\n' => return None,
            b'\\' if rest.get(at + 1) == Some(&b'\n') => return None,
            b'\\' => at += 2,
            byte if byte == quote => return Some(at + 1),
            _ => at += 1,
        }
    }
}

fn mark(rest: &str) -> Option<&str> {
    let long = LONG.iter().find(|mark| rest.starts_with(**mark));
    if let Some(long) = long {
        return rest.get(..long.len());
    }
    let first = rest.bytes().next()?;
    b"+-*/%!.,:~|=><()[]{}@"
        .contains(&first)
        .then(|| &rest[..1])
}
