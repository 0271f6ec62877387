//! Paths inside a repository.

use std::fmt;
use std::path::PathBuf;

use super::is_harmful;

/// A path relative to the repository's root that cannot leave it: `/` between names, no `..`.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "String")]
pub struct RepoPath(String);

impl TryFrom<String> for RepoPath {
    type Error = PathError;

    fn try_from(text: String) -> Result<Self, PathError> {
        Self::parse(&text)
    }
}

/// Why a text is no [`RepoPath`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// Nothing, or an empty name between slashes.
    #[error("path `{0}` has an empty name in it")]
    Empty(String),
    /// Starts at a root or a drive.
    #[error("path `{0}` is absolute; it must be relative to the repository")]
    Absolute(String),
    /// Contains `.` or `..`.
    #[error("path `{0}` contains `.` or `..`; it must stay inside the repository")]
    Escapes(String),
    /// Contains a character or a name that some system cannot store or gives a meaning of its own.
    #[error("path `{0}` contains a name that is not portable: `{1}`")]
    NotPortable(String, String),
    /// Points into git's own folder.
    #[error("path `{0}` points into git's own folder")]
    GitFolder(String),
}

impl RepoPath {
    /// Reads a path, checking everything once.
    ///
    /// # Errors
    /// Refuses absolute paths, `..`, device names, git's own folder in any spelling that a file
    /// system may take for it, and names that are not portable.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        if text.starts_with(['/', '\\']) || text.as_bytes().get(1) == Some(&b':') {
            return Err(PathError::Absolute(text.to_owned()));
        }
        for name in text.split('/') {
            check_name(text, name)?;
        }
        Ok(Self(text.to_owned()))
    }

    /// Returns the path as text, `/` between names.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the folders above the path, outermost first.
    pub fn ancestors(&self) -> impl Iterator<Item = &str> {
        self.0.match_indices('/').map(|(at, _)| &self.0[..at])
    }

    /// Returns the path below a root.
    #[must_use]
    pub fn under(&self, root: &std::path::Path) -> PathBuf {
        self.0
            .split('/')
            .fold(root.to_path_buf(), |path, name| path.join(name))
    }
}

impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

fn check_name(path: &str, name: &str) -> Result<(), PathError> {
    if name.is_empty() {
        return Err(PathError::Empty(path.to_owned()));
    }
    if name == "." || name == ".." {
        return Err(PathError::Escapes(path.to_owned()));
    }
    let visible: String = name.chars().filter(|c| !is_ignorable(*c)).collect();
    let folded = visible.trim_end_matches(['.', ' ']).to_ascii_lowercase();
    if folded == ".git" || folded.starts_with("git~") || folded.starts_with(".git:") {
        return Err(PathError::GitFolder(path.to_owned()));
    }
    let stem = folded.split('.').next().unwrap_or_default().trim_end();
    let numbered = |prefix: &str| {
        let number = stem.strip_prefix(prefix).map(|n| n.chars());
        let mut number = number.into_iter().flatten();
        number
            .next()
            .is_some_and(|c| c.is_ascii_digit() || "¹²³".contains(c))
            && number.next().is_none()
    };
    let device = matches!(stem, "con" | "prn" | "aux" | "nul" | "conin$" | "conout$")
        || numbered("com")
        || numbered("lpt");
    let odd = name
        .chars()
        .any(|c| is_harmful(c) || c == '\t' || "<>:\"|?*\\".contains(c) || is_ignorable(c));
    if device || odd || name.ends_with(['.', ' ']) {
        return Err(PathError::NotPortable(path.to_owned(), name.to_owned()));
    }
    Ok(())
}

/// Code points that HFS+ leaves out when it compares names.
fn is_ignorable(c: char) -> bool {
    matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_leave_the_repository_are_refused() {
        for bad in [
            "",
            "/etc/x",
            "../x",
            "a/../b",
            "a//b",
            "C:/x",
            "a\\b",
            ".git/config",
            ".GIT/x",
            "git~1/x",
            ".g\u{200c}it/x",
            ".git./x",
            ".git /x",
            "a/con",
            "aux.txt",
            "a/b.",
            "a\nb",
            "com1",
            "COM².txt",
            "con .txt",
            "CONIN$",
            "a\u{2066}b",
        ] {
            assert!(RepoPath::parse(bad).is_err(), "{bad:?}");
        }
        for good in [
            ".claude/settings.json",
            ".gitignore",
            ".github/w.yml",
            "scripts/ö x.sh",
        ] {
            assert_eq!(RepoPath::parse(good).expect(good).as_str(), good);
        }
    }
}
