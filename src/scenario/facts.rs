//! What could be seen about a repository, and what could not.

use std::collections::BTreeMap;

use serde::Serialize;

/// Named facts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(transparent)]
pub struct Facts(pub BTreeMap<String, Fact>);

/// One fact. What cannot be seen is unknown, never zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum Fact {
    /// Seen.
    Known {
        /// What was seen.
        value: FactValue,
        /// Where.
        evidence: Vec<String>,
    },
    /// Not to be seen.
    Unknown {
        /// Why not.
        reason: String,
    },
}

/// A fact's value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum FactValue {
    /// Yes or no.
    Flag(bool),
    /// A number.
    Count(u64),
    /// A number, or a length, of which only a lower bound is known.
    AtLeast {
        /// The bound.
        at_least: u64,
    },
    /// Names.
    List(Vec<String>),
}

impl Facts {
    /// Records what was seen, and where.
    pub fn know(&mut self, name: &str, value: FactValue, evidence: Vec<String>) {
        self.0
            .insert(name.to_owned(), Fact::Known { value, evidence });
    }

    /// Records why something could not be seen.
    pub fn miss(&mut self, name: &str, reason: &str) {
        let reason = reason.to_owned();
        self.0.insert(name.to_owned(), Fact::Unknown { reason });
    }

    /// Returns a fact's value; none where it is unknown or was not looked for.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&FactValue> {
        match self.0.get(name)? {
            Fact::Known { value, .. } => Some(value),
            Fact::Unknown { .. } => None,
        }
    }
}

impl FactValue {
    /// Returns whether there is nothing: no, zero or an empty list.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        match self {
            Self::Flag(flag) => !flag,
            Self::Count(count) => *count == 0,
            Self::AtLeast { at_least } => *at_least == 0,
            Self::List(items) => items.is_empty(),
        }
    }
}

impl std::fmt::Display for FactValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Flag(true) => f.write_str("yes"),
            Self::Flag(false) => f.write_str("no"),
            Self::Count(count) => write!(f, "{count}"),
            Self::AtLeast { at_least } => write!(f, "at least {at_least}"),
            Self::List(items) if items.is_empty() => f.write_str("none"),
            Self::List(items) => f.write_str(&items.join(", ")),
        }
    }
}
