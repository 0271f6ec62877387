//! JSON and JSON with comments.

use super::{check, file, run};
use crate::merge::merge;
use crate::model::{Format, RepoPath};

fn jsonc(actual: &str, expected: &str) {
    check(
        Format::Jsonc,
        actual,
        r#"{"k": {"x": 1}, "l": true}"#,
        expected,
    );
}

#[test]
fn json_keeps_its_style() {
    let two = "{\n  \"k\": {\n    \"x\": 1\n  },\n  \"l\": true\n}";
    jsonc("{}", two);
    jsonc("{}\n", &format!("{two}\n"));
    jsonc("{\n}\n", &format!("{two}\n"));
    jsonc("{ }", "{ \"k\": {\"x\": 1}, \"l\": true }");
    jsonc("", &format!("{two}\n"));
    jsonc("// only\n", &format!("// only\n{two}\n"));
    jsonc("// only", &format!("// only\n{two}"));
    jsonc("{\"a\":1}", "{\"a\":1,\"k\":{\"x\":1},\"l\":true}");
    jsonc(
        "{ \"a\": 1 /* c */ }",
        "{ \"a\": 1, /* c */ \"k\": {\"x\": 1}, \"l\": true }",
    );
    jsonc(
        "\u{feff}{\r\n\t\"a\": 1 // why\r\n}",
        "\u{feff}{\r\n\t\"a\": 1, // why\r\n\t\"k\": {\r\n\t\t\"x\": 1\r\n\t},\r\n\t\"l\": true\r\n}",
    );
    jsonc(
        "{\n    \"a\": [1, 2,], // why\n    // end\n}\n",
        "{\n    \"a\": [1, 2,], // why\n    \"k\": {\n        \"x\": 1\n    },\n    \"l\": true,\n    // end\n}\n",
    );
    jsonc(
        "{\n  \"a\": 1,\n  \"k\": {}, \"a\": 2, // twice\n}\n",
        "{\n  \"a\": 1,\n  \"k\": {\n    \"x\": 1\n  }, \"a\": 2, // twice\n  \"l\": true,\n}\n",
    );
    jsonc(
        "{ // none\n}",
        "{ // none\n  \"k\": {\n    \"x\": 1\n  },\n  \"l\": true\n}",
    );
    jsonc(
        "{\n  // none\n}",
        "{\n  // none\n  \"k\": {\n    \"x\": 1\n  },\n  \"l\": true\n}",
    );
}

#[test]
fn json_sets_merge_by_element() {
    let desired = r#"{"permissions": {"deny": ["Read(./.env)", "b"]}}"#;
    let json = |actual: &str, expected: &str| check(Format::Json, actual, desired, expected);
    json(
        "{\"permissions\": {\"deny\": [\"a\"]}}",
        "{\"permissions\": {\"deny\": [\"a\", \"Read(./.env)\", \"b\"]}}",
    );
    json(
        "{\n \"permissions\": {\n  \"deny\": [\n   \"a\"\n  ]\n }\n}",
        "{\n \"permissions\": {\n  \"deny\": [\n   \"a\",\n   \"Read(./.env)\",\n   \"b\"\n  ]\n }\n}",
    );
    json(
        "{\n \"permissions\": {\n  \"deny\": []\n }\n}",
        "{\n \"permissions\": {\n  \"deny\": [\n   \"Read(./.env)\",\n   \"b\"\n  ]\n }\n}",
    );
    json(
        "{\"permissions\": {\"deny\": \"all\"}}",
        "{\"permissions\": {\"deny\": \"all\"}}",
    );
}

