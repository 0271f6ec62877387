//! Paths of keys inside a structured file.

use std::fmt;

/// One step of a [`KeyPath`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// A key of an object, table, mapping or dotenv file.
    Key(String),
    /// An element of a set, named by its JSON text.
    Element(String),
}

/// Where a value stands in a file: `env.ANTHROPIC_BASE_URL`, `permissions.deny["Read(./.env)"]`.
///
/// The empty path is the whole file. The text form is keys joined by dots, a key in JSON quotes
/// where it is more than letters, digits, `_`, `-` and `$`, and set elements in brackets.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct KeyPath(pub Vec<Segment>);

impl KeyPath {
    /// Returns the path of the whole file.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// Returns this path extended by a key.
    #[must_use]
    pub fn key(&self, name: &str) -> Self {
        self.with(Segment::Key(name.to_owned()))
    }

    /// Returns this path extended by a set element, given by its JSON text.
    #[must_use]
    pub fn element(&self, json: &str) -> Self {
        self.with(Segment::Element(json.to_owned()))
    }

    /// Returns the path of the container that holds this value, or none for the whole file.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let (_, rest) = self.0.split_last()?;
        Some(Self(rest.to_vec()))
    }

    /// Returns the last key's name, if the path ends in a key.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self.0.last() {
            Some(Segment::Key(name)) => Some(name),
            _ => None,
        }
    }

    /// Returns whether this path is another one or stands below it.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// Returns this path with the start `from` replaced, or none where it starts with another.
    #[must_use]
    pub fn moved(&self, from: &Self, to: &Self) -> Option<Self> {
        let rest = self.0.strip_prefix(from.0.as_slice())?;
        Some(Self([to.0.as_slice(), rest].concat()))
    }

    /// Reads the text form; returns none where it is not one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut segments = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('[') {
                let (json, tail) = take_json(after)?;
                segments.push(Segment::Element(json.to_owned()));
                rest = tail.strip_prefix(']')?;
                continue;
            }
            if !segments.is_empty() {
                rest = rest.strip_prefix('.')?;
            }
            if rest.starts_with('"') {
                let (json, tail) = take_json(rest)?;
                segments.push(Segment::Key(serde_json::from_str(json).ok()?));
                rest = tail;
            } else {
                let end = rest.find(|c| !is_bare(c)).unwrap_or(rest.len());
                if end == 0 {
                    return None;
                }
                segments.push(Segment::Key(rest[..end].to_owned()));
                rest = &rest[end..];
            }
        }
        Some(Self(segments))
    }

    fn with(&self, segment: Segment) -> Self {
        let mut segments = self.0.clone();
        segments.push(segment);
        Self(segments)
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Element(json) => write!(f, "[{json}]")?,
                Segment::Key(name) => {
                    if index > 0 {
                        f.write_str(".")?;
                    }
                    if !name.is_empty() && name.chars().all(is_bare) {
                        f.write_str(name)?;
                    } else {
                        write!(f, "{}", serde_json::Value::from(name.as_str()))?;
                    }
                }
            }
        }
        Ok(())
    }
}

fn is_bare(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '$')
}

fn take_json(text: &str) -> Option<(&str, &str)> {
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<serde_json::Value>();
    stream.next()?.ok()?;
    Some(text.split_at(stream.byte_offset()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_round_trips() {
        for text in [
            "",
            "env.ANTHROPIC_BASE_URL",
            "\"terminal.integrated.env.linux\".X",
            "permissions.deny[\"Read(./.env)\"]",
            "[\"/.env\"]",
            "a[{\"local\":\"x]\"}]",
        ] {
            assert_eq!(KeyPath::parse(text).expect(text).to_string(), text);
        }
        assert_eq!(KeyPath::parse("a..b"), None);
    }
}
