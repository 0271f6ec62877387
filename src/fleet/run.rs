//! A whole fleet: several members at once, each one's outcome a row, whatever becomes of the others.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use git2::Oid;
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;

use super::commit::{Everywhere, commit};
use super::made::{Made, Shown};
use super::memo::Memo;
use super::one::{self, Looked, Stop};
use super::{
    Change, Group, Ledger, LedgerError, Member, Proposal, RepoReport, Row, Status, Watch, key,
};
use crate::catalog::Catalog;
use crate::git::Durability;
use crate::model::Diagnostic;
use crate::pipeline::Reach;

/// How often objects that a remote left out are fetched for one member.
const ROUNDS: usize = 64;
/// Bytes of diffs that are kept; changes past it are counted and not shown.
const DIFFS: usize = 32 * 1024 * 1024;

/// What becomes of a branch that has gone another way than HEAD.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Divergence {
    /// It stays, and is a conflict.
    Respected,
    /// It is replaced.
    Replaced,
}

/// When a run ends before every member had its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bounds {
    /// How many commits at most.
    pub commits: Option<usize>,
    /// Whether the first failure ends it.
    pub fails_fast: bool,
}

/// How members come within reach, and what they become is passed on.
pub trait Ways: Sync {
    /// Returns the folder of a member's repository, fetched if need be.
    ///
    /// # Errors
    /// Returns why it cannot be had.
    fn folder(&self, member: &Member) -> Result<PathBuf, Diagnostic>;

    /// Fetches objects that were left out.
    ///
    /// # Errors
    /// Returns why they cannot be had.
    fn complete(&self, member: &Member, folder: &Path, ids: &[Oid]) -> Result<(), Diagnostic>;

    /// Whether commits of a member stay anywhere: those in a cache that go nowhere do not.
    fn is_written(&self, member: &Member) -> bool;

    /// Whether merge requests are opened.
    fn proposes(&self) -> bool;

    /// Passes on what is on a member's branch, and says so in its report.
    fn publish(&self, publish: &Publish<'_>, report: &mut RepoReport);
}

/// What is passed on.
#[derive(Clone, Copy)]
pub struct Publish<'a> {
    /// The member.
    pub member: &'a Member,
    /// Its repository.
    pub folder: &'a Path,
    /// Where its branch pointed before.
    pub from: Option<Oid>,
    /// What the branch brings to HEAD, for a merge request.
    pub offer: Option<&'a Offer>,
    /// The merge request that an earlier run has left.
    pub earlier: Option<&'a Proposal>,
}

/// What a branch brings to HEAD.
#[derive(Debug, Clone)]
pub struct Offer {
    /// The change's id.
    pub change: String,
    /// The files with the lines that come and go.
    pub diffstat: String,
}

/// What all members share.
pub struct Run<'a> {
    /// How packs are read.
    pub reach: &'a Reach,
    /// How plans are put in words.
    pub shown: Shown,
    /// Git's own variables of the environment.
    pub environment: &'a BTreeMap<String, String>,
    /// How members come within reach.
    pub ways: &'a dyn Ways,
    /// What becomes of branches that have gone another way.
    pub divergence: Divergence,
    /// Whether what is written survives a power cut.
    pub durability: Durability,
    /// Where outcomes are kept; without it nothing is written.
    pub ledger: Option<&'a Ledger>,
    /// How many members at once.
    pub jobs: usize,
    /// When it ends early.
    pub bounds: Bounds,
    /// Whether somebody has agreed to the pack of an address, which a member's own manifest names.
    pub trusts: &'a (dyn Fn(&str) -> bool + Sync),
    /// What is known of trees already.
    pub known: Known,
}

/// What is found out once for a whole run.
#[derive(Debug)]
pub struct Known {
    pub(super) memo: Memo<Made>,
    pub(super) templates: String,
    pub(super) authors: Everywhere,
    groups: HashMap<usize, String>,
}

impl Known {
    /// Finds out who commits, and what the templates are; `catalogs` are those of the fleet's packs.
    #[must_use]
    pub fn new(
        members: &[Member],
        catalogs: &[Catalog],
        environment: &BTreeMap<String, String>,
    ) -> Self {
        let groups = members
            .iter()
            .map(|member| (address(&member.group), &member.group));
        let groups: HashMap<usize, &Arc<Group>> = groups.collect();
        Self {
            memo: Memo::default(),
            templates: key::templates(catalogs),
            authors: Everywhere::find(environment),
            groups: groups
                .into_iter()
                .map(|(address, group)| (address, key::group(group)))
                .collect(),
        }
    }

