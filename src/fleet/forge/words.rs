//! The group's templates → a merge request's title and body.

use serde_json::json;
use tera::{Context, Tera};

use super::{Ask, ForgeError};
use crate::fleet::RepoReport;
use crate::model::{escape, hide};

/// Characters of a title: what the strictest forge takes.
const TITLE: usize = 255;

/// A merge request's words, without credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) title: String,
    pub(super) body: String,
}

/// Renders both.
pub(super) fn words(ask: &Ask<'_>) -> Result<Words, ForgeError> {
    let group = &*ask.member.group;
    let values = values(ask.report, ask.diffstat);
    let render = |what, template: &str| {
        let filled = filled(template, &values).map_err(|message| ForgeError::Template {
            what,
            group: group.name.clone(),
            message,
        })?;
        Ok(hidden(&filled))
    };
    let title = render("title", &group.title)?;
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    let title: String = escape(&title).chars().take(TITLE).collect();
    if title.is_empty() {
        return Err(ForgeError::NoTitle(group.name.clone()));
    }
    let body = render("body", &group.body)?.replace('\r', "");
    let lines: Vec<String> = body.lines().map(escape).collect();
    Ok(Words {
        title,
        body: lines.join("\n"),
    })
}

fn hidden(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(hide).collect();
    lines.join("\n")
}

fn values(report: &RepoReport, diffstat: &str) -> serde_json::Value {
    let files = report.files.iter();
    let files: Vec<_> = files
        .map(|file| json!({ "path": file.path, "action": file.action }))
        .collect();
    let conflicts = report.files.iter().flat_map(|file| {
        let keys = file.conflicts.iter();
        keys.map(|key| json!({ "path": file.path, "key": key }))
    });
    json!({
        "repository": report.repository,
        "group": report.group,
        "files": files,
        "conflicts": conflicts.collect::<Vec<_>>(),
        "diffstat": diffstat,
        "change": report.change.as_deref().unwrap_or_default(),
        "version": env!("CARGO_PKG_VERSION"),
    })
}

fn filled(template: &str, values: &serde_json::Value) -> Result<String, String> {
    let context = Context::from_serialize(values).map_err(|error| error.to_string())?;
    let tera = Tera::new();
    let text = tera.render_str(template, &context, false);
    text.map_err(|error| error.to_string())
}
