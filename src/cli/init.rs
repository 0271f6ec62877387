//! `init`: the first manifest, applied.

use super::apply::assignments;
use super::args::InitArgs;
use super::host::Host;
use super::{Outcome, ask, ending, session, templates, unit_at, write_rendered};
use crate::catalog::Catalog;
use crate::git;
use crate::manifest;
use crate::model::{Diagnostic, PLACEHOLDER_URL};
use crate::observe::{self, Hints, Unit};
use crate::pipeline::{self, Answers, First, Own, Request, Templates};
use crate::report::{self, Welcome};

pub(super) fn run(host: &Host, args: &InitArgs) -> Outcome {
    let unit = unit_at(host, args.dir.as_deref())?;
    host.preferences.check()?;
    let mut answers = Answers {
        profile: args.profile.clone().unwrap_or_default(),
        with: args.with.clone(),
        without: args.without.clone(),
        assignments: assignments(&args.assignments)?,
    };
    let answered = answers.assignments.iter().find(|a| a.key == "pack");
    let catalog = templates(host, &unit, answered.and_then(|a| a.value.as_str()))?;
    pipeline::check(&answers, &catalog)?;
    let hints = observe::hints(&unit, unit.git.as_ref().and_then(git::origin));
    if pipeline::own(&unit)?.manifest.is_none() {
        complete(host, &unit, &hints, &catalog, &mut answers)?;
    }
    let session = session(host, &unit)?;
    let own = pipeline::own(&unit)?;
    let first = match &own.manifest {
        Some(text) => again(&unit, text, &answers, &catalog)?,
        None => pipeline::first(&answers, &hints, &catalog)?,
    };
    let mut outcome = pipeline::run(&Request {
        unit: &unit,
        own: &own,
        manifest: &first.text,
        templates: Templates::Same,
        reach: &host.reach(),
    })
    .map_err(|problems| unplaced(&unit, &own, problems))?;
    let profile = outcome.resolution.declared.profile.as_str();
    let scenario = catalog
        .scenario(profile)
        .map_err(|e| vec![pipeline::defect(&e)])?;
    write_rendered(host, &unit, session.as_ref(), &mut outcome)?;
    if host.json() {
        let applied = !host.globals.dry_run;
        host.print_json(&report::plan_report("init", &outcome.plan, applied));
        return Ok(ending(&outcome.plan));
    }
    let welcome = Welcome {
        scenario: scenario.as_ref(),
        plan: &outcome.plan,
        resolution: &outcome.resolution,
        notes: &first.notes,
        dry_run: host.globals.dry_run,
        has_env_file: observe::is_there(&unit, &outcome.resolution.declared.env_file),
        in_git: unit.git.is_some(),
        folder: args.dir.as_deref(),
    };
    if host.globals.verbose {
        host.print_diff(&report::diffs(&outcome.plan));
        host.say(&report::origins(&outcome.resolution));
    }
    host.print(&if host.globals.quiet {
        report::diffstat(&outcome.plan)
    } else {
        report::welcome(&welcome)
    });
    host.complain(&report::diagnostics(&outcome.plan.diagnostics));
    Ok(ending(&outcome.plan))
}

/// A unit that has a manifest: the same answers apply it, others are for `set`.
fn again(
    unit: &Unit,
    text: &str,
    answers: &Answers,
    catalog: &Catalog,
) -> Result<First, Vec<Diagnostic>> {
    let (declared, problems) = manifest::parse(unit.manifest.as_str(), text);
    if !problems.is_empty() {
        return Err(problems);
    }
    let other = pipeline::contradictions(answers, &declared, catalog);
    if other.is_empty() {
        return Ok(First {
            text: text.to_owned(),
            notes: Vec::new(),
        });
    }
    let message = format!(
        "`{}` is there already and says something else",
        unit.manifest
    );
    let problem = Diagnostic::error("usage", message).in_file(unit.manifest.as_str());
    Err(vec![problem.with_help(format!(
        "change it: `claude-scaffold set {}`",
        other.join(" ")
    ))])
}

/// Asks for what is missing, before anything is locked.
fn complete(
    host: &Host,
    unit: &Unit,
    hints: &Hints,
    catalog: &Catalog,
    answers: &mut Answers,
) -> Result<(), Vec<Diagnostic>> {
    if answers.profile.is_empty() {
        answers.profile = ask::profile(host, unit, catalog)?;
    }
    if !host.can_ask() {
        return Ok(());
    }
    let first = pipeline::first(answers, hints, catalog)?;
    if first.text.contains(PLACEHOLDER_URL) {
        answers.assignments.extend(ask::url(host)?);
    }
    Ok(())
}

/// A manifest that is not written yet is no place to point at.
fn unplaced(unit: &Unit, own: &Own, problems: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let shown = |mut problem: Diagnostic| {
        if own.manifest.is_none() && problem.path.as_deref() == Some(unit.manifest.as_str()) {
            (problem.path, problem.line, problem.column) = (None, None, None);
        }
        problem
    };
    problems.into_iter().map(shown).collect()
}
