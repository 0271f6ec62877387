//! What is wrong with this machine, on the way from a repository to its gateway.

use std::collections::BTreeSet;
use std::path::Path;

use super::defect;
use crate::catalog::Catalog;
use crate::diagnose;
use crate::explain::{Around, Facts, Start, Starter};
use crate::model::Diagnostic;
use crate::observe;

/// Looks at clients, settings that outrank the repository, shell profiles, certificates and proxies.
///
/// # Errors
/// Fails where the catalogues are broken.
pub fn machine(
    home: &Path,
    around: &Around,
    catalog: &Catalog,
) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
    let broken = |error| vec![defect(&error)];
    let facts = Facts::of(catalog).map_err(broken)?;
    let clients = catalog.clients().map_err(broken)?;
    let names: Vec<&str> = facts.variables.iter().map(|v| v.name.as_str()).collect();
    let seen = observe::machine(home, &around.environment, &names);
    let start = around.start(Starter::Shell, &facts);
    let mut found = diagnose::clients(&seen, &clients, &set(&start));
    found.extend(diagnose::outranking(&start, &facts.variables));
    found.extend(diagnose::profiles(&seen, &facts.variables));
    found.extend(diagnose::certificates(&seen));
    let host = host(&start);
    found.extend(diagnose::proxies(&around.environment, host.as_deref()));
    Ok(found)
}

/// The variables that reach a client started here.
fn set(start: &Start) -> BTreeSet<String> {
    let settings = start.settings.iter().flat_map(|settings| &settings.env);
    let all = settings.chain(&start.environment);
    let all = all.filter(|given| !given.value.is_empty());
    all.map(|given| given.name.clone()).collect()
}

/// The host that requests go to.
fn host(start: &Start) -> Option<String> {
    let base = start.variable("ANTHROPIC_BASE_URL").into_iter().next()?;
    let url = url::Url::parse(&base.value).ok()?;
    url.host_str().map(str::to_owned)
}
