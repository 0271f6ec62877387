//! Manifest and layers → [`Resolution`]: every final value together with the layer it came from.
//!
//! Layers, lowest first: defaults < profile < manifest. Must not read files or render.

mod declared;

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{self, CatalogError, Feature};
use crate::manifest::Manifest;
use crate::model::{Diagnostic, Value};

pub use declared::{Declared, Header};

/// One source of values, lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// `templates/defaults.toml`.
    Defaults,
    /// The profile's defaults.
    Profile,
    /// The repository's manifest.
    Manifest,
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
/// Returns every problem: unknown profile, feature or gateway kind, and values that do not fit.
pub fn resolve(manifest: &Manifest) -> Result<Resolution, Vec<Diagnostic>> {
    let mut problems = Vec::new();
    let profile_name = manifest
        .entries
        .get("profile")
        .and_then(|e| e.value.as_str())
        .unwrap_or_default();
    let Some(profile) = load_profile(manifest, profile_name, &mut problems) else {
        features(manifest, &[], &mut problems);
        check_pack(manifest, &mut problems);
        declared::check_kind(manifest, &mut problems);
        return Err(problems);
    };
    let defaults = catalog::defaults().map_err(|e| vec![broken(&e)])?;
    let mut values = BTreeMap::new();
    let mut layer = |values_of: &mut dyn Iterator<Item = (&String, &Value)>, layer| {
        for (key, value) in values_of {
            values.insert(key.clone(), (value.clone(), layer));
        }
    };
    layer(&mut defaults.iter(), Layer::Defaults);
    layer(&mut profile.defaults.iter(), Layer::Profile);
    let declared = manifest.entries.iter();
    let mut declared = declared.map(|(key, entry)| (key, &entry.value));
    layer(&mut declared, Layer::Manifest);
    let features = features(manifest, &profile.features, &mut problems);
    check_pack(manifest, &mut problems);
    match declared::declare(manifest, &values, &features, &mut problems) {
        Some(declared) if problems.is_empty() => Ok(Resolution {
            values,
            features,
            declared,
        }),
        _ => Err(problems),
    }
}

fn load_profile(
    manifest: &Manifest,
    name: &str,
    problems: &mut Vec<Diagnostic>,
) -> Option<catalog::Profile> {
    let names = catalog::profile_names();
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
    catalog::profile(name)
        .map_err(|e| problems.push(broken(&e)))
        .ok()
}

fn features(
    manifest: &Manifest,
    of_profile: &[String],
    problems: &mut Vec<Diagnostic>,
) -> Vec<(String, Feature)> {
    let listed = manifest
        .entries
        .get("features")
        .and_then(|e| e.value.as_array())
        .cloned()
        .unwrap_or_default();
    let listed: Vec<&str> = listed.iter().filter_map(Value::as_str).collect();
    let names = catalog::feature_names();
    for name in &listed {
        let bare = name.trim_start_matches('-');
        if !names.contains(&bare) {
            problems.push(manifest.place("features", unknown("feature", bare, &names)));
        }
    }
    let mut opened: BTreeMap<String, Feature> = BTreeMap::new();
    let mut open = |name: &str| -> Vec<String> {
        let feature = catalog::feature(name).unwrap_or_default();
        let all = std::iter::once(name.to_owned()).chain(feature.includes.clone());
        opened.insert(name.to_owned(), feature);
        all.collect()
    };
    let removed: BTreeSet<String> = listed
        .iter()
        .filter_map(|name| name.strip_prefix('-'))
        .flat_map(&mut open)
        .collect();
    let added = listed.iter().filter(|name| !name.starts_with('-')).copied();
    let profile = of_profile.iter().map(String::as_str);
    let mut wanted: Vec<String> = Vec::new();
    for name in profile.chain(added).flat_map(open) {
        if !removed.contains(&name) && !wanted.contains(&name) {
            wanted.push(name);
        }
    }
    let read = |name: String| {
        let feature = opened.remove(&name);
        let feature = feature.unwrap_or_else(|| catalog::feature(&name).unwrap_or_default());
        (name, feature)
    };
    wanted.into_iter().map(read).collect()
}

fn check_pack(manifest: &Manifest, problems: &mut Vec<Diagnostic>) {
    if manifest.entries.contains_key("pack") {
        let problem = Diagnostic::error(
            "manifest",
            "this version renders the embedded templates only",
        )
        .with_help("remove `pack` from the manifest");
        problems.push(manifest.place("pack", problem));
    }
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
    Diagnostic::error("templates", error.to_string())
        .with_help("this is a defect of this build; please report it")
}
