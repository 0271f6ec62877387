//! `observe` and `apply` on real folders: refusals, exactness, undo, many writers at once.
#![expect(clippy::disallowed_methods, reason = "tests look at the disk")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::thread;

use claude_scaffold::apply::{ApplyError, Place, Settled, lock, readable};
use claude_scaffold::model::{Action, Actual, FileChange, Mode, Plan, RepoPath};
use claude_scaffold::observe::actual;
use proptest::prelude::*;
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

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.place.root.join(path)).expect(path)
    }

    pub fn tree(&self) -> Tree {
        let mut tree = Tree::new();
        collect(&self.place.root, "", &mut tree);
        tree
    }

    fn apply(&self, plan: &Plan) -> Vec<String> {
        let session = lock(&self.place).expect("the lock");
        let written = session.apply(plan).expect("an apply");
        written.iter().map(ToString::to_string).collect()
    }

    fn undo(&self) -> Plan {
        let session = lock(&self.place).expect("the lock");
        let plan = session.undo_plan().expect("a plan").expect("an entry");
        session.undo(&plan).expect("an undo");
        plan
    }

    fn refuses(&self, plan: &Plan) -> ApplyError {
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

fn collect(root: &Path, below: &str, tree: &mut Tree) {
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
fn chmod(path: &Path, bits: u32) {
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
    }
}

pub fn plan(changes: Vec<FileChange>) -> Plan {
    Plan {
        changes,
        ..Plan::default()
    }
}

#[test]
fn a_plan_that_writes_nothing_touches_nothing() {
    let ground = Ground::new();
    ground.write("a", "x");
    let before = ground.tree();
    let written = ground.apply(&plan(vec![change("a", Some("x"), Some("x"))]));
    assert!(written.is_empty());
    assert_eq!(ground.tree(), before);
    let state: Vec<_> = fs::read_dir(&ground.place.state).expect("state").collect();
    assert_eq!(state.len(), 1, "only the lock");
}

#[test]
fn all_kinds_of_change_are_made_and_taken_back() {
    let ground = Ground::new();
    ground.write("a.json", "\u{feff}{\r\n  \"x\": 1\r\n}");
    ground.write("gone", "one\rtwo\n");
    let before = ground.tree();
    let changes = vec![
        change(
            "a.json",
            Some("\u{feff}{\r\n  \"x\": 1\r\n}"),
            Some("\u{feff}{\r\n  \"x\": 2\r\n}"),
        ),
        FileChange {
            mode: Mode::Executable,
            ..change("new/deep/run.sh", None, Some("#!/bin/sh\n"))
        },
        change("gone", Some("one\rtwo\n"), None),
    ];
    let own = vec![change("z.lock", None, Some("lock\n"))];
    let written = ground.apply(&Plan {
        changes,
        own,
        ..Plan::default()
    });
    assert_eq!(written, ["a.json", "new/deep/run.sh", "gone", "z.lock"]);
    let tree = ground.tree();
    let names: Vec<_> = tree.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["a.json", "new", "new/deep", "new/deep/run.sh", "z.lock"]
    );
    #[cfg(unix)]
    assert_eq!(tree["new/deep/run.sh"].0 & 0o100, 0o100);
    let plan = ground.undo();
    assert_eq!(plan.own.len(), 1);
    assert_eq!(ground.tree(), before);
    let session = lock(&ground.place).expect("the lock");
    assert_eq!(session.undo_plan().expect("a plan"), None);
}

#[test]
fn the_last_ten_applies_come_back_one_by_one() {
    let ground = Ground::new();
    let text = |n: usize| format!("{n}\n");
    ground.write("a", text(0));
    for n in 0..12 {
        ground.apply(&plan(vec![change("a", Some(&text(n)), Some(&text(n + 1)))]));
    }
    for n in (2..12).rev() {
        ground.undo();
        assert_eq!(ground.read("a"), text(n));
    }
    let session = lock(&ground.place).expect("the lock");
    assert_eq!(session.undo_plan().expect("a plan"), None);
}

