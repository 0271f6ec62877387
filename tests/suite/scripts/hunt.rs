//! Where the scripts put a key: into the client's environment and the helper's output, and nowhere else.
//!
//! Every program that a script may call is replaced by one that first writes down its arguments and
//! its environment.

use std::fs;
use std::path::Path;

use super::{GATEWAY, Repo, Run, manifest, program, repo, some_worlds};

/// What a script may call.
const TOOLS: [&str; 24] = [
    "awk", "sed", "grep", "tr", "cut", "head", "tail", "cat", "dirname", "basename", "env", "od",
    "wc", "sort", "readlink", "sleep", "timeout", "mktemp", "rm", "mkdir", "kill", "tee", "expr",
    "uname",
];

fn key(name: &str) -> String {
    ["hunted", name, "0123456789", "wXyZ"].join("-")
}

/// Puts a program that writes down how it is called before each that a script may call.
fn watch(repo: &Repo) {
    let log = repo.base().join("log");
    fs::create_dir_all(&log).expect("a folder");
    for tool in TOOLS {
        let real = Path::new("/usr/bin").join(tool);
        if real.exists() {
            watched(repo, tool, &format!("exec {} \"$@\"", real.display()));
        }
    }
}

fn watched(repo: &Repo, name: &str, then: &str) {
    let log = repo.base().join("log").join(name);
    let text = format!(
        "#!/bin/sh\n{{ for a; do printf 'argument %s\\n' \"$a\"; done; /usr/bin/env; }} >>'{}'\n{then}\n",
        log.display()
    );
    program(&repo.base().join("bin").join(name), &text);
}

/// The programs that were called with one of the keys, but for the one that becomes the client and
/// has its environment.
fn told(repo: &Repo, keys: &[&str]) -> Vec<String> {
    let entries = fs::read_dir(repo.base().join("log")).expect("a folder");
    let mut found = Vec::new();
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let text = fs::read(entry.path()).expect("a file");
        let text = String::from_utf8_lossy(&text).into_owned();
        for key in keys {
            let mut lines = text.lines().filter(|line| line.contains(key));
            let is_ok = |line: &str| name == "env" && !line.starts_with("argument ");
            if let Some(line) = lines.find(|line| !is_ok(line)) {
                found.push(format!("{name}: {line}"));
            }
        }
        fs::remove_file(entry.path()).expect("removed");
    }
    found
}

#[track_caller]
fn silent(run: &Run, keys: &[&str]) {
    let words = run.started.clone().unwrap_or_default().join("\n");
    for key in keys {
        for text in [&run.stdout, &run.stderr, &words] {
            assert!(!text.contains(key), "{text}");
        }
    }
}

const HEADERS: &str = "[headers]\nx-team-key = \"ENV:TEAM_KEY\"\n";

#[test]
fn a_key_of_the_env_file_reaches_the_client_alone() {
    let (one, two) = (key("one"), key("two"));
    let keys = [one.as_str(), two.as_str()];
    let repo = repo(&manifest("team", &format!("{GATEWAY}{HEADERS}")));
    repo.write(
        ".env",
        &format!("ANTHROPIC_API_KEY='{one}'\nTEAM_KEY={two} # ours\n"),
    );
    watch(&repo);
    for turn in 1..6 {
        for world in some_worlds(repo.folder.path(), turn) {
            let run = repo.run_in(&world, "sub", &["-p", "x"], &[]);
            assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", world.name);
            silent(&run, &keys);
            assert!(
                run.env.values().any(|value| value == &one),
                "{}",
                world.name
            );
            let headers = &run.env["ANTHROPIC_CUSTOM_HEADERS"];
            assert!(headers.contains(&two), "{}", world.name);
            assert_eq!(told(&repo, &keys), Vec::<String>::new(), "{}", world.name);
            let run = repo.run_in(&world, "", &["--print-config"], &[]);
            silent(&run, &keys);
            assert_eq!(told(&repo, &keys), Vec::<String>::new(), "{}", world.name);
        }
    }
}

#[test]
fn a_key_of_the_environment_reaches_the_client_alone() {
    let (one, two) = (key("one"), key("two"));
    let keys = [one.as_str(), two.as_str()];
    let repo = repo(&manifest("team", &format!("{GATEWAY}{HEADERS}")));
    watch(&repo);
    for world in some_worlds(repo.folder.path(), 1) {
        let env = [("ANTHROPIC_API_KEY", keys[0]), ("TEAM_KEY", keys[1])];
        let run = repo.run_in(&world, "", &[], &env);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", world.name);
        silent(&run, &keys);
        assert_eq!(told(&repo, &keys), Vec::<String>::new(), "{}", world.name);
    }
}

#[test]
fn a_key_of_a_store_reaches_the_client_alone() {
    let one = key("one");
    let keys = [one.as_str()];
    let reference = "[credential]\nref = \"VAULT:team/gw#api_key\"\n";
    let repo = repo(&manifest("team", &format!("{GATEWAY}{reference}")));
    watch(&repo);
    watched(&repo, "vault", &format!("echo '{one}'"));
    for world in some_worlds(repo.folder.path(), 2) {
        let run = repo.run_in(&world, "", &[], &[]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", world.name);
        silent(&run, &keys);
        assert!(
            run.env.values().any(|value| value == &one),
            "{}",
            world.name
        );
        assert_eq!(told(&repo, &keys), Vec::<String>::new(), "{}", world.name);
    }
}

#[test]
fn the_helper_gives_its_key_to_nobody_but_its_output() {
    let one = key("one");
    let keys = [one.as_str()];
    let repo = repo(&manifest("enterprise", GATEWAY));
    watch(&repo);
    watched(&repo, "vault", &format!("echo '{one}'"));
    let script = repo.root.join("scripts/claude-api-key.sh");
    for world in some_worlds(repo.folder.path(), 3) {
        let run = repo.run_script(&world, &script, "", &[], &[]);
        assert_eq!(
            (run.code, run.stdout.trim_end()),
            (0, keys[0]),
            "{}",
            run.stderr
        );
        assert_eq!(told(&repo, &keys), Vec::<String>::new(), "{}", world.name);
        let run = repo.run_in(&world, "", &[], &[]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", world.name);
        silent(&run, &keys);
        assert!(
            run.env.values().all(|value| !value.contains(&one)),
            "{}",
            world.name
        );
        assert_eq!(told(&repo, &keys), Vec::<String>::new(), "{}", world.name);
    }
}

#[test]
fn another_model_is_asked_with_the_key_in_no_argument() {
    let one = key("one");
    let keys = [one.as_str()];
    let repo = repo(&manifest("multi-model", GATEWAY));
    repo.write(
        ".env",
        &format!("OPENAI_API_KEY={one}\nANTHROPIC_API_KEY={one}\n"),
    );
    watch(&repo);
    watched(&repo, "curl", "cat >/dev/null; echo '{}'");
    let script = repo.root.join("scripts/ask-model.sh");
    for world in some_worlds(repo.folder.path(), 4) {
        let run = repo.run_script(&world, &script, "", &["-m", "m", "hello"], &[]);
        silent(&run, &keys);
        assert_eq!(
            told(&repo, &keys),
            Vec::<String>::new(),
            "{}: {}",
            world.name,
            run.stderr
        );
    }
}
