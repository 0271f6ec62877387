//! Keys under another name or in another place.

use std::collections::BTreeSet;

use super::super::{find, rename_key, set_key, take_key};
use crate::model::{Format, KeyPath, RepoPath, Value};

fn key(text: &str) -> KeyPath {
    KeyPath::parse(text).expect(text)
}

fn rename(format: Format, text: &str, from: &str, to: &str, made: &str) -> Option<String> {
    let path = RepoPath::parse("a/file").expect("path");
    let made: BTreeSet<KeyPath> = made.split_whitespace().map(key).collect();
    rename_key(&path, format, text, (&key(from), &key(to)), &made)
        .unwrap_or_else(|e| panic!("{e}\n{text}"))
}

/// Renames there and back again.
fn check(format: Format, text: &str, (from, to): (&str, &str), expected: &str) {
    let there = rename(format, text, from, to, "");
    assert_eq!(there.as_deref(), Some(expected), "{text:?}");
    if key(from).parent() == key(to).parent() {
        let back = rename(format, expected, to, from, "");
        assert_eq!(back.as_deref(), Some(text), "{expected:?}");
    }
}

fn stays(format: Format, text: &str, from: &str, to: &str) {
    assert_eq!(rename(format, text, from, to, ""), None, "{text:?}");
}

#[test]
fn a_json_key_has_another_name() {
    let json = |text, names, expected| check(Format::Jsonc, text, names, expected);
    json(
        "\u{feff}{\r\n\t// why\r\n\t\"a\" : [ 1,2, ] // end\r\n}",
        ("a", "\"b \\\"c\""),
        "\u{feff}{\r\n\t// why\r\n\t\"b \\\"c\" : [ 1,2, ] // end\r\n}",
    );
    json(
        "{\"env\":{\"A\":1.50,\"B\":{}}}",
        ("env", "vars"),
        "{\"vars\":{\"A\":1.50,\"B\":{}}}",
    );
    stays(Format::Json, "{\"a\": 1, \"b\": 2}", "a", "b");
    stays(Format::Json, "{\"a\": 1}", "b", "c");
    stays(Format::Json, "{\"a\": {\"b\": 1}}", "a", "a.b.c");
    stays(Format::Json, "{\"a\": {\"b\": 1}}", "a.b", "a");
    stays(Format::Json, "{\"a\": 1, \"b\": 2}", "a", "b.c");
    stays(Format::Block, "a: 1\n", "a", "b");
    stays(Format::Ignore, "a\n", "a", "b");
}

#[test]
fn a_json_key_changes_its_place() {
    let json = |text, names, expected| check(Format::Jsonc, text, names, expected);
    json(
        "{\n  \"env\": {\n    \"x\": 1,\n    // about A\n    /* and\n       more */\n    \"A\": {\n      \"k\": 1.50, // in\n    },\n  },\n}\n",
        ("env.A", "B"),
        "{\n  \"env\": {\n    \"x\": 1,\n  },\n  // about A\n  /* and\n     more */\n  \"B\": {\n    \"k\": 1.50, // in\n  },\n}\n",
    );
    json(
        "{\r\n  \"A\": [\r\n    1\r\n  ], // why\r\n  \"x\": 1\r\n}\r\n",
        ("A", "env.B"),
        "{\r\n  // why\r\n  \"x\": 1,\r\n  \"env\": {\r\n    \"B\": [\r\n      1\r\n    ]\r\n  }\r\n}\r\n",
    );
    json(
        "{\"a\":1,\"b\":\"~\"}",
        ("a", "c.d"),
        "{\"b\":\"~\",\"c\":{\"d\":1}}",
    );
    json(
        "{\n  // stays\n  \"a\": 1,\n  \"b\": {\"x\": 2}\n}",
        ("a", "b.c"),
        "{\n  // stays\n  \"b\": {\"x\": 2, \"c\": 1}\n}",
    );
    let emptied = rename(
        Format::Json,
        "{\"env\": {\"A\": 1}, \"x\": 1}",
        "env.A",
        "vars.A",
        "env",
    );
    assert_eq!(
        emptied.as_deref(),
        Some("{ \"x\": 1, \"vars\": {\"A\": 1}}")
    );
}

