//! Why a text is no reference. No variant carries the text: it may be the secret.

use super::{SCHEMES, Scheme};

/// Why a text is no reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretRefError {
    /// No scheme at all; what it may have been meant to be.
    #[error("a credential reference is `SCHEME:rest`, such as `ENV:ANTHROPIC_API_KEY`")]
    NoScheme(Option<String>),
    /// A key where a reference belongs.
    #[error("this looks like a key, not like a reference to one")]
    Literal,
    /// An unknown scheme, where it is a word, and the nearest known one.
    #[error("unknown credential scheme{}", .0.as_ref().map_or(String::new(), |name| format!(" `{name}`")))]
    UnknownScheme(Option<String>, Option<&'static str>),
    /// The rest does not fit the scheme; at which byte of the text.
    #[error("`{name}:…` {1}", name = .0.as_str())]
    Rest(Scheme, &'static str, usize),
    /// A character no reference holds; at which byte of the text.
    #[error("a credential reference {0}")]
    Character(&'static str, usize),
    /// A spelling that is known and says what no reference of ours can.
    #[error("{0} cannot be written as a reference")]
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
            Self::Rest(scheme, ..) => format!("for example `{}`", example(*scheme)),
            Self::UnknownScheme(_, None) => {
                let known: Vec<&str> = SCHEMES.iter().map(|(name, _)| *name).collect();
                format!("it is one of: {}", known.join(", "))
            }
            Self::Foreign(_, instead, _) => (*instead).to_owned(),
            Self::Literal => "put it into the env file and name the variable: \
`credential.ref = \"ENV:ANTHROPIC_API_KEY\"`"
                .to_owned(),
            Self::NoScheme(None) | Self::Character(..) => {
                "for example `ENV:ANTHROPIC_API_KEY`, `VAULT:path#field`, `OP:vault/item/field`"
                    .to_owned()
            }
        }
    }
}

/// A reference of each scheme.
pub(super) fn example(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Env => "ENV:ANTHROPIC_API_KEY",
        Scheme::Vault => "VAULT:secret/gateway#api_key",
        Scheme::OnePassword => "OP:vault/item/field",
        Scheme::AwsSecretsManager => "AWS-SM:gateway/claude#api_key",
        Scheme::GcpSecretManager => "GCP-SM:project/secret",
        Scheme::AzureKeyVault => "AZURE-KV:vault/secret",
        Scheme::Pass => "PASS:gateway/claude",
        Scheme::Keyring => "KEYRING:service/account",
        Scheme::Sops => "SOPS:secrets.yaml#gateway.api_key",
        Scheme::Command => "CMD:print-key 'an argument'",
    }
}
