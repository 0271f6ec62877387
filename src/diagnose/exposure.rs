//! Who may see what: a base URL in a public repository, and files that git does not see.

use std::fmt::Write as _;

use crate::model::Diagnostic;

/// Says that the gateway's address stays out of committed files, and how to put it there.
#[must_use]
pub fn withheld(env_file: &str) -> Diagnostic {
    Diagnostic::warning(
        "CS107",
        "this repository may be public, so the gateway's URL stays out of committed files",
    )
    .with_help(format!(
        "put ANTHROPIC_BASE_URL into `{env_file}`; where the repository is private: \
         `claude-scaffold set visibility=private gateway.url=https://…`"
    ))
}

/// Says that the manifest itself shows the gateway's address.
#[must_use]
pub fn shown(manifest: &str, env_file: &str) -> Diagnostic {
    Diagnostic::warning(
        "CS107",
        "`gateway.url` stands in the manifest, which git shows to everyone who may see the repository",
    )
    .in_file(manifest)
    .with_help(format!(
        "take it out, `claude-scaffold set gateway.url=`, and put ANTHROPIC_BASE_URL into \
         `{env_file}`; where the repository is private: `claude-scaffold set visibility=private`"
    ))
}

/// Says that git tracks the env file, which no ignore rule can undo.
#[must_use]
pub fn tracked(env_file: &str) -> Diagnostic {
    let message = format!("git tracks `{env_file}`, so a key in it would be committed");
    Diagnostic::warning("CS003", message)
        .in_file(env_file)
        .with_help(format!(
            "untrack it: `git rm --cached {env_file}`; or where it belongs to the application: \
             `claude-scaffold set launcher.env_file=.env.claude`"
        ))
}

/// Says which files git ignores that the team needs; none where it ignores none.
#[must_use]
pub fn hidden(paths: &[&str]) -> Option<Diagnostic> {
    const NAMED: usize = 3;
    let first = paths.first()?;
    let names: Vec<String> = paths
        .iter()
        .take(NAMED)
        .map(|path| format!("`{path}`"))
        .collect();
    let mut names = names.join(", ");
    if paths.len() > NAMED {
        let _ = write!(names, " and {} more", paths.len() - NAMED);
    }
    let message = format!("git ignores {names}, so the team will not get them");
    let help = format!(
        "`git check-ignore -v {first}` names the rule; remove it, or commit the files with \
         `git add --force`"
    );
    let problem = Diagnostic::warning("CS108", message);
    Some(problem.in_file(*first).with_help(help))
}
