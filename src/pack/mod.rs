//! Pack source → verified template files: read from a folder, or from a git repository in the cache.
//!
//! Every pack is hostile input: what leaves this room has portable paths, bounded sizes and templates
//! that only print values. Writes nothing but the cache folder it is given; the network is the `git`
//! program's. Must not render or decide which values win.
#![expect(clippy::disallowed_methods, reason = "this room fills a cache")]

mod address;
mod cache;
mod chain;
mod folder;
mod language;
mod load;
mod meta;
mod names;
mod quoting;
mod reader;
mod scan;
mod source;
mod steps;
mod texts;
mod transport;
mod tree;
mod trust;

#[cfg(test)]
mod tests;

pub use chain::{Ground, Network, Pack, Pin, Want, label, resolve};
pub use language::{check, check_template};
pub use load::{Files, hash};
pub use meta::{FILE, Locked, Meta, is_name};
pub use names::{Use, uses};
pub use quoting::{Language, Shape, Unquoted, unquoted};
pub use reader::{CODE, UNREADABLE};
pub use source::{GitRef, Source, SourceError, Transport};
pub use steps::migrations;
pub use trust::{trust, untrusted};

pub use crate::git::program::Prompt;
