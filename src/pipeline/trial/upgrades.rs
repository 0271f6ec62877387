//! Repositories that are edited and upgraded, and what must hold then.

use std::collections::BTreeMap;

use super::edits::{Edit, Edits, edit};
use super::manifests::{Case, Taken, case};
use super::random::Random;
use super::render::OWN;
use super::{Found, Subject, error};
use crate::catalog::Catalog;
use crate::model::{Actual, ActualState, BaseState, Conflict, FileChange, Format, Mode, RepoPath};
use crate::pipeline::packs;
use crate::render::{Rendered, render};
use crate::resolve::resolve;
use crate::{git, lock, migrate, plan};

/// Repositories per profile.
const REPOSITORIES: u64 = 6;

/// A repository in memory.
struct Repository {
    files: ActualState,
    base: BaseState,
    edits: Edits,
}

/// Lets repositories move from what is below the pack, over an older version, to this one.
pub(super) fn upgrade_all(subject: &Subject<'_>, older: Option<&Catalog>, found: &mut Found) {
    let below = Catalog {
        packs: subject.catalog.packs.iter().skip(1).cloned().collect(),
    };
    let stages: Vec<&Catalog> = std::iter::once(&below)
        .chain(older)
        .chain([subject.catalog])
        .collect();
    for profile in subject.catalog.profile_names() {
        for seed in 0..REPOSITORIES {
            let case = case(subject.catalog, profile, Taken::All, seed + 1);
            // What is below may not know the profile; then the repository begins further up.
            let fits = |stage: &&Catalog| rendered(stage, &case).is_some();
            let mut stages: Vec<&Catalog> = stages.iter().copied().filter(fits).collect();
            if stages.len() < 2 {
                stages.push(subject.catalog);
            }
            walk(subject, &stages, &case, seed, found);
        }
    }
}

fn rendered(catalog: &Catalog, case: &Case) -> Option<Rendered> {
    let resolution = resolve(&case.manifest, catalog).ok()?;
    render(&resolution, catalog, &OWN).ok()
}

fn walk(subject: &Subject<'_>, stages: &[&Catalog], case: &Case, seed: u64, found: &mut Found) {
    let mut repository = Repository {
        files: ActualState::new(),
        base: BaseState::default(),
        edits: Edits::new(),
    };
    let mut random = Random::new(seed);
    for (round, stage) in stages.iter().enumerate() {
        let Some(wanted) = rendered(stage, case) else {
            return;
        };
        let mut say = |path: &str, law: String| {
            let help = format!("seen with {}, edits of seed {seed}", case.about);
            found.add(error(format!("an upgrade breaks a promise: {law}"), help).in_file(path));
        };
        let changes = match repository.step(stage, &wanted) {
            Ok(changes) => changes,
            Err(problem) => {
                let (path, message) = *problem;
                let path = path.unwrap_or_else(|| subject.label("pack.toml"));
                say(&path, message);
                return;
            }
        };
        for (path, law) in repository.broken(&changes) {
            say(path.as_str(), law);
        }
        match repository.step(stage, &wanted) {
            Ok(again) => {
                for change in again.iter().filter(|change| change.writes()) {
                    say(
                        change.path.as_str(),
                        "a second upgrade writes the file again".to_owned(),
                    );
                }
            }
            Err(problem) => say(&problem.0.unwrap_or_default(), problem.1),
        }
        repository.edit(round, &mut random);
    }
}

type Problem = Box<(Option<String>, String)>;

impl Repository {
    /// Brings the repository to what the templates want.
    fn step(&mut self, catalog: &Catalog, wanted: &Rendered) -> Result<Vec<FileChange>, Problem> {
        let told = |problems: Vec<crate::model::Diagnostic>| {
            let first = problems.into_iter().next();
            let first = first.map(|problem| (problem.path, problem.message));
            Box::new(first.unwrap_or_default())
        };
        let mut steps = packs::steps(&self.base, catalog).map_err(told)?;
        steps.extend(migrate::renamed_outputs(&self.base, &wanted.outputs));
        let migrated =
            migrate::migrate(&self.base, &self.files, &wanted.files, &steps).map_err(told)?;
        let mut planned = plan::plan_moved(&migrated, &self.files, &wanted.files, &git::merge_text)
            .map_err(told)?;
        for (path, file) in &mut planned.files {
            file.outputs = wanted.outputs.get(path).cloned().unwrap_or_default();
        }
        for change in &planned.changes {
            let now = match &change.after {
                Some(text) => Actual::Text {
                    text: text.clone(),
                    mode: change.mode,
                },
                None => Actual::Absent,
            };
            self.files.insert(change.path.clone(), now);
            if let Some(old) = &change.moved_from {
                let edits = self.edits.remove(old);
                self.edits
                    .extend(edits.map(|edits| (change.path.clone(), edits)));
            }
        }
        self.base = BaseState {
            format: lock::VERSION,
            version: catalog.version().unwrap_or_default().to_owned(),
            packs: catalog.packs.iter().map(packs::pinned).collect(),
            files: planned.files,
            ..BaseState::default()
        };
        Ok(planned.changes)
    }

    /// What does not hold after a step.
    fn broken(&self, changes: &[FileChange]) -> Vec<(RepoPath, String)> {
        let mut broken = Vec::new();
        for (path, edits) in &self.edits {
            let text = match self.files.get(path) {
                Some(Actual::Text { text, .. }) => text.as_str(),
                _ => "",
            };
            let format = self.base.files.get(path).and_then(|file| file.format);
            let format = format.unwrap_or(Format::WholeFile);
            let lost = edits.iter().filter(|edit| edit.is_lost(path, format, text));
            // A migration may have taken it to another file.
            let lost = lost.filter(|edit| !self.holds(edit));
            broken.extend(lost.map(|edit| (path.clone(), edit.to_string())));
        }
        let conflicts = changes.iter().flat_map(|change| {
            change
                .conflicts
                .iter()
                .map(|conflict| (&change.path, conflict))
        });
        for (path, conflict) in conflicts.filter(|(_, conflict)| !is_real(conflict)) {
            let key = &conflict.key;
            broken.push((
                path.clone(),
                format!("`{key}` is in conflict, and only one side changed it"),
            ));
        }
        broken
    }

    /// Whether any file holds what the user wrote.
    fn holds(&self, edit: &Edit) -> bool {
        let Edit::Wrote(mark) = edit else {
            return false;
        };
        self.files.values().any(|file| match file {
            Actual::Text { text, .. } => text.contains(mark.as_str()),
            _ => false,
        })
    }

    fn edit(&mut self, round: usize, random: &mut Random) {
        let files: BTreeMap<_, _> = self.base.files.clone();
        for (number, (path, base)) in files.into_iter().enumerate() {
            let Some(Actual::Text { text, .. }) = self.files.get(&path) else {
                continue;
            };
            if random.once_in(3) {
                continue;
            }
            let mark = format!("{round}_{number}_");
            let edited = edit(&path, &base, text, &mark, random);
            let known = self.edits.entry(path.clone()).or_default();
            let format = base.format.unwrap_or(Format::WholeFile);
            known.retain(|edit| !edit.is_lost(&path, format, &edited.text));
            known.extend(edited.edits);
            let text = Actual::Text {
                text: edited.text,
                mode: Mode::Regular,
            };
            self.files.insert(path, text);
        }
    }
}

/// Whether both sides changed the key.
fn is_real(conflict: &Conflict) -> bool {
    conflict.base != conflict.desired && conflict.actual != conflict.base
}
