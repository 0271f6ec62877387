//! `fleet plan`: what every repository would get.

use std::collections::BTreeMap;
use std::path::Path;

use super::super::{Ending, Outcome};
use super::args::{FleetPlanArgs, Which};
use super::watch::Progress;
use super::which::{Chosen, chosen};
use super::{page, report as tell};
use crate::catalog::Catalog;
use crate::cli::host::Host;
use crate::fleet::remote::Remotes;
use crate::fleet::{
    self, Bounds, Divergence, Known, Member, Ran, Reaching, Roads, Run, Shown, Status, Watch,
};
use crate::git::Durability;
use crate::model::{BaseState, Diagnostic};
use crate::observe::{MANIFEST, Unit};
use crate::pack::Network;
use crate::pipeline::{self, Memory, Reach, Templates};
use crate::report;

/// How plans are put in words.
pub(super) const SHOWN: Shown = Shown {
    diff: report::diffs,
    diffstat: report::diffstat,
};

pub(super) fn run(host: &Host, args: &FleetPlanArgs) -> Outcome {
    let (ran, is_stopped) = looked(host, &args.which, args.html.as_deref(), fleet::run)?;
    show(host, &ran, tell::Done::Planned);
    if is_stopped {
        return Ok(Ending::Stopped);
    }
    let would = |status| matches!(status, Status::Changed | Status::Waiting);
    let changes = args.exit_code && ran.reports.iter().any(|report| would(report.status));
    Ok(if changes {
        Ending::Remains
    } else {
        tell::ending(&ran.reports)
    })
}

/// What is done with members that are only looked at.
type Act = fn(&Run<'_>, &[Member], &dyn Watch) -> Ran;

/// Looks at the members that are asked for, and writes the page; and whether somebody stopped it.
pub(super) fn looked(
    host: &Host,
    which: &Which,
    html: Option<&Path>,
    act: Act,
) -> Result<(Ran, bool), Vec<Diagnostic>> {
    page::ready(host, html)?;
    let chosen = chosen(host, which)?;
    let reach = reach(host);
    let environment = environment(host);
    let catalogs = catalogs(host, &chosen, &reach)?;
    let cache = host.fleet_cache();
    let remotes = remotes(host, which, &cache);
    let roads = roads(&remotes);
    let run = Run {
        reach: &reach,
        shown: SHOWN,
        environment: &environment,
        ways: &roads,
        divergence: Divergence::Respected,
        durability: Durability::Lazy,
        ledger: None,
        jobs: jobs(which),
        bounds: Bounds::default(),
        trusts: &|_| true,
        known: Known::new(&chosen.members, &catalogs, &environment),
    };
    let progress = Progress::new(host);
    let ran = act(&run, &chosen.members, &progress);
    let is_stopped = progress.end();
    if let Some(path) = html {
        page::write(host, path, &ran.reports, &chosen.fleet.path)?;
    }
    Ok((ran, is_stopped))
}

/// Prints what came of a run.
pub(super) fn show(host: &Host, ran: &Ran, done: tell::Done) {
    if host.json() {
        tell::print_lines(host, &ran.reports);
    } else {
        tell::tell(host, &ran.reports, done);
    }
}

/// How packs are read: each once in a run.
pub(super) fn reach(host: &Host) -> Reach {
    Reach {
        memory: Memory::kept(),
        ..host.reach()
    }
}

/// Reads the packs that the groups name, before any repository is looked at.
pub(super) fn catalogs(
    host: &Host,
    chosen: &Chosen,
    reach: &Reach,
) -> Result<Vec<Catalog>, Vec<Diagnostic>> {
    let here = Unit::at(&host.folder, &host.state_home);
    let groups = chosen.fleet.groups.iter().map(|selection| &selection.group);
    let packs = groups.filter_map(|group| group.value("pack"));
    let none = BaseState::default();
    let read = |pack| pipeline::catalog(&here, Some(pack), &none, Templates::Moved, reach);
    packs.map(read).collect()
}

/// The cache of remote members.
pub(super) fn remotes<'a>(host: &Host, which: &Which, cache: &'a Path) -> Remotes<'a> {
    let Reach {
        network, prompt, ..
    } = host.reach();
    let network = if which.no_refresh {
        Network::Offline
    } else {
        network
    };
    let mut remotes = Remotes::new(cache, network, prompt);
    remotes.along = along();
    remotes
}

/// What the pipeline is sure to ask a repository for: fetched with one question.
fn along() -> Vec<String> {
    let catalog = Catalog::embedded();
    let features = catalog.feature_names();
    let features = features
        .iter()
        .filter_map(|name| catalog.feature(name).ok());
    let outputs = features.flat_map(|feature| feature.output);
    let paths = outputs.map(|output| output.path);
    let mut paths: Vec<String> = paths.filter(|path| !path.starts_with("{{")).collect();
    let others = [
        MANIFEST,
        "claude-scaffold.lock",
        ".config/claude-scaffold.toml",
        ".config/claude-scaffold.lock",
        ".env.template",
        ".env.example",
        ".env.sample",
        ".gitlab-ci.yml",
        "scripts/",
        ".claude/",
    ];
    paths.extend(others.map(str::to_owned));
    paths.sort();
    paths.dedup();
    paths
}

/// The way to members, and nothing passed on.
pub(super) fn roads<'a>(remotes: &'a Remotes<'a>) -> Roads<'a> {
    Roads {
        remotes,
        reaching: Reaching::Here,
        divergence: Divergence::Respected,
        prompt: remotes.prompt,
    }
}

/// Git's own variables of the environment.
pub(super) fn environment(host: &Host) -> BTreeMap<String, String> {
    let all = host.environment().into_iter();
    let is_gits = |name: &str| name.starts_with("GIT_") || name == "EMAIL";
    all.filter(|(name, _)| is_gits(name)).collect()
}

/// How many repositories at once: the disk has more to wait for than the processor.
pub(super) fn jobs(which: &Which) -> usize {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    which.jobs.unwrap_or(2 * processors).max(1)
}
