//! Files and keys that templates rename, move, drop and give back, and what the user made of them.

use super::pack::{self, Files, Ground};
use crate::corpus::kept;
use crate::tree::{self, Node, Tree};

/// Two versions of a pack, a user's edits between them, and what stands there in the end.
#[derive(Default)]
struct Case<'a> {
    name: &'a str,
    first: Files<'a>,
    edits: Files<'a>,
    steps: &'a str,
    second: Files<'a>,
    expected: &'a [(&'a str, Option<&'a str>)],
    says: &'a [&'a str],
    code: i32,
}

const ONE: &str = "{ \"k\": 1, \"x\": 1 }\n";

const CASES: &[Case] = &[
    Case {
        name: "a file with another name, declared",
        first: &[("docs/a.md", "one\ntwo\nthree\n")],
        edits: &[("docs/a.md", "one\ntwo\nthree\nmine\r\n")],
        steps: "[[migration]]\nto = \"2.0.0\"\nrename_file = { from = \"docs/a.md\", to = \"guide.md\" }\n",
        second: &[("guide.md", "ONE\ntwo\nthree\n")],
        expected: &[
            ("docs/a.md", None),
            ("guide.md", Some("ONE\ntwo\nthree\nmine\r\n")),
        ],
        says: &["docs/a.md → guide.md"],
        code: 0,
    },
    Case {
        name: "a file in another folder, known by its template",
        first: &[("a/conf.json", ONE)],
        edits: &[(
            "a/conf.json",
            "{\n\t\"k\": 1, \"mine\": [ ],\n\t\"x\": 1\n}",
        )],
        steps: "",
        second: &[("b/conf.json", "{ \"k\": 2, \"x\": 1 }\n")],
        expected: &[
            ("a/conf.json", None),
            (
                "b/conf.json",
                Some("{\n\t\"k\": 2, \"mine\": [ ],\n\t\"x\": 1\n}"),
            ),
        ],
        says: &["a/conf.json → b/conf.json"],
        code: 0,
    },
    Case {
        name: "a key with another name",
        first: &[("conf.json", ONE)],
        edits: &[("conf.json", "{ \"k\": 5, \"u\": 0, \"x\": 1 }\n")],
        steps: "[[migration]]\nto = \"2.0.0\"\nrename_key = { path = \"conf.json\", from = \"k\", to = \"key\" }\n",
        second: &[("conf.json", "{ \"key\": 1, \"x\": 2 }\n")],
        expected: &[("conf.json", Some("{ \"key\": 5, \"u\": 0, \"x\": 2 }\n"))],
        says: &[],
        code: 0,
    },
    Case {
        name: "a key in another file",
        first: &[("conf.json", ONE), ("a.env", "A=1\n")],
        edits: &[
            ("conf.json", "{ \"k\": 5, \"x\": 1 }\n"),
            ("a.env", "# mine\nA=1\n"),
        ],
        steps: "[[migration]]\nto = \"2.0.0\"\n[migration.move_key]\nfrom = { path = \"conf.json\", key = \"k\" }\nto = { path = \"a.env\", key = \"K\" }\n",
        second: &[("conf.json", "{ \"x\": 1 }\n"), ("a.env", "A=1\nK=1\n")],
        expected: &[
            ("conf.json", Some("{ \"x\": 1 }\n")),
            ("a.env", Some("# mine\nA=1\nK=5\n")),
        ],
        says: &[],
        code: 0,
    },
    Case {
        name: "a dropped key that is as it was",
        first: &[("conf.json", ONE)],
        edits: &[("conf.json", "{ \"k\": 1, \"u\": 0, \"x\": 1 }\n")],
        steps: "[[migration]]\nto = \"2.0.0\"\ndrop_key = { path = \"conf.json\", key = \"k\" }\n",
        second: &[("conf.json", "{ \"x\": 1 }\n")],
        expected: &[("conf.json", Some("{ \"u\": 0, \"x\": 1 }\n"))],
        says: &[],
        code: 0,
    },
    Case {
        name: "a dropped key that the user changed",
        first: &[("conf.json", ONE)],
        edits: &[("conf.json", "{ \"k\": 2, \"x\": 1 }\n")],
        steps: "[[migration]]\nto = \"2.0.0\"\ndrop_key = { path = \"conf.json\", key = \"k\" }\n",
        second: &[("conf.json", "{ \"x\": 1 }\n")],
        expected: &[("conf.json", Some("{ \"k\": 2, \"x\": 1 }\n"))],
        says: &["`k` is 2 here", "--keep", "--take"],
        code: 1,
    },
    Case {
        name: "a key that left the template, edited",
        first: &[("conf.json", ONE)],
        edits: &[("conf.json", "{ \"k\": 2, \"x\": 1 }\n")],
        steps: "",
        second: &[("conf.json", "{ \"x\": 1 }\n")],
        expected: &[("conf.json", Some("{ \"k\": 2, \"x\": 1 }\n"))],
        says: &[
            "note: `k` in `conf.json` is not in the templates any more",
            "conf.json:1:3",
        ],
        code: 0,
    },
    Case {
        name: "files that left the template: as they were, and edited",
        first: &[
            ("a.md", "a\n"),
            ("b.md", "b\n"),
            ("conf.json", ONE),
            ("c.toml", "k = 1\n"),
            ("x.yml", "k: 1\n"),
        ],
        edits: &[
            ("b.md", "mine\n"),
            ("conf.json", "{ \"k\": 1, \"x\": 1, \"u\": 2 }\n"),
        ],
        steps: "",
        second: &[("x.yml", "k: 1\n")],
        expected: &[
            ("a.md", None),
            ("c.toml", None),
            ("b.md", Some("mine\n")),
            ("conf.json", Some("{ \"u\": 2 }\n")),
        ],
        says: &["note: `b.md` is not in the templates any more"],
        code: 0,
    },
    Case {
        name: "what the user deleted",
        first: &[
            ("conf.json", ONE),
            ("a.md", "a\n"),
            (".gitignore", ".env\n*.log\n"),
        ],
        edits: &[
            ("conf.json", "{ \"x\": 1 }\n"),
            ("a.md", ""),
            (".gitignore", ".env\n"),
        ],
        steps: "",
        second: &[
            ("conf.json", "{ \"k\": 2, \"x\": 2 }\n"),
            ("a.md", "b\n"),
            (".gitignore", ".env\n*.log\n*.tmp\n"),
        ],
        expected: &[
            ("conf.json", Some("{ \"x\": 2 }\n")),
            ("a.md", None),
            (".gitignore", Some(".env\n*.tmp\n")),
        ],
        says: &[],
        code: 0,
    },
];

