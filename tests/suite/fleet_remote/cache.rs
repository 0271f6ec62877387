//! The cache of remote members, over a transport on this machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use claude_scaffold::fleet::remote::{RemoteError, Remotes};
use claude_scaffold::pack::{Network, Prompt};
use git2::{Oid, Repository};

use super::{Served, World};

pub fn remotes(cache: &Path, network: Network) -> Remotes<'_> {
    let mut remotes = Remotes::new(cache, network, Prompt::Never);
    remotes.time = Duration::from_secs(20);
    remotes.tries = 2;
    remotes
}

fn url(served: &Served<'_>) -> String {
    format!("file://{}", served.bare.display())
}

fn refresh(world: &World, served: &Served<'_>) -> PathBuf {
    let cache = world.path("cache");
    let remotes = remotes(&cache, Network::Online);
    remotes
        .refresh(&url(served), None, "fleet")
        .expect("a repository")
}

/// Where HEAD and the fleet's branch are, and which descends from the other.
fn seen(repository: &Path) -> (String, String, &'static str) {
    let repository = Repository::open_bare(repository).expect("a repository");
    let id = |name: &str| repository.refname_to_id(name).ok();
    let (head, branch) = (id("HEAD"), id("refs/heads/fleet"));
    let descends = |one, other| {
        repository
            .graph_descendant_of(one, other)
            .expect("an answer")
    };
    let how = match (head, branch) {
        (Some(head), Some(branch)) if head == branch => "same",
        (Some(head), Some(branch)) if descends(branch, head) => "ahead",
        (Some(head), Some(branch)) if descends(head, branch) => "behind",
        (Some(_), Some(_)) => "diverged",
        _ => "alone",
    };
    let text = |id: Option<Oid>| id.map(|id| id.to_string()).unwrap_or_default();
    (text(head), text(branch), how)
}

fn files(repository: &Path) -> Vec<Oid> {
    let repository = Repository::open_bare(repository).expect("a repository");
    let tree = repository
        .head()
        .and_then(|head| head.peel_to_tree())
        .expect("a tree");
    let mut ids = Vec::new();
    tree.walk(git2::TreeWalkMode::PreOrder, |_, entry| {
        if entry.kind() == Some(git2::ObjectType::Blob) {
            ids.push(entry.id());
        }
        git2::TreeWalkResult::Ok
    })
    .expect("all trees");
    ids
}

fn missing(repository: &Path, ids: &[Oid]) -> usize {
    let repository = Repository::open_bare(repository).expect("a repository");
    let objects = repository.odb().expect("objects");
    ids.iter().filter(|id| !objects.exists(**id)).count()
}

fn check(world: &World, served: &Served<'_>, how: &str) -> PathBuf {
    let repository = refresh(world, served);
    let (head, branch, found) = seen(&repository);
    assert_eq!((head, branch), (served.tip("main"), served.tip("fleet")));
    assert_eq!(found, how);
    assert!(!files(&repository).is_empty());
    served.at(&repository, &["fsck", "--no-dangling", "--strict"]);
    repository
}

