//! Values that a stronger layer shadows, and what a subfolder or another host makes of them.

use super::Subject;
use crate::model::Diagnostic;

#[expect(clippy::unnecessary_wraps, reason = "it will read the disk")]
pub(super) fn findings(_subject: &Subject<'_>) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
    Ok(Vec::new())
}