#[test]
fn templates_move_and_the_users_edits_with_them() {
    tree::each(CASES, |case| case.name.to_owned(), Case::run);
}

impl Case<'_> {
    fn run(&self) {
        let ground = Ground::new(self.first);
        ground.edit(self.edits);
        let before = tree::tree(&ground.root);
        ground.moves("2.0.0", self.second, self.steps);
        let dry = ground.idle(&["upgrade", "--dry-run", "-v"], self.code);
        let run = ground.run(&["upgrade", "-v"]).ends(self.code);
        assert_eq!(dry.out, run.out, "what a dry run shows");
        ground.holds(self.expected);
        for said in self.says {
            let talk = format!("{}{}", run.out, run.err);
            assert!(talk.contains(said), "`{said}` is not in:\n{talk}");
        }
        let notes = run.err.matches("note:").count();
        let told = self.says.iter().filter(|s| s.starts_with("note:")).count();
        assert_eq!(notes, told, "{}", run.err);
        let after = tree::tree(&ground.root);
        for command in ["upgrade", "apply", "plan", "check"] {
            let again = ground.idle(&[command], self.code);
            assert!(!again.err.contains("any more"), "{}", again.err);
        }
        ground.run(&["undo"]).ends(0);
        tree::same("undo", &before, &tree::tree(&ground.root));
        ground.run(&["upgrade"]).ends(self.code);
        tree::same("upgrade again", &after, &tree::tree(&ground.root));
    }
}

