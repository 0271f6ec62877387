//! What users do between two merges: lines added and deleted, files reformatted, keys dropped.

use claude_scaffold::model::{Format, Value};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::{BLOCK, ENV, JSON, YAML, env_line, json, run, saved, variants, yaml_entry};
use claude_scaffold::merge::MergeError;

const MARK: &str = "# the user's";

/// Merges, has the user delete one line and add another, and merges the next desired state.
fn check(
    format: Format,
    actual: &str,
    states: [&str; 2],
    spots: [Index; 2],
) -> Result<(), TestCaseError> {
    let first = match run(format, None, actual, Some(states[0])) {
        Err(MergeError::Syntax { .. } | MergeError::LostForeign { .. }) => return Ok(()),
        other => other.map_err(|e| TestCaseError::fail(e.to_string()))?,
    };
    let text = first.text.expect("text");
    let mut lines: Vec<&str> = text.split('\n').collect();
    lines.remove(spots[0].index(lines.len()));
    lines.insert(spots[1].index(lines.len() + 1), MARK);
    let edited = lines.join("\n");
    let base = first.base.iter().flat_map(|base| base.keys.keys());
    let ours: String = base.map(|key| key.to_string() + "\n").collect();
    let ours =
        |line: &str| ours.contains(line.trim_end_matches('\r').trim_start_matches('\u{feff}'));
    let own: Vec<&str> = actual.split('\n').filter(|line| !ours(line)).collect();
    let is_own = |line: &&str| *line == MARK || own.contains(line);
    let foreign: Vec<&str> = lines.iter().copied().filter(is_own).collect();
    let second = match run(format, first.base.as_ref(), &edited, Some(states[1])) {
        Err(MergeError::Syntax { .. }) => return Ok(()),
        other => other.map_err(|e| TestCaseError::fail(format!("{e}: {edited:?}")))?,
    };
    let text = second.text.clone().expect("text");
    let trim = |line: &str| {
        line.trim_end_matches('\r')
            .trim_start_matches('\u{feff}')
            .to_owned()
    };
    let mut merged = text.split('\n').map(trim);
    for line in foreign {
        prop_assert!(
            merged.any(|m| m == trim(line)),
            "{line:?} is lost\n{edited:?}\n{text:?}"
        );
    }
    let again = run(format, second.base.as_ref(), &text, Some(states[1])).expect("again");
    prop_assert_eq!(&again, &second, "after {:?}", edited);
    let removed = run(format, second.base.as_ref(), &text, None).expect("removed");
    prop_assert!(removed.text.is_some_and(|text| text.contains(MARK)));
    Ok(())
}

fn states(all: &'static [&'static str]) -> impl Strategy<Value = [&'static str; 2]> {
    (select(all), select(all)).prop_map(|(first, next)| [first, next])
}

fn lines(line: impl Strategy<Value = &'static str>) -> impl Strategy<Value = String> {
    let lines = prop::collection::vec(line, 0..6);
    (lines, variants(), select(vec!["", "\n"])).prop_map(|(lines, (bom, end, mixed), last)| {
        saved(&(lines.join("\n") + last), bom, end, mixed)
    })
}

fn spots() -> impl Strategy<Value = [Index; 2]> {
    any::<(Index, Index)>().prop_map(|(deleted, added)| [deleted, added])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn dotenv(text in lines(env_line()), states in states(&ENV), spots in spots()) {
        check(Format::Env, &text, states, spots)?;
    }

    #[test]
    fn yaml(text in lines(yaml_entry()), states in states(&YAML), spots in spots()) {
        // YAML forbids a root key that stands there twice, and so do we.
        let refused = run(Format::Yaml, None, &text, Some(states[0]));
        if !matches!(refused, Err(MergeError::DuplicateKey { .. })) {
            check(Format::Yaml, &text, states, spots)?;
        }
    }

    #[test]
    fn blocks(text in lines(yaml_entry()), states in states(&BLOCK), spots in spots()) {
        check(Format::Block, &text, states, spots)?;
    }

    #[test]
    fn ignore_files(text in lines(super::ignore::ignore_line()), states in states(&super::ignore::IGNORE), spots in spots()) {
        check(Format::Ignore, &text, states, spots)?;
    }

    #[test]
    fn comments_outlive_what_they_explain(text in json(), desired in select(JSON.to_vec()), next in select(JSON.to_vec()), spots in prop::collection::vec(any::<(Index, bool)>(), 1..4)) {
        let Ok(first) = run(Format::Jsonc, None, &text, Some(desired)) else { return Ok(()) };
        let mut edited = first.text.expect("text");
        for (spot, alone) in spots {
            let ends: Vec<usize> = edited.match_indices('\n').map(|(at, _)| at).collect();
            if !ends.is_empty() {
                edited.insert_str(ends[spot.index(ends.len())], if alone { "\n//@" } else { "//@" });
            }
        }
        let marks = edited.matches("//@").count();
        for next in [Some(next), None] {
            let merged = match run(Format::Jsonc, first.base.as_ref(), &edited, next) {
                Err(MergeError::DuplicateKey { .. }) => continue,
                other => other.map_err(|e| TestCaseError::fail(format!("{e}: {edited:?}")))?,
            };
            let text = merged.text.clone().expect("text");
            prop_assert_eq!(text.matches("//@").count(), marks, "{:?}\n{:?}", edited, text);
            if next.is_some() {
                let again = run(Format::Jsonc, merged.base.as_ref(), &text, next).expect("again");
                prop_assert_eq!(&again, &merged);
            }
        }
    }

    #[test]
    fn a_reformatted_file_is_no_drift(text in json(), desired in select(JSON.to_vec())) {
        let Ok(original) = serde_json::from_str::<Value>(&text) else { return Ok(()) };
        let Ok(first) = run(Format::Json, None, &text, Some(desired)) else { return Ok(()) };
        let merged: Value = serde_json::from_str(first.text.as_deref().expect("text")).expect("JSON");
        for text in [merged.to_string(), format!("{merged:#}")] {
            let again = run(Format::Json, first.base.as_ref(), &text, Some(desired)).expect("again");
            prop_assert_eq!(again.text.as_ref(), Some(&text));
            prop_assert_eq!(&again.base, &first.base);
            let removed = run(Format::Json, first.base.as_ref(), &text, None).expect("removed");
            let removed: Value = serde_json::from_str(removed.text.as_deref().expect("text")).expect("JSON");
            prop_assert_eq!(&removed, &original);
        }
    }

    #[test]
    fn a_dropped_key_stays_away(text in json(), desired in select(JSON.to_vec()), next in select(JSON.to_vec())) {
        let Ok(first) = run(Format::Json, None, &text, Some(desired)) else { return Ok(()) };
        let mut merged: Value = serde_json::from_str(first.text.as_deref().expect("text")).expect("JSON");
        let ours = merged.get("k").is_some_and(|k| k == "ours");
        let dropped = merged.as_object_mut().and_then(|map| map.shift_remove("k"));
        let edited = merged.to_string();
        let second = run(Format::Json, first.base.as_ref(), &edited, Some(next)).expect("next");
        let text = second.text.clone().expect("text");
        let again = run(Format::Json, second.base.as_ref(), &text, Some(next)).expect("again");
        prop_assert_eq!(&again, &second);
        if ours && dropped.is_some() {
            let merged: Value = serde_json::from_str(&text).expect("JSON");
            prop_assert_eq!(merged.get("k"), None);
        }
    }
}
