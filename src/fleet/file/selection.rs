//! One `[[group]]`.

use std::sync::Arc;

use toml::de::DeTable;

use super::common::{self, Common};
use super::reader::Reader;
use super::values;
use super::{Entry, Named, Selection};
use crate::fleet::Group;
use crate::fleet::address::Address;
use crate::fleet::glob::{Glob, is_glob};
use crate::model::Diagnostic;
use crate::resolve;

/// The keys of a group alone.
pub(super) const KEYS: [&str; 5] = ["name", "repositories", "include", "exclude", "visibility"];

/// Who may see a repository, as forges say it.
pub(super) const VISIBILITIES: [&str; 3] = ["public", "internal", "private"];

const IN_VALUES: &str = "write it below `[group.values]`, as it stands in a manifest";
const ELSEWHERE: [(&str, &str); 10] = [
    ("gateway", IN_VALUES),
    ("credential", IN_VALUES),
    ("headers", IN_VALUES),
    ("models", IN_VALUES),
    ("telemetry", IN_VALUES),
    ("launcher", IN_VALUES),
    ("ci", IN_VALUES),
    ("limits", IN_VALUES),
    ("check", IN_VALUES),
    ("severity", IN_VALUES),
];

/// Reads a group; what it does not say is as for all.
pub(super) fn read(
    reader: &mut Reader<'_>,
    table: &DeTable<'_>,
    at: usize,
    common: &Common,
) -> Selection {
    reader.keys(table, &[&KEYS, &common::KEYS], &ELSEWHERE);
    let name = name(reader, table, at);
    let common = common::read(reader, table, common);
    values::check(reader, &common.values);
    let repositories = reader.list(table, "repositories").unwrap_or_default();
    let repositories = repositories
        .into_iter()
        .filter_map(|(text, at)| entry(reader, &text, at))
        .collect();
    Selection {
        repositories,
        include: globs(reader, table, "include"),
        exclude: globs(reader, table, "exclude"),
        visibility: visibility(reader, table),
        group: Arc::new(Group {
            name,
            values: common.values.sorted(),
            branch: common.branch,
            message: common.message,
            labels: common.labels,
            title: common.title,
            body: common.body,
            forge: common.forge,
            signing: common.signing,
        }),
    }
}

fn name(reader: &mut Reader<'_>, table: &DeTable<'_>, at: usize) -> String {
    if !table.contains_key("name") {
        let help = "write `name = \"…\"`: reports and `--group` call it by that";
        reader.problem(at, "a group has no name", help);
        return String::new();
    }
    let Some((name, at)) = reader.text(table, "name") else {
        return String::new();
    };
    let odd = |c: char| c.is_control() || c == ',';
    if name.is_empty() || name.trim() != name || name.contains(odd) {
        let message = format!("`{}` is no name for a group", name.escape_debug());
        reader.problem(
            at,
            message,
            "use letters, digits, spaces and `-`; `--group` splits at commas",
        );
    }
    name
}

fn entry(reader: &mut Reader<'_>, text: &str, at: usize) -> Option<Entry> {
    let offset = at + reader.shift;
    let make = |named| Some(Entry { named, offset });
    if text == "-" {
        return make(Named::List);
    }
    if text.trim().is_empty() || text.contains(char::is_control) {
        let message = format!("`{}` names no repository", text.escape_debug());
        reader.problem(at, message, "take it out");
        return None;
    }
    if text.starts_with('~') {
        let help = "write the whole path, or one relative to the folder of this file";
        let message = format!("`{text}` begins with `~`, which only a shell understands");
        reader.problem(at, message, help);
        return None;
    }
    match Address::parse(text) {
        Ok(Some(address)) => make(Named::Url(address)),
        Ok(None) if is_glob(text) => {
            Glob::parse(text)
                .map_err(|error| bad_glob(reader, &error.to_string(), at))
                .ok()?;
            make(Named::Glob(text.to_owned()))
        }
        Ok(None) => make(Named::Path(text.to_owned())),
        Err(error) => {
            let code = error.code(super::CODE);
            reader.problem_of(code, at, error.to_string(), error.help());
            None
        }
    }
}

fn bad_glob(reader: &mut Reader<'_>, said: &str, at: usize) {
    let help = "`*` and `?` stand for what is in one part, `**` goes over several; \
                a `[` that is meant is written `[[]`";
    reader.problem(at, said, help);
}

fn globs(reader: &mut Reader<'_>, table: &DeTable<'_>, key: &str) -> Vec<Glob> {
    let texts = reader.list(table, key).unwrap_or_default();
    let mut globs = Vec::new();
    for (text, at) in texts {
        match Glob::parse(&text) {
            Ok(glob) => globs.push(glob),
            Err(error) => bad_glob(reader, &error.to_string(), at),
        }
    }
    globs
}

fn visibility(reader: &mut Reader<'_>, table: &DeTable<'_>) -> Vec<String> {
    let words = reader.list(table, "visibility").unwrap_or_default();
    for (word, at) in &words {
        if !VISIBILITIES.contains(&word.as_str()) {
            let problem = Diagnostic {
                code: super::CODE.to_owned(),
                ..resolve::unknown("visibility", word, &VISIBILITIES)
            };
            reader.tell(*at, problem);
        }
    }
    words.into_iter().map(|(word, _)| word).collect()
}
