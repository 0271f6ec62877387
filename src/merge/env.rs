//! Dotenv texts: which lines set which variable.

use std::ops::Range;

use super::Found;
use super::entries::{Entries, Entry};
use super::lines::{self, Line};
use crate::model::{GatewayUrl, KeyPath, Value, is_placeholder};

/// Reads a text; a line that sets nothing stays foreign text, so that this cannot fail.
pub(super) fn parse(text: &str) -> Entries<'_> {
    let body = lines::split_bom(text).1;
    let lines = lines::split(body);
    let entries = entries(body, &lines);
    Entries::new(text, lines, entries, rename)
}

pub(super) fn values(text: &str) -> Vec<(String, String)> {
    let located = located(text).into_iter();
    located.map(|(name, value, _)| (name, value)).collect()
}

/// The variables with the line, from 1, on which each begins.
pub(super) fn located(text: &str) -> Vec<(String, String, usize)> {
    let body = lines::split_bom(text).1;
    let entries = entries(body, &lines::split(body));
    let text = |value: Value| value.as_str().unwrap_or_default().to_owned();
    entries
        .into_iter()
        .map(|entry| (entry.name, text(entry.value), entry.lines.start + 1))
        .collect()
}

/// Whether a variable that the user's env file holds already does for the one we would write: where
/// ours is a placeholder, or both name one gateway, with or without the `/v1` that the run scripts
/// take off, or it is a slot to fill in: to the run scripts an empty variable is none, and what is
/// declared counts. Nothing stands behind the variables of OpenAI-style tools. It stays the user's.
pub(super) fn serves_as(key: &KeyPath, found: &Found, wanted: &Value) -> bool {
    let (Found::Value(Value::String(actual)), Value::String(wanted)) = (found, wanted) else {
        return false;
    };
    let gateway = |text: &str| GatewayUrl::parse(text).ok();
    let same = |a: GatewayUrl, b: GatewayUrl| a.client() == b.client();
    let openai = key.name().is_some_and(|name| name.starts_with("OPENAI_"));
    let slot = actual.is_empty() && !openai;
    actual != wanted
        && (is_placeholder(wanted)
            || slot
            || gateway(actual)
                .zip(gateway(wanted))
                .is_some_and(|(a, b)| same(a, b)))
}

/// Returns the line that sets a variable, in the plainest spelling that says its value.
pub(super) fn line(name: &str, value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        _ => return None,
    };
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    let spellings = [
        format!("{name}={text}\n"),
        format!("{name}='{text}'\n"),
        format!("{name}=\"{}\"\n", escaped.replace('\n', "\\n")),
    ];
    let says = |line: &String| {
        line.matches('\n').count() == 1 && values(line) == [(name.to_owned(), text.clone())]
    };
    spellings.into_iter().find(says)
}

fn rename(line: &str, old: &str, new: &str) -> Option<(Range<usize>, String)> {
    let (left, _) = line.split_once('=')?;
    let at = left.rfind(old)?;
    is_name(new).then(|| (at..at + old.len(), new.to_owned()))
}

fn entries(body: &str, lines: &[Line<'_>]) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut number = 0;
    while let Some(line) = lines.get(number) {
        let Some((name, start)) = assignment(line) else {
            number += 1;
            continue;
        };
        let (value, end) = value(body, start, line.start + line.text.len());
        let after = lines
            .iter()
            .skip(number)
            .position(|l| end <= l.start + l.text.len());
        let next = number + after.unwrap_or(0) + 1;
        entries.push(Entry {
            name: name.to_owned(),
            value: Value::from(value),
            lines: number..next,
            spelling: start..end,
        });
        number = next;
    }
    entries
}

/// The name that a line sets, and where its value starts.
fn assignment<'a>(line: &Line<'a>) -> Option<(&'a str, usize)> {
    let (left, right) = line.text.split_once('=')?;
    let name = left.trim();
    let name = match name.strip_prefix("export") {
        Some(rest) if rest.starts_with([' ', '\t']) => rest.trim_start(),
        _ => name,
    };
    if !is_name(name) {
        return None;
    }
    let blank = right.len() - right.trim_start_matches([' ', '\t']).len();
    Some((name, line.start + left.len() + 1 + blank))
}

fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit() || c == '-')
        && name.chars().all(plain)
}

/// The value that starts here, and where its spelling ends. A quote that is never closed, or is
/// followed by more than a comment, is a character like any other.
fn value(body: &str, start: usize, line_end: usize) -> (String, usize) {
    let rest = &body[start..];
    if let Some(quote) = rest
        .chars()
        .next()
        .filter(|c| matches!(c, '"' | '\'' | '`'))
        && let Some(close) = closing(rest, quote)
    {
        let end = start + close + 1;
        let tail = body[end..].split('\n').next().unwrap_or_default().trim();
        if tail.is_empty() || tail.starts_with('#') {
            let inner = rest[1..close].replace("\r\n", "\n");
            let text = if quote == '"' {
                unescaped(&inner)
            } else {
                inner
            };
            return (text, end);
        }
    }
    let line = &body[start..line_end];
    let comment = line
        .match_indices('#')
        .map(|(at, _)| at)
        .find(|at| *at == 0 || line[..*at].ends_with([' ', '\t']));
    let text = line[..comment.unwrap_or(line.len())].trim_end();
    (text.to_owned(), start + text.len())
}

fn closing(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' if quote == '"' => escaped = true,
            c if c == quote => return Some(at),
            _ => {}
        }
    }
    None
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, if c == '\\' { chars.next() } else { None }) {
            ('\\', Some('n')) => out.push('\n'),
            ('\\', Some('r')) => out.push('\r'),
            ('\\', Some('t')) => out.push('\t'),
            ('\\', Some(c @ ('"' | '\\' | '$' | '`'))) => out.push(c),
            ('\\', Some(c)) => out.extend(['\\', c]),
            (c, _) => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, &str)]) {
        let values = values(text);
        let found: Vec<_> = values
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn dotenv_is_read_without_running_it() {
        check(
            "\u{feff}A=1\r\nexport B = two words # c\r\n",
            &[("A", "1"), ("B", "two words")],
        );
        check(
            "A=\"x\\\"y\\$ \\\\n\" # c\nB='a#b\\n'\n",
            &[("A", "x\"y$ \\n"), ("B", "a#b\\n")],
        );
        check(
            "A=\"one\r\ntwo=2\"\nB=#\nC=a#b",
            &[("A", "one\ntwo=2"), ("B", ""), ("C", "a#b")],
        );
        check(
            "A=\"open\nB=it's\nC='x' y\n",
            &[("A", "\"open"), ("B", "it's"), ("C", "'x' y")],
        );
        check(
            "# A=1\nnothing\n=x\n1A=2\nA=$(id)&;b\nA=\n",
            &[("A", "$(id)&;b"), ("A", "")],
        );
    }
}
