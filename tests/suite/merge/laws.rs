//! The laws of merging values, and of renaming keys, for every format whose keys have values.

use std::collections::{BTreeMap, BTreeSet};

use claude_scaffold::merge::{MergeError, Merged, find, merge, rename_key};
use claude_scaffold::model::{DesiredFile, Format, KeyPath, Mode, RepoPath, Value};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::{ENV, JSON, YAML, check, env_line, json, run, saved, variants, yaml_entry};

const FORMATS: [Format; 5] = [
    Format::Json,
    Format::Jsonc,
    Format::Toml,
    Format::Env,
    Format::Yaml,
];

const NAMES: [&str; 8] = ["A", "B", "C", "D", "t.E", "t.F", "u.G", "u.v.H"];

/// Keys and their values; where the format has no containers, dots belong to the names.
type State = BTreeMap<&'static str, String>;

fn file() -> RepoPath {
    RepoPath::parse("file").expect("path")
}

fn key(format: Format, name: &str) -> KeyPath {
    match format {
        Format::Env | Format::Yaml => KeyPath::root().key(name),
        _ => KeyPath::parse(name).expect("a key"),
    }
}

/// A text that says a state, as a template would.
fn spelled(format: Format, state: &State) -> String {
    let flat = |between: &str| {
        let line = |(name, value): (&&str, &String)| format!("{name}{between}\"{value}\"\n");
        state.iter().map(line).collect::<String>()
    };
    match format {
        Format::Env => flat("="),
        Format::Yaml => flat(": "),
        Format::Toml => flat(" = "),
        _ => {
            let mut root = serde_json::json!({});
            for (name, value) in state {
                let pointer = name.split('.');
                let mut at = &mut root;
                for part in pointer {
                    at = &mut at[part];
                }
                *at = Value::from(value.as_str());
            }
            format!("{root:#}\n")
        }
    }
}

/// What a text says of the names, and of the user's own.
fn said(format: Format, text: &str) -> BTreeMap<&'static str, Value> {
    let names = NAMES.iter().chain(&["mine"]);
    let value = |name: &'static str| {
        let found = find(&file(), format, text, &key(format, name)).expect("valid");
        Some((name, found?))
    };
    names.filter_map(|name| value(name)).collect()
}

fn step(format: Format, before: &Merged, desired: &State) -> Merged {
    let text = before.text.as_deref().expect("text");
    let desired = spelled(format, desired);
    run(format, before.base.as_ref(), text, Some(&desired)).expect("merged")
}

/// The file as it is made where none is.
fn made(format: Format, state: &State) -> Merged {
    let desired = DesiredFile {
        format,
        mode: Mode::Regular,
        text: spelled(format, state),
    };
    merge(&file(), None, None, Some(&desired), &|_, _, _| None).expect("made")
}

fn state(values: &'static [&'static str]) -> impl Strategy<Value = State> {
    let value = prop::option::of(select(values));
    prop::collection::vec(value, NAMES.len()).prop_map(|values| {
        let given = NAMES.iter().zip(values);
        given
            .filter_map(|(name, value)| Some((*name, value?.to_owned())))
            .collect()
    })
}

/// Which names a side changes.
fn side() -> impl Strategy<Value = BTreeSet<&'static str>> {
    prop::collection::btree_set(select(&NAMES[..]), 0..4)
}

/// The state with some names changed, added or dropped.
fn changed(state: &State, names: &BTreeSet<&'static str>, value: &str) -> State {
    let mut new = state.clone();
    for (number, name) in names.iter().enumerate() {
        if number % 2 == 0 || !state.contains_key(name) {
            new.insert(name, value.to_owned());
        } else {
            new.remove(name);
        }
    }
    new
}

fn toml_line() -> impl Strategy<Value = &'static str> {
    select(vec![
        "",
        "# note",
        "a = 1 # why",
        "\"b c\" = 'x'",
        "d.e = 0x1F",
        "d.f = [ # in\n  1,\n  2 ]",
        "k = \"\"\"\nx = 1\n\"\"\"",
        "[env]",
        "# about\nA = \"own\"",
        "[env.sub]",
        "  x = 1.50",
        "[x]",
        "[[list]]",
        "n = { y = 1, z = { w = 2 } }",
    ])
}

const TOML: [&str; 3] = [
    "k = \"ours\"\n\n[env]\nA = \"ours\"\nB = 2\n",
    "k = \"new\"\n\n[env]\nA = \"ours\"\n\n[x]\ny = [1, 2]\n",
    "[x.deep]\nz = true\n",
];

fn toml() -> impl Strategy<Value = String> {
    let lines = prop::collection::vec(toml_line(), 0..8);
    // TOML is printed as a whole: of blank lines with different ends one may be taken for another.
    (lines, variants(), select(vec!["", "\n"]))
        .prop_map(|(lines, (bom, end, _), last)| saved(&(lines.join("\n") + last), bom, end, 0))
}