#[test]
fn a_toml_key_has_another_name_or_place() {
    let toml = |text, names, expected| check(Format::Toml, text, names, expected);
    toml(
        "# top\r\nx = 1\r\n# why\r\na  =  0x10 # end\r\n[t]\r\n",
        ("a", "b"),
        "# top\r\nx = 1\r\n# why\r\nb  =  0x10 # end\r\n[t]\r\n",
    );
    toml(
        "[env]\nA = 1\n[env.sub]\nB = 2\n[z]\n",
        ("env", "vars"),
        "[vars]\nA = 1\n[vars.sub]\nB = 2\n[z]\n",
    );
    toml(
        "a = { b = 1, c = 2 }\n",
        ("a.b", "a.d"),
        "a = { d = 1, c = 2 }\n",
    );
    toml(
        "x = 1\n# why\na = 'k' # end\n[env]\nB = 2\n",
        ("a", "env.A"),
        "x = 1\n[env]\nB = 2\n# why\nA = 'k' # end\n",
    );
    toml(
        "x = 1\n[env]\n# why\nB = 2\n",
        ("env.B", "vars.C"),
        "x = 1\n[env]\n\n[vars]\n# why\nC = 2\n",
    );
    stays(Format::Toml, "t = { x = 1 }\na = 1 # c\n", "a", "t.a");
    stays(Format::Toml, "t = { x = 1 }\n[a]\nb = 1\n", "a", "t.a");
}

#[test]
fn entries_have_another_name() {
    check(
        Format::Env,
        "\u{feff}# about A\r\n export  A = \"x\r\ny\" # c\r\nA=1\r\nB=2",
        ("A", "AA"),
        "\u{feff}# about A\r\n export  AA = \"x\r\ny\" # c\r\nAA=1\r\nB=2",
    );
    check(
        Format::Env,
        "export export=1\n",
        ("export", "E"),
        "export E=1\n",
    );
    stays(Format::Env, "A=1\nB=2\n", "A", "B");
    stays(Format::Env, "A=1\n", "A", "B.c");
    stays(Format::Env, "A=1\n", "A", "\"not a name\"");
    let yaml = |text, names, expected| check(Format::Yaml, text, names, expected);
    yaml(
        "---\n# why\na:  'x' # end\nb:\n  a: 1\n",
        ("a", "\"on\""),
        "---\n# why\n\"on\":  'x' # end\nb:\n  a: 1\n",
    );
    yaml(
        "a: 1\r\nb:\r\n- a: 1\r\n",
        ("b", "c-d"),
        "a: 1\r\nc-d:\r\n- a: 1\r\n",
    );
    stays(Format::Yaml, "a: {b: 1}\n", "a.b", "a.c");
    let quoted = rename(Format::Yaml, "'a': 1\nb: 2\n", "a", "c", "");
    assert_eq!(quoted.as_deref(), Some("c: 1\nb: 2\n"));
}

#[test]
fn a_value_stands_in_another_file() {
    let path = RepoPath::parse("a/file").expect("path");
    let set = |format, text: &str, at: &str, value: Value| {
        let new = set_key(&path, format, text, &key(at), &value).expect("valid")?;
        let there = find(&path, format, &new, &key(at)).expect("valid");
        assert_eq!(there, Some(value));
        Some(new)
    };
    let text = set(Format::Env, "# c\nA=1\n", "B", Value::from("x # y\n\"z\\"));
    assert_eq!(text.as_deref(), Some("# c\nA=1\nB=\"x # y\\n\\\"z\\\\\"\n"));
    let text = set(Format::Env, "A=1\nB=2", "A", Value::from("3"));
    assert_eq!(text.as_deref(), Some("A=3\nB=2"));
    let text = set(Format::Yaml, "a: 1\n", "b", Value::from("yes: no"));
    assert_eq!(text.as_deref(), Some("a: 1\nb: \"yes: no\"\n"));
    let text = set(Format::Toml, "# c\na = 1\n", "t.b", Value::from(2));
    assert_eq!(text.as_deref(), Some("# c\na = 1\n\n[t]\nb = 2\n"));
    assert_eq!(set(Format::Json, "{\"a\": 1}", "a.b", Value::from(2)), None);
    let take = |format, text: &str, at: &str| {
        take_key(&path, format, text, &key(at), &BTreeSet::new()).expect("valid")
    };
    let json = "{\n  // c\n  \"a\": {\"x\": 1},\n  \"b\": 2\n}";
    let taken = take(Format::Jsonc, json, "a");
    assert_eq!(taken.as_deref(), Some("{\n  // c\n  \"b\": 2\n}"));
    assert_eq!(take(Format::Jsonc, "{\"a\": [1 /* c */]}", "a"), None);
    assert_eq!(
        take(Format::Toml, "# c\na = 1 # d\n", "a").as_deref(),
        Some("# c\n# d\n")
    );
    assert_eq!(
        take(Format::Env, "# c\nA=1\n", "A").as_deref(),
        Some("# c\n")
    );
}
