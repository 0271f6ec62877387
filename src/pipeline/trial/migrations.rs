//! Migrations that move nothing, or to where nothing is.

use std::collections::{BTreeMap, BTreeSet};

use super::manifests::{Taken, case, seeds};
use super::render::OWN;
use super::{Found, Subject, warning};
use crate::catalog::Catalog;
use crate::git;
use crate::model::{BaseState, KeyPath, KeyPlace, Migration, RepoPath, Step, Version};
use crate::plan;
use crate::render::render;
use crate::resolve::resolve;

/// Every path and key that a set of templates gives, with whatever manifest.
type Given = BTreeMap<RepoPath, BTreeSet<KeyPath>>;

/// Looks at the migrations of the topmost pack.
pub(super) fn check(subject: &Subject<'_>, older: Option<&Catalog>, found: &mut Found) {
    let Some(pack) = subject.catalog.packs.first() else {
        return;
    };
    if pack.migrations.is_empty() {
        return;
    }
    let own = Version::parse(&pack.version);
    let was = older.and_then(|older| Version::parse(&older.packs.first()?.version));
    let gives = given(subject.catalog);
    let gave = older.map(given);
    for (at, migration) in pack.migrations.iter().enumerate() {
        let later = &pack.migrations[at + 1..];
        let step = &migration.step;
        let mut say = |message: String, help: &str| {
            let offset = offset(subject.meta(), at);
            found.add(subject.at("pack.toml", offset, warning(message, help)));
        };
        if Some(&migration.to) > own.as_ref() {
            let message = format!(
                "the migration to {} comes with no version yet",
                migration.to
            );
            say(message, "raise `version`, or correct `to`");
        }
        if let Some(end) = end(step).filter(|end| !starts_another(end, later))
            && !holds(&gives, &end)
        {
            let message = format!(
                "the migration moves to `{}`, which nothing gives",
                shown(&end)
            );
            say(
                message,
                "correct the name; a key that is gone takes `drop_key`",
            );
        }
        let is_taken = was.as_ref().is_none_or(|was| migration.to > *was);
        let start = start(step);
        if let Some(gave) = gave.as_ref().filter(|_| is_taken)
            && !holds(gave, &start)
            && !pack.migrations[..at]
                .iter()
                .any(|before| end(&before.step).as_ref() == Some(&start))
        {
            let message = format!(
                "the migration moves `{}`, which the older version never gave",
                shown(&start)
            );
            say(message, "correct the name, or remove the migration");
        }
    }
}

/// A file, or a key in one.
type Named = (RepoPath, Option<KeyPath>);

fn start(step: &Step) -> Named {
    match step {
        Step::RenameFile { from, .. } => (from.clone(), None),
        Step::RenameKey { path, from, .. } => (path.clone(), Some(from.clone())),
        Step::MoveKey { from, .. } | Step::DropKey(from) => named(from),
    }
}

fn end(step: &Step) -> Option<Named> {
    match step {
        Step::RenameFile { to, .. } => Some((to.clone(), None)),
        Step::RenameKey { path, to, .. } => Some((path.clone(), Some(to.clone()))),
        Step::MoveKey { to, .. } => Some(named(to)),
        Step::DropKey(_) => None,
    }
}

fn named(place: &KeyPlace) -> Named {
    (place.path.clone(), Some(place.key.clone()))
}

fn starts_another(end: &Named, later: &[Migration]) -> bool {
    later.iter().any(|migration| {
        let (path, key) = start(&migration.step);
        path == end.0 && (key.is_none() || key == end.1)
    })
}

fn holds(given: &Given, (path, key): &Named) -> bool {
    let keys = given.get(path);
    match (keys, key) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(keys), Some(key)) => keys.iter().any(|at| at.is_within(key)),
    }
}

fn shown((path, key): &Named) -> String {
    match key {
        Some(key) => format!("{path}: {key}"),
        None => path.to_string(),
    }
}

/// Where the migration with this number begins.
fn offset(text: &str, number: usize) -> usize {
    let mut heads = text.match_indices("\n[[migration]]");
    heads.nth(number).map_or(0, |(at, _)| at + 1)
}

fn given(catalog: &Catalog) -> Given {
    let mut given = Given::new();
    let features = catalog.feature_names();
    for profile in catalog.profile_names() {
        let whole = (0..seeds(catalog)).map(|seed| (Taken::All, seed));
        let alone = features.iter().map(|feature| (Taken::Alone(feature), 1));
        for (taken, seed) in whole.chain(alone) {
            let case = case(catalog, profile, taken, seed);
            let rendered = resolve(&case.manifest, catalog)
                .ok()
                .and_then(|resolution| render(&resolution, catalog, &OWN).ok());
            let Some(rendered) = rendered else { continue };
            let none = (BaseState::default(), BTreeMap::new());
            let planned = plan::plan(&none.0, &none.1, &rendered.files, &git::merge_text);
            for (path, file) in planned.into_iter().flat_map(|planned| planned.files) {
                given.entry(path).or_default().extend(file.keys.into_keys());
            }
        }
    }
    given
}
