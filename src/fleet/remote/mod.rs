//! What lies behind an address: brought into the cache, and pushed to, by the user's `git` program.

mod error;
mod push;

pub use error::{Remedy, RemoteError};
pub use push::{Lease, Push, Pushed, push};
