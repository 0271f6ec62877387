//! What commands print with `--format json`: one object, stable under its `schema` number.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;

use super::diff::diff;
use super::moved::Moved;
use crate::model::{
    Action, Conflict, Diagnostic, FileChange, Plan, RepoPath, Runs, Value, is_harmful, mask_value,
    runs,
};
use crate::scenario::Recommendation;

/// The number of this shape; it grows when a reader would have to change.
pub const SCHEMA: u32 = 1;

/// Returns printed JSON with every character escaped that a terminal would obey; between texts there
/// is none but the line break.
#[must_use]
pub fn escape_json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_harmful(c) && c != '\n' {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// What `init`, `plan`, `apply`, `set`, `upgrade`, `resolve`, `undo` and `remove` print.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PlanReport {
    /// The number of this shape.
    pub schema: u32,
    /// The command that printed it.
    pub command: String,
    /// Whether the changes were written.
    pub applied: bool,
    /// Every managed file in path order, then manifest and lockfile.
    pub changes: Vec<ChangeReport>,
    /// What there is to say.
    pub diagnostics: Vec<Diagnostic>,
    /// Counts.
    pub summary: Summary,
    /// What moved since the last rendering; `upgrade` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved: Option<Moved>,
}

/// One file.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ChangeReport {
    /// Relative to the manifest's folder, `/` between names.
    pub path: String,
    /// What happens to it.
    pub action: Action,
    /// `100644` or `100755`.
    pub mode: String,
    /// How the file comes to be run, if it is more than data.
    pub runs: Option<Runs>,
    /// Unified diff; empty where nothing is written.
    pub diff: String,
    /// Whether the diff is an exact patch (no credential had to be hidden).
    pub exact: bool,
    /// Keys left alone.
    pub conflicts: Vec<ConflictReport>,
    /// The path from which the file, as the user has it, moves here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved_from: Option<String>,
}

/// One key that both sides changed; credentials are redacted.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ConflictReport {
    /// Dotted path of the key; empty for the whole file.
    pub key: String,
    /// What was rendered last, or null.
    pub base: Value,
    /// What is there, or null.
    pub actual: Value,
    /// What should be there, or null.
    pub desired: Value,
}

/// How many files, by what happens to them.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Summary {
    /// Right already.
    pub keep: usize,
    /// Made.
    pub create: usize,
    /// Changed.
    pub update: usize,
    /// Removed.
    pub delete: usize,
    /// In conflict.
    pub conflict: usize,
}

/// What a command that failed prints.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ErrorReport {
    /// The number of this shape.
    pub schema: u32,
    /// What went wrong.
    pub diagnostics: Vec<Diagnostic>,
}

/// What `recommend` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RecommendReport {
    /// The number of this shape.
    pub schema: u32,
    /// Scores, facts, margin and what would change the winner.
    #[serde(flatten)]
    pub recommendation: Recommendation,
}

/// Returns the JSON schema of a report.
#[must_use]
pub fn schema_of<T: JsonSchema>() -> Value {
    schemars::schema_for!(T).to_value()
}

/// Returns the report of a plan.
#[must_use]
pub fn plan_report(command: &str, plan: &Plan, applied: bool) -> PlanReport {
    PlanReport {
        schema: SCHEMA,
        command: command.to_owned(),
        applied,
        changes: plan.changes.iter().chain(&plan.own).map(change).collect(),
        diagnostics: plan.diagnostics.clone(),
        summary: summary(plan),
        moved: None,
    }
}

/// Counts the managed files of a plan.
#[must_use]
pub fn summary(plan: &Plan) -> Summary {
    let mut summary = Summary::default();
    for change in &plan.changes {
        let count = match change.action {
            Action::Keep => &mut summary.keep,
            Action::Create => &mut summary.create,
            Action::Update => &mut summary.update,
            Action::Delete => &mut summary.delete,
            Action::Conflict => &mut summary.conflict,
        };
        *count += 1;
    }
    summary
}

fn change(change: &FileChange) -> ChangeReport {
    let diff = diff(change);
    ChangeReport {
        path: change.path.to_string(),
        action: change.action,
        mode: change.mode.as_git().to_owned(),
        runs: runs(&change.path, change.mode),
        diff: diff.text,
        exact: diff.exact || !change.writes(),
        conflicts: change.conflicts.iter().map(conflict).collect(),
        moved_from: change.moved_from.as_ref().map(RepoPath::to_string),
    }
}

pub(super) fn conflict(conflict: &Conflict) -> ConflictReport {
    let shown = |value: &Option<Value>| {
        let name = conflict.key.name().unwrap_or_default();
        value.as_ref().map_or(Value::Null, |v| mask_value(name, v))
    };
    ConflictReport {
        key: conflict.key.to_string(),
        base: shown(&conflict.base),
        actual: shown(&conflict.actual),
        desired: shown(&conflict.desired),
    }
}
