//! Keys kept for a short while, in memory that only the user can read.
//!
//! That is a folder of the user's own in `XDG_RUNTIME_DIR`, where that is a file system in memory. Other
//! systems have no such place, and then nothing is kept.

#[cfg(target_os = "linux")]
mod memory;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::{Found, Key, Place};
use crate::model::SecretRef;

/// The longest that a key is kept, in seconds.
pub const LONGEST_KEPT: u64 = 900;
/// How variables begin that decide whom a store's program asks, and as whom.
const TELLING: [&str; 16] = [
    "VAULT_",
    "BAO_",
    "OP_",
    "AWS_",
    "CLOUDSDK_",
    "GOOGLE_",
    "AZURE_",
    "PASSWORD_STORE_",
    "GNUPGHOME",
    "SOPS_",
    "DBUS_",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "HOME",
    "USER",
    "PATH",
];

/// Why no key is kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoCache {
    /// The system has no such place.
    #[error("this system has no storage in memory that is the user's alone")]
    System,
    /// Nobody says where it is.
    #[error("`XDG_RUNTIME_DIR` names no folder")]
    Unset,
    /// The folder is on a disk.
    #[error("`{0}` is not in memory")]
    Disk(String),
    /// Others can read the folder, or it is a link.
    #[error("`{0}` is not a folder of the user's alone")]
    Shared(String),
    /// The folder cannot be used.
    #[error("cannot use `{0}`: {1}")]
    Io(String, String),
}

/// Where keys are kept, and for how long.
pub struct Cache {
    seconds: u64,
    #[cfg(target_os = "linux")]
    memory: memory::Memory,
}

impl Cache {
    /// Finds the place for keys.
    ///
    /// # Errors
    /// Returns why there is none.
    pub fn open(environment: &BTreeMap<String, String>, seconds: u64) -> Result<Self, NoCache> {
        let seconds = seconds.min(LONGEST_KEPT);
        #[cfg(target_os = "linux")]
        {
            let folder = environment.get("XDG_RUNTIME_DIR");
            let folder = folder.filter(|folder| folder.starts_with('/'));
            let memory = memory::Memory::open(folder.ok_or(NoCache::Unset)?)?;
            Ok(Self { seconds, memory })
        }
        #[cfg(not(target_os = "linux"))]
        {
            let _ = (environment, seconds);
            Err(NoCache::System)
        }
    }

    /// Forgets every key.
    pub fn clear(&self) {
        #[cfg(target_os = "linux")]
        self.memory.sweep(memory::Sweep::All);
    }

    /// Returns the key that was kept for a reference; those whose time is over go.
    #[must_use]
    pub fn read(&self, reference: &SecretRef, place: &Place<'_>) -> Option<Found> {
        #[cfg(target_os = "linux")]
        {
            self.memory.sweep(memory::Sweep::Over);
            let text = self.memory.read(&name(reference, place))?;
            let key = super::accept(&text, place.kind).ok()?;
            Some(Found::new(key, "the key that was kept"))
        }
        #[cfg(not(target_os = "linux"))]
        {
            let _ = name(reference, place);
            None
        }
    }

    /// Keeps a key; where that fails it is asked for again.
    pub fn keep(&self, reference: &SecretRef, place: &Place<'_>, key: &Key) {
        let name = name(reference, place);
        #[cfg(target_os = "linux")]
        let _ = self.memory.write(&name, key.expose(), self.seconds);
        #[cfg(not(target_os = "linux"))]
        let _ = (name, key, self.seconds);
    }
}

/// Names what is asked, of whom and as whom, in a way that tells nobody else.
fn name(reference: &SecretRef, place: &Place<'_>) -> String {
    let mut digest = Sha256::new();
    let mut add = |text: &[u8]| {
        digest.update(u64::try_from(text.len()).unwrap_or_default().to_le_bytes());
        digest.update(text);
    };
    add(reference.to_string().as_bytes());
    add(place.kind.as_str().as_bytes());
    add(place.root.as_os_str().as_encoded_bytes());
    let tells = |name: &String| TELLING.iter().any(|start| name.starts_with(start));
    for (name, value) in place.environment.iter().filter(|(name, _)| tells(name)) {
        add(name.as_bytes());
        add(value.as_bytes());
    }
    let digest = digest.finalize();
    digest.iter().take(20).fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}
