//! Keys of TOML texts under another name or in another place.

use std::collections::BTreeSet;

use toml_edit::{InlineTable, Item, Key, Table, Value};

use super::lines;
use super::tables::{Document, is_bare, remove};
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
        if !self.keeps_order() {
            return None;
        }
        let mut tree = self.tree.clone();
        let (old, new) = (from.name()?, to.name()?);
        let (above, below) = (from.parent()?, to.parent()?);
        if above == below {
            Holder::find(tree.as_table_mut(), &above.0)?.rename(old, new)?;
            return Some(self.relined(&tree.to_string()));
        }
        let taken = Holder::find(tree.as_table_mut(), &above.0)?.take(old)?;
        for key in made.iter().rev().filter(|key| !to.is_within(key)) {
            remove(tree.as_table_mut(), &key.0, &is_bare);
        }
        let with_header = match &taken.item {
            Item::Table(table) => table.is_dotted(),
            item => item.is_value(),
        };
        let holder = Holder::Table(tree.as_table_mut());
        holder.make(&below.0, with_header)?.put(new, taken)?;
        Some(self.printed(&tree))
    }

    /// A text of as many lines, each with the line end it had.
    fn relined(&self, text: &str) -> String {
        let (bom, body) = lines::split_bom(self.text);
        let (old, new) = (lines::split(body), lines::split(text));
        let lines = new.iter().zip(old);
        bom.to_owned()
            + &lines
                .map(|(new, old)| new.text.to_owned() + old.end)
                .collect::<String>()
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
                    made.set_dotted(table.is_dotted());
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
            // A header in the middle of dotted keys would take those behind it along.
            Self::Table(table) if table.is_dotted() && !item.is_value() => return None,
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
