//! States and values → what there is to say about them.
//!
//! Must not read, write or decide what is written.

mod adopted;
mod baseline;
mod conflicts;
mod drift;
mod exposure;
mod layers;
pub mod leaks;
mod machine;
pub mod pitfalls;
mod sight;

pub use adopted::{key_in_file, misspelt};
pub use baseline::{
    Accepted, Baseline, Finding, Scope, accept, fingerprinted, is_acceptable, read_baseline,
    recognise, write_baseline,
};
pub use conflicts::{conflicts, marked};
pub use drift::{drift, pending, unapplied};
pub use exposure::{hidden, shown, tracked, withheld};
pub use layers::{Layers, layers};
pub use machine::{
    Assignment, Certificates, Client, Found, Machine, certificates, clients, outranking, profiles,
    proxies,
};
pub use sight::{same_otherwise, sightings};

/// Returns a word as a shell reads it.
#[must_use]
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@+,=".contains(c);
    if word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
