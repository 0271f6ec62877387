//! Lines with credentials taken out, and with terminal controls shown instead of obeyed.

use super::shape::secret_words;
use super::{Value, looks_like_secret, paired, redact};

const REDACTED: &str = "[redacted]";

/// Returns the line with every credential value replaced; none where it holds none.
#[must_use]
pub fn mask(line: &str) -> Option<String> {
    let mut masked = line.to_owned();
    let assigned = assignments(line).filter_map(credential_value);
    for value in assigned.chain(paired(&[line], 0)) {
        masked = masked.replace(value, REDACTED);
    }
    let masked = hide(&masked);
    (masked != line).then_some(masked)
}

/// Returns the text without whatever has the shape of a credential, whatever its name.
#[must_use]
pub fn hide(text: &str) -> String {
    let shaped = shaped(text);
    shaped.fold(text.to_owned(), |hidden, part| {
        hidden.replace(part, REDACTED)
    })
}

/// Returns a line of a text with every credential value replaced, also one that the lines around it
/// name; none where it holds none.
#[must_use]
pub fn mask_in(lines: &[&str], at: usize) -> Option<String> {
    let line = lines.get(at)?;
    let named = paired(lines, at).into_iter();
    let clean = named.fold((*line).to_owned(), |line, value| {
        line.replace(value, REDACTED)
    });
    mask(&clean).or_else(|| (clean != *line).then_some(clean))
}

/// Returns the values in a line that are credentials by their name or by their shape.
pub fn credentials(line: &str) -> impl Iterator<Item = &str> {
    let assigned = assignments(line).filter_map(credential_value);
    assigned.chain(paired(&[line], 0)).chain(shaped(line))
}

/// The parts of a text that have the shape of a credential.
fn shaped(text: &str) -> impl Iterator<Item = &str> {
    let word_end = |c: char| c.is_whitespace() || "\"'`,;=()[]{}<>".contains(c);
    text.split(word_end).flat_map(|word| {
        let bare = word.rsplit(':').next().unwrap_or(word);
        let bare = bare.trim_start_matches('/');
        let whole = if looks_like_secret(word) {
            Some(word)
        } else if looks_like_secret(bare) {
            Some(bare)
        } else {
            url_credential(word)
        };
        whole.into_iter().chain(secret_words(word))
    })
}

/// Returns what a program said, on one line, without values that it gives to names of credentials.
#[must_use]
pub fn mask_talk(line: &str) -> String {
    let words = line.split_whitespace();
    let assigned =
        words.filter_map(|word| credential_value(word.trim_start_matches(['(', '"', '\''])));
    let masked = assigned.fold(line.to_owned(), |line, value| line.replace(value, REDACTED));
    mask(&masked).unwrap_or(masked)
}

/// Returns a value as it may be shown under a key, with credentials inside it taken out.
#[must_use]
pub fn mask_value(key: &str, value: &Value) -> Value {
    match value {
        Value::String(text) if text.contains('\n') => {
            let lines = text.split('\n');
            let lines: Vec<String> = lines.map(|l| mask(l).unwrap_or(l.to_owned())).collect();
            Value::from(lines.join("\n"))
        }
        Value::String(text) => {
            let shown = redact(key, text);
            Value::from(mask(shown).unwrap_or_else(|| shown.to_owned()))
        }
        Value::Array(items) => items.iter().map(|item| mask_value(key, item)).collect(),
        Value::Object(map) => {
            let named = map.get("name").and_then(Value::as_str);
            let member = |(key, inner): (&String, &Value)| {
                let name = named.filter(|_| key == "value").unwrap_or(key);
                (key.clone(), mask_value(name, inner))
            };
            map.iter().map(member).collect()
        }
        other => other.clone(),
    }
}

/// Returns the text with control and direction characters written as `\u{…}`; a tab stays.
#[must_use]
pub fn escape(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, c| {
        if is_harmful(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
        out
    })
}

/// Returns whether a terminal would obey a character instead of showing it.
#[must_use]
pub fn is_harmful(c: char) -> bool {
    let directs =
        matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    (c.is_control() && c != '\t') || directs
}

/// Whatever in a line may assign a value: the line, the members of what is written in one line, the
/// lines inside of a JSON string, and the header that is itself a value.
fn assignments(line: &str) -> impl Iterator<Item = &str> {
    let members = line.split(['{', '}', '[', ']', ',']);
    let quoted = |part: &&str| part.trim_start().starts_with('"') || part.contains("\\n");
    let parts = members
        .filter(quoted)
        .flat_map(|member| member.split("\\n"));
    let inner =
        |part| std::iter::successors(Some(part), |part: &&str| Some(part.split_once(':')?.1));
    std::iter::once(line).chain(parts.flat_map(inner))
}

/// The value of a line that assigns to the name of a credential, in any of the formats we meet.
fn credential_value(line: &str) -> Option<&str> {
    let (name, value) = line.split_once(['=', ':'])?;
    let name = name.trim().trim_start_matches("export ");
    let name = name.trim_matches(|c: char| c.is_whitespace() || "\"'-".contains(c));
    let value = value.trim_start_matches(['=', ':', '>']).trim();
    let value = value.trim_end_matches(',').trim_matches(['"', '\'']);
    let opens = value.starts_with(['{', '[', '$', '<', '|', '>']);
    // What a comment follows is told by what stands before it, as in `id-token: write # why`.
    let bare = value.split(" #").next().unwrap_or(value).trim_end();
    let named = redact(name, bare) == REDACTED
        || (matches!(name, "ref" | "key") && is_no_reference(line, bare));
    let hidden = !name.contains(' ') && !opens && named;
    (hidden && !value.is_empty()).then_some(value)
}

