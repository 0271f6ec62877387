//! References to secrets.

use std::fmt;

use super::shape::holds_secret;

/// Where a reference points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// An environment variable, then the env file.
    Env,
    /// Vault KV version 2.
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
    /// Returns every scheme.
    pub fn all() -> impl Iterator<Item = Self> {
        SCHEMES.iter().map(|(_, scheme)| *scheme)
    }

    /// Returns the scheme as references spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        SCHEMES
            .iter()
            .find(|(_, s)| *s == self)
            .map_or("ENV", |(name, _)| name)
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

/// Why a text is no reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretRefError {
    /// No scheme at all.
    #[error("a credential reference is `SCHEME:rest`, such as `ENV:ANTHROPIC_API_KEY`")]
    NoScheme,
    /// A key where a reference belongs.
    #[error("this looks like a key, not like a reference to one (CS003)")]
    Literal,
    /// An unknown scheme, and a question that names the nearest known one.
    #[error("unknown credential scheme `{0}`{1}")]
    UnknownScheme(String, String),
    /// The rest does not fit the scheme.
    #[error("`{0}` {1}")]
    Rest(String, &'static str),
}

impl SecretRef {
    /// Reads a reference, in our spelling or in the store's own.
    ///
    /// # Errors
    /// Refuses literal keys, unknown schemes and rests that the scheme cannot use.
    pub fn parse(text: &str) -> Result<Self, SecretRefError> {
        if holds_secret(text) {
            return Err(SecretRefError::Literal);
        }
        if let Some(rest) = text.strip_prefix("op://") {
            return Self::build(text, Scheme::OnePassword, rest);
        }
        if let Some(rest) = text
            .strip_prefix("ref+vault://")
            .or_else(|| text.strip_prefix("vault://"))
        {
            return Self::build(text, Scheme::Vault, &rest.replace("#/", "#"));
        }
        if text.starts_with("arn:aws:secretsmanager:") {
            return Self::build(text, Scheme::AwsSecretsManager, text);
        }
        let (name, rest) = text.split_once(':').ok_or(SecretRefError::NoScheme)?;
        let known = SCHEMES
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        let (_, scheme) = known.ok_or_else(|| unknown(name))?;
        Self::build(text, *scheme, rest)
    }

    /// Returns the store program's words that print the secret; empty for the environment.
    #[must_use]
    pub fn argv(&self) -> Vec<String> {
        let words = |list: &[&str]| list.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        let field = self.field.as_deref();
        match self.scheme {
            Scheme::Env => Vec::new(),
            Scheme::Vault => {
                let (mount, path) = self.rest.split_once('/').unwrap_or(("secret", &self.rest));
                let field = format!("-field={}", field.unwrap_or("value"));
                words(&[
                    "vault",
                    "kv",
                    "get",
                    &format!("-mount={mount}"),
                    &field,
                    path,
                ])
            }
            Scheme::OnePassword => words(&["op", "read", &format!("op://{}", self.rest)]),
            Scheme::AwsSecretsManager => words(&[
                "aws",
                "secretsmanager",
                "get-secret-value",
                "--secret-id",
                &self.rest,
                "--query",
                "SecretString",
                "--output",
                "text",
            ]),
            Scheme::GcpSecretManager => {
                let (project, name) = self.rest.split_once('/').unwrap_or(("", &self.rest));
                let secret = format!("--secret={name}");
                let project = format!("--project={project}");
                words(&[
                    "gcloud", "secrets", "versions", "access", "latest", &secret, &project,
                ])
            }
            Scheme::AzureKeyVault => {
                let (vault, name) = self.rest.split_once('/').unwrap_or(("", &self.rest));
                words(&[
                    "az",
                    "keyvault",
                    "secret",
                    "show",
                    "--vault-name",
                    vault,
                    "--name",
                    name,
                    "--query",
                    "value",
                    "--output",
                    "tsv",
                ])
            }
            Scheme::Pass => words(&["pass", "show", &self.rest]),
            Scheme::Keyring => {
                let (service, account) = self.rest.split_once('/').unwrap_or((&self.rest, ""));
                words(&[
                    "secret-tool",
                    "lookup",
                    "service",
                    service,
                    "account",
                    account,
                ])
            }
            Scheme::Sops => {
                let key = field
                    .unwrap_or_default()
                    .split('.')
                    .map(|k| format!("[{k:?}]"));
                words(&[
                    "sops",
                    "decrypt",
                    "--extract",
                    &key.collect::<String>(),
                    &self.rest,
                ])
            }
            Scheme::Command => self
                .rest
                .split(' ')
                .filter(|w| !w.is_empty())
                .map(str::to_owned)
                .collect(),
        }
    }

