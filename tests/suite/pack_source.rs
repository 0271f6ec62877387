//! Packs from folders and git repositories: found, pinned, verified, cached, chained and refused.
#![expect(
    clippy::disallowed_methods,
    reason = "a test makes and spoils its packs"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use claude_scaffold::pack::{Ground, Network, Pack, Pin, Prompt, Source, Want, resolve};
use tempfile::TempDir;

use crate::repo::Repo;

pub mod hostile;

const FEATURE: &str = "[[output]]\npath = \"a.env\"\ntemplate = \"a.tera\"\nformat = \"env\"\n";

type Spoil = fn(&mut Vec<u8>);

/// A unit that names packs, and the cache of its user.
struct Unit {
    home: TempDir,
    pins: BTreeMap<String, Pin>,
}

impl Unit {
    fn new() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        fs::create_dir(home.path().join("unit")).expect("a folder");
        let pins = BTreeMap::new();
        Self { home, pins }
    }

    fn cache(&self) -> PathBuf {
        self.home.path().join("cache/packs")
    }

    fn ask(&self, source: &str, want: Want, network: Network) -> Result<Vec<Pack>, String> {
        let ground = Ground {
            root: &self.home.path().join("unit"),
            cache: &self.cache(),
            pins: &self.pins,
            want,
            network,
            prompt: Prompt::Never,
        };
        let source = Source::parse(source).map_err(|error| error.what)?;
        resolve(&source, &ground).map_err(|problems| {
            let lines = problems.iter().map(|d| {
                let path = d.path.as_ref().map(|path| format!("{path}: "));
                format!("{}{}", path.unwrap_or_default(), d.message)
            });
            let text = lines.collect::<Vec<_>>().join("\n");
            text.replace(&self.home.path().display().to_string(), "[HOME]")
        })
    }

    fn newest(&self, source: &str) -> Vec<Pack> {
        let packs = self.ask(source, Want::Newest, Network::Online);
        packs.unwrap_or_else(|problems| panic!("{source}: {problems}"))
    }

    fn pin(&mut self, packs: &[Pack]) {
        for pack in packs {
            self.pins.insert(pack.source.address(), pack.pin.clone());
        }
    }

    /// Every file of the cache with the ending.
    fn cached(&self, ending: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut rest = vec![self.cache()];
        while let Some(folder) = rest.pop() {
            for entry in fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    rest.push(path);
                } else if path.to_string_lossy().ends_with(ending) {
                    found.push(path);
                }
            }
        }
        found
    }
}

fn meta(name: &str, version: &str) -> String {
    format!("name = \"{name}\"\nversion = \"{version}\"\n")
}

/// A repository with a pack at its top and one in `packs/sub`, tagged `v1`.
fn repository() -> Repo {
    let repo = Repo::new();
    repo.file("pack.toml", &meta("top", "1.0.0"))
        .file("features/f/feature.toml", FEATURE)
        .file("features/f/a.tera", "A={{ pack.a | env }}\n")
        .file("README.md", "read me\n")
        .file("packs/sub/pack.toml", &meta("sub", "1.0.0"))
        .file("packs/sub/start.toml", "\"gateway.timeout_ms\" = 1\n")
        .commit_as("Ada", "ada@one.example", 3);
    repo.git(&["tag", "v1"]);
    repo.git(&["tag", "-a", "-m", "annotated", "v1-annotated"]);
    repo
}

fn move_on(repo: &Repo) {
    repo.file("pack.toml", &meta("top", "1.1.0"))
        .file("packs/sub/pack.toml", &meta("sub", "1.1.0"))
        .commit_as("Ada", "ada@one.example", 2);
}

fn address(repo: &Repo) -> String {
    let root = repo.root.display().to_string().replace('\\', "/");
    format!("git+file:///{}", root.trim_start_matches('/'))
}

fn head(repo: &Repo) -> String {
    let opened = git2::Repository::open(&repo.root).expect("a repository");
    let head = opened.head().expect("a head");
    head.target().expect("a commit").to_string()
}

fn version(packs: &[Pack]) -> String {
    packs[0].meta.version.to_string()
}

