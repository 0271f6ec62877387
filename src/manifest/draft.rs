//! Answers → the text of a first manifest, with a comment where one helps.

use std::fmt::Write as _;

use super::edit::{Assignment, EditError, set};
use super::keys::KEYS;
use crate::model::Value;

const HEAD: &str = "\
# How Claude Code reaches its model gateway in this repository. Every file that client, editor, shell
# and CI need is derived from this one: change it, run `claude-scaffold apply`, commit the result.
";

/// What stands behind a value, where its name does not say it all.
const REMARKS: [(&str, &str); 9] = [
    ("gateway.url", "with or without a trailing /v1"),
    ("gateway.timeout_ms", "until an answer starts, per attempt"),
    (
        "credential.ref",
        "where the key is found; never the key itself",
    ),
    ("models.default", "the session's model"),
    ("models.fast", "background calls"),
    ("models.reasoning", "opus and fable"),
    (
        "models.fallback",
        "tried in order when the model is not available",
    ),
    ("models.structured", "an alias for scripts/ask-model.sh"),
    ("ci.stage", "one of the stages in .gitlab-ci.yml"),
];

/// Returns the text of a manifest that makes the assignments, in the order of [`KEYS`].
///
/// # Errors
/// Fails only where two keys contradict each other as TOML.
pub fn draft(assignments: &[Assignment]) -> Result<String, EditError> {
    let said = |a: &&Assignment| !a.value.is_null() && a.key != "version";
    let mut sorted: Vec<&Assignment> = assignments.iter().filter(said).collect();
    sorted.sort_by_key(|a| (rank(&a.key), a.key.clone()));
    let mut text = format!("{HEAD}version = 1\n");
    let mut table = "";
    for assignment in sorted {
        let (this, name) = assignment
            .key
            .split_once('.')
            .unwrap_or(("", &assignment.key));
        if this != table {
            let _ = write!(text, "\n[{this}]\n");
            table = this;
        }
        let line = set(
            "",
            &[Assignment {
                key: name.to_owned(),
                value: assignment.value.clone(),
            }],
        )?;
        text.push_str(line.trim_end());
        let remark = REMARKS.iter().find(|(key, _)| *key == assignment.key);
        if let Some((_, remark)) = remark {
            let _ = write!(text, "  # {remark}");
        }
        text.push('\n');
    }
    Ok(text)
}

/// The place of a key in [`KEYS`]; a family's members stand where the family does.
fn rank(key: &str) -> usize {
    let family = |name: &str| {
        name.strip_suffix('*')
            .is_some_and(|head| key.starts_with(head))
    };
    let exact = KEYS.iter().position(|k| k.name == key);
    let place = exact.or_else(|| KEYS.iter().position(|k| family(k.name)));
    place.unwrap_or(KEYS.len())
}

/// Returns an assignment of a known key.
#[must_use]
pub fn assign(key: &str, value: impl Into<Value>) -> Assignment {
    Assignment {
        key: key.to_owned(),
        value: value.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_follow_the_order_of_the_keys() {
        let text = draft(&[
            assign("models.structured", "gpt-5.5"),
            assign("gateway.url", "https://gw.example/v1"),
            assign("models.default", "m"),
            assign("features", vec!["-docs"]),
            assign("profile", "team"),
        ]);
        let text = text.expect("good keys");
        let body = text.strip_prefix(HEAD).expect("begins with the head");
        assert_eq!(
            body,
            "version = 1\nprofile = \"team\"\nfeatures = [\"-docs\"]\n\n[gateway]\n\
             url = \"https://gw.example/v1\"  # with or without a trailing /v1\n\n[models]\n\
             default = \"m\"  # the session's model\n\
             structured = \"gpt-5.5\"  # an alias for scripts/ask-model.sh\n"
        );
        let (_, problems) = crate::manifest::parse("m.toml", &text);
        assert_eq!(problems, []);
    }
}
