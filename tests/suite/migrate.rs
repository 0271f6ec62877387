//! Steps, and the plan made after them.
#![expect(clippy::disallowed_methods, reason = "a test looks at the disk")]

use std::fs;

use claude_scaffold::migrate::{migrate, renamed_outputs};
use claude_scaffold::model::{
    Action, Actual, ActualState, BaseFile, BaseState, DesiredFile, DesiredState, Format, KeyPath,
    KeyPlace, Mode, RepoPath, Step, Value,
};
use claude_scaffold::plan::{Planned, plan, plan_moved};

use super::tree;

fn path(text: &str) -> RepoPath {
    RepoPath::parse(text).expect(text)
}

fn key(text: &str) -> KeyPath {
    KeyPath::parse(text).expect(text)
}

fn format(name: &str) -> Format {
    match name.rsplit('.').next() {
        Some("jsonc") => Format::Jsonc,
        Some("json") => Format::Json,
        Some("toml") => Format::Toml,
        Some("env") => Format::Env,
        _ => Format::WholeFile,
    }
}

fn desired(files: &[(&str, &str)]) -> DesiredState {
    let file = |(name, text): &(&str, &str)| {
        let file = DesiredFile {
            format: format(name),
            mode: Mode::Regular,
            text: (*text).to_owned(),
        };
        (path(name), file)
    };
    files.iter().map(file).collect()
}

fn actual(files: &[(&str, &str)]) -> ActualState {
    let here = |(name, text): &(&str, &str)| {
        let (text, mode) = ((*text).to_owned(), Mode::Executable);
        (path(name), Actual::Text { text, mode })
    };
    files.iter().map(here).collect()
}

/// The base after these files were rendered where nothing, or this, stood.
fn base(before: &[(&str, &str)], rendered: &[(&str, &str)]) -> BaseState {
    let none = BaseState::default();
    let planned = plan(&none, &actual(before), &desired(rendered), &|_, _, _| None);
    BaseState {
        files: planned.expect("a plan").files,
        ..none
    }
}

fn after(planned: &Planned, name: &str) -> Option<String> {
    let change = planned.changes.iter().find(|c| c.path == path(name));
    change.and_then(|change| change.after.clone())
}

struct Case<'a> {
    rendered: &'a [(&'a str, &'a str)],
    edited: &'a [(&'a str, &'a str)],
    steps: &'a [Step],
    wanted: &'a [(&'a str, &'a str)],
}

impl Case<'_> {
    /// Plans after the steps, and once more, when there is nothing left to do.
    fn plan(&self) -> Planned {
        let (base, wanted) = (base(&[], self.rendered), desired(self.wanted));
        let here = actual(self.edited);
        let migrated = migrate(&base, &here, &wanted, self.steps).expect("steps");
        let text_merge = |_: &str, _: &str, _: &str| None;
        let planned = plan_moved(&migrated, &here, &wanted, &text_merge).expect("a plan");
        let mut next = here;
        for change in &planned.changes {
            let mode = change.mode;
            let text = change.after.clone();
            let side = text.map_or(Actual::Absent, |text| Actual::Text { text, mode });
            next.insert(change.path.clone(), side);
        }
        let settled = BaseState {
            files: planned.files.clone(),
            ..BaseState::default()
        };
        let again = migrate(&settled, &next, &wanted, self.steps).expect("steps");
        assert_eq!((&*again.base, &*again.ground), (&settled, &next));
        let again = plan_moved(&again, &next, &wanted, &text_merge).expect("a plan");
        assert!(again.changes.iter().all(|change| !change.writes()));
        assert_eq!(again.files, planned.files);
        planned
    }

    /// The text of a file in the end, without any conflict.
    #[track_caller]
    fn gives(&self, expected: &[(&str, Option<&str>)]) {
        let planned = self.plan();
        assert!(planned.changes.iter().all(|c| c.conflicts.is_empty()));
        for (name, text) in expected {
            assert_eq!(after(&planned, name).as_deref(), *text, "{name}");
        }
    }
}

fn rename_key(name: &str, from: &str, to: &str) -> Step {
    Step::RenameKey {
        path: path(name),
        from: key(from),
        to: key(to),
    }
}

fn place((at, name): (&str, &str)) -> KeyPlace {
    KeyPlace {
        path: path(at),
        key: key(name),
    }
}

