//! The names that `explain` can be asked for.

use super::{Explanation, Facts};

/// A name that no setting has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown setting `{0}`")]
pub struct UnknownName(pub String);

/// Settings that are no variable.
const KEYS: [&str; 3] = ["apiKeyHelper", "fallbackModel", "fallback"];

impl Facts {
    /// Returns every name that a setting can be asked for by.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let settings = self.clients().map(|row| row.setting.as_str());
        let variables = self.variables.iter().map(|row| row.name.as_str());
        let mut names: Vec<&str> = settings.chain(variables).chain(KEYS).collect();
        let mut seen = std::collections::BTreeSet::new();
        names.retain(|name| seen.insert(*name));
        names
    }

    /// Returns the setting that a name belongs to.
    fn setting_of(&self, name: &str) -> Option<&str> {
        let rows = &self.variables;
        let variable = rows.iter().find(|row| row.name.eq_ignore_ascii_case(name));
        let setting = rows.iter().find(|row| row.setting == name);
        let key = match name {
            "apiKeyHelper" => Some("credential"),
            "fallbackModel" | "fallback" => Some("fallback"),
            _ => None,
        };
        key.or_else(|| setting.or(variable).map(|row| row.setting.as_str()))
    }
}

/// Leaves the settings that a name asks for.
///
/// # Errors
/// Fails on a name that no setting has.
pub fn select(explanation: &mut Explanation, name: &str, facts: &Facts) -> Result<(), UnknownName> {
    let setting = facts.setting_of(name);
    let setting = setting.ok_or_else(|| UnknownName(name.to_owned()))?;
    explanation.settings.retain(|line| line.key == setting);
    Ok(())
}
