//! One repository: opened, looked at, and what is to be written into it.

use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use git2::{ErrorCode, Oid, Repository, RepositoryOpenFlags};

use super::made::{self, Made};
use super::run::Offer;
use super::{Change, Divergence, Member, Place, RepoReport, Row, Run, Status, key};
use crate::git::{self, Hindrance, ObjectError, Snapshot, Tip};
use crate::model::Diagnostic;

/// What one repository comes to, and what is to be written.
pub(super) struct Looked {
    /// The row of the report.
    pub(super) report: RepoReport,
    /// What is to be written, if anything is.
    pub(super) pending: Option<Pending>,
    /// The change, written or not.
    pub(super) change: Option<Arc<Change>>,
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
    /// An object is not here; a remote may have it.
    Missing(Oid),
    /// It cannot be used.
    Failed(Diagnostic),
}

/// The commit that is built upon.
struct Start {
    head: Oid,
    base: Oid,
    from: Option<Oid>,
    is_apart: bool,
}

/// Looks at the repository of a member that stands in a folder.
pub(super) fn look(run: &Run<'_>, member: &Member, folder: &Path) -> Result<Looked, Stop> {
    let repository = Rc::new(open(folder)?);
    let head = head(&repository, member)?;
    let branch = member.group.branch.as_str();
    let start = start(&repository, branch, head)?;
    let plan = key::plan(&run.known, member, start.head, start.from);
    if let Some(row) = remembered(run, &member.name, &plan) {
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
    // One that was merged by squashing went another way too, and nothing is left to do.
    let refused = start.is_apart && run.divergence == Divergence::Respected;
    if refused && made.change.is_some() {
        report.status = Status::Conflict;
        report.diagnostics.push(apart(branch));
    }
    let writes = made.change.is_some() && !refused;
    if writes && let Some(problem) = hindered(&repository, branch, start.from) {
        return Err(Stop::Failed(problem));
    }
    let plan = if made.own_pack { String::new() } else { plan };
    let change = made.change.clone();
    let pending = writes.then(|| Pending {
        repository,
        base: start.base,
        tree,
        from: start.from,
        head: start.head,
        made,
    });
    // A branch that brings HEAD nothing is nothing to pass on.
    let brings = report.status != Status::UpToDate;
    if pending.is_none() && start.base != start.head && brings {
        report.commit = Some(start.base.to_string());
    }
    Ok(Looked {
        report,
        pending,
        change,
        plan,
    })
}

/// The ledger's row of a repository that nobody has touched since; what was open then is looked at again.
fn remembered<'a>(run: &Run<'a>, name: &str, plan: &str) -> Option<&'a Row> {
    let row = run.ledger?.row(name)?;
    let settled = matches!(
        row.status,
        Status::UpToDate | Status::Waiting | Status::Changed
    );
    (settled && row.plan == plan).then_some(row)
}

/// What the ledger says of a repository that is as the ledger left it.
fn known(member: &Member, row: &Row, plan: String) -> Looked {
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
    report.diagnostics = why
        .map(|why| Diagnostic::warning("ledger", why.clone()))
        .collect();
    Looked {
        report,
        pending: None,
        change: None,
        plan,
    }
}

pub(super) fn open(folder: &Path) -> Result<Repository, Stop> {
    let none = std::iter::empty::<&Path>();
    Repository::open_ext(folder, RepositoryOpenFlags::NO_SEARCH, none).map_err(|error| {
        let message = format!("cannot open the repository: {}", error.message());
        let help = match error.code() {
            ErrorCode::Owner => {
                "it belongs to somebody else: `git config --global --add safe.directory PATH`"
            }
            _ => "`git -C PATH status` says what is wrong with it",
        };
        Stop::Failed(Diagnostic::error("git", message).with_help(help))
    })
}

/// The commit that counts.
pub(super) fn head(repository: &Repository, member: &Member) -> Result<Oid, Stop> {
    let found = match &member.default_branch {
        Some(branch) => repository.find_reference(&format!("refs/heads/{branch}")),
        None => repository.head(),
    };
    let found = found.map_err(|error| headless(repository, member, &error))?;
    let commit = found
        .peel_to_commit()
        .map_err(|error| broken(error.message()))?;
    Ok(commit.id())
}

/// What to say where there is no commit that counts.
fn headless(repository: &Repository, member: &Member, error: &git2::Error) -> Stop {
    if !matches!(error.code(), ErrorCode::UnbornBranch | ErrorCode::NotFound) {
        let problem =
            Diagnostic::error("head", format!("HEAD cannot be read: {}", error.message()));
        return Stop::Failed(problem.with_help("`git fsck` says what is broken"));
    }
    let mut all = repository.references_glob("refs/heads/*");
    if all.as_mut().is_ok_and(|all| all.next().is_none()) {
        let problem = Diagnostic::note("head", "it has no commit yet");
        return Stop::PassedOver(problem.with_help("commit something first"));
    }
    let (message, help) = match &member.default_branch {
        Some(name) => (
            format!("it has no branch `{name}`, which is said to be its default branch"),
            "list it again: its default branch may be another one meanwhile",
        ),
        None => (
            "HEAD names a branch that is not there".to_owned(),
            "point it to one that is: `git symbolic-ref HEAD refs/heads/main`",
        ),
    };
    Stop::Failed(Diagnostic::error("head", message).with_help(help))
}

