//! Why Vault gave no key over HTTP.

use std::fmt;

use crate::catalog::Store;
use crate::http::TlsFault;
use crate::model::escape;

/// A secret as it is asked for: the path of the API, the server, the namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// Such as `secret/data/gateway`.
    pub path: String,
    /// The server's address, without a user.
    pub address: String,
    /// What `VAULT_NAMESPACE` says.
    pub namespace: Option<String>,
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` of Vault at `{}`", self.path, self.address)?;
        match &self.namespace {
            Some(namespace) => write!(f, ", namespace `{namespace}`"),
            None => Ok(()),
        }
    }
}

/// Why Vault gave no key over HTTP.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// Nobody says where Vault is.
    #[error("`VAULT_ADDR` is not set, and there is neither `vault` nor `bao` on the PATH")]
    NoAddress,
    /// `VAULT_ADDR` is not the address of a server.
    #[error("`VAULT_ADDR` is no address to ask: {0}")]
    Address(String),
    /// The token would travel in plain text.
    #[error("`{0}` is not https, so the token would travel in plain text")]
    Plain(String),
    /// A variable, and a file that it names and that is of no use.
    #[error("{name} names `{path}`, which {why}")]
    File {
        /// The variable, or what the file is.
        name: &'static str,
        /// The file.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// A variable with a value that no header can carry.
    #[error("`{0}` holds characters that cannot be sent")]
    Unsendable(&'static str),
    /// The proxy on the way.
    #[error("the proxy that `HTTPS_PROXY` names is of no use: {0}")]
    Proxy(String),
    /// No connection.
    #[error("Vault at `{address}` cannot be reached: {why}")]
    Unreachable {
        /// The server.
        address: String,
        /// The reason.
        why: String,
    },
    /// No TLS connection.
    #[error("no TLS connection to Vault at `{address}`: {}", words(.fault))]
    Tls {
        /// The server.
        address: String,
        /// The reason.
        fault: TlsFault,
    },
    /// It took too long.
    #[error("Vault at `{0}` did not answer in time")]
    Slow(String),
    /// It sends the client to another host.
    #[error("Vault at `{address}` sends its callers to `{to}`, which the token is not sent to")]
    Elsewhere {
        /// The server.
        address: String,
        /// Where it points to.
        to: String,
    },
    /// It has no end.
    #[error("Vault at `{0}` answers more than can be a secret")]
    Long(String),
    /// The answer is not Vault's.
    #[error("what answers at `{address}` is not Vault: {why}")]
    NotVault {
        /// The server.
        address: String,
        /// What it answers instead.
        why: String,
    },
    /// Vault is sealed.
    #[error("Vault at `{0}` is sealed")]
    Sealed(String),
    /// There was no token to send.
    #[error("{0} wants a token, and neither `VAULT_TOKEN` nor `~/.vault-token` holds one")]
    NoToken(Spot),
    /// The token may not read it, or is none.
    #[error("{spot} is not for this token: {said}")]
    Denied {
        /// What was asked for.
        spot: Spot,
        /// Vault's words.
        said: String,
    },
    /// There is no such secret.
    #[error("there is no {0}")]
    Missing(Spot),
    /// Its newest version is gone.
    #[error("the newest version of {0} is deleted")]
    Deleted(Spot),
    /// Vault answers with a failure of its own.
    #[error("{spot}: it answers {status}: {said}")]
    Failed {
        /// What was asked for.
        spot: Spot,
        /// The HTTP status.
        status: u16,
        /// Vault's words.
        said: String,
    },
}

impl VaultError {
    /// Returns what to do about it.
    #[must_use]
    pub fn help(&self, store: &Store) -> String {
        let login = store.login.as_str();
        match self {
            Self::NoAddress => format!(
                "`export VAULT_ADDR=https://…`, install its program ({}), or give the key itself: `GATEWAY_TOKEN=…`",
                store.install
            ),
            Self::Address(_) => "write it as `https://host:8200`".to_owned(),
            Self::Plain(_) => "use `https://`; http is for a Vault on this machine".to_owned(),
            Self::File { .. } => "give it a file that is there and readable".to_owned(),
            Self::Unsendable(_) => "look for a blank or a line end inside of it".to_owned(),
            Self::Proxy(_) => "mend it, or except Vault's host in `NO_PROXY`".to_owned(),
            Self::Unreachable { .. } | Self::Slow(_) => {
                "check `VAULT_ADDR`, and look for a VPN, a firewall or a proxy on the way".to_owned()
            }
            Self::Tls { fault, .. } => trusted(fault).to_owned(),
            Self::Elsewhere { .. } => "set `VAULT_ADDR` to the server that is meant".to_owned(),
            Self::Long(_) | Self::NotVault { .. } => "check `VAULT_ADDR`".to_owned(),
            Self::Sealed(_) => "have whoever runs it unseal it: `vault operator unseal`".to_owned(),
            Self::NoToken(_) => format!("log in with `{login}`, or set `VAULT_TOKEN`"),
            Self::Denied { spot, .. } => match spot.namespace {
                Some(_) => format!("log in again with `{login}`, or have a policy allow it"),
                None => format!(
                    "log in again with `{login}`, have a policy allow it, or set `VAULT_NAMESPACE` where Vault has namespaces"
                ),
            },
            Self::Missing(spot)
            | Self::Failed {
                spot, status: 404, ..
            } => match spot.namespace {
                Some(_) => "check mount and path of the reference, and the namespace".to_owned(),
                None => "check mount and path of the reference, and `VAULT_NAMESPACE` where Vault has namespaces".to_owned(),
            },
            Self::Deleted(_) => {
                "write it anew, or bring it back with `vault kv undelete`".to_owned()
            }
            Self::Failed { .. } => "look at Vault's own log, or try again".to_owned(),
        }
    }
}

fn trusted(fault: &TlsFault) -> &'static str {
    match fault {
        TlsFault::UnknownAuthority(_) | TlsFault::SelfSigned => {
            "name the authority's certificate: `export VAULT_CACERT=/path/to/ca.pem`"
        }
        TlsFault::Expired | TlsFault::WantsCertificate => "have whoever runs Vault mend it",
        TlsFault::NotYet => "set this machine's clock",
        _ => "check host and port in `VAULT_ADDR`",
    }
}

fn words(fault: &TlsFault) -> String {
    let certificate = match fault {
        TlsFault::UnknownAuthority(_) => "is signed by an authority that is not known here",
        TlsFault::SelfSigned => "vouches for itself",
        TlsFault::Expired => "has expired",
        TlsFault::NotYet => "is not valid yet",
        TlsFault::OtherName(_) => "is for another host name",
        TlsFault::WantsCertificate => return "it wants a certificate of the client's".to_owned(),
        TlsFault::NotTls => return "it does not speak TLS at this port".to_owned(),
        TlsFault::Silent => return "it is silent".to_owned(),
        TlsFault::Closed => return "the connection ends".to_owned(),
        TlsFault::Other(text) => return escape(text),
    };
    format!("its certificate {certificate}")
}
