//! `doctor`: what `check` finds and, if asked to, what the gateway really does.

use std::path::PathBuf;

use inquire::Confirm;

use super::args::DoctorArgs;
use super::ask::interrupted;
use super::check::unit;
use super::host::Host;
use super::{Ending, Outcome, findings, place, trouble, veil};
use crate::apply as disk;
use crate::catalog::Catalog;
use crate::diagnose::{Finding, fingerprinted};
use crate::live::{self, Asked, Probe, State, Target};
use crate::model::{Diagnostic, escape, is_secret_header};
use crate::observe::Unit;
use crate::pipeline::{self, Aim, Around, Depth, Own, Question, Stores};
use crate::report;

/// All that a visit brings to light.
#[derive(Default)]
struct Visit {
    probes: Vec<Probe>,
    calls: usize,
    found: Vec<Finding>,
}

pub(super) fn run(host: &Host, args: &DoctorArgs) -> Outcome {
    if args.live {
        online(host)?;
    }
    let unit = unit(host);
    disk::readable(&place(&unit)).map_err(trouble)?;
    let own = pipeline::own(&unit)?;
    let mut visit = Visit::default();
    if args.live {
        ask(host, &unit, &own, &mut visit)?;
    }
    let checked = pipeline::checked(&Question {
        unit: &unit,
        own: &own,
        reach: &host.reach(),
        origin: None,
        only: &[],
        depth: Depth::Tree,
        progress: &|_, _| {},
    })?;
    let answered = std::mem::replace(&mut visit.found, checked.findings);
    let beside = machine(host, &unit, &visit)?;
    visit.found.extend(fingerprinted(beside));
    overrule(&mut visit.found, &visit.probes);
    visit.found.splice(..0, answered);
    Ok(print(host, &unit, &visit))
}

/// What is wrong beside the repository, and what that makes of the repository's values.
fn machine(host: &Host, unit: &Unit, visit: &Visit) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
    let around = super::explain::around(host, None)?;
    let home = host.user_home().unwrap_or_default();
    let catalog = Catalog::embedded();
    let mut found = pipeline::machine(&home, &around, &catalog)?;
    found.extend(pipeline::among(unit, &around, &catalog)?);
    let is_said = |problem: &Diagnostic| {
        let mut said = visit.found.iter().map(|finding| &finding.diagnostic);
        said.any(|known| (&known.path, &known.message) == (&problem.path, &problem.message))
    };
    found.retain(|problem| !is_said(problem));
    Ok(found)
}

/// Lets the gateway's own list decide about the models of a unit.
pub(super) fn decide_models(
    host: &Host,
    unit: &Unit,
    found: &mut Vec<Finding>,
) -> Result<(), Vec<Diagnostic>> {
    online(host)?;
    let aim = aim(host, unit, &pipeline::own(unit)?)?;
    let asked = live::ask_models(&aim.target, &|_| {});
    overrule(found, &asked.probes);
    found.extend(fingerprinted(aim.placed(asked.findings)));
    Ok(())
}

fn online(host: &Host) -> Result<(), Vec<Diagnostic>> {
    if !host.globals.offline {
        return Ok(());
    }
    let problem = Diagnostic::error("usage", "--live asks the gateway, and --offline forbids it");
    Err(vec![problem.with_help("leave one of them out")])
}

/// Takes out what the catalogue says of models that the gateway has spoken about.
fn overrule(found: &mut Vec<Finding>, probes: &[Probe]) {
    let asked = probes.iter().filter(|probe| probe.state != State::Skipped);
    let models: Vec<&str> = asked
        .filter_map(|probe| probe.name.strip_prefix("model "))
        .filter(|name| name.starts_with('`'))
        .collect();
    found.retain(|finding| {
        let Diagnostic { code, message, .. } = &finding.diagnostic;
        code != "CS002" || !models.iter().any(|model| message.contains(model))
    });
}

/// Finds out whom to ask, and with what.
fn aim(host: &Host, unit: &Unit, own: &Own) -> Result<Aim, Vec<Diagnostic>> {
    let environment = host.environment();
    let named = environment.get("CLAUDE_CONFIG_DIR").map(PathBuf::from);
    let home = host.user_home();
    let settings = named.or_else(|| Some(home.as_ref()?.join(".claude")));
    let aim = pipeline::aim(&Around {
        unit,
        own,
        reach: &host.reach(),
        environment: &environment,
        stores: if host.globals.dry_run {
            Stores::Left
        } else {
            Stores::Asked
        },
        home: home.as_deref(),
        settings: settings.as_deref(),
        read: &|path| host.bytes(path),
    })?;
    veil::cover(&aim.target.key);
    let headers = aim.target.headers.iter();
    let secret = headers.filter(|(name, _)| is_secret_header(&name.to_ascii_lowercase()));
    secret.for_each(|(_, value)| veil::cover(value));
    Ok(aim)
}

/// Says what asking costs, and asks.
fn ask(host: &Host, unit: &Unit, own: &Own, visit: &mut Visit) -> Result<(), Vec<Diagnostic>> {
    let aim = aim(host, unit, own)?;
    agree(host, &aim.target)?;
    if host.globals.dry_run {
        return Ok(());
    }
    let shows = host.text() && !host.globals.quiet;
    let Asked {
        probes,
        findings,
        calls,
    } = live::ask(&aim.target, &|probe| {
        if shows {
            host.print(&report::probe(probe));
        }
    });
    host.say(&format!("asked {calls} times\n"));
    let mut found = aim.placed(findings);
    found.extend(aim.notes);
    visit.found.extend(fingerprinted(found));
    visit.probes = probes;
    visit.calls = calls;
    Ok(())
}

/// Says what asking costs; a person at a terminal may still say no.
fn agree(host: &Host, target: &Target) -> Result<(), Vec<Diagnostic>> {
    let cost = live::cost(target);
    host.say(&format!(
        "asks {} at most {} times, about {} tokens\n",
        escape(&target.base),
        cost.calls,
        cost.tokens
    ));
    if !host.can_ask() || host.globals.dry_run {
        return Ok(());
    }
    let question = Confirm::new("Ask it?").with_default(true);
    if question.prompt().map_err(interrupted)? {
        return Ok(());
    }
    let problem = Diagnostic::error(super::ask::INTERRUPTED, "the gateway was not asked");
    Err(vec![
        problem.with_help("`claude-scaffold doctor` asks nobody"),
    ])
}

fn print(host: &Host, unit: &Unit, visit: &Visit) -> Ending {
    if !host.json() {
        return findings::tell(host, "doctor", Some(unit), &visit.found);
    }
    let found = report::check_report("doctor", &visit.found);
    host.print_json(&report::doctor_report(&visit.probes, visit.calls, found));
    findings::ending(&visit.found)
}