fn move_key(from: (&str, &str), to: (&str, &str)) -> Step {
    Step::MoveKey {
        from: place(from),
        to: place(to),
    }
}

fn rename_file(from: &str, to: &str) -> Step {
    Step::RenameFile {
        from: path(from),
        to: path(to),
    }
}

#[test]
fn a_renamed_key_keeps_what_the_user_made_of_it() {
    let case = |edited: &str, expected: &str| {
        Case {
            rendered: &[("a.jsonc", "{\"env\": {\"A\": 1, \"B\": 2}}")],
            edited: &[("a.jsonc", edited)],
            steps: &[rename_key("a.jsonc", "env", "vars")],
            wanted: &[("a.jsonc", "{\"vars\": {\"A\": 5, \"B\": 2}}")],
        }
        .gives(&[("a.jsonc", Some(expected))]);
    };
    case(
        "{\"env\": {\"A\": 1, \"B\": 2}}",
        "{\"vars\": {\"A\": 5, \"B\": 2}}",
    );
    case(
        "{ // mine\n\"env\": {\"A\": 1, \"B\": 3, \"C\": 4}}",
        "{ // mine\n\"vars\": {\"A\": 5, \"B\": 3, \"C\": 4}}",
    );
    case(
        "{\"env\": {\"A\": 1}, \"x\": 1}",
        "{\"vars\": {\"A\": 5}, \"x\": 1}",
    );
    case("{\"x\": 1}", "{\"x\": 1}");
    case(
        "{\"env\": {\"A\": 1, \"B\": 2}, \"vars\": {\"C\": 3}}",
        "{ \"vars\": {\"C\": 3, \"A\": 5, \"B\": 2}}",
    );
}

#[test]
fn keys_below_a_container_of_the_users_move_alone() {
    let rendered = [("a.toml", "[env]\nA = 1\nB = 2\n")];
    let base = base(&[("a.toml", "[env]\nU = 0\n")], &rendered);
    let here = actual(&[("a.toml", "[env]\nU = 0\nA = 9\nB = 2\n")]);
    let steps = [rename_key("a.toml", "env", "vars")];
    let wanted = desired(&[("a.toml", "[vars]\nA = 1\nB = 3\n")]);
    let migrated = migrate(&base, &here, &wanted, &steps).expect("steps");
    let planned = plan_moved(&migrated, &here, &wanted, &|_, _, _| None).expect("a plan");
    assert_eq!(
        after(&planned, "a.toml").as_deref(),
        Some("[env]\nU = 0\n\n[vars]\nA = 9\nB = 3\n")
    );
    let containers = &planned.files[&path("a.toml")].containers;
    assert_eq!(*containers, [key("vars")].into());
}

#[test]
fn a_key_moves_to_another_file_as_the_user_has_it() {
    let case = |edited: &[(&str, &str)], expected: &[(&str, Option<&str>)]| {
        Case {
            rendered: &[("a.json", "{\"ms\": 1, \"x\": 1}"), ("b.env", "C=1\n")],
            edited,
            steps: &[move_key(("a.json", "ms"), ("b.env", "MS"))],
            wanted: &[("a.json", "{\"x\": 1}"), ("b.env", "C=1\nMS=2\n")],
        }
        .gives(expected);
    };
    let both = |json: &'static str, env: &'static str| [("a.json", json), ("b.env", env)];
    let left = ("a.json", Some("{ \"x\": 1}"));
    case(
        &both("{\"ms\": 1, \"x\": 1}", "C=1\n"),
        &[left, ("b.env", Some("C=1\nMS=2\n"))],
    );
    case(
        &both("{ \"x\": 1}", "# mine\nC=1"),
        &[left, ("b.env", Some("# mine\nC=1"))],
    );
    let planned = Case {
        rendered: &[("a.json", "{\"ms\": 1, \"x\": 1}"), ("b.env", "C=1\n")],
        edited: &both("{\"ms\": 7, \"x\": 1}", "C=1\n"),
        steps: &[move_key(("a.json", "ms"), ("b.env", "MS"))],
        wanted: &[("a.json", "{\"x\": 1}"), ("b.env", "C=1\nMS=2\n")],
    }
    .plan();
    assert_eq!(after(&planned, "a.json"), left.1.map(str::to_owned));
    assert_eq!(after(&planned, "b.env").as_deref(), Some("C=1\nMS=7\n"));
    assert_eq!(planned.changes[1].conflicts[0].base, Some(Value::from("1")));
}

