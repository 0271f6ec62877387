//! `adopt`: a manifest and a base for files that somebody made by hand.

use super::apply::assignments;
use super::args::AdoptArgs;
use super::host::Host;
use super::{Ending, Outcome, session, templates, unit_at, write};
use crate::model::Diagnostic;
use crate::observe::{self, Finds, Unit};
use crate::pipeline::{self, Adopting, Adoption, Answers, Own};
use crate::report;

pub(super) fn run(host: &Host, args: &AdoptArgs) -> Outcome {
    let unit = unit_at(host, args.dir.as_deref())?;
    let answers = answers(args)?;
    let pack = answers.assignments.iter().find(|a| a.key == "pack");
    let catalog = templates(host, &unit, pack.and_then(|a| a.value.as_str()))?;
    pipeline::check(&answers, &catalog)?;
    let session = session(host, &unit)?;
    let own = pipeline::own(&unit)?;
    unmanaged(&unit, &own)?;
    let finds = observe::finds(&unit.root);
    let taken = pipeline::take(&finds, &answers.assignments, &catalog);
    let mut adoption = pipeline::adopt(&Adopting {
        unit: &unit,
        own: &own,
        answers: &answers,
        taken: &taken,
        hints: &observe::hints(&unit.root, unit.git.as_ref()),
        catalog: &catalog,
        reach: &host.reach(),
    })?;
    something(&finds, &adoption)?;
    write(host, &unit, session.as_ref(), &mut adoption.outcome.plan)?;
    show(host, &adoption);
    Ok(Ending::Clean)
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

fn show(host: &Host, adoption: &Adoption) {
    let plan = &adoption.outcome.plan;
    if host.json() {
        host.print_json(&report::adopt_report(adoption, !host.globals.dry_run));
        return;
    }
    if host.globals.verbose {
        host.print_diff(&report::diffs(plan));
        host.say(&report::origins(&adoption.outcome.resolution));
    }
    let written = if host.globals.dry_run {
        "dry run, nothing written"
    } else {
        "no other file was changed"
    };
    host.print(&if host.globals.quiet {
        report::diffstat(plan)
    } else {
        report::adopt(adoption, written)
    });
    host.complain(&report::diagnostics(&plan.diagnostics));
}
