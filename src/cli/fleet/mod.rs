//! `fleet`: the same for many repositories.

mod args;
mod which;
mod status;
mod page;
mod report;

use super::Outcome;
use super::host::Host;
use crate::model::Diagnostic;
pub(super) use args::FleetCommand;

pub(super) fn run(host: &Host, command: &FleetCommand) -> Outcome {
    let name = match command {
        FleetCommand::Report(args) => return report::run(host, args),
        FleetCommand::Plan(_) => "plan",
        FleetCommand::Apply(_) => "apply",
        FleetCommand::Check(_) => "check",
        FleetCommand::Status(args) => return status::run(host, args),
        FleetCommand::Report(_) => "report",
        FleetCommand::Status(_) => "status",
        FleetCommand::Ci(_) => "ci",
    };
    let problem = Diagnostic::error("usage", format!("`fleet {name}` is not built yet"));
    Err(vec![problem])
}
