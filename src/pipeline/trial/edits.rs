//! What users do to files between two upgrades, and whether it is still there after one.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize as _;
use serde_json::ser::{PrettyFormatter, Serializer};

use super::random::Random;
use crate::merge::{find, set_key, take_key};
use crate::model::{BaseFile, Format, KeyPath, RepoPath, Segment, Value};

/// What a user did to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Edit {
    /// Wrote a text that stands nowhere else.
    Wrote(String),
    /// Took a key out.
    Took(KeyPath),
}

/// A file after a user has been at it.
pub(super) struct Edited {
    pub(super) text: String,
    pub(super) edits: Vec<Edit>,
}

/// Edits a file; `mark` stands in what the user writes, and in no other file and round.
pub(super) fn edit(
    path: &RepoPath,
    base: &BaseFile,
    text: &str,
    mark: &str,
    random: &mut Random,
) -> Edited {
    let format = base.format.unwrap_or(Format::WholeFile);
    let mut edited = Edited {
        text: shaped(format, text, random),
        edits: Vec::new(),
    };
    let keys: Vec<&KeyPath> = base.keys.keys().collect();
    if random.once_in(2)
        && let Some(key) = random.pick(&keys)
    {
        edited.change(path, format, key, &format!("changed-{mark}"));
    }
    if random.once_in(3)
        && let Some(key) = random.pick(&keys)
    {
        edited.take(path, format, key);
    }
    if !random.once_in(3) {
        edited.add(path, format, mark);
    }
    if random.once_in(2) {
        edited.comment(format, mark);
    }
    if random.once_in(4) && !edited.text.contains('\r') {
        edited.text = edited.text.replace('\n', "\r\n");
    }
    edited
}

impl Edit {
    /// Whether a text no longer shows the edit.
    pub(super) fn is_lost(&self, path: &RepoPath, format: Format, text: &str) -> bool {
        match self {
            Self::Wrote(mark) => !text.contains(mark.as_str()),
            Self::Took(key) => matches!(find(path, format, text, key), Ok(Some(_))),
        }
    }
}

impl std::fmt::Display for Edit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Wrote(mark) => write!(f, "`{mark}`, which the user wrote, is lost"),
            Self::Took(key) => write!(f, "`{key}`, which the user took out, is back"),
        }
    }
}

impl Edited {
    fn change(&mut self, path: &RepoPath, format: Format, key: &KeyPath, mark: &str) {
        let is_named = key
            .0
            .iter()
            .all(|segment| matches!(segment, Segment::Key(_)));
        if !is_named || key.0.is_empty() {
            return;
        }
        let changed = set_key(path, format, &self.text, key, &Value::from(mark));
        if let Ok(Some(text)) = changed {
            self.text = text;
            self.edits.push(Edit::Wrote(mark.to_owned()));
        }
    }

    fn take(&mut self, path: &RepoPath, format: Format, key: &KeyPath) {
        let taken = take_key(path, format, &self.text, key, &BTreeSet::new());
        if let Ok(Some(text)) = taken {
            let before = std::mem::replace(&mut self.text, text);
            let is_lost = |edit: &Edit| edit.is_lost(path, format, &self.text);
            if self.edits.iter().any(is_lost) {
                self.text = before;
            } else {
                self.edits.push(Edit::Took(key.clone()));
            }
        }
    }

    /// Adds something that is no template's.
    fn add(&mut self, path: &RepoPath, format: Format, mark: &str) {
        let key = KeyPath::root().key(&format!("user_added_{mark}"));
        let mark = format!("added-{mark}");
        let added = match format {
            Format::Json | Format::Jsonc | Format::Toml | Format::Yaml | Format::Env => {
                let set = set_key(path, format, &self.text, &key, &Value::from(mark.as_str()));
                set.ok().flatten()
            }
            Format::Ignore => Some(joined(&self.text, &format!("/{mark}"))),
            Format::Attributes => Some(joined(&self.text, &format!("/{mark} -text"))),
            Format::Block => Some(format!("# {mark}\n{}", self.text)),
            Format::WholeFile => Some(joined(&self.text, &format!("# {mark}"))),
        };
        if let Some(text) = added {
            self.text = text;
            self.edits.push(Edit::Wrote(mark));
        }
    }

    fn comment(&mut self, format: Format, mark: &str) {
        let mark = format!("comment-{mark}");
        let line = match format {
            Format::Jsonc if self.text.starts_with('{') => format!("// {mark}\n"),
            Format::Env | Format::Yaml | Format::Toml | Format::Ignore | Format::Attributes => {
                format!("# {mark}\n")
            }
            _ => return,
        };
        self.text = format!("{line}{}", self.text);
        self.edits.push(Edit::Wrote(mark));
    }
}

/// The same values in another order or with other indents.
fn shaped(format: Format, text: &str, random: &mut Random) -> String {
    let is_json = matches!(format, Format::Json | Format::Jsonc);
    let is_env = format == Format::Env;
    if is_env && random.once_in(3) && !text.contains("=\"") && !text.contains("\r\n") {
        let mut lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        lines.reverse();
        let comments = text.lines().filter(|line| line.starts_with('#'));
        return comments
            .chain(lines)
            .fold(String::new(), |out, line| out + line + "\n");
    }
    let Some(Value::Object(map)) = serde_json::from_str(text).ok().filter(|_| is_json) else {
        return text.to_owned();
    };
    let map = if random.once_in(2) {
        map.into_iter().rev().collect()
    } else {
        map
    };
    let indent = random
        .pick(&["  ", "    ", "\t", ""])
        .copied()
        .unwrap_or_default();
    let mut out = Vec::new();
    let mut writer =
        Serializer::with_formatter(&mut out, PrettyFormatter::with_indent(indent.as_bytes()));
    match Value::Object(map).serialize(&mut writer) {
        Ok(()) => String::from_utf8_lossy(&out).into_owned() + "\n",
        Err(_) => text.to_owned(),
    }
}

fn joined(text: &str, line: &str) -> String {
    let end = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    format!("{text}{end}{line}\n")
}

/// The edits of a repository, by the path of the file.
pub(super) type Edits = BTreeMap<RepoPath, Vec<Edit>>;
