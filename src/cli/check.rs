//! `check`: drift, the pitfalls, leaked keys; writes nothing unless told to mend.

use super::args::CheckArgs;
use super::host::Host;
use super::{Ending, Outcome, findings, place, session, show, trouble, write};
use crate::apply::{self as disk, Session};
use crate::catalog::Rule;
use crate::model::Diagnostic;
use crate::observe::Unit;
use crate::pipeline::{self, Checked, Depth, Question};
use crate::{report, resolve};

pub(super) fn run(host: &Host, args: &CheckArgs) -> Outcome {
    if let Some(code) = &args.explain {
        return explain(host, code);
    }
    let only = asked(&args.only)?;
    let unit = unit(host);
    let writing = args.write_baseline.then(|| session(host, &unit));
    let writing = writing.transpose()?;
    if writing.is_none() {
        disk::readable(&place(&unit)).map_err(trouble)?;
    }
    let own = pipeline::own(&unit)?;
    let reach = host.reach();
    let question = Question {
        unit: &unit,
        own: &own,
        reach: &reach,
        only: &only,
        depth: depth(args),
        progress: &|_, _| {},
    };
    let checked = pipeline::checked(&question)?;
    match writing {
        Some(session) => write_baseline(host, session.as_ref(), &question, &checked),
        None => Ok(findings::tell(
            host,
            "check",
            Some(&unit),
            &checked.findings,
        )),
    }
}

/// The unit the user stands in, or the whole repository where there is none.
fn unit(host: &Host) -> Unit {
    super::unit(host).unwrap_or_else(|_| {
        let around = Unit::at(&host.folder, &host.state_home);
        let top = around.git.as_ref().map(|place| place.work_tree.clone());
        top.map_or(around, |top| Unit::at(&top, &host.state_home))
    })
}

fn depth(args: &CheckArgs) -> Depth {
    match (args.history, args.staged) {
        (true, _) => Depth::History,
        (_, true) => Depth::Staged,
        _ => Depth::Tree,
    }
}

/// Writes the baseline that knows what was found; what it cannot know is counted.
fn write_baseline(
    host: &Host,
    session: Option<&Session>,
    question: &Question<'_>,
    checked: &Checked,
) -> Outcome {
    let rules = findings::catalogue()?;
    let title = |code: &str| {
        let rule = rules.iter().find(|rule| rule.code == code);
        rule.map_or_else(String::new, |rule| rule.title.clone())
    };
    let (mut plan, left) = pipeline::accepted(question, checked, &title);
    write(host, question.unit, session, &mut plan)?;
    if left > 0 {
        let what = if left == 1 {
            "finding is"
        } else {
            "findings are"
        };
        let message = format!("{left} {what} to be settled and cannot be accepted");
        let note = Diagnostic::note("baseline", message);
        plan.diagnostics
            .push(note.with_help("`claude-scaffold check` lists what is left"));
    }
    show(host, "check", &plan);
    Ok(Ending::Clean)
}

/// Prints what a code means; without one, the codes.
fn explain(host: &Host, code: &str) -> Outcome {
    let mut rules = findings::catalogue()?;
    if !code.is_empty() {
        let code = known(&rules, code).map_err(|problem| vec![problem])?;
        rules.retain(|rule| rule.code == code);
    }
    if host.json() {
        host.print_json(&report::rules_report(&rules));
    } else if code.is_empty() {
        host.print(&report::rules_list(&rules));
    } else {
        host.print(&rules.iter().map(report::rule_page).collect::<String>());
    }
    Ok(Ending::Clean)
}

/// The codes of `--only` as they are written; every unknown one is a problem.
fn asked(only: &[String]) -> Result<Vec<String>, Vec<Diagnostic>> {
    if only.is_empty() {
        return Ok(Vec::new());
    }
    let rules = findings::catalogue()?;
    let read = only.iter().map(|code| known(&rules, code.trim()));
    let (good, bad): (Vec<_>, Vec<_>) = read.partition(Result::is_ok);
    if bad.is_empty() {
        Ok(good.into_iter().flatten().collect())
    } else {
        Err(bad.into_iter().filter_map(Result::err).collect())
    }
}

/// A code in its own spelling.
fn known(rules: &[Rule], code: &str) -> Result<String, Diagnostic> {
    let same = |rule: &&Rule| rule.code.eq_ignore_ascii_case(code);
    let found = rules.iter().find(same).map(|rule| rule.code.clone());
    found.ok_or_else(|| {
        let codes: Vec<&str> = rules.iter().map(|rule| rule.code.as_str()).collect();
        Diagnostic {
            code: "usage".to_owned(),
            ..resolve::unknown("code", code, &codes)
        }
    })
}
