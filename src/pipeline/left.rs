//! What is not ours any more and stays, because the user has changed it.

use crate::merge::{self, same_keys};
use crate::model::{BaseFile, Diagnostic, FileChange, Format, KeyPath, Value};

/// Returns a note for every key of the base that the next one does not hold, and that still stands
/// there; `why` ends the sentence.
pub(super) fn left(
    base: &BaseFile,
    next: Option<&BaseFile>,
    change: &FileChange,
    why: &str,
) -> Vec<Diagnostic> {
    let path = &change.path;
    let (Some(after), Some(format)) = (&change.after, base.format) else {
        return Vec::new();
    };
    let other = next.and_then(|next| next.format);
    if other.is_some_and(|other| !same_keys(format, other)) {
        return Vec::new();
    }
    let still = |key: &KeyPath| {
        let mut keys = next.iter().flat_map(|next| next.keys.keys());
        keys.any(|other| other.is_within(key))
    };
    let ours = base.keys.keys().filter(|key| !still(key));
    let standing = merge::look(path, format, after, ours).unwrap_or_default();
    let mut found = Vec::new();
    for (key, standing) in standing {
        let same = base.keys.get(&key) == Some(&standing.value);
        if same && !holds_comments(&standing.value) {
            continue;
        }
        let what = if key == KeyPath::root() && format == Format::WholeFile {
            format!("`{path}`")
        } else if key == KeyPath::root() {
            format!("the block in `{path}`")
        } else {
            format!("`{key}` in `{path}`")
        };
        let note = Diagnostic::note("kept", format!("{what} {why}"));
        let offset = standing.offset.unwrap_or_default();
        found.push(note.at(path.as_str(), after, offset));
    }
    found
}

/// A list or object in which the user put comments is left to them as it is.
fn holds_comments(value: &Value) -> bool {
    value.is_array() || value.is_object()
}
