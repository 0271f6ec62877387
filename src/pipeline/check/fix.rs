//! What `check --fix` writes: the edits of findings with one safe answer, file by file.

use std::collections::BTreeMap;

use crate::diagnose;
use crate::model::{Action, Actual, Diagnostic, FileChange, Mode, Plan, RepoPath, TextEdit};
use crate::observe::{self, Unit};

/// Returns the plan that makes all edits of the findings. Of two that touch the same bytes the first
/// counts; the other's finding is still there afterwards.
///
/// # Errors
/// Fails where a file is not what the findings were made from, or would lose something else.
pub fn mending(unit: &Unit, found: &[Diagnostic]) -> Result<Plan, Vec<Diagnostic>> {
    let mut edits: BTreeMap<&RepoPath, Vec<&TextEdit>> = BTreeMap::new();
    for edit in found.iter().flat_map(|finding| &finding.fix) {
        edits.entry(&edit.path).or_default().push(edit);
    }
    let actual = observe::actual(unit, edits.keys().copied());
    let mut plan = Plan::default();
    let mut problems = Vec::new();
    for (path, edits) in edits {
        let (before, mode) = match actual.get(path) {
            Some(Actual::Text { text, mode }) => (Some(text.clone()), *mode),
            Some(Actual::Absent) | None => (None, Mode::default()),
            Some(Actual::Other(what)) => {
                problems.push(refused(path, &format!("it is {what}")));
                continue;
            }
        };
        let text = before.as_deref().unwrap_or_default();
        let edits = apart(edits, text);
        let after = edited(text, &edits);
        let ranges: Vec<_> = edits.iter().map(|edit| edit.range.clone()).collect();
        if !diagnose::same_otherwise(path, text, &after, &ranges) {
            problems.push(refused(path, "something else in it would change"));
            continue;
        }
        plan.changes.push(change(path, before, after, mode));
    }
    if problems.is_empty() {
        Ok(plan)
    } else {
        Err(problems)
    }
}

/// The edits in the order of the text, each once, none over another.
fn apart<'e>(mut edits: Vec<&'e TextEdit>, text: &str) -> Vec<&'e TextEdit> {
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let mut end = 0;
    let mut kept: Vec<&TextEdit> = Vec::new();
    for edit in edits {
        let inside = text.get(edit.range.clone()).is_some();
        if inside && edit.range.start >= end && kept.last() != Some(&edit) {
            end = edit.range.end;
            kept.push(edit);
        }
    }
    kept
}

fn edited(text: &str, edits: &[&TextEdit]) -> String {
    let mut out = text.to_owned();
    for edit in edits.iter().rev() {
        out.replace_range(edit.range.clone(), &edit.text);
    }
    out
}

fn change(path: &RepoPath, before: Option<String>, after: String, mode: Mode) -> FileChange {
    let action = match &before {
        None => Action::Create,
        Some(before) if *before == after => Action::Keep,
        Some(_) => Action::Update,
    };
    FileChange {
        path: path.clone(),
        action,
        before,
        after: Some(after),
        mode_before: mode,
        mode,
        conflicts: Vec::new(),
        moved_from: None,
    }
}

fn refused(path: &RepoPath, why: &str) -> Diagnostic {
    let message = format!("`{path}` cannot be mended: {why}");
    Diagnostic::error("target", message)
        .in_file(path.as_str())
        .with_help("mend it by hand, as the finding says")
}
