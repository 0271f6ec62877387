//! The question before a pack writes for the first time.

use inquire::Confirm;

use super::ask;
use super::host::Host;
use super::veil;
use crate::catalog::Catalog;
use crate::model::{Diagnostic, escape};
use crate::pipeline::Outcome;
use crate::{pack, report};

/// Says which files would run, where not all templates are ours.
pub(super) fn tell(host: &Host, outcome: &Outcome) {
    if host.json() || outcome.catalog.packs.is_empty() {
        return;
    }
    host.say(&report::running(&outcome.plan));
}

/// Returns whether somebody has agreed to a pack's address.
pub(super) fn is_agreed(host: &Host, address: &str) -> bool {
    host.globals.yes || pack::untrusted(&host.state_home, &[address]).is_empty()
}

/// Asks whether the packs of a fleet may write into its repositories, once per address.
pub(super) fn agree(host: &Host, catalogs: &[Catalog]) -> Result<(), Vec<Diagnostic>> {
    let packs = catalogs.iter().flat_map(|catalog| &catalog.packs);
    let mut addresses: Vec<&str> = packs
        .filter(|pack| pack.is_remote)
        .map(|pack| pack.address.as_str())
        .collect();
    addresses.sort_unstable();
    addresses.dedup();
    let new = pack::untrusted(&host.state_home, &addresses);
    if new.is_empty() || host.globals.dry_run {
        return Ok(());
    }
    settle(
        host,
        &new,
        "look: `claude-scaffold fleet plan`; agree: run it on a terminal, or add `--yes`",
    )
}

/// Asks whether packs may write here, once per address; folders of this machine need no asking.
pub(super) fn ask(host: &Host, outcome: &Outcome) -> Result<(), Vec<Diagnostic>> {
    let packs = outcome.catalog.packs.iter().filter(|pack| pack.is_remote);
    let addresses: Vec<&str> = packs.map(|pack| pack.address.as_str()).collect();
    let new = pack::untrusted(&host.state_home, &addresses);
    let writes = outcome.plan.writes().next().is_some();
    let settled = new.is_empty() || !writes || host.globals.dry_run;
    let asks = !settled && !host.globals.yes && host.can_ask();
    if asks {
        host.print_diff(&report::diffs(&outcome.plan));
    }
    tell(host, outcome);
    if settled {
        return Ok(());
    }
    settle(
        host,
        &new,
        "look: add `--dry-run -v`; agree: run it on a terminal, or add `--yes`",
    )
}

/// Has somebody agree to addresses, and remembers it.
fn settle(host: &Host, new: &[&str], way_out: &str) -> Result<(), Vec<Diagnostic>> {
    let names = new.iter().map(|address| format!("`{}`", escape(address)));
    let names = names.collect::<Vec<_>>().join(", ");
    if !host.globals.yes {
        if !host.can_ask() {
            let problem = Diagnostic::error("trust", format!("nobody has agreed to {names} yet"));
            return Err(vec![problem.with_help(way_out)]);
        }
        let question = format!("May {names} write this, now and later?");
        let agreed = Confirm::new(&veil::text(&question))
            .with_default(false)
            .prompt();
        if !agreed.map_err(ask::interrupted)? {
            let problem = Diagnostic::error("trust", "you did not agree, so nothing was written");
            let help = "remove `pack` from the manifest, or name another one";
            return Err(vec![problem.with_help(help)]);
        }
    }
    pack::trust(&host.state_home, new).map_err(|error| {
        let message = format!("cannot remember that you trust {names}: {error}");
        let help = "make the state folder writable, `~/.local/state` or `XDG_STATE_HOME`";
        vec![Diagnostic::error("trust", message).with_help(help)]
    })
}
