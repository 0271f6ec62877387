//! Whether a text was drawn by chance, written by a person, or left to be filled in.

/// The shortest text that shows chance.
pub(super) const SHORTEST: usize = 16;

/// Two letters that follow each other in words of English and of programs.
const PAIRS: &str = "th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha \
    as ou io le ve co me de hi ri ro ic ne ea ra ce li ch ll be ma si om ur ca el ta la ns di fo ho \
    pe ec pr no ct us ac ot il tr ly nc et ut ss so rs un lo ge ie ee em ad ol rt po na ul ni ts mo \
    pa im mi ai sh ir su id os iv am fi ci vi pl ev ld mp ab ke ey ck ap pi ag gr od up fr wo rk by \
    sk da do ex ga ov se ay lu mo ub";

/// Words that stand where a key will stand, or say that none does.
const FILLERS: [&str; 37] = [
    "example",
    "placeholder",
    "changeme",
    "change-me",
    "change_me",
    "changeit",
    "replace",
    "your-",
    "your_",
    "yourkey",
    "yourapi",
    "yoursecret",
    "yourtoken",
    "yourpass",
    "your.",
    "dummy",
    "sample",
    "redacted",
    "notreal",
    "not-real",
    "not_real",
    "not-a-",
    "not_a_",
    "insert",
    "xxxx",
    "****",
    "....",
    "foobar",
    "deadbeef",
    "goes-here",
    "goes_here",
    "goeshere",
    "key-here",
    "key_here",
    "token-here",
    "lorem",
    "invalid",
];

/// The same, where they are whole words.
const WHOLE: [&str; 10] = [
    "fake", "test", "todo", "fixme", "none", "null", "mock", "here", "demo", "hidden",
];

/// Runs that fingers make.
const RUNS: [&str; 3] = [
    "0123456789012345678901234567890",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
];
const RUN: usize = 7;

/// Returns whether a text stands for a key that is yet to come.
pub(super) fn is_filler(text: &[u8]) -> bool {
    let small = String::from_utf8_lossy(text).to_ascii_lowercase();
    let has = |word: &&str| small.contains(*word);
    let whole = |word: &&str| {
        let mut parts = small.split(|c: char| !c.is_ascii_alphanumeric());
        parts.any(|part| part == *word)
    };
    FILLERS.iter().any(has) || WHOLE.iter().any(whole) || is_run(&small) || repeats(text)
}

fn is_run(small: &str) -> bool {
    let windows = small.as_bytes().windows(RUN);
    let known = |window: &[u8]| {
        let window = std::str::from_utf8(window).unwrap_or("\0");
        let back: String = window.chars().rev().collect();
        RUNS.iter()
            .any(|run| run.contains(window) || run.contains(&back))
    };
    windows.into_iter().any(known)
}

/// Whether one character stands five times in a row, or up to three make up the whole.
fn repeats(text: &[u8]) -> bool {
    let same = |window: &[u8]| window.iter().all(|b| *b == window[0]);
    let period = |n: usize| text.len() > 3 * n && text.iter().zip(&text[n..]).all(|(a, b)| a == b);
    text.windows(5).any(same) || (1..=3).any(period)
}

/// Returns whether a text has enough different characters for a key.
pub(super) fn is_varied(text: &[u8]) -> bool {
    let mut seen = [false; 256];
    for byte in text {
        seen[usize::from(*byte)] = true;
    }
    let different = seen.iter().filter(|seen| **seen).count();
    different >= 8.min(text.len() / 2)
}

/// Returns whether a text looks drawn by chance.
pub(super) fn is_random(text: &[u8]) -> bool {
    if text.len() < SHORTEST || !is_varied(text) || is_uuid(text) {
        return false;
    }
    let letters = text.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let digits = text.iter().filter(|b| b.is_ascii_digit()).count();
    if letters < 3 || letters + digits < text.len() * 2 / 3 {
        return false;
    }
    let runs = runs(text);
    if digits * 4 >= text.len() && text.iter().all(u8::is_ascii_hexdigit) {
        return true;
    }
    let short = (letters + digits) * 5 <= runs * 11;
    // Words have long runs of one kind, and so has a date among them; chance changes all the time.
    (short && digits > 0) || !is_wordy(text)
}

/// How often the kind of character changes, punctuation left out.
fn runs(text: &[u8]) -> usize {
    let kind = |byte: &u8| match byte {
        b'a'..=b'z' => Some(0),
        b'A'..=b'Z' => Some(1),
        b'0'..=b'9' => Some(2),
        _ => None,
    };
    let kinds: Vec<i32> = text.iter().filter_map(kind).collect();
    1 + kinds.windows(2).filter(|pair| pair[0] != pair[1]).count()
}

/// Returns whether a text is made of words.
pub(super) fn is_wordy(text: &[u8]) -> bool {
    let (mut pairs, mut known) = (0, 0);
    for pair in text.windows(2) {
        let both = pair.iter().all(u8::is_ascii_alphabetic);
        let hump = pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase();
        if both && !hump {
            pairs += 1;
            known += usize::from(is_known(pair[0], pair[1]));
        }
    }
    let letters = text.iter().filter(|b| b.is_ascii_alphabetic()).count();
    pairs * 3 >= letters && known * 20 >= pairs * 9
}

fn is_known(first: u8, second: u8) -> bool {
    let pair = [first.to_ascii_lowercase(), second.to_ascii_lowercase()];
    PAIRS.as_bytes().chunks(3).any(|known| known[..2] == pair)
}

/// Returns whether a text is a UUID.
pub(super) fn is_uuid(text: &[u8]) -> bool {
    text.len() == 36
        && text.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_no_chance() {
        for name in [
            "my-service-account-token-2024",
            "processPaymentTokenHandler2",
            "AZURE_OPENAI_DEPLOYMENT_NAME",
            "arn-like-value-for-region-1",
            "claude-sonnet-4-6-20260101",
            "getAccessTokenFromStorage",
            "0000000000000000000000000000",
            "123e4567-e89b-12d3-a456-426614174000",
        ] {
            assert!(!is_random(name.as_bytes()), "{name}");
        }
        for key in [
            "q7Zk2Lw9XcV4bN8mTgY1",
            "9f1c0b7ae4d25f3688c0aa71be02d943",
            "k3j9x0q2m8z7w1v5b4n6",
        ] {
            assert!(is_random(key.as_bytes()), "{key}");
        }
    }

    #[test]
    fn fillers_are_known() {
        for filler in [
            "your-gateway-key-here",
            "AKIAIOSFODNN7EXAMPLE",
            "xxxxxxxxxxxxxxxx",
            "abcdefghijkl1234",
            "ababababababababab",
            "this-is-a-fake-one",
        ] {
            assert!(is_filler(filler.as_bytes()), "{filler}");
        }
        assert!(!is_filler(b"q7Zk2Lw9XcV4bN8mTgY1"));
    }
}
