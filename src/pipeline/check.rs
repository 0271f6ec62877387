//! What is wrong, without a thought of mending it.

use super::{Own, Templates, run};
use crate::model::{BaseState, Diagnostic};
use crate::observe::{self, Unit};
use crate::{diagnose, plan};

/// Compares files and base; where base and templates belong together, also what is declared.
///
/// # Errors
/// As [`run`].
pub fn findings(
    unit: &Unit,
    own: &Own,
    manifest_text: &str,
) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
    let outcome = run(unit, own, manifest_text, Templates::Moved)?;
    let actual = observe::actual(&unit.root, outcome.base.files.keys());
    if moved(&outcome.base, &outcome.next) {
        let mut found = diagnose::pending(&outcome.base);
        found.extend(diagnose::drift(&outcome.base, &actual, &[]));
        return Ok(found);
    }
    let open = plan::in_conflict(&outcome.plan.changes);
    let open: Vec<_> = open.into_iter().map(|(open, _)| open).collect();
    let conflicts = outcome.plan.diagnostics.iter();
    let conflicts = conflicts.filter(|problem| problem.code == "conflict");
    let mut found: Vec<Diagnostic> = conflicts.cloned().collect();
    let drifted = diagnose::drift(&outcome.base, &actual, &open);
    let unapplied = diagnose::unapplied(&outcome.plan, &drifted);
    found.extend(drifted);
    found.extend(unapplied);
    Ok(found)
}

/// Whether a feature has other templates than the ones the base was made with.
fn moved(base: &BaseState, next: &BaseState) -> bool {
    let other =
        |(name, hash): (&String, &String)| next.features.get(name).is_some_and(|new| new != hash);
    base.features.iter().any(other)
}
