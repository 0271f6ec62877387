//! `upgrade`: templates move on, and everything of the user's stays.

pub mod pack;

mod conflicts;
mod fixture;
mod killed;
mod moves;
mod revisions;
