//! What an outcome follows from, as one number or one hash.

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use git2::Oid;
use sha2::{Digest, Sha256};

use super::run::Known;
use super::{Group, Member};
use crate::catalog::Catalog;
use crate::observe::Hints;

/// Returns what the pipeline gets besides a tree, for this run alone.
pub(super) fn inputs(member: &Member, hints: &Hints) -> u64 {
    let mut hash = DefaultHasher::new();
    (Arc::as_ptr(&member.group) as usize).hash(&mut hash);
    format!("{hints:?}").hash(&mut hash);
    hash.finish()
}

/// Returns the hash of all that the outcome for a repository follows from: this program and its templates,
/// the packs, the group, HEAD's commit and the branch's.
pub(super) fn plan(known: &Known, member: &Member, head: Oid, tip: Option<Oid>) -> String {
    let mut hash = Sha256::new();
    hash.update(known.templates.as_bytes());
    hash.update(known.group(&member.group).as_bytes());
    hash.update(head.as_bytes());
    hash.update(tip.unwrap_or(Oid::ZERO_SHA1).as_bytes());
    digits(hash)
}

/// Returns the hash of what a group says.
pub(super) fn group(group: &Group) -> String {
    let mut hash = Sha256::new();
    hash.update(format!("{group:?}").as_bytes());
    digits(hash)
}

/// Returns the hash of this program's version and all templates of a catalogue.
pub(super) fn templates(catalogs: &[Catalog]) -> String {
    let mut hash = Sha256::new();
    hash.update(env!("CARGO_PKG_VERSION").as_bytes());
    let embedded = Catalog::embedded();
    for name in embedded.feature_names() {
        for (file, text) in embedded.sources(name) {
            hash.update(file.as_bytes());
            hash.update(text.as_bytes());
        }
    }
    let profiles = embedded.profile_names();
    let profiles = profiles.iter().map(|name| format!("profiles/{name}.toml"));
    let gateways = embedded.gateway_names();
    let gateways = gateways.iter().map(|name| format!("gateways/{name}.toml"));
    let single = ["defaults.toml", "start.toml"].map(str::to_owned);
    for path in single.into_iter().chain(profiles).chain(gateways) {
        hash.update(embedded.text(&path).unwrap_or_default().as_bytes());
    }
    for pack in catalogs.iter().flat_map(|catalog| &catalog.packs) {
        hash.update(pack.hash.as_bytes());
    }
    digits(hash)
}

fn digits(hash: Sha256) -> String {
    let digest = hash.finalize();
    digest
        .iter()
        .take(16)
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}
