//! A folder to write to, and what stands in it.
#![expect(clippy::disallowed_methods, reason = "tests look at the disk")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use claude_scaffold::apply::{ApplyError, Place, lock, readable, undo_plan};
use claude_scaffold::model::{Action, FileChange, Mode, Plan, RepoPath};
use tempfile::TempDir;

/// What stands where, with modes.
pub type Tree = BTreeMap<String, (u32, Vec<u8>)>;

/// A repository to write to, and a folder for our own notes.
pub struct Ground {
    pub dir: TempDir,
    pub place: Place,
}

impl Ground {
    pub fn new() -> Self {
        let dir = TempDir::new().expect("a folder for the test");
        let place = place_in(dir.path());
        fs::create_dir(&place.root).expect("the root");
        Self { dir, place }
    }

    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.place.root.join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(path, text).expect("a file");
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.place.root.join(path)).expect(path)
    }

    pub fn tree(&self) -> Tree {
        let mut tree = Tree::new();
        collect(&self.place.root, "", &mut tree);
        tree
    }

    pub fn apply(&self, plan: &Plan) -> Vec<String> {
        let session = lock(&self.place).expect("the lock");
        let written = session.apply(plan).expect("an apply");
        written.iter().map(ToString::to_string).collect()
    }

    pub fn undo(&self) -> Plan {
        let session = lock(&self.place).expect("the lock");
        let plan = undo_plan(&self.place).expect("a plan").expect("an entry");
        session.undo(&plan).expect("an undo");
        plan
    }

    pub fn refuses(&self, plan: &Plan) -> ApplyError {
        let before = self.tree();
        let session = lock(&self.place).expect("the lock");
        let error = session.apply(plan).expect_err("a refusal");
        assert_eq!(self.tree(), before, "{error}");
        drop(session);
        readable(&self.place).expect("no journal is left");
        error
    }
}

pub fn place_in(folder: &Path) -> Place {
    Place {
        root: folder.join("root"),
        state: folder.join("state/unit"),
    }
}

pub fn collect(root: &Path, below: &str, tree: &mut Tree) {
    for entry in fs::read_dir(root.join(below)).expect("a folder") {
        let entry = entry.expect("an entry");
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if below.is_empty() {
            name
        } else {
            format!("{below}/{name}")
        };
        let found = entry.metadata().expect("metadata");
        let content = if found.is_symlink() {
            fs::read_link(entry.path())
                .expect("a link")
                .into_os_string()
                .into_encoded_bytes()
        } else if found.is_file() {
            fs::read(entry.path()).expect("a file")
        } else {
            Vec::new()
        };
        if found.is_dir() {
            collect(root, &path, tree);
        }
        tree.insert(path, (bits(&found), content));
    }
}

#[cfg(unix)]
fn bits(found: &fs::Metadata) -> u32 {
    std::os::unix::fs::MetadataExt::mode(found)
}

#[cfg(not(unix))]
fn bits(_: &fs::Metadata) -> u32 {
    0
}

#[cfg(unix)]
pub fn chmod(path: &Path, bits: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(bits)).expect("chmod");
}

pub fn path(text: &str) -> RepoPath {
    RepoPath::parse(text).expect(text)
}

pub fn change(name: &str, before: Option<&str>, after: Option<&str>) -> FileChange {
    FileChange {
        path: path(name),
        action: match (before, after) {
            (None, _) => Action::Create,
            (_, None) => Action::Delete,
            _ => Action::Update,
        },
        before: before.map(str::to_owned),
        after: after.map(str::to_owned),
        mode_before: Mode::Regular,
        mode: Mode::Regular,
        conflicts: Vec::new(),
        moved_from: None,
    }
}

pub fn plan(changes: Vec<FileChange>) -> Plan {
    Plan {
        changes,
        ..Plan::default()
    }
}
