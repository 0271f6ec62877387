//! What recorded fakes are asked, and what becomes of their answers.

use super::{KEY, STORES, World, fails, gives};

#[test]
fn recorded_fakes_are_called_with_exactly_these_words() {
    for (reference, words) in STORES {
        let world = World::new();
        world.answer(format!("{KEY}\n").as_bytes());
        gives(world.key(&["--ref", reference], &[]), KEY);
        let written = world.written("words").expect("it was called");
        assert_eq!(written.trim_end().replace('\n', " "), words);
        let folder = world.written("folder").expect("it was called");
        let app = world.app().canonicalize().expect("a folder");
        assert_eq!(folder.trim_end(), app.to_str().expect("text"));
    }
}

#[test]
fn a_recorded_fake_of_bao_stands_in_for_vault() {
    let world = World::new();
    world.answer(KEY.as_bytes());
    let alone = world.folder.path().join("bin");
    std::fs::create_dir(&alone).expect("a folder");
    let fakes = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fakes/");
    for name in ["bao", "recorded.sh"] {
        std::os::unix::fs::symlink(format!("{fakes}{name}"), alone.join(name)).expect("a link");
    }
    let path = format!("{}:/usr/bin:/bin", alone.display());
    gives(
        world.key(&["--ref", "VAULT:gateway"], &[("PATH", &path)]),
        KEY,
    );
    let written = world.written("words").expect("it was called");
    assert!(written.starts_with("bao\nkv\nget\n"), "{written}");
}

#[test]
fn fields_of_json_secrets_are_picked() {
    let world = World::new();
    let object = format!("{{\"other\": \"x\", \"key\": \"{KEY}\", \"port\": 1}}\n");
    world.answer(object.as_bytes());
    for store in ["AWS-SM:a", "GCP-SM:a/b", "AZURE-KV:a/b"] {
        let asked = |field: &str| world.key(&["--ref", &format!("{store}{field}")], &[]);
        gives(asked("#key"), KEY);
        fails(
            asked(""),
            &[
                "is a JSON object",
                &format!("`{store}#NAME`, one of: `other`, `key`, `port`"),
            ],
        );
        fails(
            asked("#no"),
            &["has no field `no`", "it has: `other`, `key`, `port`"],
        );
        fails(asked("#port"), &["has a field `port` that is no text"]);
    }
    world.answer(KEY.as_bytes());
    fails(
        world.key(&["--ref", "AWS-SM:a#key"], &[]),
        &["is no JSON object", "leave the field out: `AWS-SM:a`"],
    );
}

#[test]
fn notes_below_the_first_line_of_pass_stay_there() {
    let world = World::new();
    world.answer(format!("{KEY}\nuser: ada\nurl: x\n").as_bytes());
    gives(world.key(&["--ref", "PASS:a"], &[]), KEY);
    fails(
        world.key(&["--ref", "OP:a/b/c"], &[]),
        &["has 3 lines, and a key has one"],
    );
}

#[test]
fn an_answer_that_is_no_key_is_refused() {
    let world = World::new();
    let long = "k".repeat(9000);
    let endless = KEY.repeat(1024 * 1024 / KEY.len());
    let two = format!("{KEY}\n{KEY}2\n");
    let nul = format!("{KEY}\0{KEY}");
    let controls = format!("\u{1b}[1m{KEY}");
    for (answer, why) in [
        ("", "what `op` gave is empty"),
        (" \n", "what `op` gave is empty"),
        (&two, "has 2 lines"),
        (&nul, "NUL, in place 23"),
        (&controls, "a control character, in place 1"),
        ("one two", "a blank, in place 4"),
        (&long, "is longer than 8192 bytes"),
        (&endless, "`op` printed more than 65536 bytes"),
        ("your-gateway-key-here", "is the placeholder"),
        ("{\"key\": \"k-123456\"}", "is a JSON object"),
    ] {
        world.answer(answer.as_bytes());
        fails(
            world.key(&["--ref", "OP:a/b/c"], &[]),
            &["cannot resolve `OP:a/b/c`", why],
        );
    }
    world.answer(b"\xff\xfe");
    fails(
        world.key(&["--ref", "OP:a/b/c"], &[]),
        &["a byte that is no text, in place 1"],
    );
}

#[test]
fn metacharacters_come_through_unchanged() {
    let world = World::new();
    let key = r#"$(touch_x)`id`;&|<>'"\%n{{}}[[]]${{}}*?!#~"#;
    world.answer(key.as_bytes());
    gives(world.key(&["--ref", "OP:a/b/c"], &[]), key);
    let words = r#"CMD:printf %s 'a$(touch_x)b"c;d'"#;
    gives(world.key(&["--ref", words], &[]), "a$(touch_x)b\"c;d");
}

#[test]
fn what_a_program_says_beside_the_key_is_passed_on_without_it() {
    let world = World::new();
    world.answer(KEY.as_bytes());
    let run = gives(
        world.key(&["--ref", "OP:a/b/c"], &[("FAKE_SAYS", "beside")]),
        KEY,
    );
    let note = "note: `op` said: a newer version is there, beside [redacted]";
    assert!(run.err.contains(note), "{}", run.err);
}

#[test]
fn a_program_gets_no_key_of_anybody_else() {
    let world = World::declaring("OP:a/b/c", &["headers.x-other=ENV:OTHER_TOKEN"]);
    world.answer(KEY.as_bytes());
    let kept = [
        ("OP_SERVICE_ACCOUNT_TOKEN", "kept"),
        ("VAULT_TOKEN", "kept"),
    ];
    let withheld = [
        "ANTHROPIC_API_KEY",
        "ANTHROPIC_AUTH_TOKEN",
        "ANTHROPIC_CUSTOM_HEADERS",
        "OPENAI_API_KEY",
        "HEADER_X",
        "OTHER_TOKEN",
    ];
    let variables: Vec<(&str, &str)> = withheld.map(|name| (name, "withheld")).to_vec();
    gives(world.key(&[], &[&variables[..], &kept[..]].concat()), KEY);
    let seen = world.written("environment").expect("it was called");
    assert!(!seen.contains("withheld"), "{seen}");
    assert_eq!(seen.matches("=kept").count(), 2, "{seen}");
}
