//! `recommend`: the decision matrix, scored for this repository.

use super::host::Host;
use super::{Ending, Outcome, ask, templates};
use crate::observe::Unit;
use crate::report::{self, SCHEMA};

pub(super) fn run(host: &Host) -> Outcome {
    let unit = Unit::find(&host.folder, &host.state_home)
        .unwrap_or_else(|| Unit::at(&host.folder, &host.state_home));
    let found = ask::recommendation(&unit, &templates(host, &unit, None)?)?;
    if host.json() {
        host.print_json(&report::RecommendReport {
            schema: SCHEMA,
            recommendation: found,
        });
    } else {
        host.print(&report::recommend(&found));
    }
    Ok(Ending::Clean)
}
