//! Files of lines: env files, scripts, and what is said in YAML and TOML a line at a time. Nothing is
//! run or expanded, and no depth of nesting is followed.

use std::ops::Range;

/// A name, what stands for it, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    pub name: String,
    pub value: String,
    pub range: Range<usize>,
}

/// The lines of a text with their byte offsets, without line ends; a BOM is passed over.
pub(super) fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        let line = line.trim_end_matches(['\n', '\r']);
        match line.strip_prefix('\u{feff}').filter(|_| start == 0) {
            Some(rest) => (start + 3, rest),
            None => (start, line),
        }
    })
}

/// Reads an env file as run scripts do: quotes may go over several lines.
pub(super) fn env(text: &str) -> Vec<Said> {
    let mut found = Vec::new();
    let mut skip_to = 0;
    for (start, line) in numbered(text) {
        if start < skip_to {
            continue;
        }
        let Some((name, at)) = assigned(line) else {
            continue;
        };
        let said = word(text, start + at, line.len() - at);
        skip_to = said.end;
        found.push(Said {
            name: name.to_owned(),
            value: said.value,
            range: said.range,
        });
    }
    found
}

/// Reads what a script exports in plain words: `export NAME=value`, `NAME=value command`, and the forms of
/// `PowerShell` and fish.
pub(super) fn script(text: &str) -> Vec<Said> {
    let mut found = Vec::new();
    for (start, line) in numbered(text) {
        found.extend(exported(text, start, line));
    }
    found
}

/// What one line of a script sets.
pub(super) fn exported(text: &str, start: usize, line: &str) -> Option<Said> {
    let trimmed = line.trim_start();
    let indent = line.len() - trimmed.len();
    let mut shell = false;
    let (name, at) = if let Some(rest) = trimmed.strip_prefix("$env:") {
        let (name, after) = split_name(rest)?;
        let value = after.trim_start().strip_prefix('=')?.trim_start();
        (name, line.len() - value.len())
    } else if let Some(rest) = trimmed.strip_prefix("set -gx ") {
        let (name, after) = split_name(rest.trim_start())?;
        (name, line.len() - after.trim_start().len())
    } else {
        let (name, at) = assigned(trimmed)?;
        shell = true;
        (name, indent + at)
    };
    let mut said = word(text, start + at, line.len() - at);
    if shell && !text[..said.range.start].ends_with(['"', '\'']) {
        let length = before_command(&said.value).len();
        said.value.truncate(length);
        said.range.end = said.range.start + length;
    }
    Some(Said {
        name: name.to_owned(),
        value: said.value,
        range: said.range,
    })
}

/// A bare value without the command or the assignment that follows on the same line.
fn before_command(value: &str) -> &str {
    if value.contains(['$', '`', '\\']) {
        return value;
    }
    value.split([' ', '\t']).next().unwrap_or(value)
}

/// Reads `key: value` and `- KEY=value` of a line of YAML, quotes taken off; no value: what follows
/// is a block.
pub(super) fn yaml(start: usize, line: &str) -> Option<Said> {
    let trimmed = line.trim_start();
    let item = trimmed.strip_prefix("- ").map(str::trim_start);
    let body = item.unwrap_or(trimmed);
    let body = match item {
        // A list of a Compose file may quote the whole entry.
        Some(quoted) if quoted.starts_with(['"', '\'']) && quoted.contains('=') => &quoted[1..],
        _ => body,
    };
    let offset = line.len() - body.len();
    if body.starts_with('#') {
        return None;
    }
    let whole = body.len() != item.unwrap_or(trimmed).len();
    let (name, rest) = split_key(body)?;
    let (after, assigns) = match rest.strip_prefix(':') {
        Some(after) if after.is_empty() || after.starts_with([' ', '\t']) => (after, false),
        _ => (rest.strip_prefix('=').filter(|_| item.is_some())?, true),
    };
    let value = after.trim_start();
    let at = start + offset + (body.len() - value.len());
    let (inner, skipped) = if assigns {
        let end = if whole {
            value.find(['"', '\'']).unwrap_or(value.len())
        } else {
            value.find(" #").unwrap_or(value.len())
        };
        (value[..end].trim_end(), 0)
    } else {
        unquoted(value)
    };
    Some(Said {
        name: name.to_owned(),
        value: inner.to_owned(),
        range: at + skipped..at + skipped + inner.len(),
    })
}

/// Reads `NAME = "value"` of a line of TOML.
pub(super) fn toml(start: usize, line: &str) -> Option<Said> {
    let (name, rest) = split_key(line.trim_start())?;
    let value = rest.trim_start().strip_prefix('=')?.trim_start();
    let at = start + line.len() - value.len();
    let (inner, skipped) = unquoted(value);
    Some(Said {
        name: name.to_owned(),
        value: inner.to_owned(),
        range: at + skipped..at + skipped + inner.len(),
    })
}

/// Takes quotes or a comment off a value; returns how many bytes went before it.
fn unquoted(value: &str) -> (&str, usize) {
    for quote in ['"', '\''] {
        if let Some(rest) = value.strip_prefix(quote) {
            return (rest.split(quote).next().unwrap_or(rest), 1);
        }
    }
    let value = if value.starts_with('#') {
        ""
    } else {
        value.split(" #").next().unwrap_or(value)
    };
    (value.trim_end(), 0)
}

