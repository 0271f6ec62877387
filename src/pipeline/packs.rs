//! The manifest's pack → the templates of a run, and what the lockfile says of them.

use super::{Reach, Request, Templates};
use crate::catalog::{Catalog, Overlay};
use crate::lock;
use crate::manifest::Manifest;
use crate::model::{BasePack, BaseState, Diagnostic};
use crate::observe::Unit;
use crate::render::Rendered;

/// Whether packs may be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// They may.
    Online,
    /// Only the cache counts.
    Offline,
}

/// The source of a lockfile whose templates are the embedded ones.
const EMBEDDED: &str = "embedded";

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
    let _ = (unit, base, templates, reach);
    if pack.is_some() {
        let problem = Diagnostic::error(
            "manifest",
            "this version renders the embedded templates only",
        )
        .with_help("remove `pack` from the manifest");
        return Err(vec![problem]);
    }
    Ok(Catalog::embedded())
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
/// Fails where there is no pack to move, or the text is no address.
pub fn destination(pack: Option<&str>, to: &str) -> Result<String, Diagnostic> {
    let _ = (pack, to);
    Err(Diagnostic::error("usage", "not yet"))
}

/// Returns what the lockfile will say of the templates; its files are still the old ones.
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
    let stays = request.templates == Templates::Same && base.format > 0 && source.is_none();
    Ok(BaseState {
        format: if stays { base.format } else { lock::VERSION },
        source: source.unwrap_or(EMBEDDED).to_owned(),
        version: version.to_owned(),
        needs: needs.to_owned(),
        packs: catalog.packs.iter().map(pinned).collect(),
        features: rendered.features.clone(),
        files: base.files.clone(),
    })
}

fn pinned(pack: &Overlay) -> BasePack {
    BasePack {
        name: pack.name.clone(),
        source: pack.source.clone(),
        version: pack.version.clone(),
        commit: pack.commit.clone(),
        hash: pack.hash.clone(),
    }
}