#[test]
fn a_pack_is_found_by_tag_branch_revision_and_default() {
    let repo = repository();
    let first = head(&repo);
    move_on(&repo);
    let second = head(&repo);
    let unit = Unit::new();
    let address = address(&repo);
    for (query, expected, commit) in [
        ("?tag=v1", "1.0.0", &first),
        ("?tag=v1-annotated", "1.0.0", &first),
        ("?branch=main", "1.1.0", &second),
        ("", "1.1.0", &second),
        (&format!("?rev={first}"), "1.0.0", &first),
        ("?branch=main&path=packs/sub", "1.1.0", &second),
        (&format!("?rev={first}&path=packs/sub"), "1.0.0", &first),
    ] {
        let packs = unit.newest(&format!("{address}{query}"));
        assert_eq!(version(&packs), expected, "{query}");
        assert_eq!(packs[0].pin.commit.as_ref(), Some(commit), "{query}");
        let files: Vec<&str> = packs[0].files.keys().map(String::as_str).collect();
        if query.contains("path=") {
            assert_eq!(files, ["pack.toml", "start.toml"]);
        } else {
            let expected = ["features/f/a.tera", "features/f/feature.toml", "pack.toml"];
            assert_eq!(files, expected);
        }
    }
    for (query, expected) in [
        ("?tag=v9", "the repository has no tag `v9`"),
        ("?branch=b/c", "the repository has no branch `b/c`"),
        (
            "?path=nowhere",
            "`nowhere`: the repository has no such folder",
        ),
    ] {
        let asked = unit.ask(&format!("{address}{query}"), Want::Newest, Network::Online);
        let problem = asked.expect_err(query);
        assert!(problem.ends_with(expected), "{problem}");
    }
}

#[test]
fn a_folder_of_a_repository_is_fetched_alone_where_the_server_can() {
    let repo = repository();
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    let mut unit = Unit::new();
    let source = format!("{}?tag=v1&path=packs/sub", address(&repo));
    let packs = unit.newest(&source);
    assert_eq!(packs[0].files.len(), 2);
    let objects = git2::Odb::new().expect("objects");
    let folder = unit.cached("config")[0].with_file_name("objects");
    objects
        .add_disk_alternate(&folder.to_string_lossy())
        .expect("objects");
    let opened = git2::Repository::open(&repo.root).expect("a repository");
    let tree = opened
        .head()
        .expect("a head")
        .peel_to_tree()
        .expect("a tree");
    let id = |path: &str| tree.get_path(Path::new(path)).expect(path).id();
    assert!(objects.exists(id("packs/sub/start.toml")));
    assert!(!objects.exists(id("README.md")));
    unit.pin(&packs);
    fs::remove_dir_all(&repo.root).expect("a folder");
    let again = unit.ask(&source, Want::Pinned, Network::Offline);
    assert_eq!(again.expect("a pack"), packs);
}

#[test]
fn a_moved_tag_changes_nothing_until_asked_for() {
    let repo = repository();
    let mut unit = Unit::new();
    let source = format!("{}?tag=v1", address(&repo));
    let first = unit.newest(&source);
    unit.pin(&first);
    move_on(&repo);
    repo.git(&["tag", "-f", "v1"]);
    let pinned = unit.ask(&source, Want::Pinned, Network::Online);
    assert_eq!(pinned.expect("a pack"), first);
    let moved = unit.newest(&source);
    assert_eq!(version(&moved), "1.1.0");
    // Another machine, whose cache is empty, gets the pinned commit, too.
    let other = Unit {
        pins: unit.pins.clone(),
        ..Unit::new()
    };
    let pinned = other.ask(&source, Want::Pinned, Network::Online);
    assert_eq!(pinned.expect("a pack"), first);
}

#[test]
fn without_the_network_the_cache_must_do() {
    let repo = repository();
    let mut unit = Unit::new();
    let source = format!("{}?tag=v1", address(&repo));
    for want in [Want::Newest, Want::Pinned] {
        let problem = unit.ask(&source, want, Network::Offline).expect_err("none");
        assert!(problem.ends_with("it is not in the cache"), "{problem}");
    }
    assert!(!unit.cache().exists());
    let packs = unit.newest(&source);
    unit.pin(&packs);
    fs::remove_dir_all(&repo.root).expect("a folder");
    for want in [Want::Newest, Want::Pinned] {
        let again = unit.ask(&source, want, Network::Offline);
        assert_eq!(again.expect("a pack"), packs);
    }
    let other = format!("{}?tag=v2", address(&repo));
    let problem = unit.ask(&other, Want::Newest, Network::Offline);
    assert!(
        problem
            .expect_err("none")
            .ends_with("it is not in the cache")
    );
    // The server is gone, and the cache is as it was.
    let problem = unit.ask(&source, Want::Newest, Network::Online);
    assert!(problem.expect_err("none").contains("git: "));
    let again = unit.ask(&source, Want::Pinned, Network::Online);
    assert_eq!(again.expect("a pack"), packs);
}

