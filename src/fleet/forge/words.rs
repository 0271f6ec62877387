//! The group's templates → a merge request's title and body.

use super::{Ask, ForgeError};
use crate::fleet::{RepoReport, Words, worded};
use crate::model::{Action, escape, hide};

/// Characters of a title: what the strictest forge takes.
const TITLE: usize = 255;

/// A merge request's words, without credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Worded {
    pub(super) title: String,
    pub(super) body: String,
}

/// Renders both.
pub(super) fn words(ask: &Ask<'_>) -> Result<Worded, ForgeError> {
    let group = &*ask.member.group;
    let files = files(ask.report);
    let conflicts = conflicts(ask.report);
    let words = Words {
        repository: &ask.report.repository,
        group: &group.name,
        files: &files,
        conflicts: &conflicts,
        diffstat: ask.diffstat,
        version: env!("CARGO_PKG_VERSION"),
    };
    let render = |what, template: &str| {
        let filled = worded(template, &words).map_err(|error| ForgeError::Template {
            what,
            group: group.name.clone(),
            message: error
                .to_string()
                .lines()
                .next()
                .unwrap_or_default()
                .to_owned(),
        })?;
        let lines: Vec<String> = filled.lines().map(|line| escape(&hide(line))).collect();
        Ok(lines)
    };
    let title = render("title", &group.title)?.join(" ");
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    let title: String = title.chars().take(TITLE).collect();
    if title.is_empty() {
        return Err(ForgeError::NoTitle(group.name.clone()));
    }
    let body = render("body", &group.body)?.join("\n");
    Ok(Worded { title, body })
}

/// Paths of the files that change.
fn files(report: &RepoReport) -> Vec<String> {
    let changed = report.files.iter();
    let changed = changed.filter(|file| file.action != Action::Keep);
    changed.map(|file| file.path.clone()).collect()
}

/// The keys in conflict, without their values; a file where it is all of it.
fn conflicts(report: &RepoReport) -> Vec<String> {
    let named = |path: &str, key: &String| match key.as_str() {
        "" => path.to_owned(),
        key => format!("{path}: {key}"),
    };
    let keys = report.files.iter().flat_map(|file| {
        let keys = file.conflicts.iter();
        keys.map(move |key| named(&file.path, key))
    });
    keys.collect()
}
