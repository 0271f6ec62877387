//! What can be asked of a tree, and what it answers; equal answers mean equal outcomes.

use super::Entry;

/// A question that a tree was asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Asked {
    /// What stands at a path.
    Entry(String),
    /// Which names of a folder may be of use.
    Names(String, Pick),
    /// In which folders a path of their own leads to something.
    Everywhere(&'static str),
}

/// What a tree says to a question.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Answer {
    /// What stands there; of a folder only that it is one.
    Entry(Option<Entry>),
    /// Names, or paths, in git's order.
    Names(Vec<String>),
}

/// Which names of a folder are asked for: any that starts or ends so, letters in either case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pick {
    /// With what they may start.
    pub starts: &'static [&'static str],
    /// With what they may end.
    pub ends: &'static [&'static str],
}

impl Pick {
    /// Returns whether a name is asked for.
    #[must_use]
    pub fn picks(&self, name: &str) -> bool {
        let name = name.as_bytes();
        let starts = |word: &&str| {
            let head = name.get(..word.len());
            head.is_some_and(|head| head.eq_ignore_ascii_case(word.as_bytes()))
        };
        let ends = |word: &&str| {
            let tail = name
                .len()
                .checked_sub(word.len())
                .and_then(|at| name.get(at..));
            tail.is_some_and(|tail| tail.eq_ignore_ascii_case(word.as_bytes()))
        };
        self.starts.iter().any(starts) || self.ends.iter().any(ends)
    }
}
