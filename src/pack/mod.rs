//! Pack source → verified template files: read from a folder, or from a git repository in the cache.
//!
//! Every pack is hostile input: what leaves this room has portable paths, bounded sizes and templates
//! that only print values. Writes nothing but the cache folder it is given; the network is the `git`
//! program's. Must not render or decide which values win.

mod address;
mod source;

#[cfg(test)]
mod tests;

pub use source::{GitRef, Source, SourceError, Transport};
