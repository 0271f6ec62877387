//! The CI workflow that plans a fleet in shards and applies it after approval.

use std::fmt::Write as _;

use serde_json::json;
use sha2::{Digest, Sha256};

use crate::catalog::{Catalog, Delimiters};
use crate::model::lf;
use crate::render::{RenderError, phrase};

/// How the first line of a workflow of ours begins; the hash of what follows ends it.
const MARK: &str =
    "# Written by `claude-scaffold fleet ci`: run that again instead of editing. Hash: ";

/// A CI system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// GitHub Actions.
    GitHub,
    /// GitLab CI/CD.
    GitLab,
}

impl System {
    /// Returns where the system, or whoever includes it, looks for the workflow.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::GitHub => ".github/workflows/claude-fleet.yml",
            Self::GitLab => ".gitlab-ci.claude-fleet.yml",
        }
    }

    /// Returns how many jobs of one kind the system runs at most.
    #[must_use]
    pub fn most_shards(self) -> usize {
        match self {
            Self::GitHub => 256,
            Self::GitLab => 200,
        }
    }

    fn template(self) -> &'static str {
        match self {
            Self::GitHub => "fleet/github.yml.tera",
            Self::GitLab => "fleet/gitlab.yml.tera",
        }
    }

    /// The words before the other options that hand the list to a command.
    fn list_option(self) -> &'static str {
        match self {
            Self::GitHub => "--repositories \"$RUNNER_TEMP/fleet/repositories.json\" ",
            Self::GitLab => "--repositories repositories.json ",
        }
    }

    /// The name of a job.
    fn job(self, name: &str) -> String {
        match self {
            Self::GitHub => name.to_owned(),
            Self::GitLab => format!("claude-fleet-{name}"),
        }
    }
}

/// What a workflow is to do.
#[derive(Debug, Clone, Copy)]
pub struct Workflow<'a> {
    /// For which system.
    pub system: System,
    /// The fleet file, from the repository's root.
    pub fleet: &'a str,
    /// Where the workflow goes, from the repository's root.
    pub output: &'a str,
    /// In how many parts.
    pub shards: usize,
    /// Whether the repositories are listed by the forge.
    pub listed: bool,
}

/// Who wrote a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    /// This tool, and nobody has changed it since.
    Tool,
    /// This tool, and somebody has changed it since.
    Edited,
    /// Somebody else.
    Other,
}

/// Renders a workflow.
///
/// # Errors
/// Fails where the embedded templates are broken, which is a defect of ours.
pub fn workflow(workflow: &Workflow<'_>) -> Result<String, RenderError> {
    let system = workflow.system;
    let list = workflow.listed.then_some("list");
    let before = |last: Option<&str>| -> Vec<String> {
        let jobs = ["tool"].into_iter().chain(list).chain(last);
        jobs.map(|job| system.job(job)).collect()
    };
    let numbers: Vec<usize> = (1..=workflow.shards).collect();
    let values = json!({
        "fleet": workflow.fleet,
        "output": workflow.output,
        "shards": workflow.shards,
        "numbers": numbers,
        "listed": workflow.listed,
        "list_option": list.map_or("", |_| system.list_option()),
        "before_plan": before(None),
        "before_apply": before(Some("approve")),
    });
    let catalog = Catalog::embedded();
    let name = system.template();
    let source = lf(catalog.text(name)?);
    let body = phrase(name, &source, Delimiters::Brackets, &values)?;
    Ok(format!("{MARK}{}\n{body}", hash(&body)))
}

/// Returns who wrote the text of a file.
#[must_use]
pub fn author(text: &str) -> Author {
    let text = lf(text);
    let Some((said, body)) = text
        .strip_prefix(MARK)
        .and_then(|rest| rest.split_once('\n'))
    else {
        return Author::Other;
    };
    if said.trim() == hash(body) {
        Author::Tool
    } else {
        Author::Edited
    }
}

fn hash(body: &str) -> String {
    let digest = Sha256::digest(body.as_bytes());
    digest.iter().take(6).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
