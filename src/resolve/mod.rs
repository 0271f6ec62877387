//! Manifest and layers → [`Resolution`]: every final value together with the layer it came from.
//!
//! Layers, lowest first: defaults < pack < profile < manifest; a pack's locked value stands above
//! them all. Must not read files or render.

mod declared;
mod features;
mod layers;
mod severities;

use std::collections::BTreeMap;

use crate::catalog::{Catalog, CatalogError, Feature, Profile};
use crate::manifest::Manifest;
use crate::model::{Diagnostic, Value};

pub use declared::{Declared, Header};
pub use layers::POLICY;
pub use severities::SEVERITY;

/// One source of values, lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// `templates/defaults.toml`.
    Defaults,
    /// The pack's defaults.
    Pack,
    /// The profile's defaults.
    Profile,
    /// The repository's manifest.
    Manifest,
    /// A value that the pack locks.
    Lock,
}

/// Every final value and its origin, and the features switched on.
#[derive(Debug, Clone)]
pub struct Resolution {
    /// Dotted key → value and the layer that gave it.
    pub values: BTreeMap<String, (Value, Layer)>,
    /// Features in rendering order, groups already opened.
    pub features: Vec<(String, Feature)>,
    /// The values as checked types.
    pub declared: Declared,
}

impl Resolution {
    /// Returns whether a feature is switched on.
    #[must_use]
    pub fn has(&self, feature: &str) -> bool {
        self.features.iter().any(|(name, _)| name == feature)
    }
}

/// Combines the layers.
///
/// # Errors
/// Returns every problem: unknown profile, feature or gateway kind, a value that contradicts a
/// locked one, and values that do not fit.
pub fn resolve(manifest: &Manifest, catalog: &Catalog) -> Result<Resolution, Vec<Diagnostic>> {
    let mut problems = Vec::new();
    let profile_name = manifest
        .entries
        .get("profile")
        .and_then(|e| e.value.as_str())
        .unwrap_or_default();
    let Some(profile) = load_profile(manifest, catalog, profile_name, &mut problems) else {
        features::features(manifest, catalog, &[], &mut problems);
        declared::check_kind(manifest, catalog, &BTreeMap::new(), &mut problems);
        return Err(problems);
    };
    let values = layers::combine(manifest, catalog, &profile, &mut problems)
        .map_err(|e| vec![broken(&e)])?;
    severities::check(manifest, catalog, &values, &mut problems);
    let features = features::features(manifest, catalog, &profile.features, &mut problems);
    match declared::declare(manifest, catalog, &values, &features, &mut problems) {
        Some(declared) if problems.is_empty() => Ok(Resolution {
            values,
            features,
            declared,
        }),
        _ => Err(problems),
    }
}

/// Combines the layers without a look at features and gateways, for who needs single values.
///
/// # Errors
/// Returns an unknown profile, and values that contradict locked ones.
pub fn values(
    manifest: &Manifest,
    catalog: &Catalog,
) -> Result<BTreeMap<String, (Value, Layer)>, Vec<Diagnostic>> {
    let mut problems = Vec::new();
    let name = manifest.entries.get("profile");
    let name = name.and_then(|entry| entry.value.as_str());
    let profile = load_profile(manifest, catalog, name.unwrap_or_default(), &mut problems);
    let Some(profile) = profile else {
        return Err(problems);
    };
    match layers::combine(manifest, catalog, &profile, &mut problems) {
        Ok(values) if problems.is_empty() => Ok(values),
        Ok(_) => Err(problems),
        Err(error) => Err(vec![broken(&error)]),
    }
}

fn load_profile(
    manifest: &Manifest,
    catalog: &Catalog,
    name: &str,
    problems: &mut Vec<Diagnostic>,
) -> Option<Profile> {
    let names = catalog.profile_names();
    if name.is_empty() {
        let help = format!(
            "write `profile = \"team\"`; it is one of: {}",
            names.join(", ")
        );
        problems.push(
            Diagnostic::error("manifest", "`profile` is missing")
                .with_help(help)
                .in_file(&manifest.path),
        );
        return None;
    }
    if !names.contains(&name) {
        problems.push(manifest.place("profile", unknown("profile", name, &names)));
        return None;
    }
    catalog
        .profile(name)
        .map_err(|e| problems.push(broken(&e)))
        .ok()
}

/// Returns the error for a name nobody knows, with the nearest known one.
#[must_use]
pub fn unknown(what: &str, name: &str, known: &[&str]) -> Diagnostic {
    let near = known
        .iter()
        .map(|k| (strsim::damerau_levenshtein(k, name), *k))
        .min();
    let help = match near {
        Some((distance, near)) if distance * 3 <= near.len() => format!("did you mean `{near}`?"),
        _ => format!("it is one of: {}", known.join(", ")),
    };
    Diagnostic::error("manifest", format!("unknown {what} `{name}`")).with_help(help)
}

fn broken(error: &CatalogError) -> Diagnostic {
    Diagnostic::error("templates", error.to_string()).with_help(
        "a pack's are checked by `claude-scaffold pack check`; without one please report it",
    )
}
