//! Values that stand in a text as they are, where its language would read them as something else.

use std::collections::BTreeMap;

use super::names::{names, opened, walked};
use super::scan::{Tag, TagKind, Token, scan};
use crate::catalog::Delimiters;
use crate::model::Format;

/// The language of an output, as far as it gives characters a meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// JSON, with comments or without.
    Json,
    /// YAML that is merged per key.
    Yaml,
    /// YAML as a text, which may hold scripts.
    Workflow,
    /// TOML.
    Toml,
    /// `NAME=value` lines.
    Env,
    /// A shell's script.
    Shell,
    /// `PowerShell`.
    PowerShell,
    /// Text for people, and everything else.
    Prose,
}

/// What is known of a value without knowing it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// A number or a boolean.
    Plain,
    /// Letters, digits, `-`, `_` and `.`, which no language but JSON and TOML wants quoted.
    Word,
    /// Anything on one line.
    Line,
    /// Anything.
    Text,
}

/// A value that needs another form where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unquoted {
    /// Byte offset of its tag.
    pub offset: usize,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub help: String,
}

impl Language {
    /// Returns the language of an output.
    #[must_use]
    pub fn of(format: Format, path: &str) -> Self {
        match format {
            Format::Json | Format::Jsonc => Self::Json,
            Format::Yaml => Self::Yaml,
            Format::Toml => Self::Toml,
            Format::Env => Self::Env,
            Format::Ignore | Format::Attributes => Self::Prose,
            Format::Block | Format::WholeFile => {
                match path.rsplit('.').next().unwrap_or_default() {
                    "sh" | "bash" | "zsh" => Self::Shell,
                    "ps1" => Self::PowerShell,
                    "json" | "jsonc" => Self::Json,
                    "yml" | "yaml" => Self::Workflow,
                    "toml" => Self::Toml,
                    _ => Self::Prose,
                }
            }
        }
    }

    /// The filters that make a value one of this language; the first is its own.
    fn filters(self) -> &'static [&'static str] {
        match self {
            Self::Json => &["json"],
            Self::Yaml => &["yaml", "json"],
            Self::Workflow => &["yaml", "json", "sh", "ps1"],
            Self::Toml => &["toml"],
            Self::Env => &["env"],
            Self::Shell => &["sh"],
            Self::PowerShell => &["ps1"],
            Self::Prose => &[],
        }
    }
}

/// Returns every value that a template prints in a form that its language may misread. `shape` knows
/// values by their dotted names.
#[must_use]
pub fn unquoted(
    source: &str,
    delimiters: Delimiters,
    language: Language,
    shape: &dyn Fn(&str) -> Shape,
) -> Vec<Unquoted> {
    let (false, Ok(tags)) = (language == Language::Prose, scan(source, delimiters)) else {
        return Vec::new();
    };
    let walked = walked(&tags);
    let mut found = Vec::new();
    let mut place = Place::Value;
    let mut from = 0;
    for tag in &tags {
        place = place.after(language, &source[from..tag.offset]);
        from = tag.offset + tag.length;
        if tag.kind != TagKind::Print {
            continue;
        }
        let is_in_quotes = match language {
            Language::Json => place == Place::Quotes,
            _ => is_between_quotes(source, tag),
        };
        let place = match place {
            Place::Value if is_in_quotes => Place::Quotes,
            place => place,
        };
        if let Some((what, help)) = wrong(tag, place, language, &walked, shape) {
            found.push(Unquoted {
                offset: tag.offset,
                what,
                help,
            });
        }
    }
    found
}

/// Where in a text a tag stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Value,
    Quotes,
    Comment,
}

impl Place {
    /// The place behind a stretch of text.
    fn after(self, language: Language, text: &str) -> Self {
        if language == Language::Json {
            return self.after_json(text);
        }
        let (is_fresh, line) = match text.rsplit_once('\n') {
            Some((_, line)) => (true, line),
            None => (false, text),
        };
        match self {
            Self::Comment if !is_fresh => Self::Comment,
            _ if line.trim_start().starts_with('#') => Self::Comment,
            _ => Self::Value,
        }
    }

