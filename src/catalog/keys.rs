//! The catalogue of keys: by what shape a leaked one is known, and where it is made worthless.

use serde::Deserialize;

use super::{Catalog, CatalogError};

/// How a key is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// By a prefix, or by the name it is assigned to.
    #[default]
    Word,
    /// As three parts between dots, the first two of them JSON.
    Jwt,
    /// As a block between two lines of dashes.
    Block,
    /// As what stands before the host of an address.
    Url,
}

/// What a key is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Charset {
    /// Hexadecimal digits.
    Hex,
    /// Letters and digits.
    Alnum,
    /// Upper-case letters and digits.
    Upper,
    /// `A` to `Z` and `2` to `7`.
    Base32,
    /// Letters, digits, `-` and `_`.
    Word,
    /// The same and dots.
    Dotted,
    /// Letters, digits, `+`, `/`, `=`, and `-` and `_` for the second alphabet.
    Base64,
    /// Whatever is visible.
    Any,
}

/// How a key vouches for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Checksum {
    /// The last six digits, in base 62, are the CRC-32 of those before.
    Crc32Base62,
}

/// How much a leak of such a key matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    /// It opens something.
    #[default]
    Error,
    /// It opens little, or may be none.
    Warning,
}

/// A row of `keys.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyShape {
    /// Who issues it; empty where anybody may.
    pub vendor: String,
    /// What it is.
    pub what: String,
    /// How it is known.
    #[serde(default)]
    pub shape: Shape,
    /// With what it begins, one of them.
    #[serde(default)]
    pub prefixes: Vec<String>,
    /// The ends of the names it is assigned to, in small letters and digits, where it has no prefix.
    #[serde(default)]
    pub names: Vec<String>,
    /// What follows the prefix.
    pub charset: Charset,
    /// The least and the greatest length of what follows.
    pub length: (usize, usize),
    /// How it vouches for itself.
    pub checksum: Option<Checksum>,
    /// Words of which one must stand in the same line, in small letters.
    #[serde(default)]
    pub words: Vec<String>,
    /// Whether ordinary names begin with the prefix, too.
    #[serde(default)]
    pub random: bool,
    /// How much it matters.
    #[serde(default)]
    pub severity: Weight,
    /// Where it is made worthless.
    pub rotate: String,
    /// Where its shape is documented.
    pub source: String,
    /// When it was looked up.
    pub date: String,
}

impl Catalog {
    /// Reads the shapes of keys.
    ///
    /// # Errors
    /// Fails where the file is broken.
    pub fn keys(&self) -> Result<Vec<KeyShape>, CatalogError> {
        self.rows("keys")
    }
}
