//! What the repository's files say about the gateway, against what the client and other tools read.

use super::Subject;
use crate::model::Diagnostic;

#[expect(clippy::unnecessary_wraps, reason = "it will read the disk")]
pub(super) fn findings(_subject: &Subject<'_>) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
    Ok(Vec::new())
}
