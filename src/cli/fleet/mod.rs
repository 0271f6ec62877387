//! `fleet`: the same for many repositories.

mod apply;
mod args;
mod ci;
mod page;
mod plan;
mod report;
mod signals;
mod status;
mod watch;
mod which;

use super::Outcome;
use super::host::Host;
use crate::model::Diagnostic;
pub(super) use args::FleetCommand;

pub(super) fn run(host: &Host, command: &FleetCommand) -> Outcome {
    let name = match command {
        FleetCommand::Plan(args) => return plan::run(host, args),
        FleetCommand::Apply(args) => return apply::run(host, args),
        FleetCommand::Status(args) => return status::run(host, args),
        FleetCommand::Report(args) => return report::run(host, args),
        FleetCommand::Ci(args) => return ci::run(host, args),
        FleetCommand::Check(_) => "check",
    };
    let problem = Diagnostic::error("usage", format!("`fleet {name}` is not built yet"));
    Err(vec![problem])
}
