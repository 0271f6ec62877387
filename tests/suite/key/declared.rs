//! What a manifest declares, and what stands before the store.

use std::fs;

use super::{KEY, World, fails, gives};
use crate::tree::{temp, tool, tool_with};

#[test]
fn the_environment_stands_before_the_env_file_and_both_before_the_store() {
    let world = World::declaring("OP:a/b/c", &[]);
    world.answer(KEY.as_bytes());
    gives(world.key(&[], &[]), KEY);
    fs::write(
        world.app().join(".env"),
        "GATEWAY_TOKEN='of-the-file' # mine\n",
    )
    .expect("a file");
    gives(world.key(&[], &[]), "of-the-file");
    gives(
        world.key(&[], &[("GATEWAY_TOKEN", "of-the-shell")]),
        "of-the-shell",
    );
    gives(world.key(&["--ref", "OP:a/b/c"], &[]), KEY);
    fs::write(
        world.app().join(".env"),
        "GATEWAY_TOKEN=your-gateway-key-here\n",
    )
    .expect("a file");
    let run = world.key(&[], &[]);
    fails(
        run,
        &["what `GATEWAY_TOKEN` of `.env` gave is the placeholder"],
    );
}

#[test]
fn a_variable_is_looked_for_under_its_name_then_under_the_common_one() {
    let world = World::declaring("ENV:GW_KEY", &["launcher.env_file=.env.claude"]);
    fails(
        world.key(&[], &[]),
        &[
            "`GW_KEY` is set neither in the environment nor in `.env.claude`",
            "help: set `GW_KEY`",
        ],
    );
    gives(world.key(&[], &[("GATEWAY_TOKEN", "common")]), "common");
    fs::write(
        world.app().join(".env.claude"),
        "export GW_KEY=\"of-the-file\"\n",
    )
    .expect("a file");
    gives(world.key(&[], &[]), "of-the-file");
    gives(world.key(&["--ref", "ENV:GW_KEY"], &[]), "of-the-file");
    gives(world.key(&[], &[("GW_KEY", " own ")]), "own");
    fails(
        world.key(&[], &[("GW_KEY", "two words")]),
        &["a blank, in place 4"],
    );
}

#[test]
fn headers_have_references_of_their_own() {
    let headers = [
        "headers.x-auth=PASS:h",
        "headers.x-plain=ENV:PLAIN",
        "headers.x-team=red",
    ];
    let world = World::declaring("ENV:GW_KEY", &headers);
    world.answer(b"Bearer abcd\nnotes\n");
    gives(world.key(&["--header", "X-Auth"], &[]), "Bearer abcd");
    gives(
        world.key(&["--header", "x-auth"], &[("HEADER_X_AUTH", "of shell")]),
        "of shell",
    );
    gives(world.key(&["--header", "x-plain"], &[("PLAIN", "p")]), "p");
    fails(
        world.key(&["--header", "x-plain"], &[]),
        &["cannot resolve `ENV:PLAIN`"],
    );
    fails(
        world.key(&["--header", "x-team"], &[]),
        &["claude-scaffold.toml:", "carries no secret"],
    );
    fails(
        world.key(&["--header", "x-aut"], &[]),
        &["did you mean `x-auth`?"],
    );
    let none = World::declaring("ENV:GW_KEY", &[]);
    fails(
        none.key(&["--header", "x"], &[]),
        &["no header is declared"],
    );
}

#[test]
fn a_subfolder_and_an_open_journal_do_not_matter_and_nothing_is_written() {
    let world = World::declaring("ENV:GW_KEY", &[]);
    let below = world.app().join("src/deep");
    fs::create_dir_all(&below).expect("folders");
    let state = world.app().join(".git/claude-scaffold/@root");
    fs::create_dir_all(&state).expect("folders");
    fs::write(state.join("journal"), "{\"version\":1").expect("a file");
    let before = crate::tree::tree(&world.app());
    gives(world.key_in(&below, &[], &[("GW_KEY", KEY)]), KEY);
    assert_eq!(crate::tree::tree(&world.app()), before);
}

