//! `adopt`: a manifest and a base for files that somebody made by hand.

use inquire::Confirm;

use super::apply::assignments;
use super::args::AdoptArgs;
use super::host::Host;
use super::{Ending, Outcome, ask, session, templates, unit_at, write};
use crate::apply::Session;
use crate::catalog::Catalog;
use crate::git;
use crate::model::{Diagnostic, Plan};
use crate::observe::{self, Finds, Unit};
use crate::pipeline::{self, Adopting, Adoption, Answers, Moved, Own};
use crate::report;

pub(super) fn run(host: &Host, args: &AdoptArgs) -> Outcome {
    let unit = unit_at(host, args.dir.as_deref())?;
    let mut answers = answers(args)?;
    let pack = answers.assignments.iter().find(|a| a.key == "pack");
    let catalog = templates(host, &unit, pack.and_then(|a| a.value.as_str()))?;
    pipeline::check(&answers, &catalog)?;
    let session = session(host, &unit)?;
    let own = pipeline::own(&unit)?;
    if own.manifest.is_some() && args.replace_keys {
        let mut moved = keys(&unit, &own, &answers, &catalog)?;
        moved.plan.diagnostics.splice(0..0, notes(&moved));
        write(host, &unit, session.as_ref(), &mut moved.plan)?;
        super::show(host, "adopt", &moved.plan);
        return Ok(Ending::Clean);
    }
    unmanaged(&unit, &own)?;
    let moved = replaced(host, args, &unit, session.as_ref(), &mut answers)?;
    let finds = observe::finds(&unit.root);
    let mut taken = pipeline::take(&finds, &answers.assignments, &catalog);
    taken
        .diagnostics
        .extend(moved.plan.diagnostics.iter().cloned());
    taken.notes.extend(moved.notes.iter().cloned());
    let mut adoption = pipeline::adopt(&Adopting {
        unit: &unit,
        own: &own,
        answers: &answers,
        taken: &taken,
        hints: &observe::hints(&unit, unit.git.as_ref().and_then(git::origin)),
        catalog: &catalog,
        reach: &host.reach(),
    })?;
    something(&finds, &adoption)?;
    write(host, &unit, session.as_ref(), &mut adoption.outcome.plan)?;
    include(&mut adoption.outcome.plan, &moved);
    show(host, &adoption, &moved);
    Ok(Ending::Clean)
}

/// Returns what moves the keys out of the settings.
fn keys(
    unit: &Unit,
    own: &Own,
    answers: &Answers,
    catalog: &Catalog,
) -> Result<Moved, Vec<Diagnostic>> {
    let finds = observe::finds(&unit.root);
    let taken = pipeline::take(&finds, &answers.assignments, catalog);
    let file = taken
        .assignments
        .iter()
        .find(|a| a.key == "launcher.env_file");
    let file = file.and_then(|a| a.value.as_str());
    pipeline::moved_keys(unit, own, answers, file, catalog)
}

/// Moves the keys before anything is adopted, where the user wants it; `adopt` then finds references.
fn replaced(
    host: &Host,
    args: &AdoptArgs,
    unit: &Unit,
    session: Option<&Session>,
    answers: &mut Answers,
) -> Result<Moved, Vec<Diagnostic>> {
    if !args.replace_keys && !host.can_ask() {
        return Ok(Moved::default());
    }
    let catalog = Catalog::embedded();
    let own = pipeline::own(unit)?;
    let mut moved = match keys(unit, &own, answers, &catalog) {
        Err(_) if !args.replace_keys => return Ok(Moved::default()),
        moved => moved?,
    };
    if moved.plan.writes().next().is_none() || !agreed(host, args, &moved)? {
        return Ok(Moved::default());
    }
    if host.text() && host.globals.dry_run && !host.globals.verbose {
        host.print_diff(&report::diffs(&moved.plan));
    }
    write(host, unit, session, &mut moved.plan)?;
    let given: Vec<String> = answers.assignments.iter().map(|a| a.key.clone()).collect();
    let fresh = moved.assignments.iter().filter(|a| !given.contains(&a.key));
    answers.assignments.extend(fresh.cloned());
    Ok(moved)
}

/// Asks on a terminal where the flag does not say it; the default keeps every byte.
fn agreed(host: &Host, args: &AdoptArgs, moved: &Moved) -> Result<bool, Vec<Diagnostic>> {
    if args.replace_keys {
        return Ok(true);
    }
    host.print_diff(&report::diffs(&moved.plan));
    for note in &moved.notes {
        host.say(&format!("{note}\n"));
    }
    let question = "Move these keys out of the files that git may show?";
    let asked = Confirm::new(question).with_default(false).prompt();
    asked.map_err(ask::interrupted)
}

fn notes(moved: &Moved) -> Vec<Diagnostic> {
    let note = |text: &String| {
        Diagnostic::note("CS003", text.clone()).with_help("`claude-scaffold check` looks for more")
    };
    moved.notes.iter().map(note).collect()
}

/// What was moved first belongs to the report.
fn include(plan: &mut Plan, moved: &Moved) {
    for change in &moved.plan.changes {
        plan.changes.retain(|other| other.path != change.path);
        plan.changes.push(change.clone());
    }
    plan.changes.sort_by(|a, b| a.path.cmp(&b.path));
}

fn answers(args: &AdoptArgs) -> Result<Answers, Vec<Diagnostic>> {
    let assignments = assignments(&args.assignments)?;
    let set = assignments.iter().rfind(|a| a.key == "profile");
    let set = set.and_then(|a| a.value.as_str()).map(str::to_owned);
    Ok(Answers {
        profile: args.profile.clone().or(set).unwrap_or_default(),
        assignments,
        ..Answers::default()
    })
}

/// Refuses a repository that has a manifest, or the rest of one.
fn unmanaged(unit: &Unit, own: &Own) -> Result<(), Vec<Diagnostic>> {
    let (path, help) = match (&own.manifest, &own.lockfile) {
        (Some(_), _) => (
            &unit.manifest,
            "make the files match it: `claude-scaffold apply`",
        ),
        (None, Some(_)) => (
            &unit.lockfile,
            "bring the manifest back, or remove the lockfile, then run the command again",
        ),
        (None, None) => return Ok(()),
    };
    let problem = Diagnostic::error("usage", format!("`{path}` is there already"));
    Err(vec![problem.in_file(path.as_str()).with_help(help)])
}

/// Refuses a repository in which nothing was made by hand.
fn something(finds: &Finds, adoption: &Adoption) -> Result<(), Vec<Diagnostic>> {
    let found = !finds.values.is_empty() || !finds.literals.is_empty();
    if found || finds.settings || !adoption.standing.is_empty() {
        return Ok(());
    }
    let problem = Diagnostic::error("usage", "there is nothing here to adopt");
    Err(vec![
        problem.with_help("start anew: `claude-scaffold init`"),
    ])
}

fn show(host: &Host, adoption: &Adoption, moved: &Moved) {
    let plan = &adoption.outcome.plan;
    if host.json() {
        host.print_json(&report::adopt_report(adoption, !host.globals.dry_run));
        return;
    }
    if host.globals.verbose {
        host.print_diff(&report::diffs(plan));
        host.say(&report::origins(&adoption.outcome.resolution));
    }
    let written = match moved.plan.changes.is_empty() {
        _ if host.globals.dry_run => "dry run, nothing written",
        true => "no other file was changed",
        false => "besides the keys, no other file was changed",
    };
    host.print(&if host.globals.quiet {
        report::diffstat(plan)
    } else {
        report::adopt(adoption, written)
    });
    host.complain(&report::diagnostics(&plan.diagnostics));
}
