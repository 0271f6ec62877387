//! `check`: drift, the pitfalls, leaked keys; writes nothing unless told to mend.

mod fix;

use super::args::CheckArgs;
use super::host::Host;
use super::{Ending, Outcome, place, trouble};
use crate::apply as disk;
use crate::model::{Diagnostic, Severity};
use crate::observe::Unit;
use crate::pipeline::{self, Depth, Question};
use crate::report;

pub(super) fn run(host: &Host, args: &CheckArgs) -> Outcome {
    let unit = unit(host);
    if args.fix {
        return fix::run(host, unit, args);
    }
    disk::readable(&place(&unit)).map_err(trouble)?;
    let found = look(host, &unit, args)?;
    Ok(print(host, "check", found))
}

/// Looks once, at what stands there at this moment.
fn look(host: &Host, unit: &Unit, args: &CheckArgs) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
    let own = pipeline::own(unit)?;
    pipeline::findings(&Question {
        unit,
        own: &own,
        reach: &host.reach(),
        only: &args.only,
        depth: depth(args),
        progress: &|_, _| {},
    })
}

/// The unit the user stands in, or the whole repository where there is none.
pub(super) fn unit(host: &Host) -> Unit {
    super::unit(host).unwrap_or_else(|_| {
        let around = Unit::at(&host.folder, &host.state_home);
        let top = around.git.as_ref().map(|place| place.work_tree.clone());
        top.map_or(around, |top| Unit::at(&top, &host.state_home))
    })
}

fn depth(args: &CheckArgs) -> Depth {
    match (args.history, args.staged) {
        (true, _) => Depth::History,
        (_, true) => Depth::Staged,
        _ => Depth::Tree,
    }
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
