//! The manifest's pack → the templates of a run, and what the lockfile says of them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Reach, Request, Templates, guard};
use crate::catalog::{Catalog, Lock, Overlay};
use crate::diagnose::quoted;
use crate::lock;
use crate::manifest::Manifest;
use crate::model::{BasePack, BaseState, Diagnostic, Migration, Step, Version};
use crate::observe::{Unit, View};
use crate::pack::{self, Ground, Pack, Pin, Source, SourceError, Want};
use crate::render::Rendered;

/// The source of a lockfile whose templates are the embedded ones.
const EMBEDDED: &str = "embedded";

/// Packs that were read already, for runs over many repositories: the newest of a pack is the same for
/// all of them.
#[derive(Debug, Clone, Default)]
pub struct Memory(Option<Arc<Mutex<Known>>>);

type Known = BTreeMap<String, Result<Catalog, Vec<Diagnostic>>>;

impl Memory {
    /// Returns one that keeps what it sees.
    #[must_use]
    pub fn kept() -> Self {
        Self(Some(Arc::default()))
    }

    /// Others wait while a pack is read, for they want the same one.
    fn get(
        &self,
        address: &str,
        read: impl FnOnce() -> Result<Catalog, Vec<Diagnostic>>,
    ) -> Result<Catalog, Vec<Diagnostic>> {
        let Some(known) = &self.0 else { return read() };
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(address.to_owned()).or_insert_with(read).clone()
    }
}

/// Reads the templates that a pack's address stands for; none: the embedded ones.
///
/// # Errors
/// Returns every problem of the address and of the pack behind it.
pub fn catalog(
    unit: &Unit,
    pack: Option<&str>,
    base: &BaseState,
    templates: Templates,
    reach: &Reach,
) -> Result<Catalog, Vec<Diagnostic>> {
    let Some(text) = pack else {
        return Ok(Catalog::embedded());
    };
    let source = Source::parse(text).map_err(|error| vec![unreadable(text, &error)])?;
    if let (View::Tree(_), Source::Folder(folder)) = (&unit.view, &source)
        && !Path::new(folder).is_absolute()
    {
        return Err(vec![inside(folder)]);
    }
    let ground = Ground {
        root: &unit.root,
        cache: &reach.cache,
        pins: &pins(base),
        want: match templates {
            Templates::Same | Templates::Any => Want::Pinned,
            Templates::Moved => Want::Newest,
        },
        network: reach.network,
        prompt: reach.prompt,
    };
    let read = || {
        let packs = pack::resolve(&source, &ground)?;
        Ok(Catalog {
            packs: packs.into_iter().map(overlay).collect(),
        })
    };
    match ground.want {
        Want::Newest => reach.memory.get(text, read),
        Want::Pinned => read(),
    }
}

/// Returns what to say of a pack in a repository of which only git's objects are looked at.
fn inside(folder: &str) -> Diagnostic {
    let message =
        format!("the pack `path:{folder}` is a folder of the repository, without a work tree");
    let help = "name the pack by its git address, or in the fleet file by its full path";
    Diagnostic::error(pack::CODE, message).with_help(help)
}

/// Reads the templates that a manifest names.
pub(super) fn declared(
    request: &Request<'_>,
    manifest: &Manifest,
    base: &BaseState,
) -> Result<Catalog, Vec<Diagnostic>> {
    let &Request {
        unit,
        templates,
        reach,
        ..
    } = request;
    let pack = manifest.entries.get("pack").and_then(|e| e.value.as_str());
    catalog(unit, pack, base, templates, reach).map_err(|problems| {
        let placed = |problem: Diagnostic| match problem.path {
            None => manifest.place("pack", problem),
            Some(_) => problem,
        };
        problems.into_iter().map(placed).collect()
    })
}

/// Returns the `pack` of a manifest that moves to a tag, a branch, a commit, or another address.
///
/// # Errors
/// Fails where there is no pack to move, or the text is neither a revision nor an address.
pub fn destination(pack: Option<&str>, to: &str) -> Result<String, Diagnostic> {
    if to.starts_with("path:") || to.starts_with("git+") {
        let source = Source::parse(to).map_err(|error| unreadable(to, &error))?;
        return Ok(source.to_string());
    }
    if to.starts_with(['.', '/', '~']) {
        let problem = Diagnostic::error("usage", format!("`{to}` is no tag, branch or commit"));
        let folder = quoted(&format!("path:{to}"));
        return Err(problem.with_help(format!(
            "for a pack in a folder: `claude-scaffold upgrade --to {folder}`, as seen from the manifest"
        )));
    }
    let Some(pack) = pack else {
        let problem =
            Diagnostic::error("usage", "no pack here that could move to another revision");
        return Err(problem.with_help(
            "name a pack: `--to \"git+https://…?tag=v1\"`; the embedded templates move with the program",
        ));
    };
    let source = Source::parse(pack).map_err(|error| unreadable(pack, &error))?;
    let moved = source
        .with_ref(to)
        .map_err(|error| unreadable(to, &error))?;
    Ok(moved.to_string())
}

