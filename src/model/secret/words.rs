//! The words of a command line, split as a shell splits plain words and quotes.

/// Why a command line cannot be split, and at which byte.
pub(super) type Fault = (&'static str, usize);

const PIPES: &str = "runs without a shell: quote it, or put the line into a script";
const EXPANDS: &str = "runs without a shell, which would expand this: put it in single quotes, or the line into a script";

/// Splits a command line; nothing is expanded.
///
/// # Errors
/// Refuses what a shell would do more with than split it: pipes, expansions, quotes that stay open.
pub(super) fn split(line: &str) -> Result<Vec<String>, Fault> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut rest = line.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        let next = rest.peek().map(|(_, next)| *next);
        match c {
            ' ' | '\t' => words.extend(word.take()),
            '\'' | '"' => quoted(word.get_or_insert_default(), c, at, &mut rest)?,
            '|' | '&' | ';' | '<' | '>' | '(' | ')' => return Err((PIPES, at)),
            '`' => return Err((EXPANDS, at)),
            '$' if next.is_some_and(expands) => return Err((EXPANDS, at)),
            '~' if word.is_none() && matches!(next, None | Some('/' | ' ')) => {
                return Err((EXPANDS, at));
            }
            // One system's escape is another's path separator; both read the same in quotes.
            '\\' if matches!(next, Some(' ' | '"' | '\'')) => {
                return Err(("has an escaped character: put the word in quotes", at));
            }
            plain => word.get_or_insert_default().push(plain),
        }
    }
    words.extend(word);
    Ok(words)
}

/// Reads up to the closing quote. Between double quotes, `\"` and `\\` stand for the second character.
fn quoted(
    word: &mut String,
    quote: char,
    opened: usize,
    rest: &mut std::iter::Peekable<std::str::CharIndices<'_>>,
) -> Result<(), Fault> {
    while let Some((at, c)) = rest.next() {
        let next = rest.peek().map(|(_, next)| *next);
        match c {
            c if c == quote => return Ok(()),
            '`' if quote == '"' => return Err((EXPANDS, at)),
            '$' if quote == '"' && next.is_some_and(expands) => return Err((EXPANDS, at)),
            '\\' if quote == '"' && matches!(next, Some('"' | '\\')) => {
                word.extend(rest.next().map(|(_, escaped)| escaped));
            }
            plain => word.push(plain),
        }
    }
    Err(("has a quote that is not closed", opened))
}

/// Whether a dollar sign before this is more than a dollar sign.
fn expands(next: char) -> bool {
    next.is_ascii_alphanumeric() || "_{(@*#?$!-".contains(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_words_and_quotes_are_split_and_nothing_is_expanded() {
        for (line, words) in [
            ("print-key", vec!["print-key"]),
            ("  a  b\tc ", vec!["a", "b", "c"]),
            ("a 'b c' \"d e\"", vec!["a", "b c", "d e"]),
            ("a'b'\"c\"d ''", vec!["abcd", ""]),
            (r#"a "b\"c\\d\e" 'f\g'"#, vec!["a", r#"b"c\d\e"#, r"f\g"]),
            (
                "sh -c 'echo $A | b; c `d`'",
                vec!["sh", "-c", "echo $A | b; c `d`"],
            ),
            (
                r"C:\tools\key.exe *.x a~ 5$ #b",
                vec![r"C:\tools\key.exe", "*.x", "a~", "5$", "#b"],
            ),
        ] {
            assert_eq!(
                split(line),
                Ok(words.into_iter().map(String::from).collect())
            );
        }
        for (line, at) in [
            ("a | b", 2),
            ("a;b", 1),
            ("a $(b)", 2),
            ("a \"$B\"", 3),
            ("a `b`", 2),
            ("~/bin/a", 0),
            ("a 'b", 2),
            (r"a\ b", 1),
        ] {
            assert_eq!(split(line).expect_err(line).1, at, "{line}");
        }
    }
}
