//! `check`: drift, the pitfalls, leaked keys; writes nothing unless told to mend or to accept.

mod baseline;
mod codes;
mod fix;

use super::args::CheckArgs;
use super::host::Host;
use super::{Outcome, findings, place, trouble};
use crate::apply as disk;
use crate::model::Diagnostic;
use crate::observe::Unit;
use crate::pipeline::{self, Checked, Depth, Own, Question, Reach};

pub(super) fn run(host: &Host, args: &CheckArgs) -> Outcome {
    if let Some(code) = &args.explain {
        return codes::explain(host, code);
    }
    let asked = Asked {
        only: codes::asked(&args.only)?,
        depth: depth(args),
        reach: host.reach(),
        progress: Box::new(super::progress::progress(host)),
    };
    let unit = unit(host);
    if args.fix {
        return fix::run(host, unit, &asked);
    }
    if args.write_baseline {
        return baseline::run(host, unit, &asked);
    }
    disk::readable(&place(&unit)).map_err(trouble)?;
    let mut checked = look(&unit, &asked)?;
    if args.live && (asked.only.is_empty() || asked.only.iter().any(|code| code == "CS002")) {
        super::doctor::decide_models(host, &unit, &mut checked.findings)?;
    }
    Ok(findings::tell(
        host,
        "check",
        Some(&unit),
        &checked.findings,
    ))
}

/// What is looked for, and how far.
struct Asked {
    only: Vec<String>,
    depth: Depth,
    reach: Reach,
    progress: Box<dyn Fn(usize, usize) + Sync>,
}

impl Asked {
    fn question<'a>(&'a self, unit: &'a Unit, own: &'a Own) -> Question<'a> {
        Question {
            unit,
            own,
            reach: &self.reach,
            origin: None,
            only: &self.only,
            depth: self.depth,
            progress: &self.progress,
        }
    }
}

/// Looks once, at what stands there at this moment.
fn look(unit: &Unit, asked: &Asked) -> Result<Checked, Vec<Diagnostic>> {
    let own = pipeline::own(unit)?;
    pipeline::checked(&asked.question(unit, &own))
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
