//! `fleet status`: what the ledger says of every repository.

use std::error::Error as _;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::super::{Ending, Outcome};
use super::args::FleetStatusArgs;
use crate::cli::host::Host;
use crate::fleet::Status;
use crate::fleet::ledger::{self, LedgerError, Row};
use crate::model::Diagnostic;
use crate::report::{self, Detail};

/// The code of what is wrong with a ledger.
const CODE: &str = "ledger";

pub(super) fn run(host: &Host, args: &FleetStatusArgs) -> Outcome {
    let rows = if args.ledger.is_empty() {
        own(host, &args.fleet)?
    } else {
        named(host, &args.ledger)?
    };
    let Some(rows) = rows else {
        host.say(&report::diagnostics(&[nothing(&args.fleet)]));
        return Ok(Ending::Clean);
    };
    if let Some(path) = &args.merge_into {
        merge(host, path, &rows)?;
    }
    if host.json() {
        for row in &rows {
            host.print_json_line(row);
        }
    } else {
        let detail = match (host.globals.quiet, host.globals.verbose) {
            (true, _) => Detail::Quiet,
            (_, true) => Detail::All,
            _ => Detail::Fresh,
        };
        host.print(&report::fleet_status(&rows, detail));
        host.say(&next(&rows));
    }
    Ok(if rows.iter().any(remains) {
        Ending::Remains
    } else {
        Ending::Clean
    })
}

/// Returns where the ledger of a run is: where the user says, else where the fleet file's is kept.
pub(super) fn place(host: &Host, fleet_file: &Path, ledger: Option<&Path>) -> PathBuf {
    match ledger {
        Some(path) => host.folder.join(path),
        None => ledger::place(&host.state_home, &host.resolve(fleet_file)),
    }
}

/// Words an error of a ledger.
pub(super) fn trouble(error: &LedgerError) -> Diagnostic {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        let _ = write!(message, ": {source}");
        cause = source.source();
    }
    let problem = Diagnostic::error(CODE, message);
    match error {
        LedgerError::Busy { .. } => problem.with_help(
            "wait until it is done, then run the command again; `claude-scaffold fleet status` shows how far it is",
        ),
        LedgerError::Foreign {
            path, line, column, ..
        } => Diagnostic {
            line: Some(*line),
            column: Some(*column),
            ..problem
                .in_file(path.display().to_string())
                .with_help("name another file, or take that line out if it was a ledger")
        },
        LedgerError::Newer { path, line, .. } => Diagnostic {
            line: Some(*line),
            column: Some(1),
            ..problem
                .in_file(path.display().to_string())
                .with_help("use the version of claude-scaffold that wrote it, or a later one")
        },
        LedgerError::Irregular { .. } => problem.with_help("name a file: `--ledger FILE`"),
        LedgerError::Io { act, .. } => problem.with_help(match *act {
            "read" | "follow the link" => "mend the cause and run the command again",
            _ => "what the ledger holds is safe; mend the cause, then run the command again",
        }),
    }
}

/// Reads the ledger of the fleet file.
fn own(host: &Host, fleet_file: &Path) -> Result<Option<Vec<Row>>, Vec<Diagnostic>> {
    let path = place(host, fleet_file, None);
    ledger::read(&path).map_err(|error| vec![trouble(&error)])
}

fn nothing(fleet_file: &Path) -> Diagnostic {
    let file = fleet_file.display();
    let message = format!("there is no ledger of `{file}` on this machine");
    let help = "`claude-scaffold fleet apply` begins one; `--ledger FILE` reads another";
    Diagnostic::note(CODE, message).with_help(help)
}

/// Reads the ledgers that the user names, or says what is wrong with each.
fn named(host: &Host, paths: &[PathBuf]) -> Result<Option<Vec<Row>>, Vec<Diagnostic>> {
    let mut ledgers = Vec::new();
    let mut problems = Vec::new();
    for path in paths {
        match ledger::read(&host.folder.join(path)) {
            Ok(Some(rows)) => ledgers.push(rows),
            Ok(None) => {
                let message = format!("there is no ledger `{}`", path.display());
                let help = "name files that `claude-scaffold fleet apply --ledger FILE` wrote";
                problems.push(Diagnostic::error(CODE, message).with_help(help));
            }
            Err(error) => problems.push(trouble(&error)),
        }
    }
    if problems.is_empty() {
        Ok(Some(ledger::merge(ledgers)))
    } else {
        Err(problems)
    }
}

fn merge(host: &Host, path: &Path, rows: &[Row]) -> Result<(), Vec<Diagnostic>> {
    let target = host.folder.join(path);
    let result = if host.globals.dry_run {
        ledger::read(&target).map(drop)
    } else {
        ledger::merge_into(&target, rows)
    };
    result.map_err(|error| vec![trouble(&error)])?;
    let would = if host.globals.dry_run {
        "dry run, nothing written: "
    } else {
        ""
    };
    let count = report::thousands(rows.len());
    host.say(&format!("{would}{count} rows in `{}`\n", path.display()));
    Ok(())
}

/// What to run next.
fn next(rows: &[Row]) -> String {
    let any = |status| rows.iter().any(|row| row.status == status);
    let mut out = String::new();
    if any(Status::Failed) {
        out.push_str("  claude-scaffold fleet apply --failed    # the failed ones again\n");
    }
    if any(Status::Conflict) {
        out.push_str("  claude-scaffold fleet plan -v           # the keys in conflict\n");
    }
    if out.is_empty() {
        return out;
    }
    format!("\nNext\n{out}")
}

fn remains(row: &Row) -> bool {
    matches!(row.status, Status::Conflict | Status::Failed)
}
