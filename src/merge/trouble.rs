//! Why a file cannot be merged → what to say of it.

use super::MergeError;
use crate::model::{Diagnostic, Format, RepoPath};

/// Returns the diagnostic of an error in a file with this text, wanted in this format.
#[must_use]
pub fn trouble(
    path: &RepoPath,
    text: &str,
    format: Option<Format>,
    error: &MergeError,
) -> Diagnostic {
    let problem = Diagnostic::error("target", error.to_string());
    match error {
        MergeError::Syntax { offset, .. } if format == Some(Format::Json) => problem
            .at(path.as_str(), text, *offset)
            .with_help("mend it; Claude Code skips a settings file that is not strict JSON"),
        MergeError::Syntax { offset, .. } => problem
            .at(path.as_str(), text, *offset)
            .with_help("mend it, or switch its feature off, then run the command again"),
        MergeError::DuplicateKey { offset, .. } => problem
            .at(path.as_str(), text, *offset)
            .with_help("remove one of them: readers disagree about which one counts"),
        MergeError::TooDeep { offset, .. } => problem
            .at(path.as_str(), text, *offset)
            .with_help("move the file away, or switch its feature off"),
        MergeError::LostForeign { .. } => problem
            .in_file(path.as_str())
            .with_help("move the file away, or switch its feature off"),
    }
}
