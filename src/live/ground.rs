//! The way to the gateway: its name, a connection, a proxy, TLS.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ureq::{Proxy, ProxyProtocol};
use url::Url;

use super::bounded::Bounded;
use super::say;
use super::tls::{self, Shaken};
use super::walk::Walk;

/// The longest that a name, a connection or a handshake may take.
const STEP: Duration = Duration::from_secs(8);
/// The longest answer of a proxy.
const PROXY_ANSWER: usize = 16 * 1024;

/// Walks up to the point where a request can be sent; returns whether that is reached.
pub(super) fn asked(walk: &mut Walk<'_>) -> bool {
    let useless = walk.trust.useless.clone();
    for name in useless {
        let detail = format!("{name} holds no certificate");
        walk.fault("authority", None, detail, [say::useless_authority(&name)]);
    }
    let proxy = walk.target.proxy.as_ref();
    let proxy = proxy.map(|proxy| Proxy::new(proxy.expose()));
    if let Some(Err(_)) = proxy {
        let finding = say::proxy_broken();
        walk.fault("proxy", None, "its address cannot be read", [finding]);
        return false;
    }
    let proxy = proxy.and_then(Result::ok);
    let Some(place) = Place::of(walk, proxy) else {
        walk.fault(
            "address",
            None,
            "it cannot be read",
            [say::no_address(&walk.target.base)],
        );
        return false;
    };
    let Some(addresses) = resolved(walk, &place) else {
        return false;
    };
    let Some(stream) = connected(walk, &place, &addresses) else {
        return false;
    };
    if walk.target.is_plain() {
        walk.fault("TLS", None, "plain http", [say::plain(&walk.target.base)]);
        return false;
    }
    through(walk, &place, stream)
}

/// Whom to connect to, and whom to ask for there.
struct Place {
    host: String,
    port: u16,
    is_tls: bool,
    proxy: Option<Proxy>,
}

impl Place {
    fn of(walk: &Walk<'_>, proxy: Option<Proxy>) -> Option<Self> {
        let url = Url::parse(&walk.target.base).ok()?;
        Some(Self {
            host: url.host_str()?.trim_matches(['[', ']']).to_owned(),
            port: url.port_or_known_default()?,
            is_tls: url.scheme() == "https",
            proxy,
        })
    }

    /// The machine on the other end of the cable.
    fn first(&self) -> (String, u16) {
        match &self.proxy {
            Some(proxy) => (
                proxy.host().trim_matches(['[', ']']).to_owned(),
                proxy.port(),
            ),
            None => (self.host.clone(), self.port),
        }
    }

    fn role(&self) -> &'static str {
        if self.proxy.is_some() {
            "proxy"
        } else {
            "gateway"
        }
    }
}

fn resolved(walk: &mut Walk<'_>, place: &Place) -> Option<Vec<SocketAddr>> {
    let start = Instant::now();
    let first = place.first();
    let name = first.0.clone();
    let (sender, receiver) = mpsc::channel();
    // The system's resolver knows no time limit; a thread that waits for it is left behind.
    std::thread::spawn(move || {
        let found = first.to_socket_addrs().map(Iterator::collect::<Vec<_>>);
        let _ = sender.send(found);
    });
    let found = receiver.recv_timeout(STEP);
    let took = Some(start.elapsed());
    match found {
        Ok(Ok(addresses)) if !addresses.is_empty() => {
            let list: Vec<_> = addresses.iter().map(|a| a.ip().to_string()).collect();
            if name.parse::<IpAddr>().is_ok() {
                walk.skipped("DNS", format!("{name} is an address"));
            } else {
                walk.ok("DNS", took, format!("{name} is {}", list.join(", ")));
            }
            Some(addresses)
        }
        found => {
            let late = found.is_err();
            let detail = format!("`{name}` has no address");
            walk.fault(
                "DNS",
                took,
                detail,
                [say::no_name(place.role(), &name, late)],
            );
            None
        }
    }
}