#[test]
fn what_is_deleted_stays_so_until_it_is_restored() {
    let files = |value: &str| format!("{{ \"k\": {value}, \"x\": {value} }}\n");
    let ground = Ground::new(&[("conf.json", &files("1")), ("a.md", "1\n")]);
    ground.edit(&[("conf.json", "{ \"x\": 1 }\n"), ("a.md", "")]);
    for version in ["2", "3"] {
        let text = files(version);
        let page = format!("{version}\n");
        ground.moves(version, &[("conf.json", &text), ("a.md", &page)], "");
        ground.run(&["upgrade"]).ends(0);
        let kept = format!("{{ \"x\": {version} }}\n");
        ground.holds(&[("conf.json", Some(&kept)), ("a.md", None)]);
    }
    ground.run(&["resolve", "--restore", "conf.json:k"]).ends(0);
    let back = |value: &str| format!("{{ \"x\": {value}, \"k\": {value} }}\n");
    ground.holds(&[("conf.json", Some(&back("3"))), ("a.md", None)]);
    ground.run(&["resolve", "--restore", "a.md"]).ends(0);
    ground.holds(&[("a.md", Some("3\n"))]);
    ground.moves("4", &[("conf.json", &files("4")), ("a.md", "4\n")], "");
    ground.run(&["upgrade"]).ends(0);
    ground.holds(&[("conf.json", Some(&back("4"))), ("a.md", Some("4\n"))]);
}

#[test]
fn two_steps_give_what_one_gives() {
    let first: Files = &[
        ("a/conf.json", "{ \"k\": 1, \"x\": [1], \"old\": 1 }\n"),
        (".gitignore", ".env\n"),
        ("a.env", "A=1\nB=1\n"),
        ("page.md", "one\n\ntwo\n\nthree\n"),
        ("gone.md", "gone\n"),
    ];
    let edits: Files = &[
        (
            "a/conf.json",
            "{\n  \"u\": { }, \"k\": 1, \"x\": [1],\n  \"old\": 1\n}",
        ),
        (".gitignore", "*.bak\n.env"),
        ("a.env", "B=1\n# mine\nA=1\nC=3"),
        ("page.md", "zero\r\none\r\n\r\ntwo\r\n\r\nthree\r\n"),
    ];
    let second: Files = &[
        ("b/conf.json", "{ \"key\": 1, \"x\": [1, 2], \"n\": 1 }\n"),
        (".gitignore", ".env\n*.log\n"),
        ("a.env", "A=2\nB=1\n"),
        ("page.md", "one\n\nTWO\n\nthree\n"),
        ("new.toml", "[t]\nk = 1\n"),
    ];
    let third: Files = &[
        ("c/conf.json", "{ \"key\": 2, \"x\": [2, 3], \"n\": 1 }\n"),
        (".gitignore", ".env\n*.log\n*.tmp\n"),
        ("a.env", "A=3\nD=1\n"),
        ("page.md", "one\n\nTWO\n\nTHREE\n"),
        ("new.toml", "[t]\nk = 2\nm = 1\n"),
    ];
    let step = "[[migration]]\nto = \"2.0.0\"\nrename_key = { path = \"b/conf.json\", from = \"k\", to = \"key\" }\n[[migration]]\nto = \"2.0.0\"\nrename_file = { from = \"a/conf.json\", to = \"b/conf.json\" }\n";
    let (long, short) = (Ground::new(first), Ground::new(first));
    let steps: Vec<&str> = step.split_inclusive("}\n").collect();
    let second_steps = format!("{}{}", steps[1], steps[0]);
    let more = "[[migration]]\nto = \"3.0.0\"\nrename_file = { from = \"b/conf.json\", to = \"c/conf.json\" }\n";
    for ground in [&long, &short] {
        ground.edit(edits);
    }
    long.moves("2.0.0", second, &second_steps);
    long.run(&["upgrade"]).ends(0);
    for ground in [&long, &short] {
        ground.moves("3.0.0", third, &format!("{second_steps}{more}"));
        ground.run(&["upgrade"]).ends(0);
    }
    tree::same(
        "v1→v2→v3 (before) and v1→v3",
        &tree::tree(&long.root),
        &tree::tree(&short.root),
    );
    long.holds(&[
        ("a/conf.json", None),
        ("gone.md", None),
        ("page.md", Some("zero\r\none\r\n\r\nTWO\r\n\r\nTHREE\r\n")),
    ]);
}