    fn build(text: &str, scheme: Scheme, rest: &str) -> Result<Self, SecretRefError> {
        let wrong = |why| Err(SecretRefError::Rest(text.to_owned(), why));
        if rest.is_empty() || rest.chars().any(char::is_control) {
            return wrong("names nothing, or holds a control character");
        }
        let (rest, field) = match rest.rsplit_once('#') {
            Some((rest, field)) if scheme != Scheme::Command => (rest, Some(field.to_owned())),
            _ => (rest, None),
        };
        let slashes = rest.matches('/').count();
        match scheme {
            Scheme::Env if !is_variable(rest) => {
                wrong("is not the name of an environment variable")
            }
            Scheme::Env if is_taken(rest) => {
                wrong("names a variable that holds something else than a key")
            }
            Scheme::OnePassword if slashes < 2 => wrong("needs `vault/item/field`"),
            Scheme::GcpSecretManager if slashes != 1 => wrong("needs `project/secret`"),
            Scheme::AzureKeyVault if slashes != 1 => wrong("needs `vault/secret`"),
            Scheme::Keyring if slashes == 0 => wrong("needs `service/account`"),
            Scheme::Sops if field.is_none() => wrong("needs `file#key`"),
            _ if rest.starts_with('-') => {
                wrong("begins with `-`, which a program would take for an option")
            }
            _ => Ok(Self {
                scheme,
                rest: rest.to_owned(),
                field,
            }),
        }
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

fn is_variable(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Variables that the client, the run script or the system reads for something else.
fn is_taken(name: &str) -> bool {
    let tail = ["_URL", "_MODEL", "_TIMEOUT_MS", "_HEADERS"];
    let vendor = ["ANTHROPIC_", "OPENAI_", "API_", "CLAUDE_CODE_"];
    matches!(
        name,
        "PATH" | "HOME" | "PWD" | "SHELL" | "USER" | "IFS" | "ENV" | "TMPDIR"
    ) || (vendor.iter().any(|v| name.starts_with(v)) && tail.iter().any(|t| name.ends_with(t)))
}

fn unknown(name: &str) -> SecretRefError {
    let upper = name.to_ascii_uppercase();
    let near = SCHEMES
        .iter()
        .map(|(s, _)| *s)
        .min_by_key(|s| strsim::damerau_levenshtein(s, &upper));
    let near = near.filter(|s| strsim::damerau_levenshtein(s, &upper) <= 2);
    let near = near.map_or_else(String::new, |s| format!("; did you mean `{s}`?"));
    SecretRefError::UnknownScheme(name.to_owned(), near)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::redact;

    #[test]
    fn references_are_read_and_normalised() {
        for (text, normal) in [
            ("VAULT:claude-gateway-key", "VAULT:claude-gateway-key"),
            ("vault://secret/gateway#key", "VAULT:secret/gateway#key"),
            (
                "ref+vault://secret/gateway#/key",
                "VAULT:secret/gateway#key",
            ),
            ("op://vault/item/field", "OP:vault/item/field"),
            ("env:NAME", "ENV:NAME"),
        ] {
            assert_eq!(SecretRef::parse(text).expect(text).to_string(), normal);
        }
        for bad in [
            "NAME",
            "ENV:",
            "ENV:a-b",
            "VALT:x",
            "OP:x",
            "SOPS:f",
            "PASS:-x",
            "ENV:A\nB",
            "ENV:ANTHROPIC_BASE_URL",
            "ENV:API_TIMEOUT_MS",
            "ENV:PATH",
        ] {
            assert!(SecretRef::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_literal_key_is_no_reference() {
        let key = ["sk-ant-", "api03-", &"a1B2".repeat(8)].concat();
        assert_eq!(SecretRef::parse(&key), Err(SecretRefError::Literal));
        assert_eq!(
            SecretRef::parse(&format!("ENV:{key}")),
            Err(SecretRefError::Literal)
        );
        for around in ["CMD:echo ", "VAULT:x#", "op://v/i/"] {
            let text = format!("{around}{key}");
            assert_eq!(SecretRef::parse(&text), Err(SecretRefError::Literal));
        }
        assert!(SecretRef::parse("VAULT:secret/sk-of-the-whole-platform").is_ok());
        for name in [
            "AWS_SECRET_ACCESS_KEY",
            "DB_PASSWD",
            "GITHUB_PAT",
            "x-auth-key",
        ] {
            assert_eq!(redact(name, "anything"), "[redacted]", "{name}");
        }
        assert_eq!(redact("cf-aig-token", "ENV:CF_AIG"), "ENV:CF_AIG");
        assert_eq!(redact("ANTHROPIC_API_KEY", "anything"), "[redacted]");
        assert_eq!(redact("model", "claude"), "claude");
    }
}
