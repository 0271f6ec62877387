//! Globs over names of repositories, and over the parts of paths.

use gix_glob::wildmatch;
use gix_glob::wildmatch::Mode;

/// A glob that is one: `*` and `?` stay within one part, `**` goes over several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob(String);

/// Why a text is no glob.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GlobError {
    /// Nothing at all.
    #[error("a glob is empty")]
    Empty,
    /// `[` without its `]`.
    #[error("the glob `{0}` has a `[` without its `]`")]
    Open(String),
    /// `\` at the end.
    #[error("the glob `{0}` ends in a `\\`")]
    Escape(String),
}

impl Glob {
    /// Reads a glob.
    ///
    /// # Errors
    /// Refuses an empty one, a `[` without its `]` and a `\` at the end.
    pub fn parse(text: &str) -> Result<Self, GlobError> {
        if text.is_empty() {
            return Err(GlobError::Empty);
        }
        let mut rest = text;
        while let Some(at) = rest.find(['[', '\\']) {
            let (mark, after) = rest[at..].split_at(1);
            if mark == "\\" {
                let mut chars = after.chars();
                if chars.next().is_none() {
                    return Err(GlobError::Escape(text.to_owned()));
                }
                rest = chars.as_str();
                continue;
            }
            // A `]` that comes first stands for itself.
            let inner = after.trim_start_matches(['!', '^']);
            let skip = usize::from(inner.starts_with(']'));
            let Some(end) = inner[skip..].find(']') else {
                return Err(GlobError::Open(text.to_owned()));
            };
            rest = &inner[skip + end + 1..];
        }
        Ok(Self(text.to_owned()))
    }

    /// Returns whether a name matches: a glob without a `/` looks at the last part of the name.
    /// Letters match in either case, as forges take them.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        let part = if self.0.contains('/') {
            name
        } else {
            name.rsplit('/').next().unwrap_or(name)
        };
        let mode = Mode::NO_MATCH_SLASH_LITERAL | Mode::IGNORE_CASE;
        wildmatch(self.0.as_str().into(), part.into(), mode)
    }
}

/// Returns whether a path, or a part of one, is a glob.
pub(super) fn is_glob(path: &str) -> bool {
    path.contains(['*', '?', '['])
}

/// Returns whether a part of a path matches; as in a shell, one with a dot only where it is named.
pub(super) fn is_part(glob: &str, name: &str) -> bool {
    let hidden = name.starts_with('.') && !glob.starts_with('.');
    !hidden && wildmatch(glob.into(), name.into(), Mode::NO_MATCH_SLASH_LITERAL)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(glob: &str, name: &str) -> bool {
        Glob::parse(glob).expect("a glob").matches(name)
    }

    #[test]
    fn a_glob_without_a_slash_is_for_the_last_part() {
        assert!(check("*-archive", "team/old-archive"));
        assert!(check("TEAM/*", "team/app"));
        assert!(!check("team/*", "team/sub/app"));
        assert!(check("team/**", "team/sub/app"));
        assert!(!check("team", "team/app"));
    }

    #[test]
    fn what_is_no_glob_is_refused() {
        for text in ["", "a[b", "a\\", "[]", "[!]"] {
            assert!(Glob::parse(text).is_err(), "{text}");
        }
        for text in ["[]]", "[!]a]", "\\[", "a[bc]d*", "é[x]"] {
            assert!(Glob::parse(text).is_ok(), "{text}");
        }
    }
}
