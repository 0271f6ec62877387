//! One tree and what its group wants → what is to be written there: the pipeline, nothing more.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use git2::ObjectType;

use super::commit::shared_message;
use super::identity::{change_id, worded_alike};
use super::{Change, FileOutcome, Group, Run, Status};
use crate::git::{Edit, Packed, Snapshot};
use crate::manifest::{self, Assignment};
use crate::model::{Action, Diagnostic, FileChange, Mode, Plan, RepoPath, Value};
use crate::observe::{self, Hints, Unit};
use crate::pipeline::{self, Answers, Outcome, Own, Reach, Request, Templates};

/// How plans are put in words.
#[derive(Debug, Clone, Copy)]
pub struct Shown {
    /// As a patch.
    pub diff: fn(&Plan) -> String,
    /// As files with the lines that come and go.
    pub diffstat: fn(&Plan) -> String,
}

/// What the pipeline says of one tree; the same for every repository whose files in question are the same.
#[derive(Debug, Default)]
pub(super) struct Made {
    /// Up to date, changed, in conflict or failed.
    pub(super) status: Option<Status>,
    /// What is written, by path with all links resolved.
    pub(super) edits: BTreeMap<String, Edit>,
    /// The blobs of it.
    pub(super) blobs: Vec<Packed>,
    /// The files that are managed.
    pub(super) files: Vec<FileOutcome>,
    /// The change, where anything is written.
    pub(super) change: Option<Arc<Change>>,
    /// The files with the lines that come and go.
    pub(super) diffstat: String,
    /// What the commit says, where it says the same in every repository.
    pub(super) message: Option<String>,
    /// Whether templates of a pack went in that the fleet file does not name.
    pub(super) own_pack: bool,
    /// What there is to say.
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Made {
    fn failed(diagnostics: Vec<Diagnostic>) -> Self {
        Self {
            status: Some(Status::Failed),
            diagnostics,
            ..Self::default()
        }
    }

    /// Returns about how many bytes it keeps.
    pub(super) fn size(&self) -> usize {
        let blobs: usize = self.blobs.iter().map(Packed::size).sum();
        blobs + self.change.as_ref().map_or(0, |change| change.diff.len())
    }
}

/// What a first manifest needs that does not stand in the tree's managed files.
pub(super) fn hints(tree: &Rc<Snapshot>, origin: Option<&str>) -> Hints {
    observe::hints(&Unit::of_tree(Rc::clone(tree)), origin.map(str::to_owned))
}

/// Whether a tree has a manifest at its top.
pub(super) fn has_manifest(tree: &Snapshot) -> bool {
    let names = [observe::MANIFEST, ".config/claude-scaffold.toml"];
    let there = |name: &&str| tree.find(name).is_ok_and(|found| found.is_some());
    names.iter().any(there)
}

/// Runs the pipeline over a tree.
pub(super) fn make(tree: &Rc<Snapshot>, group: &Group, hints: &Hints, run: &Run<'_>) -> Made {
    let reach = run.reach;
    let unit = Unit::of_tree(Rc::clone(tree));
    let outcome = pipeline::own(&unit).and_then(|own| {
        let text = declared(&unit, &own, group, hints, reach)?;
        pipeline::run(&Request {
            unit: &unit,
            own: &own,
            manifest: &text,
            templates: Templates::Moved,
            reach,
        })
    });
    match outcome {
        Ok(outcome) => {
            let own_pack = !outcome.catalog.packs.is_empty() && group.value("pack").is_none();
            let made = match untrusted(&outcome, run).filter(|_| own_pack) {
                Some(problem) => Made::failed(vec![problem]),
                None => written(tree, &outcome, run.shown),
            };
            let message = shared_message(group, &made);
            Made {
                message,
                own_pack,
                ..made
            }
        }
        Err(problems) => Made::failed(problems),
    }
}

/// The manifest as it shall be: the member's own with the group's values, or a first one.
fn declared(
    unit: &Unit,
    own: &Own,
    group: &Group,
    hints: &Hints,
    reach: &Reach,
) -> Result<String, Vec<Diagnostic>> {
    let Some(text) = &own.manifest else {
        return first(unit, own, group, hints, reach);
    };
    let (declared, problems) = manifest::parse(unit.manifest.as_str(), text);
    if !problems.is_empty() {
        return Err(problems);
    }
    let differs = |value: &&Assignment| {
        let stands = declared.entries.get(&value.key).map(|entry| &entry.value);
        stands.unwrap_or(&Value::Null) != &value.value
    };
    let values: Vec<Assignment> = group.values.iter().filter(differs).cloned().collect();
    if values.is_empty() {
        return Ok(text.clone());
    }
    manifest::set(text, &values).map_err(|error| {
        let problem = Diagnostic::error("manifest", error.to_string());
        let help = "write it as a table, `[name]`, in the repository's manifest";
        vec![problem.in_file(unit.manifest.as_str()).with_help(help)]
    })
}

fn first(
    unit: &Unit,
    own: &Own,
    group: &Group,
    hints: &Hints,
    reach: &Reach,
) -> Result<String, Vec<Diagnostic>> {
    let Some(profile) = group.value("profile") else {
        let message = "no manifest, and the fleet names no profile for one";
        let help = format!("give group `{}` a `profile` in the fleet file", group.name);
        return Err(vec![Diagnostic::error("manifest", message).with_help(help)]);
    };
    let base = pipeline::base(unit, own)?;
    let pack = group.value("pack");
    let catalog = pipeline::catalog(unit, pack, &base, Templates::Moved, reach)?;
    let listed = group.values.iter().find(|value| value.key == "features");
    let listed = listed.and_then(|value| value.value.as_array());
    let listed = listed.into_iter().flatten().filter_map(Value::as_str);
    let (without, with): (Vec<_>, Vec<_>) = listed.partition(|name| name.starts_with('-'));
    let rest = |value: &&Assignment| !matches!(value.key.as_str(), "profile" | "features");
    let answers = Answers {
        profile: profile.to_owned(),
        with: with.into_iter().map(str::to_owned).collect(),
        without: without
            .into_iter()
            .map(|name| name[1..].to_owned())
            .collect(),
        assignments: group.values.iter().filter(rest).cloned().collect(),
    };
    pipeline::check(&answers, &catalog)?;
    Ok(pipeline::first(&answers, hints, &catalog)?.text)
}

/// What to say of a pack that nobody has agreed to; folders of this machine need no asking.
fn untrusted(outcome: &Outcome, run: &Run<'_>) -> Option<Diagnostic> {
    let mut packs = outcome.catalog.packs.iter().filter(|pack| pack.is_remote);
    let pack = packs.find(|pack| !(run.trusts)(&pack.address))?;
    let message = format!(
        "nobody has agreed to the pack `{}` of its manifest",
        pack.address
    );
    let help = "name it in the fleet file, or agree to all: `claude-scaffold fleet apply --yes`";
    Some(Diagnostic::error("trust", message).with_help(help))
}

/// What a plan comes to in git's objects.
fn written(tree: &Snapshot, outcome: &Outcome, shown: Shown) -> Made {
    let plan = &outcome.plan;
    let mut made = Made {
        files: files(plan),
        diagnostics: plan.diagnostics.clone(),
        ..Made::default()
    };
    for change in plan.writes() {
        if let Err(problem) = put(tree, change, &mut made) {
            return Made::failed(vec![problem]);
        }
    }
    let writes = !made.edits.is_empty();
    if writes {
        let diff = (shown.diff)(plan);
        made.diffstat = (shown.diffstat)(plan);
        let tag = outcome.resolution.declared.project_tag.as_deref();
        let lockfile = plan.own.last().map(|change| change.path.as_str());
        let id = change_id(plan, &worded_alike(&diff, tag, lockfile));
        made.change = Some(Arc::new(Change { id, diff }));
    }
    made.status = Some(match (plan.has_conflicts(), writes) {
        (true, _) => Status::Conflict,
        (false, true) => Status::Changed,
        (false, false) => Status::UpToDate,
    });
    made
}

/// One file's blob and where it goes; a file that moves leaves its old place.
fn put(tree: &Snapshot, change: &FileChange, made: &mut Made) -> Result<(), Diagnostic> {
    let place = |path: &RepoPath| {
        let spot = observe::tree_spot(tree, path);
        spot.map(|spot| spot.real).map_err(|blocked| {
            let message = format!("`{path}` is {blocked}");
            let help = "make it a regular file inside the repository, or switch its feature off";
            Diagnostic::error("target", message)
                .in_file(path.as_str())
                .with_help(help)
        })
    };
    let at = place(&change.path)?;
    let Some(text) = &change.after else {
        made.edits.insert(at, Edit::Drop);
        return Ok(());
    };
    let blob = Packed::new(ObjectType::Blob, text.as_bytes())
        .map_err(|error| Diagnostic::error("git", error.message()))?;
    let bits = match change.mode {
        Mode::Executable => 0o100_755,
        Mode::Regular => 0o100_644,
    };
    made.edits.insert(at, Edit::Put(blob.id, bits));
    made.blobs.push(blob);
    Ok(())
}

fn files(plan: &Plan) -> Vec<FileOutcome> {
    let all = plan.changes.iter().chain(&plan.own);
    let mut files: Vec<FileOutcome> = all
        .filter(|change| change.after.is_some() || change.action != Action::Keep)
        .map(|change| FileOutcome {
            path: change.path.to_string(),
            action: change.action,
            conflicts: change.conflicts.iter().map(|c| c.key.to_string()).collect(),
        })
        .collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}
