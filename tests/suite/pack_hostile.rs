//! Packs that mean harm, given to the program itself: refused by name, and nothing is written anywhere.
#![expect(
    clippy::disallowed_methods,
    reason = "a test makes its packs and looks at the disk"
)]

mod bombs;
mod shown;

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::tree::{self, Run};
use crate::pack_source::hostile;
use crate::repo::Repo;

/// A user with a home, a repository, and a pack beside it.
struct Place {
    home: TempDir,
}

impl Place {
    fn new() -> Self {
        let home = tree::temp();
        for folder in ["app", "user"] {
            fs::create_dir(home.path().join(folder)).expect("a folder");
        }
        let place = Self { home };
        tree::git_init(&place.app());
        place
    }

    fn app(&self) -> PathBuf {
        self.home.path().join("app")
    }

    fn put(&self, path: &str, text: impl AsRef<[u8]>) -> &Self {
        tree::put(&self.home.path().join(path), text.as_ref(), 0o644);
        self
    }

    /// A pack whose one feature is always on and gives one file.
    fn pack(&self, more: &str, path: &str, format: &str, template: &str) -> &Self {
        let path = toml::Value::from(path);
        self.put(
            "pack/pack.toml",
            format!("name = \"x\"\nversion = \"1.0.0\"\nrequired = [\"f\"]\n{more}"),
        )
        .put(
            "pack/features/f/feature.toml",
            format!("[[output]]\npath = {path}\ntemplate = \"t.tera\"\nformat = \"{format}\"\n"),
        )
        .put("pack/features/f/t.tera", template)
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let user = self.home.path().join("user");
        tree::tool_with(&self.app(), arguments, |command| {
            command.env("HOME", user).env_remove("XDG_STATE_HOME");
        })
    }

    fn init(&self, pack: &str) -> Run {
        let set = format!("pack={pack}");
        self.run(&["init", "--profile", "solo", "--yes", "--set", &set])
    }

    /// Asserts that nothing is written but what a cache needs to be looked into.
    fn refused(&self, what: &str, pack: &str) -> String {
        let before = tree::whole(self.home.path());
        let run = self.init(pack);
        let talk = format!("{what:?}:\n{}{}", run.out, run.err);
        assert_eq!(run.code, 2, "{talk}");
        assert!(run.out.is_empty(), "{talk}");
        assert!(
            run.err.contains("\nhelp: ") && !run.err.contains("defect"),
            "{talk}"
        );
        let harmful = |c: char| c.is_control() && c != '\n';
        assert!(!run.err.contains(harmful), "{talk}");
        let mut after = tree::whole(self.home.path());
        after.retain(|path, _| !path.starts_with("user/.cache"));
        tree::same(&talk, &before, &after);
        run.err
    }
}

const BAD: [(&str, &str); 29] = [
    ("/etc/claude", "absolute"),
    ("\\\\server\\share", "absolute"),
    ("C:/x", "absolute"),
    ("C:x", "absolute"),
    ("../x", "contains `.` or `..`"),
    ("a/../../x", "contains `.` or `..`"),
    ("./x", "contains `.` or `..`"),
    ("a//x", "has an empty name"),
    ("", "has an empty name"),
    ("a\\..\\..\\x", "not portable"),
    ("a/con", "not portable"),
    ("NUL.txt", "not portable"),
    ("com1", "not portable"),
    ("lpt³.md", "not portable"),
    ("x.", "not portable"),
    ("x ", "not portable"),
    ("x:stream", "absolute"),
    ("ab:stream", "not portable"),
    ("x\0y", "not portable"),
    ("x\u{202e}gpj.sh", "not portable"),
    (".git/hooks/pre-commit", "git's own folder"),
    (".GIT/config", "git's own folder"),
    ("GIT~1/config", "git's own folder"),
    (".g\u{200c}it/config", "git's own folder"),
    (".git./config", "git's own folder"),
    (".git /config", "git's own folder"),
    (".git::$INDEX_ALLOCATION/config", "git's own folder"),
    ("sub/.git/hooks/x", "git's own folder"),
    ("a/\u{1b}[2Jx", "not portable"),
];

#[test]
fn outputs_that_leave_the_repository() {
    tree::each(
        &BAD,
        |(path, _)| path.escape_debug().to_string(),
        |(path, why)| {
            let place = Place::new();
            place.pack("", path, "whole-file", "x\n");
            let said = place.refused(path, "path:../pack");
            assert!(said.contains(why), "{said}");
            assert!(
                said.contains("../pack/features/f/feature.toml:2:8"),
                "{said}"
            );
        },
    );
}

#[test]
fn outputs_whose_path_is_a_value() {
    for (path, why) in BAD {
        let place = Place::new();
        let value = toml::Value::from(path);
        let variables = format!("[variables]\nwhere = {value}\n");
        place.pack(&variables, "{{ pack.where }}", "whole-file", "x\n");
        let said = place.refused(path, "path:../pack");
        assert!(
            said.contains(why) || said.contains("a control character"),
            "{said}"
        );
        for table in [
            format!("[defaults]\n\"launcher.path\" = {value}\n"),
            format!("[locked]\n\"launcher.path\" = {{ value = {value}, reason = \"so\" }}\n"),
        ] {
            place.pack(&table, "x.md", "whole-file", "x\n");
            let said = place.refused(path, "path:../pack");
            assert!(said.contains("../pack/pack.toml:"), "{said}");
        }
    }
}

