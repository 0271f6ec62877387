//! `resolve`: conflicts settled, and deletions taken back, as the user decides.

use inquire::{InquireError, Select};

use super::apply::edited;
use super::args::{ResolveArgs, ResolveDecision};
use super::ask::INTERRUPTED;
use super::host::Host;
use super::{Ending, Outcome, ending, open, show, unit, write, write_rendered};
use crate::model::{Diagnostic, FileChange, KeyPath, Plan};
use crate::observe::Unit;
use crate::pipeline::{self, Decision, Request, Start, Templates};
use crate::plan::{self, Open};
use crate::report;
use crate::resolve::unknown;

type Decisions = Vec<(Open, Decision)>;

pub(super) fn run(host: &Host, args: &ResolveArgs) -> Outcome {
    let (unit, session) = open(host, unit(host)?)?;
    let own = pipeline::own(&unit)?;
    let start = pipeline::start_in_merge(&unit, &own)?;
    let manifest = edited(&unit, &own, &[])?;
    let reach = host.reach();
    let request = Request {
        unit: &unit,
        own: &own,
        manifest: &manifest,
        templates: Templates::Same,
        reach: &reach,
    };
    let first = match pipeline::run_from(&request, &start) {
        Err(problems) if is_moved(&unit, &start, &problems) => {
            let mut plan = pipeline::lockfile_alone(&unit, &own, &start);
            plan.diagnostics = problems;
            write(host, &unit, session.as_ref(), &mut plan)?;
            show(host, "resolve", &plan);
            return Ok(Ending::Remains);
        }
        first => first?,
    };
    let decisions = match decision(&args.decision) {
        Some(decision) => decided(host, args, &first, decision)?,
        None if start.is_merged() && !host.can_ask() => Decisions::new(),
        None => asked(host, args, &first)?,
    };
    if decisions.is_empty() && !start.is_merged() {
        host.say("nothing was decided, nothing written\n");
        if host.json() {
            host.print_json(&report::plan_report("resolve", &first.plan, false));
        }
        return Ok(ending(&first.plan));
    }
    let mut outcome = pipeline::decided(&request, &start, &first, &decisions)?;
    write_rendered(host, &unit, session.as_ref(), &mut outcome)?;
    let plan = outcome.plan;
    print_taken(host, &plan, &decisions);
    show(host, "resolve", &plan);
    let unstaged = pipeline::to_stage(&unit, &start)?;
    if !unstaged.is_empty() && !host.globals.dry_run {
        host.say(&format!("next: `git add {}`\n", unstaged.join(" ")));
    }
    Ok(ending(&plan))
}

/// Whether all that hinders a merge of lockfiles is that it was made with other templates.
fn is_moved(unit: &Unit, start: &Start, problems: &[Diagnostic]) -> bool {
    let lockfile = Some(unit.lockfile.as_str());
    let moved =
        |problem: &Diagnostic| problem.code == "templates" && problem.path.as_deref() == lockfile;
    start.is_merged() && problems.iter().all(moved)
}

/// Shows what the template's side has overwritten.
fn print_taken(host: &Host, plan: &Plan, decisions: &Decisions) {
    if host.json() || host.globals.verbose {
        return;
    }
    let taken = |change: &&FileChange| {
        let is =
            |(open, how): &(Open, Decision)| open.path == change.path && *how == Decision::Take;
        change.writes() && decisions.iter().any(is)
    };
    let overwritten = plan.changes.iter().filter(taken);
    let diffs: String = overwritten
        .map(|change| report::diff(change).text)
        .collect();
    host.print_diff(&diffs);
}

fn decision(switches: &ResolveDecision) -> Option<Decision> {
    match switches {
        ResolveDecision { keep: true, .. } => Some(Decision::Keep),
        ResolveDecision { take: true, .. } => Some(Decision::Take),
        ResolveDecision { restore: true, .. } => Some(Decision::Restore),
        ResolveDecision { markers: true, .. } => Some(Decision::Markers),
        _ => None,
    }
}

