//! One conflict as the user is asked about it.

use std::fmt::Write as _;

use super::diff::diff;
use crate::model::{Action, Conflict, FileChange, Mode, RepoPath, Value, escape, mask_value};

/// Returns what each side of a conflict says: of a whole file the diff from the user's to ours.
#[must_use]
pub fn conflict(path: &RepoPath, conflict: &Conflict) -> String {
    let mut out = format!("\n{path}");
    if conflict.key.0.is_empty() {
        let text = |side: &Option<Value>| side.as_ref().and_then(Value::as_str).map(str::to_owned);
        let change = FileChange {
            path: path.clone(),
            action: Action::Update,
            before: text(&conflict.actual),
            after: text(&conflict.desired),
            mode_before: Mode::Regular,
            mode: Mode::Regular,
            moved_from: None,
            conflicts: Vec::new(),
        };
        let _ = write!(out, "\n{}", diff(&change).text);
        return out;
    }
    let _ = writeln!(out, "  {}", escape(&conflict.key.to_string()));
    let sides = [
        ("rendered last", &conflict.base),
        ("yours", &conflict.actual),
        ("the template's", &conflict.desired),
    ];
    for (side, value) in sides {
        let name = conflict.key.name().unwrap_or_default();
        let shown = value.as_ref().map_or_else(
            || "nothing".to_owned(),
            |value| mask_value(name, value).to_string(),
        );
        let _ = writeln!(out, "  {side:<15} {}", escape(&shown));
    }
    out
}
