//! The two questions `init` may ask on a terminal.

use inquire::{InquireError, Select, Text};

use super::host::Host;
use super::veil;
use crate::catalog::Catalog;
use crate::manifest::{self, Assignment};
use crate::model::Diagnostic;
use crate::observe::{self, Unit};
use crate::scenario::{Recommendation, recommend};
use crate::{pipeline, report};

/// The code of the one failure that is the user's wish.
pub(super) use crate::pipeline::INTERRUPTED;

/// Returns the profile the matrix names; on a narrow margin the user decides.
pub(super) fn profile(
    host: &Host,
    unit: &Unit,
    catalog: &Catalog,
) -> Result<String, Vec<Diagnostic>> {
    let found = recommendation(unit, catalog)?;
    if found.clear {
        return Ok(found.profile);
    }
    if !host.can_ask() {
        host.complain(&report::recommend(&found));
        let names = catalog.profile_names().join(", ");
        let problem = Diagnostic::error("usage", "no scenario fits this repository clearly")
            .with_help(format!(
                "name one: `claude-scaffold init --profile {}`; it is one of: {names}",
                found.profile
            ));
        return Err(vec![problem]);
    }
    let options: Vec<String> = found
        .scores
        .iter()
        .map(|s| format!("{}: {}", s.profile, s.approach))
        .collect();
    let first = host.preferences.profile.as_ref().unwrap_or(&found.profile);
    let start = found.scores.iter().position(|s| s.profile == *first);
    let picked = Select::new("Which scenario is this?", options)
        .with_starting_cursor(start.unwrap_or_default())
        .raw_prompt()
        .map_err(interrupted)?;
    Ok(found.scores[picked.index].profile.clone())
}

/// Returns the gateway's URL, or none where the user leaves it for later.
pub(super) fn url(host: &Host) -> Result<Option<Assignment>, Vec<Diagnostic>> {
    let mut question = Text::new("Base URL of your gateway?").with_help_message(
        "Enter leaves a placeholder; `claude-scaffold set gateway.url=…` sets it later",
    );
    // A default is shown as it will be taken, so one that may not be shown is none.
    let preferred = host.preferences.gateway_url.as_ref();
    if let Some(preferred) = preferred.filter(|url| veil::text(url) == url.as_str()) {
        question = question.with_default(preferred);
    }
    let text = question.prompt().map_err(interrupted)?;
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let assignment = manifest::parse_assignment(&format!("gateway.url={text}"));
    assignment.map(Some).map_err(|problem| vec![problem])
}

/// Scores the matrix for a unit.
pub(super) fn recommendation(
    unit: &Unit,
    catalog: &Catalog,
) -> Result<Recommendation, Vec<Diagnostic>> {
    let matrix = catalog.matrix().map_err(|e| vec![pipeline::defect(&e)])?;
    let facts = observe::facts(&unit.root, unit.git.as_ref(), &matrix.facts);
    Ok(recommend(&facts, &matrix))
}

#[expect(clippy::needless_pass_by_value, reason = "the form `map_err` wants")]
pub(super) fn interrupted(error: InquireError) -> Vec<Diagnostic> {
    let stopped = matches!(
        error,
        InquireError::OperationCanceled | InquireError::OperationInterrupted
    );
    let code = if stopped { INTERRUPTED } else { "usage" };
    let problem = Diagnostic::error(code, format!("no answer, so nothing was written: {error}"));
    vec![problem.with_help("answer on the command line: `claude-scaffold init --help`")]
}