/// Decides what is built upon: the fleet's branch where it goes on from HEAD, else HEAD.
fn start(repository: &Repository, branch: &str, head: Oid) -> Result<Start, Stop> {
    let tip = git::tip(repository, branch, head).map_err(|error| broken(error.message()))?;
    let (base, from) = match tip {
        Tip::Absent => (head, None),
        Tip::Ahead(tip) => (tip, Some(tip)),
        Tip::Behind(tip) | Tip::Diverged(tip) => (head, Some(tip)),
    };
    Ok(Start {
        head,
        base,
        from,
        is_apart: matches!(tip, Tip::Diverged(_)),
    })
}

/// What to say of a branch that went another way.
fn apart(branch: &str) -> Diagnostic {
    let message = format!("branch `{branch}` has commits that HEAD has not, and HEAD others");
    let help = "merge or delete it, or replace it: `claude-scaffold fleet apply --take`";
    Diagnostic::error("branch", message).with_help(help)
}

/// What to say of a branch that cannot be moved or made.
fn hindered(repository: &Repository, branch: &str, from: Option<Oid>) -> Option<Diagnostic> {
    let (message, help) = match git::hindrance(repository, branch, from) {
        Ok(None) => return None,
        Ok(Some(Hindrance::CheckedOut)) => (
            format!("branch `{branch}` is checked out in a work tree, which stays as it is"),
            "name another `branch` in the fleet file, or check another one out there",
        ),
        Ok(Some(Hindrance::Symbolic(other))) => (
            format!("branch `{branch}` only stands for another one, `{other}`"),
            "name another `branch` in the fleet file, or `git symbolic-ref -d` that one",
        ),
        Ok(Some(Hindrance::Taken(other))) => (
            format!("there cannot be a branch `{branch}` beside the branch `{other}`"),
            "name another `branch` in the fleet file, or rename that one",
        ),
        Err(error) => (
            format!("branches cannot be read: {}", error.message()),
            "`git fsck` says what is broken",
        ),
    };
    Some(Diagnostic::error("branch", message).with_help(help))
}

pub(super) fn tree_of(repository: &Repository, commit: Oid) -> Result<Oid, Stop> {
    let commit = repository.find_commit(commit);
    let commit = commit.map_err(|error| broken(error.message()))?;
    Ok(commit.tree_id())
}

/// Asks the pipeline, or whoever remembers its answer.
pub(super) fn made(
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
    let key = key::inputs(member, &hints);
    if let Some(fault) = tree.fault() {
        return Err(unreadable(&fault));
    }
    if let Some(made) = run.known.memo.find(key, tree) {
        return Ok(made);
    }
    let made = Arc::new(made::make(tree, &member.group, &hints, run));
    if let Some(fault) = tree.fault() {
        return Err(unreadable(&fault));
    }
    run.known.memo.learn(key, tree, &made, made.size());
    Ok(made)
}

/// Returns what a member's branch brings to HEAD; none where HEAD has it, or cannot be read.
pub(super) fn offer(run: &Run<'_>, member: &Member, folder: &Path) -> Option<Offer> {
    let repository = Rc::new(open(folder).ok()?);
    let head = head(&repository, member).ok()?;
    let tree = tree_of(&repository, head).ok()?;
    let snapshot = Rc::new(Snapshot::new(Rc::clone(&repository), tree));
    let made = made(run, member, &repository, &snapshot).ok()?;
    Some(Offer {
        change: made.change.as_ref()?.id.clone(),
        diffstat: made.diffstat.trim_end().to_owned(),
    })
}

/// Where the member came from.
pub(super) fn origin(repository: &Repository, member: &Member) -> Option<String> {
    match &member.place {
        Place::Remote(url) => Some(git::without_user_info(url)),
        Place::Local(_) => git::origin_in(repository.commondir()),
    }
}

/// How the repository stands, whatever is written later.
fn status(repository: &Repository, start: &Start, tree: Oid, made: &Made) -> Status {
    match made.status.unwrap_or(Status::Failed) {
        Status::UpToDate if start.base != start.head => {
            let head = tree_of(repository, start.head).ok();
            if head == Some(tree) {
                Status::UpToDate
            } else {
                Status::Waiting
            }
        }
        other => other,
    }
}

fn broken(why: &str) -> Stop {
    let problem = Diagnostic::error("git", format!("the repository cannot be read: {why}"));
    Stop::Failed(problem.with_help("`git fsck` says what is broken"))
}

/// What to say of an object that is not there.
pub(super) fn missing(id: &str) -> Diagnostic {
    let message = format!("the repository cannot be read: object {id} is missing");
    Diagnostic::error("git", message).with_help("`git fsck` says what is broken")
}

pub(super) fn unreadable(error: &ObjectError) -> Stop {
    if let ObjectError::Missing(id) = error {
        return Stop::Missing(*id);
    }
    broken(&error.to_string())
}
