//! The manifest's keys that a group gives to its members.

use std::collections::BTreeMap;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::CODE;
use super::reader::Reader;
use crate::catalog::Catalog;
use crate::fleet::walk;
use crate::manifest::{self, Assignment, Entry};
use crate::model::{Diagnostic, Value};
use crate::pack::Source;
use crate::resolve;

/// The manifest's keys that stand in the group itself.
const DIRECT: [&str; 3] = ["profile", "pack", "features"];

/// By key, with the offset where each stands.
#[derive(Debug, Clone, Default)]
pub(super) struct Values(BTreeMap<String, (Assignment, usize)>);

impl Values {
    /// Returns them in the order in which a manifest is written.
    pub(super) fn sorted(&self) -> Vec<Assignment> {
        let rank = |key: &str| {
            let table = key.split('.').next().unwrap_or(key);
            let exact = manifest::KEYS.iter().position(|known| known.name == key);
            let of_table = |known: &manifest::Key| known.name.split('.').next() == Some(table);
            exact.or_else(|| manifest::KEYS.iter().rposition(of_table))
        };
        let mut values: Vec<Assignment> = self.0.values().map(|(value, _)| value.clone()).collect();
        values.sort_by_key(|value| rank(&value.key));
        values
    }

    fn text(&self, key: &str) -> Option<(&str, usize)> {
        let (assignment, at) = self.0.get(key)?;
        Some((assignment.value.as_str()?, *at))
    }
}

/// Reads `profile`, `pack`, `features` and the table `values`, over those of the whole file.
pub(super) fn read(reader: &mut Reader<'_>, table: &DeTable<'_>, values: &mut Values) {
    let mut entries: Vec<(String, Entry)> = Vec::new();
    for key in DIRECT {
        if let Some(value) = table.get(key) {
            let entry = Entry {
                value: manifest::to_json(value),
                offset: value.span().start + reader.shift,
            };
            entries.push((key.to_owned(), entry));
        }
    }
    if let Some(below) = table.get("values") {
        let DeValue::Table(inner) = below.get_ref() else {
            let help = "write keys of a manifest below `[group.values]`";
            reader.problem(below.span().start, "`values` must be a table", help);
            return;
        };
        let (given, found) = manifest::parse_table(reader.path, reader.text, inner, reader.shift);
        reader.found.extend(found.into_iter().map(named));
        for (key, entry) in given.entries {
            if entries.iter().any(|(other, _)| *other == key) {
                let message = format!("`{key}` is given twice, in the group and in its `values`");
                reader.problem(entry.offset - reader.shift, message, "take one of them out");
            }
            entries.push((key, entry));
        }
    }
    for (key, entry) in entries {
        assign(reader, &key, entry, values);
    }
}

/// Ours is no manifest, so the schema of another file lists the keys.
fn named(problem: Diagnostic) -> Diagnostic {
    let help = problem.help.clone().unwrap_or_default();
    if help.starts_with("did you mean") {
        problem
    } else {
        problem.with_help("`claude-scaffold schema fleet` lists every key")
    }
}

fn assign(reader: &mut Reader<'_>, key: &str, mut entry: Entry, values: &mut Values) {
    let at = entry.offset - reader.shift;
    if key == "version" {
        let message = "`version` is that of each member's manifest";
        reader.problem(at, message, "take it out: the tool writes it");
        return;
    }
    // As with `set KEY=`: nothing takes the key out of the members' manifests.
    if entry.value.as_str() == Some("") && key != "profile" {
        entry.value = Value::Null;
    }
    if let Some(pack) = entry.value.as_str().filter(|_| key == "pack") {
        match absolute(pack, reader.folder) {
            Ok(pack) => entry.value = Value::from(pack),
            Err((offset, problem)) => {
                let exact = manifest_offset(reader, &entry, offset);
                reader.tell(exact, problem);
                return;
            }
        }
    }
    match manifest::assigned(key, entry.value.clone()) {
        Ok(assignment) => {
            values.0.insert(key.to_owned(), (assignment, at));
        }
        Err(problem) => {
            let exact = manifest::offset_inside(reader.text, key, &entry);
            reader.tell(exact - reader.shift, problem);
        }
    }
}

/// Where in a written text its problem is; its start where escapes stand before.
fn manifest_offset(reader: &Reader<'_>, entry: &Entry, offset: usize) -> usize {
    let written = reader.text.get(entry.offset..).unwrap_or_default();
    let before = entry.value.as_str().and_then(|text| text.get(..offset));
    let same = before.is_some_and(|before| written.get(1..=offset) == Some(before));
    let inside = if same { 1 + offset } else { 0 };
    entry.offset + inside - reader.shift
}

/// The pack as members name it: a folder by its whole path.
fn absolute(pack: &str, folder: &Path) -> Result<String, (usize, Diagnostic)> {
    let source = Source::parse(pack).map_err(|error| {
        let problem = Diagnostic::error(CODE, error.what).with_help(error.help);
        (error.offset, problem)
    })?;
    Ok(match source {
        Source::Folder(path) => {
            let whole = walk::clean(&folder.join(path));
            format!("path:{}", whole.to_string_lossy())
        }
        Source::Git { .. } => pack.to_owned(),
    })
}

/// Checks names against the embedded templates; those of a pack are known when it is read.
pub(super) fn check(reader: &mut Reader<'_>, values: &Values) {
    if values.text("pack").is_some() {
        return;
    }
    let catalog = Catalog::embedded();
    for (key, what, known) in [
        ("profile", "profile", catalog.profile_names()),
        ("gateway.kind", "gateway", catalog.gateway_names()),
    ] {
        if let Some((name, at)) = values.text(key).filter(|(name, _)| !known.contains(name)) {
            reader.tell(at, of_ours(resolve::unknown(what, name, &known)));
        }
    }
    let known = catalog.feature_names();
    let listed = values.0.get("features");
    for name in listed
        .and_then(|(list, _)| list.value.as_array())
        .into_iter()
        .flatten()
    {
        let name = name.as_str().unwrap_or_default().trim_start_matches('-');
        if let (false, Some((_, at))) = (known.contains(&name), listed) {
            reader.tell(*at, of_ours(resolve::unknown("feature", name, &known)));
        }
    }
}

fn of_ours(problem: Diagnostic) -> Diagnostic {
    Diagnostic {
        code: CODE.to_owned(),
        ..problem
    }
}
