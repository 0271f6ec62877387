//! Lockfile text ↔ [`BaseState`]: what we rendered last, one sorted line per managed key.
//!
//! Holds rendered values only, never a time or a text of the user's. Must not read files.

mod merge;
mod value;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Deserialize;
use toml_edit::Key;

pub use merge::merge;
use value::{literal, meant, spelled};

use crate::model::{BaseFile, BasePack, BaseState, Format, KeyPath, RepoPath, Tree, Value, lf};

/// The lockfile's name.
pub const NAME: &str = "claude-scaffold.lock";
/// The version of the lockfile's format.
pub const VERSION: i64 = 2;

const HEADER: &str = "\
# What claude-scaffold rendered last. Written by the tool; commit it with the files it names.
";

/// Why a lockfile cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LockError {
    /// Two branches changed it and git could not merge them.
    #[error("the lockfile holds conflict markers of git")]
    Markers {
        /// Byte offset of the first marker.
        offset: usize,
    },
    /// Not the TOML we write.
    #[error("the lockfile cannot be read: {message}")]
    Syntax {
        /// What the parser says.
        message: String,
        /// Byte offset.
        offset: usize,
    },
    /// Written by a newer version of the tool.
    #[error("the lockfile has format {version}; this version reads format {VERSION}")]
    Newer {
        /// The lockfile's format.
        version: i64,
        /// The version of the program to install; empty where it does not say.
        needs: String,
    },
    /// A path or key in it that we never write.
    #[error("the lockfile names `{0}`, which is no path this tool writes")]
    Path(String),
}

impl LockError {
    /// Returns the error with its place in the text before CRLF became LF.
    fn moved(self, text: &str) -> Self {
        let Self::Syntax { message, offset } = self else {
            return self;
        };
        let pairs = text.match_indices("\r\n").map(|(at, _)| at);
        let before = pairs.enumerate().take_while(|(nth, at)| at - nth < offset);
        let offset = offset + before.count();
        Self::Syntax { message, offset }
    }
}

/// Reads a lockfile.
///
/// # Errors
/// Fails on conflict markers, on anything that is not a lockfile, and on a newer format.
pub fn read(text: &str) -> Result<BaseState, LockError> {
    if let Some(offset) = marker(text) {
        return Err(LockError::Markers { offset });
    }
    // A checkout with CRLF puts it inside of values as well, where it means nothing.
    let stored = stored(&lf(text)).map_err(|error| error.moved(text))?;
    let mut files = BTreeMap::new();
    for (path, file) in stored.file {
        let repo_path = RepoPath::parse(&path).map_err(|_| LockError::Path(path))?;
        files.insert(repo_path, file.into_base()?);
    }
    let packs = stored.pack.into_iter().map(StoredPack::into_base);
    Ok(BaseState {
        format: stored.version,
        source: stored.source,
        version: stored.templates,
        needs: stored.needs,
        packs: packs.collect(),
        features: stored.feature,
        files,
    })
}

/// Returns the lockfile's text for a base state, in the state's own format; sorted, so that git
/// merges it by key.
#[must_use]
pub fn write(base: &BaseState) -> String {
    let version = match base.format {
        0 => VERSION,
        known => known,
    };
    let texts = base.files.values().filter_map(whole);
    let mut out = String::with_capacity(texts.map(str::len).sum::<usize>() + 16_384);
    out.push_str(HEADER);
    let _ = writeln!(out, "version = {version}");
    let _ = writeln!(out, "source = {}", string(&base.source));
    let _ = writeln!(out, "templates = {}", string(&base.version));
    if version > 1 {
        let _ = writeln!(out, "needs = {}", string(&base.needs));
    }
    for pack in &base.packs {
        write_pack(&mut out, pack);
    }
    out.push_str("\n[feature]\n");
    // Format 1 knew features alone.
    let told = |name: &str| version > 1 || !name.contains('.');
    for (name, hash) in base.features.iter().filter(|(name, _)| told(name)) {
        let _ = writeln!(out, "{} = {}", key(name), string(hash));
    }
    for (path, file) in &base.files {
        if version > 1 {
            write_file(&mut out, path, file);
        } else {
            write_file(&mut out, path, &as_format_1(file));
        }
    }
    out
}

#[derive(Deserialize)]
struct Head {
    version: i64,
    #[serde(default)]
    needs: String,
}

#[derive(Deserialize)]
struct Stored {
    version: i64,
    #[serde(default)]
    source: String,
    #[serde(default)]
    templates: String,
    #[serde(default)]
    needs: String,
    #[serde(default)]
    pack: Vec<StoredPack>,
    #[serde(default)]
    feature: BTreeMap<String, String>,
    #[serde(default)]
    file: BTreeMap<String, StoredFile>,
}

#[derive(Deserialize)]
struct StoredPack {
    name: String,
    source: String,
    version: String,
    commit: Option<String>,
    hash: String,
}

impl StoredPack {
    fn into_base(self) -> BasePack {
        BasePack {
            name: self.name,
            source: self.source,
            version: self.version,
            commit: self.commit,
            hash: self.hash,
        }
    }
}

#[derive(Deserialize)]
struct StoredFile {
    format: Format,
    #[serde(default)]
    created: bool,
    text: Option<String>,
    #[serde(default)]
    base: BTreeMap<String, Value>,
    #[serde(default)]
    made: BTreeMap<String, bool>,
    #[serde(default)]
    found: BTreeMap<String, bool>,
    #[serde(default)]
    deleted: BTreeMap<String, bool>,
    #[serde(default)]
    conflict: BTreeMap<String, bool>,
    #[serde(default)]
    dropped: BTreeMap<String, bool>,
    #[serde(default)]
    outputs: BTreeSet<String>,
}