/// One decision for every target.
fn decided(
    host: &Host,
    args: &ResolveArgs,
    first: &pipeline::Outcome,
    decision: Decision,
) -> Result<Decisions, Vec<Diagnostic>> {
    let mut open = match decision {
        Decision::Restore => plan::deleted(&first.next),
        _ => conflicts(first),
    };
    let everything = args.targets.is_empty();
    if everything && decision == Decision::Restore && !open.is_empty() && !host.globals.yes {
        let problem = Diagnostic::error("usage", format!("you deleted {}", list(&open)));
        let help = "name what is to come back, or take --yes for all of it";
        return Err(vec![problem.with_help(help)]);
    }
    if everything && decision == Decision::Markers {
        open.retain(|open| open.key == KeyPath::root());
    }
    let chosen = targets(&open, &args.targets)?;
    Ok(chosen.into_iter().map(|open| (open, decision)).collect())
}

/// Asks about every target, one by one.
fn asked(
    host: &Host,
    args: &ResolveArgs,
    first: &pipeline::Outcome,
) -> Result<Decisions, Vec<Diagnostic>> {
    let chosen = targets(&conflicts(first), &args.targets)?;
    if chosen.is_empty() {
        return Ok(Decisions::new());
    }
    if !host.can_ask() {
        let problem = Diagnostic::error("usage", format!("undecided: {}", list(&chosen)));
        let help = "add --keep, --take or, for a whole file, --markers; name some to settle those";
        return Err(vec![problem.with_help(help)]);
    }
    let conflicts = plan::in_conflict(&first.plan.changes);
    let mut decisions = Decisions::new();
    for (open, conflict) in conflicts.iter().filter(|(open, _)| chosen.contains(open)) {
        host.complain(&report::conflict(&open.path, conflict));
        let mut options = vec!["keep mine", "take the template's", "skip"];
        if open.key == KeyPath::root() {
            options.push("write conflict markers");
        }
        let picked = Select::new("What is to be done?", options).raw_prompt();
        let decision = match picked.map_err(interrupted)?.index {
            0 => Decision::Keep,
            1 => Decision::Take,
            3 => Decision::Markers,
            _ => continue,
        };
        decisions.push((open.clone(), decision));
    }
    Ok(decisions)
}

fn conflicts(first: &pipeline::Outcome) -> Vec<Open> {
    let open = plan::in_conflict(&first.plan.changes);
    open.into_iter().map(|(open, _)| open).collect()
}

/// The open keys that targets name; all of them where nothing is named.
fn targets(open: &[Open], targets: &[String]) -> Result<Vec<Open>, Vec<Diagnostic>> {
    if targets.is_empty() {
        return Ok(open.to_vec());
    }
    let names: Vec<String> = open.iter().map(Open::to_string).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut problems = Vec::new();
    let mut chosen: Vec<Open> = Vec::new();
    for target in targets {
        let found = plan::select(open, target);
        if found.is_empty() {
            problems.push(nothing_at(target, &names));
        }
        chosen.extend(found.into_iter().cloned());
    }
    chosen.sort();
    chosen.dedup();
    if problems.is_empty() {
        Ok(chosen)
    } else {
        Err(problems)
    }
}

fn nothing_at(target: &str, names: &[&str]) -> Diagnostic {
    let message = format!("there is nothing to resolve at `{target}`");
    let problem = Diagnostic::error("usage", message);
    match unknown("target", target, names).help {
        Some(help) if !names.is_empty() => problem.with_help(help),
        _ => problem.with_help("nothing is in conflict or deleted; `claude-scaffold plan` looks"),
    }
}

fn list(open: &[Open]) -> String {
    let names: Vec<String> = open.iter().map(|open| format!("`{open}`")).collect();
    names.join(", ")
}

#[expect(clippy::needless_pass_by_value, reason = "the form `map_err` wants")]
fn interrupted(error: InquireError) -> Vec<Diagnostic> {
    let problem = Diagnostic::error(INTERRUPTED, format!("nothing was written: {error}"));
    vec![problem.with_help("decide on the command line: `claude-scaffold resolve --help`")]
}