fn connected(walk: &mut Walk<'_>, place: &Place, addresses: &[SocketAddr]) -> Option<TcpStream> {
    let start = Instant::now();
    let end = walk.until(STEP);
    let mut last = io::Error::from(ErrorKind::TimedOut);
    for address in addresses {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        match TcpStream::connect_timeout(address, left) {
            Ok(stream) => {
                walk.ok("TCP", Some(start.elapsed()), format!("{address} answers"));
                return Some(stream);
            }
            Err(error) => last = error,
        }
    }
    let (host, port) = place.first();
    let finding = say::no_connection(place.role(), &host, port, last.kind());
    walk.fault("TCP", Some(start.elapsed()), last.to_string(), [finding]);
    None
}

/// Through the proxy, and into TLS.
fn through(walk: &mut Walk<'_>, place: &Place, stream: TcpStream) -> bool {
    let start = Instant::now();
    let mut stream = Bounded::new(stream, walk.until(STEP));
    if let Some(proxy) = &place.proxy {
        if proxy.protocol() != ProxyProtocol::Http {
            walk.skipped("proxy", "only plain http to a proxy is looked into");
            return true;
        }
        match tunnel(&mut stream, proxy, place) {
            Ok(200..300) => walk.ok("proxy", Some(start.elapsed()), "it connects"),
            Ok(status) => {
                let detail = format!("it answers {status}");
                walk.fault("proxy", Some(start.elapsed()), detail, [say::proxy(status)]);
                return false;
            }
            Err(error) => {
                let finding = say::proxy_broken();
                walk.fault("proxy", Some(start.elapsed()), error.to_string(), [finding]);
                return false;
            }
        }
    }
    if !place.is_tls {
        walk.skipped("TLS", "plain http on this machine");
        return true;
    }
    let start = Instant::now();
    let identity = walk.target.identity.as_ref();
    match tls::handshake(&walk.trust, identity, &place.host, stream) {
        Ok(shaken) => {
            walk.seen.wants_certificate = shaken == Shaken::CertificateWanted;
            let further = walk.target.authorities.len();
            let detail = match further {
                0 => "trusted by the system".to_owned(),
                _ => "trusted by the system or a further authority".to_owned(),
            };
            walk.ok("TLS", Some(start.elapsed()), detail);
            true
        }
        Err(fault) => {
            let has_authority = !walk.target.authorities.is_empty();
            let finding = say::tls(&fault, &place.host, has_authority);
            walk.fault(
                "TLS",
                Some(start.elapsed()),
                say::tls_detail(&fault),
                [finding],
            );
            false
        }
    }
}

/// Asks an HTTP proxy for a way through; returns its status.
fn tunnel(stream: &mut Bounded, proxy: &Proxy, place: &Place) -> io::Result<u16> {
    let host = if place.host.contains(':') {
        format!("[{}]:{}", place.host, place.port)
    } else {
        format!("{}:{}", place.host, place.port)
    };
    let mut text = format!("CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n");
    if let Some(user) = proxy.username() {
        let pair = format!("{user}:{}", proxy.password().unwrap_or_default());
        text.push_str("Proxy-Authorization: Basic ");
        text.push_str(&STANDARD.encode(pair));
        text.push_str("\r\n");
    }
    text.push_str("\r\n");
    stream.write_all(text.as_bytes())?;
    let mut answer = Vec::new();
    let mut byte = [0];
    while !answer.ends_with(b"\r\n\r\n") && answer.len() < PROXY_ANSWER {
        stream.read_exact(&mut byte)?;
        answer.push(byte[0]);
    }
    let line = String::from_utf8_lossy(&answer);
    let status = line.split_ascii_whitespace().nth(1);
    let status = status.filter(|_| line.starts_with("HTTP/"));
    let status = status.and_then(|status| status.parse().ok());
    status.ok_or_else(|| io::Error::new(ErrorKind::InvalidData, "it does not speak HTTP"))
}