    fn after_json(self, text: &str) -> Self {
        let mut place = self;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            place = match (place, c) {
                (Self::Value, '"') => Self::Quotes,
                (Self::Quotes, '"') | (Self::Comment, '\n') => Self::Value,
                (Self::Quotes, '\\') => {
                    chars.next();
                    place
                }
                (Self::Value, '/') if chars.peek() == Some(&'/') => Self::Comment,
                _ => place,
            };
        }
        place
    }
}

fn wrong(
    tag: &Tag<'_>,
    place: Place,
    language: Language,
    walked: &BTreeMap<String, String>,
    shape: &dyn Fn(&str) -> Shape,
) -> Option<(String, String)> {
    let used = names(tag)
        .into_iter()
        .map(|(_, name)| opened(&name, walked));
    let used: Vec<String> = used.filter(|name| !name.is_empty()).collect();
    let widest = used.iter().map(|name| shape(name)).max()?;
    let shown = used.join("` and `");
    let own = language.filters().first().copied().unwrap_or_default();
    let filter = last_filter(&tag.tokens);
    let is_quoted = filter.is_some_and(|filter| language.filters().contains(&filter));
    let is_harmless = match language {
        Language::Json | Language::Toml => widest == Shape::Plain,
        _ => widest <= Shape::Word,
    };
    let is_plain = widest == Shape::Plain || filter == Some("length") || is_choice(&tag.tokens);
    match place {
        Place::Comment if widest == Shape::Text && !is_quoted => Some((
            format!("`{shown}` may hold a line break, which ends the comment"),
            format!("print it with `| {own}`"),
        )),
        Place::Comment => None,
        Place::Quotes if language == Language::Json || is_quoted => Some((
            format!("`{shown}` stands inside of quotes"),
            format!(
                "remove the quotes: `| {own}` brings its own; join texts with `~`: `(\"a\" ~ b) | {own}`"
            ),
        )),
        _ if is_quoted || is_harmless || is_plain => None,
        _ => Some((
            format!("`{shown}` is printed without `| {own}`"),
            format!(
                "write `{own}` as the last filter; what is computed before it goes in parentheses"
            ),
        )),
    }
}

/// The last filter of an expression that is one value with filters behind it.
fn last_filter<'t>(tokens: &'t [Token<'_>]) -> Option<&'t str> {
    let mut depth = 0_usize;
    let mut last = None;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Mark("(" | "[") => depth += 1,
            Token::Mark(")" | "]") => depth = depth.saturating_sub(1),
            Token::Mark("|") if depth == 0 => {
                last = match tokens.get(at + 1) {
                    Some(Token::Name(name)) => Some(*name),
                    _ => None,
                };
            }
            Token::Mark("." | "?." | "=") if depth == 0 => {}
            Token::Mark(_) | Token::Name("if" | "and" | "or" | "not" | "in" | "is")
                if depth == 0 =>
            {
                return None;
            }
            _ => {}
        }
    }
    last
}

/// Whether an expression can only be true or false.
fn is_choice(tokens: &[Token<'_>]) -> bool {
    let has = |wanted: &[Token<'_>]| tokens.iter().any(|token| wanted.contains(token));
    let judged = [
        Token::Name("and"),
        Token::Name("not"),
        Token::Name("in"),
        Token::Name("is"),
        Token::Mark("=="),
        Token::Mark("!="),
    ];
    has(&judged) && !has(&[Token::Name("if"), Token::Mark("~"), Token::Name("or")])
}

/// Whether the same quote stands before and behind a tag.
fn is_between_quotes(source: &str, tag: &Tag<'_>) -> bool {
    let before = source[..tag.offset].chars().next_back();
    let after = source[tag.offset + tag.length..].chars().next();
    before == after && matches!(before, Some('"' | '\''))
}
