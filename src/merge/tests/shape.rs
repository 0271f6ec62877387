//! Containers that a template empties, fills or gives up for a value.

use super::*;

#[test]
fn containers_that_a_template_leaves_empty_are_not_written() {
    for (format, first, written, second) in [
        (
            Format::Json,
            "{\n  \"a\": [],\n  \"b\": 1,\n  \"c\": { \"d\": {} }\n}\n",
            "{\n  \"b\": 1\n}\n",
            "{\n  \"a\": [\n    1\n  ],\n  \"b\": 1\n}\n",
        ),
        (
            Format::Toml,
            "a = []\nb = 1\n",
            "b = 1\n",
            "a = [1]\nb = 1\n",
        ),
    ] {
        let created = run(None, None, Some(&file(format, first)));
        assert_eq!(created.text.as_deref(), Some(written));
        stays_as_made(&created, &file(format, first));
        let desired = file(format, second);
        let filled = run(created.base.as_ref(), Some(written), Some(&desired));
        assert_eq!(filled.conflicts, []);
        stays_as_made(&filled, &desired);
    }
}

#[test]
fn a_value_takes_the_place_of_a_container_of_ours() {
    let cases = [
        (
            Format::Json,
            "{ \"k\": { \"a\": 1, \"b\": { \"c\": 2 } }, \"x\": 1 }\n",
            "{ \"k\": 3, \"x\": 1 }\n",
        ),
        (
            Format::Json,
            "{ \"permissions\": { \"deny\": [\"a\", \"b\"] } }\n",
            "{ \"permissions\": { \"deny\": true } }\n",
        ),
        (
            Format::Jsonc,
            "{ \"k\": { \"a\": 1 } }\n",
            "{ \"k\": [1, 2] }\n",
        ),
        (Format::Toml, "x = 1\n\n[k]\na = 1\n", "k = 3\nx = 1\n"),
        (Format::Toml, "k.a = 1\nx = 1\n", "k = 3\nx = 1\n"),
    ];
    for (format, first, second) in cases {
        let created = run(None, None, Some(&file(format, first)));
        let desired = file(format, second);
        let moved = run(created.base.as_ref(), Some(first), Some(&desired));
        assert_eq!(moved.conflicts, [], "{first}");
        stays_as_made(&moved, &desired);
        let back = run(
            moved.base.as_ref(),
            moved.text.as_deref(),
            Some(&file(format, first)),
        );
        assert_eq!(back.conflicts, [], "{first}");
        stays_as_made(&back, &file(format, first));
    }
    let first = "{ \"k\": { \"a\": 1, \"b\": 2 } }\n";
    let created = run(None, None, Some(&file(Format::Json, first)));
    let desired = file(Format::Json, "{ \"k\": 3 }\n");
    for (edited, conflicts) in [
        ("{ \"k\": { \"b\": 2 } }\n", 0),
        ("{ \"k\": { \"a\": 1, \"b\": 2, \"mine\": 0 } }\n", 1),
        ("{ \"k\": { \"a\": 9 } }\n", 1),
    ] {
        let moved = run(created.base.as_ref(), Some(edited), Some(&desired));
        assert_eq!(moved.conflicts.len(), conflicts, "{edited}");
        let again = run(moved.base.as_ref(), moved.text.as_deref(), Some(&desired));
        assert_eq!(again.text, moved.text, "{edited}");
        assert_eq!(again.conflicts.len(), conflicts, "{edited}");
    }
}
