//! Trees that no honest git would write.

use claude_scaffold::pack::{Network, Want};
use git2::{ObjectType, Oid, Repository, Signature};

use super::{Unit, address, meta};
use crate::repo::Repo;

/// A tree from raw entries: mode, name, object.
fn tree(repository: &Repository, entries: &[(&str, &[u8], Oid)]) -> Oid {
    let mut data = Vec::new();
    for (mode, name, id) in entries {
        data.extend_from_slice(mode.as_bytes());
        data.push(b' ');
        data.extend_from_slice(name);
        data.push(0);
        data.extend_from_slice(id.as_bytes());
    }
    let objects = repository.odb().expect("objects");
    objects.write(ObjectType::Tree, &data).expect("a tree")
}

/// A commit on `main` whose tree holds `pack.toml` and the entries under `features/`.
pub fn commit(repo: &Repo, entries: &[(&str, &[u8], Oid)]) {
    let repository = Repository::open(&repo.root).expect("a repository");
    let features = tree(&repository, entries);
    let pack = repository
        .blob(meta("x", "1.0.0").as_bytes())
        .expect("a blob");
    let top = tree(
        &repository,
        &[
            ("40000", b"features", features),
            ("100644", b"pack.toml", pack),
        ],
    );
    let who = Signature::new("Ada", "ada@one.example", &git2::Time::new(0, 0)).expect("a name");
    let top = repository.find_tree(top).expect("a tree");
    let parents = [];
    let made = repository.commit(None, &who, &who, "hostile", &top, &parents);
    repository
        .reference("refs/heads/main", made.expect("a commit"), true, "test")
        .expect("a branch");
}

fn blob() -> Oid {
    Oid::hash_object(ObjectType::Blob, b"x\n").expect("a hash")
}

#[test]
fn names_that_leave_the_pack_are_refused_by_name() {
    let git = "points into git's own folder";
    let portable = "contains a name that is not portable";
    for (name, why) in [
        ("..", "contains `.` or `..`"),
        (".", "contains `.` or `..`"),
        ("/abs", "the name has a `/` in it"),
        ("a/b", "the name has a `/` in it"),
        (".git", git),
        (".GIT", git),
        ("GIT~1", git),
        (".g\u{200c}it", git),
        (".git.", git),
        (".git ", git),
        (".git::$INDEX_ALLOCATION", git),
        ("con.txt", portable),
        ("a.", portable),
        ("a ", portable),
        ("a\\..\\b", portable),
        ("a:b", portable),
        ("a\nb", portable),
    ] {
        let repo = Repo::new();
        let repository = Repository::open(&repo.root).expect("a repository");
        let id = repository.blob(b"x\n").expect("a blob");
        commit(&repo, &[("100644", name.as_bytes(), id)]);
        let asked = Unit::new().ask(&address(&repo), Want::Newest, Network::Online);
        let problem = asked.expect_err(name);
        assert!(problem.contains(why), "{name:?}: {problem}");
        let shown = format!("`features/{}`", name.escape_debug());
        assert!(problem.contains(&shown), "{name:?}: {problem}");
    }
}

#[test]
fn links_and_submodules_are_refused_by_name() {
    let repo = Repo::new();
    let repository = Repository::open(&repo.root).expect("a repository");
    let target = repository.blob(b"/etc/passwd").expect("a blob");
    commit(
        &repo,
        &[
            ("120000", b"link", target),
            ("160000", b"submodule", blob()),
        ],
    );
    let asked = Unit::new().ask(&address(&repo), Want::Newest, Network::Online);
    let problem = asked
        .expect_err("a refusal")
        .replace(&address(&repo), "[PACK]");
    assert_eq!(
        problem,
        "the pack `[PACK]` is refused: `features/link`: a link; packs hold files alone\n\
         the pack `[PACK]` is refused: `features/submodule`: a submodule; packs hold files alone"
    );
}

#[test]
fn a_tree_that_holds_itself_many_times_is_refused() {
    let repo = Repo::new();
    let repository = Repository::open(&repo.root).expect("a repository");
    let mut inner = tree(&repository, &[]);
    for _ in 0..4 {
        let names: Vec<String> = (0..100).map(|index| format!("{index:03}")).collect();
        let entries: Vec<(&str, &[u8], Oid)> = names
            .iter()
            .map(|name| ("40000", name.as_bytes(), inner))
            .collect();
        inner = tree(&repository, &entries);
    }
    commit(&repo, &[("40000", b"bomb", inner)]);
    let asked = Unit::new().ask(&address(&repo), Want::Newest, Network::Online);
    let problem = asked.expect_err("a refusal");
    assert!(
        problem.contains("more than 1000 files and folders"),
        "{problem}"
    );
}

#[test]
fn names_that_are_one_on_other_systems_are_refused() {
    let repo = Repo::new();
    let repository = Repository::open(&repo.root).expect("a repository");
    let id = repository.blob(b"x\n").expect("a blob");
    commit(
        &repo,
        &[
            ("100644", b"A", id),
            ("100644", b"a", id),
            ("100644", b"\xff", id),
        ],
    );
    let asked = Unit::new().ask(&address(&repo), Want::Newest, Network::Online);
    let problem = asked.expect_err("a refusal");
    assert!(problem.contains("`features/a`: differs from `features/A` by case alone"));
    assert!(problem.contains("the name is not UTF-8"));
}