#[test]
fn without_a_manifest_only_a_reference_is_resolved() {
    let world = World::new();
    fails(
        world.key(&[], &[]),
        &["no `claude-scaffold.toml` here or above"],
    );
    gives(world.key(&["--ref", "env:X"], &[("X", KEY)]), KEY);
    fails(
        world.key(&["--ref", "VALT:x"], &[("X", KEY)]),
        &["did you mean"],
    );
    fails(
        world.key(&["--ref", "ENV:X", "--header", "y"], &[]),
        &["cannot be used with"],
    );
    let literal = ["sk-ant-", "api03-", &"a1B2".repeat(8)].concat();
    let run = fails(world.key(&["--ref", &literal], &[]), &["looks like a key"]);
    assert!(!run.err.contains(&literal), "{}", run.err);
    fs::write(
        world.app().join("claude-scaffold.toml"),
        "version = 1\nnonsense",
    )
    .expect("a file");
    gives(world.key(&["--ref", "ENV:X"], &[("X", KEY)]), KEY);
    fails(world.key(&[], &[]), &["claude-scaffold.toml:2:"]);
}

#[test]
fn a_key_has_no_other_format() {
    let world = World::declaring("ENV:GW_KEY", &[]);
    for format in ["json", "sarif", "github"] {
        let run = world.key(&["--format", format], &[("GW_KEY", KEY)]);
        fails(run, &["has no other format"]);
    }
}

#[test]
fn a_dry_run_says_where_it_would_look_and_asks_nobody() {
    let world = World::declaring("OP:a/b/c", &[]);
    let run = world.key(&["-n"], &[("GATEWAY_TOKEN", KEY)]).ends(0);
    assert_eq!(run.out, "");
    for piece in [
        "1. `GATEWAY_TOKEN` of the environment (set)",
        "2. `GATEWAY_TOKEN` of `.env` (not set)",
        "3. `op read --no-newline op://a/b/c`, which is `",
    ] {
        assert!(run.err.contains(piece), "{}", run.err);
    }
    assert!(!run.err.contains(KEY), "{}", run.err);
    assert_eq!(world.written("words"), None);
}

#[test]
fn what_a_standard_output_cannot_take_is_a_failure() {
    let folder = temp();
    let run = tool_with(folder.path(), &["key", "--ref", "ENV:X"], |command| {
        let full = fs::OpenOptions::new().write(true).open("/dev/full");
        command.env("X", KEY);
        if let Ok(full) = full {
            command.stdout(full);
        }
    });
    if std::path::Path::new("/dev/full").exists() {
        fails(run, &["cannot write to standard output"]);
    }
}

#[test]
fn doctor_asks_the_recorded_fake_but_not_in_a_dry_run() {
    let world = World::declaring(
        "OP:a/b/c",
        &["gateway.url=http://127.0.0.1:9/v1", "headers.x-auth=PASS:h"],
    );
    world.answer(KEY.as_bytes());
    let doctor = |words: &[&str], says: &str| {
        tool_with(
            &world.app(),
            &[&["doctor", "--live"], words].concat(),
            |command| {
                world.around(command);
                command.env("FAKE_SAYS", says);
            },
        )
    };
    doctor(&["-n"], "answer").ends(0);
    assert_eq!(world.written("words"), None);
    let run = doctor(&[], "logged_out").ends(2);
    assert!(run.err.contains("cannot resolve `OP:a/b/c`"), "{}", run.err);
    assert!(run.err.contains("`op signin`"), "{}", run.err);
    let run = doctor(&[], "answer").ends(1);
    assert!(!run.out.contains(KEY) && !run.err.contains(KEY), "{run:?}");
    assert!(
        world
            .written("words")
            .is_some_and(|words| words.starts_with("pass\n"))
    );
    tool(&world.app(), &["set", "credential.ref=ENV:GW"]).ends(0);
    let run = tool_with(&world.app(), &["doctor", "--live"], |command| {
        world.around(command);
        command.env("GW", KEY).env("FAKE_SAYS", "missing");
    });
    let said = "the header `x-auth` is left out: cannot resolve `PASS:h`: `pass` failed";
    assert!(run.out.contains(said), "{run:?}");
}
