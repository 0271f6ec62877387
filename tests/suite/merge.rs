//! Merging never costs a byte that is not ours: generated texts of every format.

mod edited;
mod ignore;
mod laws;
mod text;

use claude_scaffold::merge::{MergeError, Merged, env_values, merge};
use claude_scaffold::model::{BaseFile, DesiredFile, Format, Mode, RepoPath};
use proptest::prelude::*;
use proptest::sample::select;

fn run(
    format: Format,
    base: Option<&BaseFile>,
    actual: &str,
    desired: Option<&str>,
) -> Result<Merged, MergeError> {
    let path = RepoPath::parse("file").expect("path");
    let desired = desired.map(|text| DesiredFile {
        format,
        mode: Mode::Regular,
        text: text.to_owned(),
    });
    merge(&path, base, Some(actual), desired.as_ref(), &|_, _, _| None)
}

/// Merges, merges again, moves on to another desired state, and takes everything out again.
fn check(format: Format, actual: &str, desired: &str, next: &str) -> Result<(), TestCaseError> {
    let first = match run(format, None, actual, Some(desired)) {
        Err(MergeError::DuplicateKey { .. }) => return Ok(()),
        other => other.map_err(|e| TestCaseError::fail(e.to_string()))?,
    };
    let text = first.text.clone().expect("text");
    prop_assert!(is_within(actual, &text), "lost bytes: {text:?}");
    let again = run(format, first.base.as_ref(), &text, Some(desired)).expect("again");
    prop_assert_eq!(&again, &first);

    let mut states = vec![first.clone()];
    match run(format, first.base.as_ref(), &text, Some(next)) {
        Err(MergeError::DuplicateKey { .. }) => {}
        other => {
            let second = other.map_err(|e| TestCaseError::fail(e.to_string()))?;
            let text = second.text.as_deref().expect("text");
            let again = run(format, second.base.as_ref(), text, Some(next)).expect("next again");
            prop_assert_eq!(&again, &second);
            states.push(second);
        }
    }
    for state in states {
        let text = state.text.as_deref().expect("text");
        let removed = run(format, state.base.as_ref(), text, None).expect("removed");
        prop_assert_eq!(removed.text.as_deref(), Some(actual), "from {:?}", text);
        prop_assert_eq!(removed.base, None);
    }
    Ok(())
}

/// Whether a text is another with nothing but additions.
fn is_within(old: &str, new: &str) -> bool {
    let mut new = new.chars();
    old.chars().all(|c| new.any(|n| n == c))
}

/// The text as editors on other systems save it.
fn saved(text: &str, bom: &str, end: &str, mixed: u8) -> String {
    let mut out = bom.to_owned();
    for (number, line) in text.split_inclusive('\n').enumerate() {
        match line.strip_suffix('\n') {
            Some(line) if mixed == 0 || number % 2 == 0 => out.extend([line, end]),
            _ => out.push_str(line),
        }
    }
    out
}

fn variants() -> impl Strategy<Value = (&'static str, &'static str, u8)> {
    (
        select(vec!["", "\u{feff}"]),
        select(vec!["\n", "\r\n"]),
        0..2u8,
    )
}

fn gap() -> impl Strategy<Value = &'static str> {
    select(vec![
        "",
        "",
        "",
        " ",
        "\n",
        "\n  ",
        "\n\t",
        "\n\n    ",
        " // why, \"so\" {\n",
        "/* [ */",
        " /* a\n b */ ",
    ])
}

fn json() -> impl Strategy<Value = String> {
    let scalar = select(vec![
        "1",
        "-2.50e3",
        "true",
        "null",
        "\"\"",
        "\"a \\\" // {\"",
        "\"\\u00e9\"",
        "{}",
        "[]",
    ]);
    let leaf = scalar.prop_map(str::to_owned);
    let value = leaf.prop_recursive(3, 12, 4, |inner| {
        let name = select(vec![
            "env",
            "permissions",
            "deny",
            "k",
            "A",
            "a.b",
            "x",
            "é",
            "",
        ]);
        let member = (gap(), name, gap(), gap(), inner.clone(), gap());
        let object = (prop::collection::vec(member, 0..4), gap(), 0..2u8).prop_map(
            |(members, tail, comma)| {
                let members: Vec<_> = members
                    .into_iter()
                    .map(|(a, name, b, c, value, d)| format!("{a}\"{name}\"{b}:{c}{value}{d}"))
                    .collect();
                wrap("{", &members, tail, comma, "}")
            },
        );
        let array = (
            prop::collection::vec((gap(), inner, gap()), 0..3),
            gap(),
            0..2u8,
        )
            .prop_map(|(items, tail, comma)| {
                let items: Vec<_> = items
                    .into_iter()
                    .map(|(a, item, b)| format!("{a}{item}{b}"))
                    .collect();
                wrap("[", &items, tail, comma, "]")
            });
        prop_oneof![3 => object, 1 => array]
    });
    let root = value.prop_map(|value| {
        if value.starts_with('{') {
            value
        } else {
            format!("{{\"v\":{value}}}")
        }
    });
    (gap(), root, gap()).prop_map(|(before, root, after)| format!("{before}{root}{after}"))
}

fn wrap(open: &str, items: &[String], tail: &str, comma: u8, close: &str) -> String {
    let comma = if comma == 1 && !items.is_empty() {
        ","
    } else {
        ""
    };
    format!("{open}{}{comma}{tail}{close}", items.join(","))
}

const JSON: [&str; 4] = [
    r#"{"env": {"A": "ours", "B": "ours"}, "permissions": {"deny": ["o1", "o2"]}, "k": "ours"}"#,
    r#"{"env": {"A": "new"}, "permissions": {"deny": ["o2", "o3"], "defaultMode": "ours"}}"#,
    r#"{"k": "ours", "é": {"deep": {"deeper": ["ours"]}}}"#,
    r#"{"x": {"y": "ours"}}"#,
];

