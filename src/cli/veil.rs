//! The one layer that everything printed goes through: known keys, and whatever is shaped like one.
//!
//! Known are the keys that a run has resolved, and the values that environment and arguments give under
//! the name of a credential, each also as URLs, JSON and Basic authentication spell it. Nothing is
//! gathered before the first word is printed. Values shorter than [`SHORTEST`] are no keys: taken out,
//! they would tear holes into any text. `key` has a door of its own in `host`.

mod defect;
mod forms;
mod known;

use std::borrow::Cow;
use std::sync::{Mutex, MutexGuard, PoisonError};

use zeroize::Zeroizing;

pub use defect::catch_defects;

use crate::model::{Value, hide};
use crate::secret::Key;
use forms::forms;

/// What stands where a key stood.
const VEIL: &str = "[redacted]";
/// The shortest key that is looked for.
const SHORTEST: usize = 8;

/// Every spelling of every known key, the longest first.
type Spellings = Vec<Zeroizing<String>>;

/// What this run knows.
struct Known {
    spellings: Spellings,
    /// Whether the surroundings were asked.
    asked: bool,
}

static KNOWN: Mutex<Known> = Mutex::new(Known {
    spellings: Vec::new(),
    asked: false,
});

/// Keeps a resolved key out of everything that is printed from here on.
pub(super) fn cover(key: &Key) {
    add(&mut known(), key.expose());
}

/// Forgets every known key, and wipes the memory that held them.
pub(super) fn lift() {
    let mut known = known();
    known.spellings.clear();
    known.asked = false;
}

/// Returns a text as it may be printed.
pub(super) fn text(text: &str) -> Cow<'_, str> {
    let shapeless = hide(text);
    let mut known = known();
    if !known.asked {
        known.asked = true;
        for value in known::around() {
            add(&mut known, &value);
        }
    }
    let hidden = without(&shapeless, &known.spellings);
    match hidden {
        Cow::Borrowed(same) if same == text => Cow::Borrowed(text),
        other => Cow::Owned(other.into_owned()),
    }
}

/// Takes whatever is shaped like a key out of a value that is printed as JSON, where the escapes of
/// JSON would hide its beginning.
pub(super) fn shapes(value: &mut Value) {
    match value {
        Value::String(text) => {
            let hidden = hide(text);
            if hidden != *text {
                *text = hidden;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(shapes),
        Value::Object(map) => map.values_mut().for_each(shapes),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Returns a patch as it may be printed. Files whose patch has to be changed become comments, because
/// what is left of it would not apply, or worse, would.
pub(super) fn patch(diff: &str) -> Cow<'_, str> {
    let veiled = text(diff);
    if veiled == diff {
        return Cow::Borrowed(diff);
    }
    let mut out = String::new();
    for file in files(diff) {
        let shown = text(file);
        if shown == file {
            out.push_str(file);
            continue;
        }
        out.push_str("# shown without a key that this run knows, so this is no patch\n");
        for line in shown.lines() {
            out.push_str("# ");
            out.push_str(line);
            out.push('\n');
        }
    }
    Cow::Owned(out)
}

/// The parts of a patch, each beginning with its header.
fn files(diff: &str) -> impl Iterator<Item = &str> {
    const HEAD: &str = "\ndiff --git ";
    let mut rest = diff;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest.find(HEAD).map_or(rest.len(), |at| at + 1);
        let (file, after) = rest.split_at(end);
        rest = after;
        Some(file)
    })
}

fn known() -> MutexGuard<'static, Known> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn add(known: &mut Known, key: &str) {
    for form in forms(key) {
        if form.len() >= SHORTEST && !known.spellings.contains(&form) {
            known.spellings.push(form);
        }
    }
    let longest = |form: &Zeroizing<String>| std::cmp::Reverse(form.len());
    known.spellings.sort_by_key(longest);
}

fn without<'t>(text: &'t str, spellings: &Spellings) -> Cow<'t, str> {
    let mut clean = Cow::Borrowed(text);
    for spelling in spellings {
        if memchr::memmem::find(clean.as_bytes(), spelling.as_bytes()).is_some() {
            clean = Cow::Owned(clean.replace(spelling.as_str(), VEIL));
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    /// No vendor's shape, and characters that every encoding changes.
    fn plain(tail: &str) -> String {
        ["wand", "erer/+", "\"q\\", tail].concat()
    }

    #[test]
    fn a_known_key_is_hidden_in_every_spelling() {
        let key = plain("one");
        cover(&Key::new(key.clone()));
        let json = serde_json::to_string(&key).expect("text");
        let some = url::form_urlencoded::byte_serialize(key.as_bytes()).collect::<String>();
        let basic = STANDARD.encode(format!("u:{key}"));
        let bare = STANDARD.encode(&key);
        for spelling in [&key, &json, &some, &some.to_lowercase(), &basic, &bare] {
            let shown = text(&format!("a {spelling} b")).into_owned();
            assert!(shown.contains(VEIL), "{spelling}: {shown}");
            assert!(
                !shown.contains("erer") && !shown.contains("d2Fu"),
                "{shown}"
            );
        }
    }

    #[test]
    fn text_without_keys_passes_byte_for_byte() {
        for clean in [
            "",
            "\u{feff}a\r\nb\u{1b}[31m\t\0",
            "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae\n",
            "+eyJhbGciOi is how a token begins\n",
            "ANTHROPIC_API_KEY=${KEY}\n- sk-…\n+ https://git@host/x\n",
        ] {
            assert!(
                matches!(text(clean), Cow::Borrowed(same) if same == clean),
                "{clean:?}"
            );
            assert!(matches!(patch(clean), Cow::Borrowed(_)));
        }
    }

    #[test]
    fn shapes_behind_an_escape_are_found_in_json() {
        let key = ["sk-", &"a1B2c3D4".repeat(3)].concat();
        let mut value = serde_json::json!({ "a": [format!("x\n{key}\ny"), 1, null] });
        shapes(&mut value);
        assert_eq!(
            value,
            serde_json::json!({ "a": ["x\n[redacted]\ny", 1, null] })
        );
    }

    #[test]
    fn a_patch_with_a_known_key_is_no_patch() {
        let key = plain("two");
        cover(&Key::new(key.clone()));
        let clean = "diff --git a/x b/x\n@@ -1 +1 @@\n-a\n+b\n";
        let other = format!("diff --git a/y b/y\n@@ -1 +1 @@\n {key}\n");
        let shown = patch(&format!("{clean}{other}{clean}")).into_owned();
        assert!(
            shown.starts_with(clean) && shown.ends_with(clean),
            "{shown}"
        );
        assert!(shown.contains("no patch\n# diff --git a/y"), "{shown}");
        assert!(shown.contains("\n#  [redacted]\n"), "{shown}");
    }

    #[test]
    fn a_few_characters_are_no_key() {
        cover(&Key::new("patch".to_owned()));
        assert_eq!(text("no patch"), "no patch");
    }
}
