//! Why a text is no reference. No variant carries the text: it may be the secret.

use super::SCHEMES;

const EXAMPLES: &str =
    "for example `ENV:ANTHROPIC_API_KEY`, `VAULT:path#field`, `OP:vault/item/field`";

/// Why a text is no reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretRefError {
    /// No scheme at all; what it may have been meant to be.
    #[error("a credential reference is `SCHEME:rest`, such as `ENV:ANTHROPIC_API_KEY`")]
    NoScheme(Option<String>),
    /// A key where a reference belongs.
    #[error("this looks like a key, not like a reference to one (CS003)")]
    Literal,
    /// An unknown scheme, and the nearest known one.
    #[error("unknown credential scheme `{0}`")]
    UnknownScheme(String, Option<&'static str>),
    /// The rest does not fit the scheme; at which byte of the text.
    #[error("`{0}:…` {1}")]
    Rest(&'static str, &'static str, usize),
    /// A character no reference holds; at which byte of the text.
    #[error("a credential reference {0}")]
    Character(&'static str, usize),
    /// A spelling that is known and says what no reference of ours can.
    #[error("`{0}` cannot be written as a reference")]
    Foreign(&'static str, &'static str, usize),
}

impl SecretRefError {
    /// Returns the byte of the text at which it goes wrong.
    #[must_use]
    pub fn offset(&self) -> usize {
        match self {
            Self::NoScheme(_) | Self::Literal | Self::UnknownScheme(..) => 0,
            Self::Rest(_, _, at) | Self::Character(_, at) | Self::Foreign(_, _, at) => *at,
        }
    }

    /// Returns what to do.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::NoScheme(Some(near)) => format!("did you mean `{near}`?"),
            Self::UnknownScheme(_, Some(near)) => format!("did you mean `{near}`?"),
            Self::UnknownScheme(_, None) => {
                let known: Vec<&str> = SCHEMES.iter().map(|(name, _)| *name).collect();
                format!("it is one of: {}", known.join(", "))
            }
            Self::Foreign(_, instead, _) => (*instead).to_owned(),
            _ => EXAMPLES.to_owned(),
        }
    }
}