#[test]
fn a_spoilt_cache_is_noticed_and_fetched_again() {
    let repo = repository();
    let mut unit = Unit::new();
    let source = format!("{}?tag=v1", address(&repo));
    let packs = unit.newest(&source);
    unit.pin(&packs);
    let spoils: [(&str, Spoil); 3] = [
        ("cut", |bytes| bytes.truncate(bytes.len() / 2)),
        ("changed", |bytes| {
            let middle = bytes.len() / 2;
            for byte in &mut bytes[middle..middle + 8] {
                *byte ^= 0x55;
            }
        }),
        ("emptied", Vec::clear),
    ];
    for (how, spoil) in spoils {
        for want in [Want::Pinned, Want::Newest] {
            for ending in [".pack", ".idx", ""] {
                let objects = unit.cached(ending);
                let objects = objects
                    .iter()
                    .filter(|path| path.components().any(|part| part.as_os_str() == "objects"));
                for path in objects {
                    let mut bytes = fs::read(path).expect("an object");
                    if bytes.len() < 16 {
                        continue;
                    }
                    spoil(&mut bytes);
                    fs::remove_file(path).expect("an object");
                    fs::write(path, bytes).expect("an object");
                }
                let problem = unit.ask(&source, Want::Pinned, Network::Offline);
                problem.expect_err("a spoilt cache");
                let again = unit.ask(&source, want, Network::Online);
                assert_eq!(again.as_ref(), Ok(&packs), "{how} {ending} {want:?}");
                let whole = unit.ask(&source, Want::Pinned, Network::Offline);
                assert_eq!(whole.as_ref(), Ok(&packs), "{how} {ending} {want:?}");
            }
        }
    }
}

#[test]
fn content_other_than_pinned_is_refused() {
    let repo = repository();
    let mut unit = Unit::new();
    let source = format!("{}?tag=v1", address(&repo));
    let packs = unit.newest(&source);
    unit.pin(&packs);
    for pin in unit.pins.values_mut() {
        pin.hash = "0".repeat(32);
    }
    let problem = unit.ask(&source, Want::Pinned, Network::Online);
    let problem = problem.expect_err("another hash");
    assert!(problem.contains("and the lockfile says 00000"), "{problem}");
    for pin in unit.pins.values_mut() {
        pin.commit = Some("1".repeat(40));
    }
    let problem = unit.ask(&source, Want::Pinned, Network::Online);
    problem.expect_err("no such commit");
    for pin in unit.pins.values_mut() {
        pin.commit = Some("--upload-pack=x".to_owned());
    }
    let problem = unit.ask(&source, Want::Pinned, Network::Online);
    assert!(
        problem
            .expect_err("no commit")
            .contains("is no name of a commit")
    );
}

#[test]
fn what_stands_in_the_cache_is_not_obeyed() {
    let repo = repository();
    let unit = Unit::new();
    let source = address(&repo);
    unit.newest(&source);
    let config = unit.cached("config").remove(0);
    let mark = unit.home.path().join("ran");
    let run = format!("touch {}", mark.display());
    let evil = format!(
        "[core]\n\tbare = true\n\tsshCommand = {run}\n\tfsmonitor = {run}\n\tpager = {run}\n\
         [remote \"pack\"]\n\turl = ext::{run}\n\tuploadpack = {run}\n"
    );
    fs::write(&config, evil).expect("a file");
    let hooks = config.with_file_name("hooks");
    fs::create_dir_all(&hooks).expect("a folder");
    for name in ["reference-transaction", "post-checkout", "pre-auto-gc"] {
        let hook = hooks.join(name);
        fs::write(&hook, format!("#!/bin/sh\n{run}\n")).expect("a file");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).expect("a mode");
        }
    }
    move_on(&repo);
    assert_eq!(version(&unit.newest(&source)), "1.1.0");
    assert!(!mark.exists());
}

