//! From a fleet file and a list to members: each repository once, with a name of its own.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use claude_scaffold::fleet::{self, Listed, Member, Narrow, Place, Shard};
use proptest::prelude::*;

use super::said;
use crate::tree::{self, temp};

/// A work tree's skeleton; nothing here asks git itself.
fn repository(root: &Path) {
    bare(&root.join(".git"));
}

fn bare(root: &Path) {
    for folder in ["objects", "refs"] {
        fs::create_dir_all(root.join(folder)).expect("folders");
    }
    fs::write(root.join("HEAD"), "ref: refs/heads/main\n").expect("a file");
}

fn found(root: &Path, file: &str, listed: &[Listed], narrow: &Narrow) -> String {
    let folder = root.join("fleet");
    let (fleet, problems) = fleet::read("claude-fleet.toml", &folder, file);
    assert_eq!(problems, []);
    let mut out = String::new();
    match fleet::members(&fleet, &folder, listed, narrow) {
        Err(problems) => said(&mut out, "", &problems),
        Ok(members) => members.iter().for_each(|member| line(&mut out, member)),
    }
    out.replace(&*root.to_string_lossy(), "[ROOT]")
}

fn line(out: &mut String, member: &Member) {
    let place = match &member.place {
        Place::Local(path) => path.to_string_lossy().into_owned(),
        Place::Remote(url) => url.clone(),
    };
    let branch = member
        .default_branch
        .iter()
        .map(|branch| format!(" @{branch}"));
    let why = member.passed_over.iter().map(|why| format!(" ({why})"));
    let rest: String = branch.chain(why).collect();
    let _ = writeln!(out, "{}: {} {place}{rest}", member.group.name, member.name);
}

fn group(name: &str, rest: &str) -> String {
    format!("[[group]]\nname = \"{name}\"\n{rest}\n")
}

fn all(root: &Path, file: &str) -> String {
    found(
        root,
        &format!("version = 1\n{file}"),
        &[],
        &Narrow::default(),
    )
}

fn home() -> tempfile::TempDir {
    let home = temp();
    fs::create_dir(home.path().join("fleet")).expect("a folder");
    home
}

#[test]
fn paths_globs_and_bare_ones() {
    let home = home();
    let root = home.path();
    for name in [
        "services/app",
        "services/web",
        "services/.hidden",
        "deep/a/b/lib",
        "deep/c",
    ] {
        repository(&root.join(name));
    }
    bare(&root.join("git/core.git"));
    fs::create_dir_all(root.join("services/no-repository")).expect("a folder");
    fs::write(root.join("services/file"), "").expect("a file");
    let repositories = r#"repositories = ["../services/*", "../git/*.git", "../deep/**"]"#;
    assert_eq!(
        all(root, &group("all", repositories)),
        "all: app [ROOT]/services/app\nall: c [ROOT]/deep/c\nall: core [ROOT]/git/core.git\n\
         all: lib [ROOT]/deep/a/b/lib\nall: web [ROOT]/services/web\n"
    );
    let absolute = format!(
        "repositories = [\"{}/s*/w?b\", \"../services/.h*\"]",
        root.display()
    );
    assert_eq!(
        all(root, &group("all", &absolute)),
        "all: .hidden [ROOT]/services/.hidden\nall: web [ROOT]/services/web\n"
    );
    let exclude = "repositories = [\"../services/*\", \"../deep/c\"]\nexclude = [\"w*\", \"c\"]";
    assert_eq!(
        all(root, &group("all", exclude)),
        "all: app [ROOT]/services/app\nall: c [ROOT]/deep/c\n"
    );
}

#[test]
fn twins_are_told_apart_by_what_is_around_them() {
    let home = home();
    let root = home.path();
    for name in ["one/app", "two/app", "two/web"] {
        repository(&root.join(name));
    }
    bare(&root.join("one/app.git"));
    let repositories = r#"repositories = ["../one/*", "../two/*", "https://a.example/team/app.git",
        "https://b.example/team/app", "https://b.example:8443/team/app", "https://a.example/team/x"]"#;
    let out = all(root, &group("all", repositories));
    let last = |line: &str| line.split(' ').nth(1).map(str::to_owned);
    let names: Vec<String> = out.lines().filter_map(last).collect();
    assert_eq!(
        names,
        [
            "a.example/team/app",
            "app.git",
            "b.example/team/app",
            "b.example:8443/team/app",
            "one/app",
            "team/x",
            "two/app",
            "web",
        ]
    );
}

