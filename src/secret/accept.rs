//! What counts as a key, whichever store it comes from.

use super::Key;
use crate::model::{is_harmful, is_placeholder};

/// The longest that a key may be, in bytes.
const LONGEST_KEY: usize = 8 * 1024;

/// What a value is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The credential.
    Key,
    /// The value of a request header, which may hold blanks: `Bearer …`.
    Header,
}

impl Kind {
    /// Returns what it is called in messages.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Header => "header",
        }
    }
}

/// Why an answer is no key. Names of fields are the only part of the answer in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nothing but blanks.
    #[error("is empty")]
    Empty,
    /// So many lines.
    #[error("has {0} lines, and a key has one")]
    Lines(usize),
    /// A character that no header may carry, or that a key does not have; counted from 1.
    #[error("has a character that no {1} has: {2}, in place {0}")]
    Character(usize, &'static str, String),
    /// More bytes than a key has.
    #[error("is longer than {} bytes", LONGEST_KEY)]
    Long,
    /// What an env template holds until somebody puts a key there.
    #[error("is the placeholder of the template")]
    Placeholder,
    /// A whole JSON object with these fields.
    #[error("is a JSON object")]
    Object(Vec<String>),
    /// A field was asked for, and the answer has none.
    #[error("is no JSON object, and has no field `{0}`")]
    NoObject(String),
    /// A field was asked for that the object does not have; these it has.
    #[error("has no field `{0}`")]
    NoField(String, Vec<String>),
    /// The field is no text.
    #[error("has a field `{0}` that is no text")]
    NoText(String),
}

/// Takes an answer for a key: blanks around it and line ends after it go, the rest has to be one.
///
/// # Errors
/// Returns why it is none.
pub fn accept(text: &str, kind: Kind) -> Result<Key, Refusal> {
    let bare = text.trim_end_matches(['\n', '\r', ' ', '\t']);
    let bare = bare.trim_start_matches([' ', '\t']);
    if bare.is_empty() {
        return Err(Refusal::Empty);
    }
    if let Some(object) = object(bare) {
        return Err(Refusal::Object(names(&object)));
    }
    let lines = bare.lines().count();
    if lines > 1 {
        return Err(Refusal::Lines(lines));
    }
    if bare.len() > LONGEST_KEY {
        return Err(Refusal::Long);
    }
    let fits = |c: char| c.is_ascii_graphic() || (kind == Kind::Header && matches!(c, ' ' | '\t'));
    if let Some((at, wrong)) = bare.chars().enumerate().find(|(_, c)| !fits(*c)) {
        return Err(Refusal::Character(
            at + 1,
            kind.as_str(),
            group(wrong).to_owned(),
        ));
    }
    if is_placeholder(bare) {
        return Err(Refusal::Placeholder);
    }
    Ok(Key::new(bare.to_owned()))
}

/// Takes one field of an answer that is a JSON object.
///
/// # Errors
/// Returns why there is no key.
pub fn accept_field(text: &str, field: &str, kind: Kind) -> Result<Key, Refusal> {
    let object = object(text.trim()).ok_or_else(|| Refusal::NoObject(field.to_owned()))?;
    match object.get(field) {
        Some(serde_json::Value::String(value)) => accept(value, kind),
        Some(_) => Err(Refusal::NoText(field.to_owned())),
        None => Err(Refusal::NoField(field.to_owned(), names(&object))),
    }
}

/// Reads an answer that is a whole object, no matter on how many lines.
fn object(text: &str) -> Option<serde_json::Map<String, serde_json::Value>> {
    let could_be = text.starts_with('{') && text.ends_with('}');
    serde_json::from_str(text).ok().filter(|_| could_be)
}

fn names(object: &serde_json::Map<String, serde_json::Value>) -> Vec<String> {
    object.keys().cloned().collect()
}

/// A character by its kind alone: one of a key's is not shown.
fn group(wrong: char) -> &'static str {
    match wrong {
        ' ' | '\t' => "a blank",
        '\0' => "NUL",
        c if is_harmful(c) => "a control character",
        _ => "one outside of ASCII",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, kind: Kind, expected: &str) {
        let found = accept(text, kind).expect(text);
        assert_eq!(found.expose(), expected, "{text:?}");
    }

    fn refused(text: &str, kind: Kind, expected: &str) {
        let why = accept(text, kind).err().map(|why| why.to_string());
        assert_eq!(why.as_deref(), Some(expected), "{text:?}");
    }

    #[test]
    fn one_line_is_a_key_and_nothing_else_is() {
        check("k-1\n", Kind::Key, "k-1");
        check(" k-1 \t\r\n", Kind::Key, "k-1");
        check("k-1\n\n", Kind::Key, "k-1");
        check("{k}", Kind::Key, "{k}");
        check("$(id)`'\";", Kind::Key, "$(id)`'\";");
        check("Bearer k-1", Kind::Header, "Bearer k-1");
        let longest = "k".repeat(LONGEST_KEY);
        check(&longest, Kind::Key, &longest);
        for empty in ["", "\n", " \t\r\n"] {
            refused(empty, Kind::Key, "is empty");
        }
        refused("a\nb\n", Kind::Key, "has 2 lines, and a key has one");
        refused("\na", Kind::Key, "has 2 lines, and a key has one");
        let place = |what: &str, wrong: &str, at: usize| {
            format!("has a character that no {what} has: {wrong}, in place {at}")
        };
        refused("a b", Kind::Key, &place("key", "a blank", 2));
        refused("a\0b", Kind::Header, &place("header", "NUL", 2));
        refused(
            "\u{1b}[m",
            Kind::Key,
            &place("key", "a control character", 1),
        );
        refused("a\rb", Kind::Key, &place("key", "a control character", 2));
        refused("é", Kind::Key, &place("key", "one outside of ASCII", 1));
        let template = crate::model::PLACEHOLDER_KEY;
        refused(template, Kind::Key, "is the placeholder of the template");
        refused(&(longest + "k"), Kind::Key, "is longer than 8192 bytes");
    }

    #[test]
    fn objects_are_refused_with_the_names_of_their_fields() {
        let text = "{\n \"key\": \"k-1\", \"n\": 1,\n \"o\": {}}\n";
        let names = ["key", "n", "o"].map(str::to_owned).to_vec();
        let whole = accept(text, Kind::Key).err();
        assert_eq!(whole, Some(Refusal::Object(names.clone())));
        let found = accept_field(text, "key", Kind::Key).expect("a text");
        assert_eq!(found.expose(), "k-1");
        let why = |text, name| accept_field(text, name, Kind::Key).err();
        assert_eq!(why(text, "n"), Some(Refusal::NoText("n".to_owned())));
        let none = Refusal::NoField("x".to_owned(), names);
        assert_eq!(why(text, "x"), Some(none));
        assert_eq!(why("k-1", "x"), Some(Refusal::NoObject("x".to_owned())));
    }
}
