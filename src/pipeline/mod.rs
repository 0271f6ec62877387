//! The pipeline on one page: manifest → resolution → desired state; observed files and lockfile
//! beside it; the plan from the three.
//!
//! Every command that looks at one repository runs this; none writes here.

mod adopt;
mod check;
mod credential;
mod first;
mod guard;
mod keys;
mod left;
mod literal;
mod machine;
mod merged;
mod own;
mod packs;
mod remove;
mod settle;
mod skeleton;
mod target;
mod trial;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::rc::Rc;

use crate::catalog::Catalog;
use crate::manifest::Manifest;
use crate::model::{Actual, BaseState, Diagnostic, Mode, Plan, RepoPath, Step};
use crate::observe::{self, Unit};
use crate::pack::{CODE, Network, Prompt};
use crate::render::{RenderError, Rendered, render};
use crate::resolve::{Resolution, resolve};
use crate::{diagnose, git, manifest, migrate, plan};
use left::left;

pub use adopt::{Adopting, Adoption, Score, Standing, Taken, adopt, place, take};
pub use check::{
    Checked, DRIFT, Depth, Keys, Looked, Question, Rest, accepted, among, checked, findings,
    finished, looked, mending,
};
pub use credential::{Credential, INTERRUPTED, Seeker, Wanted, credential, env_file};
pub use first::{Answers, First, check, contradictions, first};
pub use guard::{base, unmerged};
pub use keys::{Moved, moved_keys};
pub use machine::machine;
pub use merged::{lockfile_alone, start_in_merge, to_stage};
pub use own::{Own, own};
use own::{lockfile, own_changes};
pub use packs::{Memory, catalog, destination};
pub use remove::removal;
pub use settle::{Decision, decided};
pub use skeleton::new_pack;
pub use target::{Aim, Around, Stores, aim};
pub use trial::try_out;

/// Whether the templates may differ from the ones the lockfile names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Templates {
    /// They must be the same.
    Same,
    /// Moving to the newest is the point.
    Moved,
    /// They may differ, but none are looked for: nothing will be written.
    Any,
}

/// What a run compares with, where that is not simply what stands on the disk.
#[derive(Debug, Clone, Default)]
pub struct Start {
    /// The base.
    pub base: Rc<BaseState>,
    /// What the lockfile says, if it can be read.
    stood: Option<Rc<BaseState>>,
    /// Files of a merge under way that are settled, or settled here.
    settled: BTreeSet<RepoPath>,
    /// Texts that are merged in place of files that hold git's conflict markers.
    texts: BTreeMap<RepoPath, String>,
}

/// What there is to read packs with.
#[derive(Debug, Clone)]
pub struct Reach {
    /// The user's cache of packs.
    pub cache: PathBuf,
    /// Whether packs may be fetched.
    pub network: Network,
    /// Whether git may ask for a password.
    pub prompt: Prompt,
    /// Packs that were read already.
    pub memory: Memory,
}

/// One run of the pipeline.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Where.
    pub unit: &'a Unit,
    /// The unit's own files as they are.
    pub own: &'a Own,
    /// The manifest as it shall be.
    pub manifest: &'a str,
    /// Whether templates may move.
    pub templates: Templates,
    /// How packs are read.
    pub reach: &'a Reach,
}

/// What a run of the pipeline gives.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Everything `apply` would do.
    pub plan: Plan,
    /// The values behind it.
    pub resolution: Resolution,
    /// The templates behind it.
    pub catalog: Catalog,
    /// What the run compared with.
    pub base: Rc<BaseState>,
    /// What the lockfile remembers once the plan is applied.
    pub next: BaseState,
    /// What should be there, and which feature gives it.
    pub rendered: Rendered,
}

/// Computes the plan that makes a unit match a manifest text.
///
/// # Errors
/// Returns every problem of the manifest, the lockfile or the targets; nothing may be written then.
pub fn run(request: &Request<'_>) -> Result<Outcome, Vec<Diagnostic>> {
    run_from(request, &start(request.unit, request.own)?)
}

