//! Values of all layers, and the ones that packs lock.

use std::collections::BTreeMap;

use super::Layer;
use crate::catalog::{Catalog, CatalogError, Lock, Overlay, Profile};
use crate::manifest::Manifest;
use crate::model::{Diagnostic, Value};

/// The code of a diagnostic that names a contradiction of a pack.
pub const POLICY: &str = "policy";

type Values = BTreeMap<String, (Value, Layer)>;

/// Lays the layers over each other, the manifest on top of them and the locks on top of it.
pub(super) fn combine(
    manifest: &Manifest,
    catalog: &Catalog,
    profile: &Profile,
    problems: &mut Vec<Diagnostic>,
) -> Result<Values, CatalogError> {
    let defaults = catalog.defaults()?.into_iter();
    let packs = catalog.pack_defaults()?;
    let of_packs = packs.iter().map(|(key, (value, _))| (key, value));
    let of_profile = profile.defaults.iter();
    let declared = manifest.entries.iter();
    let declared = declared.map(|(key, entry)| (key, &entry.value));
    let mut values: Values = defaults
        .map(|(key, value)| (key, (value, Layer::Defaults)))
        .collect();
    let over = of_packs
        .map(|pair| (pair, Layer::Pack))
        .chain(of_profile.map(|pair| (pair, Layer::Profile)))
        .chain(declared.map(|pair| (pair, Layer::Manifest)));
    for ((key, value), layer) in over {
        values.insert(key.clone(), (value.clone(), layer));
    }
    for (key, (lock, pack)) in catalog.locks() {
        if let Some(entry) = manifest.entries.get(key)
            && entry.value != lock.value
        {
            let problem = contradiction(key, &entry.value, lock, pack);
            problems.push(manifest.place(key, problem));
        }
        contradicting_packs(catalog, key, lock, pack, problems);
        values.insert(key.to_owned(), (lock.value.clone(), Layer::Lock));
    }
    Ok(values)
}

/// A pack that builds on another may not change what that one locks.
fn contradicting_packs(
    catalog: &Catalog,
    key: &str,
    lock: &Lock,
    owner: &Overlay,
    problems: &mut Vec<Diagnostic>,
) {
    let above = catalog.packs.iter().take_while(|pack| *pack != owner);
    for pack in above {
        let own = pack.locked.get(key).map(|own| &own.value);
        let given = own.or_else(|| pack.defaults.get(key));
        if let Some(value) = given.filter(|value| **value != lock.value) {
            let place = format!("pack.toml of `{}`", pack.source);
            problems.push(contradiction(key, value, lock, owner).in_file(&place));
        }
    }
}

fn contradiction(key: &str, value: &Value, lock: &Lock, pack: &Overlay) -> Diagnostic {
    let (locked, name) = (&lock.value, &pack.name);
    let message = format!("`{key}` is {value}, but pack `{name}` locks it to {locked}");
    let (reason, source) = (&lock.reason, &pack.source);
    let help = format!("remove `{key}`; {reason} (`[locked]` in pack.toml of `{source}`)");
    Diagnostic::error(POLICY, message).with_help(help)
}
