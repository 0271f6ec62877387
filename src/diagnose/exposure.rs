//! Who may see what: a base URL in a public repository, and files that git does not see.

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

/// Says that git ignores a file which the team needs.
#[must_use]
pub fn hidden(path: &str) -> Diagnostic {
    Diagnostic::warning(
        "CS108",
        format!("git ignores `{path}`, so the team will not get it"),
    )
    .in_file(path)
    .with_help(format!(
        "`git check-ignore -v {path}` names the rule; remove it, or commit the file with \
             `git add -f {path}`"
    ))
}
