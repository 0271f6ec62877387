//! The program as a whole: the literal command, twenty at once, and killed at every rename.
#![expect(clippy::disallowed_methods, reason = "a test makes a folder")]

use std::process::Stdio;
use std::thread;

use crate::tree::{self, Tree, clean, finish, git_init, put, temp, tool};

const TOOL: &str = env!("CARGO_BIN_EXE_claude-scaffold");
const COMMAND: [&str; 3] = ["init", "--profile", "team"];

#[test]
fn the_literal_command_works_anywhere_and_a_second_one_writes_nothing() {
    for prepared in ["empty", "fresh git", "existing files"] {
        let home = temp();
        let at = home.path();
        if prepared != "empty" {
            git_init(at);
        }
        if prepared == "existing files" {
            put(&at.join(".gitignore"), b".env*\n.claude/\n", 0o644);
            put(
                &at.join(".claude/settings.json"),
                b"{ \"hooks\": {} }\n",
                0o644,
            );
        }
        let first = tool(at, &COMMAND).ends(0);
        assert!(first.out.lines().count() <= 40, "{}", first.out);
        let next = "claude-scaffold set gateway.url=";
        assert!(first.out.contains(next), "{}", first.out);
        let before = tree::stamps(at);
        let second = tool(at, &COMMAND).ends(0);
        assert!(second.out.contains("nothing to do: "), "{}", second.out);
        assert_eq!(tree::stamps(at), before, "{prepared}");
    }
}

#[test]
fn twenty_at_once_leave_one_right_state() {
    let home = temp();
    git_init(home.path());
    tool(home.path(), &COMMAND).ends(0);
    let at = home.path();
    thread::scope(|scope| {
        for number in 0..20 {
            scope.spawn(move || {
                let value = format!("gateway.timeout_ms={}", 40_000 + number);
                tool(at, &["set", &value]).ends(0);
                tool(at, &["plan"]).ends(0);
            });
        }
    });
    tool(home.path(), &["plan", "--exit-code"]).ends(0);
}

#[test]
fn killed_at_any_rename_it_is_old_or_new_after_the_next_command() {
    let home = temp();
    let root = home.path().join("app");
    std::fs::create_dir(&root).expect("a folder");
    git_init(&root);
    let mut probe = clean("strace", &root);
    probe.args(["-o", "/dev/null", "true"]).stdin(Stdio::null());
    if finish(probe).code != 0 {
        return tree::skipped("no strace to kill the program with");
    }
    tool(&root, &COMMAND).ends(0);
    let old = tree::tree(&root);
    tool(&root, &["set", "gateway.timeout_ms=45000"]).ends(0);
    let new = tree::tree(&root);
    let mut both = [0, 0];
    for nth in 1.. {
        tool(&root, &["set", "gateway.timeout_ms=30000"]).ends(0);
        tree::same("back", &old, &tree::tree(&root));
        let inject = format!("inject=rename,renameat,renameat2:signal=KILL:when={nth}");
        let mut command = clean("strace", &root);
        command.args(["-f", "-o", "/dev/null", "-e", &inject, TOOL]);
        command.args(["set", "gateway.timeout_ms=45000"]);
        let survived = finish(command).code == 0;
        tool(&root, &["undo", "--dry-run"]);
        tool(&root, &["apply"]).ends(0);
        let found: Tree = tree::tree(&root);
        assert!(
            found == old || found == new,
            "neither, killed at rename {nth}"
        );
        both[usize::from(found == new)] += 1;
        if survived {
            break;
        }
    }
    assert!(both[0] > 3 && both[1] > 0, "old and new: {both:?}");
}
