//! What is wrong in every member, as `check` says it of a clean checkout of HEAD: no checkout is made.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use super::memo::Memo;
use super::one::{self, Stop};
use super::run::{self, Tally};
use super::{Member, Place, Ran, RepoReport, Run, Status, Watch};
use crate::git::{self, Snapshot, Walks};
use crate::model::Diagnostic;
use crate::observe::Unit;
use crate::pipeline::{self, Depth, Keys, Looked, Question, Rest};

/// What is found out once for all members.
#[derive(Debug, Default)]
struct Checks {
    /// What the files that speak about a gateway come to.
    memo: Memo<Result<Looked, Vec<Diagnostic>>>,
    /// Which files hold keys.
    keys: Keys,
    /// Where settings stand.
    walks: Arc<Walks>,
}

/// Checks all members, and tells what each would get; nothing is written, whatever the run says.
#[must_use]
pub fn check(run: &Run<'_>, members: &[Member], watch: &dyn Watch) -> Ran {
    let checks = Checks::default();
    run::through(run, members, watch, &|tally, at, member| {
        Some((outcome(run, &checks, (tally, at), member), String::new()))
    })
}

fn outcome(
    run: &Run<'_>,
    checks: &Checks,
    (tally, at): (&Tally<'_>, usize),
    member: &Member,
) -> RepoReport {
    if let Some(report) = run::passed_over(member) {
        return report;
    }
    match run::within_reach(run, member, |folder| look(run, checks, member, folder)) {
        Ok((_, (report, change))) => {
            if let Some(change) = change {
                run::keep(tally, at, &change);
            }
            report
        }
        Err(stop) => run::stopped(member, stop),
    }
}

/// Checks the repository of a member that stands in a folder.
fn look(
    run: &Run<'_>,
    checks: &Checks,
    member: &Member,
    folder: &Path,
) -> Result<(RepoReport, Option<Arc<super::Change>>), Stop> {
    let repository = Rc::new(one::open(folder)?);
    let head = one::head(&repository, member)?;
    let root = one::tree_of(&repository, head)?;
    let planned = Rc::new(Snapshot::new(Rc::clone(&repository), root));
    if matches!(member.place, Place::Remote(_)) {
        let left_out = git::absent(&planned).map_err(|error| one::unreadable(&error))?;
        if !left_out.is_empty() {
            let fetched = run.ways.complete(member, folder, &left_out);
            fetched.map_err(Stop::Failed)?;
        }
    }
    let made = one::made(run, member, &repository, &planned)?;
    let tree = Rc::new(planned.fresh(&checks.walks));
    let origin = one::origin(&repository, member);
    let found = findings(run, checks, origin.as_deref(), &tree)?;
    let status = match (made.status, &found) {
        (Some(status), Ok(_)) => status,
        (None, _) | (_, Err(_)) => Status::Failed,
    };
    let group = &member.group;
    let mut report = RepoReport::new(&member.name, &group.name, &group.branch, status);
    report.base = Some(head.to_string());
    report.files.clone_from(&made.files);
    report.change = made.change.as_ref().map(|change| change.id.clone());
    let found = found.unwrap_or_else(|problems| problems);
    if made.status == Some(Status::Failed) {
        let fresh = made
            .diagnostics
            .iter()
            .filter(|problem| !found.contains(problem));
        report.diagnostics.extend(fresh.cloned());
    }
    report.diagnostics.extend(found);
    Ok((report, made.change.clone()))
}

/// What a tree's findings are, but for those that its baseline knows; or why there are none.
fn findings(
    run: &Run<'_>,
    checks: &Checks,
    origin: Option<&str>,
    tree: &Rc<Snapshot>,
) -> Result<Result<Vec<Diagnostic>, Vec<Diagnostic>>, Stop> {
    let unit = Unit::of_tree(Rc::clone(tree));
    let looked = looked(run, checks, origin, &unit, tree);
    let checked = looked
        .as_ref()
        .as_ref()
        .map_err(Clone::clone)
        .and_then(|looked| {
            let rest = Rest {
                unit: &unit,
                keys: &checks.keys,
                only: &[],
                depth: Depth::Tree,
                progress: &|_, _| {},
            };
            pipeline::finished(&rest, looked)
        });
    if let Some(fault) = tree.fault() {
        return Err(one::unreadable(&fault));
    }
    Ok(checked.map(|checked| {
        let fresh = checked
            .findings
            .into_iter()
            .filter(|finding| finding.known.is_none());
        fresh.map(|finding| finding.diagnostic).collect()
    }))
}

/// Does the first half of a check, or asks whoever remembers it.
fn looked(
    run: &Run<'_>,
    checks: &Checks,
    origin: Option<&str>,
    unit: &Unit,
    tree: &Rc<Snapshot>,
) -> Arc<Result<Looked, Vec<Diagnostic>>> {
    let mut key = DefaultHasher::new();
    origin.is_some_and(git::is_public_forge).hash(&mut key);
    let key = key.finish();
    if let Some(known) = checks.memo.find(key, tree) {
        return known;
    }
    let looked = pipeline::own(unit).and_then(|own| {
        pipeline::looked(&Question {
            unit,
            own: &own,
            reach: run.reach,
            origin,
            only: &[],
            depth: Depth::Tree,
            progress: &|_, _| {},
        })
    });
    let size = match &looked {
        Ok(looked) => looked.size(),
        Err(problems) => problems.iter().map(|problem| problem.message.len()).sum(),
    };
    let looked = Arc::new(looked);
    if tree.fault().is_none() {
        checks.memo.learn(key, tree, &looked, size);
    }
    looked
}
