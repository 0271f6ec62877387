//! `fleet`: the same for many repositories.

mod args;
mod signals;
mod status;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "`fleet apply` is not built yet")
)]
mod watch;

use super::Outcome;
use super::host::Host;
use crate::model::Diagnostic;
pub(super) use args::FleetCommand;

pub(super) fn run(host: &Host, command: &FleetCommand) -> Outcome {
    let name = match command {
        FleetCommand::Plan(_) => "plan",
        FleetCommand::Apply(_) => "apply",
        FleetCommand::Check(_) => "check",
        FleetCommand::Status(args) => return status::run(host, args),
        FleetCommand::Report(_) => "report",
        FleetCommand::Ci(_) => "ci",
    };
    let problem = Diagnostic::error("usage", format!("`fleet {name}` is not built yet"));
    Err(vec![problem])
}
