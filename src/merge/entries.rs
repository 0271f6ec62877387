//! Texts of one entry after the other (dotenv, YAML's root mapping): lossless edits by line.
//!
//! The comment lines right above an entry are a set of its own, so that ours come and go with it
//! and the user's stay. Comments that stand above no entry are elements of the root. A comment behind
//! an entry's value comes and goes with the entry where it is ours, and keeps the entry where it is not.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::lines::{self, Line};
use super::{Edit, Found, Leaves};
use crate::model::{BaseFile, KeyPath, Segment, Value};

/// One entry, as its format found it.
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) value: Value,
    /// The numbers of its lines.
    pub(super) lines: Range<usize>,
    /// The bytes that spell its value.
    pub(super) spelling: Range<usize>,
}

/// A text and its entries, in order.
pub(super) struct Entries<'a> {
    bom: &'a str,
    body: &'a str,
    lines: Vec<Line<'a>>,
    list: Vec<Entry>,
    last: BTreeMap<String, usize>,
    /// For each comment line that is one: its number and its key.
    comments: Vec<(usize, KeyPath)>,
    rename: Rename,
}

/// Where a line spells an entry's old name, and how it spells a new one.
pub(super) type Rename = fn(line: &str, old: &str, new: &str) -> Option<(Range<usize>, String)>;

impl<'a> Entries<'a> {
    pub(super) fn new(
        text: &'a str,
        lines: Vec<Line<'a>>,
        entries: Vec<Entry>,
        rename: Rename,
    ) -> Self {
        let (bom, body) = lines::split_bom(text);
        let last = entries
            .iter()
            .enumerate()
            .map(|(at, entry)| (entry.name.clone(), at))
            .collect();
        let comments = comments(&lines, &entries);
        Self {
            bom,
            body,
            lines,
            list: entries,
            last,
            comments,
            rename,
        }
    }

    /// The comment behind an entry's value, known by an empty name between it and its entry.
    fn tail(&self, entry: &Entry) -> Option<KeyPath> {
        let last = self.lines.get(entry.lines.end.checked_sub(1)?)?;
        let end = last.start + last.text.len();
        let rest = self.body.get(entry.spelling.end..end)?.trim();
        let owner = KeyPath::root().key(&entry.name).key("");
        rest.starts_with('#')
            .then(|| owner.element(&Value::from(rest).to_string()))
    }

    /// The entries that are to go with a comment of the user's behind their value.
    pub(super) fn commented(&self, edits: &[Edit]) -> BTreeSet<KeyPath> {
        let gone = |key: &KeyPath| edits.contains(&Edit::Remove(key.clone()));
        let entries = edits.iter().filter_map(|edit| match edit {
            Edit::Remove(key) if key.0.len() == 1 => Some(key),
            _ => None,
        });
        let kept = entries.filter(|key| {
            let entry = key.name().and_then(|name| self.entry(name));
            entry
                .and_then(|entry| self.tail(entry))
                .is_some_and(|tail| !gone(&tail))
        });
        kept.cloned().collect()
    }

    pub(super) fn leaves(&self) -> Leaves {
        let mut comments = self.comments.iter().peekable();
        let mut leaves = Leaves::new();
        for entry in &self.list {
            while let Some((_, key)) = comments.next_if(|(line, _)| *line < entry.lines.start) {
                leaves.push((key.clone(), Value::Bool(true)));
            }
            leaves.push((KeyPath::root().key(&entry.name), entry.value.clone()));
            leaves.extend(self.tail(entry).map(|key| (key, Value::Bool(true))));
        }
        leaves.extend(comments.map(|(_, key)| (key.clone(), Value::Bool(true))));
        leaves
    }

    /// The leaves by which foreign text is compared: comments count wherever they stand.
    pub(super) fn foreign(&self) -> Leaves {
        let flat = |key: KeyPath| match key.0.last() {
            Some(Segment::Element(json)) => KeyPath::root().element(json),
            _ => key,
        };
        self.leaves()
            .into_iter()
            .map(|(key, value)| (flat(key), value))
            .collect()
    }

    pub(super) fn find(&self, key: &KeyPath) -> Found {
        let value = match key.0.as_slice() {
            [Segment::Key(name)] => self.entry(name).map(|entry| entry.value.clone()),
            [Segment::Key(name), Segment::Key(_), ..] => self
                .entry(name)
                .and_then(|entry| self.tail(entry))
                .and_then(|tail| (tail == *key).then_some(Value::Bool(true))),
            _ => self
                .comments
                .iter()
                .any(|(_, comment)| comment == key)
                .then_some(Value::Bool(true)),
        };
        value.map_or(Found::Absent, Found::Value)
    }

    /// The leaves of a desired text that are wanted here: every entry, and a comment where its
    /// entry is to be added or where we wrote comments before.
    pub(super) fn wanted(&self, base: &BaseFile, desired: Leaves) -> Leaves {
        let known = |key: &KeyPath| base.keys.contains_key(key) || base.tombstones.contains(key);
        let wanted = |key: &KeyPath| {
            let (Some(Segment::Element(_)), Some(entry)) = (key.0.last(), key.parent()) else {
                return true;
            };
            if let [Segment::Key(name), Segment::Key(_), ..] = key.0.as_slice() {
                let entry = KeyPath::root().key(name);
                return known(key) || !(self.last.contains_key(name) || known(&entry));
            }
            let there = entry
                .name()
                .is_some_and(|name| self.last.contains_key(name));
            if entry.0.is_empty() || (!there && known(&entry)) {
                return known(key);
            }
            let commented = |k: &KeyPath| k.0.len() == 2 && k.0.starts_with(&entry.0);
            let users = there && !known(key) && self.find(key) != Found::Absent;
            !users && (!there || base.keys.keys().chain(&base.tombstones).any(commented))
        };
        desired.into_iter().filter(|(key, _)| wanted(key)).collect()
    }

