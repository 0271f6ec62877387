//! A pack and those below it, as text and JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;

use super::SCHEMA;
use crate::catalog::{Catalog, CatalogError, Overlay};
use crate::model::{Migration, Step, Value, escape, mask_value};

/// What `pack show` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PackReport {
    /// The number of this shape.
    pub schema: u32,
    /// The packs, the topmost first.
    pub packs: Vec<PackLayer>,
    /// The version of the embedded templates below them.
    pub templates: String,
    /// The profiles there are to choose from.
    pub profiles: Vec<Shown>,
    /// The features there are to choose from.
    pub features: Vec<Shown>,
}

/// One pack of a chain.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PackLayer {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Where it is from, as manifest or pack name it.
    pub source: String,
    /// The source without the revision: what a user trusts.
    pub address: String,
    /// The commit; none of a folder.
    pub commit: Option<String>,
    /// Hash of its content.
    pub hash: String,
    /// Whether it may write without a question: a folder of this machine, or agreed to.
    pub trusted: bool,
    /// Values below the profile's.
    pub defaults: BTreeMap<String, Value>,
    /// Values that nobody may change.
    pub locked: BTreeMap<String, PackLock>,
    /// Features that cannot be left out.
    pub required: Vec<String>,
    /// Values for templates.
    pub variables: BTreeMap<String, Value>,
    /// What upgrades move.
    pub migrations: Vec<PackStep>,
    /// What it gives.
    pub files: Vec<PackFile>,
}

/// A value that nobody may change.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PackLock {
    /// The value.
    pub value: Value,
    /// Why.
    pub reason: String,
}

/// A step of an upgrade.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PackStep {
    /// The first version that expects it.
    pub to: String,
    /// What it does, in words.
    pub step: String,
}

/// A file of a pack.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PackFile {
    /// Inside the pack.
    pub path: String,
    /// Whether it takes the place of one further down.
    pub replaces: bool,
}

/// Something to choose.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Shown {
    /// Its name in a manifest.
    pub name: String,
    /// What it is for.
    pub about: String,
    /// The pack that gives it; none: the embedded templates.
    pub pack: Option<String>,
}

/// Returns the report of a set of templates.
///
/// # Errors
/// Fails where a file of it is broken.
pub fn pack_report(catalog: &Catalog, untrusted: &[&str]) -> Result<PackReport, CatalogError> {
    let giver = |path: String| {
        let packs = &catalog.packs;
        let pack = packs.iter().find(|pack| pack.files.contains_key(&path));
        pack.map(|pack| pack.name.clone())
    };
    let profile = |name: &str| {
        let scenario = catalog.scenario(name)?;
        let features = catalog.profile(name)?.features.join(", ");
        Ok(Shown {
            name: name.to_owned(),
            about: scenario.map_or(features, |scenario| scenario.approach),
            pack: giver(format!("profiles/{name}.toml")),
        })
    };
    let feature = |name: &str| {
        Ok(Shown {
            name: name.to_owned(),
            about: catalog.feature(name)?.about,
            pack: giver(format!("features/{name}/feature.toml")),
        })
    };
    let profiles = catalog.profile_names().into_iter().map(profile);
    let features = catalog.feature_names().into_iter().map(feature);
    let packs = catalog.packs.iter().enumerate();
    Ok(PackReport {
        schema: SCHEMA,
        packs: packs
            .map(|(at, pack)| layer(pack, &catalog.packs[at + 1..], untrusted))
            .collect(),
        templates: catalog.version()?.to_owned(),
        profiles: profiles.collect::<Result<_, CatalogError>>()?,
        features: features.collect::<Result<_, CatalogError>>()?,
    })
}

/// Returns the report as text for people.
#[must_use]
pub fn pack_text(report: &PackReport) -> String {
    let mut out = String::new();
    for pack in &report.packs {
        out.push_str(&layer_text(pack));
        out.push('\n');
    }
    let _ = writeln!(out, "embedded templates {}", report.templates);
    for (title, list) in [
        ("profiles", &report.profiles),
        ("features", &report.features),
    ] {
        let width = list.iter().map(|shown| shown.name.len()).max().unwrap_or(0);
        let _ = writeln!(out, "\n{title}");
        for Shown { name, about, pack } in list {
            let pack = pack.as_ref().map(|pack| format!(" ({pack})"));
            let row = format!("  {name:<width$}  {about}{}", pack.unwrap_or_default());
            let _ = writeln!(out, "{}", escape(row.trim_end()));
        }
    }
    out
}

