//! States and values → what there is to say about them.
//!
//! Must not read, write or decide what is written.

mod adopted;
mod conflicts;
mod exposure;

pub use adopted::{key_in_file, misspelt};
pub use conflicts::{CONFLICT, conflicts};
pub use exposure::{hidden, shown, tracked, withheld};