#[test]
fn a_repository_reached_twice_is_one_member_of_the_first_group() {
    let home = home();
    let root = home.path();
    repository(&root.join("work/app"));
    symlink(root.join("work/app"), root.join("work/link")).expect("a link");
    symlink("work", root.join("other")).expect("a link");
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.current_dir(root.join("work")).args(arguments);
        git.args(["-q"]).env("GIT_CONFIG_GLOBAL", "/dev/null");
        git.envs([
            ("GIT_AUTHOR_NAME", "a"),
            ("GIT_AUTHOR_EMAIL", "a@a.example"),
        ]);
        git.envs([
            ("GIT_COMMITTER_NAME", "a"),
            ("GIT_COMMITTER_EMAIL", "a@a.example"),
        ]);
        assert!(git.status().expect("git runs").success());
    };
    git(&["init", "real"]);
    git(&["-C", "real", "commit", "--allow-empty", "-m", "x"]);
    git(&["-C", "real", "worktree", "add", "../a-linked"]);
    let first = group(
        "first",
        r#"repositories = ["../other/app", "git@a.example:t/x.git"]"#,
    );
    let second = r#"repositories = ["../work/*", "../work/app/.git", "https://A.example/t/x"]"#;
    assert_eq!(
        all(root, &(first + &group("second", second))),
        "first: app [ROOT]/other/app\nsecond: real [ROOT]/work/real\nfirst: t/x git@a.example:t/x.git\n"
    );
    let file = format!(
        "repositories = [\"../work/app\", \"file://{}/work/app\"]",
        root.display()
    );
    assert_eq!(
        all(root, &group("all", &file)),
        "all: app [ROOT]/work/app\n"
    );
}

