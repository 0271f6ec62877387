//! `check --fix`: the plan first, then the files, then what remains.

use inquire::Confirm;

use super::{Asked, look};
use crate::cli::host::Host;
use crate::cli::{Ending, Outcome, ask, findings, open, trouble};
use crate::diagnose::Finding;
use crate::model::{Diagnostic, Plan};
use crate::observe::Unit;
use crate::{pipeline, report};

pub(super) fn run(host: &Host, unit: Unit, asked: &Asked) -> Outcome {
    let (unit, session) = open(host, unit)?;
    let found = look(&unit, asked)?.findings;
    // What the baseline knows was accepted as it is.
    let fresh = found.iter().filter(|finding| finding.known.is_none());
    let fresh: Vec<Diagnostic> = fresh.map(|finding| finding.diagnostic.clone()).collect();
    let plan = pipeline::mending(&unit, &fresh)?;
    if plan.writes().next().is_none() {
        host.say(nothing(&found));
        return Ok(tell(host, &unit, &found));
    }
    pipeline::unmerged(&unit, &plan)?;
    if host.text() {
        host.print_diff(&report::diffs(&plan));
        host.print(&report::diffstat(&plan));
    }
    let Some(session) = session else {
        host.say("dry run, nothing written\n");
        return Ok(tell(host, &unit, &found));
    };
    if !agreed(host, &plan)? {
        host.say("nothing written\n");
        return Ok(tell(host, &unit, &found));
    }
    session.apply(&plan).map_err(trouble)?;
    let mended = fresh.iter().filter(|finding| !finding.fix.is_empty());
    host.say(&format!(
        "mended {}; `claude-scaffold undo` takes it back\n",
        mended.count()
    ));
    Ok(tell(host, &unit, &look(&unit, asked)?.findings))
}

/// Says why nothing is written.
fn nothing(found: &[Finding]) -> &'static str {
    let accepted =
        |finding: &Finding| finding.known.is_some() && !finding.diagnostic.fix.is_empty();
    if found.iter().any(accepted) {
        "what has one safe answer is in the baseline, and stays\n"
    } else if found.is_empty() {
        "nothing to mend\n"
    } else {
        "nothing here has one safe answer\n"
    }
}

fn tell(host: &Host, unit: &Unit, found: &[Finding]) -> Ending {
    findings::tell(host, "check", Some(unit), found)
}

/// Asks on a terminal; without one, and with `--yes`, `--fix` was the answer.
fn agreed(host: &Host, plan: &Plan) -> Result<bool, Vec<Diagnostic>> {
    if !host.can_ask() {
        return Ok(true);
    }
    let count = plan.writes().count();
    let question = match count {
        1 => "Write this file?".to_owned(),
        _ => format!("Write these {count} files?"),
    };
    let asked = Confirm::new(&question).with_default(true).prompt();
    asked.map_err(ask::interrupted)
}
