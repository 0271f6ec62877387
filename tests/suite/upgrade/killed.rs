//! The program killed while it upgrades, resolves or removes: old or new after the next command, and
//! the lockfile never ahead of the files.
#![cfg(target_os = "linux")]

use super::pack::{Files, Ground};
use crate::tree::{self, Node, Tree, clean, finish};

const CALLS: [&str; 6] = [
    "rename,renameat,renameat2",
    "unlink,unlinkat,rmdir",
    "mkdir,mkdirat",
    "write",
    "fsync,fdatasync",
    "linkat",
];
const LOCKFILE: &str = "claude-scaffold.lock";

const FIRST: Files = &[
    ("a.md", "one\n"),
    ("gone.md", "gone\n"),
    ("old/page.md", "one\n\ntwo\n\nthree\n"),
    ("conf.json", "{ \"k\": 1, \"x\": 1 }\n"),
];
const SECOND: Files = &[
    ("a.md", "two\n"),
    ("deep/er/fresh.md", "fresh\n"),
    ("new/page.md", "one\n\ntwo\n\nTHREE\n"),
    ("conf.json", "{ \"k\": 2, \"x\": 2 }\n"),
];

/// What is killed, and where the repository stands before.
struct Act {
    arguments: &'static [&'static str],
    start: fn() -> Ground,
}

const ACTS: [Act; 3] = [
    Act {
        arguments: &["upgrade"],
        start: edited,
    },
    Act {
        arguments: &["resolve", "--take"],
        start: || {
            let ground = edited();
            ground.edit(&[
                ("conf.json", "{ \"k\": 3, \"x\": 1 }\n"),
                ("a.md", "mine\n"),
            ]);
            ground.run(&["upgrade"]).ends(1);
            ground
        },
    },
    Act {
        arguments: &["remove"],
        start: || {
            let ground = edited();
            ground.edit(&[("old/page.md", "one\n\ntwo\n\nthree\n")]);
            ground
        },
    },
];

fn edited() -> Ground {
    let ground = Ground::new(FIRST);
    ground.edit(&[
        ("old/page.md", "zero\n\none\n\ntwo\n\nthree\n"),
        (".gitignore", "x\n"),
    ]);
    ground.moves("2", SECOND, "");
    ground
}

#[test]
fn killed_anywhere_it_is_old_or_new() {
    let home = tree::temp();
    let mut probe = clean("strace", home.path());
    probe.args(["-o", "/dev/null", "true"]);
    if finish(probe).code != 0 {
        return tree::skipped("no strace to kill the program with");
    }
    let cases: Vec<_> = ACTS
        .iter()
        .flat_map(|act| CALLS.map(|call| (act, call)))
        .collect();
    let name = |(act, call): &(&Act, &str)| format!("{:?} {call}", act.arguments);
    tree::each(&cases, name, |(act, call)| act.kill_at_every(call));
}

impl Act {
    fn kill_at_every(&self, call: &str) {
        let ground = (self.start)();
        let old = tree::tree(&ground.root);
        ground.run(self.arguments).ends(0);
        let new = tree::tree(&ground.root);
        assert_ne!(old, new);
        let mut kills = 0;
        for nth in 1.. {
            let ground = (self.start)();
            let inject = format!("inject={call}:signal=KILL:when={nth}");
            let mut command = clean("strace", &ground.root);
            command.args(["-f", "-o", "/dev/null", "-e", &inject]);
            command.arg(env!("CARGO_BIN_EXE_claude-scaffold"));
            command.args(self.arguments);
            if finish(command).code == 0 {
                break;
            }
            kills += 1;
            let left = tree::tree(&ground.root);
            never_ahead(&left, &old, &new);
            let dry = ground.run(&["upgrade", "--dry-run"]);
            tree::same(
                "a dry run settles nothing",
                &left,
                &tree::tree(&ground.root),
            );
            assert!(left == old || left == new || dry.code == 2, "{}", dry.err);
            ground.run(&["apply"]);
            let found = tree::tree(&ground.root);
            if found == new {
                ground.run(&["undo"]).ends(0);
                tree::same("undo", &old, &tree::tree(&ground.root));
            } else {
                tree::same(&format!("killed at {call} {nth}"), &old, &found);
                ground.run(self.arguments).ends(0);
                tree::same("once more", &new, &tree::tree(&ground.root));
            }
        }
        let every = CALLS[..2].contains(&call);
        assert!(kills > 2 || !every, "killed {kills} times");
    }
}

/// A lockfile that says the new state stands beside files in it.
fn never_ahead(found: &Tree, old: &Tree, new: &Tree) {
    if found.get(LOCKFILE) == new.get(LOCKFILE) {
        let is_file = |path: &&String| {
            let sides = [old.get(*path), new.get(*path)];
            sides.iter().flatten().all(|node| **node != Node::Folder)
        };
        for path in old.keys().chain(new.keys()).filter(is_file) {
            let (found, new) = (found.get(path), new.get(path));
            assert_eq!(found, new, "{path} is behind the lockfile");
        }
    }
}
