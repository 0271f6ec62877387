//! The migrations of a `pack.toml`.

use serde::Deserialize;
use toml::Spanned;
use toml::de::DeValue;

use super::meta::version_of;
use super::reader::Reader;
use crate::model::{Diagnostic, KeyPath, KeyPlace, Migration, RepoPath, Step};

const MOST: usize = 200;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    to: String,
    rename_file: Option<RenameFile>,
    rename_key: Option<RenameKey>,
    move_key: Option<MoveKey>,
    drop_key: Option<Place>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RenameFile {
    from: RepoPath,
    to: RepoPath,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RenameKey {
    path: RepoPath,
    from: Key,
    to: Key,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MoveKey {
    from: Place,
    to: Place,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    path: RepoPath,
    key: Key,
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Key(KeyPath);

impl TryFrom<String> for Key {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let path = KeyPath::parse(&text).filter(|path| !path.0.is_empty());
        path.map(Self)
            .ok_or_else(|| format!("`{}` is no path of a key", text.escape_debug()))
    }
}

/// Reads a file that holds migrations alone, as the embedded templates have one.
///
/// # Errors
/// Returns every problem at its place.
pub fn migrations(path: &str, text: &str) -> Result<Vec<Migration>, Vec<Diagnostic>> {
    let (mut reader, table) = Reader::open(path, text);
    let found = table.and_then(|table| Some(read(&mut reader, table.get("migration")?)));
    if reader.found.is_empty() {
        Ok(found.unwrap_or_default())
    } else {
        Err(reader.found)
    }
}

/// Reads every `[[migration]]`.
pub(super) fn read(reader: &mut Reader<'_>, value: &Spanned<DeValue<'_>>) -> Vec<Migration> {
    let offset = value.span().start;
    let Some(items) = value.get_ref().as_array() else {
        let message = "`migration` must be a list of tables";
        reader.say(offset, message, "write `[[migration]]`");
        return Vec::new();
    };
    if items.len() > MOST {
        let message = format!("more than {MOST} migrations");
        reader.say(offset, message, "drop those of old versions");
        return Vec::new();
    }
    let mut migrations = Vec::new();
    for item in items {
        let offset = item.span().start;
        let Some(table) = reader.take::<Table>("migration", item) else {
            continue;
        };
        let to = version_of(reader, "to", &table.to, offset);
        match (to, step(table)) {
            (Some(to), Some(step)) => migrations.push(Migration { to, step }),
            (_, None) => reader.say(
                offset,
                "a migration takes exactly one step",
                "write one of `rename_file`, `rename_key`, `move_key` and `drop_key`",
            ),
            _ => {}
        }
    }
    migrations
}

fn step(table: Table) -> Option<Step> {
    let file = table.rename_file.map(|step| Step::RenameFile {
        from: step.from,
        to: step.to,
    });
    let key = table.rename_key.map(|step| Step::RenameKey {
        path: step.path,
        from: step.from.0,
        to: step.to.0,
    });
    let moved = table.move_key.map(|step| Step::MoveKey {
        from: place(step.from),
        to: place(step.to),
    });
    let dropped = table.drop_key.map(|step| Step::DropKey(place(step)));
    let mut given = [file, key, moved, dropped].into_iter().flatten();
    given.next().filter(|_| given.next().is_none())
}

fn place(place: Place) -> KeyPlace {
    KeyPlace {
        path: place.path,
        key: place.key.0,
    }
}