#[test]
fn json_that_is_not_json_is_refused() {
    let refused = |format, text: &str| {
        let path = RepoPath::parse("s.json").expect("path");
        let desired = file(format, "{\"k\": {\"x\": 1}}");
        let error = merge(&path, None, Some(text), Some(&desired), &|_, _, _| None);
        let error = error.expect_err(text);
        format!("{:?} {error}", error.offset())
    };
    let deep = format!("// \"\n{{\"a\":{}", "[".repeat(200));
    let all = [
        refused(Format::Json, "\u{feff}{\n// c\n}"),
        refused(Format::Json, "{\"a\": 1,}"),
        refused(Format::Json, "{\"a\": \"\t\"}"),
        refused(Format::Json, "[]"),
        refused(Format::Json, "{\"k\": {}, \"k\": {}}"),
        refused(Format::Jsonc, &deep),
        refused(Format::Jsonc, "{'a': 1}"),
        refused(Format::Jsonc, "{\"a\": 1"),
    ];
    let expected = [
        "Some(5) `s.json` is not valid JSON: it has a comment",
        "Some(7) `s.json` is not valid JSON: trailing commas are not allowed",
        "Some(7) `s.json` is not valid JSON: control character (\\u0000-\\u001F) found while parsing a string",
        "Some(0) `s.json` is not valid JSON: the top level is not an object",
        "Some(10) `s.json` holds the key `k` twice",
        "Some(136) `s.json` is nested deeper than 128",
        "Some(1) `s.json` is not valid JSON with comments: single-quoted strings are not allowed",
        "Some(0) `s.json` is not valid JSON with comments: unterminated object",
    ];
    assert_eq!(all, expected);
}

#[test]
fn a_removed_key_leaves_the_users_comments() {
    let desired = file(Format::Jsonc, r#"{"k": 1, "l": 2}"#);
    let first = run(None, Some("{\n  \"a\": 1\n}\n"), Some(&desired));
    let gone = |text: &str, expected: &str| {
        let merged = run(first.base.as_ref(), Some(text), None);
        assert_eq!(merged.text.as_deref(), Some(expected));
    };
    gone(
        "{\n  \"a\": 1,\n  // mine\n  \"k\": 1, // too\n  \"l\": 2\n}",
        "{\n  \"a\": 1\n  // mine\n  // too\n}",
    );
    gone("{ \"k\": 1, \"l\": 2, \"z\": 3 }", "{ \"z\": 3 }");
    gone("{ \"k\": 9, \"l\": 2 }", "{ \"k\": 9 }");
    gone("{ // c\n \"k\": 1, \"l\": 2 }", "{ // c\n  }");
    gone(
        "{\n  \"k\": 1,\n  \"z\": 3,\n  \"l\": 2,\n}",
        "{\n  \"z\": 3,\n}",
    );
}

#[test]
fn a_replaced_value_keeps_its_layout() {
    let replaced = |actual: &str, expected: &str| {
        let first = run(
            None,
            Some(actual),
            Some(&file(Format::Jsonc, r#"{"l": ["a"], "k": 1}"#)),
        );
        let next = file(Format::Jsonc, r#"{"l": ["b", "c"], "k": "é\n"}"#);
        let merged = run(first.base.as_ref(), Some(actual), Some(&next));
        assert_eq!(merged.text.as_deref(), Some(expected));
    };
    replaced(
        "{\r\n\t\"l\": [\"a\"], // why\r\n\t\"k\": 1\r\n}",
        "{\r\n\t\"l\": [\"b\", \"c\"], // why\r\n\t\"k\": \"é\\n\"\r\n}",
    );
    replaced(
        "{\n \"l\": [\n  \"a\"\n ],\n \"k\": 1 }",
        "{\n \"l\": [\n  \"b\",\n  \"c\"\n ],\n \"k\": \"é\\n\" }",
    );
}

#[test]
fn a_comment_between_a_key_and_its_value_keeps_the_key() {
    let ours = file(Format::Jsonc, "{\"k\": 1, \"o\": {\"x\": 1}}");
    let first = run(None, Some("{}"), Some(&ours));
    for edited in [
        "{\n  \"k\": /* why */ 1\n}",
        "{\n  \"k\" // why\n  : 1\n}",
        "{\n  \"o\": /* why */ {}\n}",
    ] {
        let released = run(first.base.as_ref(), Some(edited), None);
        assert_eq!(released.text.as_deref(), Some(edited));
    }
    let edited = "{\n  \"k\": /* why */ 1\n}";
    let other = file(Format::Jsonc, "{\"k\": 2}");
    let changed = run(first.base.as_ref(), Some(edited), Some(&other));
    assert_eq!(changed.text.as_deref(), Some("{\n  \"k\": /* why */ 2\n}"));
}
