//! What is asked, and how to reach it.

use url::Url;

use crate::catalog::GatewayFacts;
use crate::secret::Key;

/// The header that carries the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderForm {
    /// `authorization: Bearer …`, which `ANTHROPIC_AUTH_TOKEN` is sent as.
    Bearer,
    /// `x-api-key`, which `ANTHROPIC_API_KEY` is sent as.
    ApiKey,
    /// Both, as the client sends the key of a helper.
    Both,
}

/// A certificate authority beside those of the system.
#[derive(Debug, Clone)]
pub struct Authority {
    /// Where it is named and what is named there, for people.
    pub name: String,
    /// The file as it is; empty where it cannot be read.
    pub pem: Vec<u8>,
}

/// The client's own certificate.
#[derive(Clone)]
pub struct Identity {
    /// The certificate and those that vouch for it, as PEM.
    pub certificate: Vec<u8>,
    /// Its private key, as PEM.
    pub key: Key,
}

/// What the manifest says about how much is asked.
#[derive(Debug, Clone, Copy, Default)]
pub struct Limits {
    /// Requests per minute of the whole team.
    pub requests_per_minute: Option<u64>,
    /// People and jobs at one time.
    pub developers: Option<u64>,
}

/// A gateway as the client would reach it.
#[derive(Clone)]
pub struct Target {
    /// The base URL, to which the client adds `/v1/messages`.
    pub base: String,
    /// The key.
    pub key: Key,
    /// The header that carries it.
    pub header: HeaderForm,
    /// Further headers; any may hold a secret.
    pub headers: Vec<(String, Key)>,
    /// Models by the place that declares them, the default one first.
    pub models: Vec<(String, String)>,
    /// Time to the first byte that the client is given, in ms.
    pub timeout_ms: u64,
    /// Further authorities.
    pub authorities: Vec<Authority>,
    /// The client's own certificate, where it has one.
    pub identity: Option<Identity>,
    /// The proxy on the way, already decided by [`proxy_for`].
    pub proxy: Option<Key>,
    /// What is known of gateways of this kind.
    pub facts: Option<GatewayFacts>,
    /// What is declared about limits.
    pub limits: Limits,
}

impl Target {
    /// Returns the distinct models as they are sent, each with every place that declares it.
    pub(super) fn distinct(&self) -> Vec<(String, Vec<&str>)> {
        let mut found: Vec<(String, Vec<&str>)> = Vec::new();
        for (place, model) in &self.models {
            let sent = model.strip_suffix("[1m]").unwrap_or(model);
            match found.iter_mut().find(|(known, _)| known == sent) {
                Some((_, places)) => places.push(place),
                None => found.push((sent.to_owned(), vec![place])),
            }
        }
        found
    }

    /// Returns a text of the gateway's as it may be shown: short, on one line, without secrets.
    pub(super) fn shown(&self, text: &str) -> String {
        let mut clean = self.key.taken_out_of(text);
        for (_, value) in &self.headers {
            clean = value.taken_out_of(&clean);
        }
        let line = clean.split_whitespace().collect::<Vec<_>>().join(" ");
        let hidden = crate::model::escape(&crate::model::hide(&line));
        let mut short: String = hidden.chars().take(SHOWN).collect();
        if short.len() < hidden.len() {
            short.push('…');
        }
        short
    }

    /// Whether the key would travel over another machine's network in plain text.
    pub(super) fn is_plain(&self) -> bool {
        let Ok(url) = Url::parse(&self.base) else {
            return false;
        };
        let near = match url.host() {
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
            Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            None => false,
        };
        url.scheme() == "http" && !near
    }
}

/// Characters of an answer that are shown.
const SHOWN: usize = 160;

/// Returns the proxy that leads to an address, none where `no_proxy` excepts its host. The client
/// asks a proxy for loopback addresses, too.
#[must_use]
pub fn proxy_for(base: &str, proxy: Option<&str>, no_proxy: Option<&str>) -> Option<Key> {
    let url = Url::parse(base).ok()?;
    let host = url.host_str()?.trim_matches(['[', ']']);
    let port = url.port_or_known_default();
    let excepts = |entry: &str| {
        let (name, wanted) = match entry.rsplit_once(':') {
            Some((name, digits)) if !name.contains(':') => (name, digits.parse().ok()),
            _ => (entry, None),
        };
        let name = name.trim_matches(['[', ']']);
        let below = name.trim_start_matches('*').trim_start_matches('.');
        let inside = || {
            let rest = host.strip_suffix(below);
            !below.is_empty() && rest.is_some_and(|rest| rest.ends_with('.'))
        };
        let fits = name == "*" || below.eq_ignore_ascii_case(host) || inside();
        fits && wanted.is_none_or(|wanted| Some(wanted) == port)
    };
    let mut entries = no_proxy.unwrap_or_default().split([',', ' ', '\t']);
    let excepted = entries.any(|entry| !entry.is_empty() && excepts(entry));
    let proxy = proxy.filter(|proxy| !proxy.trim().is_empty() && !excepted)?;
    Some(Key::new(proxy.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_proxy_excepts_hosts_and_those_below() {
        let led = |no_proxy| proxy_for("https://gw.example:8443", Some("http://p:1"), no_proxy);
        for excepted in [
            "*",
            "gw.example",
            "a, .example",
            "example",
            "*.example",
            "gw.example:8443",
        ] {
            assert!(led(Some(excepted)).is_none(), "{excepted}");
        }
        for asked in [None, Some(""), Some("w.example"), Some("gw.example:443")] {
            assert!(led(asked).is_some(), "{asked:?}");
        }
        assert!(proxy_for("http://127.0.0.1:1", Some("http://p:1"), None).is_some());
        assert!(proxy_for("http://127.0.0.1:1", Some(" "), None).is_none());
    }
}
