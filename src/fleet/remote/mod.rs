//! What lies behind an address: brought into the cache, and pushed to, by the user's `git` program.
//!
//! Everything here may fail for one repository and must not stop the others: each has its own time, and
//! what may have passed a moment later is tried again.
#![expect(clippy::disallowed_methods, reason = "this room fills a cache")]

mod address;
mod cache;
mod error;
mod fetch;
mod heads;
mod pace;
mod push;

pub use cache::Remotes;
pub use error::{Remedy, RemoteError};
pub use pace::Pace;
pub use push::{Lease, Push, Pushed, push};
