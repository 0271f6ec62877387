//! JSON with or without comments as a flat list of what stands in it; tokens only, so that no depth
//! of nesting costs more than its bytes.

use std::ops::Range;

use jsonc_parser::tokens::Token;
use jsonc_parser::{Scanner, ScannerOptions};

use crate::model::Value;

/// Deeper than this nothing is looked at.
const MAX_DEPTH: usize = 128;

/// One value with its keys; an item of a list has the key of its list and `#`.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::diagnose) struct Leaf {
    pub path: Vec<String>,
    /// The value; of lists and objects only that they are ones.
    pub value: Value,
    /// The bytes of the value; of a text those inside the quotes.
    pub range: Range<usize>,
}

/// All that a text says, as far as it can be read.
#[derive(Debug, Default, PartialEq)]
pub(in crate::diagnose) struct Flat {
    pub leaves: Vec<Leaf>,
    pub comments: Vec<Range<usize>>,
    pub trailing_commas: Vec<Range<usize>>,
    /// Names that stand a second time in one object.
    pub twice: Vec<(String, usize)>,
    /// Where nesting is too deep to go on.
    pub too_deep: Option<usize>,
}

struct Frame {
    object: bool,
    key: Option<String>,
    names: Vec<String>,
}

/// Reads a text; after a byte that is no token nothing more is seen.
pub(in crate::diagnose) fn flat(text: &str) -> Flat {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let shift = text.len() - body.len();
    let mut reader = Reader {
        found: Flat::default(),
        frames: Vec::new(),
        comma: None,
    };
    let mut scanner = Scanner::new(body, &options());
    while let Ok(Some(token)) = scanner.scan() {
        let range = scanner.token_start() + shift..scanner.token_end() + shift;
        if !reader.take(&token, range) {
            break;
        }
    }
    reader.found
}

fn options() -> ScannerOptions {
    ScannerOptions {
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    }
}

struct Reader {
    found: Flat,
    frames: Vec<Frame>,
    /// The comma that was read last, as long as nothing followed it.
    comma: Option<Range<usize>>,
}

impl Reader {
    fn take(&mut self, token: &Token<'_>, range: Range<usize>) -> bool {
        match token {
            Token::CommentLine(_) | Token::CommentBlock(_) => self.found.comments.push(range),
            Token::Comma => {
                if let Some(frame) = self.frames.last_mut() {
                    frame.key = None;
                }
                self.comma = Some(range);
            }
            Token::Colon => {}
            Token::OpenBrace | Token::OpenBracket => return self.open(token, range),
            Token::CloseBrace | Token::CloseBracket => {
                self.found.trailing_commas.extend(self.comma.take());
                self.frames.pop();
            }
            Token::String(text) => {
                let range = range.start + 1..range.end.saturating_sub(1).max(range.start + 1);
                if self.names_key() {
                    self.name(text, range.start);
                } else {
                    self.leaf(Value::from(text.as_ref()), range);
                }
            }
            Token::Number(text) => {
                let value = serde_json::from_str(text).unwrap_or_else(|_| Value::from(*text));
                self.leaf(value, range);
            }
            Token::Boolean(value) => self.leaf(Value::from(*value), range),
            Token::Null => self.leaf(Value::Null, range),
            Token::Word(_) => return false,
        }
        true
    }

    fn open(&mut self, token: &Token<'_>, range: Range<usize>) -> bool {
        let object = *token == Token::OpenBrace;
        if self.frames.len() >= MAX_DEPTH {
            self.found.too_deep = Some(range.start);
            return false;
        }
        let value = if object {
            Value::Object(serde_json::Map::new())
        } else {
            Value::Array(Vec::new())
        };
        self.leaf(value, range);
        self.frames.push(Frame {
            object,
            key: None,
            names: Vec::new(),
        });
        true
    }

    fn names_key(&self) -> bool {
        let frame = self.frames.last();
        frame.is_some_and(|frame| frame.object && frame.key.is_none())
    }

    fn name(&mut self, name: &str, at: usize) {
        self.comma = None;
        if let Some(frame) = self.frames.last_mut() {
            if frame.names.len() < 1024 {
                if frame.names.iter().any(|known| known == name) {
                    self.found.twice.push((name.to_owned(), at));
                }
                frame.names.push(name.to_owned());
            }
            frame.key = Some(name.to_owned());
        }
    }

    fn leaf(&mut self, value: Value, range: Range<usize>) {
        self.comma = None;
        let step = |frame: &Frame| frame.key.clone().unwrap_or_else(|| "#".to_owned());
        let path = self.frames.iter().map(step).collect();
        self.found.leaves.push(Leaf { path, value, range });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_their_keys_and_bytes() {
        let text = "\u{feff}{\"a\": {\"b\": [\"x\", 2]}, // no\n \"c\": \"d\",}";
        let found = flat(text);
        let texts: Vec<String> = found
            .leaves
            .iter()
            .filter(|leaf| !leaf.value.is_object() && !leaf.value.is_array())
            .map(|leaf| format!("{}={}", leaf.path.join("."), &text[leaf.range.clone()]))
            .collect();
        assert_eq!(texts, ["a.b.#=x", "a.b.#=2", "c=d"]);
        assert_eq!(found.comments.len(), 1);
        assert_eq!(&text[found.trailing_commas[0].clone()], ",");
    }

    #[test]
    fn what_stands_twice_and_what_is_too_deep_is_seen() {
        assert_eq!(flat("{\"a\":1,\"a\":2}").twice, [("a".to_owned(), 8)]);
        let deep = "[".repeat(10_000);
        assert_eq!(flat(&deep).too_deep, Some(MAX_DEPTH));
        assert_eq!(flat("{\"a\": wrong").leaves.len(), 1);
    }
}
