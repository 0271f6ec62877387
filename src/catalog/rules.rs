//! The catalogue of findings: what each code of `check` means, and how it is mended.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Catalog, CatalogError};
use crate::model::Severity;

/// A row of `diagnostics.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// `CS001`…, or a word such as `drift`.
    pub code: String,
    /// The code as one word in capitals, for tools that show a name beside it.
    pub name: String,
    /// The finding in a few words.
    pub title: String,
    /// How much it matters unless a finding or a manifest says otherwise.
    pub severity: Severity,
    /// What kinds of harm it does, such as `security`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// What is found.
    pub what: String,
    /// What follows from it, as it looks to the user.
    pub why: String,
    /// What to do, the first best.
    pub fix: Vec<String>,
    /// Where that is documented or measured.
    pub source: String,
    /// When it was looked up.
    pub date: String,
}

impl Catalog {
    /// Returns whether a code has a row, without reading the rows.
    #[must_use]
    pub fn has_rule(&self, code: &str) -> bool {
        let row = format!("\ncode = \"{code}\"\n");
        self.text("catalog/diagnostics.toml")
            .is_ok_and(|text| text.contains(&row))
    }

    /// Reads what `check` can find. A pack may set how much a finding matters, not what it means, so
    /// the rows are the embedded ones.
    ///
    /// # Errors
    /// Fails where the file is broken.
    pub fn rules(&self) -> Result<Vec<Rule>, CatalogError> {
        self.rows("diagnostics")
    }
}
