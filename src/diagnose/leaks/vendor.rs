//! Keys that begin as only one vendor's do.

use std::ops::Range;

use super::chance;
use crate::catalog::{Charset, Checksum, KeyShape};

/// Returns whether a byte may stand in a key.
pub(super) fn holds(charset: Charset, byte: u8) -> bool {
    match charset {
        Charset::Hex => byte.is_ascii_hexdigit(),
        Charset::Alnum => byte.is_ascii_alphanumeric(),
        Charset::Upper => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
        Charset::Base32 => byte.is_ascii_uppercase() || (b'2'..=b'7').contains(&byte),
        Charset::Word => byte.is_ascii_alphanumeric() || b"-_".contains(&byte),
        Charset::Dotted => byte.is_ascii_alphanumeric() || b"-_.".contains(&byte),
        Charset::Base64 => byte.is_ascii_alphanumeric() || b"-_+/=".contains(&byte),
        Charset::Any => byte.is_ascii_graphic(),
    }
}

/// What a prefix turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// A key.
    Key(Range<usize>),
    /// What a vendor would never issue, or stands for a key: no other rule has a say.
    Nothing(Range<usize>),
    /// Some other text.
    Other,
}

/// Judges the text from a prefix on.
pub(super) fn judge(shape: &KeyShape, text: &[u8], at: usize, prefix: usize) -> Verdict {
    if !begins(text, at) {
        return Verdict::Other;
    }
    let start = at + prefix;
    let run = text[start..].iter().take(shape.length.1 + 1);
    let count = run.take_while(|byte| holds(shape.charset, **byte)).count();
    let mut end = start + count;
    // A full stop ends a sentence, not a key.
    while shape.charset == Charset::Dotted && text[start..end].ends_with(b".") {
        end -= 1;
    }
    let key = at..end;
    let body = &text[start..end];
    if body.len() < shape.length.0 || body.len() > shape.length.1 || goes_on(text, end) {
        return Verdict::Other;
    }
    if !shape.words.is_empty() && !has_word(text, at, &shape.words) {
        return Verdict::Other;
    }
    if chance::is_filler(body) || !chance::is_varied(body) || is_cut(text, end) {
        return Verdict::Nothing(key);
    }
    if shape.checksum == Some(Checksum::Crc32Base62) && !vouches(body) {
        return Verdict::Nothing(key);
    }
    let plain = shape.charset == Charset::Hex || !shape.random;
    if plain || chance::is_random(body) || is_uuid_body(body) {
        Verdict::Key(key)
    } else {
        Verdict::Other
    }
}

/// Some vendors issue a UUID behind their prefix.
fn is_uuid_body(body: &[u8]) -> bool {
    chance::is_uuid(body)
}

/// Whether a word begins at a place; a line break written out and a `%3D` are no part of it.
fn begins(text: &[u8], at: usize) -> bool {
    let before = &text[at.saturating_sub(3)..at];
    let Some(last) = before.last() else {
        return true;
    };
    let breaks = |end: &[u8]| before.ends_with(end);
    let written = breaks(b"\\n") || breaks(b"\\t") || breaks(b"\\r");
    let percent = before.len() == 3 && before[0] == b'%';
    let default = breaks(b":-") || breaks(b"--");
    let joined = last.is_ascii_alphanumeric() || b"_-+".contains(last);
    let packed = *last == b'/' && before.len() > 1 && {
        let second = before[before.len() - 2];
        second == b'+' || second == b'='
    };
    !(joined || packed) || written || percent || default
}

/// Whether letters follow that the key's alphabet does not have.
fn goes_on(text: &[u8], end: usize) -> bool {
    let next = text.get(end);
    next.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

/// Whether somebody cut the key short on purpose.
fn is_cut(text: &[u8], end: usize) -> bool {
    let rest = &text[end..];
    let marks: [&[u8]; 5] = [b"...", "…".as_bytes(), b"***", b"[", b"<"];
    marks.iter().any(|mark| rest.starts_with(mark))
}

fn has_word(text: &[u8], at: usize, words: &[String]) -> bool {
    let line = super::around(text, at, 256).to_ascii_lowercase();
    let has = |word: &String| {
        let mut windows = line.windows(word.len());
        windows.any(|window| window == word.as_bytes())
    };
    words.iter().any(has)
}

/// Whether the last six digits are the check sum of those before.
fn vouches(body: &[u8]) -> bool {
    const DIGITS: usize = 6;
    let Some((random, sum)) = body.len().checked_sub(DIGITS).map(|at| body.split_at(at)) else {
        return false;
    };
    let mut rest = crc32(random);
    let alphabet = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut expected = [b'0'; DIGITS];
    for digit in expected.iter_mut().rev() {
        *digit = alphabet[(rest % 62) as usize];
        rest /= 62;
    }
    sum == expected
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |sum: u32| (sum >> 1) ^ (0xedb8_8320 & 0u32.wrapping_sub(sum & 1));
    !bytes.iter().fold(!0, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| step(sum))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_sums_are_computed_as_vendors_do() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        // From the vendor's announcement of the format, cut in two.
        let sample = ["zQWBuTSOoRi4A9spHcVY5ncns", "DkxkJ0mLq17"].concat();
        assert!(vouches(sample.as_bytes()));
        assert!(!vouches(sample.replace('m', "n").as_bytes()));
    }
}
