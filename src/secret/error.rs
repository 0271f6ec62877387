//! Why there is no key, and what to do about it.

use std::time::Duration;

use super::{Refusal, VaultError};
use crate::catalog::Store;
use crate::model::{Scheme, SecretRef, escape};

/// The most names of fields that are shown.
const NAMES: usize = 20;

/// What a store's program meant by its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Nobody is logged in, or may not read it.
    LoggedOut,
    /// There is no such secret.
    Missing,
    /// The store cannot be reached, or is sealed.
    Unavailable,
    /// Something that the catalogue does not know.
    Unknown,
}

/// Why there is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// A variable that neither the environment nor the env file has.
    #[error("`{name}` is set neither in the environment nor in `{file}`")]
    Unset {
        /// Which.
        name: String,
        /// The env file.
        file: String,
    },
    /// A store that is not asked on this system.
    #[error("`{0}` cannot be asked here: {1}")]
    Unsupported(&'static str, String),
    /// None of the store's programs is there.
    #[error("there is no {} on the PATH", listed(.0, " or "))]
    NoProgram(Vec<String>),
    /// The program is there and cannot be run.
    #[error("cannot run `{program}`: {why}")]
    NotStarted {
        /// Which.
        program: String,
        /// The system's reason.
        why: String,
    },
    /// The store did not answer in time.
    #[error("{who} did not answer within {} s", .limit.as_secs())]
    Slow {
        /// The program or server.
        who: String,
        /// How long it was waited for.
        limit: Duration,
    },
    /// The program printed more than any key.
    #[error("{who} printed more than {limit} bytes")]
    TooMuch {
        /// The program or server.
        who: String,
        /// How much is read.
        limit: usize,
    },
    /// The store said no.
    #[error("{who} failed ({how}): {said}")]
    Failed {
        /// The program or server.
        who: String,
        /// `exit code 1`, `HTTP 403`.
        how: String,
        /// What it said, on one line, as it may be shown.
        said: String,
        /// What the catalogue makes of that.
        cause: Cause,
    },
    /// The answer is no key.
    #[error("what {from} gave {why}")]
    Refused {
        /// The program, server or variable.
        from: String,
        /// Why not.
        why: Refusal,
    },
    /// Somebody ended it all while the store was asked.
    #[error("interrupted while {0} was asked")]
    Interrupted(String),
    /// The store is asked over the network, and nobody may use that.
    #[error("{0} is asked over the network, and --offline forbids it")]
    Offline(String),
    /// Vault gave no key over HTTP.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl SecretError {
    /// Returns what to do, in the words of the catalogue.
    #[must_use]
    pub fn help(&self, reference: &SecretRef, store: &Store) -> String {
        match self {
            Self::Unset { name, file } => {
                format!("set `{name}` in the environment, or in `{file}`")
            }
            Self::Unsupported(..) => other_way(),
            Self::NoProgram(_) if store.install.is_empty() => {
                "name a program that is there, or one in the unit's folder by a path with a slash"
                    .to_owned()
            }
            Self::NoProgram(_) => format!("install it, see {}", store.install),
            Self::NotStarted { program, .. } => format!("make sure that `{program}` can be run"),
            Self::Slow { .. } if store.login.is_empty() => by_hand(reference),
            Self::Slow { .. } => format!("it may wait for a login: {}", login(store)),
            Self::TooMuch { .. } => format!("let `{reference}` name one key"),
            Self::Failed { cause, .. } => caused(*cause, reference, store),
            Self::Refused { why, .. } => refused(why, reference),
            Self::Vault(error) => error.help(store),
            Self::Interrupted(_) => {
                "the store was not waited for; run the command again".to_owned()
            }
            Self::Offline(_) => "leave --offline out".to_owned(),
        }
    }
}

fn caused(cause: Cause, reference: &SecretRef, store: &Store) -> String {
    match cause {
        Cause::LoggedOut if !store.login.is_empty() => {
            format!("log in, or be given the right to read it: {}", login(store))
        }
        Cause::Missing => format!(
            "is `{reference}` the right name? It is said in `credential.ref` or `[headers]`"
        ),
        Cause::Unavailable => format!("is {} up, and can it be reached from here?", store.name),
        _ => by_hand(reference),
    }
}

fn refused(why: &Refusal, reference: &SecretRef) -> String {
    let mut whole = reference.clone();
    whole.field = None;
    match why {
        Refusal::Object(names) => {
            let names = shown(names);
            match reference.scheme {
                Scheme::Vault
                | Scheme::AwsSecretsManager
                | Scheme::GcpSecretManager
                | Scheme::AzureKeyVault => {
                    format!("name its field: `{whole}#NAME`, one of: {names}")
                }
                Scheme::Sops => {
                    format!("name what is below it: `{reference}.NAME`, one of: {names}")
                }
                _ => format!("let `{reference}` be one of its fields alone: {names}"),
            }
        }
        Refusal::NoField(_, names) if !names.is_empty() => format!("it has: {}", shown(names)),
        Refusal::NoObject(_) => format!("leave the field out: `{whole}`"),
        Refusal::Placeholder if reference.scheme == Scheme::Env => {
            format!("put the key where `{}` is", crate::model::PLACEHOLDER_KEY)
        }
        _ => format!("let `{reference}` be the key alone, on one line"),
    }
}

fn login(store: &Store) -> String {
    format!("`{}`", store.login)
}

fn by_hand(reference: &SecretRef) -> String {
    match reference.argv().as_slice() {
        [] => other_way(),
        [program, ..] => format!(
            "see what `{}` says when you run it by hand",
            escape(program)
        ),
    }
}

fn other_way() -> String {
    "give the key in the environment instead: `GATEWAY_TOKEN`".to_owned()
}

/// Names of fields as they may be shown; what has the shape of a key, diagnostics take out.
fn shown(names: &[String]) -> String {
    let quoted = names.iter().take(NAMES).map(|name| {
        let short: String = name.chars().take(64).collect();
        format!("`{}`", escape(&short))
    });
    let mut list: Vec<String> = quoted.collect();
    if names.len() > NAMES {
        list.push("…".to_owned());
    }
    list.join(", ")
}

fn listed(names: &[String], between: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(between)
}
