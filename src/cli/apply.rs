//! `apply` and `set`: the pipeline, then the disk.

use super::args::SetArgs;
use super::host::Host;
use super::{Outcome, ending, nowhere, open, show, unit, write_rendered};
use crate::manifest::{self, Assignment};
use crate::model::Diagnostic;
use crate::observe::Unit;
use crate::pipeline::{self, Own, Request, Templates};
use crate::report;

pub(super) fn apply(host: &Host) -> Outcome {
    converge(host, "apply", &[])
}

pub(super) fn set(host: &Host, args: &SetArgs) -> Outcome {
    converge(host, "set", &assignments(&args.assignments)?)
}

/// Reads every `KEY=VALUE`; all problems come back at once.
pub(super) fn assignments(texts: &[String]) -> Result<Vec<Assignment>, Vec<Diagnostic>> {
    let read = texts.iter().map(|text| manifest::parse_assignment(text));
    let (good, bad): (Vec<_>, Vec<_>) = read.partition(Result::is_ok);
    if bad.is_empty() {
        Ok(good.into_iter().flatten().collect())
    } else {
        Err(bad.into_iter().filter_map(Result::err).collect())
    }
}

/// Returns the manifest's text with the assignments made.
pub(super) fn edited(
    unit: &Unit,
    own: &Own,
    assignments: &[Assignment],
) -> Result<String, Vec<Diagnostic>> {
    let text = own.manifest.as_deref().ok_or_else(nowhere)?;
    if assignments.is_empty() {
        return Ok(text.to_owned());
    }
    let (_, problems) = manifest::parse(unit.manifest.as_str(), text);
    if !problems.is_empty() {
        return Err(problems);
    }
    manifest::set(text, assignments).map_err(|error| {
        let problem = Diagnostic::error("manifest", error.to_string());
        let help = "write it as a table, `[name]`, then run the command again";
        vec![problem.in_file(unit.manifest.as_str()).with_help(help)]
    })
}

fn converge(host: &Host, command: &str, assignments: &[Assignment]) -> Outcome {
    let (unit, session) = open(host, unit(host)?)?;
    let own = pipeline::own(&unit)?;
    let text = edited(&unit, &own, assignments)?;
    let mut outcome = pipeline::run(&Request {
        unit: &unit,
        own: &own,
        manifest: &text,
        templates: Templates::Same,
        reach: &host.reach(),
    })?;
    if host.globals.verbose {
        host.say(&report::origins(&outcome.resolution));
    }
    write_rendered(host, &unit, session.as_ref(), &mut outcome)?;
    show(host, command, &outcome.plan);
    Ok(ending(&outcome.plan))
}
