//! `fleet report`: what all shards printed, as one; and how every command of a fleet tells what came of it.
#![expect(
    clippy::disallowed_methods,
    reason = "reads files that the user names, however large"
)]

use std::fs;
use std::io::Read as _;
use std::path::Path;

use super::super::veil;
use super::super::{Ending, Outcome};
use super::args::FleetReportArgs;
use super::page;
use crate::cli::host::Host;
use crate::fleet::{RepoReport, Status};
use crate::model::Diagnostic;
use crate::report::{self, Detail, Part};

/// What was done with the fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Done {
    /// Nothing was written.
    Planned,
    /// Commits were.
    Applied,
    /// Findings were looked for.
    Checked,
}

pub(super) fn run(host: &Host, args: &FleetReportArgs) -> Outcome {
    page::ready(host, args.html.as_deref())?;
    let mut problems = Vec::new();
    let mut shards = Vec::new();
    for path in &args.reports {
        match read(host, path) {
            Ok(text) => shards.push((path.display().to_string(), text)),
            Err(problem) => problems.push(problem),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let borrowed: Vec<(&str, &str)> = shards
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let read = report::fleet_lines(&borrowed)?;
    host.say(&report::diagnostics(&read.notes));
    if let Some(path) = &args.html {
        page::write(host, path, &read.reports, "Fleet report")?;
    }
    if host.json() {
        print_lines(host, &read.reports);
    } else {
        tell(host, &read.reports, done(&read.reports));
    }
    Ok(ending(&read.reports))
}

/// How a command ends that leaves repositories so.
pub(super) fn ending(reports: &[RepoReport]) -> Ending {
    let remains = |report: &RepoReport| matches!(report.status, Status::Conflict | Status::Failed);
    if reports.iter().any(remains) {
        Ending::Remains
    } else {
        Ending::Clean
    }
}

/// Tells people what came of a fleet.
pub(super) fn tell(host: &Host, reports: &[RepoReport], done: Done) {
    let detail = match (host.globals.quiet, host.globals.verbose) {
        (true, _) => Detail::Quiet,
        (_, true) => Detail::All,
        _ => Detail::Fresh,
    };
    let parts = match done {
        Done::Planned => report::fleet_planned(reports, detail),
        Done::Applied => report::fleet_applied(reports, detail),
        Done::Checked => report::fleet_checked(reports, detail),
    };
    for part in parts {
        match part {
            Part::Text(text) => host.print(&text),
            Part::Diff(text) => host.print_diff(&text),
            Part::Diagnostics(text) => host.print_diagnostics(&text),
        }
    }
}

/// Prints reports as JSON, a line each.
pub(super) fn print_lines(host: &Host, reports: &[RepoReport]) {
    for some in reports.chunks(256) {
        let lines: String = some
            .iter()
            .map(|report| report::fleet_line(&veiled(report)))
            .collect();
        host.print(&lines);
    }
}

/// Returns a report without keys in any of its texts, where the escapes of JSON and HTML would hide them
/// from whoever looks at the whole.
pub(super) fn veiled(report: &RepoReport) -> RepoReport {
    let mut report = report.clone();
    let clean = |text: &mut String| {
        if let std::borrow::Cow::Owned(hidden) = veil::text(text) {
            *text = hidden;
        }
    };
    clean(&mut report.repository);
    clean(&mut report.group);
    clean(&mut report.branch);
    let words = [&mut report.change, &mut report.diff, &mut report.base];
    words.into_iter().flatten().for_each(clean);
    report.commit.iter_mut().for_each(clean);
    for file in &mut report.files {
        clean(&mut file.path);
        file.conflicts.iter_mut().for_each(clean);
    }
    if let Some(proposal) = &mut report.proposal {
        proposal.url.iter_mut().for_each(clean);
    }
    for diagnostic in &mut report.diagnostics {
        clean(&mut diagnostic.message);
        let words = [
            &mut diagnostic.path,
            &mut diagnostic.help,
            &mut diagnostic.commit,
        ];
        words.into_iter().flatten().for_each(clean);
    }
    report
}

/// What the commands did that printed these reports: only `apply` leaves a commit beside a change.
fn done(reports: &[RepoReport]) -> Done {
    let written = |report: &RepoReport| {
        report.pushed || (report.status == Status::Changed && report.commit.is_some())
    };
    if reports.iter().any(written) {
        Done::Applied
    } else {
        Done::Planned
    }
}

fn read(host: &Host, path: &Path) -> Result<String, Diagnostic> {
    let bytes = if path == Path::new("-") {
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().read_to_end(&mut bytes);
        read.map(|_| bytes)
    } else {
        fs::read(host.folder.join(path))
    };
    let bytes = bytes.map_err(|error| {
        let message = format!("failed to read `{}`: {error}", path.display());
        let help =
            "name files that `fleet plan --format json` was written to, or - for standard input";
        Diagnostic::error("fleet-report", message).with_help(help)
    })?;
    String::from_utf8(bytes).map_err(|_| {
        let message = format!("`{}` is not UTF-8", path.display());
        let help = "write it again; in PowerShell with `| Out-File -Encoding utf8`";
        Diagnostic::error("fleet-report", message).with_help(help)
    })
}
