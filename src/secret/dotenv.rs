//! An env file, read as the run scripts read it: nothing is run or expanded, and a quote that is never
//! closed is no value but a mistake.

use std::collections::BTreeMap;

/// Returns what an env file sets.
///
/// # Errors
/// Returns the line, from 1, on which a quote is opened that nothing closes.
pub fn sourced(text: &str) -> Result<BTreeMap<String, String>, usize> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut values = BTreeMap::new();
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let Some((name, rest)) = assignment(line) else {
            continue;
        };
        let comment_first = rest.starts_with([' ', '\t']) && rest.trim_start().starts_with('#');
        let rest = if comment_first {
            ""
        } else {
            rest.trim_matches([' ', '\t'])
        };
        let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
            values.insert(name.to_owned(), bare(rest).to_owned());
            continue;
        };
        let mut body = rest[1..].to_owned();
        let end = loop {
            if let Some(end) = closing(&body, quote) {
                break end;
            }
            let (_, more) = lines.next().ok_or(number + 1)?;
            body.push('\n');
            body.push_str(more);
        };
        body.truncate(end);
        let value = if quote == '"' { unescape(&body) } else { body };
        values.insert(name.to_owned(), value);
    }
    Ok(values)
}

/// The name and what follows the equals sign, of a line that sets something.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start_matches([' ', '\t']);
    let exported = line
        .strip_prefix("export")
        .filter(|rest| rest.starts_with([' ', '\t']));
    let line = exported.unwrap_or(line).trim_start_matches([' ', '\t']);
    let (name, rest) = line.split_once('=')?;
    let name = name.trim_end_matches([' ', '\t']);
    let first = name.chars().next()?;
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (name.chars().all(fits) && !first.is_ascii_digit()).then_some((name, rest))
}

/// A value without quotes ends where a comment follows a blank.
fn bare(rest: &str) -> &str {
    let is_blank = |at: usize| rest[..at].ends_with([' ', '\t']);
    let comment = rest.match_indices('#').find(|(at, _)| is_blank(*at));
    let end = comment.map_or(rest.len(), |(at, _)| at);
    rest[..end].trim_end_matches([' ', '\t'])
}

fn closing(text: &str, quote: char) -> Option<usize> {
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == quote {
            return Some(at);
        }
        if c == '\\' && quote == '"' {
            chars.next();
        }
    }
    None
}

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some(c) if "\"\\$`".contains(c) => out.push(c),
            other => {
                out.push('\\');
                out.extend(other);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_that_the_run_scripts_have() {
        for (line, expected) in [
            ("K=v", "v"),
            ("\u{feff}export K = v # why\r", "v"),
            ("K=#x", "#x"),
            ("K= # x", ""),
            ("K=a#b", "a#b"),
            ("K='a'b", "a"),
            ("K=\"a\"\"b\"", "a"),
            ("K=`a`", "`a`"),
            ("K='a\\'b'", "a\\"),
            ("K=\"a\\\"b\\$\\q\\n\"", "a\"b$\\q\n"),
            ("K=\"a\nb\"", "a\nb"),
            ("1K=x\nK=one\nK=two", "two"),
        ] {
            let values = sourced(line).expect(line);
            assert_eq!(
                values.get("K").map(String::as_str),
                Some(expected),
                "{line}"
            );
        }
    }

    #[test]
    fn a_quote_that_stays_open_has_a_line() {
        assert_eq!(sourced("A=1\nK=\"open\nB=2"), Err(2));
        assert_eq!(sourced("K='open"), Err(1));
    }
}