fn text(format: Format) -> BoxedStrategy<String> {
    let lines = |lines: BoxedStrategy<&'static str>| {
        (
            prop::collection::vec(lines, 0..8),
            variants(),
            select(vec!["", "\n"]),
        )
            .prop_map(|(lines, (bom, end, mixed), last)| {
                saved(&(lines.join("\n") + last), bom, end, mixed)
            })
            .boxed()
    };
    match format {
        Format::Toml => toml().boxed(),
        Format::Env => lines(env_line().boxed()),
        Format::Yaml => lines(yaml_entry().boxed()),
        _ => (json(), variants())
            .prop_map(|(text, (bom, end, mixed))| saved(&text, bom, end, mixed))
            .boxed(),
    }
}

fn any_text() -> impl Strategy<Value = (Format, String)> {
    select(&FORMATS[1..]).prop_flat_map(|format| text(format).prop_map(move |text| (format, text)))
}

/// The keys of a text that a test knows to ask for.
fn keys_in(format: Format, text: &str) -> Vec<KeyPath> {
    let names = [
        "env",
        "A",
        "k",
        "x",
        "a.b",
        "é",
        "B",
        "model",
        "l",
        "s",
        "quoted key",
        "d",
        "n",
        "list",
    ];
    let root = KeyPath::root();
    let nested = names
        .iter()
        .flat_map(|outer| names.iter().map(|inner| root.key(outer).key(inner)));
    let all = names.iter().map(|name| root.key(name)).chain(nested);
    all.filter(|key| matches!(find(&file(), format, text, key), Ok(Some(_))))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn toml_keeps_what_is_not_ours(text in toml(), d in select(TOML.to_vec()), n in select(TOML.to_vec())) {
        // Only an edit meets keys that cannot be edited, and the first may have none to make.
        let refused = |desired| matches!(run(Format::Toml, None, &text, Some(desired)), Err(MergeError::Syntax { .. }));
        if !refused(d) && !refused(n) {
            check(Format::Toml, &text, d, n)?;
        }
    }

    #[test]
    fn what_agrees_keeps_its_bytes(format in select(&FORMATS[..]), state in state(&["one", "two"])) {
        let first = made(format, &state);
        let Some(text) = first.text.clone() else { return Ok(()) };
        prop_assert_eq!(&text, &spelled(format, &state));
        prop_assert_eq!(step(format, &first, &state), first);
    }

    #[test]
    fn steps_between_leave_no_trace(
        format in select(&FORMATS[..]),
        states in [state(&["one", "two"]), state(&["one", "two"]), state(&["one", "two"])],
        user in side(),
    ) {
        let [v1, mut v2, v3] = states;
        // A key that leaves and comes back is a new one.
        for name in v1.keys().filter(|name| v3.contains_key(*name)) {
            v2.entry(name).or_insert_with(|| "between".to_owned());
        }
        let mut first = made(format, &v1);
        if first.text.is_none() { return Ok(()) }
        let kept: BTreeSet<&str> = user.into_iter().filter(|name| v1.contains_key(name)).collect();
        let mut theirs = changed(&v1, &kept, "the user's");
        theirs.insert("mine", "own".to_owned());
        first.text = Some(spelled(format, &theirs));
        let direct = step(format, &first, &v3);
        let between = step(format, &first, &v2);
        if between.base.is_none() { return Ok(()) }
        let stepped = step(format, &between, &v3);
        let all = [&direct, &between, &stepped];
        if all.iter().any(|merged| !merged.conflicts.is_empty()) { return Ok(()) }
        let texts = all.map(|merged| merged.text.as_deref().expect("text"));
        prop_assert_eq!(said(format, texts[0]), said(format, texts[2]));
        prop_assert!(said(format, texts[2]).contains_key("mine"));
        prop_assert_eq!(direct.base.map(|base| base.keys), stepped.base.clone().map(|base| base.keys));
    }

    #[test]
    fn sides_that_change_different_keys_may_change_places(
        format in select(&FORMATS[..]),
        base in state(&["one", "two"]),
        mine in side(),
        theirs in side(),
    ) {
        let theirs: BTreeSet<_> = theirs.difference(&mine).copied().collect();
        let (left, right) = (changed(&base, &mine, "left"), changed(&base, &theirs, "right"));
        let first = made(format, &base);
        if first.text.is_none() || left.is_empty() || right.is_empty() { return Ok(()) }
        let sides = [(&left, &right), (&right, &left)].map(|(actual, desired)| {
            let text = Some(spelled(format, actual));
            step(format, &Merged { text, ..first.clone() }, desired)
        });
        for side in &sides {
            prop_assert_eq!(&side.conflicts, &[]);
        }
        let values = sides.map(|side| said(format, side.text.as_deref().expect("text")));
        prop_assert_eq!(&values[0], &values[1]);
        let both = changed(&changed(&base, &mine, "left"), &theirs, "right");
        let both: BTreeMap<_, _> = both.into_iter().map(|(name, value)| (name, Value::from(value))).collect();
        prop_assert_eq!(&values[0], &both);
    }

    #[test]
    fn merging_again_changes_nothing((format, text) in any_text(), choice in any::<(Index, Index)>()) {
        let all: &[&str] = match format {
            Format::Toml => &TOML,
            Format::Env => &ENV,
            Format::Yaml => &YAML,
            _ => &JSON,
        };
        let [first, next] = [choice.0, choice.1].map(|index| *index.get(all));
        let Ok(made) = run(format, None, &text, Some(first)) else { return Ok(()) };
        let Ok(merged) = run(format, made.base.as_ref(), &text, Some(next)) else { return Ok(()) };
        let text = merged.text.clone().expect("text");
        let again = run(format, merged.base.as_ref(), &text, Some(next)).expect("again");
        prop_assert_eq!(&again, &merged);
    }

    #[test]
    fn a_key_renamed_and_renamed_back((format, text) in any_text(), choice in any::<Index>()) {
        let keys = keys_in(format, &text);
        if keys.is_empty() { return Ok(()) }
        let from = choice.get(&keys);
        let to = from.parent().expect("a key").key("zz9");
        let none = BTreeSet::new();
        let there = match rename_key(&file(), format, &text, (from, &to), &none) {
            Err(MergeError::DuplicateKey { .. }) => return Ok(()),
            other => other.map_err(|e| TestCaseError::fail(format!("{e}: {text:?}")))?,
        };
        let Some(there) = there else { return Ok(()) };
        let value = find(&file(), format, &text, from).expect("valid");
        prop_assert_eq!(find(&file(), format, &there, &to).expect("valid"), value);
        let back = rename_key(&file(), format, &there, (&to, from), &none).expect("back");
        // We quote a name that some YAML reader takes for a truth value, and none without need.
        if format == Format::Yaml && matches!(from.name(), Some("quoted key" | "n")) {
            return Ok(());
        }
        prop_assert_eq!(back, Some(text));
    }

    #[test]
    fn a_key_in_another_place_loses_nothing((format, text) in any_text(), choice in any::<Index>(), to in select(vec!["zz9", "env.zz9", "zz8.zz9", "x.zz9", "n.zz9"])) {
        let keys = keys_in(format, &text);
        if keys.is_empty() { return Ok(()) }
        let (from, to) = (choice.get(&keys), KeyPath::parse(to).expect("a key"));
        let none = BTreeSet::new();
        let there = match rename_key(&file(), format, &text, (from, &to), &none) {
            Err(MergeError::DuplicateKey { .. }) => return Ok(()),
            other => other.map_err(|e| TestCaseError::fail(format!("{e}: {from} {to} {text:?}")))?,
        };
        let Some(there) = there else { return Ok(()) };
        let value = find(&file(), format, &text, from).expect("valid");
        prop_assert_eq!(find(&file(), format, &there, &to).expect("valid"), value);
        for comment in ["// why, \"so\" {", "/* [ */", "/* a", "# note", "# about", "# in", "# why"] {
            prop_assert_eq!(text.matches(comment).count(), there.matches(comment).count(), "{}", there);
        }
        let back = rename_key(&file(), format, &there, (&to, from), &none).expect("back");
        if let Some(back) = back {
            let value = find(&file(), format, &text, from).expect("valid");
            prop_assert_eq!(find(&file(), format, &back, from).expect("valid"), value);
        }
    }
}

