//! One pack as the catalogue sees it: files that lie over the embedded ones, and its own values.

use std::collections::BTreeMap;

use crate::model::{Migration, Value};

/// A pack's templates and values, verified.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overlay {
    /// The pack's name.
    pub name: String,
    /// Its version: numbers with dots between them.
    pub version: String,
    /// Where it came from, as manifest or pack name it.
    pub source: String,
    /// The source without the revision: what a user trusts.
    pub address: String,
    /// Whether it came from elsewhere than a folder of this machine.
    pub is_remote: bool,
    /// The commit it was read from; none for a folder.
    pub commit: Option<String>,
    /// Content hash of everything in it.
    pub hash: String,
    /// Texts by path, laid out like `templates/`.
    pub files: BTreeMap<String, String>,
    /// Values below the profile's: dotted key → value.
    pub defaults: BTreeMap<String, Value>,
    /// Values that no other layer may contradict.
    pub locked: BTreeMap<String, Lock>,
    /// Features that cannot be left out.
    pub required: Vec<String>,
    /// What an upgrade moves before it merges, in order.
    pub migrations: Vec<Migration>,
    /// What its templates see as `pack.<name>`.
    pub variables: BTreeMap<String, Value>,
}

/// A value that no other layer may contradict.
#[derive(Debug, Clone, PartialEq)]
pub struct Lock {
    /// The value.
    pub value: Value,
    /// Why, for whoever would have liked another.
    pub reason: String,
}
