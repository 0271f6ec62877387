//! A gateway's address and a key → what the gateway really does, as findings.
//!
//! Asks as the client asks, at most [`MOST_CALLS`] times and for less
//! than a minute; where one thing is wrong, what follows from it is not asked. Must not print or keep
//! the key, and shows of an answer no more than a clipped line.

mod answers;
mod bounded;
mod ground;
mod models;
mod path;
mod say;
mod stream;
mod target;
mod tls;
mod verdict;
mod walk;
mod wire;

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

pub use target::{HeaderForm, Identity, Limits, Target, proxy_for};

pub use crate::http::Authority;

use crate::model::Diagnostic;
use walk::Walk;

/// Calls that are made at most.
pub const MOST_CALLS: usize = 20;
/// The longest that all of it may take.
const WHOLE: Duration = Duration::from_secs(55);
/// Models that are asked one by one, the default one aside.
const MOST_MODELS: usize = 8;

/// How a question went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// As the client needs it.
    Ok,
    /// Not so; a diagnostic says what is wrong.
    Fault,
    /// Not asked.
    Skipped,
}

/// One question and how it went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Probe {
    /// What was asked, such as `TLS` or `streamed message`.
    pub name: String,
    /// How it went.
    pub state: State,
    /// How long it took.
    pub ms: Option<u64>,
    /// What was seen, on one line.
    pub detail: String,
}

/// A finding, and the manifest key that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What is wrong.
    pub diagnostic: Diagnostic,
    /// Which key would be changed to mend it.
    pub key: Option<String>,
}

/// All that a gateway was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// In the order of asking.
    pub probes: Vec<Probe>,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// Requests that were sent.
    pub calls: usize,
}

/// What asking costs at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Requests.
    pub calls: usize,
    /// Tokens, in and out.
    pub tokens: usize,
}

/// Returns what asking will cost at most.
#[must_use]
pub fn cost(target: &Target) -> Cost {
    let others = target.distinct().len().saturating_sub(1).min(MOST_MODELS);
    // Message, other header, two streams, betas, unknown model, count_tokens, and the list twice.
    let calls = (9 + others).min(MOST_CALLS);
    Cost {
        calls,
        tokens: (6 + others) * 16 + stream::LONGER,
    }
}

/// Asks.
#[must_use]
pub fn ask(target: &Target, progress: &dyn Fn(&Probe)) -> Asked {
    let mut walk = Walk::new(target, WHOLE, progress);
    if ground::asked(&mut walk) {
        answers::asked(&mut walk);
    }
    walk.done()
}

/// Asks for the gateway's list of models alone, and compares it with the declared ones.
#[must_use]
pub fn ask_models(target: &Target, progress: &dyn Fn(&Probe)) -> Asked {
    let mut walk = Walk::new(target, WHOLE, progress);
    if ground::asked(&mut walk) {
        models::listed(&mut walk);
    }
    walk.done()
}
