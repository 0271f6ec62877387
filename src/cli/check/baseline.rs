//! `check --write-baseline`: today's findings are known from now on.

use super::Asked;
use crate::cli::host::Host;
use crate::cli::{Ending, Outcome, findings, open, show, write};
use crate::model::Diagnostic;
use crate::observe::Unit;
use crate::pipeline;

pub(super) fn run(host: &Host, unit: Unit, asked: &Asked) -> Outcome {
    let (unit, session) = open(host, unit)?;
    let own = pipeline::own(&unit)?;
    let question = asked.question(&unit, &own);
    let checked = pipeline::checked(&question)?;
    let rules = findings::catalogue()?;
    let title = |code: &str| {
        let rule = rules.iter().find(|rule| rule.code == code);
        rule.map_or_else(String::new, |rule| rule.title.clone())
    };
    let (mut plan, left) = pipeline::accepted(&question, &checked, &title);
    write(host, &unit, session.as_ref(), &mut plan)?;
    if left > 0 {
        let what = if left == 1 {
            "finding is"
        } else {
            "findings are"
        };
        let message = format!("{left} {what} to be settled and cannot be accepted");
        let note = Diagnostic::note("baseline", message);
        let help = "`claude-scaffold check` says what is left, and how";
        plan.diagnostics.push(note.with_help(help));
    }
    show(host, "check", &plan);
    Ok(Ending::Clean)
}
