//! `undo`: the last apply, taken back.

use super::host::Host;
use super::{Ending, Outcome, ending, open, place, show, trouble, unit, unlocked};
use crate::model::{Diagnostic, FileChange, Plan};
use crate::observe::Unit;
use crate::{apply as disk, pipeline, report};

pub(super) fn run(host: &Host) -> Outcome {
    let unit = unit(host).unwrap_or_else(|_| Unit::at(&host.folder, &host.state_home));
    let (unit, session) = open(host, unit)?;
    let Some(mut plan) = disk::undo_plan(&place(&unit)).map_err(trouble)? else {
        host.say("nothing to undo\n");
        if host.json() {
            host.print_json(&report::plan_report("undo", &Plan::default(), false));
        }
        return Ok(Ending::Clean);
    };
    unlocked(host, &unit, &plan)?;
    pipeline::unmerged(&unit, &plan)?;
    if let Some(session) = session {
        session.undo(&plan).map_err(trouble)?;
    }
    let left = plan.changes.iter().filter(|c| !c.conflicts.is_empty());
    let left: Vec<Diagnostic> = left.map(left_alone).collect();
    plan.diagnostics.extend(left);
    show(host, "undo", &plan);
    Ok(ending(&plan))
}

fn left_alone(change: &FileChange) -> Diagnostic {
    let message = format!("`{}` was changed since, so it stays as it is", change.path);
    Diagnostic::error("conflict", message)
        .in_file(change.path.as_str())
        .with_help("take the changes back by hand; `claude-scaffold plan` shows what is declared")
}