#[test]
fn the_fixture_of_the_issue() {
    let settings = [
        "{\"tabSize\": 2, \"model\": \"one\"}",
        "{\"tabSize\": 2, \"model\": \"two\", \"added\": true}",
    ];
    let ignore = ["/.env\n", "/.env\n/.claude/settings.local.json\n"];
    let made = |format, text: &str| {
        let desired = DesiredFile {
            format,
            mode: Mode::Regular,
            text: text.to_owned(),
        };
        merge(&file(), None, None, Some(&desired), &|_, _, _| None).expect("made")
    };
    let first = made(Format::Jsonc, settings[0]);
    let edited =
        "{\n  // two, as everywhere\n  \"tabSize\": 2, \"model\": \"one\",\n  \"mine\": [1]\n}\n";
    let base = first.base.as_ref();
    let merged = run(Format::Jsonc, base, edited, Some(settings[1])).expect("merged");
    assert_eq!(merged.conflicts, []);
    assert_eq!(
        merged.text.as_deref(),
        Some(
            "{\n  // two, as everywhere\n  \"tabSize\": 2, \"model\": \"two\",\n  \"mine\": [1],\n  \"added\": true\n}\n"
        )
    );
    let first = made(Format::Ignore, ignore[0]);
    let edited = first.text.as_deref().expect("text").to_owned() + "node_modules/\n";
    let base = first.base.as_ref();
    let merged = run(Format::Ignore, base, &edited, Some(ignore[1])).expect("merged");
    assert_eq!(merged.conflicts, []);
    assert_eq!(merged.text, Some(edited + "/.claude/settings.local.json\n"));
}
