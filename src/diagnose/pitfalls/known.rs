//! Which gateway an address belongs to, and what its path should be.

use url::{Host, Url};

use super::{Scene, is_open};
use crate::catalog::{GatewayFacts, Meaning, Reader};
use crate::model::Sighting;

impl Scene<'_> {
    /// The row of the gateway whose host an address names.
    pub(super) fn gateway_of(&self, url: &str) -> Option<&GatewayFacts> {
        let url = Url::parse(url.trim()).ok()?;
        let host = url.host_str()?.to_ascii_lowercase();
        self.gateways
            .iter()
            .find(|row| row.hosts.iter().any(|known| is_at(&host, known)))
    }

    /// The row of the gateway that values of a file are meant for: what the manifest names, else the
    /// host of an address in the same file, else of any address.
    pub(super) fn gateway_for(&self, sighting: &Sighting) -> Option<&GatewayFacts> {
        let stated = self
            .stated
            .kind
            .as_deref()
            .filter(|kind| *kind != "generic");
        if let Some(row) = stated.and_then(|kind| self.gateways.iter().find(|row| row.kind == kind))
        {
            return Some(row);
        }
        let is_address = |other: &&Sighting| {
            let role = self.role(other);
            role.is_some_and(|role| role.meaning == Meaning::Url && role.reader != Reader::Nobody)
        };
        let addresses = || {
            self.sightings
                .iter()
                .filter(is_address)
                .filter(|s| !is_open(&s.value))
        };
        let here = addresses().find(|other| other.file == sighting.file);
        let any = here.or_else(|| addresses().next())?;
        self.gateway_of(&any.value)
    }
}

/// Whether a path has the form that a gateway's row names; `*` stands for one name.
pub(super) fn fits(path: &str, pattern: &str) -> bool {
    let (path, pattern) = (path.split('/'), pattern.split('/'));
    let same = |(is, wanted): (&str, &str)| is == wanted || (wanted == "*" && !is.is_empty());
    path.clone().count() == pattern.clone().count() && path.zip(pattern).all(same)
}

/// Whether an address stays on this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback() || ip.is_unspecified(),
        Some(Host::Ipv6(ip)) => ip.is_loopback() || ip.is_unspecified(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

/// Whether everybody knows the host of an address anyway: a gateway that is offered to all, a
/// placeholder, this machine.
#[must_use]
pub fn is_public_host(gateways: &[GatewayFacts], url: &str) -> bool {
    let Ok(parsed) = Url::parse(url.trim()) else {
        return true;
    };
    let Some(host) = parsed.host_str().map(str::to_ascii_lowercase) else {
        return true;
    };
    let whole = |row: &GatewayFacts| {
        row.hosts
            .iter()
            .any(|known| !known.starts_with('.') && host == *known)
    };
    let reserved = [
        ".example",
        ".test",
        ".invalid",
        "example.com",
        "example.org",
        "example.net",
    ];
    is_loopback(&parsed)
        || !host.contains('.')
        || host == "api.openai.com"
        || reserved.iter().any(|end| host.ends_with(end))
        || gateways.iter().any(whole)
}

fn is_at(host: &str, known: &str) -> bool {
    match known.strip_prefix('.') {
        Some(_) => host.ends_with(known),
        None => host == known,
    }
}