/// `NAME=` at the start of a line, behind `export` or not; with the place behind the sign.
fn assigned(line: &str) -> Option<(&str, usize)> {
    let trimmed = line.trim_start();
    let rest = trimmed
        .strip_prefix("export")
        .filter(|rest| rest.starts_with([' ', '\t']))
        .map_or(trimmed, str::trim_start);
    let (name, after) = split_name(rest)?;
    let after = after.trim_start_matches([' ', '\t']).strip_prefix('=')?;
    Some((name, line.len() - after.len()))
}

fn split_name(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let (name, rest) = text.split_at(end.unwrap_or(text.len()));
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    begins.then_some((name, rest))
}

fn split_key(text: &str) -> Option<(&str, &str)> {
    let bare = text.strip_prefix(['"', '\'']).unwrap_or(text);
    let end = bare.find(|c: char| !c.is_ascii_alphanumeric() && !"_-.".contains(c))?;
    let (name, rest) = bare.split_at(end);
    let rest = rest.strip_prefix(['"', '\'']).unwrap_or(rest);
    (!name.is_empty()).then_some((name, rest))
}

struct Word {
    value: String,
    range: Range<usize>,
    end: usize,
}

/// Reads the value at an offset: in quotes up to the closing one, else to the end of the word.
fn word(text: &str, at: usize, length: usize) -> Word {
    const LONGEST: usize = 16 * 1024;
    let rest = &text[at..at + length];
    let blank = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let (at, rest) = (at + blank, &rest[blank..]);
    let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
        let stops = [" #", "\t#", ";", "&&", "||"]
            .iter()
            .filter_map(|stop| rest.find(stop));
        let end = stops.min().unwrap_or(rest.len());
        let value = if rest.starts_with('#') && blank > 0 {
            ""
        } else {
            rest[..end].trim_end()
        };
        return Word {
            value: value.to_owned(),
            range: at..at + value.len(),
            end: at + rest.len(),
        };
    };
    let inner = &text[at + 1..];
    let mut value = String::new();
    let mut letters = inner.char_indices();
    while let Some((place, letter)) = letters.next() {
        if letter == quote {
            return Word {
                value,
                range: at + 1..at + 1 + place,
                end: at + 2 + place,
            };
        }
        if place > LONGEST {
            break;
        }
        if letter == '\\' && quote == '"' {
            let escaped = letters.next().map_or('\\', |(_, letter)| letter);
            match escaped {
                'n' => value.push('\n'),
                'r' => value.push('\r'),
                't' => value.push('\t'),
                '"' | '\\' | '$' | '`' => value.push(escaped),
                other => value.extend(['\\', other]),
            }
        } else {
            value.push(letter);
        }
    }
    // A quote that nobody closes: the rest of its line.
    let value = rest[1..].trim_end();
    Word {
        value: value.to_owned(),
        range: at + 1..at + 1 + value.len(),
        end: at + rest.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, found: &[Said], expected: &[(&str, &str)]) {
        let found: Vec<_> = found
            .iter()
            .map(|said| (said.name.as_str(), said.value.as_str()))
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn env_files_give_names_values_and_places() {
        let text = "\u{feff}A=1\n# B=2\nexport C = \"x # y\" # z\nD='a\nb'\nE=plain # why\nF=\n";
        let found = env(text);
        let expected = [
            ("A", "1"),
            ("C", "x # y"),
            ("D", "a\nb"),
            ("E", "plain"),
            ("F", ""),
        ];
        check(text, &found, &expected);
        for said in &found {
            assert_eq!(text[said.range.clone()], said.value);
        }
        let said = env("G=\"a\\nb\"\nH=\"open\n");
        check("", &said, &[("G", "a\nb"), ("H", "open")]);
    }

    #[test]
    fn scripts_are_read_and_not_run() {
        let text = "export A=https://x/; b\n  $env:B = 'c'\nset -gx D e\nif x; then F=g h; fi\nG=g h\nH=\"h i\" j\nI=$(i j)\n";
        let expected = [
            ("A", "https://x/"),
            ("B", "c"),
            ("D", "e"),
            ("G", "g"),
            ("H", "h i"),
            ("I", "$(i j)"),
        ];
        check(text, &script(text), &expected);
    }

    #[test]
    fn lines_of_yaml_and_toml() {
        let one = |line: &str| {
            let said = yaml(0, line).expect(line);
            assert_eq!(line[said.range.clone()], said.value);
            (said.name, said.value)
        };
        let is = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(one("  A: \"b\" # c"), is("A", "b"));
        assert_eq!(one("  - A=b"), is("A", "b"));
        assert_eq!(one("  - \"A=b\""), is("A", "b"));
        assert_eq!(one("  - A: 'b'"), is("A", "b"));
        assert_eq!(one("env:"), is("env", ""));
        assert!(yaml(0, "# A: b").is_none());
        assert_eq!(toml(0, "A = \"b\"").expect("a value").value, "b");
    }
}
