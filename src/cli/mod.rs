//! Arguments → exit code: parses, calls the pipeline, shows what it gave.
//!
//! One file per command. The only room that prints, asks and reads the environment.

mod adopt;
mod apply;
mod args;
mod ask;
mod check;
mod doctor;
mod explain;
mod findings;
mod fleet;
mod host;
mod init;
mod key;
mod meta;
mod pack;
mod plan;
mod preferences;
mod progress;
mod recommend;
mod remove;
mod resolve;
mod schema;
mod trust;
mod undo;
mod upgrade;
mod veil;

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;

use crate::apply::{self as disk, ApplyError, Session};
use crate::catalog::Catalog;
use crate::git;
use crate::model::{Diagnostic, Plan};
use crate::observe::Unit;
use crate::pipeline::{self, Templates};
use crate::{manifest, report};
use args::{Cli, Command};
use host::Host;
pub use veil::catch_defects;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Done, or nothing to do.
    Clean,
    /// Drift or conflicts remain.
    Remains,
    /// A signal stopped it between two repositories.
    Stopped,
}

type Outcome = Result<Ending, Vec<Diagnostic>>;

/// Runs the program.
#[must_use]
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            host::print_usage(&error);
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let code = run_command(&cli);
    veil::lift();
    code
}

fn run_command(cli: &Cli) -> ExitCode {
    if let Some(problem) = findings::refused(cli) {
        let globals = args::Globals {
            format: args::OutputFormat::Text,
            ..cli.globals.clone()
        };
        Host::without_folder(globals).fail(&[problem]);
        return ExitCode::from(2);
    }
    let host = match Host::new(cli.globals.clone()) {
        Ok(host) => host,
        Err(problem) => {
            Host::without_folder(cli.globals.clone()).fail(&[problem]);
            return ExitCode::from(2);
        }
    };
    let problem = host.preferences.problem.as_slice();
    host.complain(&report::diagnostics(problem));
    match dispatch(&host, &cli.command) {
        Ok(Ending::Clean) => ExitCode::SUCCESS,
        Ok(Ending::Remains) => ExitCode::from(1),
        Ok(Ending::Stopped) => ExitCode::from(130),
        Err(problems) => {
            findings::fail(&host, &problems);
            let stopped = problems.iter().any(|p| p.code == ask::INTERRUPTED);
            ExitCode::from(if stopped { 130 } else { 2 })
        }
    }
}

fn dispatch(host: &Host, command: &Command) -> Outcome {
    match command {
        Command::Init(args) => init::run(host, args),
        Command::Recommend => recommend::run(host),
        Command::Plan(args) => plan::run(host, args),
        Command::Apply => apply::apply(host),
        Command::Set(args) => apply::set(host, args),
        Command::Upgrade(args) => upgrade::run(host, args),
        Command::Adopt(args) => adopt::run(host, args),
        Command::Check(args) => check::run(host, args),
        Command::Explain(args) => explain::run(host, args),
        Command::Doctor(args) => doctor::run(host, args),
        Command::Key(args) => key::run(host, args),
        Command::Resolve(args) => resolve::run(host, args),
        Command::Remove => remove::run(host),
        Command::Pack(command) => pack::run(host, command),
        Command::Fleet(command) => fleet::run(host, command),
        Command::Undo => undo::run(host),
        Command::Completions(args) => Ok(meta::completions(host, args)),
        Command::Man(args) => meta::man(host, args),
        Command::Schema(args) => Ok(schema::run(host, args)),
    }
}

/// Finds the unit the user stands in.
fn unit(host: &Host) -> Result<Unit, Vec<Diagnostic>> {
    let found = Unit::find(&host.folder, &host.state_home);
    found.or_else(|| interrupted(host)).ok_or_else(nowhere)
}

/// A unit whose manifest an interrupted run has put aside.
fn interrupted(host: &Host) -> Option<Unit> {
    let folders = host.folder.ancestors();
    let mut units = folders.map(|folder| Unit::at(folder, &host.state_home));
    let is_open = |unit: &Unit| {
        let found = disk::readable(&place(unit));
        matches!(found, Err(ApplyError::Unsettled { .. }))
    };
    units.find(is_open)
}

fn nowhere() -> Vec<Diagnostic> {
    let message = "no `claude-scaffold.toml` here or above, up to the repository's root";
    let problem = Diagnostic::error("usage", message);
    vec![problem.with_help("make one: `claude-scaffold init --profile team`")]
}

/// Returns the unit that a folder is, or is to become.
fn unit_at(host: &Host, dir: Option<&Path>) -> Result<Unit, Vec<Diagnostic>> {
    let folder = dir.map_or_else(|| host.folder.clone(), |dir| host.resolve(dir));
    host.enterable(&folder).map_err(|problem| vec![problem])?;
    outside_of_git(&folder)?;
    Ok(Unit::at(&folder, &host.state_home))
}

/// Reads the templates of a pack, else of the one that the unit's manifest names.
fn templates(host: &Host, unit: &Unit, pack: Option<&str>) -> Result<Catalog, Vec<Diagnostic>> {
    let own = pipeline::own(unit)?;
    let text = own.manifest.as_deref().unwrap_or_default();
    let (declared, _) = manifest::parse(unit.manifest.as_str(), text);
    let entry = declared.entries.get("pack").and_then(|e| e.value.as_str());
    let base = pipeline::base(unit, &own)?;
    pipeline::catalog(unit, pack.or(entry), &base, Templates::Same, &host.reach())
}

