//! What git says on its standard error.

use std::fmt;

use crate::model::{escape, mask_talk};

/// Lines of git's own words that are shown.
const MOST_LINES: usize = 6;

/// Git's words. Signs can be looked for in all of them; what is shown has credentials taken out and
/// nothing that a terminal would obey.
#[derive(Clone)]
pub struct Said(String);

impl Said {
    /// Returns words of git.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// Returns whether one of the signs is there.
    #[must_use]
    pub fn has(&self, signs: &[&str]) -> bool {
        signs.iter().any(|sign| self.0.contains(sign))
    }

    /// Returns the rest of the first line that holds a sign; it is not fit to be shown.
    #[must_use]
    pub fn after(&self, sign: &str) -> Option<&str> {
        let (_, rest) = self.0.split_once(sign)?;
        rest.lines().next()
    }

    /// Returns every line that is not empty, fit to be shown.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let lines = self.0.lines().filter(|line| !line.trim().is_empty());
        lines.map(|line| escape(&mask_talk(line))).collect()
    }

    /// Returns the first lines as one, fit to be shown.
    #[must_use]
    pub fn words(&self) -> String {
        let mut lines = self.lines();
        lines.truncate(MOST_LINES);
        lines.join("; ")
    }
}

impl fmt::Display for Said {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.words())
    }
}

impl fmt::Debug for Said {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.words())
    }
}
