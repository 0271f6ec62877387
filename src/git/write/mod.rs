//! New objects and where a branch points: a commit without a work tree or an index.
//!
//! Everything a commit adds goes into one pack, in place of a dozen loose objects; libgit2 reads it
//! back, checks every object and writes its index. What it needs of other repositories, such as a file
//! that all of them get, is hashed and deflated once ([`Packed`]).

mod branch;
mod commit;
mod lock;
mod pack;
mod sign;
mod tree;

pub use branch::{BranchError, Hindrance, Moved, Tip, hindrance, move_branch, tip};
pub use commit::{Authors, Draft, commit};
pub use lock::is_free;
pub use pack::{Durability, PackError, Packed, add};
pub use sign::{OwnIdentity, has_identity, signed_commit};
pub use tree::{Edit, TreeError, edited};