/// Refuses to set anything up inside of git's own folder.
fn outside_of_git(folder: &Path) -> Result<(), Vec<Diagnostic>> {
    let Some(own) = git::own_folder(folder) else {
        return Ok(());
    };
    let message = format!("`{}` is git's own folder, not a work tree", own.display());
    let problem = Diagnostic::error("usage", message);
    let help = "go to the work tree; a bare repository has none, so clone it first";
    Err(vec![problem.with_help(help)])
}

fn place(unit: &Unit) -> disk::Place {
    disk::Place {
        root: unit.root.clone(),
        state: unit.state.clone(),
    }
}

/// Takes the lock of a unit, or with `--dry-run` only makes sure that nobody is writing.
fn session(host: &Host, unit: &Unit) -> Result<Option<Session>, Vec<Diagnostic>> {
    if host.globals.dry_run {
        disk::readable(&place(unit)).map_err(trouble)?;
        return Ok(None);
    }
    let session = disk::lock(&place(unit)).map_err(trouble)?;
    if let Some(settled) = session.settled() {
        host.say(&format!("note: {settled}\n"));
    }
    Ok(Some(session))
}

/// Takes the lock of a unit, and finds it again where that brought its manifest back.
fn open(host: &Host, unit: Unit) -> Result<(Unit, Option<Session>), Vec<Diagnostic>> {
    let session = session(host, &unit)?;
    let settled = session.as_ref().and_then(Session::settled);
    let again = settled.and_then(|_| Unit::find(&host.folder, &host.state_home));
    let again = again.filter(|again| again.state == unit.state);
    Ok((again.unwrap_or(unit), session))
}

/// Writes what a run of the pipeline planned, once the user agrees to the packs in it.
fn write_rendered(
    host: &Host,
    unit: &Unit,
    session: Option<&Session>,
    outcome: &mut pipeline::Outcome,
) -> Result<(), Vec<Diagnostic>> {
    trust::ask(host, outcome)?;
    write(host, unit, session, &mut outcome.plan)
}

/// Writes a plan, unless nobody wants it written, and says what git would not see of it.
fn write(
    host: &Host,
    unit: &Unit,
    session: Option<&Session>,
    plan: &mut Plan,
) -> Result<(), Vec<Diagnostic>> {
    unlocked(host, unit, plan)?;
    if let Some(session) = session {
        session.apply(plan).map_err(trouble)?;
        let staged = pipeline::stage_modes(unit, plan).err();
        plan.diagnostics.extend(staged.into_iter().flatten());
        let hidden = pipeline::hidden(unit, plan);
        plan.diagnostics.extend(hidden);
    }
    Ok(())
}

/// Refuses a plan that changes the lockfile where `--locked` forbids it.
fn unlocked(host: &Host, unit: &Unit, plan: &Plan) -> Result<(), Vec<Diagnostic>> {
    let lockfile = plan.own.iter().find(|change| change.path == unit.lockfile);
    let lockfile = lockfile.filter(|change| change.writes());
    let Some(change) = lockfile.filter(|_| host.globals.locked) else {
        return Ok(());
    };
    let message = format!("`{}` would change, and --locked forbids it", change.path);
    let problem = Diagnostic::error("usage", message);
    let help = "run without --locked and commit the lockfile";
    Err(vec![problem.with_help(help)])
}

/// How a command ends that has written what it could.
fn ending(plan: &Plan) -> Ending {
    if plan.has_conflicts() {
        Ending::Remains
    } else {
        Ending::Clean
    }
}

/// Prints a plan that was, or would be, applied.
fn show(host: &Host, command: &str, plan: &Plan) {
    if host.json() {
        host.print_json(&report::plan_report(command, plan, !host.globals.dry_run));
        return;
    }
    if host.globals.verbose {
        host.print_diff(&report::diffs(plan));
    }
    host.print(&report::diffstat(plan));
    let would = if host.globals.dry_run {
        "dry run, nothing written: "
    } else {
        ""
    };
    let nothing = plan.writes().next().is_none() && !plan.has_conflicts();
    let counts = report::counts(plan);
    if nothing {
        host.say(&format!("nothing to do: {counts}\n"));
    } else {
        host.say(&format!("{would}{counts}\n"));
    }
    host.complain(&report::diagnostics(&plan.diagnostics));
}

#[expect(clippy::needless_pass_by_value, reason = "the form `map_err` wants")]
fn trouble(error: ApplyError) -> Vec<Diagnostic> {
    let mut message = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(source) = cause {
        let _ = write!(message, ": {source}");
        cause = source.source();
    }
    vec![Diagnostic::error("apply", message).with_help(way_out(&error))]
}

fn way_out(error: &ApplyError) -> &'static str {
    match error {
        ApplyError::Busy { .. } => "wait until it is done, then run the command again",
        ApplyError::Unsettled { .. } => "settle it: `claude-scaffold apply`",
        ApplyError::Changed { .. } => "nothing was written; run the command again",
        ApplyError::Foreign { .. } => "remove that file; what it would undo is then for good",
        ApplyError::NotTakenBack { .. } => {
            "mend the cause, then `claude-scaffold apply` settles what is left"
        }
        ApplyError::State { .. } | ApplyError::Io { .. } => {
            "nothing was changed; mend the cause and run the command again"
        }
        ApplyError::Blocked { .. }
        | ApplyError::Other { .. }
        | ApplyError::SameFile { .. }
        | ApplyError::DeleteLink { .. } => {
            "make it a regular file inside the repository, or switch its feature off"
        }
    }
}
