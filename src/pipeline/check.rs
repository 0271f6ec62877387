//! What is wrong, without a thought of mending it.

use super::{Request, guard, run};
use crate::model::Diagnostic;
use crate::{diagnose, observe, plan};

/// Compares files and base; where base and templates belong together, also what is declared.
///
/// # Errors
/// As [`run`], but for templates that have moved.
pub fn findings(request: &Request<'_>) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
    let base = guard::base(request.unit, request.own)?;
    let actual = observe::actual(&request.unit.root, base.files.keys());
    let plan = match run(request) {
        Ok(outcome) => outcome.plan,
        Err(problems) if guard::is_moved(request.unit, &problems) => {
            let mut found = diagnose::pending(&base);
            found.extend(diagnose::drift(&base, &actual, &[]));
            return Ok(found);
        }
        Err(problems) => return Err(problems),
    };
    let open = plan::in_conflict(&plan.changes);
    let open: Vec<_> = open.into_iter().map(|(open, _)| open).collect();
    let conflicts = plan.diagnostics.iter();
    let conflicts = conflicts.filter(|problem| problem.code == "conflict");
    let mut found: Vec<Diagnostic> = conflicts.cloned().collect();
    let drifted = diagnose::drift(&base, &actual, &open);
    let unapplied = diagnose::unapplied(&plan, &drifted);
    found.extend(drifted);
    found.extend(unapplied);
    Ok(found)
}