#[test]
fn edits_made_since_stay_and_what_conflicts_stays_to_be_undone() {
    let ground = Ground::new();
    ground.write("a", "1\n2\n3\n4\n5\n6\n");
    ground.write("b", "user\n");
    ground.apply(&plan(vec![
        change(
            "a",
            Some("1\n2\n3\n4\n5\n6\n"),
            Some("1\nours\n2\n3\n4\n5\n6\n"),
        ),
        change("b", Some("user\n"), Some("ours\n")),
        change("c/new", None, Some("ours\n")),
    ]));
    ground.write("a", "1\nours\n2\n3\n4\n5\n6\nlater\n");
    ground.write("b", "theirs\n");
    let plan = ground.undo();
    assert!(plan.has_conflicts());
    assert_eq!(ground.read("a"), "1\n2\n3\n4\n5\n6\nlater\n");
    assert_eq!(ground.read("b"), "theirs\n");
    assert!(!ground.place.root.join("c").exists());
    assert!(ground.undo().has_conflicts(), "it stays a conflict");
    ground.write("b", "user\n");
    assert!(!ground.undo().has_conflicts());
    let session = lock(&ground.place).expect("the lock");
    assert_eq!(session.undo_plan().expect("a plan"), None);
}

#[test]
fn a_target_that_is_not_what_was_planned_stops_everything() {
    let ground = Ground::new();
    ground.write("b", "edited\n");
    ground.write("there", "");
    let first = || change("a", None, Some("ours\n"));
    for second in [
        change("b", Some("planned\n"), Some("ours\n")),
        change("there", None, Some("ours\n")),
        change("absent", Some("x"), None),
    ] {
        let error = ground.refuses(&plan(vec![first(), second]));
        assert!(matches!(error, ApplyError::Changed { .. }), "{error}");
    }
}

#[test]
fn many_writers_leave_one_right_state() {
    let ground = Ground::new();
    ground.write("n", "0");
    thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| {
                let session = lock(&ground.place).expect("the lock");
                assert_eq!(session.settled(), None);
                let now = ground.read("n");
                let next = (now.parse::<u32>().expect("a number") + 1).to_string();
                let changes = vec![change("n", Some(&now), Some(&next))];
                session.apply(&plan(changes)).expect("an apply");
            });
        }
        for _ in 0..5 {
            scope.spawn(|| readable(&ground.place).expect("readers wait"));
        }
    });
    assert_eq!(ground.read("n"), "20");
    assert_eq!(ground.tree().len(), 1);
}

#[test]
fn a_writer_that_stays_at_work_is_waited_for_but_not_forever() {
    let ground = Ground::new();
    let _session = lock(&ground.place).expect("the lock");
    thread::scope(|scope| {
        scope.spawn(|| {
            let error = readable(&ground.place).expect_err("a writer is at work");
            assert!(matches!(error, ApplyError::Busy { .. }), "{error}");
        });
        let error = lock(&ground.place).expect_err("a writer is at work");
        assert!(matches!(error, ApplyError::Busy { .. }), "{error}");
    });
}

#[test]
fn a_reader_names_an_open_journal_and_leaves_it() {
    let ground = Ground::new();
    ground.apply(&plan(vec![change("a", None, Some("x\n"))]));
    let journal = ground.place.state.join("journal");
    fs::rename(ground.place.state.join("undo-1"), &journal).expect("a journal");
    let error = readable(&ground.place).expect_err("an open journal");
    assert!(
        error.to_string().contains("claude-scaffold apply"),
        "{error}"
    );
    assert!(journal.exists());
    let session = lock(&ground.place).expect("the lock");
    assert_eq!(session.settled(), Some(Settled::Finished));
    assert_eq!(ground.read("a"), "x\n");
    assert!(!journal.exists());
}

#[test]
fn a_journal_of_another_version_is_named_and_kept() {
    let ground = Ground::new();
    ground.apply(&plan(Vec::new()));
    let journal = ground.place.state.join("journal");
    fs::write(&journal, "{\"version\":99}\n").expect("a journal");
    let error = lock(&ground.place).expect_err("a foreign journal");
    assert!(matches!(error, ApplyError::Foreign { .. }), "{error}");
    assert!(journal.exists());
}

