//! How much findings matter, checked against the catalogue of them.

use std::collections::BTreeMap;

use super::{Layer, broken, unknown};
use crate::catalog::Catalog;
use crate::manifest::Manifest;
use crate::model::{CONFLICT, Diagnostic, Value};

/// What stands before a code among the manifest's keys.
pub const SEVERITY: &str = "severity.";
/// What no severity may hide: a conflict, and something rendered that is lost. The exit code has to
/// stay 1 until somebody decides.
const STAYS: [&str; 2] = [CONFLICT, "drift"];

/// Reports severities of codes that nobody knows, and of what cannot be made to matter less.
pub(super) fn check(
    manifest: &Manifest,
    catalog: &Catalog,
    values: &BTreeMap<String, (Value, Layer)>,
    problems: &mut Vec<Diagnostic>,
) {
    let declared: Vec<(&str, &str)> = values
        .iter()
        .filter_map(|(key, (value, _))| Some((key.strip_prefix(SEVERITY)?, value.as_str()?)))
        .collect();
    if declared.is_empty() {
        return;
    }
    let rules = match catalog.rules() {
        Ok(rules) => rules,
        Err(error) => return problems.push(broken(&error)),
    };
    let codes: Vec<&str> = rules.iter().map(|rule| rule.code.as_str()).collect();
    for (code, severity) in declared {
        let key = format!("{SEVERITY}{code}");
        if !codes.contains(&code) {
            problems.push(manifest.place(&key, unknown("code of a finding", code, &codes)));
        } else if STAYS.contains(&code) && matches!(severity, "note" | "off") {
            let message = format!("`{key}` is `{severity}`, but {code} is no matter of taste");
            let help = "`error` or `warning`; `claude-scaffold resolve` settles it";
            let problem = Diagnostic::error("manifest", message).with_help(help);
            problems.push(manifest.place(&key, problem));
        }
    }
}
