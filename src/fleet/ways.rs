//! The way to a member's repository, and on to its remote: the cache, the push and the merge request.

use std::path::{Path, PathBuf};
use std::time::Duration;

use git2::{Oid, Repository};

use super::forge::{self, Ask, ForgeError, Forges};
use super::remote::{Lease, Push, Remedy, RemoteError, Remotes};
use super::run::{Publish, Ways};
use super::{Divergence, Member, Place, RepoReport, Status};
use crate::git::program::Prompt;
use crate::model::Diagnostic;

/// How long one push may take.
const LONGEST: Duration = Duration::from_mins(2);
/// The remote that a repository of this machine is pushed to.
const ORIGIN: &str = "origin";

/// How far a commit goes.
pub enum Reaching<'a> {
    /// It stays on this machine.
    Here,
    /// It is pushed.
    Pushed,
    /// It is pushed and proposed.
    Proposed(&'a Forges<'a>),
}

/// The usual ways.
pub struct Roads<'a> {
    /// The cache of remote members.
    pub remotes: &'a Remotes<'a>,
    /// How far commits go.
    pub reaching: Reaching<'a>,
    /// What becomes of branches that have gone another way.
    pub divergence: Divergence,
    /// Whether git may ask for a password.
    pub prompt: Prompt,
}

impl Ways for Roads<'_> {
    fn folder(&self, member: &Member) -> Result<PathBuf, Diagnostic> {
        match &member.place {
            Place::Local(path) => Ok(path.clone()),
            Place::Remote(url) => {
                let (default, branch) = (member.default_branch.as_deref(), &member.group.branch);
                let found = self.remotes.refresh(url, default, branch);
                found.map_err(|error| unreached(&error))
            }
        }
    }

    fn complete(&self, member: &Member, folder: &Path, ids: &[Oid]) -> Result<(), Diagnostic> {
        match &member.place {
            Place::Local(_) => {
                let first = ids.first().map(ToString::to_string).unwrap_or_default();
                Err(super::one::missing(&first))
            }
            Place::Remote(_) => {
                let brought = self.remotes.complete(folder, ids);
                brought.map_err(|error| unreached(&error))
            }
        }
    }

    fn is_written(&self, member: &Member) -> bool {
        !matches!(
            (&member.place, &self.reaching),
            (Place::Remote(_), Reaching::Here)
        )
    }

    fn proposes(&self) -> bool {
        matches!(self.reaching, Reaching::Proposed(_))
    }

    fn publish(&self, publish: &Publish<'_>, report: &mut RepoReport) {
        let done = match &self.reaching {
            Reaching::Here => return,
            Reaching::Pushed => self.push(publish, report),
            Reaching::Proposed(forges) => self.propose(forges, publish, report),
        };
        if let Err(problem) = done {
            report.status = Status::Failed;
            report.diagnostics.push(problem);
        }
    }
}

/// Where the remote's branch was when it was last seen; none where it was not there.
struct Seen(Option<String>);

