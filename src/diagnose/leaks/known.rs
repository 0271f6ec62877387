//! Keys that only the catalogue's rows tell, for texts in which none may stand.

use super::{Leak, Scanner};

/// Returns whether a text has anything that a key could be, so that it is worth a [`Scanner`].
#[must_use]
pub fn may_hold(text: &str) -> bool {
    let random = |word: &str| word.len() >= 16 && word.bytes().any(|b| b.is_ascii_digit());
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
    words.any(random) || text.contains("-----BEGIN") || text.contains('@')
}

impl Scanner {
    /// Returns the keys in a text that a row of the catalogue knows.
    #[must_use]
    pub fn known(&self, path: &str, text: &str) -> Vec<Leak> {
        let mut leaks = self.scan(path, text.as_bytes());
        leaks.retain(|leak| leak.row.is_some());
        leaks
    }
}