#[test]
fn profiles_and_features_come_and_go_without_a_trace() {
    let home = tree::temp();
    let root = home.path().join("app");
    let settings = root.join(".claude/settings.json");
    tree::put(
        &settings,
        b"{\r\n\t\"hooks\": {}, \"env\": { \"A\": \"1\" }\r\n}",
        0o600,
    );
    tree::put(&root.join(".gitignore"), b"*.log", 0o644);
    tree::put(
        &root.join(".vscode/settings.json"),
        b"{\n  // mine\n  \"a\": 1,\n}\n",
        0o644,
    );
    tree::git_init(&root);
    let url = "gateway.url=https://gw.internal.net/v1";
    tree::tool(&root, &["init", "--profile", "team", "--set", url]).ends(0);
    let before = tree::tree(&root);
    for there_and_back in [
        ["profile=enterprise", "profile=team"],
        ["profile=multi-model", "profile=team"],
        ["profile=solo", "profile=team"],
        ["features=multi-model,-docs", "features="],
        [
            "features=-vscode,-agent-config,-telemetry-block",
            "features=",
        ],
        [
            "launcher.path=bin/x.sh",
            "launcher.path=scripts/run-claude.sh",
        ],
    ] {
        for step in there_and_back {
            let run = tree::tool(&root, &["set", step]).ends(0);
            assert!(!run.err.contains("any more"), "{step}: {}", run.err);
        }
        let mut now = tree::tree(&root);
        let manifest = "claude-scaffold.toml".to_owned();
        now.insert(manifest.clone(), before[&manifest].clone());
        if !there_and_back[0].starts_with("profile") {
            same_values(&mut now, &before);
        }
        tree::same(&format!("{there_and_back:?}"), &before, &now);
    }
}

/// Keys that went and came again stand at the end; their order says nothing.
fn same_values(now: &mut Tree, before: &Tree) {
    for (path, node) in now {
        if let (true, Node::File(_, new), Node::File(_, old)) =
            (tree::is_named(path, "json"), &*node, &before[path])
        {
            let read = |bytes: &[u8]| kept::value(std::str::from_utf8(bytes).expect("UTF-8"));
            assert_eq!(read(old), read(new), "{path}");
            *node = before[path].clone();
        }
    }
}

#[test]
fn what_a_switch_leaves_to_the_user_is_said() {
    let ground = Ground::empty();
    let pack = &ground.pack;
    pack::write(pack, "1.0.0", &[("a.md", "a\n")], "");
    pack::feature(pack, "extra", &[("b.md", "b\n"), ("conf.json", ONE)]);
    ground.init();
    ground.run(&["set", "features=extra"]).ends(0);
    ground.edit(&[
        ("b.md", "mine\n"),
        ("conf.json", "{ \"k\": 3, \"x\": 1 }\n"),
    ]);
    let run = ground.run(&["set", "features="]).ends(0);
    for said in [
        "note: `b.md` is not in",
        "note: `k` in `conf.json` is not in",
    ] {
        assert!(run.err.contains(said), "{}", run.err);
    }
    ground.holds(&[
        ("b.md", Some("mine\n")),
        ("conf.json", Some("{ \"k\": 3 }\n")),
    ]);
    let quiet = ground.idle(&["apply"], 0);
    assert!(!quiet.err.contains("note:"), "{}", quiet.err);
}
