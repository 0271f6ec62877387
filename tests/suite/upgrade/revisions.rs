//! Which templates an upgrade moves to, who may be asked, and what refuses to move by itself.
#![expect(clippy::disallowed_methods, reason = "a test edits what stands there")]

use std::fs;
use std::path::{Path, PathBuf};

use super::pack::{self, Ground};
use crate::repo::Repo;
use crate::tree::{self, Run, tool_with};

const FILE: &str = "a.md";

/// A user with repositories, and a pack in a git repository: tags `v1` and `v2`, a third version on
/// the branch `next`.
struct User {
    ground: Ground,
    pack: Repo,
}

impl User {
    fn new() -> Self {
        let repo = Repo::new();
        for (version, branch) in [("1", "main"), ("2", "main"), ("3", "next")] {
            if branch != "main" {
                repo.git(&["checkout", "-q", "-b", branch]);
            }
            write(&repo.root, version);
            repo.commit_as("Ada", "ada@one.example", 1);
            repo.git(&["tag", &format!("v{version}")]);
        }
        repo.git(&["tag", "-d", "v3"]);
        let ground = Ground::empty();
        Self { ground, pack: repo }
    }

    fn address(&self, query: &str) -> String {
        format!("git+file://{}{query}", self.pack.root.display())
    }

    fn run(&self, arguments: &[&str]) -> Run {
        self.run_in(&self.ground.root, arguments)
    }

    fn run_in(&self, folder: &Path, arguments: &[&str]) -> Run {
        let cache = self.ground.root.with_file_name("cache");
        tool_with(folder, arguments, |command| {
            command.env("XDG_CACHE_HOME", cache);
        })
    }

    fn init(&self, more: &[&str]) -> Run {
        let pack = format!("pack={}", self.address("?tag=v1"));
        let init = ["init", "--profile", "solo", "--set", &pack];
        self.run(&[&init[..], more].concat())
    }

    fn page(&self) -> String {
        self.ground.text(FILE).unwrap_or_default()
    }
}

/// Writes the pack beside what git keeps of it.
fn write(root: &Path, version: &str) {
    let beside = root.with_file_name("written");
    pack::write(&beside, version, &[(FILE, &format!("{version}\n"))], "");
    for (path, node) in tree::tree(&beside) {
        if let tree::Node::File(mode, bytes) = node {
            tree::put(&root.join(path), &bytes, mode);
        }
    }
}

#[test]
fn a_revision_is_named_in_every_way() {
    let user = User::new();
    user.init(&["--yes"]).ends(0);
    assert_eq!(user.page(), "1\n");
    let manifest = user.ground.root.join("claude-scaffold.toml");
    let line = |user: &User| {
        let text = user
            .ground
            .text("claude-scaffold.toml")
            .expect("a manifest");
        let line = text.lines().find(|line| line.starts_with("pack"));
        line.map(str::to_owned)
    };
    let text = fs::read_to_string(&manifest).expect("a manifest") + "# mine\n";
    tree::put(&manifest, text.as_bytes(), 0o644);
    let branch = user.address("?branch=next");
    let folder = format!("path:{}", user.pack.root.display());
    let commit = tree::git(&user.pack.root, &["rev-parse", "v1"]).out;
    for (to, page, pack) in [
        ("v2", "2\n", Some(user.address("?tag=v2"))),
        ("v1", "1\n", Some(user.address("?tag=v1"))),
        (branch.as_str(), "3\n", Some(branch.clone())),
        ("main", "2\n", Some(user.address("?branch=main"))),
        (
            commit.trim(),
            "1\n",
            Some(user.address(&format!("?rev={}", commit.trim()))),
        ),
        (folder.as_str(), "3\n", Some(folder.clone())),
        ("embedded", "", None),
        (branch.as_str(), "3\n", Some(branch.clone())),
    ] {
        let before = tree::tree(&user.ground.root);
        let dry = user.run(&["upgrade", "--to", to, "-n"]).ends(0);
        tree::same(&format!("{to} -n"), &before, &tree::tree(&user.ground.root));
        let run = user.run(&["upgrade", "--to", to]).ends(0);
        assert_eq!(dry.out, run.out, "{to}");
        assert_eq!(user.page(), page, "{to}");
        let expected = pack.map(|pack| format!("pack = \"{pack}\""));
        assert_eq!(line(&user), expected, "{to}");
        let nothing = user.run(&["upgrade"]).ends(0);
        assert!(nothing.err.contains("nothing to do"), "{}", nothing.err);
    }
    assert!(
        user.ground
            .text("claude-scaffold.toml")
            .expect("a text")
            .contains("# mine")
    );
    for nonsense in [
        "no-such-tag",
        "https://example.com/x",
        "a b",
        "../x",
        "-x",
        "",
    ] {
        let before = tree::tree(&user.ground.root);
        let run = user.run(&["upgrade", &format!("--to={nonsense}")]).ends(2);
        assert!(run.err.contains("help: "), "{nonsense}: {}", run.err);
        tree::same(nonsense, &before, &tree::tree(&user.ground.root));
    }
    user.run(&["upgrade", "--to", "embedded"]).ends(0);
    let run = user.run(&["upgrade", "--to", "v1"]).ends(2);
    assert!(run.err.contains("no pack here"), "{}", run.err);
}

