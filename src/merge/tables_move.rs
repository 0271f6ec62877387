//! Keys of TOML texts under another name or in another place.

use std::collections::BTreeSet;

use toml_edit::{InlineTable, Item, Key, Table, TableLike, Value};

use super::tables::{Document, remove};
use super::text;
use crate::model::{KeyPath, Segment};

impl Document<'_> {
    /// Gives a key another name or place; none where the new place cannot hold what the old one
    /// does, such as a table or a comment in an inline table.
    pub(super) fn rename(
        &self,
        from: &KeyPath,
        to: &KeyPath,
        made: &BTreeSet<KeyPath>,
    ) -> Option<String> {
        let mut tree = self.tree.clone();
        let (old, new) = (from.name()?, to.name()?);
        let (above, below) = (from.parent()?, to.parent()?);
        if above == below {
            Holder::find(tree.as_table_mut(), &above.0)?.rename(old, new)?;
        } else {
            let taken = Holder::find(tree.as_table_mut(), &above.0)?.take(old)?;
            for key in made.iter().rev().filter(|key| !to.is_within(key)) {
                remove(tree.as_table_mut(), &key.0, &|item| {
                    item.as_table_like().is_some_and(TableLike::is_empty)
                });
            }
            let holder = Holder::Table(tree.as_table_mut());
            holder
                .make(&below.0, taken.item.is_value())?
                .put(new, taken)?;
        }
        let changed = tree.to_string().replace("\r\n", "\n");
        Some(text::restore(self.text, &changed))
    }
}

/// A table of either spelling.
enum Holder<'t> {
    Table(&'t mut Table),
    Inline(&'t mut InlineTable),
}

/// A key out of its place.
struct Taken {
    key: Key,
    item: Item,
    inline: bool,
}

impl<'t> Holder<'t> {
    fn find(root: &'t mut Table, path: &[Segment]) -> Option<Self> {
        let mut holder = Self::Table(root);
        for segment in path {
            let Segment::Key(name) = segment else {
                return None;
            };
            holder = holder.inner(name)?;
        }
        Some(holder)
    }

    /// The table at a path, made where there is none; one that holds tables alone needs no header.
    fn make(self, path: &[Segment], with_header: bool) -> Option<Self> {
        let mut holder = self;
        for segment in path {
            let Segment::Key(name) = segment else {
                return None;
            };
            match &mut holder {
                Self::Table(table) if !table.contains_key(name) => {
                    let mut made = Table::new();
                    made.set_implicit(!with_header);
                    table.insert(name, Item::Table(made));
                }
                Self::Inline(table) if !table.contains_key(name) => {
                    table.insert(name, Value::InlineTable(InlineTable::new()));
                }
                _ => {}
            }
            holder = holder.inner(name)?;
        }
        Some(holder)
    }

    fn inner(self, name: &str) -> Option<Self> {
        match self {
            Self::Table(table) => match table.get_mut(name)? {
                Item::Table(inner) => Some(Self::Table(inner)),
                Item::Value(Value::InlineTable(inner)) => Some(Self::Inline(inner)),
                _ => None,
            },
            Self::Inline(table) => match table.get_mut(name)? {
                Value::InlineTable(inner) => Some(Self::Inline(inner)),
                _ => None,
            },
        }
    }

    fn take(self, name: &str) -> Option<Taken> {
        let (key, item, inline) = match self {
            Self::Table(table) => {
                let (key, item) = table.remove_entry(name)?;
                (key, item, false)
            }
            Self::Inline(table) => {
                let (key, value) = table.remove_entry(name)?;
                (key, Item::Value(value), true)
            }
        };
        Some(Taken { key, item, inline })
    }

    fn put(self, name: &str, taken: Taken) -> Option<()> {
        let Taken {
            key,
            mut item,
            inline,
        } = taken;
        let mut new = renamed(&key, name);
        match self {
            Self::Table(table) => {
                if let Some(value) = item.as_value_mut().filter(|_| inline) {
                    new = Key::new(name);
                    value.decor_mut().clear();
                }
                table.insert_formatted(&new, item);
            }
            Self::Inline(table) => {
                let Item::Value(mut value) = item else {
                    return None;
                };
                let bare = [key.leaf_decor(), value.decor()].iter().all(|decor| {
                    let sides = [decor.prefix(), decor.suffix()];
                    let texts = sides.into_iter().flatten().filter_map(|raw| raw.as_str());
                    !texts.into_iter().any(|text| text.contains('#'))
                });
                if !bare {
                    return None;
                }
                value.decor_mut().clear();
                table.insert_formatted(&Key::new(name), value);
            }
        }
        Some(())
    }

    /// Puts every entry in again, in the same order, one under its new name.
    fn rename(self, old: &str, new: &str) -> Option<()> {
        match self {
            Self::Table(table) => {
                let names: Vec<String> = table.iter().map(|(name, _)| name.to_owned()).collect();
                for name in names {
                    let (key, item) = table.remove_entry(&name)?;
                    let key = if name == old { renamed(&key, new) } else { key };
                    table.insert_formatted(&key, item);
                }
            }
            Self::Inline(table) => {
                let names: Vec<String> = table.iter().map(|(name, _)| name.to_owned()).collect();
                for name in names {
                    let (key, value) = table.remove_entry(&name)?;
                    let key = if name == old { renamed(&key, new) } else { key };
                    table.insert_formatted(&key, value);
                }
            }
        }
        Some(())
    }
}

fn renamed(key: &Key, name: &str) -> Key {
    Key::new(name)
        .with_leaf_decor(key.leaf_decor().clone())
        .with_dotted_decor(key.dotted_decor().clone())
}
