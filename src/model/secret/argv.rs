//! A reference → its parts, and the words of the store's program that print the secret.

use super::words::split;
use super::{Scheme, SecretRef};

/// What a reference says, taken apart as its store names things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parts<'a> {
    /// A variable of the environment.
    Env {
        /// Its name.
        name: &'a str,
    },
    /// An entry of Vault.
    Vault {
        /// The mount and what lies below it; whichever segments the mount has.
        path: String,
        /// The field.
        field: &'a str,
    },
    /// A field of 1Password.
    OnePassword {
        /// `vault/item[/section]/field`.
        path: &'a str,
    },
    /// A secret of AWS.
    Aws {
        /// Its name or ARN.
        id: &'a str,
        /// The region that the reference names.
        region: Option<&'a str>,
    },
    /// A secret of Google's.
    Gcp {
        /// The project.
        project: &'a str,
        /// The secret.
        secret: &'a str,
        /// The version, or `latest`.
        version: &'a str,
    },
    /// A secret of Azure.
    Azure {
        /// The vault.
        vault: &'a str,
        /// The secret.
        secret: &'a str,
        /// The version; none is the current one.
        version: Option<&'a str>,
    },
    /// An entry of `pass`.
    Pass {
        /// Its name.
        name: &'a str,
    },
    /// An entry of the system's keyring.
    Keyring {
        /// The service.
        service: &'a str,
        /// The account.
        account: &'a str,
    },
    /// A value in an encrypted file.
    Sops {
        /// The file.
        file: &'a str,
        /// The keys that lead to the value, outermost first.
        key: Vec<&'a str>,
    },
    /// A program.
    Command {
        /// It and its arguments.
        words: Vec<String>,
    },
}

impl SecretRef {
    /// Returns the reference taken apart.
    #[must_use]
    pub fn parts(&self) -> Parts<'_> {
        let rest = self.rest.as_str();
        match self.scheme {
            Scheme::Env => Parts::Env { name: rest },
            Scheme::Vault => Parts::Vault {
                path: if rest.contains('/') {
                    rest.to_owned()
                } else {
                    format!("secret/{rest}")
                },
                field: self.field_or_default().unwrap_or_default(),
            },
            Scheme::OnePassword => Parts::OnePassword { path: rest },
            Scheme::AwsSecretsManager => {
                let (id, asked) = split_region(rest);
                let region = asked.or_else(|| arn_region(id));
                Parts::Aws { id, region }
            }
            Scheme::GcpSecretManager => {
                let (project, secret, version) = split_version(rest);
                let version = version.unwrap_or("latest");
                Parts::Gcp {
                    project,
                    secret,
                    version,
                }
            }
            Scheme::AzureKeyVault => {
                let (vault, secret, version) = split_version(rest);
                Parts::Azure {
                    vault,
                    secret,
                    version,
                }
            }
            Scheme::Pass => Parts::Pass { name: rest },
            Scheme::Keyring => {
                let (service, account) = rest.split_once('/').unwrap_or((rest, ""));
                Parts::Keyring { service, account }
            }
            Scheme::Sops => Parts::Sops {
                file: rest,
                key: sops_key(self.field.as_deref().unwrap_or_default()),
            },
            Scheme::Command => Parts::Command {
                words: split(rest).unwrap_or_default(),
            },
        }
    }

    /// Returns the words of the store's program that print the secret; empty for the environment.
    ///
    /// The first word is the store's first program; where another of its programs is there, that one
    /// takes the same words. The keyring has other words on macOS, and none on Windows.
    #[must_use]
    pub fn argv(&self) -> Vec<String> {
        match self.parts() {
            Parts::Env { .. } => Vec::new(),
            Parts::Vault { path, field } => {
                words(&["vault", "kv", "get", &format!("-field={field}"), &path])
            }
            Parts::OnePassword { path } => {
                words(&["op", "read", "--no-newline", &format!("op://{path}")])
            }
            Parts::Aws { id, region } => aws(id, region),
            Parts::Gcp {
                project,
                secret,
                version,
            } => {
                let secret = format!("--secret={secret}");
                let project = format!("--project={project}");
                let asked = ["gcloud", "secrets", "versions", "access", version];
                words(&[&asked[..], &[&secret, &project]].concat())
            }
            Parts::Azure {
                vault,
                secret,
                version,
            } => azure(vault, secret, version),
            Parts::Pass { name } => words(&["pass", "show", name]),
            Parts::Keyring { service, account } => {
                let lookup = ["secret-tool", "lookup", "service", service];
                words(&[&lookup[..], &["username", account]].concat())
            }
            Parts::Sops { file, key } => {
                let path = format!("[\"{}\"]", key.join("\"][\""));
                words(&["sops", "decrypt", "--extract", &path, file])
            }
            Parts::Command { words } => words,
        }
    }
}

fn aws(id: &str, region: Option<&str>) -> Vec<String> {
    let mut list = words(&[
        "aws",
        "secretsmanager",
        "get-secret-value",
        "--secret-id",
        id,
    ]);
    list.extend(words(&["--query", "SecretString", "--output", "text"]));
    if let Some(region) = region {
        list.extend(words(&["--region", region]));
    }
    list
}

fn azure(vault: &str, secret: &str, version: Option<&str>) -> Vec<String> {
    let mut list = words(&["az", "keyvault", "secret", "show"]);
    list.extend(words(&["--vault-name", vault, "--name", secret]));
    if let Some(version) = version {
        list.extend(words(&["--version", version]));
    }
    list.extend(words(&["--query", "value", "--output", "tsv"]));
    list
}

fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|word| (*word).to_owned()).collect()
}

/// The name of a secret of AWS and the region asked for: `name?region=eu-west-1`.
pub(super) fn split_region(rest: &str) -> (&str, Option<&str>) {
    match rest.split_once("?region=") {
        Some((id, region)) => (id, Some(region)),
        None => (rest, None),
    }
}

/// The region of `arn:PARTITION:secretsmanager:REGION:ACCOUNT:secret:NAME`.
pub(super) fn arn_region(id: &str) -> Option<&str> {
    let mut words = id.split(':');
    let arn = words.next() == Some("arn");
    words.nth(2).filter(|region| arn && !region.is_empty())
}

fn split_version(rest: &str) -> (&str, &str, Option<&str>) {
    let mut parts = rest.splitn(3, '/');
    let first = parts.next().unwrap_or_default();
    (first, parts.next().unwrap_or_default(), parts.next())
}

/// The keys of `a.b`, or of `a/b` where a key has a dot in it.
pub(super) fn sops_key(field: &str) -> Vec<&str> {
    let separator = if field.contains('/') { '/' } else { '.' };
    field.split(separator).collect()
}