    /// Returns the hash of what a group says.
    pub(super) fn group(&self, group: &Arc<Group>) -> &str {
        self.groups.get(&address(group)).map_or("", String::as_str)
    }
}

fn address(group: &Arc<Group>) -> usize {
    Arc::as_ptr(group) as usize
}

/// What came of a run.
#[derive(Debug)]
pub struct Ran {
    /// One report a member that had its turn, in the order of the members.
    pub reports: Vec<RepoReport>,
    /// How many had none.
    pub left: usize,
    /// Why the ledger could not be written, which ends a run.
    pub fault: Option<LedgerError>,
}

/// What threads count together.
pub(super) struct Tally<'a> {
    watch: &'a dyn Watch,
    commits: AtomicUsize,
    ends: AtomicBool,
    fault: Mutex<Option<LedgerError>>,
    changes: Mutex<HashMap<String, (usize, Arc<Change>)>>,
}

/// Goes through all members; with a ledger it writes, else it only looks.
#[must_use]
pub fn run(run: &Run<'_>, members: &[Member], watch: &dyn Watch) -> Ran {
    through(run, members, watch, &|tally, at, member| {
        outcome(run, tally, at, member)
    })
}

/// What is done with one member: its report, and the key under which the ledger knows its state; none
/// where the run has ended.
type Turn<'a> = dyn Fn(&Tally<'_>, usize, &Member) -> Option<(RepoReport, String)> + Sync + 'a;

/// Goes through all members.
pub(super) fn through(
    run: &Run<'_>,
    members: &[Member],
    watch: &dyn Watch,
    outcome: &Turn<'_>,
) -> Ran {
    watch.begin(members.len());
    let tally = Tally {
        watch,
        commits: AtomicUsize::new(0),
        ends: AtomicBool::new(false),
        fault: Mutex::new(None),
        changes: Mutex::new(HashMap::new()),
    };
    let each = |(at, member): (usize, &Member)| turn(run, &tally, (at, member), outcome);
    let all = || {
        members
            .par_iter()
            .enumerate()
            .with_max_len(1)
            .map(each)
            .collect()
    };
    let pool = ThreadPoolBuilder::new().num_threads(run.jobs).build();
    let reports: Vec<Option<RepoReport>> = match pool {
        Ok(pool) => pool.install(all),
        // A system without threads to spare works through them on this one.
        Err(_) => members.iter().enumerate().map(each).collect(),
    };
    let mut reports: Vec<RepoReport> = reports.into_iter().flatten().collect();
    let left = members.len() - reports.len();
    with_diffs(&mut reports, tally.changes);
    Ran {
        reports,
        left,
        fault: tally
            .fault
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner),
    }
}

/// One member's turn; none where the run has ended before it.
fn turn(
    run: &Run<'_>,
    tally: &Tally<'_>,
    (at, member): (usize, &Member),
    outcome: &Turn<'_>,
) -> Option<RepoReport> {
    if tally.ends.load(Ordering::Relaxed) || tally.watch.is_stopped() {
        return None;
    }
    let (mut report, plan) = outcome(tally, at, member)?;
    if report.status == Status::Failed && run.bounds.fails_fast {
        tally.ends.store(true, Ordering::Relaxed);
    }
    report.diagnostics.dedup();
    if let Some(ledger) = run.ledger
        && let Err(error) = ledger.add(&Row::new(&report, &plan))
    {
        tally.ends.store(true, Ordering::Relaxed);
        let mut fault = tally.fault.lock().unwrap_or_else(PoisonError::into_inner);
        fault.get_or_insert(error);
    }
    tally.watch.done(&report);
    Some(report)
}

