//! Which features are switched on.

use std::collections::{BTreeMap, BTreeSet};

use super::unknown;
use crate::catalog::{Catalog, Feature};
use crate::manifest::Manifest;
use crate::model::{Diagnostic, Value};

/// Opens the features of profile, packs and manifest, in rendering order.
pub(super) fn features(
    manifest: &Manifest,
    catalog: &Catalog,
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
    let names = catalog.feature_names();
    for name in &listed {
        let bare = name.trim_start_matches('-');
        if !names.contains(&bare) {
            problems.push(manifest.place("features", unknown("feature", bare, &names)));
        }
    }
    let mut opened: BTreeMap<String, Feature> = BTreeMap::new();
    let mut open = |name: &str| -> Vec<String> {
        let feature = catalog.feature(name).unwrap_or_default();
        let all = std::iter::once(name.to_owned()).chain(feature.includes.clone());
        opened.insert(name.to_owned(), feature);
        all.collect()
    };
    let required = required(manifest, catalog, &listed, problems);
    let removed: BTreeSet<String> = listed
        .iter()
        .filter_map(|name| name.strip_prefix('-'))
        .flat_map(&mut open)
        .collect();
    let added = listed.iter().filter(|name| !name.starts_with('-')).copied();
    let profile = of_profile.iter().map(String::as_str);
    let mut wanted: Vec<String> = Vec::new();
    let required = required.into_iter();
    for name in profile.chain(required).chain(added).flat_map(open) {
        if !removed.contains(&name) && !wanted.contains(&name) {
            wanted.push(name);
        }
    }
    let read = |name: String| {
        let feature = opened.remove(&name);
        let feature = feature.unwrap_or_else(|| catalog.feature(&name).unwrap_or_default());
        (name, feature)
    };
    wanted.into_iter().map(read).collect()
}

/// The features that packs require; leaving one of them out is an error that names both places.
fn required<'a>(
    manifest: &Manifest,
    catalog: &'a Catalog,
    listed: &[&str],
    problems: &mut Vec<Diagnostic>,
) -> Vec<&'a str> {
    let mut required = Vec::new();
    for pack in &catalog.packs {
        for name in &pack.required {
            if listed
                .iter()
                .any(|item| item.strip_prefix('-') == Some(name))
            {
                let message = format!("feature `{name}` is required by pack `{}`", pack.name);
                let help = format!(
                    "remove `-{name}`, or use another pack than `{}`",
                    pack.source
                );
                let problem = Diagnostic::error("manifest", message).with_help(help);
                problems.push(manifest.place("features", problem));
            }
            required.push(name.as_str());
        }
    }
    required
}