impl StoredFile {
    fn into_base(self) -> Result<BaseFile, LockError> {
        let mut keys = Tree::new();
        for (name, value) in self.base {
            keys.insert(key_path(&name)?, meant(value));
        }
        if let Some(text) = self.text {
            keys.insert(KeyPath::root(), Value::from(text));
        }
        Ok(BaseFile {
            format: Some(self.format),
            created: self.created,
            keys,
            containers: paths(self.made)?,
            found: paths(self.found)?,
            tombstones: paths(self.deleted)?,
            pending: paths(self.conflict)?,
            dropped: paths(self.dropped)?,
            outputs: self.outputs,
        })
    }
}

/// A newer format may have another shape, so only its head counts.
fn stored(text: &str) -> Result<Stored, LockError> {
    let stored: Result<Stored, LockError> = parse(text);
    let (version, needs) = match &stored {
        Ok(stored) => (stored.version, stored.needs.clone()),
        Err(_) => parse(text).map_or((VERSION, String::new()), |head: Head| {
            (head.version, head.needs)
        }),
    };
    if version > VERSION {
        return Err(LockError::Newer { version, needs });
    }
    stored
}

fn parse<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, LockError> {
    toml::from_str(text).map_err(|e| LockError::Syntax {
        message: e.message().replace('\n', ", "),
        offset: e.span().map_or(0, |span| span.start),
    })
}

/// Returns where a text holds the first of git's conflict markers.
#[must_use]
pub fn marker(text: &str) -> Option<usize> {
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ") {
            return Some(offset);
        }
        offset += line.len();
    }
    None
}

fn paths(map: BTreeMap<String, bool>) -> Result<BTreeSet<KeyPath>, LockError> {
    map.into_keys().map(|name| key_path(&name)).collect()
}

fn key_path(name: &str) -> Result<KeyPath, LockError> {
    KeyPath::parse(name).ok_or_else(|| LockError::Path(name.to_owned()))
}

fn write_pack(out: &mut String, pack: &BasePack) {
    let rows = [
        ("name", Some(&pack.name)),
        ("source", Some(&pack.source)),
        ("version", Some(&pack.version)),
        ("commit", pack.commit.as_ref()),
        ("hash", Some(&pack.hash)),
    ];
    out.push_str("\n[[pack]]\n");
    for (name, value) in rows {
        if let Some(value) = value {
            let _ = writeln!(out, "{name} = {}", string(value));
        }
    }
}

/// What format 1 could say of a file.
fn as_format_1(file: &BaseFile) -> BaseFile {
    BaseFile {
        found: BTreeSet::new(),
        dropped: BTreeSet::new(),
        outputs: BTreeSet::new(),
        ..file.clone()
    }
}

/// The text of a file that is kept as a whole.
fn whole(file: &BaseFile) -> Option<&str> {
    file.keys.get(&KeyPath::root()).and_then(Value::as_str)
}

fn write_file(out: &mut String, path: &RepoPath, file: &BaseFile) {
    let table = format!("file.{}", key(path.as_str()));
    let format = file.format.unwrap_or(Format::WholeFile);
    let name = serde_json::to_value(format).unwrap_or_default();
    let _ = write!(out, "\n[{table}]\nformat = {name}\n");
    if file.created {
        out.push_str("created = true\n");
    }
    if !file.outputs.is_empty() {
        let rows = file.outputs.iter().map(|name| string(name) + ",\n");
        let _ = writeln!(out, "outputs = [\n{}]", rows.collect::<String>());
    }
    if let Some(text) = whole(file) {
        out.push_str("text = ");
        push_lines(out, text);
        out.push('\n');
    }
    let keys = file.keys.iter().filter(|(path, _)| !path.0.is_empty());
    let keys: BTreeMap<String, String> = keys
        .map(|(path, v)| (path.to_string(), spelled(v)))
        .collect();
    section(out, &table, "base", &keys);
    for (name, set) in [
        ("made", &file.containers),
        ("found", &file.found),
        ("deleted", &file.tombstones),
        ("conflict", &file.pending),
        ("dropped", &file.dropped),
    ] {
        let rows = set
            .iter()
            .map(|path| (path.to_string(), "true".to_owned()))
            .collect();
        section(out, &table, name, &rows);
    }
}

fn section(out: &mut String, table: &str, name: &str, rows: &BTreeMap<String, String>) {
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n[{table}.{name}]");
    for (path, value) in rows {
        let _ = writeln!(out, "{} = {value}", key(path));
    }
}

fn key(name: &str) -> String {
    Key::new(name).display_repr().into_owned()
}

fn string(text: &str) -> String {
    literal(&Value::from(text))
}

/// Adds a text with a line of the lockfile per line of its own, so that git merges it as text. Where
/// a literal string can hold it, the lockfile shows it as it is.
fn push_lines(out: &mut String, text: &str) {
    // Without a way out of the loop it takes many bytes at a time.
    let control = |b: u8| (b < b' ' && b != b'\n' && b != b'\t') || b == 0x7f;
    let is_plain = !text.bytes().fold(false, |found, b| found | control(b));
    if is_plain && !text.contains("'''") && !text.ends_with('\'') {
        out.extend(["'''\n", text, "'''"]);
        return;
    }
    out.push_str("\"\"\"\n");
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' | '\t' => out.push(c),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push_str("\"\"\"");
}

#[cfg(test)]
mod tests;
