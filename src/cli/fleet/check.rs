//! `fleet check`: what is wrong in every repository, without a checkout of any.

use super::super::{Ending, Outcome, findings};
use super::args::FleetCheckArgs;
use super::plan::{SHOWN, catalogs, environment, jobs, reach, remotes, roads, show};
use super::watch::Progress;
use super::which::chosen;
use super::{page, report as tell};
use crate::cli::args::OutputFormat;
use crate::cli::host::Host;
use crate::diagnose::fingerprinted;
use crate::fleet::{self, Bounds, Divergence, Known, RepoReport, Run, Status};
use crate::git::Durability;
use crate::model::{Diagnostic, Severity};

pub(super) fn run(host: &Host, args: &FleetCheckArgs) -> Outcome {
    page::ready(host, args.html.as_deref())?;
    let chosen = chosen(host, &args.which)?;
    let reach = reach(host);
    let environment = environment(host);
    let catalogs = catalogs(host, &chosen, &reach)?;
    let cache = host.fleet_cache();
    let remotes = remotes(host, &args.which, &cache);
    let roads = roads(&remotes);
    let run = Run {
        reach: &reach,
        shown: SHOWN,
        environment: &environment,
        ways: &roads,
        divergence: Divergence::Respected,
        durability: Durability::Lazy,
        ledger: None,
        jobs: jobs(&args.which),
        bounds: Bounds::default(),
        trusts: &|_| true,
        known: Known::new(&chosen.members, &catalogs, &environment),
    };
    let progress = Progress::new(host);
    let ran = fleet::check(&run, &chosen.members, &progress);
    let is_stopped = progress.end();
    if let Some(path) = &args.html {
        page::write(host, path, &ran.reports, &chosen.fleet.path)?;
    }
    match host.globals.format {
        OutputFormat::Text | OutputFormat::Json => show(host, &ran, tell::Done::Checked),
        OutputFormat::Sarif | OutputFormat::Github => {
            placed(host, &ran.reports, &chosen.fleet.path);
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
