//! `fleet`: the same for many repositories.

mod apply;
mod args;
mod check;
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
pub(super) use args::FleetCommand;

pub(super) fn run(host: &Host, command: &FleetCommand) -> Outcome {
    match command {
        FleetCommand::Plan(args) => plan::run(host, args),
        FleetCommand::Apply(args) => apply::run(host, args),
        FleetCommand::Check(args) => check::run(host, args),
        FleetCommand::Status(args) => status::run(host, args),
        FleetCommand::Report(args) => report::run(host, args),
        FleetCommand::Ci(args) => ci::run(host, args),
    }
}
