//! Values of the other rooms → text for people.
//!
//! Everything reads the same without colour. Must not print, read or decide.

mod escape;
mod recommend;
mod table;

pub use escape::escape;
pub use recommend::recommend;
