//! Files against what was rendered and what is declared.

use super::super::{Outcome, guard};
use crate::model::{CONFLICT, Diagnostic};
use crate::observe::{self, Unit};
use crate::{diagnose, plan};

/// Compares files and base; where base and templates belong together, also what is declared.
pub(super) fn findings(unit: &Unit, outcome: &Outcome) -> Vec<Diagnostic> {
    let actual = observe::actual(unit, outcome.base.files.keys());
    if guard::same_templates(unit, &outcome.base, &outcome.next).is_err() {
        let mut found = diagnose::pending(&outcome.base);
        found.extend(diagnose::drift(&outcome.base, &actual, &[]));
        return found;
    }
    let open = plan::in_conflict(&outcome.plan.changes);
    let open: Vec<_> = open.into_iter().map(|(open, _)| open).collect();
    let conflicts = outcome.plan.diagnostics.iter();
    let conflicts = conflicts.filter(|problem| problem.code == CONFLICT);
    let mut found: Vec<Diagnostic> = conflicts.cloned().collect();
    let drifted = diagnose::drift(&outcome.base, &actual, &open);
    let unapplied = diagnose::unapplied(&outcome.plan, &drifted);
    found.extend(drifted);
    found.extend(unapplied);
    found
}
