//! Packs that are too many, too large or too deep: refused in a bounded time and memory.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::{Place, address};
use crate::repo::Repo;
use crate::tree::{self, Run};

/// Kibibytes of address space for the program and for git.
const MEMORY: u64 = 1_500_000;
const TIME: Duration = Duration::from_secs(20);

/// Sets up from a pack with a bound on memory, and asserts that it takes no longer than it may.
fn bounded(place: &Place, pack: &str) -> Run {
    let user = place.home.path().join("user");
    let mut command = tree::clean("sh", &place.app());
    let tool = env!("CARGO_BIN_EXE_claude-scaffold");
    let script = format!("ulimit -v {MEMORY} && exec \"$@\"");
    command
        .args(["-c", &script, "sh", tool, "init", "--profile", "solo"])
        .args(["--yes", "--set", &format!("pack={pack}")])
        .env("HOME", user);
    let start = Instant::now();
    let run = tree::finish(command);
    assert!(start.elapsed() < TIME, "{:?}", start.elapsed());
    run
}

fn refused(place: &Place, pack: &str, why: &str) {
    let run = bounded(place, pack).ends(2);
    assert!(run.err.contains(why), "{}", run.err);
    assert!(run.err.len() < 20_000, "{}", run.err);
    assert!(!run.err.contains("defect"), "{}", run.err);
    assert!(!place.app().join("claude-scaffold.toml").exists());
}

fn place() -> Place {
    let place = Place::new();
    place.pack("", "x.md", "whole-file", "x\n");
    place
}

#[test]
fn too_many_too_large_too_deep() {
    let many = place();
    for index in 0..1_001 {
        many.put(&format!("pack/features/f/{index}"), "");
    }
    refused(&many, "path:../pack", "more than 1000 files and folders");
    let large = place();
    large.put("pack/features/f/large", vec![b'x'; 1024 * 1024 + 1]);
    refused(&large, "path:../pack", "larger than 1 MiB");
    let whole = place();
    for index in 0..9 {
        whole.put(&format!("pack/features/f/{index}"), vec![b'x'; 1024 * 1024]);
    }
    refused(&whole, "path:../pack", "larger than 8 MiB");
    let deep = place();
    deep.put(&format!("pack/features/{}x", "d/".repeat(40)), "");
    refused(&deep, "path:../pack", "nested deeper than 8");
    let endless = place();
    std::os::unix::fs::symlink(
        "/dev/zero",
        endless.home.path().join("pack/features/f/zero"),
    )
    .expect("a link");
    refused(&endless, "path:../pack", "a link");
    let pipe = place();
    let made = tree::clean("mkfifo", &pipe.home.path().join("pack/features/f"))
        .arg("pipe")
        .status();
    assert!(made.expect("it starts").success());
    refused(&pipe, "path:../pack", "neither file nor folder");
}

#[test]
fn much_that_packs_into_little() {
    let repo = Repo::new();
    repo.file("pack.toml", "name = \"x\"\nversion = \"1.0.0\"\n");
    let zeros = "0".repeat(64 * 1024 * 1024);
    repo.file("features/f/zeros", &zeros)
        .commit_as("Ada", "ada@one.example", 1);
    let place = Place::new();
    refused(&place, &address(&repo.root), "larger than 1 MiB");
}

#[test]
fn nesting_in_every_format() {
    let deep = |open: &str, close: &str| {
        let count = 20_000;
        format!("{}{}", open.repeat(count), close.repeat(count))
    };
    let mut yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for index in 1..12 {
        let before = vec![format!("*a{}", index - 1); 9].join(", ");
        let _ = writeln!(yaml, "a{index}: &a{index} [{before}]");
    }
    for (path, format, text) in [
        ("x.json", "json", format!("{{\"a\": {}}}", deep("[", "]"))),
        ("x.jsonc", "jsonc", format!("{{\"a\": {}}}", deep("[", "]"))),
        ("x.toml", "toml", format!("a = {}", deep("[", "]"))),
        (
            "x.toml",
            "toml",
            format!("{} = 1", "a.".repeat(20_000) + "a"),
        ),
        ("x.yaml", "yaml", format!("a: {}", deep("[", "]"))),
        ("x.yaml", "yaml", yaml),
        ("x.yaml", "yaml", "- ".repeat(20_000)),
    ] {
        let place = Place::new();
        place.pack("", path, format, &format!("{text}\n"));
        let run = bounded(&place, "path:../pack");
        let shown = text.get(..60).unwrap_or(&text);
        assert!(
            matches!(run.code, 0 | 2),
            "{shown}: {} {}",
            run.code,
            run.err
        );
        assert!(!run.err.contains("defect"), "{shown}: {}", run.err);
        assert!(run.err.len() < 20_000, "{shown}: {}", run.err.len());
    }
    let place = Place::new();
    place.pack(
        &format!("x = {}\n", deep("[", "]")),
        "x.md",
        "whole-file",
        "x\n",
    );
    refused(&place, "path:../pack", "../pack/pack.toml");
    let place = self::place();
    place.put(
        "pack/features/f/feature.toml",
        format!("about = {}\n", deep("[", "]")),
    );
    refused(&place, "path:../pack", "feature.toml");
    let place = self::place();
    place.put(
        "pack/features/f/t.tera",
        format!("{{{{ {} }}}}\n", "(".repeat(900)),
    );
    refused(&place, "path:../pack", "t.tera");
}
