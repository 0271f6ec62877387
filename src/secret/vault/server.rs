//! A Vault server: how to reach it, with which token, and what it answers.
#![expect(
    clippy::disallowed_methods,
    reason = "the token and the authorities are files of the user's"
)]

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::Instant;

use ureq::http::{HeaderValue, Request};
use ureq::{Agent, Error, Proxy};
use url::{Host, Url};
use zeroize::Zeroizing;

use super::error::VaultError;
use crate::http::{self, Authority, Trust};
use crate::model::escape;
use crate::secret::{Key, Place};

/// What is read of an answer: a secret may hold many fields.
const LONGEST: u64 = 1024 * 1024;
/// What is read of a token file, and of a certificate.
const LONGEST_FILE: u64 = 256 * 1024;
/// Files of a folder of authorities that are read.
const MOST_AUTHORITIES: usize = 512;

/// A server that can be asked.
pub(super) struct Server {
    agent: Agent,
    base: Url,
    headers: Vec<(&'static str, HeaderValue)>,
    until: Instant,
    /// The address, for people.
    pub(super) address: String,
    /// What `VAULT_NAMESPACE` says.
    pub(super) namespace: Option<String>,
    /// The token, where there is one.
    pub(super) token: Option<Key>,
}

/// An answer of whatever status.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Zeroizing<Vec<u8>>,
    location: Option<String>,
}

impl Server {
    /// Reads from environment and home where Vault is, and with which token it is asked.
    pub(super) fn new(place: &Place<'_>) -> Result<Self, VaultError> {
        let base = base(given(place, "VAULT_ADDR").ok_or(VaultError::NoAddress)?)?;
        let address = base.as_str().trim_end_matches('/').to_owned();
        if http::is_plain(&address) {
            return Err(VaultError::Plain(address));
        }
        let token = token(place)?;
        let namespace = given(place, "VAULT_NAMESPACE").map(str::to_owned);
        let mut headers = vec![("x-vault-request", HeaderValue::from_static("true"))];
        if let Some(token) = &token {
            headers.push(("x-vault-token", header("VAULT_TOKEN", token.expose())?));
        }
        if let Some(namespace) = &namespace {
            headers.push(("x-vault-namespace", header("VAULT_NAMESPACE", namespace)?));
        }
        let proxy = proxy(place, &base)?;
        let trust = match base.scheme() {
            "http" => http::trust_alone(&[]),
            _ => trust(place)?,
        };
        Ok(Self {
            agent: http::agent(&trust, None, proxy),
            base,
            headers,
            until: place.until,
            address,
            namespace,
            token,
        })
    }

    /// Asks for a path of the API. A standby may point to another port of its own host, once.
    pub(super) fn get(&self, segments: &[&str]) -> Result<Answer, VaultError> {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push("v1").extend(segments);
        }
        let answer = self.send(&url)?;
        if !matches!(answer.status, 301 | 302 | 303 | 307 | 308) {
            return Ok(answer);
        }
        let to = answer.location.as_deref().map(|to| url.join(to));
        let elsewhere = |to: String| VaultError::Elsewhere {
            address: self.address.clone(),
            to,
        };
        let Some(Ok(to)) = to else {
            return Err(elsewhere("nowhere".to_owned()));
        };
        let is_weaker = to.scheme() != url.scheme();
        if to.host() != url.host() || is_weaker || !to.username().is_empty() {
            return Err(elsewhere(origin(&to)));
        }
        let second = self.send(&to)?;
        if (300..400).contains(&second.status) {
            return Err(elsewhere(origin(&to)));
        }
        Ok(second)
    }

    fn send(&self, url: &Url) -> Result<Answer, VaultError> {
        let mut request = Request::builder().uri(url.as_str());
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(VaultError::Slow(self.address.clone()));
        }
        let request = request
            .body(())
            .map_err(|error| VaultError::Address(error.to_string()))?;
        let request = self.agent.configure_request(request);
        let response = self.agent.run(request.timeout_global(Some(left)).build());
        let response = response.map_err(|error| self.failed(error))?;
        let (parts, body) = response.into_parts();
        let location = parts.headers.get("location");
        let location = location.and_then(|to| to.to_str().ok());
        let mut bytes = Zeroizing::new(Vec::new());
        let mut reader = body.into_reader().take(LONGEST + 1);
        reader
            .read_to_end(&mut bytes)
            .map_err(|error| self.failed(error.into()))?;
        if bytes.len() as u64 > LONGEST {
            return Err(VaultError::Long(self.address.clone()));
        }
        Ok(Answer {
            status: parts.status.as_u16(),
            body: bytes,
            location: location.map(str::to_owned),
        })
    }

    fn failed(&self, error: Error) -> VaultError {
        let address = self.address.clone();
        let unreachable = |why: String| VaultError::Unreachable {
            address: self.address.clone(),
            why,
        };
        match error {
            Error::Timeout(_) => VaultError::Slow(address),
            Error::Io(inner) => match (http::fault(&inner), inner.kind()) {
                (Some(fault), _) => VaultError::Tls { address, fault },
                (None, ErrorKind::TimedOut | ErrorKind::WouldBlock) => VaultError::Slow(address),
                (None, ErrorKind::ConnectionRefused) => {
                    unreachable("nothing listens there".to_owned())
                }
                (
                    None,
                    ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe,
                ) => unreachable("the connection breaks off".to_owned()),
                (None, _) => unreachable(escape(&inner.to_string())),
            },
            Error::HostNotFound => unreachable("its name does not resolve".to_owned()),
            Error::ConnectProxyFailed(why) => VaultError::Proxy(escape(&why)),
            Error::ConnectionFailed => unreachable("no connection comes about".to_owned()),
            other => VaultError::NotVault {
                address,
                why: escape(&other.to_string()),
            },
        }
    }
}

