//! What it takes to speak HTTP: whose certificates are trusted, which proxy leads to an address, and
//! an agent that follows no redirect and keeps no connection.
//!
//! Takes texts, gives the means; what is asked and with which key is the business of the rooms below.

mod fault;
mod proxy;
mod trust;

use ureq::tls::{Certificate, ClientCert, RootCerts, TlsConfig};
use ureq::{Agent, Proxy};

pub use fault::TlsFault;
pub use trust::Authority;

pub(crate) use fault::fault;
pub(crate) use proxy::{is_plain, proxy_for};
pub(crate) use trust::{Trust, trust, trust_alone};

/// Returns the means to send requests.
pub(crate) fn agent(trust: &Trust, identity: Option<ClientCert>, proxy: Option<&str>) -> Agent {
    let roots = trust.certificates.iter();
    let roots: Vec<_> = roots.map(|c| Certificate::from_der(c).to_owned()).collect();
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::new_with_certs(&roots))
        .client_cert(identity);
    Agent::config_builder()
        .tls_config(tls.build())
        .proxy(proxy.and_then(|proxy| Proxy::new(proxy).ok()))
        .http_status_as_error(false)
        .max_redirects(0)
        // A connection that the other side has closed meanwhile would look like a fault.
        .max_idle_connections(0)
        .user_agent(concat!("claude-scaffold/", env!("CARGO_PKG_VERSION")))
        .build()
        .new_agent()
}
