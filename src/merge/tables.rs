//! TOML, edited through `toml_edit`.

use std::collections::BTreeSet;

use toml_edit::{DocumentMut, Item, Table, TableLike};

use super::{Edit, Leaves, MergeError, json, lines, tables_cut, text};
use crate::model::{KeyPath, RepoPath, Segment, Value};

/// A text, and what it says.
pub(super) struct Document<'a> {
    path: &'a RepoPath,
    pub(super) text: &'a str,
    pub(super) tree: DocumentMut,
    pub(super) value: Value,
}

impl<'a> Document<'a> {
    pub(super) fn parse(path: &'a RepoPath, text: &'a str) -> Result<Self, MergeError> {
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
            path,
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
        let comments = lines::split_bom(self.text)
            .1
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

    /// Applies edits; also returns the tables that had no header of their own before, each marked by
    /// an empty name, so that it goes again.
    pub(super) fn edit(
        &self,
        edits: &[Edit],
        containers: &BTreeSet<KeyPath>,
    ) -> Result<(String, Vec<KeyPath>), MergeError> {
        let gone: Vec<&KeyPath> = edits
            .iter()
            .filter_map(|edit| match edit {
                Edit::Remove(key) => Some(key),
                Edit::Set(..) => None,
            })
            .collect();
        let body = lines::split_bom(self.text).1;
        let cut = tables_cut::cut(body, gone.iter().copied());
        let mut tree = cut.parse().unwrap_or_else(|_| self.tree.clone());
        for key in &gone {
            remove(tree.as_table_mut(), &key.0, &|_| true);
        }
        for key in containers.iter().rev().filter(|_| !gone.is_empty()) {
            match key.parent().filter(|_| key.name() == Some("")) {
                Some(table) => hide_header(tree.as_table_mut(), &table.0),
                None => remove(tree.as_table_mut(), &key.0, &is_bare),
            }
        }
        let mut marks = BTreeSet::new();
        for edit in edits {
            if let Edit::Set(key, value) = edit {
                let above = key.parent().filter(|at| has_no_header(&tree, &at.0));
                marks.extend(above.map(|table| table.key("")));
                set(tree.as_table_mut(), &key.0, value);
            }
        }
        self.check_order()?;
        Ok((self.printed(&tree), marks.into_iter().collect()))
    }

    /// Refuses a text that printing the tree would put into another order.
    fn check_order(&self) -> Result<(), MergeError> {
        if self.keeps_order() {
            return Ok(());
        }
        Err(MergeError::Syntax {
            path: self.path.to_string(),
            format: "TOML that can be edited",
            message: "the dotted keys of one table do not stand together".to_owned(),
            offset: 0,
        })
    }

    pub(super) fn keeps_order(&self) -> bool {
        self.printed(&self.tree) == self.text
    }

    /// A changed tree as a text with the BOM, the line ends and the open end of this one.
    pub(super) fn printed(&self, tree: &DocumentMut) -> String {
        let printed = tree.to_string().replace("\r\n", "\n");
        let open = !self.text.is_empty() && !self.text.ends_with('\n');
        let printed = match printed.strip_suffix('\n') {
            Some(rest) if open => rest,
            _ => &printed,
        };
        text::restore(self.text, printed)
    }
}

/// Whether nothing is left in a table, and no comment above it.
pub(super) fn is_bare(item: &Item) -> bool {
    let prefix = item.as_table().and_then(|table| table.decor().prefix());
    let commented = prefix.is_some_and(|raw| raw.as_str().is_some_and(|text| text.contains('#')));
    !commented && item.as_table_like().is_some_and(TableLike::is_empty)
}

/// Whether a table is there for the tables in it alone.
fn has_no_header(tree: &DocumentMut, path: &[Segment]) -> bool {
    let mut table = tree.as_table();
    for segment in path {
        let Segment::Key(name) = segment else {
            return false;
        };
        match table.get(name) {
            Some(Item::Table(inner)) => table = inner,
            _ => return false,
        }
    }
    !path.is_empty() && table.is_implicit() && !table.is_dotted()
}

/// Takes the header of a table away where only tables are left in it.
fn hide_header(table: &mut Table, path: &[Segment]) {
    match path {
        [] if table.iter().all(|(_, item)| !item.is_value()) => table.set_implicit(true),
        [Segment::Key(name), rest @ ..] => {
            if let Some(Item::Table(inner)) = table.get_mut(name) {
                hide_header(inner, rest);
            }
        }
        _ => {}
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
                let mut made = Table::new();
                made.set_dotted(table.is_dotted());
                table.insert(name, Item::Table(made));
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
