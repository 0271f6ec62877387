//! Names of branches.

use git2::Reference;

/// Returns whether git takes a text for the name of a branch, and no program for an option.
#[must_use]
pub fn is_branch_name(name: &str) -> bool {
    let is_option = name.starts_with('-') || name == "HEAD";
    !is_option && Reference::is_valid_name(&format!("refs/heads/{name}"))
}
