//! Many repositories: a fleet file → its members → the pipeline over each one's HEAD tree → one
//! [`RepoReport`] per member, always.
//!
//! There is no second engine here: what one repository gets is what the pipeline plans for it. Writes
//! the ledger and the cache of remote members; objects and refs are written by `git`. Never touches a
//! work tree or an index, and never lets one repository stop another.

pub mod forge;
mod group;
mod member;
mod outcome;
pub mod remote;
mod watch;

pub use group::{Forge, Group, Signing};
pub use member::{Member, Place};
pub use outcome::{Change, FileOutcome, Proposal, RepoReport, SCHEMA, Standing, Status};
pub use watch::Watch;