#[test]
fn outputs_behind_what_the_repository_holds() {
    let place = Place::new();
    fs::create_dir(place.home.path().join("outside")).expect("a folder");
    std::os::unix::fs::symlink("../outside", place.app().join("docs")).expect("a link");
    place.pack("", "docs/x.md", "whole-file", "x\n");
    let said = place.refused("a link", "path:../pack");
    assert!(said.contains("docs"), "{said}");
    for own in [
        "claude-scaffold.toml",
        "Claude-Scaffold.lock",
        ".env",
        ".env/x",
    ] {
        let place = Place::new();
        place.pack("", own, "whole-file", "x\n");
        let said = place.refused(own, "path:../pack");
        assert!(said.contains(own), "{said}");
    }
}

#[test]
fn names_in_the_tree_of_a_repository() {
    for name in [
        "..",
        "/etc",
        "a/b",
        ".git",
        ".GIT",
        "GIT~1",
        ".g\u{200d}it",
        ".git.",
        ".git ",
        "con.txt",
        "a\\b",
        "C:",
        "a\n\u{1b}[2J",
    ] {
        let repo = Repo::new();
        let opened = git2::Repository::open(&repo.root).expect("a repository");
        let blob = opened.blob(b"x\n").expect("a blob");
        hostile::commit(&repo, &[("100644", name.as_bytes(), blob)]);
        let place = Place::new();
        let said = place.refused(name, &address(&repo.root));
        let shown = format!("`features/{}`", name.escape_debug());
        assert!(said.contains(&shown), "{said}");
    }
}

fn address(root: &Path) -> String {
    format!("git+file://{}", root.display())
}

#[test]
fn templates_that_would_read_run_or_loop() {
    for template in [
        "{{ now() }}",
        "{{ get_env(name=\"HOME\") }}",
        "{{ get_random(start=0, end=9) }}",
        "{{ range(end=1000000000) }}",
        "{% for i in range(end=1000000000) %}x{% endfor %}",
        "{% for i in [1, 2] %}{% for j in features %}x{% endfor %}{% endfor %}",
        "{{ throw(message=\"x\") }}",
        "{% include \"/etc/passwd\" %}",
        "{% import \"x\" as x %}",
        "{% extends \"x\" %}",
        "{% block x %}{% endblock %}",
        "{% macro x() %}{% endmacro %}",
        "{% set x = 1 %}",
        "{% set_global x = 1 %}",
        "{% raw %}{{ x }}{% endraw %}",
        "{% filter upper %}x{% endfilter %}",
        "{{ __tera_context }}",
        "{% for x in __tera_context %}{% endfor %}",
        "{{ pack | json }}",
        "{{ \"x\" | repeat(count=1000000000) }}",
        "{{ \"x\" | replace(from=\"\", to=\"xxxxxxxx\") }}",
        "{{ \"x\" | date }}",
        "{{ \"x\" | safe }}",
        "{{ \"x\" | indent(width=1000000000) }}",
        "{{ \"x\" | truncate(length=1) }}",
        "{{ nosuch }}",
        "{{ pack.nosuch }}",
        "{{ 1 / 0 }}",
        "{% if true %}",
        "{{",
        "{{ \u{e000} }}",
    ] {
        let place = Place::new();
        place.pack("", "x.md", "whole-file", &format!("{template}\n"));
        let said = place.refused(template, "path:../pack");
        assert!(said.contains("features/f/t.tera"), "{said}");
    }
}

#[test]
fn literal_credentials() {
    let key = ["sk-", "ant-", &"a1B2c3D4".repeat(4)].concat();
    let (head, tail) = key.split_at(10);
    let split = format!("[variables]\na = \"{head}\"\nb = \"{tail}\"\n");
    let reason =
        format!("[locked]\n\"models.fast\" = {{ value = \"m\", reason = \"see {key}\" }}\n");
    let lock =
        format!("[locked]\n\"telemetry.project_tag\" = {{ value = \"{key}\", reason = \"so\" }}\n");
    for (more, template) in [
        (String::new(), format!("token = {key}\n")),
        (String::new(), format!("see https://h/{key}/x\n")),
        (split, "{{ pack.a }}{{ pack.b }}\n".to_owned()),
        (
            format!("[defaults]\n\"models.fast\" = \"{key}\"\n"),
            "x\n".to_owned(),
        ),
        (
            format!("[defaults]\n\"headers.x-a\" = \"{key}\"\n"),
            "x\n".to_owned(),
        ),
        (
            format!("[defaults]\n\"credential.ref\" = \"{key}\"\n"),
            "x\n".to_owned(),
        ),
        (lock, "x\n".to_owned()),
        (reason, "x\n".to_owned()),
    ] {
        let place = Place::new();
        place.pack(&more, "x.md", "whole-file", &template);
        let said = place.refused("a key", "path:../pack");
        assert!(said.contains("CS003"), "{said}");
        assert!(!said.contains(&key), "{said}");
    }
    let place = Place::new();
    place.pack("", "x.md", "whole-file", "x\n");
    place.put("pack/CHANGELOG.md", format!("# 1.0.0\n- {key}\n"));
    let said = place.refused("a changelog", "path:../pack");
    assert!(said.contains("../pack/CHANGELOG.md:2:1"), "{said}");
}

