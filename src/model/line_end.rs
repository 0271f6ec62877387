//! Line ends, which a checkout may change without meaning anything.

use std::borrow::Cow;

/// Returns a text with LF for CRLF.
#[must_use]
pub fn lf(text: &str) -> Cow<'_, str> {
    if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n"))
    } else {
        Cow::Borrowed(text)
    }
}
