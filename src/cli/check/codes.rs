//! The codes of findings: what each means, and which are asked for.

use crate::catalog::{Catalog, Rule};
use crate::cli::host::Host;
use crate::cli::{Ending, Outcome, findings};
use crate::model::Diagnostic;
use crate::{report, resolve};

/// Prints what a code means; without one, the codes.
pub(super) fn explain(host: &Host, code: &str) -> Outcome {
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
pub(super) fn asked(only: &[String]) -> Result<Vec<String>, Vec<Diagnostic>> {
    let catalog = Catalog::embedded();
    if only.iter().all(|code| catalog.has_rule(code)) {
        return Ok(only.to_vec());
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
