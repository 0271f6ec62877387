//! Folders as a test sees them: everything below one, and the program run in it.
#![expect(clippy::disallowed_methods, reason = "a test looks at the disk")]

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// What stands at one path.
#[derive(Clone, PartialEq, Eq)]
pub enum Node {
    Folder,
    /// Permission bits and bytes.
    File(u32, Vec<u8>),
    Link(PathBuf),
    Other,
}

impl std::fmt::Debug for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Folder => f.write_str("folder"),
            Self::File(mode, bytes) => {
                write!(f, "{mode:o} {:?}", String::from_utf8_lossy(bytes))
            }
            Self::Link(to) => write!(f, "-> {}", to.display()),
            Self::Other => f.write_str("other"),
        }
    }
}

/// Every path below a folder.
pub type Tree = BTreeMap<String, Node>;

/// How the program ended and what it printed.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Run {
    /// Asserts that it ended so.
    #[track_caller]
    pub fn ends(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "stdout:\n{}\nstderr:\n{}",
            self.out, self.err
        );
        self
    }
}

/// Returns a folder of its own, in memory where the system has such a place.
pub fn temp() -> TempDir {
    let memory = Path::new("/dev/shm");
    let builder = tempfile::Builder::new();
    let made = if memory.is_dir() {
        builder.tempdir_in(memory)
    } else {
        builder.tempdir()
    };
    made.expect("a folder")
}

/// Returns everything below a folder except git's own.
pub fn tree(root: &Path) -> Tree {
    let mut found = whole(root);
    found.retain(|path, _| path != ".git" && !path.starts_with(".git/"));
    found
}

/// Returns everything below a folder, git's own included but for the tool's lock.
pub fn whole(root: &Path) -> Tree {
    let mut found = Tree::new();
    walk(root, "", &mut found);
    found.retain(|path, node| {
        let state = path.contains(".git/claude-scaffold") || path.ends_with("/claude-scaffold");
        !(state && (*node == Node::Folder || path.ends_with("/lock")))
    });
    found
}

fn walk(folder: &Path, prefix: &str, found: &mut Tree) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let name = entry.file_name();
        let path = format!(
            "{prefix}{}",
            String::from_utf8_lossy(name.as_bytes()).escape_debug()
        );
        let kind = entry.file_type().expect("a type");
        let node = if kind.is_dir() {
            walk(&entry.path(), &format!("{path}/"), found);
            Node::Folder
        } else if kind.is_symlink() {
            Node::Link(fs::read_link(entry.path()).expect("a link"))
        } else if kind.is_file() {
            let mode = entry.metadata().expect("metadata").permissions().mode() & 0o7777;
            Node::File(mode, fs::read(entry.path()).unwrap_or_default())
        } else {
            Node::Other
        };
        found.insert(path, node);
    }
}

/// Gives every file one of the two modes that git knows.
pub fn as_git(found: &mut Tree) {
    for node in found.values_mut() {
        if let Node::File(mode, _) = node {
            *mode = if *mode & 0o100 == 0 { 0o644 } else { 0o755 };
        }
    }
}

/// Returns what shows whether a file was written, without reading it.
pub fn stamps(root: &Path) -> BTreeMap<String, (u64, i64, i64)> {
    let files = tree(root).into_keys();
    let stamp = |path: &String| {
        let found = fs::symlink_metadata(root.join(path)).ok()?;
        Some((found.ino(), found.mtime(), found.mtime_nsec()))
    };
    files
        .filter_map(|path| Some((path.clone(), stamp(&path)?)))
        .collect()
}

/// Empties a folder but for git's own, and puts a tree into it.
pub fn reset(root: &Path, wanted: &Tree) {
    for entry in fs::read_dir(root).expect("a folder") {
        let entry = entry.expect("an entry");
        if entry.file_name() == OsStr::new(".git") {
            continue;
        }
        if entry.file_type().expect("a type").is_dir() {
            fs::remove_dir_all(entry.path()).expect("removed");
        } else {
            fs::remove_file(entry.path()).expect("removed");
        }
    }
    for (path, node) in wanted {
        let path = root.join(path);
        match node {
            Node::Folder => fs::create_dir_all(path).expect("a folder"),
            Node::File(mode, bytes) => put(&path, bytes, *mode),
            Node::Link(_) | Node::Other => panic!("only files and folders are put back"),
        }
    }
}

/// Writes a file, and the folders above it.
pub fn put(path: &Path, bytes: &[u8], mode: u32) {
    fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
    fs::write(path, bytes).expect("a file");
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
}

