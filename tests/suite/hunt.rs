//! A key in every place that a key can come from, every command, and no byte of a key anywhere else.
//!
//! Every canary is another one, so that a find says where it came from. They are put together at run
//! time, once with the shape of a vendor and once without any.
#![cfg(target_os = "linux")]
#![expect(
    clippy::disallowed_methods,
    reason = "a test looks at every byte of the disk"
)]

mod acts;
mod canary;
mod panics;
mod walks;
mod world;
