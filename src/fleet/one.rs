//! One repository: opened, looked at, and what is to be written into it.

use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use git2::{ErrorCode, Oid, Repository, RepositoryOpenFlags};

use super::made::{self, Made};
use super::{Member, RepoReport, Run, Status, key};
use crate::git::{self, ObjectError, Snapshot, Tip};
use crate::model::Diagnostic;

/// What one repository comes to, and what is to be written.
pub(super) struct Looked {
    /// The row of the report.
    pub(super) report: RepoReport,
    /// What is to be written, if anything is.
    pub(super) pending: Option<Pending>,
    /// The key under which the ledger knows this state.
    pub(super) plan: String,
}

/// A commit that is not there yet.
pub(super) struct Pending {
    /// The repository.
    pub(super) repository: Rc<Repository>,
    /// The commit it goes on.
    pub(super) base: Oid,
    /// Its tree.
    pub(super) tree: Oid,
    /// Where the branch points; none where it is not there.
    pub(super) from: Option<Oid>,
    /// HEAD's commit.
    pub(super) head: Oid,
    /// What is written.
    pub(super) made: Arc<Made>,
}

/// Why nothing can be said of a repository.
pub(super) enum Stop {
    /// Nothing is asked of it.
    PassedOver(Diagnostic),
    /// Its branch cannot be used.
    Conflict(Diagnostic),
    /// It cannot be used.
    Failed(Vec<Diagnostic>),
}

/// The commit that is built upon.
struct Start {
    head: Oid,
    base: Oid,
    from: Option<Oid>,
}

/// Looks at the repository of a member that stands in a folder.
pub(super) fn look(run: &Run<'_>, member: &Member, folder: &Path) -> Result<Looked, Stop> {
    let repository = Rc::new(open(folder)?);
    let head = head(&repository, member)?;
    let branch = member.group.branch.as_str();
    let start = start(run, &repository, branch, head)?;
    let plan = key::plan(run, member, start.head, start.from);
    if let Some(row) = run.known(&member.name, &plan) {
        return Ok(known(member, row, plan));
    }
    let tree = tree_of(&repository, start.base)?;
    let snapshot = Rc::new(Snapshot::new(Rc::clone(&repository), tree));
    let made = made(run, member, &repository, &snapshot)?;
    let mut report = RepoReport::new(&member.name, &member.group.name, branch, Status::Failed);
    report.status = status(&repository, &start, tree, &made);
    report.files.clone_from(&made.files);
    report.diagnostics.clone_from(&made.diagnostics);
    report.base = Some(start.base.to_string());
    report.change = made.change.as_ref().map(|change| change.id.clone());
    let pending = made.change.is_some().then(|| Pending {
        repository,
        base: start.base,
        tree,
        from: start.from,
        head: start.head,
        made,
    });
    if pending.is_none() && start.base != start.head {
        report.commit = Some(start.base.to_string());
    }
    Ok(Looked {
        report,
        pending,
        plan,
    })
}

/// What the ledger says of a repository that is as the ledger left it.
fn known(member: &Member, row: &super::Row, plan: String) -> Looked {
    let group = &member.group;
    let status = match row.status {
        Status::Changed => Status::Waiting,
        other => other,
    };
    let mut report = RepoReport::new(&member.name, &group.name, &group.branch, status);
    report.base.clone_from(&row.base);
    report.commit.clone_from(&row.commit);
    report.pushed = row.pushed;
    report.proposal.clone_from(&row.proposal);
    let why = row.why.iter();
    report.diagnostics = why.map(|why| Diagnostic::warning("ledger", why.clone())).collect();
    Looked {
        report,
        pending: None,
        plan,
    }
}

fn open(folder: &Path) -> Result<Repository, Stop> {
    let none = std::iter::empty::<&Path>();
    Repository::open_ext(folder, RepositoryOpenFlags::NO_SEARCH, none).map_err(|error| {
        let message = format!("cannot open the repository: {}", error.message());
        let help = match error.code() {
            ErrorCode::Owner => "it belongs to somebody else: `git config --global --add safe.directory PATH`",
            _ => "`git -C PATH status` says what is wrong with it",
        };
        Stop::Failed(vec![Diagnostic::error("git", message).with_help(help)])
    })
}