/// Returns what differs between two trees, for people; empty where they are the same.
pub fn difference(before: &Tree, after: &Tree) -> String {
    let mut out = String::new();
    for path in before
        .keys()
        .chain(after.keys().filter(|p| !before.contains_key(*p)))
    {
        let (old, new) = (before.get(path), after.get(path));
        if old != new {
            let _ = writeln!(out, "{path}:\n  before {old:?}\n  after  {new:?}");
        }
    }
    out
}

/// Asserts that two trees are the same.
#[track_caller]
pub fn same(what: &str, before: &Tree, after: &Tree) {
    let found = difference(before, after);
    assert!(found.is_empty(), "{what}:\n{found}");
}

/// Returns a command that knows nothing of the user who runs the tests.
pub fn clean(program: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", "/nonexistent")
        .env("XDG_STATE_HOME", folder.join("../state"))
        .env("LC_ALL", "C.UTF-8")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("GIT_AUTHOR_NAME", "Ada")
        .env("GIT_AUTHOR_EMAIL", "ada@one.example")
        .env("GIT_AUTHOR_DATE", "1750000000 +0000")
        .env("GIT_COMMITTER_NAME", "Ada")
        .env("GIT_COMMITTER_EMAIL", "ada@one.example")
        .env("GIT_COMMITTER_DATE", "1750000000 +0000")
        .stdin(Stdio::null());
    command
}

/// Runs the program in a folder.
pub fn tool(folder: &Path, arguments: &[&str]) -> Run {
    tool_with(folder, arguments, |_| {})
}

/// Runs the program in a folder after a last change to its surroundings.
pub fn tool_with(folder: &Path, arguments: &[&str], change: impl FnOnce(&mut Command)) -> Run {
    let mut command = clean(env!("CARGO_BIN_EXE_claude-scaffold"), folder);
    command.args(arguments);
    change(&mut command);
    finish(command)
}

/// Runs git in a folder.
pub fn git(folder: &Path, arguments: &[&str]) -> Run {
    let mut command = clean("git", folder);
    command
        .args([
            "-c",
            "protocol.file.allow=always",
            "-c",
            "init.defaultBranch=main",
        ])
        .args(arguments);
    finish(command)
}

/// Runs git in a folder with a text on its standard input.
pub fn git_reading(folder: &Path, input: &str, arguments: &[&str]) -> Run {
    let file =
        tempfile::NamedTempFile::new_in(temp().path().parent().expect("a parent")).expect("a file");
    fs::write(file.path(), input).expect("written");
    let mut command = clean("git", folder);
    command
        .args(arguments)
        .stdin(fs::File::open(file.path()).expect("opened"));
    finish(command)
}

/// Makes a folder a repository without a commit.
pub fn git_init(folder: &Path) {
    git(folder, &["init", "-q", "--template="]).ends(0);
}

/// Commits everything.
pub fn commit(folder: &Path) {
    git(folder, &["add", "-A"]).ends(0);
    git(folder, &["commit", "-q", "--allow-empty", "-m", "work"]).ends(0);
}

/// Runs a command to its end; a program that is not there ends with 127, as in a shell.
pub fn finish(mut command: Command) -> Run {
    let output = match command.output() {
        Ok(output) => output,
        Err(error) => {
            return Run {
                code: 127,
                out: String::new(),
                err: error.to_string(),
            };
        }
    };
    Run {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Runs a check for every item, on as many threads as there are processors; all failures come out
/// together, each with its item's name.
pub fn each<T: Sync>(items: &[T], name: impl Fn(&T) -> String + Sync, check: impl Fn(&T) + Sync) {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let failures = std::sync::Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(2, |n| n.get().max(2));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(item) =
                    items.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
                {
                    let run = std::panic::AssertUnwindSafe(|| check(item));
                    if let Err(cause) = std::panic::catch_unwind(run) {
                        let text = cause.downcast_ref::<String>().cloned();
                        let text =
                            text.or_else(|| cause.downcast_ref::<&str>().map(|s| (*s).to_owned()));
                        let row = format!("## {}\n{}", name(item), text.unwrap_or_default());
                        failures.lock().expect("no panic while held").push(row);
                    }
                }
            });
        }
    });
    let mut failures = failures.into_inner().expect("no panic while held");
    failures.sort();
    assert!(
        failures.is_empty(),
        "{} of {} failed\n{}",
        failures.len(),
        items.len(),
        failures.join("\n")
    );
}

/// Compares a text with `snapshots/<subject>/<case>.snap`.
pub fn snapshot(subject: &str, case: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(format!("../../snapshots/{subject}"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(case, text));
}

/// Whether a path's name ends in `.` and this.
pub fn is_named(path: &str, extension: &str) -> bool {
    Path::new(path).extension() == Some(OsStr::new(extension))
}

/// Says loudly that a test did not run, past what the harness captures.
pub fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {why}");
}
