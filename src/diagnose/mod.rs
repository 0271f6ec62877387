//! States and values → what there is to say about them.
//!
//! Must not read, write or decide what is written.

mod conflicts;
mod exposure;

pub use conflicts::conflicts;
pub use exposure::{hidden, shown, tracked, withheld};