#[cfg(unix)]
#[test]
fn what_is_no_text_file_inside_the_repository_is_refused() {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;
    let ground = Ground::new();
    let root = &ground.place.root;
    let outside = ground.dir.path().join("outside");
    fs::create_dir(&outside).expect("a folder");
    fs::write(outside.join("file"), "x").expect("a file");
    fs::create_dir(root.join("dir")).expect("a folder");
    fs::create_dir_all(root.join(".git/hooks")).expect("a folder");
    ground.write("file", "x");
    ground.write("utf16", b"\xff\xfe{\0}\0");
    ground.write("utf16be", b"\0{\0}");
    ground.write("latin1", b"\xe9");
    ground.write("binary", b"some\0thing");
    fs::File::create(root.join("big"))
        .and_then(|f| f.set_len(8 * 1024 * 1024 + 1))
        .expect("a file");
    symlink("../outside/file", root.join("out")).expect("a link");
    symlink(outside.join("file"), root.join("absolute")).expect("a link");
    symlink("../outside", root.join("outdir")).expect("a link");
    symlink("nothing", root.join("dangling")).expect("a link");
    symlink("loop", root.join("loop")).expect("a link");
    symlink(".git/hooks", root.join("hooks")).expect("a link");
    symlink("/dev/null", root.join("device")).expect("a link");
    let _socket = UnixListener::bind(root.join("socket")).expect("a socket");
    let fifo = std::process::Command::new("mkfifo")
        .arg(root.join("fifo"))
        .status();
    assert!(fifo.expect("mkfifo").success());
    for (name, what) in [
        ("dir", "a directory"),
        ("utf16", "UTF-16"),
        ("utf16be", "UTF-16"),
        ("latin1", "not UTF-8"),
        ("binary", "binary"),
        ("big", "larger than 8 MiB"),
        ("out", "a link that leaves the repository"),
        ("absolute", "a link that leaves the repository"),
        ("outdir/new", "below a link that leaves the repository"),
        ("dangling", "a link to nothing"),
        ("hooks/pre-commit", "below a link into git's own folder"),
        ("device", "a link that leaves the repository"),
        ("socket", "a socket"),
        ("fifo", "a FIFO"),
        ("file/below/it", "below a file"),
    ] {
        let seen = actual(root, std::iter::once(&path(name)));
        assert_eq!(seen[&path(name)], Actual::Other(what.to_owned()), "{name}");
        let error = ground.refuses(&plan(vec![
            change("first", None, Some("ours\n")),
            change(name, None, Some("ours\n")),
        ]));
        assert!(error.to_string().ends_with(what), "{error}");
    }
    let seen = actual(root, std::iter::once(&path("loop")));
    assert!(matches!(seen[&path("loop")], Actual::Other(_)));
    assert_eq!(
        fs::read_to_string(outside.join("file")).expect("a file"),
        "x"
    );
    assert_eq!(fs::read_dir(&outside).expect("a folder").count(), 1);
}

#[cfg(unix)]
#[test]
fn links_that_stay_inside_are_followed_and_kept() {
    use std::os::unix::fs::symlink;
    let ground = Ground::new();
    let root = &ground.place.root;
    ground.write("shared/real", "x\n");
    fs::create_dir(root.join("sub")).expect("a folder");
    symlink("../shared/real", root.join("sub/link")).expect("a link");
    symlink("shared", root.join("folder")).expect("a link");
    symlink(root.join("shared/real"), root.join("absolute")).expect("a link");
    let before = ground.tree();
    let link = || change("sub/link", Some("x\n"), Some("y\n"));
    ground.apply(&plan(vec![link(), change("folder/new", None, Some("z\n"))]));
    let after = ground.tree();
    assert_eq!(after["sub/link"], before["sub/link"]);
    assert_eq!(after["shared/real"].1, b"y\n");
    assert_eq!(after["shared/new"].1, b"z\n");
    ground.undo();
    assert_eq!(ground.tree(), before);
    ground.apply(&plan(vec![change("absolute", Some("x\n"), Some("y\n"))]));
    assert_eq!(ground.read("shared/real"), "y\n");
    ground.undo();
    let twice = plan(vec![
        link(),
        change("folder/real", Some("x\n"), Some("z\n")),
    ]);
    assert!(matches!(
        ground.refuses(&twice),
        ApplyError::SameFile { .. }
    ));
    let deleted = plan(vec![change("sub/link", Some("x\n"), None)]);
    assert!(matches!(
        ground.refuses(&deleted),
        ApplyError::DeleteLink { .. }
    ));
}