/// What stands in a manifest where a reference belongs, and is drawn by chance.
fn is_no_reference(line: &str, value: &str) -> bool {
    let has = |test: fn(char) -> bool| value.contains(test);
    let drawn = has(|c| c.is_ascii_digit()) && has(|c| c.is_ascii_alphabetic());
    line.contains("= \"") && drawn && value.len() >= 16 && !value.contains([':', '/'])
}

/// The password of an address, or its user where that is all there is, as with access tokens.
fn url_credential(word: &str) -> Option<&str> {
    // A path that was made of an address has one slash left.
    let (scheme, rest) = word.split_once(":/")?;
    let rest = match rest.strip_prefix('/') {
        None if scheme.len() < 2 || !rest.contains(':') => return None,
        None => rest,
        Some(rest) => rest,
    };
    let (user_info, _) = rest.split('/').next()?.rsplit_once('@')?;
    let credential = user_info
        .split_once(':')
        .map_or(user_info, |(_, password)| password);
    (!credential.is_empty() && credential != "git").then_some(credential)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: Option<&str>) {
        assert_eq!(mask(line).as_deref(), expected, "{line}");
    }

    #[test]
    fn values_of_credentials_are_hidden_and_nothing_else() {
        check(
            "ANTHROPIC_API_KEY=abc",
            Some("ANTHROPIC_API_KEY=[redacted]"),
        );
        check(
            "    \"ANTHROPIC_AUTH_TOKEN\": \"abc\",",
            Some("    \"ANTHROPIC_AUTH_TOKEN\": \"[redacted]\","),
        );
        check(
            "url = https://u:pw1@h/x",
            Some("url = https://u:[redacted]@h/x"),
        );
        let key = ["sk-", &"a1B2c3D4".repeat(3)].concat();
        check(&format!("x-note: {key}"), Some("x-note: [redacted]"));
        check(
            &format!("\"args\": [\"--header=k:{key}\"]"),
            Some("\"args\": [\"--header=k:[redacted]\"]"),
        );
        check(
            &format!("\"url\": \"https://h/{key}/v1\","),
            Some("\"url\": \"https://h/[redacted]/v1\","),
        );
        check(
            r#"{"env":{"A":"1","API_KEY":"abc"}}"#,
            Some(r#"{"env":{"A":"1","API_KEY":"[redacted]"}}"#),
        );
        check(
            r#""HEADERS": "a: b\nAuthorization: Bearer abc\nc: d""#,
            Some(r#""HEADERS": "a: b\nAuthorization: [redacted]\nc: d""#),
        );
        check(
            r#""HEADERS": "x-api-key: abc","#,
            Some(r#""HEADERS": "x-api-key: [redacted]","#),
        );
        let groq = ["gsk_", &"aB3d".repeat(13)].concat();
        check(&format!("# {groq}"), Some("# [redacted]"));
        let face = ["hf_", &"aBcD".repeat(8)].concat();
        check(&format!("note: {face}"), Some("note: [redacted]"));
        check(
            "ref = \"wandering-0123456789\"",
            Some("ref = \"[redacted]\""),
        );
        check("https://tok123@h/x", Some("https://[redacted]@h/x"));
        check("/a/https:/u:pw1@h/x", Some("/a/https:/u:[redacted]@h/x"));
        check(
            r#"{ "name": "A_KEY", "value": "abc" }"#,
            Some(r#"{ "name": "A_KEY", "value": "[redacted]" }"#),
        );
        for clean in [
            "cf-aig-token = \"ENV:CF_AIG_TOKEN\"",
            "ssh://git@h/x",
            "ANTHROPIC_API_KEY=your-gateway-key-here",
            "\"apiKeyRef\": \"VAULT:claude-gateway-key\",",
            "\"ANTHROPIC_API_KEY\": \"\",",
            "API_KEY=${OTHER}",
            "\"token\": {",
            "  id-token: write # to prove who asks",
            "model = \"claude-sonnet-4-6\"",
            "model: xai-grok-code-fast-1",
            "ref = \"VAULT:secret/gateway-2026\"",
            "ref: 0123456789abcdef0123",
            "run: hf_inference_endpoint_2",
        ] {
            check(clean, None);
        }
    }

    #[test]
    fn what_a_program_says_assigns_in_words() {
        let said = "denied: code 403, token=abc: not known (api-key:def)";
        let shown = mask_talk(said);
        assert!(!shown.contains("abc") && !shown.contains("def"), "{shown}");
        assert!(shown.starts_with("denied: code 403, token="), "{shown}");
        assert_eq!(
            mask_talk("permission denied: path a/b"),
            "permission denied: path a/b"
        );
    }

    #[test]
    fn controls_are_written_out() {
        assert_eq!(
            escape("a\u{1b}[31m\tb\nc\u{202e}"),
            "a\\u{1b}[31m\tb\\u{a}c\\u{202e}"
        );
    }
}
