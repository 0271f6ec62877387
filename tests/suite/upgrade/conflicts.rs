//! Both sides changed one key: the user's value stays, exit 1, and what is decided is remembered.

use super::pack::Ground;
use crate::tree;

const FILE: &str = "conf.json";

fn text(model: &str, other: u32) -> String {
    format!("{{ \"model\": \"{model}\", \"n\": {other} }}\n")
}

/// A repository whose user and template changed `model`, upgraded to version 2.
fn ground() -> Ground {
    let ground = Ground::new(&[(FILE, &text("one", 1)), ("a.md", "1\n")]);
    ground.edit(&[(FILE, &text("mine", 1))]);
    ground.moves("2", &[(FILE, &text("two", 2)), ("a.md", "2\n")], "");
    let run = ground.run(&["upgrade"]).ends(1);
    assert!(run.err.contains("`model` is \"mine\" here"), "{}", run.err);
    ground
}

fn moves(ground: &Ground, version: u32, model: &str, code: i32) {
    let page = format!("{version}\n");
    let conf = text(model, version);
    ground.moves(&version.to_string(), &[(FILE, &conf), ("a.md", &page)], "");
    ground.run(&["upgrade"]).ends(code);
}

#[test]
fn a_conflict_repeats_until_it_is_settled_and_writes_nothing() {
    let ground = ground();
    let mine = text("mine", 2);
    ground.holds(&[(FILE, Some(&mine)), ("a.md", Some("2\n"))]);
    let lockfile = ground.text("claude-scaffold.lock").expect("a lockfile");
    assert!(lockfile.contains("version = \"2.0.0\""), "{lockfile}");
    assert!(
        lockfile.contains(
            "
model = \"one\"
"
        ),
        "{lockfile}"
    );
    for command in ["apply", "upgrade", "check", "plan"] {
        let run = ground.idle(&[command], 1);
        let talk = format!("{}{}", run.out, run.err);
        assert!(talk.contains("`model`"), "{command}: {talk}");
    }
    let report = ground.json(&["apply"], 1);
    let file = &report["changes"][1];
    let conflict = serde_json::json!(
        [{"key": "model", "base": "one", "actual": "mine", "desired": "two"}]
    );
    assert_eq!(file["conflicts"], conflict, "{report}");
    moves(&ground, 3, "two", 1);
    ground.holds(&[(FILE, Some(&text("mine", 3)))]);
    ground.edit(&[(FILE, &text("two", 3))]);
    ground.run(&["apply"]).ends(0);
    ground.idle(&["check"], 0);
}

#[test]
fn what_is_kept_is_asked_again_only_where_it_is_new() {
    let ground = ground();
    ground.run(&["resolve", "--keep"]).ends(0);
    for command in ["apply", "upgrade", "check"] {
        ground.idle(&[command], 0);
    }
    moves(&ground, 3, "two", 0);
    ground.holds(&[(FILE, Some(&text("mine", 3)))]);
    moves(&ground, 4, "four", 1);
    ground.holds(&[(FILE, Some(&text("mine", 4)))]);
    ground.run(&["resolve", "--keep", FILE]).ends(0);
    moves(&ground, 5, "four", 0);
    moves(&ground, 6, "mine", 0);
    moves(&ground, 7, "seven", 0);
    ground.holds(&[(FILE, Some(&text("seven", 7)))]);
}

#[test]
fn what_is_taken_is_the_templates_again() {
    let ground = ground();
    let run = ground
        .run(&["resolve", "--take", "conf.json:model"])
        .ends(0);
    assert!(run.out.contains("-{ \"model\": \"mine\""), "{}", run.out);
    ground.holds(&[(FILE, Some(&text("two", 2)))]);
    moves(&ground, 3, "three", 0);
    ground.holds(&[(FILE, Some(&text("three", 3)))]);
}

#[test]
fn a_dropped_key_is_let_go_or_kept_for_good() {
    let drop = "[[migration]]\nto = \"2\"\ndrop_key = { path = \"conf.json\", key = \"model\" }\n";
    for (how, left) in [
        ("--keep", "{ \"model\": \"mine\", \"n\": 2 }\n"),
        ("--take", "{ \"n\": 2 }\n"),
    ] {
        let ground = Ground::new(&[(FILE, &text("one", 1))]);
        ground.edit(&[(FILE, &text("mine", 1))]);
        ground.moves("2", &[(FILE, "{ \"n\": 2 }\n")], drop);
        ground.run(&["upgrade"]).ends(1);
        for command in ["apply", "upgrade", "check"] {
            ground.idle(&[command], 1);
        }
        ground.run(&["resolve", how]).ends(0);
        ground.holds(&[(FILE, Some(left))]);
        let run = ground.idle(&["upgrade"], 0);
        assert!(!run.err.contains("note:"), "{}", run.err);
        ground.idle(&["check"], 0);
    }
}

#[test]
fn undo_takes_back_what_is_ours_and_leaves_what_the_user_wrote_since() {
    let ground = Ground::new(&[("a.md", "1\n\n2\n\n3\n\n4\n\n5\n"), (FILE, &text("one", 1))]);
    let (old, old_conf) = (tree::tree(&ground.root), ground.text(FILE));
    let second = "1\n\nTWO\n\n3\n\n4\n\n5\n";
    ground.moves("2", &[("a.md", second), (FILE, &text("two", 1))], "");
    ground.run(&["upgrade"]).ends(0);
    ground.edit(&[("a.md", "1\n\nTWO\n\n3\n\n4\n\nFIVE\n")]);
    ground.run(&["undo"]).ends(0);
    ground.holds(&[("a.md", Some("1\n\n2\n\n3\n\n4\n\nFIVE\n"))]);
    ground.edit(&[("a.md", "1\n\n2\n\n3\n\n4\n\n5\n")]);
    tree::same("undo", &old, &tree::tree(&ground.root));

    ground.run(&["upgrade"]).ends(0);
    let over = "1\n\nTWO, I say\n\n3\n\n4\n\n5\n";
    ground.edit(&[("a.md", over)]);
    let run = ground.run(&["undo"]).ends(1);
    assert!(run.err.contains("a.md"), "{}", run.err);
    ground.holds(&[("a.md", Some(over)), (FILE, old_conf.as_deref())]);
}