#[cfg(unix)]
#[test]
fn modes_are_the_users_but_for_the_executable_bit() {
    let ground = Ground::new();
    let at = |name: &str| ground.place.root.join(name);
    for (name, bits) in [("text", 0o640), ("script", 0o604), ("gone", 0o600)] {
        ground.write(name, "x\n");
        chmod(&at(name), bits);
    }
    let before = ground.tree();
    ground.apply(&plan(vec![
        change("text", Some("x\n"), Some("y\n")),
        FileChange {
            mode: Mode::Executable,
            ..change("script", Some("x\n"), Some("x\n"))
        },
        change("gone", Some("x\n"), None),
    ]));
    let after = ground.tree();
    assert_eq!(after["text"].0 & 0o7777, 0o640);
    assert_eq!(after["script"].0 & 0o7777, 0o705);
    ground.undo();
    assert_eq!(ground.tree(), before);
}

#[cfg(unix)]
#[test]
fn the_state_folder_is_for_the_user_alone_and_holds_no_file() {
    let ground = Ground::new();
    let before = "{\n  \"key\": \"private-value\"\n}\n";
    let after = "{\n  \"key\": \"private-value\",\n  \"ours\": 1\n}\n";
    ground.write("a.json", before);
    ground.apply(&plan(vec![change("a.json", Some(before), Some(after))]));
    let mut state = Tree::new();
    collect(ground.dir.path(), "state", &mut state);
    for (name, (bits, content)) in state {
        assert_eq!(bits & 0o077, 0, "{name}");
        assert!(
            !String::from_utf8_lossy(&content).contains("private-value"),
            "{name}"
        );
    }
}

fn text() -> impl Strategy<Value = String> {
    let line = prop_oneof!["[a-c]{0,3}", Just("ü\r".to_owned()), Just("\r".to_owned())];
    (any::<u8>(), prop::collection::vec(line, 0..12), any::<u8>()).prop_map(|(bom, lines, end)| {
        let bom = if bom % 8 == 0 { "\u{feff}" } else { "" };
        let end = if end % 3 == 0 { "" } else { "\n" };
        format!("{bom}{}{end}", lines.join("\n"))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn undo_gives_back_every_byte(before in prop::option::of(text()), after in prop::option::of(text())) {
        let ground = Ground::new();
        if let Some(before) = &before {
            ground.write("d/file", before);
        }
        let tree = ground.tree();
        ground.apply(&plan(vec![change("d/file", before.as_deref(), after.as_deref())]));
        let seen = actual(&ground.place.root, std::iter::once(&path("d/file")));
        let expected = after.clone().map_or(Actual::Absent, |text| Actual::Text { text, mode: Mode::Regular });
        prop_assert_eq!(&seen[&path("d/file")], &expected);
        if before != after {
            ground.undo();
            prop_assert_eq!(ground.tree(), tree);
        }
    }

    #[test]
    fn undo_never_loses_a_later_edit(before in text(), after in text(), at in 0_usize..14) {
        prop_assume!(before != after);
        let ground = Ground::new();
        ground.write("file", &before);
        ground.apply(&plan(vec![change("file", Some(&before), Some(&after))]));
        let mut lines: Vec<_> = after.split_inclusive('\n').collect();
        lines.insert(at.min(lines.len()), "later edit\n");
        let edited = lines.concat();
        ground.write("file", &edited);
        let plan = ground.undo();
        let left = ground.read("file");
        if plan.has_conflicts() {
            prop_assert_eq!(left, edited);
        } else {
            prop_assert!(left.contains("later edit\n"));
            prop_assert_eq!(left.replacen("later edit\n", "", 1), before);
        }
    }
}
