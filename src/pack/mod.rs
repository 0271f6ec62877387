//! A pack's source → its verified templates, through the user's cache.

mod trust;

pub use trust::{trust, untrusted};