#[test]
fn nobody_moves_unless_they_say_so() {
    let ground = Ground::new(&[(FILE, "1\n")]);
    ground.idle(&["apply", "--locked"], 0);
    ground.idle(&["upgrade", "--locked"], 0);
    ground.moves("2", &[(FILE, "2\n")], "");
    for command in [
        &["apply"][..],
        &["set", "models.fast=x"],
        &["plan"],
        &["init", "--profile", "solo"],
    ] {
        let run = ground.idle(command, 2);
        assert!(
            run.err.contains("claude-scaffold upgrade"),
            "{command:?}: {}",
            run.err
        );
    }
    let run = ground.idle(&["upgrade", "--locked"], 2);
    assert!(run.err.contains("--locked"), "{}", run.err);
    ground.idle(&["check"], 0);
    ground.moves("1.0.0", &[(FILE, "1\n")], "");
    ground.idle(&["apply"], 0);
    ground.moves("2", &[(FILE, "2\n")], "");
    ground.run(&["upgrade"]).ends(0);
    ground.moves("1.0.0", &[(FILE, "1\n")], "");
    ground.idle(&["apply"], 2);
    ground.idle(&["check"], 0);
    ground.holds(&[(FILE, Some("2\n"))]);
}

#[test]
fn another_pack_is_a_move() {
    let ground = Ground::new(&[(FILE, "1\n")]);
    pack::write(
        &ground.root.with_file_name("other"),
        "1",
        &[(FILE, "other\n")],
        "",
    );
    let run = ground.idle(&["set", "pack=path:../other"], 2);
    assert!(
        run.err.contains("upgrade --to 'path:../other'"),
        "{}",
        run.err
    );
    let manifest = ground.text("claude-scaffold.toml").expect("a manifest");
    let edited = manifest.replace("path:../pack", "path:../other");
    ground.edit(&[("claude-scaffold.toml", &edited)]);
    let run = ground.idle(&["apply"], 2);
    assert!(
        run.err.contains("upgrade --to 'path:../other'"),
        "{}",
        run.err
    );
    ground.run(&["upgrade"]).ends(0);
    ground.holds(&[(FILE, Some("other\n"))]);
    ground.idle(&["apply"], 0);
}