fn layer(pack: &Overlay, below: &[Overlay], untrusted: &[&str]) -> PackLayer {
    let below = Catalog {
        packs: below.to_vec(),
    };
    let file = |path: &String| PackFile {
        replaces: below.text(path).is_ok(),
        path: path.clone(),
    };
    let own = |path: &&String| !matches!(path.as_str(), "pack.toml" | "CHANGELOG.md");
    let lock = |key: &str, lock: &crate::catalog::Lock| PackLock {
        value: mask_value(key, &lock.value),
        reason: lock.reason.clone(),
    };
    let locked = pack.locked.iter();
    let shown = |values: &BTreeMap<String, Value>| -> BTreeMap<String, Value> {
        let pairs = values.iter();
        pairs
            .map(|(key, value)| (key.clone(), mask_value(key, value)))
            .collect()
    };
    PackLayer {
        name: pack.name.clone(),
        version: pack.version.clone(),
        source: pack.source.clone(),
        address: pack.address.clone(),
        commit: pack.commit.clone(),
        hash: pack.hash.clone(),
        trusted: !untrusted.contains(&pack.address.as_str()),
        defaults: shown(&pack.defaults),
        locked: locked
            .map(|(key, own)| (key.clone(), lock(key, own)))
            .collect(),
        required: pack.required.clone(),
        variables: shown(&pack.variables),
        migrations: pack.migrations.iter().map(step).collect(),
        files: pack.files.keys().filter(own).map(file).collect(),
    }
}

fn step(migration: &Migration) -> PackStep {
    let step = match &migration.step {
        Step::RenameFile { from, to } => format!("{from} is {to}"),
        Step::RenameKey { path, from, to } => format!("{path}: {from} is {to}"),
        Step::MoveKey { from, to } => {
            format!("{}: {} is in {}: {}", from.path, from.key, to.path, to.key)
        }
        Step::DropKey(place) => format!("{}: {} goes", place.path, place.key),
    };
    PackStep {
        to: migration.to.to_string(),
        step,
    }
}

fn layer_text(pack: &PackLayer) -> String {
    let mut out = format!("{} {}\n", pack.name, pack.version);
    let trust = if pack.trusted {
        ""
    } else {
        "  (nobody has agreed to it yet)"
    };
    let mut lines = vec![("source", format!("{}{trust}", pack.source))];
    if pack.address != pack.source {
        lines.push(("address", pack.address.clone()));
    }
    lines.extend(pack.commit.clone().map(|commit| ("commit", commit)));
    lines.push(("hash", pack.hash.clone()));
    let pairs = |values: &BTreeMap<String, Value>| {
        let each = values.iter();
        each.map(|(key, value)| format!("{key} = {value}"))
            .collect()
    };
    let locked = pack.locked.iter();
    let locked = locked.map(|(key, lock)| format!("{key} = {}: {}", lock.value, lock.reason));
    let steps = pack.migrations.iter();
    let steps = steps.map(|migration| format!("{}  {}", migration.to, migration.step));
    let files = pack.files.iter().map(|file| {
        let what = if file.replaces { "  (replaces)" } else { "" };
        format!("{}{what}", file.path)
    });
    let lists: [(&str, Vec<String>); 6] = [
        ("defaults", pairs(&pack.defaults)),
        ("locked", locked.collect()),
        ("required", pack.required.clone()),
        ("variables", pairs(&pack.variables)),
        ("migrations", steps.collect()),
        ("files", files.collect()),
    ];
    for (name, items) in lists {
        let names = std::iter::once(name).chain(std::iter::repeat(""));
        lines.extend(names.zip(items));
    }
    for (name, line) in lines {
        let _ = writeln!(out, "  {name:<10}  {}", escape(&line));
    }
    out
}
