//! `remove`: everything of ours taken out again.

use super::host::Host;
use super::{Ending, Outcome, open, show, unit, write};
use crate::observe::Unit;
use crate::pipeline;

pub(super) fn run(host: &Host) -> Outcome {
    let unit = unit(host).unwrap_or_else(|_| Unit::at(&host.folder, &host.state_home));
    let (unit, session) = open(host, unit)?;
    let own = pipeline::own(&unit)?;
    let mut plan = pipeline::removal(&unit, &own)?;
    write(host, &unit, session.as_ref(), &mut plan)?;
    show(host, "remove", &plan);
    Ok(Ending::Clean)
}
