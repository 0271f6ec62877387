//! Why there is no TLS connection.

use std::io;

use rustls::{AlertDescription, CertificateError, Error};

/// Why there is no TLS connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TlsFault {
    /// An authority that nobody here knows, by its name.
    UnknownAuthority(String),
    /// A certificate that vouches for itself.
    SelfSigned,
    /// Its time is over.
    Expired,
    /// Its time has not come, or the clock here is wrong.
    NotYet,
    /// It is for other hosts.
    OtherName(Vec<String>),
    /// The server wants a certificate of the client's.
    WantsCertificate,
    /// What answers does not speak TLS.
    NotTls,
    /// It took too long.
    Silent,
    /// The connection ended.
    Closed,
    /// Anything else, in the library's words.
    Other(String),
}

/// Reads a fault out of an error of a connection; none where TLS is not to blame.
pub(crate) fn fault(error: &io::Error) -> Option<TlsFault> {
    let inner = error.get_ref()?.downcast_ref::<Error>()?;
    Some(of_tls(inner))
}

fn of_tls(error: &Error) -> TlsFault {
    use CertificateError as Bad;
    match error {
        Error::InvalidCertificate(Bad::Expired | Bad::ExpiredContext { .. }) => TlsFault::Expired,
        Error::InvalidCertificate(Bad::NotValidYet | Bad::NotValidYetContext { .. }) => {
            TlsFault::NotYet
        }
        Error::InvalidCertificate(Bad::NotValidForName | Bad::NotValidForNameContext { .. }) => {
            TlsFault::OtherName(Vec::new())
        }
        Error::InvalidCertificate(Bad::UnknownIssuer) => TlsFault::UnknownAuthority(String::new()),
        // An authority's certificate that a server shows as its own is one somebody made by hand.
        Error::InvalidCertificate(Bad::Other(other)) if other.to_string().contains("CaUsed") => {
            TlsFault::SelfSigned
        }
        Error::AlertReceived(AlertDescription::CertificateRequired) => TlsFault::WantsCertificate,
        Error::InvalidMessage(_) => TlsFault::NotTls,
        other => TlsFault::Other(other.to_string()),
    }
}
