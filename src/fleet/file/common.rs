//! The keys that stand at the top of the file for all groups, or in one group for it alone.

use toml::de::DeTable;

use super::reader::Reader;
use super::values::{self, Values};
use crate::fleet::{Forge, Signing, wording};
use crate::git;
use crate::render::RenderError;
use crate::resolve;

/// The branch where the fleet file names none.
pub(super) const BRANCH: &str = "claude-scaffold";

/// What may stand at the top and in each group.
pub(super) const KEYS: [&str; 11] = [
    "branch", "message", "title", "body", "labels", "propose", "sign", "profile", "pack",
    "features", "values",
];

/// The words of `propose`.
pub(super) const FORGES: [(&str, Forge); 4] = [
    ("gh", Forge::Gh),
    ("glab", Forge::Glab),
    ("gitlab-push", Forge::GitlabPush),
    ("agit", Forge::Agit),
];

/// Their values.
#[derive(Debug, Clone)]
pub(super) struct Common {
    pub(super) branch: String,
    pub(super) message: String,
    pub(super) title: String,
    pub(super) body: String,
    pub(super) labels: Vec<String>,
    pub(super) forge: Option<Forge>,
    pub(super) signing: Signing,
    pub(super) values: Values,
}

impl Default for Common {
    fn default() -> Self {
        Self {
            branch: BRANCH.to_owned(),
            message: wording::MESSAGE.to_owned(),
            title: wording::TITLE.to_owned(),
            body: wording::BODY.to_owned(),
            labels: Vec::new(),
            forge: None,
            signing: Signing::AsConfigured,
            values: Values::default(),
        }
    }
}

/// Reads the keys of a table; what it does not say is as in `base`.
pub(super) fn read(reader: &mut Reader<'_>, table: &DeTable<'_>, base: &Common) -> Common {
    let mut common = base.clone();
    if let Some(branch) = branch(reader, table) {
        common.branch = branch;
    }
    for (key, slot) in [
        ("message", &mut common.message),
        ("title", &mut common.title),
        ("body", &mut common.body),
    ] {
        if let Some(template) = template(reader, table, key) {
            *slot = template;
        }
    }
    if let Some(labels) = reader.list(table, "labels") {
        common.labels = labels
            .into_iter()
            .map(|(label, at)| label_of(reader, label, at))
            .collect();
    }
    if let Some((word, at)) = reader.text(table, "propose") {
        let known = FORGES.iter().find(|(name, _)| *name == word);
        common.forge = known.map(|(_, forge)| *forge).or(common.forge);
        if known.is_none() {
            let names = FORGES.map(|(name, _)| name);
            let mut problem = resolve::unknown("way to propose", &word, &names);
            super::CODE.clone_into(&mut problem.code);
            reader.tell(at, problem);
        }
    }
    match reader.flag(table, "sign") {
        Some(true) => common.signing = Signing::Always,
        Some(false) => common.signing = Signing::Never,
        None => {}
    }
    values::read(reader, table, &mut common.values);
    common
}

fn branch(reader: &mut Reader<'_>, table: &DeTable<'_>) -> Option<String> {
    let (branch, at) = reader.text(table, "branch")?;
    if let Some(short) = branch.strip_prefix("refs/heads/") {
        let help = format!("write `branch = \"{short}\"`");
        reader.problem(
            at,
            format!("`branch` is `{branch}`, a whole reference"),
            &help,
        );
        return None;
    }
    if git::is_branch_name(&branch) {
        return Some(branch);
    }
    let message = format!("`{}` is no name for a branch", branch.escape_debug());
    let help = "use letters, digits, `-`, `_` and `/`, such as `chore/claude-gateway`";
    reader.problem(at, message, help);
    None
}

fn template(reader: &mut Reader<'_>, table: &DeTable<'_>, key: &str) -> Option<String> {
    let (template, at) = reader.text(table, key)?;
    if template.trim().is_empty() {
        let help = format!("take `{key}` out, and the usual one stands");
        reader.problem(at, format!("`{key}` is empty"), &help);
        return None;
    }
    if key == "title" && template.trim_end().contains('\n') {
        let help = "what does not fit on it belongs in `body`";
        reader.problem(at, "`title` has more than one line", help);
        return None;
    }
    if let Err(error) = wording::check(&template) {
        let said = match error {
            RenderError::Template { message, .. } => first_line(&message),
            other => other.to_string(),
        };
        let help = "templates may name `repository`, `group`, `files`, `conflicts`, `diffstat` \
                    and `version`, in `{{ }}`";
        reader.problem(at, format!("`{key}` cannot be rendered: {said}"), help);
        return None;
    }
    Some(template)
}

/// The sentence of what tera says; the rest draws the place.
fn first_line(message: &str) -> String {
    let mut lines = message.lines().map(str::trim);
    let line = lines.find(|line| !line.is_empty()).unwrap_or_default();
    line.trim_start_matches("error: ").to_owned()
}

fn label_of(reader: &mut Reader<'_>, label: String, at: usize) -> String {
    if label.trim().is_empty() || label.contains(',') || label.contains(char::is_control) {
        let message = format!("`{}` is no label", label.escape_debug());
        reader.problem(at, message, "one label each, without commas");
    }
    label
}