#[test]
fn the_cache_follows_the_remote() {
    let world = World::new();
    let served = world.served("app");
    let repository = check(&world, &served, "alone");
    assert_eq!(missing(&repository, &files(&repository)), 3);
    let packs = || {
        fs::read_dir(repository.join("objects/pack"))
            .expect("packs")
            .count()
    };
    let before = packs();
    check(&world, &served, "alone");
    assert_eq!(packs(), before, "nothing has moved");

    served.git(&["push", "-q", "origin", "main:fleet"]);
    check(&world, &served, "same");
    served.git(&["checkout", "-q", "-b", "fleet"]);
    served.commit("fleet.txt");
    served.git(&["push", "-q", "origin", "fleet"]);
    check(&world, &served, "ahead");
    let before = packs();
    check(&world, &served, "ahead");
    assert_eq!(packs(), before, "nothing has moved");

    served.git(&["checkout", "-q", "main"]);
    for number in 0..40 {
        served.commit(&format!("main-{number}.txt"));
    }
    served.git(&["push", "-q", "origin", "main"]);
    check(&world, &served, "diverged");
    served.git(&["merge", "-q", "-m", "merged", "fleet"]);
    served.git(&["push", "-q", "origin", "main"]);
    check(&world, &served, "behind");
    for number in 0..40 {
        served.commit(&format!("more-{number}.txt"));
    }
    served.git(&["push", "-q", "origin", "main"]);
    check(&world, &served, "behind");

    // Back to a commit that the cache has without its trees.
    served.git(&["push", "-q", "-f", "origin", "HEAD~20:main"]);
    check(&world, &served, "behind");
    served.git(&["push", "-q", "origin", ":fleet"]);
    check(&world, &served, "alone");
    served.git(&["push", "-q", "origin", "HEAD:trunk"]);
    served.at(&served.bare, &["symbolic-ref", "HEAD", "refs/heads/trunk"]);
    served.at(&served.bare, &["branch", "-q", "-D", "main"]);
    let repository = refresh(&world, &served);
    let names = served.at(&repository, &["for-each-ref", "--format=%(refname)"]);
    assert_eq!(names, "refs/heads/trunk");
    assert_eq!(
        served.at(&repository, &["symbolic-ref", "HEAD"]),
        "refs/heads/trunk"
    );
}

#[test]
fn clocks_may_be_wrong_by_hours() {
    let world = World::new();
    let served = world.served("app");
    served.git(&["checkout", "-q", "-b", "fleet"]);
    world.clock.set(world.clock.get() - 10 * 3600);
    for number in 0..5 {
        served.commit(&format!("fleet-{number}.txt"));
    }
    served.git(&["push", "-q", "origin", "fleet"]);
    check(&world, &served, "ahead");
}

#[test]
fn files_come_when_they_are_asked_for() {
    for filter in ["true", "false"] {
        let world = World::new();
        let served = world.served("app");
        served.at(&served.bare, &["config", "uploadpack.allowFilter", filter]);
        let cache = world.path("cache");
        let remotes = remotes(&cache, Network::Online);
        let repository = remotes
            .refresh(&url(&served), None, "fleet")
            .expect("a repository");
        let files = files(&repository);
        let all = if filter == "true" { files.len() } else { 0 };
        assert_eq!(missing(&repository, &files), all, "filter: {filter}");
        remotes.complete(&repository, &files).expect("files");
        assert_eq!(missing(&repository, &files), 0);
    }
}

#[test]
fn files_come_along_with_the_first_that_is_asked_for() {
    let world = World::new();
    let served = world.served("app");
    served.commit("top.txt");
    served.commit("other.txt");
    served.git(&["push", "-q", "origin", "main"]);
    let cache = world.path("cache");
    let mut remotes = remotes(&cache, Network::Online);
    remotes.along = ["top.txt", "folder/", "none.txt", "none/", "top.txt/x"]
        .map(str::to_owned)
        .to_vec();
    let repository = remotes
        .refresh(&url(&served), None, "fleet")
        .expect("a repository");
    let files = files(&repository);
    assert_eq!(missing(&repository, &files), 5);
    remotes.complete(&repository, &files[..1]).expect("files");
    assert_eq!(missing(&repository, &files), 1);
}

#[test]
fn a_named_branch_counts_in_place_of_head() {
    let world = World::new();
    let served = world.served("app");
    let next = served.commit("next.txt");
    served.git(&["push", "-q", "origin", "HEAD:next"]);
    let cache = world.path("cache");
    let remotes = remotes(&cache, Network::Online);
    let repository = remotes
        .refresh(&url(&served), Some("next"), "fleet")
        .expect("a repository");
    assert_eq!(seen(&repository).0, next);
    let error = remotes
        .refresh(&url(&served), Some("gone"), "fleet")
        .expect_err("a failure");
    assert!(matches!(error, RemoteError::NoBranch(_)), "{error}");
    assert_eq!(seen(&repository).0, next);
}