impl Roads<'_> {
    fn push(&self, publish: &Publish<'_>, report: &mut RepoReport) -> Result<(), Diagnostic> {
        let remote = remote(publish)?;
        let reference = format!("refs/heads/{}", report.branch);
        let from = self.replaced(publish, &reference);
        let pushed = self.remotes.push(&Push {
            repository: publish.folder,
            remote: &remote,
            refspecs: &[format!("{reference}:{reference}")],
            options: &[],
            lease: from.as_ref().map(|seen| Lease {
                reference: &reference,
                commit: seen.0.as_deref(),
            }),
            prompt: self.prompt,
            time: LONGEST,
        });
        pushed.map_err(|error| unreached(&error))?;
        report.pushed = true;
        Ok(())
    }

    fn propose(
        &self,
        forges: &Forges<'_>,
        publish: &Publish<'_>,
        report: &mut RepoReport,
    ) -> Result<(), Diagnostic> {
        let remote = remote(publish)?;
        let known = forges.forge(publish.member, publish.folder, &remote);
        let known = known.map_err(|error| unproposed(&error))?;
        if !forge::opens_by_push(known) {
            self.push(publish, report)?;
        }
        let base = base(publish)?;
        let reference = format!("refs/heads/{}", report.branch);
        let from = self.replaced(publish, &reference);
        let offered = RepoReport {
            change: publish.offer.map(|offer| offer.change.clone()),
            ..report.clone()
        };
        let proposal = forge::propose(
            forges,
            &Ask {
                member: publish.member,
                repository: publish.folder,
                remote: &remote,
                commit: report.commit.as_deref().unwrap_or_default(),
                head: &report.branch,
                base: &base,
                report: &offered,
                diffstat: publish.offer.map_or("", |offer| offer.diffstat.as_str()),
                earlier: publish.earlier,
                lease: from.as_ref().map(|seen| Lease {
                    reference: &reference,
                    commit: seen.0.as_deref(),
                }),
            },
        );
        report.proposal = Some(proposal.map_err(|error| unproposed(&error))?);
        report.pushed = true;
        Ok(())
    }

    /// What the remote's branch must be to be replaced; none where it is only moved forward.
    fn replaced(&self, publish: &Publish<'_>, reference: &str) -> Option<Seen> {
        if self.divergence == Divergence::Respected {
            return None;
        }
        match &publish.member.place {
            Place::Remote(_) => Some(Seen(publish.from.map(|id| id.to_string()))),
            Place::Local(_) => {
                let short = reference.strip_prefix("refs/heads/").unwrap_or(reference);
                let seen = format!("refs/remotes/{ORIGIN}/{short}");
                let repository = Repository::open(publish.folder).ok()?;
                let seen = repository.refname_to_id(&seen).ok()?;
                Some(Seen(Some(seen.to_string())))
            }
        }
    }
}

/// The remote, as git takes it.
fn remote(publish: &Publish<'_>) -> Result<String, Diagnostic> {
    match &publish.member.place {
        Place::Remote(url) => Ok(url.clone()),
        Place::Local(path) => {
            let repository = Repository::open(path);
            let found = repository.is_ok_and(|repository| repository.find_remote(ORIGIN).is_ok());
            if found {
                return Ok(ORIGIN.to_owned());
            }
            let problem = Diagnostic::error("remote", "it has no remote `origin` to push to");
            Err(problem.with_help("`git remote add origin URL`, or run without `--push`"))
        }
    }
}

/// The branch that a merge request is for: the one that whoever listed it named, else the remote's HEAD,
/// else ours.
fn base(publish: &Publish<'_>) -> Result<String, Diagnostic> {
    if let Some(branch) = &publish.member.default_branch {
        return Ok(branch.clone());
    }
    let repository = Repository::open(publish.folder).ok();
    let found = repository.and_then(|repository| {
        let remote = repository.find_reference("refs/remotes/origin/HEAD").ok();
        let remote =
            remote.and_then(|head| head.symbolic_target().ok().flatten().map(str::to_owned));
        let remote =
            remote.and_then(|name| Some(name.strip_prefix("refs/remotes/origin/")?.to_owned()));
        remote.or_else(|| repository.head().ok()?.shorthand().ok().map(str::to_owned))
    });
    let found = found.filter(|name| name != "HEAD");
    found.ok_or_else(|| {
        let problem = Diagnostic::error("remote", "nobody knows the branch to merge into");
        problem.with_help("`git remote set-head origin --auto`")
    })
}

fn unreached(error: &RemoteError) -> Diagnostic {
    let help = match error.remedy() {
        Remedy::Again => "try again later: `claude-scaffold fleet apply --failed`",
        Remedy::Act(act) => act,
    };
    Diagnostic::error("remote", error.to_string()).with_help(help)
}

fn unproposed(error: &ForgeError) -> Diagnostic {
    Diagnostic::error("forge", error.to_string()).with_help(error.help())
}
