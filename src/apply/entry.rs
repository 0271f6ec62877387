//! What one apply did to the repository: the journal while it runs, the undo entry afterwards.

use std::hash::{BuildHasher, RandomState};

use serde::de::Error;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::back::WayBack;
use crate::model::{FileChange, Mode, Plan, RepoPath, credentials};

/// The version of this form.
const VERSION: u32 = 1;

/// What a run does with the undo entries once it is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum Act {
    /// It becomes one.
    Apply,
    /// It takes one back.
    Undo {
        /// Which.
        number: u64,
        /// What could not be taken back.
        rest: Option<Box<Entry>>,
        /// Folders that go if they are empty.
        folders: Vec<RepoPath>,
    },
}

/// One run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Entry {
    version: u32,
    /// What for.
    pub act: Act,
    /// Part of the names of staged files.
    tag: String,
    /// Folders it makes, outermost first.
    pub folders: Vec<RepoPath>,
    /// Files it writes, in order.
    pub files: Vec<Record>,
}

/// One file of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Record {
    /// Which.
    pub path: RepoPath,
    /// Whether it is the manifest or the lockfile.
    pub own: bool,
    /// What was there.
    pub before: Option<Side>,
    /// What is there.
    pub after: Option<Side>,
    /// The way back; none where nothing was, and where a credential went.
    pub back: Option<WayBack>,
    /// Whether undo leaves it as it is: a key went or came, and undo data holds none.
    #[serde(default, skip_serializing_if = "is_false")]
    pub left: bool,
}

/// A file's content and mode, without the content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Side {
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Whether it is executable.
    pub mode: Mode,
    /// Its exact permission bits, where the system has them and they are known.
    pub bits: Option<u32>,
}

impl Entry {
    pub(super) fn new(act: Act, folders: Vec<RepoPath>, files: Vec<Record>) -> Self {
        Self {
            version: VERSION,
            act,
            tag: format!("{:016x}", RandomState::new().hash_one(VERSION)),
            folders,
            files,
        }
    }

    /// Reads the form that [`Entry::to_line`] writes.
    pub(super) fn parse(line: &str) -> Result<Self, serde_json::Error> {
        let entry: Self = serde_json::from_str(line)?;
        if entry.version != VERSION {
            let version = entry.version;
            return Err(serde_json::Error::custom(format_args!("version {version}")));
        }
        Ok(entry)
    }

    pub(super) fn to_line(&self) -> String {
        let json = serde_json::to_string(self).expect("an entry has only text keys");
        json + "\n"
    }

    /// Where the text after waits beside its target.
    pub(super) fn staged_name(&self, index: usize) -> String {
        format!(".claude-scaffold-{}-{index}.new", self.tag)
    }

    /// Where the file before waits beside its target.
    pub(super) fn kept_name(&self, index: usize) -> String {
        format!(".claude-scaffold-{}-{index}.old", self.tag)
    }

    /// Returns what is left of the entry when only the given paths remain.
    pub(super) fn only(&self, paths: &[&RepoPath]) -> Option<Self> {
        let mut rest = self.clone();
        rest.files.retain(|file| paths.contains(&&file.path));
        (!rest.files.is_empty()).then_some(rest)
    }
}

impl Record {
    pub(super) fn new(plan: &Plan, change: &FileChange, bits: Option<u32>) -> Self {
        let side = |text: &Option<String>, mode, bits| {
            text.as_deref().map(|text| Side {
                sha256: sha256(text),
                mode,
                bits,
            })
        };
        let before = change.before.as_deref();
        let after = change.after.as_deref().unwrap_or_default();
        let back = before.and_then(|before| WayBack::new(before, after));
        let went = before.is_some() && back.is_none();
        let left = went || brings_key(plan, before, after);
        Self {
            path: change.path.clone(),
            own: plan.own.iter().any(|own| own.path == change.path),
            before: side(&change.before, change.mode_before, bits),
            after: side(&change.after, change.mode, None),
            back: back.filter(|_| !left),
            left,
        }
    }
}

/// Whether a text holds a key that another file of the plan lets go, as an env file does that one is
/// moved to.
fn brings_key(plan: &Plan, before: Option<&str>, after: &str) -> bool {
    let before = before.unwrap_or_default();
    let is_old = |line: &&str| before.contains(*line);
    let fresh = after.lines().filter(|line| !is_old(line));
    let mut keys = fresh.flat_map(credentials);
    let holds = |text: &Option<String>, key: &str| text.as_ref().is_some_and(|t| t.contains(key));
    keys.any(|key| {
        let lets_go = |other: &FileChange| holds(&other.before, key) && !holds(&other.after, key);
        !before.contains(key) && plan.writes().any(lets_go)
    })
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form serde wants")]
fn is_false(flag: &bool) -> bool {
    !flag
}

impl Side {
    /// Returns whether a text is this side's.
    pub(super) fn is(&self, text: &str) -> bool {
        self.sha256 == sha256(text)
    }
}

fn sha256(text: &str) -> String {
    use std::fmt::Write;
    let digest = Sha256::digest(text.as_bytes());
    digest
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}
