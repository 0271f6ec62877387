//! `upgrade`: the pipeline with templates that may move, and what moved.

use super::apply::edited;
use super::args::UpgradeArgs;
use super::host::Host;
use super::{Outcome, ending, open, show, unit, write_rendered};
use crate::manifest::{self, Assignment, assign};
use crate::model::{Diagnostic, Value};
use crate::observe::Unit;
use crate::pipeline::{self, Own, Request, Templates};
use crate::report;

pub(super) fn run(host: &Host, args: &UpgradeArgs) -> Outcome {
    let (unit, session) = open(host, unit(host)?)?;
    let own = pipeline::own(&unit)?;
    let pack = match &args.to {
        Some(to) => vec![destination(&unit, &own, to)?],
        None => Vec::new(),
    };
    let text = edited(&unit, &own, &pack)?;
    let mut outcome = pipeline::run(&Request {
        unit: &unit,
        own: &own,
        manifest: &text,
        templates: Templates::Moved,
        reach: &host.reach(),
    })?;
    let moved = report::moved(
        &outcome.base,
        &outcome.next,
        &outcome.catalog,
        &outcome.plan.changes,
    );
    if host.globals.verbose {
        host.say(&report::origins(&outcome.resolution));
    }
    if let Some(moved) = moved.as_ref().filter(|_| !host.json()) {
        host.print(&report::moved_text(moved));
    }
    write_rendered(host, &unit, session.as_ref(), &mut outcome)?;
    if host.json() {
        let mut printed = report::plan_report("upgrade", &outcome.plan, !host.globals.dry_run);
        printed.moved = moved;
        host.print_json(&printed);
    } else {
        show(host, "upgrade", &outcome.plan);
    }
    Ok(ending(&outcome.plan))
}

/// Returns the manifest's `pack` for what stands behind `--to`.
fn destination(unit: &Unit, own: &Own, to: &str) -> Result<Assignment, Vec<Diagnostic>> {
    if to == "embedded" {
        return Ok(assign("pack", Value::Null));
    }
    let text = own.manifest.as_deref().unwrap_or_default();
    let (declared, _) = manifest::parse(unit.manifest.as_str(), text);
    let pack = declared.entries.get("pack").and_then(|e| e.value.as_str());
    let pack = pipeline::destination(pack, to).map_err(|problem| vec![problem])?;
    Ok(assign("pack", pack))
}
