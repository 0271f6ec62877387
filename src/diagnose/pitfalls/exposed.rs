//! CS107 and CS108: who sees a file, and who does not.

use crate::model::{Diagnostic, Sighting, TextEdit};

/// Says that a committed file of a repository that may be public names the gateway.
#[must_use]
pub fn shown_in(sighting: &Sighting, text: &str) -> Diagnostic {
    let message = format!(
        "`{}` names a gateway in a file that git shows to everyone who may see the repository",
        sighting.name
    );
    Diagnostic::warning("CS107", message)
        .with_help(
            "where the address is nobody's business, take it out and put it into the environment or an \
             ignored `.env`; where it may be known: `[severity] CS107 = \"off\"` in the manifest",
        )
        .at(sighting.file.as_str(), text, sighting.range.start)
}

/// Says that git ignores a file that the team needs; with the rule that brings it back, where one does.
#[must_use]
pub fn hidden_file(path: &str, rule: Option<TextEdit>) -> Diagnostic {
    let message = format!("git ignores `{path}`, so the team will not get it");
    let help = match &rule {
        Some(_) => format!("add `!/{path}` to `.gitignore`, as `claude-scaffold check --fix` does"),
        None => format!(
            "`git check-ignore -v {path}` names the rule; remove it, or `git add --force {path}`"
        ),
    };
    Diagnostic::warning("CS108", message)
        .in_file(path)
        .with_help(help)
        .with_fix(rule)
}
