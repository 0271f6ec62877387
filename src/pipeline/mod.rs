//! The pipeline on one page: manifest → resolution → desired state; observed files and lockfile
//! beside it; the plan from the three.
//!
//! Every command that looks at one repository runs this; none writes here.

mod adopt;
mod first;
mod guard;
mod packs;

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::catalog::Catalog;
use crate::manifest::Manifest;
use crate::model::{Action, Actual, BaseState, Diagnostic, FileChange, Mode, Plan, RepoPath};
use crate::observe::{self, Unit};
use crate::render::{RenderError, Rendered, render};
use crate::resolve::{Resolution, resolve};
use crate::{diagnose, git, lock, manifest, plan};

pub use adopt::{Adopting, Adoption, Score, Standing, Taken, adopt, place, take};
pub use first::{Answers, First, check, contradictions, first};
pub use guard::base;
pub use packs::{Network, catalog};

/// Whether the templates may differ from the ones the lockfile names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Templates {
    /// They must be the same.
    Same,
    /// Moving to the ones of this version is the point.
    Moved,
}

/// A unit's files that the tool itself writes, as they are.
#[derive(Debug, Clone)]
pub struct Own {
    /// The manifest's text; none where there is no manifest yet.
    pub manifest: Option<String>,
    /// The lockfile's text.
    pub lockfile: Option<String>,
    modes: BTreeMap<RepoPath, Mode>,
}

/// What there is to read packs with.
#[derive(Debug, Clone)]
pub struct Reach {
    /// The user's cache of packs.
    pub cache: PathBuf,
    /// Whether packs may be fetched.
    pub network: Network,
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
    /// What the lockfile remembered.
    pub base: BaseState,
    /// What it will remember.
    pub next: BaseState,
    /// What should be there, and which feature gives it.
    pub rendered: Rendered,
}

/// Reads manifest and lockfile.
///
/// # Errors
/// Fails where one of them is no regular UTF-8 file.
pub fn own(unit: &Unit) -> Result<Own, Vec<Diagnostic>> {
    guard::one_manifest(unit)?;
    let paths = [&unit.manifest, &unit.lockfile];
    let state = observe::actual(&unit.root, paths.into_iter());
    let mut modes = BTreeMap::new();
    let mut text = |path: &RepoPath| match state.get(path) {
        Some(Actual::Text { text, mode }) => {
            modes.insert(path.clone(), *mode);
            Ok(Some(text.clone()))
        }
        Some(Actual::Other(what)) => {
            let problem =
                Diagnostic::error("manifest", format!("cannot read `{path}`: it is {what}"));
            let help = "make it a regular UTF-8 file";
            Err(vec![problem.in_file(path.as_str()).with_help(help)])
        }
        Some(Actual::Absent) | None => Ok(None),
    };
    Ok(Own {
        manifest: text(&unit.manifest)?,
        lockfile: text(&unit.lockfile)?,
        modes,
    })
}

/// Computes the plan that makes a unit match a manifest text.
///
/// # Errors
/// Returns every problem of the manifest, the lockfile or the targets; nothing may be written then.
pub fn run(request: &Request<'_>) -> Result<Outcome, Vec<Diagnostic>> {
    let &Request { unit, own, .. } = request;
    let base = base(unit, own)?;
    let (manifest, problems) = manifest::parse(unit.manifest.as_str(), request.manifest);
    if problems.iter().any(|d| d.code == manifest::SYNTAX) {
        return Err(problems);
    }
    let catalog = match packs::declared(request, &manifest, &base) {
        Ok(catalog) => catalog,
        Err(further) => return Err(together(problems, further)),
    };
    let resolution = declared(&manifest, problems, &catalog)?;
    let names = [unit.manifest.as_str(), unit.lockfile.as_str()];
    let rendered = render(&resolution, &catalog, &names).map_err(|e| vec![unrendered(unit, &e)])?;
    guard::places(unit, &resolution.declared.env_file, &rendered)?;
    let next = packs::revision(request, &base, &catalog, &rendered)?;
    if request.templates == Templates::Same {
        guard::same_templates(unit, &base, &next)?;
    }
    let paths = plan::paths(&base, &rendered.files);
    guard::repository(unit, &paths)?;
    guard::neighbours(unit, &paths)?;
    let actual = observe::actual(&unit.root, paths.iter());
    let planned = plan::plan(&base, &actual, &rendered.files, &git::merge_text)?;
    let next = BaseState {
        files: planned.files,
        ..next
    };
    let mut diagnostics = diagnose::conflicts(&planned.changes, &rendered, &resolution);
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
    let plan = Plan {
        own: own_changes(unit, own, request.manifest, &lockfile(own, &base, &next)),
        changes: planned.changes,
        diagnostics,
    };
    Ok(Outcome {
        plan,
        resolution,
        catalog,
        base,
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

/// The changes of manifest and lockfile, the lockfile last.
fn own_changes(unit: &Unit, own: &Own, manifest: &str, lockfile: &str) -> Vec<FileChange> {
    let change = |path: &RepoPath, before: &Option<String>, after: &str| {
        let mode = own.modes.get(path).copied().unwrap_or_default();
        let action = match before {
            None => Action::Create,
            Some(text) if text == after => Action::Keep,
            Some(_) => Action::Update,
        };
        FileChange {
            path: path.clone(),
            action,
            before: before.clone(),
            after: Some(after.to_owned()),
            mode_before: mode,
            mode,
            conflicts: Vec::new(),
        }
    };
    vec![
        change(&unit.manifest, &own.manifest, manifest),
        change(&unit.lockfile, &own.lockfile, lockfile),
    ]
}

/// A lockfile that says the same in other words stays as it is.
fn lockfile(own: &Own, base: &BaseState, next: &BaseState) -> String {
    match &own.lockfile {
        Some(text) if lock::write(base) == lock::write(next) => text.clone(),
        Some(text) if text.contains("\r\n") => lock::write(next).replace('\n', "\r\n"),
        _ => lock::write(next),
    }
}

fn unrendered(unit: &Unit, error: &RenderError) -> Diagnostic {
    match error {
        RenderError::Clash(path) => guard::collision(unit, path, path),
        _ => defect(error),
    }
}

/// Returns what to say of a broken template set.
pub fn defect(error: &dyn std::error::Error) -> Diagnostic {
    Diagnostic::error("templates", error.to_string())
        .with_help("this is a defect of this build; please report it")
}