#[test]
fn a_key_moves_to_a_file_that_comes_with_it() {
    let case = |edited: &str, expected: &str| {
        Case {
            rendered: &[("a.json", "{\"m\": 1, \"x\": 1}")],
            edited: &[("a.json", edited)],
            steps: &[move_key(("a.json", "m"), ("b.toml", "t.m"))],
            wanted: &[("a.json", "{\"x\": 1}"), ("b.toml", "[t]\nm = 1\nn = 2\n")],
        }
        .gives(&[("b.toml", Some(expected))]);
    };
    case("{\"m\": 1, \"x\": 1}", "[t]\nm = 1\nn = 2\n");
    case("{\"m\": 3, \"x\": 1}", "[t]\nm = 3\nn = 2\n");
    case("{\"x\": 1}", "[t]\nn = 2\n");
}

#[test]
fn a_dropped_key_that_the_user_changed_waits_for_a_decision() {
    let drop = |edited: &str| {
        Case {
            rendered: &[("a.json", "{\"k\": {\"a\": 1}, \"x\": 1}")],
            edited: &[("a.json", edited)],
            steps: &[Step::DropKey(place(("a.json", "k")))],
            wanted: &[("a.json", "{\"x\": 1}")],
        }
        .plan()
    };
    let changed = drop("{\"k\": {\"a\": 2}, \"x\": 1}");
    let conflict = &changed.changes[0].conflicts[0];
    assert_eq!((&conflict.key, &conflict.desired), (&key("k.a"), &None));
    assert_eq!(changed.files[&path("a.json")].dropped, [key("k.a")].into());
    let untouched = drop("{\"k\": {\"a\": 1}, \"x\": 1}");
    assert_eq!(after(&untouched, "a.json").as_deref(), Some("{ \"x\": 1}"));
    let gone = drop("{\"x\": 1}");
    assert_eq!(gone.files[&path("a.json")].dropped.len(), 0);
}

#[test]
fn a_renamed_file_takes_the_users_edits_along() {
    let rename = |edited: &[(&str, &str)], wanted: &str| {
        Case {
            rendered: &[("a.json", "{\"x\": 1}")],
            edited,
            steps: &[rename_file("a.json", "d/b.json")],
            wanted: &[("d/b.json", wanted)],
        }
        .plan()
    };
    let planned = rename(&[("a.json", "{\"x\": 1, \"u\": 2}")], "{\"x\": 3}");
    let [old, new] = &planned.changes[..] else {
        panic!("two changes");
    };
    assert_eq!((old.action, old.after.as_ref()), (Action::Delete, None));
    assert_eq!((new.action, new.before.as_ref()), (Action::Create, None));
    assert_eq!(new.after.as_deref(), Some("{\"x\": 3, \"u\": 2}"));
    assert_eq!(
        (new.mode, &new.moved_from),
        (Mode::Executable, &Some(path("a.json")))
    );
    let deleted = rename(&[], "{\"x\": 3}");
    assert_eq!(after(&deleted, "d/b.json"), None);
    let taken = rename(
        &[("a.json", "{\"x\": 1, \"u\": 2}"), ("d/b.json", "{}")],
        "{\"x\": 3}",
    );
    assert_eq!(after(&taken, "a.json").as_deref(), Some("{ \"u\": 2}"));
    assert_eq!(taken.changes[1].moved_from, None);
}

