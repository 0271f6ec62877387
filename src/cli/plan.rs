//! `plan`: what `apply` would do, as a patch on standard output.

use super::apply::{assignments, edited};
use super::args::PlanArgs;
use super::host::Host;
use super::{Ending, Outcome, ending, place, trouble, trust, unit};
use crate::apply as disk;
use crate::pipeline::{self, Request, Templates};
use crate::report;

pub(super) fn run(host: &Host, args: &PlanArgs) -> Outcome {
    let assignments = assignments(&args.assignments)?;
    let unit = unit(host)?;
    disk::readable(&place(&unit)).map_err(trouble)?;
    let own = pipeline::own(&unit)?;
    let text = edited(&unit, &own, &assignments)?;
    let outcome = pipeline::run(&Request {
        unit: &unit,
        own: &own,
        manifest: &text,
        templates: Templates::Same,
        reach: &host.reach(),
    })?;
    trust::tell(host, &outcome);
    let plan = outcome.plan;
    if host.globals.verbose {
        host.say(&report::origins(&outcome.resolution));
    }
    if host.json() {
        host.print_json(&report::plan_report("plan", &plan, false));
    } else {
        host.print_diff(&report::diffs(&plan));
        host.complain(&report::diagnostics(&plan.diagnostics));
        host.say(&summary(&plan));
    }
    if args.exit_code && plan.writes().next().is_some() {
        return Ok(Ending::Remains);
    }
    Ok(ending(&plan))
}

fn summary(plan: &crate::model::Plan) -> String {
    let counts = report::counts(plan);
    if plan.writes().next().is_none() && !plan.has_conflicts() {
        format!("nothing to do: {counts}\n")
    } else {
        format!("plan: {counts}; `claude-scaffold apply` does it\n")
    }
}
