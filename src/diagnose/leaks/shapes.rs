//! Keys that have a form instead of a prefix: signed tokens, blocks of dashes, addresses.

use std::ops::Range;

use super::chance;
use super::vendor::holds;
use crate::catalog::{Charset, KeyShape};

/// The payload of the token that every introduction shows: its `name` is John Doe.
const SHOWN: &str = "IkpvaG4gRG9l";
const KEY_LINE: &[u8] = b"PRIVATE KEY";

/// Returns the signed token that begins at a place.
pub(super) fn jwt(shape: &KeyShape, text: &[u8], at: usize) -> Option<Range<usize>> {
    let before = at.checked_sub(1).map(|at| text[at]);
    if before.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"_-+./".contains(&byte)) {
        return None;
    }
    let run = text[at..].iter().take(shape.length.1);
    let count = run
        .take_while(|byte| holds(Charset::Dotted, **byte))
        .count();
    let token = &text[at..at + count];
    let parts: Vec<&[u8]> = token.split(|byte| *byte == b'.').collect();
    let [head, payload, mark, ..] = parts.as_slice() else {
        return None;
    };
    let is_token = head.len() >= 16 && payload.starts_with(b"eyJ") && mark.len() >= 20;
    let end = at + head.len() + payload.len() + mark.len() + 2;
    let token = &text[at..end];
    let is_shown = String::from_utf8_lossy(token).contains(SHOWN);
    let long = token.len() >= shape.length.0;
    let real = is_token && long && !is_shown && !chance::is_filler(mark) && chance::is_random(mark);
    real.then_some(at..end)
}

/// Returns the private key whose first line of dashes begins at a place.
pub(super) fn block(
    shape: &KeyShape,
    text: &[u8],
    at: usize,
    prefix: usize,
) -> Option<Range<usize>> {
    const TITLE: usize = 64;
    let rest = &text[at + prefix..];
    let title = rest.iter().take(TITLE).position(|byte| *byte == b'-')?;
    let named = rest[..title].windows(KEY_LINE.len()).any(|w| w == KEY_LINE);
    if !named || !rest[title..].starts_with(b"-----") {
        return None;
    }
    let body = at + prefix + title + 5;
    let limit = text.len().min(body + shape.length.1);
    let inner = &text[body..limit];
    let dashes = inner.windows(8).position(|window| window == b"-----END");
    let inner = &inner[..dashes.unwrap_or(inner.len().min(2048))];
    let longest = inner
        .split(|byte| !byte.is_ascii_alphanumeric() && !b"+/=".contains(byte))
        .max_by_key(|line| line.len())?;
    let digits = longest.strip_prefix(b"n").unwrap_or(longest);
    let real = inner.len() >= shape.length.0
        && digits.len() >= 32
        && !chance::is_filler(digits)
        && chance::is_random(&digits[..digits.len().min(64)]);
    real.then(|| at..body + inner.len())
}

/// Returns the password of the address whose `://` stands at a place.
pub(super) fn url(shape: &KeyShape, text: &[u8], at: usize) -> Option<Range<usize>> {
    const LOCAL: [&str; 8] = [
        "localhost",
        "127.",
        "0.0.0.0",
        "[::1]",
        "example",
        "host.docker",
        "test",
        "invalid",
    ];
    let start = at + 3;
    let scheme = text[..at].iter().rev();
    let scheme = scheme.take_while(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte));
    if scheme.count() < 2 {
        return None;
    }
    let ends = |byte: &u8| byte.is_ascii_whitespace() || b"/?#\"'`<>\\,;(){}|".contains(byte);
    let run = text[start..].iter().take(shape.length.1);
    let authority = &text[start..start + run.take_while(|byte| !ends(byte)).count()];
    let host = authority.iter().rposition(|byte| *byte == b'@')?;
    let (user_info, host) = (&authority[..host], &authority[host + 1..]);
    let colon = user_info.iter().position(|byte| *byte == b':');
    let password = start + colon.map_or(0, |colon| colon + 1)..start + user_info.len();
    let value = &text[password.clone()];
    let host = String::from_utf8_lossy(host).to_ascii_lowercase();
    if host.is_empty() || LOCAL.iter().any(|local| host.contains(local)) {
        return None;
    }
    let secret = match colon {
        Some(_) => is_password(value, shape.length.0),
        None => value.len() >= 20 && chance::is_random(value),
    };
    (secret && !chance::is_filler(value)).then_some(password)
}

/// Returns whether a value is one that a person may have taken for a password, and no reference.
pub(super) fn is_password(value: &[u8], least: usize) -> bool {
    const COMMON: [&str; 12] = [
        "password", "passw0rd", "secret", "postgres", "mysql", "admin", "root", "guest",
        "rabbitmq", "pass", "pwd", "token",
    ];
    let small = String::from_utf8_lossy(value).to_ascii_lowercase();
    let marks = value.iter().any(|byte| b"$%{}<>*[]()".contains(byte));
    let kinds = [
        value.iter().any(u8::is_ascii_digit),
        value.iter().any(u8::is_ascii_lowercase),
        value.iter().any(u8::is_ascii_uppercase),
        value.iter().any(|byte| b"!#^&+=~-_.@:".contains(byte)),
    ];
    let kinds = kinds.iter().filter(|there| **there).count();
    let common = COMMON
        .iter()
        .any(|word| small.trim_end_matches(|c: char| c.is_ascii_digit()) == *word);
    if value.len() < least.max(8) || marks || common || !value.is_ascii() {
        return false;
    }
    chance::is_random(value) || (kinds >= 3 && value.len() < 40 && !chance::is_wordy(value))
}
