//! What is written is read again, and what is no lockfile is refused.

use super::*;

fn check(state: &BaseState) {
    let text = write(state);
    let again = read(&text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    assert_eq!(&again, state);
    assert_eq!(write(&again), text);
    assert_eq!(read(&text.replace('\n', "\r\n")).as_ref(), Ok(state));
}

#[test]
fn a_problem_has_its_place_whatever_the_line_ends() {
    for text in ["version = 1\n\nx = \n", "version = 1\r\n\r\nx = \r\n"] {
        let Err(LockError::Syntax { offset, .. }) = read(text) else {
            panic!("{text:?} is read");
        };
        assert!(text[offset..].starts_with(['\r', '\n']) && text[..offset].ends_with("x = "));
    }
}

#[test]
fn every_state_round_trips() {
    check(&BaseState {
        format: VERSION,
        ..BaseState::default()
    });
    let root = KeyPath::root();
    let mut settings = BaseFile {
        format: Some(Format::Json),
        created: true,
        ..BaseFile::default()
    };
    let url = root.key("env").key("A.B \"x\"");
    settings.keys.insert(url.clone(), Value::from("a\nb\\ 'q'"));
    settings
        .keys
        .insert(root.key("n"), serde_json::json!([1, true, { "k v": "x" }]));
    for (name, json) in [
        ("null", "null"),
        ("nulls", r#"[1, null, {"a": [null]}]"#),
        ("large", "[18446744073709551615, 1e300, -0.5]"),
        ("wrapped", r#"[{"json": "null"}]"#),
        ("wrapper", r#"{"json": "null"}"#),
        ("text", r#""null""#),
    ] {
        let value: Value = serde_json::from_str(json).expect("JSON");
        settings.keys.insert(root.key(name), value);
    }
    let deny = root.key("permissions").key("deny");
    settings
        .keys
        .insert(deny.element("\"Read(./.env)\""), Value::Bool(true));
    settings.containers.insert(root.key("env"));
    settings.containers.insert(root.key("env").key(""));
    settings.containers.insert(root.key(""));
    settings.tombstones.insert(url);
    settings.pending.insert(root.key("n"));
    settings.found.insert(root.key("n"));
    settings.dropped.insert(root.key("n"));
    settings.outputs.insert("features/a/b.tera".to_owned());
    let mut script = BaseFile {
        format: Some(Format::WholeFile),
        ..BaseFile::default()
    };
    let text = "\n#!/bin/sh\n\t\"\"\" \\ \u{7f}\u{1} '''\nx";
    script.keys.insert(root, Value::from(text));
    let mut state = BaseState {
        format: VERSION,
        source: "git+https://h/p".to_owned(),
        version: "1".to_owned(),
        needs: "0.2.0".to_owned(),
        packs: vec![BasePack {
            name: "p".to_owned(),
            source: "git+https://h/p".to_owned(),
            version: "1.0".to_owned(),
            commit: Some("ab".to_owned()),
            hash: "cd".to_owned(),
        }],
        ..BaseState::default()
    };
    state.features.insert("docs".to_owned(), "ab".to_owned());
    let mut quoted = script.clone();
    quoted
        .keys
        .insert(KeyPath::root(), Value::from("\n\\d \"\"\" ''x"));
    let files = [
        (".claude/settings.json", settings),
        ("s/ö x.sh", script),
        ("t", quoted),
    ];
    for (path, file) in files {
        state
            .files
            .insert(RepoPath::parse(path).expect("good"), file);
    }
    check(&state);
}

#[test]
fn what_is_no_lockfile_is_refused() {
    let markers = "version = 1\n<<<<<<< HEAD\n";
    assert_eq!(read(markers), Err(LockError::Markers { offset: 12 }));
    let newer = LockError::Newer {
        version: 3,
        needs: "0.9.0".to_owned(),
    };
    assert_eq!(
        read("version = 3\nneeds = \"0.9.0\"\nfile = 1\n"),
        Err(newer)
    );
    let escape = "version = 1\n[file.\"../x\"]\nformat = \"json\"\n";
    assert_eq!(read(escape), Err(LockError::Path("../x".to_owned())));
    assert!(matches!(read("version = "), Err(LockError::Syntax { .. })));
}
