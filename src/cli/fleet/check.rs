//! `fleet check`: what is wrong in every repository, without a checkout of any.

use super::super::{Ending, Outcome, findings};
use super::args::FleetCheckArgs;
use super::plan::{looked, show};
use super::report as tell;
use crate::cli::args::OutputFormat;
use crate::cli::host::Host;
use crate::diagnose::fingerprinted;
use crate::fleet::{self, RepoReport, Status};
use crate::model::{Diagnostic, Severity};

pub(super) fn run(host: &Host, args: &FleetCheckArgs) -> Outcome {
    let (ran, is_stopped) = looked(host, &args.which, args.html.as_deref(), fleet::check)?;
    let file = args.which.fleet.display().to_string();
    match host.globals.format {
        OutputFormat::Text | OutputFormat::Json => show(host, &ran, tell::Done::Checked),
        OutputFormat::Sarif | OutputFormat::Github => {
            placed(host, &ran.reports, &file);
        }
    }
    Ok(if is_stopped {
        Ending::Stopped
    } else if ran.reports.iter().any(remains) {
        Ending::Remains
    } else {
        Ending::Clean
    })
}

/// Whether anything is left to be mended in a repository.
fn remains(report: &RepoReport) -> bool {
    let is_found = |problem: &Diagnostic| problem.severity > Severity::Note;
    match report.status {
        Status::Changed | Status::Conflict | Status::Failed => true,
        Status::UpToDate | Status::Waiting => report.diagnostics.iter().any(is_found),
        Status::PassedOver => false,
    }
}

/// Prints findings in a format of theirs, the repository's name before the path.
fn placed(host: &Host, reports: &[RepoReport], file: &str) {
    let asked = reports
        .iter()
        .filter(|report| report.status != Status::PassedOver);
    let all = asked.flat_map(|report| {
        let behind = (report.status == Status::Changed).then(|| {
            let message = "it is not what the fleet file says";
            let help = "see what would change: `claude-scaffold fleet plan`";
            Diagnostic::warning("drift", message).with_help(help)
        });
        report
            .diagnostics
            .iter()
            .cloned()
            .chain(behind)
            .map(|mut problem| {
                let path = problem.path.as_ref().map(|path| format!("/{path}"));
                problem.path = Some(format!("{}{}", report.repository, path.unwrap_or_default()));
                problem
            })
    });
    findings::print_of(host, "fleet check", file, &fingerprinted(all.collect()));
}
