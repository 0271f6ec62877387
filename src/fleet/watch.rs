//! Who looks on while a fleet is worked through.

use super::RepoReport;

/// Shows how far a run is, and may end it.
pub trait Watch: Sync {
    /// So many repositories are going to be looked at.
    fn begin(&self, all: usize);
    /// One is done.
    fn done(&self, report: &RepoReport);
    /// Whether no further one is to be begun.
    fn is_stopped(&self) -> bool;
}
