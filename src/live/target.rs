//! What is asked, and how to reach it.

use crate::catalog::GatewayFacts;
use crate::http::{self, Authority};
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
        http::is_plain(&self.base)
    }
}

/// Characters of an answer that are shown.
const SHOWN: usize = 160;

/// Returns the proxy that leads to an address, none where `no_proxy` excepts its host.
#[must_use]
pub fn proxy_for(base: &str, proxy: Option<&str>, no_proxy: Option<&str>) -> Option<Key> {
    let proxy = http::proxy_for(base, proxy, no_proxy)?;
    Some(Key::new(proxy.to_owned()))
}
