//! Commit messages and merge requests, from their templates.

use serde::Serialize;

use crate::catalog::Delimiters;
use crate::model::Value;
use crate::render::{RenderError, phrase};

/// The message of a commit where the fleet file has none.
pub const MESSAGE: &str = "chore: bring Claude Code's gateway settings up to date\n\n\
Written by claude-scaffold {{ version }} for the group `{{ group }}`.";

/// The title of a merge request where the fleet file has none.
pub const TITLE: &str = "Bring Claude Code's gateway settings up to date";

/// The body of a merge request where the fleet file has none.
pub const BODY: &str = "\
These are the gateway settings of the group `{{ group }}`, as its fleet file declares them.

```text
{{ diffstat }}
```
{%- if conflicts %}

In conflict with what {{ repository }} says; left as it is:
{% for conflict in conflicts %}
- `{{ conflict }}`
{%- endfor %}

`claude-scaffold resolve`, run on this branch, settles them.
{%- endif %}

Written by claude-scaffold {{ version }}. A later run brings this request up to date; once it is closed, it stays closed.";

/// What templates may name.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Words<'a> {
    /// The repository's name in the fleet.
    pub repository: &'a str,
    /// Its group.
    pub group: &'a str,
    /// Paths of the files that change.
    pub files: &'a [String],
    /// What is in conflict, such as `.claude/settings.json: env.ANTHROPIC_BASE_URL`.
    pub conflicts: &'a [String],
    /// The files with the lines that come and go.
    pub diffstat: &'a str,
    /// The version of this tool.
    pub version: &'a str,
}

/// Renders a template; what is given has no newline at its end.
///
/// # Errors
/// Fails where the template is broken; one of a fleet file was checked when it was read.
pub fn worded(template: &str, words: &Words<'_>) -> Result<String, RenderError> {
    if !template.contains('{') {
        return Ok(template.trim_end().to_owned());
    }
    let values = serde_json::to_value(words).unwrap_or(Value::Null);
    let mut text = phrase("template", template, Delimiters::Braces, &values)?;
    text.truncate(text.trim_end().len());
    Ok(text)
}

/// Renders a template with words of every kind, with and without conflicts.
///
/// # Errors
/// Fails where the template is broken.
pub(super) fn check(template: &str) -> Result<(), RenderError> {
    let files = [".claude/settings.json".to_owned()];
    let conflicts = [".claude/settings.json: model".to_owned()];
    let words = Words {
        repository: "team/app",
        group: "team",
        files: &files,
        conflicts: &conflicts,
        diffstat: " .claude/settings.json | 2 +-",
        version: env!("CARGO_PKG_VERSION"),
    };
    worded(template, &words)?;
    let clean = Words {
        conflicts: &[],
        ..words
    };
    worded(template, &clean).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_templates_are_sound() {
        for template in [MESSAGE, TITLE, BODY] {
            check(template).expect("a sound template");
        }
    }

    #[test]
    fn a_body_names_what_is_in_conflict() {
        let words = Words {
            repository: "team/app",
            group: "backend",
            files: &[],
            conflicts: &["a.json: model".to_owned()],
            diffstat: " a.json | 2 +-",
            version: "1.2.3",
        };
        let body = worded(BODY, &words).expect("a sound template");
        assert_eq!(
            body,
            "These are the gateway settings of the group `backend`, as its fleet file declares them.\n\n\
            ```text\n a.json | 2 +-\n```\n\nIn conflict with what team/app says; left as it is:\n\n\
            - `a.json: model`\n\n`claude-scaffold resolve`, run on this branch, settles them.\n\n\
            Written by claude-scaffold 1.2.3. A later run brings this request up to date; once it is \
            closed, it stays closed."
        );
    }
}