/// Returns the start that the lockfile gives.
///
/// # Errors
/// Fails where the lockfile cannot be read.
pub fn start(unit: &Unit, own: &Own) -> Result<Start, Vec<Diagnostic>> {
    let base = Rc::new(guard::base(unit, own)?);
    Ok(Start {
        stood: Some(base.clone()),
        base,
        ..Start::default()
    })
}

/// Computes the plan as [`run`] does, from a start of the caller's.
///
/// # Errors
/// As [`run`].
pub fn run_from(request: &Request<'_>, start: &Start) -> Result<Outcome, Vec<Diagnostic>> {
    let &Request { unit, own, .. } = request;
    let base = &start.base;
    let (manifest, problems) = manifest::parse(unit.manifest.as_str(), request.manifest);
    if problems.iter().any(|d| d.code == manifest::SYNTAX) {
        return Err(problems);
    }
    let catalog = match packs::declared(request, &manifest, base) {
        Ok(catalog) => catalog,
        Err(further) => return Err(together(problems, further)),
    };
    let mut problems = problems;
    for problem in literal::of_manifest(&catalog, &manifest) {
        let said = |d: &Diagnostic| d.code == problem.code && d.line == problem.line;
        if !problems.iter().any(said) {
            problems.push(problem);
        }
    }
    let resolution = declared(&manifest, problems, &catalog)?;
    let names = [unit.manifest.as_str(), unit.lockfile.as_str()];
    let rendered = render(&resolution, &catalog, &names);
    let rendered = rendered.map_err(|e| vec![unrendered(unit, &catalog, &e)])?;
    literal::of_packs(&catalog, &rendered)?;
    guard::places(unit, &resolution.declared.env_file, &rendered)?;
    let next = packs::revision(request, base, &catalog, &rendered)?;
    guard::templates(request, base, &next)?;
    let mut steps = packs::steps(base, &catalog)?;
    steps.extend(migrate::renamed_outputs(base, &rendered.outputs));
    let mut paths = plan::paths(base, &rendered.files);
    paths.extend(migrate::paths(&steps));
    guard::repository(unit, &paths, &start.settled)?;
    guard::neighbours(unit, &paths)?;
    let (planned, left) = compare(unit, start, &rendered, &steps, &paths)?;
    let next = BaseState {
        files: planned.files,
        ..next
    };
    let mut diagnostics = diagnose::conflicts(&planned.changes, &rendered, &resolution, &catalog);
    diagnostics.extend(settle::unsettled(&planned.changes));
    diagnostics.extend(left);
    let declared = &resolution.declared;
    let env_file = declared.env_file.as_str();
    if declared.public && declared.gateway.is_some() {
        diagnostics.push(diagnose::shown(unit.manifest.as_str(), env_file));
    } else if declared.undecided {
        diagnostics.push(diagnose::withheld(env_file));
    }
    if guard::tracks(unit, &declared.env_file)? {
        diagnostics.push(diagnose::tracked(env_file));
    }
    let lockfile = lockfile(own, start.stood.as_deref(), &next);
    let plan = Plan {
        own: own_changes(unit, own, Some(request.manifest), Some(&lockfile)),
        changes: planned.changes,
        diagnostics,
    };
    Ok(Outcome {
        plan,
        resolution,
        catalog,
        base: Rc::clone(base),
        next,
        rendered,
    })
}

/// Records the mode of executables that git tracks, where the work tree cannot hold it.
///
/// # Errors
/// Fails where git's index cannot be written.
pub fn stage_modes(unit: &Unit, plan: &Plan) -> Result<(), Vec<Diagnostic>> {
    let Some(place) = unit
        .git
        .as_ref()
        .filter(|place| git::is_without_modes(place))
    else {
        return Ok(());
    };
    let prefix = unit.prefix();
    let ours = plan
        .changes
        .iter()
        .filter(|c| c.writes() && c.mode == Mode::Executable);
    for change in ours {
        let staged = git::set_mode(place, &format!("{prefix}{}", change.path), change.mode);
        staged.map_err(|error| {
            let problem = Diagnostic::warning("target", error.to_string());
            let help = format!("run `git update-index --chmod=+x {}`", change.path);
            vec![problem.with_help(help)]
        })?;
    }
    Ok(())
}

