//! Where the client's and the editor's settings hold a literal key.

use crate::model::{Format, KeyPath, Segment, Value, holds_secret, is_secret_header};
use crate::observe::{is_literal, variable_for};

const TOKEN: &str = "ANTHROPIC_AUTH_TOKEN";

/// How a key leaves its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Way {
    /// Together with its name.
    Remove,
    /// For this text.
    Set(String),
    /// With another one of the same place.
    Gone,
    /// Not at all: nobody would read the variable there.
    Stays,
}

/// A key and its place. It is on its way into the env file, and shown nowhere.
pub(super) struct Place {
    /// Where it stands.
    pub(super) key: KeyPath,
    /// The variable that takes its place.
    pub(super) variable: String,
    /// The key itself.
    pub(super) secret: String,
    /// How it leaves.
    pub(super) way: Way,
    /// The header that it travels in, where that is not the usual one.
    pub(super) header: Option<String>,
}

/// Returns the keys of a file.
pub(super) fn places(format: Format, value: &Value) -> Vec<Place> {
    let mut found = Vec::new();
    walk(value, &KeyPath::root(), &mut |key, text| {
        let names: Vec<&str> = key.0.iter().map(name).collect();
        match (format, names.as_slice()) {
            (Format::Json, ["env", "ANTHROPIC_CUSTOM_HEADERS"]) => headers(key, text, &mut found),
            (Format::Json, ["apiKeyHelper"]) => found.extend(helper(key, text)),
            (Format::Json, ["routing", "apiKeyRef"]) if holds_secret(text) => {
                found.push(place(key, TOKEN, text, Way::Set(format!("ENV:{TOKEN}"))));
            }
            (Format::Jsonc, ["aiCoding.agentConfig", "authToken"])
                if is_literal("authToken", text) =>
            {
                found.push(place(
                    key,
                    TOKEN,
                    text,
                    Way::Set(format!("${{env:{TOKEN}}}")),
                ));
            }
            (_, [block, variable])
                if is_environment(format, block)
                    && is_variable(variable)
                    && is_literal(variable, text) =>
            {
                found.push(place(key, variable, text, Way::Remove));
            }
            (_, [.., _]) if holds_secret(text) => {
                found.push(place(key, TOKEN, text, Way::Stays));
            }
            _ => {}
        }
    });
    found
}

fn place(key: &KeyPath, variable: &str, secret: &str, way: Way) -> Place {
    Place {
        key: key.clone(),
        variable: variable.to_owned(),
        secret: secret.trim().to_owned(),
        way,
        header: None,
    }
}

/// The header lines that carry a credential; the others stay.
fn headers(key: &KeyPath, text: &str, found: &mut Vec<Place>) {
    let is_secret = |line: &&str| {
        let Some((name, value)) = line.split_once(':') else {
            return false;
        };
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
        (is_secret_header(&name) && is_literal("TOKEN", value)) || holds_secret(value)
    };
    let (secret, plain): (Vec<&str>, Vec<&str>) = text.lines().partition(is_secret);
    for (at, line) in secret.iter().enumerate() {
        let (name, value) = line.split_once(':').unwrap_or_default();
        let (name, value) = (name.trim(), value.trim());
        let variable = variable_for(&name.to_ascii_lowercase());
        let bare = value.strip_prefix("Bearer ").filter(|_| variable == TOKEN);
        let way = match (at, plain.is_empty()) {
            (0, true) => Way::Remove,
            (0, false) => Way::Set(plain.join("\n")),
            _ => Way::Gone,
        };
        let mut place = place(key, &variable, bare.unwrap_or(value), way);
        let usual = matches!(variable.as_str(), TOKEN | "ANTHROPIC_API_KEY");
        place.header = (!usual).then(|| name.to_owned());
        found.push(place);
    }
}

/// A helper that prints a key which it holds itself.
fn helper(key: &KeyPath, command: &str) -> Option<Place> {
    let (program, rest) = command.trim().split_once(' ')?;
    if !matches!(program, "echo" | "printf") {
        return holds_secret(command).then(|| place(key, TOKEN, command, Way::Stays));
    }
    let last = rest.split_whitespace().next_back()?;
    let word = last.trim_matches(['"', '\'']);
    let plain = |c: char| c.is_ascii_graphic() && !"$`|;&<>()%\\'\"".contains(c);
    let literal = word.len() >= 8 && word.chars().all(plain) && is_literal("TOKEN", word);
    literal.then(|| place(key, TOKEN, word, Way::Remove))
}

fn is_environment(format: Format, block: &str) -> bool {
    match format {
        Format::Json => block == "env",
        _ => block.starts_with("terminal.integrated.env."),
    }
}

fn is_variable(name: &str) -> bool {
    let inner = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    name.bytes().all(inner) && !name.starts_with(|c: char| c.is_ascii_digit())
}

fn name(segment: &Segment) -> &str {
    match segment {
        Segment::Key(name) => name,
        Segment::Element(_) => "",
    }
}

fn walk(value: &Value, key: &KeyPath, visit: &mut dyn FnMut(&KeyPath, &str)) {
    match value {
        Value::String(text) => visit(key, text),
        Value::Object(map) => map
            .iter()
            .for_each(|(name, inner)| walk(inner, &key.key(name), visit)),
        Value::Array(items) => items.iter().for_each(|inner| walk(inner, key, visit)),
        _ => {}
    }
}
