//! `check --fix`: the plan first, then the files, then what remains.

use inquire::Confirm;

use super::{look, print};
use crate::cli::args::CheckArgs;
use crate::cli::host::Host;
use crate::cli::{Outcome, ask, open, trouble};
use crate::model::{Diagnostic, Plan};
use crate::observe::Unit;
use crate::{pipeline, report};

pub(super) fn run(host: &Host, unit: Unit, args: &CheckArgs) -> Outcome {
    let (unit, session) = open(host, unit)?;
    let found = look(host, &unit, args)?;
    let plan = pipeline::mending(&unit, &found)?;
    if plan.writes().next().is_none() {
        host.say("nothing here has one safe answer\n");
        return Ok(print(host, "check", found));
    }
    pipeline::unmerged(&unit, &plan)?;
    if !host.json() {
        host.print_diff(&report::diffs(&plan));
        host.print(&report::diffstat(&plan));
    }
    let Some(session) = session else {
        host.say("dry run, nothing written\n");
        return Ok(print(host, "check", found));
    };
    if !agreed(host, &plan)? {
        host.say("nothing written\n");
        return Ok(print(host, "check", found));
    }
    session.apply(&plan).map_err(trouble)?;
    let mended = found.iter().filter(|finding| !finding.fix.is_empty());
    host.say(&format!(
        "mended {}; `claude-scaffold undo` takes it back\n",
        mended.count()
    ));
    Ok(print(host, "check", look(host, &unit, args)?))
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
