//! Many repositories: a fleet file → its members → the pipeline over each one's HEAD tree → one
//! [`RepoReport`] per member, always.
//!
//! There is no second engine here: what one repository gets is what the pipeline plans for it. Writes
//! the ledger and the cache of remote members; objects and refs are written by `git`. Never touches a
//! work tree or an index, and never lets one repository stop another.

mod address;
mod check;
mod commit;
mod file;
pub mod forge;
mod glob;
mod group;
mod identity;
mod key;
pub mod ledger;
mod listing;
mod made;
mod member;
mod members;
mod memo;
mod one;
mod outcome;
pub mod remote;
mod run;
mod shard;
mod walk;
mod watch;
mod ways;
mod wording;
mod workflow;

pub use address::{Address, AddressError};
pub use check::check;
pub use file::{CODE, Entry, Fleet, Named, SMALLEST, Selection, read, schema};
pub use glob::{Glob, GlobError};
pub use group::{Forge, Group, Signing};
pub use ledger::{Ledger, LedgerError, Row};
pub use listing::{Listed, listing};
pub use made::Shown;
pub use member::{Member, Place};
pub use members::{Narrow, members};
pub use outcome::{Change, FileOutcome, Proposal, RepoReport, SCHEMA, Standing, Status};
pub use run::{Bounds, Divergence, Known, Offer, Publish, Ran, Run, Ways, run};
pub use shard::{Shard, ShardError};
pub use watch::Watch;
pub use ways::{Reaching, Roads};
pub use wording::{BODY, MESSAGE, TITLE, Words, worded};
pub use workflow::{Author, System, Workflow, author, workflow};
