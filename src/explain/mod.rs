//! The client's layers of settings → the value that counts for each setting, and all that it shadows.
//!
//! Knows the client's order (measured with 2.1.330 and 2.1.197), what our run script hands it and what
//! the terminal of VS Code adds. Takes every file and variable as a value. Must not read files or the
//! environment, and gives out no credential but as a fingerprint.

mod around;
mod changes;
mod editor;
mod file;
mod launcher;
mod model;
mod names;
mod request;
mod script;
mod settings;
mod shown;
mod start;

pub use around::{Around, SYSTEMS, Starter, Text};
pub use changes::{Change, changes};
pub use file::{Skipped, read};
pub use names::{UnknownName, select};
pub use request::{Header, Request};
pub use script::Script;
pub use settings::{Explanation, Setting, Shadowed, explain};
pub use shown::fingerprint;
pub use start::{Given, Key, Layer, Origin, Settings, Start};

use crate::catalog::{Alias, Catalog, CatalogError, SettingKind, Variable};

/// What is known of the client, from the catalogue.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Its variables.
    pub variables: Vec<Variable>,
    /// What its names for models stand for.
    pub aliases: Vec<Alias>,
    /// What the values of its settings files have to be.
    pub kinds: Vec<SettingKind>,
}

impl Facts {
    /// Takes them from a catalogue.
    ///
    /// # Errors
    /// Fails where its files are broken.
    pub fn of(catalog: &Catalog) -> Result<Self, CatalogError> {
        Ok(Self {
            variables: catalog.variables()?,
            aliases: catalog.aliases()?,
            kinds: catalog.settings()?,
        })
    }
}

#[cfg(test)]
mod tests;
