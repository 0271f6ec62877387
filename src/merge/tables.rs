//! TOML, edited through `toml_edit`.

use toml_edit::{DocumentMut, Item, Table, TableLike};

use super::{Edit, Leaves, MergeError, json, lines, text};
use crate::model::{KeyPath, RepoPath, Segment, Value};

/// A text, and what it says.
pub(super) struct Document<'a> {
    pub(super) text: &'a str,
    pub(super) tree: DocumentMut,
    pub(super) value: Value,
}

impl<'a> Document<'a> {
    pub(super) fn parse(path: &RepoPath, text: &'a str) -> Result<Self, MergeError> {
        let (bom, body) = lines::split_bom(text);
        let document: DocumentMut =
            body.parse()
                .map_err(|error: toml_edit::TomlError| MergeError::Syntax {
                    path: path.to_string(),
                    format: "TOML",
                    message: error.message().to_owned(),
                    offset: error.span().map_or(0, |span| span.start) + bom.len(),
                })?;
        let value = table(document.as_table());
        Ok(Self {
            text,
            tree: document,
            value,
        })
    }

    pub(super) fn leaves(&self) -> Leaves {
        let mut leaves = Leaves::new();
        json::collect(&KeyPath::root(), &self.value, &mut leaves);
        leaves
    }

    /// The leaves, and every comment line.
    pub(super) fn foreign(&self) -> Leaves {
        let comments = self
            .text
            .lines()
            .map(str::trim)
            .filter(|line| line.starts_with('#'));
        let comments = comments.map(|line| {
            (
                KeyPath::root().element(&Value::from(line).to_string()),
                Value::Bool(true),
            )
        });
        self.leaves().into_iter().chain(comments).collect()
    }

    pub(super) fn edit<'k>(
        &self,
        edits: &[Edit],
        containers: impl DoubleEndedIterator<Item = &'k KeyPath>,
    ) -> String {
        let mut document = self.tree.clone();
        let mut removed = false;
        for edit in edits {
            if let Edit::Remove(key) = edit {
                removed = true;
                remove(document.as_table_mut(), &key.0, &|_| true);
            }
        }
        for key in containers.rev().filter(|_| removed) {
            remove(document.as_table_mut(), &key.0, &|item| {
                item.as_table_like().is_some_and(TableLike::is_empty)
            });
        }
        for edit in edits {
            if let Edit::Set(key, value) = edit {
                set(document.as_table_mut(), &key.0, value);
            }
        }
        text::restore(self.text, &document.to_string().replace("\r\n", "\n"))
    }
}

fn set(table: &mut dyn TableLike, key: &[Segment], value: &Value) {
    match key {
        [Segment::Key(name)] => {
            let Some(new) = literal(value) else { return };
            match table.get_mut(name).and_then(Item::as_value_mut) {
                Some(old) => {
                    let decor = old.decor().clone();
                    *old = new;
                    *old.decor_mut() = decor;
                }
                None => {
                    table.insert(name, Item::Value(new));
                }
            }
        }
        [Segment::Key(name), rest @ ..] => {
            if table.get(name).is_none() {
                table.insert(name, Item::Table(Table::new()));
            }
            if let Some(inner) = table.get_mut(name).and_then(Item::as_table_like_mut) {
                set(inner, rest, value);
            }
        }
        _ => {}
    }
}

pub(super) fn remove(table: &mut dyn TableLike, key: &[Segment], may: &dyn Fn(&Item) -> bool) {
    match key {
        [Segment::Key(name)] if table.get(name).is_some_and(may) => {
            table.remove(name);
        }
        [Segment::Key(_)] => {}
        [Segment::Key(name), rest @ ..] => {
            if let Some(inner) = table.get_mut(name).and_then(Item::as_table_like_mut) {
                remove(inner, rest, may);
            }
        }
        _ => {}
    }
}

fn table(table: &dyn TableLike) -> Value {
    Value::Object(
        table
            .iter()
            .map(|(key, item)| (key.to_owned(), item_value(item)))
            .collect(),
    )
}

fn item_value(item: &Item) -> Value {
    match item {
        Item::None => Value::Null,
        Item::Value(value) => scalar(value),
        Item::Table(inner) => table(inner),
        Item::ArrayOfTables(tables) => Value::Array(tables.iter().map(|t| table(t)).collect()),
    }
}

fn scalar(value: &toml_edit::Value) -> Value {
    match value {
        toml_edit::Value::String(text) => Value::from(text.value().as_str()),
        toml_edit::Value::Integer(number) => Value::from(*number.value()),
        toml_edit::Value::Float(number) => Value::from(*number.value()),
        toml_edit::Value::Boolean(flag) => Value::from(*flag.value()),
        toml_edit::Value::Datetime(time) => Value::from(time.value().to_string()),
        toml_edit::Value::Array(items) => Value::Array(items.iter().map(scalar).collect()),
        toml_edit::Value::InlineTable(inner) => table(inner),
    }
}

fn literal(value: &Value) -> Option<toml_edit::Value> {
    let text = toml::Value::try_from(value).ok()?;
    text.to_string().parse().ok()
}
