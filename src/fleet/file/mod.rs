//! `claude-fleet.toml` → [`Fleet`]: the groups, and what each takes for its repositories.
//!
//! ```toml
//! version = 1
//! branch = "claude-scaffold"       # what stands here is for every group that says nothing else
//!
//! [[group]]
//! name = "backend"
//! repositories = ["../services/*", "/srv/git/*.git", "git@git.example.com:team/app.git", "-"]
//! include = ["team/*"]
//! exclude = ["*-archive"]
//! profile = "team"
//! [group.values.gateway]
//! url = "https://gateway.internal.net/v1"
//! ```
//!
//! Every problem is reported at once, with its place.

mod common;
mod reader;
mod schema;
mod selection;
mod values;

use std::path::Path;
use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use super::address::Address;
use super::glob::Glob;
use super::{Group, Listed};
use crate::manifest;
use crate::model::Diagnostic;
use common::Common;
use reader::Reader;
pub use schema::schema;

/// The code of a problem in a fleet file.
pub const CODE: &str = "fleet";

/// The version of the fleet file's format.
pub const VERSION: i64 = 1;

/// The smallest fleet file, for whoever has none.
pub const SMALLEST: &str = "\
version = 1

[[group]]
name = \"all\"
repositories = [\"../*\"]
profile = \"team\"
";

/// A fleet file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fleet {
    /// Its name, for messages.
    pub path: String,
    /// Its text, into which offsets point.
    pub text: String,
    /// Its groups, in its order.
    pub groups: Vec<Selection>,
}

/// A group, and which repositories it takes.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection {
    /// The group.
    pub group: Arc<Group>,
    /// What it names itself.
    pub repositories: Vec<Entry>,
    /// Of what globs and the list give, only names that match one of these; none: all.
    pub include: Vec<Glob>,
    /// Of what globs and the list give, no name that matches one of these.
    pub exclude: Vec<Glob>,
    /// Of the list, only what the forge shows to these; none: all.
    pub visibility: Vec<String>,
}

/// One entry of `repositories`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it names.
    pub named: Named,
    /// Byte offset in the file.
    pub offset: usize,
}

/// What an entry of `repositories` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// A repository of this machine; relative to the file's folder.
    Path(String),
    /// Those that a glob leads to; folders that are none are passed over.
    Glob(String),
    /// A remote one.
    Url(Address),
    /// `-`: those of the list.
    List,
}

impl Selection {
    /// Returns whether the group takes listed repositories: where it says `-`, or names none.
    #[must_use]
    pub fn takes_listed(&self) -> bool {
        let list = |entry: &Entry| entry.named == Named::List;
        self.repositories.is_empty() || self.repositories.iter().any(list)
    }

    /// Returns whether `include` and `exclude` let a name in.
    #[must_use]
    pub fn wants_name(&self, name: &str) -> bool {
        let any = |globs: &[Glob]| globs.iter().any(|glob| glob.matches(name));
        (self.include.is_empty() || any(&self.include)) && !any(&self.exclude)
    }

    /// Returns whether the group takes a repository of the list. Where visibilities are named, one
    /// whose own is not known is not taken.
    #[must_use]
    pub fn wants(&self, listed: &Listed) -> bool {
        let shown = |visibility: &String| self.visibility.contains(visibility);
        let visible = self.visibility.is_empty() || listed.visibility.as_ref().is_some_and(shown);
        let name = match listed.name.as_str() {
            "" => Address::parse(&listed.url)
                .ok()
                .flatten()
                .map_or_else(|| listed.url.clone(), |address| address.name),
            name => name.to_owned(),
        };
        visible && self.wants_name(&name)
    }
}

/// The keys of the file itself; those for groups may stand there too.
const KEYS: [&str; 2] = ["version", "group"];

/// Reads a fleet file that lies in a folder; the diagnostics hold every problem found.
#[must_use]
pub fn read(path: &str, folder: &Path, text: &str) -> (Fleet, Vec<Diagnostic>) {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader::new(path, folder, text, text.len() - body.len());
    let (table, errors) = DeTable::parse_recoverable(body);
    for error in &errors {
        let message = format!("invalid TOML: {}", error.message().replace('\n', ", "));
        let help = "mend it, then run the command again";
        let at = error.span().map_or(0, |span| span.start);
        reader.problem_of(manifest::SYNTAX, at, message, help);
    }
    let groups = if errors.is_empty() {
        file(&mut reader, table.get_ref())
    } else {
        Vec::new()
    };
    let mut found = reader.found;
    manifest::literals("a fleet file", path, text, &mut found);
    found.sort_by_key(|d| (d.line, d.column));
    found.dedup();
    let fleet = Fleet {
        path: path.to_owned(),
        text: text.to_owned(),
        groups,
    };
    (fleet, found)
}

fn file(reader: &mut Reader<'_>, table: &DeTable<'_>) -> Vec<Selection> {
    reader.keys(table, &[&KEYS, &common::KEYS], &[]);
    version(reader, table);
    let common = common::read(reader, table, &Common::default());
    let Some(groups) = table.get("group") else {
        let help = "a group begins with `[[group]]` and has a `name` and `repositories`";
        reader.problem(0, "the fleet has no group", help);
        return Vec::new();
    };
    let DeValue::Array(items) = groups.get_ref() else {
        let help = "a group begins with `[[group]]`, in two brackets: there may be several";
        reader.problem(
            groups.span().start,
            "`group` must be a list of tables",
            help,
        );
        return Vec::new();
    };
    let mut selections: Vec<Selection> = Vec::new();
    for item in items {
        let at = item.span().start;
        let Some(table) = item.get_ref().as_table() else {
            reader.problem(at, "a group must be a table", "begin it with `[[group]]`");
            continue;
        };
        let selection = selection::read(reader, table, at, &common);
        let name = &selection.group.name;
        let twin = |other: &Selection| other.group.name == *name && !name.is_empty();
        if selections.iter().any(twin) {
            let at = table.get("name").map_or(at, |value| value.span().start);
            let message = format!("two groups have the name `{name}`");
            reader.problem(
                at,
                message,
                "give each a name of its own: reports tell them apart",
            );
        }
        selections.push(selection);
    }
    selections
}

fn version(reader: &mut Reader<'_>, table: &DeTable<'_>) {
    let Some(value) = table.get("version") else {
        let help = "write `version = 1` on the first line";
        reader.problem(0, "`version` is missing", help);
        return;
    };
    let at = value.span().start;
    match manifest::to_json(value).as_i64() {
        Some(VERSION) => {}
        Some(newer) if newer > VERSION => {
            let message = format!("fleet file version {newer} is newer than this tool understands");
            let help =
                "install the newest claude-scaffold: `cargo install claude-scaffold --locked`";
            reader.problem(at, message, help);
        }
        _ => reader.problem(at, "`version` must be 1", "write `version = 1`"),
    }
}
