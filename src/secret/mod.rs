//! A reference → the key, handed to one reader.
//!
//! The only room that asks secret stores: the environment, the store's own program (no shell, arguments as
//! arguments), Vault over HTTP, the system's keyring. Whatever it is, it has answered within
//! [`LONGEST`] or is stopped. Writes one thing, if asked to: `cache` keeps a key for a short while in
//! memory that is the user's alone. Must not write a key anywhere else, print one, or name one in an error.

mod accept;
mod cache;
mod dotenv;
mod environment;
mod error;
mod key;
mod keyring;
mod program;
mod vault;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

pub use accept::{Kind, Refusal, accept, accept_field};
pub use cache::{Cache, LONGEST_KEPT, NoCache};
pub use dotenv::sourced;
pub use error::{Cause, SecretError};
pub use key::Key;
pub(crate) use program::find as find_program;
pub use vault::VaultError;

use crate::catalog::Store;
use crate::model::{Scheme, SecretRef};

/// The longest that a store may take.
pub const LONGEST: Duration = Duration::from_secs(10);

/// Where a reference is resolved.
pub struct Place<'a> {
    /// The unit's root, in which programs run and relative paths begin.
    pub root: &'a Path,
    /// The environment.
    pub environment: &'a BTreeMap<String, String>,
    /// What the env file says.
    pub env_file: &'a BTreeMap<String, String>,
    /// The env file's name, for people.
    pub env_file_name: &'a str,
    /// The user's home, for a token file.
    pub home: Option<&'a Path>,
    /// What is known of the store.
    pub store: &'a Store,
    /// What the key is for.
    pub kind: Kind,
    /// Variables that no program gets, beside those that carry keys for everybody.
    pub withheld: &'a BTreeSet<String>,
    /// Whether the network may be used.
    pub network: Network,
    /// When to give up.
    pub until: Instant,
}

/// Whether the network may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// It may.
    Open,
    /// It may not: `--offline`.
    Closed,
}

/// A key and where it was found.
pub struct Found {
    /// The key.
    pub key: Key,
    /// Where, for people: `GATEWAY_KEY of the environment`, `vault`.
    pub from: String,
    /// What the store said beside it, on one line, as it may be shown; mostly nothing.
    pub said: String,
}

impl Found {
    /// Returns a key of a store that said nothing beside it.
    #[must_use]
    pub fn new(key: Key, from: impl Into<String>) -> Self {
        Self {
            key,
            from: from.into(),
            said: String::new(),
        }
    }
}

/// Resolves a reference.
///
/// # Errors
/// Returns why there is no key.
pub fn resolve(reference: &SecretRef, place: &Place<'_>) -> Result<Found, SecretError> {
    if place.store.network && place.network == Network::Closed {
        return Err(SecretError::Offline(place.store.name.clone()));
    }
    match reference.scheme {
        Scheme::Env => environment::read(&reference.rest, place),
        Scheme::Vault => vault::read(reference, place),
        Scheme::Keyring => keyring::read(reference, place),
        _ => program::read(reference, place),
    }
}

/// Returns a key that stands under a name in the environment or in the env file, for what comes
/// before a store; none where nobody set it.
///
/// # Errors
/// Returns why what stands there is no key.
pub fn given(names: &[String], place: &Place<'_>) -> Result<Option<Found>, SecretError> {
    environment::given(names, place)
}

/// Returns whom a reference asks, for people, without asking.
#[must_use]
pub fn whom(reference: &SecretRef, place: &Place<'_>) -> String {
    let name = &place.store.name;
    if reference.scheme == Scheme::Keyring {
        return format!("the {name}");
    }
    match program::call(reference, place) {
        Ok(call) => call.to_string(),
        Err(_) if reference.scheme == Scheme::Vault => format!("{name}, over HTTP"),
        Err(error) => error.to_string(),
    }
}