#[test]
fn two_programs_with_other_templates_do_not_fight() {
    let home = tree::temp();
    let root = home.path().join("app");
    fs::create_dir(&root).expect("a folder");
    tree::git_init(&root);
    tree::tool(&root, &["init", "--profile", "team"]).ends(0);
    let path = root.join("claude-scaffold.lock");
    let own = fs::read_to_string(&path).expect("a lockfile");
    let needs = own
        .lines()
        .find(|line| line.starts_with("needs"))
        .expect("a line");
    let docs = own
        .lines()
        .find(|line| line.starts_with("docs = "))
        .expect("a line");
    let theirs = own.replace(docs, "docs = \"0123456789ab\"");
    for (templates, wanted) in [
        (
            "templates = \"999\"",
            "cargo install claude-scaffold --locked --version '>=9.9.9'",
        ),
        ("templates = \"0\"", "claude-scaffold upgrade"),
    ] {
        let ours = theirs.lines().find(|line| line.starts_with("templates"));
        let text = theirs.replace(ours.expect("a line"), templates);
        let text = text.replace(needs, "needs = \"9.9.9\"");
        assert_ne!(text, theirs);
        tree::put(&path, text.as_bytes(), 0o644);
        let before = (tree::tree(&root), tree::stamps(&root));
        tree::tool(&root, &["check"]).ends(0);
        for command in [&["apply"][..], &["set", "models.fast=x"], &["plan"]] {
            let run = tree::tool(&root, command).ends(2);
            assert!(run.err.contains(wanted), "{command:?}: {}", run.err);
        }
        tree::same("two programs", &before.0, &tree::tree(&root));
        assert_eq!(before.1, tree::stamps(&root));
        let page = root.join("docs/claude-gateway.md");
        let text = fs::read_to_string(&page).expect("a page");
        tree::put(&page, b"mine\n", 0o644);
        let run = tree::tool(&root, &["check"]).ends(0);
        assert!(run.out.contains("changed by you"), "{}{}", run.out, run.err);
        tree::put(&page, text.as_bytes(), 0o644);
    }
    tree::tool(&root, &["upgrade"]).ends(0);
    assert_eq!(fs::read_to_string(&path).expect("a lockfile"), own);
}

#[test]
fn a_pack_from_elsewhere_is_agreed_to_once() {
    let user = User::new();
    let before = tree::tree(&user.ground.root);
    let run = user.init(&[]).ends(2);
    assert!(run.err.contains("nobody has agreed"), "{}", run.err);
    assert!(run.err.contains("--yes"), "{}", run.err);
    tree::same("not agreed", &before, &tree::tree(&user.ground.root));
    user.init(&["--no-input"]).ends(2);
    user.init(&["-n"]).ends(0);
    tree::same("a dry run", &before, &tree::tree(&user.ground.root));
    user.init(&["--yes"]).ends(0);
    let second = folder(&user, "second");
    let pack = format!("pack={}", user.address("?tag=v2"));
    let init = ["init", "--profile", "solo", "--set", &pack];
    user.run_in(&second, &init).ends(0);

    let other = User::new();
    let third = folder(&user, "third");
    let pack = format!("pack={}", other.address("?tag=v1"));
    user.run_in(&third, &["init", "--profile", "solo", "--set", &pack])
        .ends(2);
    user.run_in(&second, &["upgrade", "--to", &other.address("?tag=v1")])
        .ends(2);
    user.run(&["upgrade", "--to", "v2"]).ends(0);
    assert_eq!(user.page(), "2\n");
}

fn folder(user: &User, name: &str) -> PathBuf {
    let folder = user.ground.root.with_file_name(name);
    fs::create_dir(&folder).expect("a folder");
    tree::git_init(&folder);
    folder
}

#[test]
#[cfg(target_os = "linux")]
fn on_a_terminal_the_plan_is_shown_and_the_user_asked() {
    let user = User::new();
    for (answer, code, page) in [("n\n", 2, ""), ("y\n", 0, "1\n")] {
        let asked = user.ground.root.with_file_name("answer");
        tree::put(&asked, answer.as_bytes(), 0o644);
        let init = format!(
            "{} init --profile solo --set gateway.url=https://gw.internal.net --set pack='{}'",
            env!("CARGO_BIN_EXE_claude-scaffold"),
            user.address("?tag=v1")
        );
        let mut command = tree::clean("script", &user.ground.root);
        command
            .env("XDG_CACHE_HOME", user.ground.root.with_file_name("cache"))
            .env("TERM", "xterm")
            .args(["-qec", &init, "/dev/null"])
            .stdin(std::process::Stdio::from(
                fs::File::open(asked).expect("a file"),
            ));
        let run = tree::finish(command);
        if run.code == 127 {
            return tree::skipped("no `script` to make a terminal");
        }
        let run = run.ends(code);
        assert!(run.out.contains("May `git+file://"), "{}", run.out);
        assert!(run.out.contains("+1"), "{}", run.out);
        assert_eq!(user.page(), page);
    }
}

#[test]
fn a_folder_is_named_as_one() {
    let ground = Ground::new(&[(FILE, "1\n")]);
    let run = ground.idle(&["upgrade", "--to", "../my pack"], 2);
    assert!(run.err.contains("--to 'path:../my pack'"), "{}", run.err);
}
