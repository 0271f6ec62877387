//! Faults on the way to the gateway in words.

use std::io::ErrorKind;

use super::{URL, about, plainly};
use crate::http::TlsFault;
use crate::live::Finding;
use crate::model::Diagnostic;

const AUTHORITY: &str = "name the authority's certificate: \
`export NODE_EXTRA_CA_CERTS=/path/to/ca.pem`, which the client reads at its start";

pub(in crate::live) fn no_address(base: &str) -> Finding {
    let problem = Diagnostic::error("CS101", format!("path: `{base}` is no address to ask"));
    about(
        URL,
        problem.with_help("write it as `https://host` or `https://host/prefix`"),
    )
}

pub(in crate::live) fn useless_authority(name: &str) -> Finding {
    let message = format!("TLS: {name} holds no certificate, and the client goes on without it");
    plainly(Diagnostic::warning("tls", message).with_help("give it a PEM file that is there"))
}

pub(in crate::live) fn no_name(role: &str, name: &str, is_late: bool) -> Finding {
    let message = if is_late {
        format!("DNS: the name of the {role}, `{name}`, is not resolved in time")
    } else {
        format!("DNS: the name of the {role}, `{name}`, does not resolve")
    };
    let help = match role {
        "proxy" => "mend `HTTPS_PROXY`, or except the gateway in `NO_PROXY`",
        _ => "check its spelling, and whether this machine is in the network that knows it",
    };
    about(URL, Diagnostic::error("dns", message).with_help(help))
}

pub(in crate::live) fn no_connection(
    role: &str,
    host: &str,
    port: u16,
    kind: ErrorKind,
) -> Finding {
    let (what, help) = match kind {
        ErrorKind::ConnectionRefused => (
            "refuses the connection: nothing listens there",
            "start it, or mend the port in the address",
        ),
        ErrorKind::TimedOut | ErrorKind::WouldBlock => (
            "does not answer",
            "look for a firewall or a VPN on the way; a proxy is named in `HTTPS_PROXY`",
        ),
        _ => (
            "cannot be reached",
            "look for a firewall or a VPN on the way; a proxy is named in `HTTPS_PROXY`",
        ),
    };
    let message = format!("TCP: the {role} at `{host}`, port {port}, {what}");
    about(URL, Diagnostic::error("tcp", message).with_help(help))
}

pub(in crate::live) fn plain(base: &str) -> Finding {
    let message = format!("HTTP: `{base}` is not https, so the key would travel in plain text");
    let help = "use `https://`; nothing was sent, and a key that was sent before is to be replaced";
    about(URL, Diagnostic::error("CS004", message).with_help(help))
}

pub(in crate::live) fn proxy(status: u16) -> Finding {
    let (what, help) = match status {
        407 => (
            "wants another user name or password",
            "write them into `HTTPS_PROXY` as `http://user:password@host:port`",
        ),
        _ => (
            "does not let the connection through",
            "ask whoever runs it to allow the gateway, or except it in `NO_PROXY`",
        ),
    };
    let message = format!("proxy: it answers {status} and {what}");
    plainly(Diagnostic::error("proxy", message).with_help(help))
}

pub(in crate::live) fn proxy_broken() -> Finding {
    let message = "proxy: what `HTTPS_PROXY` names does not speak as an HTTP proxy";
    let help = "mend its address, or except the gateway in `NO_PROXY`";
    plainly(Diagnostic::error("proxy", message).with_help(help))
}

pub(in crate::live) fn tls(fault: &TlsFault, host: &str, has_authority: bool) -> Finding {
    let unknown = if has_authority {
        "the certificate that NODE_EXTRA_CA_CERTS names is another authority's; name the right one"
    } else {
        AUTHORITY
    };
    let (what, help) = match fault {
        TlsFault::UnknownAuthority(name) if name.is_empty() => (
            "is signed by an authority that this machine does not know".to_owned(),
            unknown,
        ),
        TlsFault::UnknownAuthority(name) => (
            format!("is signed by `{name}`, a private CA that this machine does not know"),
            unknown,
        ),
        TlsFault::SelfSigned => (
            "is self-signed: it vouches for itself".to_owned(),
            "let an authority sign it, and name that authority in NODE_EXTRA_CA_CERTS",
        ),
        TlsFault::Expired => (
            "has expired".to_owned(),
            "have whoever runs the gateway renew it; nothing in this repository mends that",
        ),
        TlsFault::NotYet => (
            "is not valid yet".to_owned(),
            "set this machine's clock, or have the gateway's certificate mended",
        ),
        TlsFault::OtherName(names) => {
            let names = match names.as_slice() {
                [] => "another host name".to_owned(),
                names => format!("another host name: {}", names.join(", ")),
            };
            (
                format!("is for {names}"),
                "use the name that the certificate is for in the address",
            )
        }
        _ => return no_tls(fault, host),
    };
    let message = format!("TLS: the certificate of `{host}` {what}");
    about(URL, Diagnostic::error("tls", message).with_help(help))
}

fn no_tls(fault: &TlsFault, host: &str) -> Finding {
    let (what, help) = match fault {
        TlsFault::WantsCertificate => (
            "wants a certificate of the client's",
            "name it and its key in CLAUDE_CODE_CLIENT_CERT and CLAUDE_CODE_CLIENT_KEY",
        ),
        TlsFault::NotTls => (
            "does not speak TLS at this port",
            "mend the port, or the scheme if the gateway is on this machine",
        ),
        TlsFault::Silent => (
            "does not finish the handshake in time",
            "look for a firewall on the way that holds TLS back",
        ),
        TlsFault::Closed => (
            "ends the connection during the handshake",
            "look for a firewall on the way, and for the port that speaks TLS",
        ),
        _ => (
            "fails the handshake",
            "see the detail of the probe, and ask whoever runs the gateway",
        ),
    };
    let message = format!("TLS: `{host}` {what}");
    about(URL, Diagnostic::error("tls", message).with_help(help))
}

pub(in crate::live) fn tls_detail(fault: &TlsFault) -> String {
    match fault {
        TlsFault::Other(words) => words.clone(),
        TlsFault::UnknownAuthority(name) => format!("unknown authority {name}"),
        TlsFault::SelfSigned => "self-signed certificate".to_owned(),
        TlsFault::Expired => "expired certificate".to_owned(),
        TlsFault::NotYet => "certificate not valid yet".to_owned(),
        TlsFault::OtherName(names) => format!("certificate for {}", names.join(", ")),
        TlsFault::WantsCertificate => "a client certificate is wanted".to_owned(),
        TlsFault::NotTls => "no TLS".to_owned(),
        TlsFault::Silent => "no end of the handshake".to_owned(),
        TlsFault::Closed => "the connection ended".to_owned(),
    }
}