#[test]
fn files_change_places_one_after_the_other() {
    let texts = [("a", "one\n"), ("b", "two\n")];
    let nobodys = [rename_file("a", "x")];
    let (start, files) = (base(&[], &texts), actual(&texts));
    let stays = migrate(&start, &files, &desired(&texts[1..]), &nobodys);
    assert_eq!(*stays.expect("steps").base, start);
    let base = base(&[], &texts);
    let here = actual(&[("a", "one\nmine\n"), ("b", "two\n")]);
    let there_and_back = [rename_file("a", "c"), rename_file("c", "a")];
    let same = migrate(&base, &here, &desired(&texts), &there_and_back).expect("steps");
    assert_eq!((&*same.base, same.moved.len()), (&base, 0));
    assert_eq!(same.ground.get(&path("a")), here.get(&path("a")));
    let swap = [
        rename_file("a", "c"),
        rename_file("b", "a"),
        rename_file("c", "b"),
    ];
    let wanted = desired(&[("a", "two\n"), ("b", "one\n")]);
    let migrated = migrate(&base, &here, &wanted, &swap).expect("steps");
    let planned = plan_moved(&migrated, &here, &wanted, &|_, _, _| None).expect("a plan");
    assert_eq!(after(&planned, "b").as_deref(), Some("one\nmine\n"));
    assert_eq!(after(&planned, "a").as_deref(), Some("two\n"));
    assert!(planned.changes.iter().all(|c| c.action == Action::Update));
}

#[test]
fn a_file_is_known_again_by_its_templates() {
    let named = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect();
    let file = |names: &[&str]| BaseFile {
        outputs: named(names),
        ..BaseFile::default()
    };
    let base = |files: &[(&str, &[&str])]| BaseState {
        files: files.iter().map(|(p, n)| (path(p), file(n))).collect(),
        ..BaseState::default()
    };
    let check = |before: &[(&str, &[&str])], now: &[(&str, &[&str])], expected: &[Step]| {
        let now = now.iter().map(|(p, n)| (path(p), named(n))).collect();
        assert_eq!(renamed_outputs(&base(before), &now), expected);
    };
    let moved = [rename_file("a", "b")];
    check(&[("a", &["x"])], &[("b", &["x", "y"])], &moved);
    check(&[("a", &["x", "y"])], &[("b", &["x"])], &[]);
    check(&[("a", &["x"])], &[("b", &["x"]), ("c", &["x"])], &[]);
    check(&[("a", &["x"])], &[("a", &["y"]), ("b", &["x"])], &[]);
    check(&[("a", &["x"]), ("b", &["y"])], &[("b", &["x", "y"])], &[]);
    check(&[("a", &["x"]), ("c", &["y"])], &[("b", &["x", "y"])], &[]);
    check(&[("a", &[])], &[("b", &["x"])], &[]);
}

#[test]
fn a_launcher_with_another_path_is_the_one_that_the_user_edited() {
    let home = tree::temp();
    let root = home.path();
    tree::tool(root, &["init", "--profile", "team"]).ends(0);
    let before = tree::tree(root);
    let script = root.join("scripts/run-claude.sh");
    let text = fs::read_to_string(&script).expect("a script") + "export MY_TOKEN=hunter2hunter2\n";
    tree::put(&script, text.as_bytes(), 0o755);
    let set = ["set", "launcher.path=bin/claude.sh"];
    let dry = tree::tool(root, &[&set[..], &["-n", "--format", "json"]].concat()).ends(0);
    assert!(
        dry.out
            .contains("\"moved_from\": \"scripts/run-claude.sh\"")
    );
    assert!(!dry.out.contains("hunter2"), "{}", dry.out);
    let run = tree::tool(root, &set).ends(0);
    let row = "scripts/run-claude.sh → bin/claude.sh";
    assert!(
        run.err.contains(row) || run.out.contains(row),
        "{}{}",
        run.out,
        run.err
    );
    let moved = fs::read_to_string(root.join("bin/claude.sh")).expect("a script");
    assert!(moved.ends_with("export MY_TOKEN=hunter2hunter2\n"));
    assert!(!script.exists());
    let again = tree::tool(root, &["apply"]).ends(0);
    assert!(again.err.contains("nothing to do"), "{}", again.err);
    // Undo data holds no credential, so a file with one in it stays where it went.
    let undone = tree::tool(root, &["undo"]).ends(0);
    assert!(
        undone.err.contains("`bin/claude.sh` stays as it is"),
        "{}",
        undone.err
    );
    let stayed = fs::read_to_string(root.join("bin/claude.sh")).expect("a script");
    assert_eq!(stayed, moved);
    fs::remove_dir_all(root.join("bin")).expect("a folder");
    tree::put(
        &script,
        text.trim_end_matches("export MY_TOKEN=hunter2hunter2\n")
            .as_bytes(),
        0o755,
    );
    tree::same("as before", &before, &tree::tree(root));
}