fn env_line() -> impl Strategy<Value = &'static str> {
    select(vec![
        "",
        " ",
        "# note",
        "#",
        "A=own",
        "export A = 'own' # c",
        "B=\"two\nlines\"",
        "C=\"x\\\" # \"",
        "D='open",
        "nothing",
        "=x",
        "#A=1",
        "  E=1  ",
        "F=a # b",
        "# About A",
        "A.b-c=1",
        "G=`x\ny`",
    ])
}

const ENV: [&str; 3] = [
    "# About A\nA=ours\n\n# About B\n# more\nB=\"ours too\"\nH='x'\n",
    "# About A, anew\nA=new\nH=\"a\nb\"\n",
    "# Head\n\nZ=ours\n",
];

const YAML: [&str; 2] = [
    "# Ours\nmodel: \"openai/ours\"\nenv-file: \".env\"\n",
    "model: \"openai/new\"\n",
];

const BLOCK: [&str; 2] = ["job:\n  x: 1\n", "job:\n\n  x: 2\n  y: 3\n"];

fn yaml_entry() -> impl Strategy<Value = &'static str> {
    select(vec![
        "",
        "# note",
        "model: own # mine",
        "model:\n  nested: 1",
        "read:\n- a\n- b",
        "l:\n  - a\n  # in\n\n  - b",
        "s: |\n  model: x\n\n  y",
        "\"quoted key\": 1",
        "x: {a: [1, 2]}",
        "n: 'it''s'",
        "e:",
        "t: ~",
        "b: true",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn json_with_comments(text in json(), (bom, end, mixed) in variants(), d in select(JSON.to_vec()), n in select(JSON.to_vec())) {
        check(Format::Jsonc, &saved(&text, bom, end, mixed), d, n)?;
    }

    #[test]
    fn strict_json(text in json(), (bom, end, mixed) in variants(), d in select(JSON.to_vec()), n in select(JSON.to_vec())) {
        let actual = saved(&text, bom, end, mixed);
        match run(Format::Json, None, &actual, Some(d)) {
            Err(MergeError::Syntax { offset, .. }) => prop_assert!(actual.is_char_boundary(offset)),
            _ => check(Format::Json, &actual, d, n)?,
        }
    }

    #[test]
    fn dotenv(parts in prop::collection::vec(env_line(), 0..8), (bom, end, mixed) in variants(), last in select(vec!["", "\n"]), d in select(ENV.to_vec()), n in select(ENV.to_vec())) {
        let actual = saved(&(parts.join("\n") + last), bom, end, mixed);
        check(Format::Env, &actual, d, n)?;
        let merged = run(Format::Env, None, &actual, Some(d)).expect("merged").text.expect("text");
        let values = env_values(&merged);
        for (name, value) in env_values(&actual) {
            prop_assert!(values.contains(&(name, value)));
        }
    }

    #[test]
    fn yaml(parts in prop::collection::vec(yaml_entry(), 0..6), (bom, end, mixed) in variants(), last in select(vec!["", "\n"]), d in select(YAML.to_vec()), n in select(YAML.to_vec())) {
        let actual = saved(&(parts.join("\n") + last), bom, end, mixed);
        match run(Format::Yaml, None, &actual, Some(d)) {
            Err(MergeError::Syntax { .. } | MergeError::LostForeign { .. }) => {}
            _ => check(Format::Yaml, &actual, d, n)?,
        }
    }

    #[test]
    fn whole_files(
        rendered in prop::collection::vec(0..9u8, 1..8),
        next in prop::collection::vec(0..9u8, 1..8),
        user in 0..9usize,
        (bom, end, mixed) in variants(),
    ) {
        let text = |numbers: &[u8]| {
            let lines: Vec<String> = numbers.iter().map(|n| format!("line {n}\n")).collect();
            lines.concat()
        };
        let mut lines: Vec<String> = text(&rendered).lines().map(str::to_owned).collect();
        lines.insert(user.min(lines.len()), "the user's".to_owned());
        let actual = saved(&(lines.join("\n") + "\n"), bom, end, mixed);
        let merged = |base: Option<&BaseFile>, actual: Option<&str>, text: &str| {
            let path = RepoPath::parse("file").expect("path");
            let desired = DesiredFile { format: Format::WholeFile, mode: Mode::Regular, text: text.to_owned() };
            let three = claude_scaffold::git::merge_text;
            merge(&path, base, actual, Some(&desired), &three).expect("merged")
        };
        let first = merged(None, None, &text(&rendered));
        prop_assert_eq!(first.text, Some(text(&rendered)));
        let second = merged(first.base.as_ref(), Some(&actual), &text(&next));
        let result = second.text.clone().expect("text");
        prop_assert!(result.contains("the user's"));
        prop_assert!(result.starts_with(bom));
        if mixed == 0 {
            prop_assert_eq!(result.matches(end).count(), result.matches('\n').count());
        }
        if !second.conflicts.is_empty() {
            prop_assert_eq!(&result, &actual);
        }
        prop_assert_eq!(merged(second.base.as_ref(), Some(&result), &text(&next)), second);
    }

    #[test]
    fn blocks(parts in prop::collection::vec(yaml_entry(), 0..6), (bom, end, mixed) in variants(), last in select(vec!["", "\n"]), d in select(BLOCK.to_vec()), n in select(BLOCK.to_vec())) {
        check(Format::Block, &saved(&(parts.join("\n") + last), bom, end, mixed), d, n)?;
    }
}
