//! `fleet`: the same for many repositories.

mod args;
mod which;

use super::Outcome;
use super::host::Host;
use crate::model::Diagnostic;
pub(super) use args::FleetCommand;

pub(super) fn run(_host: &Host, command: &FleetCommand) -> Outcome {
    let name = match command {
        FleetCommand::Plan(_) => "plan",
        FleetCommand::Apply(_) => "apply",
        FleetCommand::Check(_) => "check",
        FleetCommand::Status(_) => "status",
        FleetCommand::Report(_) => "report",
        FleetCommand::Ci(_) => "ci",
    };
    let problem = Diagnostic::error("usage", format!("`fleet {name}` is not built yet"));
    Err(vec![problem])
}