/// Looks at a member and, with a ledger, writes; none where no further commit may be made.
fn outcome(
    run: &Run<'_>,
    tally: &Tally<'_>,
    at: usize,
    member: &Member,
) -> Option<(RepoReport, String)> {
    if let Some(report) = passed_over(member) {
        return Some((report, String::new()));
    }
    let found = within_reach(run, member, |folder| one::look(run, member, folder));
    let (folder, looked) = match found {
        Ok(found) => found,
        Err(stop) => return Some((stopped(member, stop), String::new())),
    };
    let Looked {
        mut report,
        pending,
        change,
        mut plan,
    } = looked;
    if let Some(change) = change {
        keep(tally, at, &change);
    }
    let Some(ledger) = run.ledger else {
        return Some((report, plan));
    };
    if pending.is_some() && !run.ways.is_written(member) {
        let note = "nothing is written: `--push` is the way into a repository elsewhere";
        report.diagnostics.push(Diagnostic::note("remote", note));
        return Some((report, String::new()));
    }
    let from = pending.as_ref().and_then(|pending| pending.from);
    if let Some(pending) = pending {
        let most = run.bounds.commits.unwrap_or(usize::MAX);
        if tally.commits.fetch_add(1, Ordering::Relaxed) >= most {
            tally.ends.store(true, Ordering::Relaxed);
            return None;
        }
        match commit(run, member, &pending) {
            Ok(id) => {
                report.commit = Some(id.to_string());
                if !plan.is_empty() {
                    plan = key::plan(&run.known, member, pending.head, Some(id));
                }
            }
            Err(problem) => {
                report.status = Status::Failed;
                report.diagnostics.push(problem);
            }
        }
    }
    if report.commit.is_some() && report.status != Status::Failed {
        let proposes = run.ways.proposes();
        let offer = proposes.then(|| one::offer(run, member, &folder)).flatten();
        let row = ledger.row(&member.name);
        let publish = Publish {
            member,
            folder: &folder,
            from,
            offer: offer.as_ref(),
            earlier: row.and_then(|row| row.proposal.as_ref()),
        };
        run.ways.publish(&publish, &mut report);
    }
    Some((report, plan))
}

/// The report of a member of which nothing is asked.
pub(super) fn passed_over(member: &Member) -> Option<RepoReport> {
    let why = member.passed_over.as_ref()?;
    let problem = Diagnostic::note("passed-over", why.clone());
    Some(stopped(member, Stop::PassedOver(problem)))
}

/// The report of a member of which nothing can be said.
pub(super) fn stopped(member: &Member, stop: Stop) -> RepoReport {
    let (status, problem) = match stop {
        Stop::PassedOver(problem) => (Status::PassedOver, problem),
        Stop::Failed(problem) => (Status::Failed, problem),
        Stop::Missing(id) => (Status::Failed, one::missing(&id.to_string())),
    };
    let group = &member.group;
    let mut report = RepoReport::new(&member.name, &group.name, &group.branch, status);
    report.diagnostics.push(problem);
    report
}

/// Finds a member's repository and looks at it, fetching what a filtered clone has left out.
pub(super) fn within_reach<T>(
    run: &Run<'_>,
    member: &Member,
    look: impl Fn(&Path) -> Result<T, Stop>,
) -> Result<(PathBuf, T), Stop> {
    let folder = run.ways.folder(member).map_err(Stop::Failed)?;
    let mut rounds = ROUNDS;
    loop {
        match look(&folder) {
            Err(Stop::Missing(id)) if rounds > 0 => {
                rounds -= 1;
                let fetched = run.ways.complete(member, &folder, &[id]);
                fetched.map_err(Stop::Failed)?;
            }
            Err(stop) => return Err(stop),
            Ok(looked) => return Ok((folder, looked)),
        }
    }
}

/// Keeps a change's diff, that of the first member which has it.
pub(super) fn keep(tally: &Tally<'_>, at: usize, change: &Arc<Change>) {
    let mut changes = tally.changes.lock().unwrap_or_else(PoisonError::into_inner);
    let kept = changes.get(&change.id).map(|(first, _)| *first);
    if kept.is_none_or(|first| at < first) {
        changes.insert(change.id.clone(), (at, Arc::clone(change)));
    }
}

/// Gives each change's diff to its first line.
fn with_diffs(reports: &mut [RepoReport], changes: Mutex<HashMap<String, (usize, Arc<Change>)>>) {
    let mut changes = changes.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut room = DIFFS;
    for report in reports {
        let Some(id) = &report.change else { continue };
        if let Some((_, change)) = changes.remove(id)
            && change.diff.len() <= room
        {
            room -= change.diff.len();
            report.diff = Some(change.diff.clone());
        }
    }
}