/// Returns what the lockfile will say of the templates, and of no file.
pub(super) fn revision(
    request: &Request<'_>,
    base: &BaseState,
    catalog: &Catalog,
    rendered: &Rendered,
) -> Result<BaseState, Vec<Diagnostic>> {
    let defect = |e| vec![super::defect(&e)];
    let version = catalog.version().map_err(defect)?;
    let needs = catalog.since().map_err(defect)?;
    let source = catalog.packs.first().map(|pack| pack.source.as_str());
    let source = source.unwrap_or(EMBEDDED);
    let moves = request.templates == Templates::Moved;
    let mut next = BaseState {
        format: lock::VERSION,
        source: source.to_owned(),
        version: version.to_owned(),
        needs: needs.to_owned(),
        packs: catalog.packs.iter().map(pinned).collect(),
        features: rendered.features.clone(),
        files: BTreeMap::new(),
    };
    if base.format > 0 && !moves && source == EMBEDDED {
        next.format = base.format;
    }
    let same = base.source == next.source && guard::other_features(base, &next).is_none();
    if base.format > 0 && same && (!moves || guard::is_newer(base, &next)) {
        // Templates that this repository does not use may differ between two programs.
        next.version.clone_from(&base.version);
        next.needs.clone_from(&base.needs);
    }
    Ok(next)
}

/// The migrations between what the lockfile names and what is rendered: of the embedded templates
/// and of every pack that was there before, a pack below before the one above.
pub(super) fn steps(base: &BaseState, catalog: &Catalog) -> Result<Vec<Step>, Vec<Diagnostic>> {
    let mut steps = Vec::new();
    if base.format == 0 {
        return Ok(steps);
    }
    let embedded = match catalog.text("migrations.toml") {
        Ok(text) => pack::migrations("migrations.toml", text)?,
        Err(_) => Vec::new(),
    };
    let mut add = |migrations: &[Migration], from: &str| {
        let from = Version::parse(from);
        let later = migrations.iter().filter(|m| Some(&m.to) > from.as_ref());
        steps.extend(later.map(|migration| migration.step.clone()));
    };
    add(&embedded, &base.version);
    for pack in catalog.packs.iter().rev() {
        if let Some(was) = base.packs.iter().find(|old| old.name == pack.name) {
            add(&pack.migrations, &was.version);
        }
    }
    Ok(steps)
}

fn unreadable(text: &str, error: &SourceError) -> Diagnostic {
    let column = text
        .get(..error.offset)
        .map_or(0, |head| head.chars().count())
        + 1;
    let message = format!("{error} (character {column} of `{text}`)");
    Diagnostic::error("manifest", message).with_help(error.help.clone())
}

fn pins(base: &BaseState) -> BTreeMap<String, Pin> {
    let pin = |pack: &BasePack| {
        let source = Source::parse(&pack.source).ok()?;
        let pin = Pin {
            commit: pack.commit.clone(),
            hash: pack.hash.clone(),
        };
        Some((source.address(), pin))
    };
    base.packs.iter().filter_map(pin).collect()
}

fn overlay(pack: Pack) -> Overlay {
    let lock = |locked: pack::Locked| Lock {
        value: locked.value,
        reason: locked.reason,
    };
    let defaults = pack.meta.defaults.into_iter();
    let locked = pack.meta.locked.into_iter();
    Overlay {
        address: pack.source.address(),
        is_remote: !matches!(pack.source, Source::Folder(_)),
        source: pack.source.to_string(),
        name: pack.meta.name,
        version: pack.meta.version.to_string(),
        commit: pack.pin.commit,
        hash: pack.pin.hash,
        files: pack.files,
        defaults: defaults.map(|(key, entry)| (key, entry.value)).collect(),
        locked: locked.map(|(key, locked)| (key, lock(locked))).collect(),
        required: pack.meta.required,
        migrations: pack.meta.migrations,
        variables: pack.meta.variables,
    }
}

/// Returns what the lockfile says of a pack.
pub(super) fn pinned(pack: &Overlay) -> BasePack {
    BasePack {
        name: pack.name.clone(),
        source: pack.source.clone(),
        version: pack.version.clone(),
        commit: pack.commit.clone(),
        hash: pack.hash.clone(),
    }
}
