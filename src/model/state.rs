//! The three states of a repository, and the plan made from them.

use std::collections::{BTreeMap, BTreeSet};

use super::{CONFLICT, Diagnostic, Format, KeyPath, Mode, RepoPath, Value};

/// The managed leaves of one file. The empty key path stands for a whole file or block, whose
/// value is its text with LF line ends; a set element has the value `true`.
pub type Tree = BTreeMap<KeyPath, Value>;

/// What one managed file should say.
#[derive(Debug, Clone, PartialEq)]
pub struct DesiredFile {
    /// How it is merged.
    pub format: Format,
    /// Its mode where we create it.
    pub mode: Mode,
    /// Its complete text where no file is there yet.
    pub text: String,
}

/// What the managed files should say.
pub type DesiredState = BTreeMap<RepoPath, DesiredFile>;

/// One path as the repository has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actual {
    /// Nothing is there.
    Absent,
    /// A regular file with UTF-8 text, byte for byte (a BOM included).
    Text {
        /// The bytes.
        text: String,
        /// Whether it is executable.
        mode: Mode,
    },
    /// Something we must not touch; the text says what (`a directory`, `not UTF-8`, …).
    Other(String),
}

/// The managed paths as the repository has them.
pub type ActualState = BTreeMap<RepoPath, Actual>;

/// What we last rendered into one file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BaseFile {
    /// How it is merged; none only for a file that was never managed.
    pub format: Option<Format>,
    /// Whether we created the file, so that it goes when the last of our keys goes.
    pub created: bool,
    /// The leaves as last rendered.
    pub keys: Tree,
    /// Containers (objects, sets) we created.
    pub containers: BTreeSet<KeyPath>,
    /// Keys that stood there before we gave them; they stay when ours go.
    pub found: BTreeSet<KeyPath>,
    /// Keys the user deleted; they stay deleted.
    pub tombstones: BTreeSet<KeyPath>,
    /// Keys in conflict, which keep their old base.
    pub pending: BTreeSet<KeyPath>,
    /// Keys that a migration drops: a value the user changed is a conflict, not theirs in silence.
    pub dropped: BTreeSet<KeyPath>,
    /// The templates that gave the file, by which it is known again under another path.
    pub outputs: BTreeSet<String>,
}

/// A pack whose templates were rendered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BasePack {
    /// Its name.
    pub name: String,
    /// Its address, as manifest or pack name it.
    pub source: String,
    /// Its version.
    pub version: String,
    /// The commit it was read from; none for a folder.
    pub commit: Option<String>,
    /// Content hash.
    pub hash: String,
}

/// What we last rendered, and from which templates.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BaseState {
    /// The lockfile's format; 0 where there is none yet.
    pub format: i64,
    /// Where the templates came from: `embedded` or a pack's address.
    pub source: String,
    /// The version of the template set.
    pub version: String,
    /// The version of the program that can read it and has the templates; empty in format 1.
    pub needs: String,
    /// The packs over the embedded templates, the topmost first.
    pub packs: Vec<BasePack>,
    /// Content hash of each feature's templates, and by path of the files whose values went in;
    /// together they are the revision.
    pub features: BTreeMap<String, String>,
    /// The files.
    pub files: BTreeMap<RepoPath, BaseFile>,
}

/// One key that both sides changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Conflict {
    /// Where; the empty path is the whole file.
    pub key: KeyPath,
    /// What we rendered last, if anything.
    pub base: Option<Value>,
    /// What is there.
    pub actual: Option<Value>,
    /// What should be there.
    pub desired: Option<Value>,
}

/// What happens to one path.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It is right already.
    Keep,
    /// It is made.
    Create,
    /// It changes.
    Update,
    /// It goes.
    Delete,
    /// It has conflicts; keys without conflict may still change.
    Conflict,
}

/// The change of one path.
#[derive(Debug, Clone, PartialEq)]
pub struct FileChange {
    /// Which.
    pub path: RepoPath,
    /// What happens.
    pub action: Action,
    /// The text before; none where nothing is there.
    pub before: Option<String>,
    /// The text after; none where nothing is left.
    pub after: Option<String>,
    /// The mode before.
    pub mode_before: Mode,
    /// The mode after.
    pub mode: Mode,
    /// The keys that were left alone.
    pub conflicts: Vec<Conflict>,
    /// The path whose text stands here from now on, where the file was moved.
    pub moved_from: Option<RepoPath>,
}

impl FileChange {
    /// Lets another text stand there before, with what the change comes to then.
    pub fn replace(&mut self, before: String) {
        if self.action != Action::Conflict && self.after.is_some() {
            let same = self.after.as_deref() == Some(&before);
            self.action = if same { Action::Keep } else { Action::Update };
        }
        self.before = Some(before);
    }

    /// Returns whether `apply` has to write for this path.
    #[must_use]
    pub fn writes(&self) -> bool {
        self.before != self.after || (self.after.is_some() && self.mode_before != self.mode)
    }
}

/// Everything `apply` does, in path order. Complete: `apply` decides nothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// The managed files; manifest and lockfile are written through [`Plan::own`].
    pub changes: Vec<FileChange>,
    /// Manifest and lockfile, the lockfile last.
    pub own: Vec<FileChange>,
    /// What there is to say.
    pub diagnostics: Vec<Diagnostic>,
}

impl Plan {
    /// Returns the changes that write, managed files first, the lockfile last.
    pub fn writes(&self) -> impl Iterator<Item = &FileChange> {
        self.changes
            .iter()
            .chain(&self.own)
            .filter(|change| change.writes())
    }

    /// Returns whether any key was left in conflict, or any file with conflict markers.
    #[must_use]
    pub fn has_conflicts(&self) -> bool {
        let open = |change: &FileChange| !change.conflicts.is_empty();
        let said = |problem: &Diagnostic| problem.code == CONFLICT;
        self.changes.iter().any(open) || self.diagnostics.iter().any(said)
    }
}