/// A variable that says something.
fn given<'p>(place: &Place<'p>, name: &str) -> Option<&'p str> {
    let value = place.environment.get(name)?.trim();
    Some(value).filter(|value| !value.is_empty())
}

fn base(text: &str) -> Result<Url, VaultError> {
    let wrong = |why: &str| VaultError::Address(why.to_owned());
    let mut url = Url::parse(text).map_err(|error| wrong(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong("it does not begin with `https://`"));
    }
    let is_bare = url.set_username("").is_ok() && url.set_password(None).is_ok();
    if url.host().is_none() || !is_bare {
        return Err(wrong("it names no host"));
    }
    url.set_query(None);
    url.set_fragment(None);
    Ok(url)
}

fn header(name: &'static str, text: &str) -> Result<HeaderValue, VaultError> {
    let value = HeaderValue::from_str(text).ok();
    let value = value.filter(|_| text.is_ascii());
    let mut value = value.ok_or(VaultError::Unsendable(name))?;
    value.set_sensitive(true);
    Ok(value)
}

/// The token of the environment, else the one that `vault login` left in the user's home.
fn token(place: &Place<'_>) -> Result<Option<Key>, VaultError> {
    if let Some(token) = given(place, "VAULT_TOKEN") {
        return Ok(Some(Key::new(token.to_owned())));
    }
    let Some(path) = place.home.map(|home| home.join(".vault-token")) else {
        return Ok(None);
    };
    if fs::metadata(&path).is_err_and(|error| error.kind() == ErrorKind::NotFound) {
        return Ok(None);
    }
    let bytes = Zeroizing::new(file("the token file", &path)?);
    let text = str::from_utf8(&bytes).map_err(|_| VaultError::Unsendable("~/.vault-token"))?;
    let text = text.trim();
    Ok((!text.is_empty()).then(|| Key::new(text.to_owned())))
}

/// Whom to trust: as Vault's own program has it, an authority that is named stands instead of those of the
/// system.
fn trust(place: &Place<'_>) -> Result<Trust, VaultError> {
    let (name, paths) = if let Some(path) = given(place, "VAULT_CACERT") {
        ("VAULT_CACERT", vec![place.root.join(path)])
    } else if let Some(path) = given(place, "VAULT_CAPATH") {
        ("VAULT_CAPATH", within(&place.root.join(path))?)
    } else {
        return Ok(http::trust(&[]));
    };
    let mut authorities = Vec::new();
    for path in &paths {
        authorities.push(Authority {
            name: path.display().to_string(),
            pem: file(name, path)?,
        });
    }
    let trust = http::trust_alone(&authorities);
    if trust.certificates.is_empty() {
        let path = given(place, name).unwrap_or_default();
        return Err(unfit(name, Path::new(path), "holds no certificate"));
    }
    Ok(trust)
}

/// The files of a folder, in order.
fn within(folder: &Path) -> Result<Vec<PathBuf>, VaultError> {
    let entries = fs::read_dir(folder);
    let entries = entries.map_err(|error| unfit("VAULT_CAPATH", folder, &reason(&error)))?;
    let files = entries.flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> = files.filter(|path| path.is_file()).collect();
    files.sort();
    files.truncate(MOST_AUTHORITIES);
    Ok(files)
}

fn file(name: &'static str, path: &Path) -> Result<Vec<u8>, VaultError> {
    let unread = |error: std::io::Error| unfit(name, path, &reason(&error));
    // Asked before it is opened: a pipe would be waited for.
    if !fs::metadata(path).map_err(unread)?.is_file() {
        return Err(unfit(name, path, "is no regular file"));
    }
    let mut bytes = Vec::new();
    let reader = File::open(path).map_err(unread)?;
    let read = reader.take(LONGEST_FILE + 1).read_to_end(&mut bytes);
    read.map_err(unread)?;
    if bytes.len() as u64 > LONGEST_FILE {
        return Err(unfit(name, path, "is too long"));
    }
    Ok(bytes)
}

fn reason(error: &std::io::Error) -> String {
    format!("cannot be read: {error}")
}

fn unfit(name: &'static str, path: &Path, why: &str) -> VaultError {
    VaultError::File {
        name,
        path: escape(&path.display().to_string()),
        why: why.to_owned(),
    }
}

/// The proxy on the way; to this machine itself there is none.
fn proxy<'p>(place: &Place<'p>, base: &Url) -> Result<Option<&'p str>, VaultError> {
    let is_here = match base.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    };
    if is_here {
        return Ok(None);
    }
    let either = |names: [&str; 2]| names.iter().find_map(|name| given(place, name));
    let proxy = either(["HTTPS_PROXY", "https_proxy"]);
    let proxy = http::proxy_for(base.as_str(), proxy, either(["NO_PROXY", "no_proxy"]));
    match proxy.map(Proxy::new) {
        Some(Err(_)) => Err(VaultError::Proxy("it is no address of one".to_owned())),
        _ => Ok(proxy),
    }
}

/// Scheme, host and port of an address.
fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}
