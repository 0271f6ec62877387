//! The decision matrix as data: `matrix.toml` → [`Matrix`], checked.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Catalog, CatalogError, read};

const PATH: &str = "matrix.toml";

/// Scenarios, facts and the rows that weigh one for the other.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Matrix {
    /// The smallest lead that makes a winner clear.
    pub clear_margin: i64,
    /// In order of preference where scores are equal.
    #[serde(rename = "scenario")]
    pub scenarios: Vec<Scenario>,
    /// In the order they are shown.
    #[serde(rename = "fact")]
    pub facts: Vec<FactKind>,
    /// What speaks for which scenario.
    #[serde(rename = "row")]
    pub rows: Vec<Row>,
}

/// One way to reach the gateway, and what it is good for.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The name that rows give weight to.
    pub name: String,
    /// The name for people.
    pub title: String,
    /// The profile it selects.
    pub profile: String,
    /// What is recommended.
    pub approach: String,
    /// Why.
    pub why: String,
    /// What it does to the bill.
    pub cost: String,
}

/// A fact that rows can ask about, and the files that show it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactKind {
    /// The name rows use.
    pub name: String,
    /// The name for people.
    pub title: String,
    /// What its value is.
    pub kind: Kind,
    /// Files that show it; none where it is found in another way.
    #[serde(default, rename = "sign")]
    pub signs: Vec<Sign>,
}

/// What a fact's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A number.
    Count,
    /// Yes or no.
    Flag,
    /// Names.
    List,
}

/// A file that shows a fact.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sign {
    /// The name it adds to a list; none: the path found.
    pub item: Option<String>,
    /// Globs from the repository's root and the unit's; `*` stays within one name.
    pub paths: Vec<String>,
    /// Texts of which one stands in the file; empty: the path is enough.
    #[serde(default)]
    pub contains: Vec<String>,
}

/// One condition on one fact, and the weight it gives.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Which fact.
    pub fact: String,
    /// The flag has this value.
    pub is: Option<bool>,
    /// The count, or the list's length, is not below.
    pub at_least: Option<u64>,
    /// The count, or the list's length, is not above.
    pub at_most: Option<u64>,
    /// The list holds one of these.
    #[serde(default)]
    pub has: Vec<String>,
    /// Scenario → weight.
    pub weight: BTreeMap<String, i64>,
    /// Why the fact speaks for it.
    pub reason: String,
}

impl Matrix {
    /// Returns the fact of that name.
    #[must_use]
    pub fn fact(&self, name: &str) -> Option<&FactKind> {
        self.facts.iter().find(|f| f.name == name)
    }

    /// Returns what is wrong with the matrix, in its own order.
    #[must_use]
    pub fn problems(&self, profiles: &[&str]) -> Vec<String> {
        let mut found = Vec::new();
        if self.scenarios.is_empty() {
            found.push("it has no scenario".to_owned());
        }
        for scenario in &self.scenarios {
            if !profiles.contains(&scenario.profile.as_str()) {
                let (name, profile) = (&scenario.name, &scenario.profile);
                found.push(format!(
                    "scenario `{name}` selects the unknown profile `{profile}`"
                ));
            }
        }
        for row in &self.rows {
            let Some(fact) = self.fact(&row.fact) else {
                found.push(format!("a row asks about the unknown fact `{}`", row.fact));
                continue;
            };
            if !row.fits(fact.kind) {
                found.push(format!(
                    "a row on `{}` compares it with something else",
                    row.fact
                ));
            }
            for name in row.weight.keys() {
                if !self.scenarios.iter().any(|s| s.name == *name) {
                    let fact = &row.fact;
                    found.push(format!(
                        "a row on `{fact}` weighs the unknown scenario `{name}`"
                    ));
                }
            }
        }
        found
    }
}

impl Row {
    fn fits(&self, kind: Kind) -> bool {
        let (flag, items) = (self.is.is_some(), !self.has.is_empty());
        let number = self.at_least.is_some() || self.at_most.is_some();
        match kind {
            Kind::Flag => flag && !number && !items,
            Kind::Count => number && !flag && !items,
            Kind::List => number != items && !flag,
        }
    }
}

impl Catalog {
    /// Reads the decision matrix.
    ///
    /// # Errors
    /// Fails where its file is broken, or names a fact, scenario or profile that does not exist.
    pub fn matrix(&self) -> Result<Matrix, CatalogError> {
        let matrix: Matrix = self.parse(PATH)?;
        match matrix.problems(&self.profile_names()).first() {
            None => Ok(matrix),
            Some(problem) => Err(CatalogError::Invalid {
                path: PATH.to_owned(),
                message: problem.clone(),
            }),
        }
    }

    /// Reads the scenario that selects a profile, and nothing else of the matrix.
    ///
    /// # Errors
    /// Fails where the matrix does not parse.
    pub fn scenario(&self, profile: &str) -> Result<Option<Scenario>, CatalogError> {
        // The scenarios stand first; what follows them is long, and `init` needs three lines.
        let whole = self.text(PATH)?;
        let head = whole.split("[[fact]]").next().unwrap_or(whole);
        let part: Scenarios = read(PATH, head)?;
        let mut scenarios = part.scenario.into_iter();
        Ok(scenarios.find(|s| s.profile == profile))
    }
}

#[derive(Deserialize)]
struct Scenarios {
    scenario: Vec<Scenario>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_matrix_is_whole() {
        let matrix = Catalog::embedded().matrix().expect("matrix");
        let names: Vec<_> = matrix.scenarios.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names, ["solo", "team", "enterprise", "multi-model"]);
        for scenario in &matrix.scenarios {
            let weighed = |r: &Row| r.weight.contains_key(&scenario.name);
            assert!(matrix.rows.iter().any(weighed), "{}", scenario.name);
            let found = Catalog::embedded()
                .scenario(&scenario.profile)
                .expect("matrix");
            assert_eq!(found.as_ref(), Some(scenario));
        }
    }

    #[test]
    fn a_broken_row_is_named() {
        let mut matrix = Catalog::embedded().matrix().expect("matrix");
        matrix.rows.truncate(1);
        matrix.rows[0].is = Some(true);
        matrix.rows[0].weight = BTreeMap::from([("giant".to_owned(), 1)]);
        matrix.scenarios[0].profile = "sole".to_owned();
        let expected = [
            "scenario `solo` selects the unknown profile `sole`",
            "a row on `contributors` compares it with something else",
            "a row on `contributors` weighs the unknown scenario `giant`",
        ];
        assert_eq!(
            matrix.problems(&Catalog::embedded().profile_names()),
            expected
        );
    }
}