/// Returns a diagnostic for the managed files that git would not see, once it is written.
#[must_use]
pub fn hidden(unit: &Unit, plan: &Plan) -> Option<Diagnostic> {
    let place = unit.git.as_ref()?;
    let prefix = unit.prefix();
    let own = plan.own.iter().chain(&plan.changes);
    let there = own.filter(|change| change.after.is_some());
    let paths: Vec<String> = there
        .map(|change| format!("{prefix}{}", change.path))
        .collect();
    let hidden = git::ignored(place, &paths);
    let inside = |path: &'_ String| path.strip_prefix(&prefix).unwrap_or(path).to_owned();
    let hidden: Vec<String> = hidden.iter().map(inside).collect();
    let hidden: Vec<&str> = hidden.iter().map(String::as_str).collect();
    diagnose::hidden(&hidden)
}

/// Resolves a manifest whose own problems are known.
fn declared(
    manifest: &Manifest,
    problems: Vec<Diagnostic>,
    catalog: &Catalog,
) -> Result<Resolution, Vec<Diagnostic>> {
    match resolve(manifest, catalog) {
        Ok(resolution) if problems.is_empty() => Ok(resolution),
        Ok(_) => Err(problems),
        Err(further) => Err(together(problems, further)),
    }
}

/// Two rooms' problems of one file, in its order; a place is named once.
fn together(mut problems: Vec<Diagnostic>, further: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let known: Vec<_> = problems.iter().map(|d| (d.line, d.column)).collect();
    let fresh = further
        .into_iter()
        .filter(|d| d.line.is_none() || !known.contains(&(d.line, d.column)));
    problems.extend(fresh);
    problems.sort_by_key(|d| (d.line, d.column));
    problems
}

/// Compares the three states of every path, under the names that files and keys have now; and says
/// what is the user's from now on.
fn compare(
    unit: &Unit,
    start: &Start,
    rendered: &Rendered,
    steps: &[Step],
    paths: &BTreeSet<RepoPath>,
) -> Result<(plan::Planned, Vec<Diagnostic>), Vec<Diagnostic>> {
    let mut actual = observe::actual(unit, paths.iter());
    let mut stood = Vec::new();
    for (path, text) in &start.texts {
        if let Some(Actual::Text { text: there, .. }) = actual.get_mut(path) {
            stood.push((path, std::mem::replace(there, text.clone())));
        }
    }
    let migrated = migrate::migrate(&start.base, &actual, &rendered.files, steps)?;
    let mut planned = plan::plan_moved(&migrated, &actual, &rendered.files, &git::merge_text)?;
    for (path, file) in &mut planned.files {
        file.outputs = rendered.outputs.get(path).cloned().unwrap_or_default();
    }
    for (path, text) in stood {
        let change = planned.changes.iter_mut().find(|c| c.path == *path);
        if let Some(change) = change {
            change.replace(text);
        }
    }
    let notes = planned.changes.iter().flat_map(|change| {
        let base = migrated.base.files.get(&change.path);
        let next = planned.files.get(&change.path);
        let why = "is not in the templates any more; you changed it, so it stays and is yours";
        base.map(|base| left(base, next, change, why))
            .unwrap_or_default()
    });
    let notes = notes.collect();
    Ok((planned, notes))
}

fn unrendered(unit: &Unit, catalog: &Catalog, error: &RenderError) -> Diagnostic {
    match error {
        RenderError::Clash(path) => guard::collision(unit, path, path),
        _ if !catalog.packs.is_empty() => Diagnostic::error(CODE, error.to_string())
            .with_help("have it mended where the pack is made"),
        _ => defect(error),
    }
}

/// Returns what to say of a broken template set.
pub fn defect(error: &dyn std::error::Error) -> Diagnostic {
    Diagnostic::error("templates", error.to_string()).with_help(
        "a pack's are checked by `claude-scaffold pack check`; without one please report it",
    )
}
