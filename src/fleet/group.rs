//! What the members of one group have in common.

use crate::manifest::Assignment;

/// A group of the fleet file, defaults filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Its name, unique in the file.
    pub name: String,
    /// Manifest keys that are written into every member, `profile`, `pack` and `features` among them.
    pub values: Vec<Assignment>,
    /// The branch that gets the commit, without `refs/heads/`.
    pub branch: String,
    /// The commit's message, a tera template.
    pub message: String,
    /// Labels of a merge request.
    pub labels: Vec<String>,
    /// Title of a merge request, a tera template.
    pub title: String,
    /// Body of a merge request, a tera template.
    pub body: String,
    /// How merge requests are opened; none: known by the address.
    pub forge: Option<Forge>,
    /// Whether commits are signed.
    pub signing: Signing,
}

impl Group {
    /// Returns a value the group gives to a manifest key.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&str> {
        let found = self.values.iter().find(|value| value.key == key)?;
        found.value.as_str()
    }
}

/// How a merge request is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forge {
    /// Through GitHub's `gh`.
    Gh,
    /// Through GitLab's `glab`.
    Glab,
    /// With GitLab's push options.
    GitlabPush,
    /// By pushing to `refs/for/…`, as Gitea and Forgejo take it.
    Agit,
}

/// Whether commits are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signing {
    /// As git's own `commit.gpgSign` says.
    AsConfigured,
    /// Always.
    Always,
    /// Never.
    Never,
}
