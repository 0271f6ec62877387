//! `fleet apply`: a commit for every repository that needs one.

use std::collections::BTreeSet;
use std::path::Path;

use super::super::{Ending, Outcome, trust};
use super::args::FleetApplyArgs;
use super::plan::{SHOWN, catalogs, environment, jobs, reach, remotes, show};
use super::watch::Progress;
use super::which::chosen;
use super::{page, report as tell, status};
use crate::cli::host::Host;
use crate::fleet::forge::Forges;
use crate::fleet::{
    self, Bounds, Divergence, Known, Ledger, Member, Place, Ran, Reaching, Roads, Run, Status,
};
use crate::git::Durability;
use crate::model::Diagnostic;
use crate::secret::Network;

pub(super) fn run(host: &Host, args: &FleetApplyArgs) -> Outcome {
    page::ready(host, args.html.as_deref())?;
    let mut chosen = chosen(host, &args.which)?;
    let reach = reach(host);
    let environment = environment(host);
    let catalogs = catalogs(host, &chosen, &reach)?;
    trust::agree(host, &catalogs)?;
    let place = status::place(host, &args.which.fleet, args.ledger.as_deref());
    let is_dry = host.globals.dry_run;
    let ledger = (!is_dry).then(|| Ledger::open(&place)).transpose();
    let ledger = ledger.map_err(|error| vec![status::trouble(&error)])?;
    if args.failed {
        let failed = failed(&place, ledger.as_ref())?;
        let is_failed = |member: &Member| failed.contains(&member.name);
        chosen.members.retain(is_failed);
    }
    let divergence = if args.take {
        Divergence::Replaced
    } else {
        Divergence::Respected
    };
    let cache = host.fleet_cache();
    let remotes = remotes(host, &args.which, &cache);
    let progress = Progress::new(host);
    let all = host.environment();
    let network = if host.globals.offline {
        Network::Closed
    } else {
        Network::Open
    };
    let forges = Forges::new(&all, &host.folder, network, remotes.prompt, &progress);
    let roads = Roads {
        remotes: &remotes,
        reaching: match (args.propose, args.push) {
            (true, _) => Reaching::Proposed(&forges),
            (false, true) => Reaching::Pushed,
            (false, false) => Reaching::Here,
        },
        divergence,
        prompt: remotes.prompt,
    };
    let run = Run {
        reach: &reach,
        shown: SHOWN,
        environment: &environment,
        ways: &roads,
        divergence,
        durability: Durability::Synced,
        ledger: ledger.as_ref(),
        jobs: jobs(&args.which),
        bounds: Bounds {
            commits: args.limit,
            fails_fast: args.fail_fast,
        },
        trusts: &|address| trust::is_agreed(host, address),
        known: Known::new(&chosen.members, &catalogs, &environment),
    };
    let ran = fleet::run(&run, &chosen.members, &progress);
    let is_stopped = progress.end();
    if let Some(path) = &args.html {
        page::write(host, path, &ran.reports, &chosen.fleet.path)?;
    }
    let done = if is_dry {
        tell::Done::Planned
    } else {
        tell::Done::Applied
    };
    show(host, &ran, done);
    if !is_dry && matches!(roads.reaching, Reaching::Here) {
        host.say(&unsent(&chosen.members, &ran));
    }
    if let Some(error) = &ran.fault {
        return Err(vec![status::trouble(error)]);
    }
    if is_stopped {
        return Ok(Ending::Stopped);
    }
    Ok(tell::ending(&ran.reports))
}

/// What to say of commits that are on this machine alone, and of those that were not made for that.
fn unsent(members: &[Member], ran: &Ran) -> String {
    let elsewhere: BTreeSet<&str> = members
        .iter()
        .filter(|member| matches!(member.place, Place::Remote(_)))
        .map(|member| member.name.as_str())
        .collect();
    let open = ran.reports.iter().filter(|report| report.change.is_some());
    let (away, here): (Vec<_>, Vec<_>) =
        open.partition(|report| elsewhere.contains(report.repository.as_str()));
    let mut out = String::new();
    if here.iter().any(|report| report.commit.is_some()) {
        out.push_str("note: nothing is pushed; `--push` sends the branches, `--propose` opens merge requests too\n");
    }
    if !away.is_empty() {
        out.push_str(
            "note: repositories elsewhere are as they were; `--push` is the way into them\n",
        );
    }
    out
}

/// The repositories that failed last time; a dry run leaves the ledger alone, and so opens none.
fn failed(place: &Path, ledger: Option<&Ledger>) -> Result<BTreeSet<String>, Vec<Diagnostic>> {
    let rows = match ledger {
        Some(ledger) => ledger.rows().values().cloned().collect(),
        None => fleet::ledger::read(place)
            .map_err(|error| vec![status::trouble(&error)])?
            .unwrap_or_default(),
    };
    let failed = rows.into_iter().filter(|row| row.status == Status::Failed);
    Ok(failed.map(|row| row.repository).collect())
}
