//! Text from a repository, made harmless for a terminal.

use std::borrow::Cow;

/// Returns the text with control and direction characters written as `\u{…}`.
#[must_use]
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_harmful(c) {
            safe.extend(c.escape_unicode());
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

fn is_harmful(c: char) -> bool {
    let invisible = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    c.is_control() || invisible
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_spelled_out() {
        assert_eq!(
            escape("a\u{1b}[31mb\nc\u{202e}"),
            "a\\u{1b}[31mb\\u{a}c\\u{202e}"
        );
        assert_eq!(escape("Zoë, 日本"), "Zoë, 日本");
    }
}