#[test]
fn an_empty_repository_and_a_head_on_no_branch_are_what_they_are() {
    let world = World::new();
    let served = world.served("app");
    served.at(
        &served.bare,
        &["update-ref", "--no-deref", "HEAD", &served.tip("main")],
    );
    let repository = refresh(&world, &served);
    assert_eq!(seen(&repository).0, served.tip("main"));
    assert!(
        Repository::open_bare(&repository)
            .expect("a repository")
            .head_detached()
            .expect("an answer")
    );

    let empty = world.served("empty");
    empty.at(&empty.bare, &["branch", "-q", "-D", "main"]);
    let repository = refresh(&world, &empty);
    assert_eq!(seen(&repository), (String::new(), String::new(), "alone"));
    assert_eq!(refresh(&world, &empty), repository);
    empty.git(&["push", "-q", "origin", "main"]);
    check(&world, &empty, "alone");
}

#[test]
fn offline_the_cache_is_as_it_is() {
    let world = World::new();
    let served = world.served("app");
    let cache = world.path("cache");
    let offline = remotes(&cache, Network::Offline);
    let ask = || offline.refresh(&url(&served), None, "fleet");
    assert!(matches!(ask(), Err(RemoteError::NotCached)));
    assert!(!cache.exists());
    let repository = refresh(&world, &served);
    served.commit("more.txt");
    served.git(&["push", "-q", "origin", "main"]);
    let before = seen(&repository);
    assert_eq!(ask().expect("a repository"), repository);
    assert_eq!(seen(&repository), before);
    let error = offline.complete(&repository, &files(&repository));
    assert!(matches!(error, Err(RemoteError::NotCached)));
}

#[test]
fn what_is_damaged_or_left_behind_is_mended() {
    let world = World::new();
    let served = world.served("app");
    let repository = check(&world, &served, "alone");
    for left in [
        "config.lock",
        "HEAD.lock",
        "shallow.lock",
        "packed-refs.lock",
        "refs/heads/main.lock",
    ] {
        fs::write(repository.join(left), "").expect("a lock");
    }
    fs::write(repository.join("objects/pack/tmp_pack_x"), "half").expect("a file");
    fs::write(
        repository.join("config"),
        "[core]\n\tsshCommand = touch /never\n",
    )
    .expect("a file");
    let aside = repository.with_extension("new");
    fs::create_dir_all(aside.join("objects")).expect("half a clone");
    served.commit("more.txt");
    served.git(&["push", "-q", "origin", "main"]);
    check(&world, &served, "alone");
    assert!(!repository.join("objects/pack/tmp_pack_x").exists());

    for entry in fs::read_dir(repository.join("objects/pack")).expect("packs") {
        let path = entry.expect("a pack").path();
        fs::remove_file(path).expect("a pack");
    }
    check(&world, &served, "alone");
    assert!(!aside.exists());
    fs::remove_file(repository.join("HEAD")).expect("a file");
    check(&world, &served, "alone");
}

#[test]
fn what_the_cache_makes_is_pushed_without_the_files_it_lacks() {
    let world = World::new();
    let served = world.served("app");
    let path = check(&world, &served, "alone");
    let repository = Repository::open_bare(&path).expect("a repository");
    let base = repository
        .head()
        .and_then(|head| head.peel_to_commit())
        .expect("a commit");
    let mut builder = repository
        .treebuilder(base.tree().ok().as_ref())
        .expect("a tree");
    let blob = repository.blob(b"made here\n").expect("a blob");
    builder
        .insert("made.txt", blob, 0o100_644)
        .expect("an entry");
    let tree = repository
        .find_tree(builder.write().expect("a tree"))
        .expect("a tree");
    let who = git2::Signature::now("Ada", "a@b.example").expect("a name");
    let made = repository.commit(
        Some("refs/heads/fleet"),
        &who,
        &who,
        "made",
        &tree,
        &[&base],
    );
    let made = made.expect("a commit").to_string();
    // Somebody is faster: the base is no tip there any more.
    served.commit("faster.txt");
    served.git(&["push", "-q", "origin", "main"]);
    let done = claude_scaffold::fleet::remote::push(&claude_scaffold::fleet::remote::Push {
        repository: &path,
        remote: "origin",
        refspecs: &[format!("{made}:refs/heads/fleet")],
        options: &[],
        lease: None,
        prompt: Prompt::Never,
        time: Duration::from_secs(20),
    });
    assert!(!done.expect("a push").up_to_date);
    assert_eq!(served.tip("fleet"), made);
    check(&world, &served, "diverged");
}
