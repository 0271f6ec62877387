//! A pushed branch → its one merge request, opened or brought up to date through the forge's own ways.
//!
//! GitHub and GitLab are asked through `gh` and `glab`, which hold the user's login; GitLab also opens
//! merge requests by push options, Gitea and Forgejo by a push to `refs/for/…`. What somebody closed
//! stays closed for the same change; what people wrote into a merge request stays. Runs programs, never
//! a shell, and holds no token itself.

mod address;
mod answer;
mod block;
mod call;
mod error;
mod gh;
mod glab;
mod pace;
mod program;
mod push;
mod settle;
mod through;
mod words;

use std::collections::BTreeMap;
use std::path::Path;

pub use address::known;
pub use error::ForgeError;
pub use pace::Pace;

use super::{Forge, Member, Proposal, RepoReport, Watch};
use crate::fleet::remote::Lease;
use crate::git::{self, program::Prompt};
use crate::secret::Network;
use address::Address;
use answer::shown;
use call::Line;
use gh::Gh;
use glab::Glab;
use settle::Wanted;

/// The forges of a run: what all threads share.
pub struct Forges<'a> {
    /// The environment, for the programs.
    pub environment: &'a BTreeMap<String, String>,
    /// The folder that the programs run in.
    pub folder: &'a Path,
    /// Whether the network may be used.
    pub network: Network,
    /// Whether git may ask for a password.
    pub prompt: Prompt,
    /// How forges are asked.
    pub pace: Pace,
    /// Who may end it all.
    pub watch: &'a dyn Watch,
    gates: pace::Gates,
}

/// What is asked of a forge.
#[derive(Clone, Copy)]
pub struct Ask<'a> {
    /// The repository.
    pub member: &'a Member,
    /// Where it lies here: a work tree's root, or a bare repository.
    pub repository: &'a Path,
    /// The remote, as `git` takes it: an address, or a name that the repository has for one.
    pub remote: &'a str,
    /// The commit that is proposed.
    pub commit: &'a str,
    /// The branch, without `refs/heads/`.
    pub head: &'a str,
    /// The branch that it is to be merged into, without `refs/heads/`.
    pub base: &'a str,
    /// What came of the repository.
    pub report: &'a RepoReport,
    /// The change in numbers.
    pub diffstat: &'a str,
    /// The merge request that an earlier run has left.
    pub earlier: Option<&'a Proposal>,
    /// What the branch must be on the remote to be replaced; for a push that opens the request.
    pub lease: Option<Lease<'a>>,
}

impl<'a> Forges<'a> {
    /// Returns forges that nobody has asked yet.
    #[must_use]
    pub fn new(
        environment: &'a BTreeMap<String, String>,
        folder: &'a Path,
        network: Network,
        prompt: Prompt,
        watch: &'a dyn Watch,
    ) -> Self {
        Self {
            environment,
            folder,
            network,
            prompt,
            pace: Pace::default(),
            watch,
            gates: pace::Gates::default(),
        }
    }

    /// Returns how merge requests are opened for a member: as its group says, else as the host of its
    /// remote tells.
    ///
    /// # Errors
    /// Returns that nobody knows.
    pub fn forge(
        &self,
        member: &Member,
        repository: &Path,
        remote: &str,
    ) -> Result<Forge, ForgeError> {
        self.told(member, &url(repository, remote))
    }

    fn told(&self, member: &Member, url: &str) -> Result<Forge, ForgeError> {
        let host = self.environment.get("GH_HOST").map(String::as_str);
        let host: Vec<&str> = host.into_iter().collect();
        let told = member.group.forge.or_else(|| known(url, &host));
        told.ok_or_else(|| ForgeError::Unknown(shown(url)))
    }
}

/// Returns whether a push opens the merge request: then [`propose`] pushes, and nobody before it.
#[must_use]
pub fn opens_by_push(forge: Forge) -> bool {
    match forge {
        Forge::Gh | Forge::Glab => false,
        Forge::GitlabPush | Forge::Agit => true,
    }
}

/// Has a branch proposed: there is one merge request of it, and it says what it is to say.
///
/// # Errors
/// Returns why there is none, or why it does not say all of it.
pub fn propose(forges: &Forges<'_>, ask: &Ask<'_>) -> Result<Proposal, ForgeError> {
    let url = url(ask.repository, ask.remote);
    let forge = forges.told(ask.member, &url)?;
    if forges.network == Network::Closed {
        return Err(ForgeError::Offline);
    }
    let words = words::words(ask)?;
    let wanted = Wanted {
        change: ask.report.change.as_deref(),
        commit: ask.commit,
        title: &words.title,
        body: &words.body,
        labels: &ask.member.group.labels,
    };
    let address = Address::read(&url);
    let no_address = || ForgeError::NoAddress(shown(&url));
    match forge {
        Forge::Gh => {
            let address = address.ok_or_else(no_address)?;
            let (owner, name) = address.owner_and_name().ok_or_else(no_address)?;
            let gh = Gh {
                line: line(forges, "gh", &address),
                owner,
                name,
                head: ask.head,
                base: ask.base,
            };
            through::settle(&gh, &wanted)
        }
        Forge::Glab => {
            let address = address.ok_or_else(no_address)?;
            let glab = Glab {
                line: line(forges, "glab", &address),
                path: &address.path,
                head: ask.head,
                base: ask.base,
            };
            through::settle(&glab, &wanted)
        }
        Forge::GitlabPush => push::gitlab(forges, ask, &url, &wanted),
        Forge::Agit => push::agit(forges, ask, &url, &wanted),
    }
}

/// Returns a remote's address, also where git knows it by a name.
fn url(repository: &Path, remote: &str) -> String {
    let named = || git::pushed_to(repository, remote);
    let whole = Address::read(remote).is_some() || remote.contains(['/', '\\']);
    let found = (!whole).then(named).flatten();
    found.unwrap_or_else(|| remote.to_owned())
}

fn line<'a>(forges: &'a Forges<'a>, program: &'static str, address: &'a Address) -> Line<'a> {
    Line {
        forges,
        program,
        host: &address.host,
        path: &address.path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_threads_share_one() {
        fn shared<T: Sync>() {}
        shared::<Forges<'_>>();
    }
}
