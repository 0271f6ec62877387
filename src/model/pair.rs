//! Names and values that stand in two members, as in `{ "name": "API_KEY", "value": … }`.

use super::redact;

/// How many lines an entry is looked for around one of its members.
const REACH: usize = 6;

/// Returns the values in a line of a text that are credentials because the entry they stand in is
/// named like one.
#[must_use]
pub fn paired<'t>(lines: &[&'t str], at: usize) -> Vec<&'t str> {
    let Some(line) = lines.get(at).filter(|line| line.contains("value")) else {
        return Vec::new();
    };
    let found = entries(line).filter_map(|part| {
        let value = member(part, "value").filter(|value| !value.is_empty())?;
        let name = member(part, "name").or_else(|| name_around(lines, at))?;
        (redact(name, value) != value).then_some(value)
    });
    found.collect()
}

/// The parts of a line that begin with an entry, which no reference such as `${env:A}` does.
fn entries(line: &str) -> impl Iterator<Item = &str> {
    let opens = |(at, _): &(usize, &str)| !line[..*at].ends_with('$');
    let starts = line.match_indices('{').filter(opens).map(|(at, _)| at);
    let starts = std::iter::once(0).chain(starts).collect::<Vec<_>>();
    let ends = starts.clone().into_iter().skip(1).chain([line.len()]);
    let parts = starts.into_iter().zip(ends);
    parts.map(|(start, end)| &line[start..end])
}

/// The name of the entry around a line.
fn name_around<'t>(lines: &[&'t str], at: usize) -> Option<&'t str> {
    let opens = |line: &str| line.contains('{') || line.trim_start().starts_with("- ");
    let above = lines[at.saturating_sub(REACH)..=at].iter().rev();
    for line in above {
        if let Some(name) = member(line.rsplit('{').next().unwrap_or(line), "name") {
            return Some(name);
        }
        if opens(line) {
            break;
        }
    }
    let below = lines[at..].iter().take(REACH);
    for (index, line) in below.enumerate() {
        if index > 0 && opens(line) {
            break;
        }
        let inside = line.split('}').next().unwrap_or(line);
        if let Some(name) = member(inside, "name") {
            return Some(name);
        }
        if line.contains('}') {
            break;
        }
    }
    None
}

/// The value of a member of JSON or YAML.
fn member<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    let mut rest = text;
    while let Some(at) = rest.find(key) {
        let before = rest[..at].trim_end_matches(['"', '\'']);
        let behind = &rest[at + key.len()..];
        let is_key = before.is_empty() || before.ends_with([' ', '\t', ',', '{', '-']);
        let after = behind.trim_start_matches(['"', '\'']).trim_start();
        if let Some(value) = after.strip_prefix(':').filter(|_| is_key) {
            let value = value.trim_start();
            let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
            return Some(match quote {
                Some(quote) => quoted(&value[1..], quote),
                None => value
                    .split([',', '}', '#', '\n', '\r'])
                    .next()
                    .unwrap_or(value)
                    .trim(),
            });
        }
        rest = behind;
    }
    None
}

/// What stands before the closing quote.
fn quoted(text: &str, quote: char) -> &str {
    let mut escaped = false;
    let end = text.find(|c| {
        let closes = c == quote && !escaped;
        escaped = c == '\\' && !escaped;
        closes
    });
    end.map_or(text, |end| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let found: Vec<&str> = (0..lines.len()).flat_map(|at| paired(&lines, at)).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn a_value_is_secret_by_the_name_beside_it() {
        check(r#"{ "name": "A_KEY", "value": "hush" }"#, &["hush"]);
        check(
            r#"[{"value":"hu\"sh","name":"A_KEY"},{"name":"B","value":"c"}]"#,
            &["hu\\\"sh"],
        );
        check(
            "{\n  \"name\": \"A_KEY\",\n  \"value\": \"hush\"\n}\n",
            &["hush"],
        );
        check(
            "{\r\n  \"value\": \"hush\",\r\n  \"name\": \"A_KEY\"\r\n}\r\n",
            &["hush"],
        );
        check(
            "env:\n  - name: A_KEY\n    value: hush\n  - name: B\n    value: c\n",
            &["hush"],
        );
        for clean in [
            "{ \"name\": \"B\", \"value\": \"c\" }",
            "{\n  \"name\": \"A_KEY\"\n},\n{\n  \"value\": \"c\"\n}\n",
            "{ \"value\": \"c\" },\n{ \"name\": \"A_KEY\" }\n",
            "{ \"name\": \"A_KEY\", \"value\": \"${env:A_KEY}\" }",
            "{ \"name\": \"A_KEY\", \"value\": \"\" }",
        ] {
            check(clean, &[]);
        }
    }
}