    /// Applies edits, spelling values and added lines as the template does.
    pub(super) fn edit(&self, edits: &[Edit], template: Option<&Entries<'_>>) -> String {
        let mut dropped = BTreeSet::new();
        let mut splices = Vec::new();
        let mut added: Vec<&str> = Vec::new();
        for edit in edits {
            match edit {
                Edit::Remove(key) => dropped.extend(self.lines_of(key)),
                Edit::Set(key, value) => match key.0.as_slice() {
                    [Segment::Key(name)] => match self.entry(name) {
                        Some(entry) => {
                            let new = spelled(template, name).unwrap_or_else(|| value.to_string());
                            let new = new.replace('\n', lines::line_end(self.body));
                            splices.push((entry.spelling.start, entry.spelling.end, new));
                        }
                        None => added.extend(template.into_iter().flat_map(|t| t.texts_of(key))),
                    },
                    [Segment::Key(name), Segment::Element(_)] => {
                        let comment = template.into_iter().flat_map(|t| t.texts_of(key));
                        match self.spot(name, key, template) {
                            Some(line) => {
                                let end = lines::line_end(self.body);
                                splices.extend(
                                    comment.map(|text| {
                                        (line.start, line.start, format!("{text}{end}"))
                                    }),
                                );
                            }
                            None => added.extend(comment),
                        }
                    }
                    _ => {}
                },
            }
        }
        let cuts = lines::runs(&self.lines, &dropped);
        splices.extend(
            cuts.into_iter()
                .map(|(start, end)| (start, end, String::new())),
        );
        let changed = lines::splice(self.body, splices);
        // Where nothing is left, only the text before says how its lines end.
        let like = if changed.is_empty() {
            self.body
        } else {
            &changed
        };
        let end = lines::line_end(like);
        format!("{}{}", self.bom, lines::append_with(&changed, end, added))
    }

    /// The line above which a comment of an entry goes: the first of the comments that the template
    /// has below it, else the entry.
    fn spot(&self, name: &str, key: &KeyPath, template: Option<&Entries<'_>>) -> Option<&Line<'a>> {
        let entry = self.entry(name)?;
        let keys = template.into_iter().flat_map(|t| &t.comments);
        let below = keys.map(|(_, other)| other).skip_while(|o| *o != key);
        let mut siblings = below.skip(1).filter(|o| o.0.first() == key.0.first());
        let line = siblings.find_map(|other| self.lines_of(other).next());
        self.lines.get(line.unwrap_or(entry.lines.start))
    }

    /// Where an entry or a comment stands.
    pub(super) fn offset(&self, key: &KeyPath) -> Option<usize> {
        let line = self.lines.get(self.lines_of(key).next()?)?;
        Some(self.bom.len() + line.start)
    }

    /// Gives every entry of a name another one; none where the format cannot spell it.
    pub(super) fn rename(&self, from: &KeyPath, to: &KeyPath) -> Option<String> {
        let ([Segment::Key(old)], [Segment::Key(new)]) = (&from.0[..], &to.0[..]) else {
            return None;
        };
        let mut splices = Vec::new();
        for entry in self.list.iter().filter(|entry| entry.name == *old) {
            let line = self.lines.get(entry.lines.start)?;
            let (at, name) = (self.rename)(line.text, old, new)?;
            splices.push((line.start + at.start, line.start + at.end, name));
        }
        let changed = lines::splice(self.body, splices);
        Some(format!("{}{changed}", self.bom))
    }

    fn entry(&self, name: &str) -> Option<&Entry> {
        self.last.get(name).and_then(|at| self.list.get(*at))
    }

    /// The numbers of the lines that hold an entry or a comment.
    fn lines_of(&self, key: &KeyPath) -> Range<usize> {
        let lines = match key.0.as_slice() {
            [Segment::Key(name)] => self.entry(name).map(|entry| entry.lines.clone()),
            _ => self
                .comments
                .iter()
                .rfind(|(_, comment)| comment == key)
                .map(|(line, _)| *line..line + 1),
        };
        lines.unwrap_or_default()
    }

    fn texts_of(&self, key: &KeyPath) -> impl Iterator<Item = &'a str> {
        self.lines_of(key)
            .filter_map(|number| self.lines.get(number))
            .map(|line| line.text)
    }
}

fn spelled(template: Option<&Entries<'_>>, name: &str) -> Option<String> {
    let template = template?;
    let spelling = template.entry(name)?.spelling.clone();
    template
        .body
        .get(spelling)
        .map(|text| text.replace("\r\n", "\n"))
}

fn comments(lines: &[Line<'_>], entries: &[Entry]) -> Vec<(usize, KeyPath)> {
    let mut comments = Vec::new();
    let mut next = entries.iter().peekable();
    let mut pending: Vec<usize> = Vec::new();
    let mut number = 0;
    let key = |owner: &KeyPath, line: usize| {
        (
            line,
            owner.element(&Value::from(lines[line].text.trim_end()).to_string()),
        )
    };
    while number < lines.len() {
        if let Some(entry) = next.next_if(|entry| entry.lines.start <= number) {
            let owner = KeyPath::root().key(&entry.name);
            comments.extend(pending.drain(..).map(|line| key(&owner, line)));
            number = entry.lines.end.max(number);
            continue;
        }
        if lines[number].text.trim_start().starts_with('#') {
            pending.push(number);
        } else {
            comments.extend(pending.drain(..).map(|line| key(&KeyPath::root(), line)));
        }
        number += 1;
    }
    comments.extend(pending.into_iter().map(|line| key(&KeyPath::root(), line)));
    comments
}
