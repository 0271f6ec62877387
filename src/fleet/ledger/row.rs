//! One line of a ledger.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::{Proposal, RepoReport, Status};
use crate::model::{Severity, hide};

/// The number of the shape of a [`Row`]; it grows when a reader would have to change.
pub const SCHEMA: u32 = 1;

/// What became of one repository in one run.
// The schema stands first: a line that was cut off is known by how it begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Row {
    /// The number of this shape.
    pub schema: u32,
    /// The repository's name.
    pub repository: String,
    /// Hash of all that the outcome follows from, in hexadecimal digits; the row's key, together with
    /// the repository.
    pub plan: String,
    /// How the repository stands.
    pub status: Status,
    /// Twelve hexadecimal digits, the same for identical changes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub change: Option<String>,
    /// The branch that the change is for.
    pub branch: String,
    /// The commit that was looked at.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub base: Option<String>,
    /// The branch's commit that says all of it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub commit: Option<String>,
    /// Whether the commit was pushed.
    #[serde(default)]
    pub pushed: bool,
    /// The merge request.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub proposal: Option<Proposal>,
    /// Why it is in conflict, has failed or was passed over.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub why: Option<String>,
}

impl Row {
    /// Returns the row of a report; `plan` is the hash of what the report follows from.
    #[must_use]
    pub fn new(report: &RepoReport, plan: &str) -> Self {
        Self {
            schema: SCHEMA,
            repository: report.repository.clone(),
            plan: plan.to_owned(),
            status: report.status,
            change: report.change.clone(),
            branch: report.branch.clone(),
            base: report.base.clone(),
            commit: report.commit.clone(),
            pushed: report.pushed,
            proposal: report.proposal.clone(),
            why: why(report),
        }
    }

    /// Returns the row as a line, its end included.
    pub(super) fn to_line(&self) -> Vec<u8> {
        let mut line = serde_json::to_vec(self).expect("a row is plain data");
        line.push(b'\n');
        line
    }
}

fn why(report: &RepoReport) -> Option<String> {
    match report.status {
        Status::UpToDate | Status::Waiting | Status::Changed => None,
        Status::Conflict | Status::Failed | Status::PassedOver => {
            let all = &report.diagnostics;
            let error = all.iter().find(|found| found.severity == Severity::Error);
            Some(hide(&error.or(all.first())?.message))
        }
    }
}
