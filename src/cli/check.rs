//! `check`: what differs from what was rendered and declared; never writes.

use super::apply::edited;
use super::host::Host;
use super::{Ending, Outcome, place, trouble, unit};
use crate::apply as disk;
use crate::model::{Diagnostic, Severity};
use crate::pipeline::{self, Request, Templates};
use crate::report;

pub(super) fn run(host: &Host) -> Outcome {
    let unit = unit(host)?;
    disk::readable(&place(&unit)).map_err(trouble)?;
    let own = pipeline::own(&unit)?;
    let text = edited(&unit, &own, &[])?;
    let found = pipeline::findings(&Request {
        unit: &unit,
        own: &own,
        manifest: &text,
        templates: Templates::Any,
        reach: &host.reach(),
    })?;
    Ok(print(host, "check", found))
}

/// Prints findings; errors and warnings remain to be mended.
pub(super) fn print(host: &Host, command: &str, mut found: Vec<Diagnostic>) -> Ending {
    if host.json() {
        host.print_json(&report::check_report(command, &found));
    } else {
        if host.globals.quiet {
            found.retain(|finding| finding.severity > Severity::Note);
        }
        host.print_diagnostics(&report::diagnostics(&found));
        host.say(&report::check_summary(&found));
    }
    let wrong = found.iter().any(|f| f.severity > Severity::Note);
    if wrong {
        Ending::Remains
    } else {
        Ending::Clean
    }
}
