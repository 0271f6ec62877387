//! What a program complains about: as it may be shown, and what it means.

use crate::catalog::Store;
use crate::model::{escape, mask_talk};
use crate::secret::Cause;

/// Characters of a program's words that are shown.
const SHOWN: usize = 400;
/// Shorter lines of an answer would turn up in any text.
const TELLING: usize = 4;

/// Returns a program's words on one line, without keys and without any line of its answer.
pub(super) fn shown(said: &[u8], answer: &[u8]) -> String {
    let said = String::from_utf8_lossy(said);
    let answer = String::from_utf8_lossy(answer);
    let answer = answer.lines().map(str::trim);
    let answer: Vec<&str> = answer.filter(|line| line.len() >= TELLING).collect();
    let lines = said.lines().map(str::trim).filter(|line| !line.is_empty());
    let lines = lines.map(|line| {
        let bare = answer.iter().fold(line.to_owned(), |line, secret| {
            line.replace(secret, "[redacted]")
        });
        escape(&mask_talk(&bare))
    });
    let whole = lines.collect::<Vec<_>>().join("; ");
    let mut short: String = whole.chars().take(SHOWN).collect();
    if short.len() < whole.len() {
        short.push('…');
    }
    short
}

/// Returns what the catalogue makes of a program's words.
pub(super) fn cause(said: &[u8], store: &Store) -> Cause {
    let said = String::from_utf8_lossy(said).to_lowercase();
    let has = |pieces: &[String]| pieces.iter().any(|piece| said.contains(piece.as_str()));
    if has(&store.logged_out) {
        Cause::LoggedOut
    } else if has(&store.missing) {
        Cause::Missing
    } else if has(&store.unavailable) {
        Cause::Unavailable
    } else {
        Cause::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_shown_on_one_line_and_without_keys() {
        let shown = |said: &str| shown(said.as_bytes(), b"ab\nsecret-1\n");
        assert_eq!(
            shown("Error:\n\n  no such thing \n"),
            "Error:; no such thing"
        );
        assert_eq!(shown("read secret-1, ab"), "read [redacted], ab");
        assert_eq!(shown("token=abcdefg"), "token=[redacted]");
        assert_eq!(shown("\u{1b}[31mred"), "\\u{1b}[31mred");
        let key = ["sk-ant-", "api03-", &"a1B2".repeat(8)].concat();
        assert_eq!(shown(&format!("bad {key}")), "bad [redacted]");
        assert_eq!(shown(&"x".repeat(500)).chars().count(), SHOWN + 1);
    }

    #[test]
    fn the_catalogue_says_what_words_mean() {
        let store = Store {
            logged_out: vec!["permission denied".to_owned()],
            missing: vec!["not found".to_owned()],
            unavailable: vec!["refused".to_owned()],
            ..Store::default()
        };
        for (said, expected) in [
            ("* Permission denied: not found", Cause::LoggedOut),
            ("NOT FOUND", Cause::Missing),
            ("connection refused", Cause::Unavailable),
            ("?", Cause::Unknown),
        ] {
            assert_eq!(cause(said.as_bytes(), &store), expected, "{said}");
        }
    }
}
