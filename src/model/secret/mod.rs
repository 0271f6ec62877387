//! References to secrets.

mod argv;
mod error;
mod near;
mod read;
mod spell;
#[cfg(test)]
mod spelt;
#[cfg(test)]
mod tests;
mod words;

use std::fmt;

pub use argv::Parts;
pub use error::SecretRefError;

/// Where a reference points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// An environment variable, then the env file.
    Env,
    /// Vault KV.
    Vault,
    /// 1Password.
    OnePassword,
    /// AWS Secrets Manager.
    AwsSecretsManager,
    /// Google Secret Manager.
    GcpSecretManager,
    /// Azure Key Vault.
    AzureKeyVault,
    /// The standard Unix password manager.
    Pass,
    /// The system's keyring.
    Keyring,
    /// A SOPS-encrypted file.
    Sops,
    /// A program of the user's.
    Command,
}

pub(super) const SCHEMES: [(&str, Scheme); 10] = [
    ("ENV", Scheme::Env),
    ("VAULT", Scheme::Vault),
    ("OP", Scheme::OnePassword),
    ("AWS-SM", Scheme::AwsSecretsManager),
    ("GCP-SM", Scheme::GcpSecretManager),
    ("AZURE-KV", Scheme::AzureKeyVault),
    ("PASS", Scheme::Pass),
    ("KEYRING", Scheme::Keyring),
    ("SOPS", Scheme::Sops),
    ("CMD", Scheme::Command),
];

impl Scheme {
    /// Every scheme.
    pub const ALL: [Self; 10] = [
        Self::Env,
        Self::Vault,
        Self::OnePassword,
        Self::AwsSecretsManager,
        Self::GcpSecretManager,
        Self::AzureKeyVault,
        Self::Pass,
        Self::Keyring,
        Self::Sops,
        Self::Command,
    ];

    /// Returns the scheme as references spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        SCHEMES
            .iter()
            .find(|(_, s)| *s == self)
            .map_or("ENV", |(name, _)| name)
    }

    /// Returns whether `#field` may follow, or has to.
    fn takes_field(self) -> bool {
        use Scheme::{AwsSecretsManager, AzureKeyVault, GcpSecretManager, Sops, Vault};
        matches!(
            self,
            Vault | AwsSecretsManager | GcpSecretManager | AzureKeyVault | Sops
        )
    }
}

/// Where a secret is found, `SCHEME:rest[#field]`. It has no way to hold the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretRef {
    /// Which store.
    pub scheme: Scheme,
    /// Where in the store.
    pub rest: String,
    /// Which field of the entry.
    pub field: Option<String>,
}

impl SecretRef {
    /// Reads a reference, in our spelling or in the store's own.
    ///
    /// # Errors
    /// Refuses literal keys, unknown schemes and rests that the scheme cannot use.
    pub fn parse(text: &str) -> Result<Self, SecretRefError> {
        read::read(text)
    }

    /// Returns the field to ask for: the one named, or the store's usual one.
    #[must_use]
    pub fn field_or_default(&self) -> Option<&str> {
        let usual = (self.scheme == Scheme::Vault).then_some("value");
        self.field.as_deref().or(usual)
    }

    /// Returns the field of the JSON object that the store's answer has to be, where one is named.
    #[must_use]
    pub fn json_field(&self) -> Option<&str> {
        use Scheme::{AwsSecretsManager, AzureKeyVault, GcpSecretManager};
        let whole = matches!(
            self.scheme,
            AwsSecretsManager | GcpSecretManager | AzureKeyVault
        );
        self.field.as_deref().filter(|_| whole)
    }
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.scheme.as_str(), self.rest)?;
        self.field
            .as_ref()
            .map_or(Ok(()), |field| write!(f, "#{field}"))
    }
}
