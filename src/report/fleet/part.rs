//! What is told, in parts that are painted each in its own way.

/// A piece of what is told, whole lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Words and numbers.
    Text(String),
    /// A patch.
    Diff(String),
    /// Diagnostics in the house form.
    Diagnostics(String),
}

impl Part {
    /// Returns the text of it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Text(text) | Self::Diff(text) | Self::Diagnostics(text) => text,
        }
    }
}

/// Returns the parts as one text.
#[must_use]
pub fn joined(parts: &[Part]) -> String {
    parts.iter().map(Part::as_str).collect()
}
