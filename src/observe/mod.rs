//! Repository root → [`Facts`](crate::scenario::Facts) and [`Hints`]: what can be seen without changing anything.
//!
//! Reads the disk and asks `git`. Must not write, decide, or follow a link.
#![expect(clippy::disallowed_methods, reason = "this room reads the disk")]

mod facts;
mod files;
mod hints;

pub use facts::facts;
pub use hints::{DeclaredUrl, Hints, hints};
