//! The values that a template uses, by name.

use std::collections::{BTreeMap, BTreeSet};

use super::scan::{Tag, TagKind, Token, scan};
use crate::catalog::Delimiters;

const WORDS: [&str; 12] = [
    "and", "or", "not", "in", "is", "if", "else", "elif", "true", "false", "none", "loop",
];

/// A value that a template uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// Its dotted name; what a loop walks through stands before `[]`.
    pub name: String,
    /// Byte offset of the tag.
    pub offset: usize,
}

/// Returns the values that a template uses and does not ask for with `is defined` or `default` first.
#[must_use]
pub fn uses(source: &str, delimiters: Delimiters) -> Vec<Use> {
    let Ok(tags) = scan(source, delimiters) else {
        return Vec::new();
    };
    let walked = walked(&tags);
    let mut found = Vec::new();
    let mut asked = BTreeSet::new();
    for tag in &tags {
        for (end, name) in names(tag) {
            let name = opened(&name, &walked);
            if is_asked(&tag.tokens, end) {
                asked.insert(name.clone());
            }
            let offset = tag.offset;
            found.push(Use { name, offset });
        }
    }
    found.retain(|used| !asked.contains(&used.name));
    found
}

/// The loops of a template: variable → what it walks through; nothing for literals.
pub(super) fn walked(tags: &[Tag<'_>]) -> BTreeMap<String, String> {
    let mut walked = BTreeMap::new();
    for tag in tags {
        let [
            Token::Name("for"),
            Token::Name(variable),
            Token::Name("in"),
            rest @ ..,
        ] = tag.tokens.as_slice()
        else {
            continue;
        };
        let over = dotted(rest).map(|(name, _)| opened(&name, &walked));
        walked.insert((*variable).to_owned(), over.unwrap_or_default());
    }
    walked
}

/// The name with its loop variable replaced by what that stands for; empty for a literal.
pub(super) fn opened(name: &str, walked: &BTreeMap<String, String>) -> String {
    let (first, rest) = name.split_once('.').unwrap_or((name, ""));
    let Some(over) = walked.get(first) else {
        return name.to_owned();
    };
    match (over.as_str(), rest) {
        ("", _) => String::new(),
        (over, "") => format!("{over}[]"),
        (over, rest) => format!("{over}[].{rest}"),
    }
}

/// Every dotted name of a tag with the place of the token behind it.
pub(super) fn names(tag: &Tag<'_>) -> Vec<(usize, String)> {
    let tokens = tag.tokens.as_slice();
    let mut at = match (tag.kind, tokens.first()) {
        (TagKind::Print, _) => 0,
        (TagKind::Block, Some(Token::Name("for"))) => 3,
        (TagKind::Block, _) => 1,
    };
    let mut found = Vec::new();
    while let Some(token) = tokens.get(at) {
        let before = at.checked_sub(1).and_then(|at| tokens.get(at));
        let is_other = match before {
            Some(Token::Mark("|" | "." | "?.") | Token::Name("is")) => true,
            Some(Token::Name("not")) => {
                at.checked_sub(2).and_then(|at| tokens.get(at)) == Some(&Token::Name("is"))
            }
            _ => tokens.get(at + 1) == Some(&Token::Mark("=")),
        };
        match (token, dotted(&tokens[at..])) {
            (Token::Name(name), Some((dotted, length)))
                if !is_other && !WORDS.contains(&name.to_ascii_lowercase().as_str()) =>
            {
                found.push((at + length, dotted));
                at += length;
            }
            _ => at += 1,
        }
    }
    found
}

/// The dotted name that tokens begin with, and how many tokens it takes.
fn dotted(tokens: &[Token<'_>]) -> Option<(String, usize)> {
    let Some(Token::Name(first)) = tokens.first() else {
        return None;
    };
    let mut name = (*first).to_owned();
    let mut length = 1;
    while let (Some(Token::Mark("." | "?.")), Some(Token::Name(next))) =
        (tokens.get(length), tokens.get(length + 1))
    {
        name = format!("{name}.{next}");
        length += 2;
    }
    Some((name, length))
}

/// Whether a name is only asked for: `x is defined`, `x | default(…)`.
fn is_asked(tokens: &[Token<'_>], end: usize) -> bool {
    match tokens.get(end..).unwrap_or_default() {
        [Token::Name("is"), Token::Name("not"), Token::Name(test), ..]
        | [Token::Name("is"), Token::Name(test), ..] => matches!(*test, "defined" | "undefined"),
        [Token::Mark("|"), Token::Name("default"), ..] => true,
        _ => false,
    }
}
