//! An apply taken back: every byte, and no edit made since lost.
#![expect(clippy::disallowed_methods, reason = "tests look at the disk")]

use std::fs;

use claude_scaffold::apply::undo_plan;
use claude_scaffold::model::{Actual, FileChange, Mode, Plan};
use claude_scaffold::observe::actual_below;
use proptest::prelude::*;

use crate::ground::{Ground, change, path, plan};
use crate::tree;

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
    assert_eq!(undo_plan(&ground.place).expect("a plan"), None);
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
    assert_eq!(undo_plan(&ground.place).expect("a plan"), None);
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
    assert_eq!(undo_plan(&ground.place).expect("a plan"), None);
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
        let seen = actual_below(&ground.place.root, std::iter::once(&path("d/file")));
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

#[test]
fn a_dry_run_settles_no_journal() {
    let home = tree::temp();
    tree::git_init(home.path());
    tree::tool(home.path(), &["init", "--profile", "solo"]).ends(0);
    let state = home.path().join(".git/claude-scaffold/@root");
    fs::rename(state.join("undo-1"), state.join("journal")).expect("a journal");
    let before = tree::whole(home.path());
    let run = tree::tool(home.path(), &["undo", "--dry-run"]).ends(2);
    assert!(run.err.contains("journal"), "{}", run.err);
    tree::same("dry run", &before, &tree::whole(home.path()));
}

#[test]
fn what_stays_is_said_in_json_as_well() {
    let home = tree::temp();
    tree::tool(home.path(), &["init", "--profile", "team"]).ends(0);
    let page = home.path().join("docs/claude-gateway.md");
    fs::write(&page, "mine\n").expect("a page");
    let run = tree::tool(home.path(), &["undo", "--format", "json"]).ends(1);
    let report: serde_json::Value = serde_json::from_str(&run.out).expect("JSON");
    assert_eq!(report["diagnostics"][0]["path"], "docs/claude-gateway.md");
    assert_eq!(fs::read_to_string(&page).expect("a page"), "mine\n");
}

#[test]
fn a_locked_lockfile_is_not_taken_back() {
    let home = tree::temp();
    let root = home.path();
    tree::tool(root, &["init", "--profile", "solo"]).ends(0);
    let before = tree::tree(root);
    for arguments in [&["undo", "--locked"][..], &["undo", "--locked", "-n"]] {
        let run = tree::tool(root, arguments).ends(2);
        assert!(run.err.contains("--locked forbids it"), "{}", run.err);
        tree::same("refused", &before, &tree::tree(root));
    }
}
