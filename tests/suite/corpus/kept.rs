//! Whether a text still holds all of another one, asked without the tool's own code.

use serde_json::Value;

use crate::tree::is_named;

const BOM: char = '\u{feff}';

/// Asserts that everything of a file is still there: lines in order, values, line ends, BOM, end.
#[track_caller]
pub fn check(path: &str, old: &[u8], new: &[u8]) {
    if old == new {
        return;
    }
    let old = std::str::from_utf8(old).expect("UTF-8");
    let new = std::str::from_utf8(new).expect("UTF-8");
    assert_eq!(old.starts_with(BOM), new.starts_with(BOM), "BOM of {path}");
    assert_eq!(
        new.matches(BOM).count(),
        old.matches(BOM).count(),
        "BOMs of {path}"
    );
    assert_eq!(old.ends_with('\n'), new.ends_with('\n'), "end of {path}");
    let json = is_named(path, "json");
    lines(path, old, new, json);
    let crlf = |text: &str| text.contains("\r\n") && !text.replace("\r\n", "").contains('\n');
    assert!(!crlf(old) || crlf(new), "CRLF of {path}:\n{new:?}");
    assert!(old.contains('\r') || !new.contains('\r'), "CR in {path}");
    if json {
        let before = value(old);
        let after = value(new);
        within(path, &before, &after);
    }
}

/// Asserts that every line that names nothing of the test's own pack is still there, in order, with
/// its line end; a last entry may have lost or gained its comma.
#[track_caller]
pub fn foreign(path: &str, old: &str, new: &str) {
    let json = is_named(path, "json");
    let bare = |text: &str| {
        let own = |line: &&str| {
            let bracket = json
                && line
                    .trim_matches([' ', '\t', '{', '}', '[', ']', ','])
                    .is_empty();
            // What shows a file of ours again goes with the rule that hid it.
            let opens = path == ".gitignore" && line.trim_start_matches('!').starts_with("/.");
            !bracket && !opens && !line.to_lowercase().contains("house")
        };
        let lines = text.lines().filter(own);
        let lines = lines.map(|line| {
            if json {
                line.trim_end_matches(',')
            } else {
                line
            }
        });
        lines.fold(String::new(), |text, line| text + line + "\n")
    };
    lines(path, &bare(old), &bare(new), json);
    let windows = |text: &str| (text.matches("\r\n").count(), text.matches('\n').count());
    let ((crlf, all), (now, now_all)) = (windows(old), windows(new));
    let blank = old.trim().is_empty();
    assert!(
        blank || crlf < all || now == now_all,
        "CRLF of {path}:\n{new:?}"
    );
    assert!(crlf > 0 || now == 0, "CR in {path}");
    assert!(
        blank || new.is_empty() || old.ends_with('\n') == new.ends_with('\n'),
        "end of {path}"
    );
}

/// Every old line stands in the new text, in order; what JSON needs more is one comma, or, where
/// a list stands on one line, the new element.
fn lines(path: &str, old: &str, new: &str, json: bool) {
    let mut rest = new.split_inclusive('\n');
    let mut grown = 0;
    for line in old.split_inclusive('\n') {
        let exact = |candidate: &str| {
            candidate == line || (!line.ends_with('\n') && ended(candidate) == line)
        };
        let comma = |candidate: &str| {
            json && candidate
                .match_indices(',')
                .any(|(at, _)| exact(&format!("{}{}", &candidate[..at], &candidate[at + 1..])))
        };
        let longer = |candidate: &str| {
            json && line.contains(['{', '[']) && is_subsequence(ended(line), candidate)
        };
        let here = rest.clone();
        if let Some(at) = here.clone().position(|c| exact(c) || comma(c)) {
            rest.nth(at);
        } else if let Some(at) = here.clone().position(longer) {
            grown += 1;
            rest.nth(at);
        } else if let Some(at) = here.clone().position(|c| json && opened(line, c)) {
            grown += 1;
            rest.nth(at);
        } else {
            panic!("{path} lost the line {line:?}\n--- before\n{old}\n--- after\n{new}");
        }
    }
    assert!(grown <= 1, "{path}: {grown} lines grew\n{new}");
}

/// An empty list or object that got its first element: its first half stands on a line of its own.
fn opened(line: &str, candidate: &str) -> bool {
    let halves = line.split_once("[]").or_else(|| line.split_once("{}"));
    halves.is_some_and(|(first, _)| ended(candidate).strip_suffix(['[', '{']) == Some(first))
}

fn ended(line: &str) -> &str {
    line.trim_end_matches(['\r', '\n'])
}

fn is_subsequence(old: &str, new: &str) -> bool {
    let mut new = new.chars();
    old.chars().all(|c| new.any(|n| n == c))
}

/// Every old key has its old value and its old place; lists may have grown.
fn within(path: &str, old: &Value, new: &Value) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            let kept: Vec<&String> = new.keys().filter(|key| old.contains_key(*key)).collect();
            assert_eq!(kept, old.keys().collect::<Vec<_>>(), "order in {path}");
            for (key, value) in old {
                within(path, value, &new[key]);
            }
        }
        (Value::Array(old), Value::Array(new)) => {
            let mut rest = new.iter();
            assert!(
                old.iter().all(|item| rest.any(|other| other == item)),
                "{path}: {old:?} is not in {new:?}"
            );
        }
        _ => assert_eq!(old, new, "{path}"),
    }
}

/// Reads JSON with comments and trailing commas.
pub fn value(text: &str) -> Value {
    let strict = bare(text.trim_start_matches(BOM));
    serde_json::from_str(&strict).unwrap_or_else(|e| panic!("{e}:\n{strict}"))
}

/// Takes comments and trailing commas out.
fn bare(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let used = match c {
            '"' => {
                let mut escaped = false;
                let end = rest[1..].find(|c| {
                    let ends = c == '"' && !escaped;
                    escaped = c == '\\' && !escaped;
                    ends
                });
                let used = end.expect("a closed string") + 2;
                out.push_str(&rest[..used]);
                used
            }
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").expect("a closed comment") + 2,
            '}' | ']' => {
                let kept = out.trim_end().trim_end_matches(',').len();
                out.truncate(kept);
                out.push(c);
                1
            }
            _ => {
                out.push(c);
                c.len_utf8()
            }
        };
        rest = &rest[used..];
    }
    out
}