#[test]
fn packs_extend_packs() {
    let repo = repository();
    let unit = Unit::new();
    let put = |path: &str, text: &str| {
        let path = unit.home.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(path, text).expect("a file");
    };
    let extending =
        |name: &str, below: &str| format!("{}extends = \"{below}\"\n", meta(name, "1.0.0"));
    put("a/pack.toml", &extending("a", "path:../b"));
    put("b/pack.toml", &extending("b", &address(&repo)));
    let packs = unit.newest("path:../a");
    let names: Vec<&str> = packs.iter().map(|pack| pack.meta.name.as_str()).collect();
    assert_eq!(names, ["a", "b", "top"]);
    assert_eq!(packs[1].source.to_string(), "path:../b");
    assert_eq!(packs[1].pin.commit, None);
    assert_eq!(packs[1].pin.hash.len(), 32);

    put("b/pack.toml", &extending("b", "path:./../a"));
    let problem = unit.ask("path:../a", Want::Newest, Network::Online);
    assert_eq!(
        problem.expect_err("a circle"),
        "../b/pack.toml: packs extend each other in a circle: `path:../a` extends `path:../b` extends `path:../a`"
    );
    for index in 0..9 {
        put(
            &format!("n{index}/pack.toml"),
            &extending("n", &format!("path:../n{}", index + 1)),
        );
    }
    let problem = unit.ask("path:../n0", Want::Newest, Network::Online);
    let problem = problem.expect_err("too many");
    assert!(problem.contains("more than 8 packs upon each other: `path:../n0`"));

    repo.file("pack.toml", &extending("top", "path:../a"))
        .commit_as("Ada", "ada@one.example", 1);
    let problem = unit.ask(&address(&repo), Want::Newest, Network::Online);
    assert!(
        problem
            .expect_err("refused")
            .contains("may not extend `path:../a`")
    );
}

#[test]
fn templates_are_checked_as_they_are_layered() {
    let repo = repository();
    let unit = Unit::new();
    let source = address(&repo);
    repo.file("features/f/a.tera", "A=1\nB={{ now() }}\n")
        .commit_as("Ada", "ada@one.example", 1);
    let problem = unit.ask(&source, Want::Newest, Network::Online);
    let expected = format!("{source}#features/f/a.tera: templates run no code: a call of `now`");
    assert_eq!(problem.expect_err("code"), expected);
    // Written with the other marks, what is text below becomes code.
    let brackets = FEATURE.to_owned() + "delimiters = \"brackets\"\n";
    repo.file("features/f/a.tera", "A={{ now() }}\n")
        .file("features/f/feature.toml", &brackets)
        .commit_as("Ada", "ada@one.example", 1);
    unit.newest(&source);
    let upper = unit.home.path().join("upper");
    fs::create_dir_all(upper.join("features/f")).expect("folders");
    let extends = format!("{}extends = \"{source}\"\n", meta("upper", "1.0.0"));
    fs::write(upper.join("pack.toml"), extends).expect("a file");
    fs::write(upper.join("features/f/feature.toml"), FEATURE).expect("a file");
    let problem = unit.ask("path:../upper", Want::Newest, Network::Online);
    assert!(problem.expect_err("code").contains("a call of `now`"));
}

#[test]
fn what_is_no_pack_says_what_would_be() {
    let unit = Unit::new();
    let problem = unit.ask("path:nowhere", Want::Newest, Network::Online);
    assert!(
        problem
            .expect_err("none")
            .starts_with("cannot read the pack `path:nowhere`")
    );
    let problem = unit.ask("path:.", Want::Newest, Network::Online);
    let expected = "`path:.` is no pack: it has no `pack.toml`";
    assert_eq!(problem.expect_err("none"), expected);
    let text = "name = \"x\"\nversion = 1\n";
    fs::write(unit.home.path().join("unit/pack.toml"), text).expect("a file");
    let problem = unit.ask("path:.", Want::Newest, Network::Online);
    let problem = problem.expect_err("a broken pack");
    assert!(
        problem.starts_with("pack.toml: `version`: invalid type"),
        "{problem}"
    );
}

#[test]
fn two_at_once_fill_one_cache() {
    let repo = repository();
    let unit = Unit::new();
    let source = format!("{}?tag=v1", address(&repo));
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| unit.newest(&source)))
            .collect();
        for run in runs {
            assert_eq!(version(&run.join().expect("a pack")), "1.0.0");
        }
    });
}
