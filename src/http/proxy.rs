//! Which way leads to an address.

use url::{Host, Url};

/// Returns whether what is sent there travels over another machine's network in plain text.
pub(crate) fn is_plain(base: &str) -> bool {
    let Ok(url) = Url::parse(base) else {
        return false;
    };
    let near = match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    };
    url.scheme() == "http" && !near
}

/// Returns the proxy that leads to an address, none where `no_proxy` excepts its host. The client
/// asks a proxy for loopback addresses, too.
pub(crate) fn proxy_for<'p>(
    base: &str,
    proxy: Option<&'p str>,
    no_proxy: Option<&str>,
) -> Option<&'p str> {
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
    Some(proxy.trim())
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