/// The commit that counts.
fn head(repository: &Repository, member: &Member) -> Result<Oid, Stop> {
    let found = match &member.default_branch {
        Some(branch) => repository.find_reference(&format!("refs/heads/{branch}")),
        None => repository.head(),
    };
    let found = found.and_then(|found| found.peel_to_commit());
    found.map(|commit| commit.id()).map_err(|error| {
        let absent = matches!(error.code(), ErrorCode::UnbornBranch | ErrorCode::NotFound);
        let is_empty = || {
            let mut all = repository.references_glob("refs/heads/*");
            all.as_mut().is_ok_and(|all| all.next().is_none())
        };
        if absent && is_empty() {
            let problem = Diagnostic::note("head", "it has no commit yet");
            return Stop::PassedOver(problem.with_help("commit something first"));
        }
        let (message, help) = if absent {
            let name = member.default_branch.as_deref().unwrap_or("the one HEAD names");
            let message = format!("it has no branch `{name}`");
            (message, "point HEAD to a branch that is there: `git symbolic-ref HEAD refs/heads/main`")
        } else {
            let message = format!("HEAD cannot be read: {}", error.message());
            (message, "`git fsck` says what is broken")
        };
        Stop::Failed(vec![Diagnostic::error("head", message).with_help(help)])
    })
}

/// Decides what is built upon: the fleet's branch where it goes on from HEAD, else HEAD.
fn start(run: &Run<'_>, repository: &Repository, branch: &str, head: Oid) -> Result<Start, Stop> {
    let tip = git::tip(repository, branch, head).map_err(|error| broken(error.message()))?;
    let (base, from) = match tip {
        Tip::Absent => (head, None),
        Tip::Ahead(tip) => (tip, Some(tip)),
        Tip::Behind(tip) => (head, Some(tip)),
        Tip::Diverged(tip) if run.takes => (head, Some(tip)),
        Tip::Diverged(tip) => {
            // A branch that was merged by squashing has gone another way, and nothing is left to do.
            return diverged(run, repository, branch, head, tip);
        }
    };
    Ok(Start { head, base, from })
}

fn diverged(
    _run: &Run<'_>,
    _repository: &Repository,
    branch: &str,
    _head: Oid,
    _tip: Oid,
) -> Result<Start, Stop> {
    let message = format!("branch `{branch}` has commits that HEAD has not, and HEAD others");
    let problem = Diagnostic::error("branch", message);
    let help = "merge or delete it, or replace it: `claude-scaffold fleet apply --take`";
    Err(Stop::Conflict(problem.with_help(help)))
}

fn tree_of(repository: &Repository, commit: Oid) -> Result<Oid, Stop> {
    let commit = repository.find_commit(commit);
    let commit = commit.map_err(|error| broken(error.message()))?;
    Ok(commit.tree_id())
}

/// Asks the pipeline, or whoever remembers its answer.
fn made(
    run: &Run<'_>,
    member: &Member,
    repository: &Repository,
    tree: &Rc<Snapshot>,
) -> Result<Arc<Made>, Stop> {
    let has_manifest = made::has_manifest(tree);
    let hints = if has_manifest {
        crate::observe::Hints::default()
    } else {
        made::hints(tree, origin(repository, member).as_deref())
    };
    let key = key::inputs(run, member, &hints);
    if let Some(fault) = tree.fault() {
        return Err(unreadable(&fault));
    }
    if let Some(made) = run.memo.find(key, tree) {
        return Ok(made);
    }
    let made = Arc::new(made::make(tree, &member.group, &hints, run.reach, run.shown));
    if let Some(fault) = tree.fault() {
        return Err(unreadable(&fault));
    }
    run.memo.learn(key, tree, &made);
    Ok(made)
}

/// Where the member came from.
pub(super) fn origin(repository: &Repository, member: &Member) -> Option<String> {
    match &member.place {
        super::Place::Remote(url) => Some(git::without_user_info(url)),
        super::Place::Local(_) => git::origin_in(repository.commondir()),
    }
}

/// How the repository stands, whatever is written later.
fn status(repository: &Repository, start: &Start, tree: Oid, made: &Made) -> Status {
    match made.status.unwrap_or(Status::Failed) {
        Status::UpToDate if start.base != start.head => {
            let head = tree_of(repository, start.head).ok();
            if head == Some(tree) { Status::UpToDate } else { Status::Waiting }
        }
        other => other,
    }
}

fn broken(why: &str) -> Stop {
    let problem = Diagnostic::error("git", format!("the repository cannot be read: {why}"));
    Stop::Failed(vec![problem.with_help("`git fsck` says what is broken")])
}

fn unreadable(error: &ObjectError) -> Stop {
    broken(&error.to_string())
}