#[test]
fn addresses_with_credentials() {
    let key = ["ghp", "_", &"a1B2c3D4".repeat(5)].concat();
    for user in [format!("u:{key}"), key.clone(), "u:hunter2".to_owned()] {
        let place = Place::new();
        let address = format!("git+https://{user}@git.example/p?tag=v1");
        let said = place.refused("an address", &address);
        let is_told = |talk: &str| talk.contains("holds a credential") || talk.contains("CS003");
        assert!(is_told(&said), "{said}");
        assert!(!said.contains(&key) && !said.contains("hunter2"), "{said}");
        let extends = format!("extends = \"{address}\"\n");
        place.pack(&extends, "x.md", "whole-file", "x\n");
        let said = place.refused("an address below", "path:../pack");
        assert!(!said.contains(&key) && !said.contains("hunter2"), "{said}");
        let text = format!("version = 1\nprofile = \"solo\"\npack = \"{address}\"\n");
        place.put("app/claude-scaffold.toml", text);
        for command in ["plan", "apply", "upgrade", "check"] {
            let run = place.run(&[command]).ends(2);
            let talk = run.out + &run.err;
            assert!(is_told(&talk), "{talk}");
            assert!(!talk.contains(&key) && !talk.contains("hunter2"), "{talk}");
            assert!(!place.app().join("claude-scaffold.lock").exists());
        }
    }
}

#[test]
fn values_and_tables_that_do_not_fit() {
    for (path, text, place) in [
        ("defaults.toml", "\"launcher.path\" = \"/tmp/x\"\n", "1:19"),
        ("defaults.toml", "\"gateway.url\" = \"http://h/\"\n", "1:17"),
        ("defaults.toml", "\"launcher.paht\" = \"x\"\n", "1:19"),
        ("defaults.toml", "pack = \"path:../other\"\n", "1:8"),
        ("defaults.toml", "x x\n", "1:3"),
        ("start.toml", "\"launcher.env_file\" = \".git/x\"\n", "1:23"),
        ("profiles/solo.toml", "features = 3\n", "1:12"),
        (
            "profiles/solo.toml",
            "features = []\n[defaults]\n\"launcher.path\" = \"../x\"\n",
            "3:19",
        ),
        ("gateways/generic.toml", "x x\n", "1:3"),
        ("matrix.toml", "x = 1\n", "1:1"),
    ] {
        let place_of = Place::new();
        place_of.pack("", "x.md", "whole-file", "x\n");
        place_of.put(&format!("pack/{path}"), text);
        let said = place_of.refused(text, "path:../pack");
        let shown = format!("--> ../pack/{path}:{place}\n");
        assert!(said.contains(&shown), "{shown}{said}");
    }
    for (path, why) in [
        ("{{ nosuch }}", "names no value"),
        ("{{ pack.x }}/y", "more than the name of a value"),
        ("docs/{{ pack.x }}", "more than the name of a value"),
    ] {
        let place = Place::new();
        place.pack("[variables]\nx = \"..\"\n", path, "whole-file", "x\n");
        let said = place.refused(path, "path:../pack");
        assert!(said.contains(why), "{said}");
    }
}

#[test]
fn migrations_take_nothing_of_the_users() {
    let place = Place::new();
    place
        .put("app/README.md", "mine\n")
        .put("app/.claude/settings.json", "{\"hooks\": {\"mine\": 1}}\n")
        .pack("", "x.json", "json", "{\"a\": 1}\n");
    place.init("path:../pack").ends(0);
    let settings = fs::read(place.app().join(".claude/settings.json")).expect("a file");
    let step = |text: &str| format!("[[migration]]\nto = \"1.1.0\"\n{text}\n");
    let steps = [
        step("rename_file = { from = \"README.md\", to = \"taken.md\" }"),
        step("rename_file = { from = \"x.json\", to = \"README.md\" }"),
        step("drop_key = { path = \".claude/settings.json\", key = \"hooks\" }"),
    ];
    place.pack(&steps.concat(), "x.json", "json", "{\"a\": 2}\n");
    let text = fs::read_to_string(place.home.path().join("pack/pack.toml")).expect("a file");
    place.put("pack/pack.toml", text.replacen("1.0.0", "1.1.0", 1));
    let run = place.run(&["upgrade"]);
    assert!(matches!(run.code, 0..=2), "{}", run.err);
    let kept = fs::read_to_string(place.app().join("README.md")).expect("a file");
    assert_eq!(kept, "mine\n");
    let after = fs::read(place.app().join(".claude/settings.json")).expect("a file");
    assert_eq!(after, settings);
}