#[test]
fn what_cannot_be_looked_into_is_a_member_and_no_loss() {
    let home = home();
    let root = home.path();
    fs::create_dir_all(root.join("work/broken/.git")).expect("folders");
    repository(&root.join("work/shut"));
    let shut = fs::Permissions::from_mode(0o000);
    fs::set_permissions(root.join("work/shut"), shut).expect("permissions");
    let out = all(root, &group("all", r#"repositories = ["../work/*"]"#));
    let open = fs::Permissions::from_mode(0o755);
    fs::set_permissions(root.join("work/shut"), open).expect("permissions");
    assert_eq!(
        out,
        "all: broken [ROOT]/work/broken\nall: shut [ROOT]/work/shut\n"
    );
}

fn listed(name: &str) -> Listed {
    Listed {
        name: name.to_owned(),
        url: format!("https://git.example.com/{name}.git"),
        default_branch: Some("main".to_owned()),
        visibility: Some("private".to_owned()),
        ..Listed::default()
    }
}

#[test]
fn the_first_group_that_wants_a_listed_one_takes_it() {
    let home = home();
    repository(&home.path().join("local"));
    let list = [
        listed("team/app"),
        listed("team/old-archive"),
        Listed {
            archived: true,
            ..listed("team/web")
        },
        Listed {
            empty: true,
            default_branch: None,
            ..listed("team/new")
        },
        Listed {
            visibility: Some("public".to_owned()),
            ..listed("open/lib")
        },
        Listed {
            visibility: None,
            ..listed("open/unknown")
        },
        Listed {
            url: "../local".to_owned(),
            ..Listed::default()
        },
        listed("team/app"),
    ];
    let file = "version = 1\n".to_owned()
        + &group(
            "none",
            r#"repositories = ["https://git.example.com/team/web"]"#,
        )
        + &group(
            "team",
            "repositories = [\"-\"]\ninclude = [\"team/*\"]\nexclude = [\"*-archive\"]",
        )
        + &group("open", "include = [\"open/*\"]\nvisibility = [\"public\"]")
        + &group("rest", "");
    assert_eq!(
        found(home.path(), &file, &list, &Narrow::default()),
        "rest: local [ROOT]/local\n\
               open: open/lib https://git.example.com/open/lib.git @main\n\
               rest: open/unknown https://git.example.com/open/unknown.git @main\n\
               team: team/app https://git.example.com/team/app.git @main\n\
               team: team/new https://git.example.com/team/new.git (it has no commit yet)\n\
               rest: team/old-archive https://git.example.com/team/old-archive.git @main\n\
               none: team/web https://git.example.com/team/web @main (archived)\n"
    );
    let path = Listed {
        url: "../local".to_owned(),
        ..listed("team/near")
    };
    assert_eq!(
        found(home.path(), &file, &[path], &Narrow::default())
            .lines()
            .next(),
        Some("team: team/near [ROOT]/local @main")
    );
    let narrow = Narrow {
        groups: vec!["team".to_owned(), "rest".to_owned()],
        only: vec!["team/*".to_owned()],
        shard: None,
    };
    let out = found(home.path(), &file, &list, &narrow);
    let names: Vec<&str> = out
        .lines()
        .filter_map(|line| line.split(' ').nth(1))
        .collect();
    assert_eq!(names, ["team/app", "team/new", "team/old-archive"]);
}

#[test]
fn what_is_not_there_is_told_with_its_place() {
    let home = home();
    let root = home.path();
    fs::create_dir(root.join("plain")).expect("a folder");
    let mut out = String::new();
    let mut row = |what: &str, file: &str, listed: &[Listed], narrow: &Narrow| {
        let text = found(root, &format!("version = 1\n{file}"), listed, narrow);
        let _ = writeln!(out, "── {what}\n{}", text.trim_start_matches("── \n"));
    };
    let none = Narrow::default();
    let wrong = r#"repositories = ["../nowhere", "../nowhere/*", "../plain", "../pl*"]"#;
    row("paths", &group("a", wrong), &[], &none);
    let path = Listed {
        url: "../plain".to_owned(),
        ..Listed::default()
    };
    row("listed paths", &group("a", ""), &[path], &none);
    let only = group("a", "repositories = [\"https://a.example/x\"]");
    row("nobody takes them", &only, &[listed("a/b")], &none);
    let narrow = Narrow {
        groups: vec!["bakend".to_owned(), "zzz".to_owned()],
        only: vec!["a[".to_owned()],
        shard: None,
    };
    row(
        "narrow",
        &(group("backend", "") + &group("web", "")),
        &[],
        &narrow,
    );
    tree::snapshot("fleet_sources", "members", &out);
}

#[test]
fn ten_thousand_are_found_in_a_moment() {
    let home = home();
    for at in 0..10_000 {
        repository(&home.path().join(format!("many/r{at}")));
    }
    let file = "version = 1\n".to_owned() + &group("all", r#"repositories = ["../many/*"]"#);
    let begun = Instant::now();
    let out = found(home.path(), &file, &[], &Narrow::default());
    let took = begun.elapsed();
    assert_eq!(out.lines().count(), 10_000);
    assert!(took < Duration::from_secs(3), "{took:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn shards_are_the_fleet(names in prop::collection::btree_set("[a-z]{1,3}/[a-z]{1,4}", 0..30), of in 1_usize..6) {
        let list: Vec<Listed> = names.iter().map(|name| listed(name)).collect();
        let (fleet, _) = fleet::read("f", Path::new("/"), "version = 1\n[[group]]\nname = \"a\"\n");
        let members = |shard: Option<Shard>| {
            let narrow = Narrow { shard, ..Narrow::default() };
            let members = fleet::members(&fleet, Path::new("/"), &list, &narrow).expect("members");
            members.into_iter().map(|member| member.name).collect::<Vec<_>>()
        };
        let shard = |index: usize| Shard::parse(&format!("{index}/{of}")).ok();
        let mut parts: Vec<String> = (1..=of).flat_map(|index| members(shard(index))).collect();
        parts.sort();
        prop_assert_eq!(&parts, &members(None));
        prop_assert_eq!(parts, names.into_iter().collect::<Vec<_>>());
    }
}
