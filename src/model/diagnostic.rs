//! What we tell the user about a place in a file.

use std::ops::Range;

use memchr::memchr_iter;

use super::{RepoPath, hide};

/// The code of a diagnostic that names a conflict.
pub const CONFLICT: &str = "conflict";

/// How much a diagnostic matters.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A fact worth knowing; never changes the exit code.
    Note,
    /// Likely wrong.
    Warning,
    /// Wrong.
    Error,
}

/// One finding: a stable code, where it is, what it is, and what to do. Its texts never hold what
/// has the shape of a credential, so that a key typed in the wrong place is not printed again.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
pub struct Diagnostic {
    /// `CS001`…, or a word such as `manifest` where no code is assigned.
    pub code: String,
    /// How much it matters.
    pub severity: Severity,
    /// File, relative to the unit's root.
    pub path: Option<String>,
    /// Line, from 1.
    pub line: Option<usize>,
    /// Column in characters, from 1.
    pub column: Option<usize>,
    /// One sentence without a full stop.
    pub message: String,
    /// What to do, best a command to paste.
    pub help: Option<String>,
    /// The commit that holds it, where it stands in the history.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub commit: Option<String>,
    /// What mends it, where one answer is safe.
    #[serde(skip)]
    pub fix: Vec<TextEdit>,
}

/// One replacement in the text that a finding was made in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextEdit {
    /// File, relative to the unit's root; it need not exist yet.
    pub path: RepoPath,
    /// Bytes that go; empty where text only comes.
    pub range: Range<usize>,
    /// What stands there instead.
    pub text: String,
}

impl Diagnostic {
    /// Returns an error without a place.
    #[must_use]
    pub fn error(code: &str, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, message)
    }

    /// Returns a warning without a place.
    #[must_use]
    pub fn warning(code: &str, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, message)
    }

    /// Returns a note without a place.
    #[must_use]
    pub fn note(code: &str, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Note, message)
    }

    /// Returns the diagnostic with the act that mends it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(hide(&help.into()));
        self
    }

    /// Returns the diagnostic with the edits that mend it.
    #[must_use]
    pub fn with_fix(mut self, edits: impl IntoIterator<Item = TextEdit>) -> Self {
        self.fix.extend(edits);
        self
    }

    /// Returns the diagnostic placed in a file.
    #[must_use]
    pub fn in_file(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Returns the diagnostic placed at a byte offset of a file's text.
    #[must_use]
    pub fn at(mut self, path: impl Into<String>, text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        self.path = Some(path.into());
        self.line = Some(memchr_iter(b'\n', before.as_bytes()).count() + 1);
        self.column = Some(before[line_start..].chars().count() + 1);
        self
    }

    fn new(code: &str, severity: Severity, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            severity,
            path: None,
            line: None,
            column: None,
            message: hide(&message.into()),
            help: None,
            commit: None,
            fix: Vec::new(),
        }
    }
}
