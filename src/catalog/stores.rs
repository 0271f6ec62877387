//! The catalogue of secret stores: which program prints a secret, and what it says where it does not.

use serde::Deserialize;

use super::{Catalog, CatalogError};
use crate::model::Scheme;

/// A row of `stores.toml`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Store {
    /// As references spell it, such as `AWS-SM`.
    pub scheme: String,
    /// Its name for people.
    pub name: String,
    /// The programs that print its secrets, each as good as the others.
    pub programs: Vec<String>,
    /// Whether its program asks over the network.
    #[serde(default)]
    pub network: bool,
    /// The command that logs a person in.
    pub login: String,
    /// Where the program comes from.
    pub install: String,
    /// What the program says where nobody is logged in, or may not read it.
    pub logged_out: Vec<String>,
    /// What it says where there is no such secret.
    pub missing: Vec<String>,
    /// What it says where the store cannot be reached, or is sealed.
    pub unavailable: Vec<String>,
    /// How long a key may be used before it is fetched anew, in ms, where keys of the store end.
    pub refresh_ms: Option<u64>,
    /// Where that is documented.
    pub source: String,
    /// When it was looked up.
    pub date: String,
}

impl Catalog {
    /// Reads the secret stores.
    ///
    /// # Errors
    /// Fails where the file is broken.
    pub fn stores(&self) -> Result<Vec<Store>, CatalogError> {
        self.rows("stores")
    }

    /// Reads what is known of one store.
    ///
    /// # Errors
    /// Fails where the file is broken or has no row for it.
    pub fn store(&self, scheme: Scheme) -> Result<Store, CatalogError> {
        let mut rows = self.stores()?.into_iter();
        rows.find(|row| row.scheme == scheme.as_str())
            .ok_or_else(|| CatalogError::Missing(format!("catalog/stores.toml: {scheme:?}")))
    }
}
