//! A handshake that is watched, and why it fails.

use std::io::{self, ErrorKind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, Error, RootCertStore,
    SignatureScheme,
};

use super::bounded::Bounded;
use super::target::Identity;
use crate::http::{TlsFault, Trust, fault};

/// How a handshake ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shaken {
    /// Nothing is missing.
    Whole,
    /// The server asked for a certificate and got none; that it minds it says later, or never.
    CertificateWanted,
}

/// Shakes hands over a connection, and says what is wrong where that fails.
pub(super) fn handshake(
    trust: &Trust,
    identity: Option<&Identity>,
    host: &str,
    mut stream: Bounded,
) -> Result<Shaken, TlsFault> {
    let other = |error: &dyn std::fmt::Display| TlsFault::Other(error.to_string());
    let name = ServerName::try_from(host.to_owned()).map_err(|e| other(&e))?;
    let provider = Arc::new(ring::default_provider());
    let witness = Arc::new(Witness::new(trust, &provider).map_err(|e| other(&e))?);
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| other(&e))?
        .dangerous()
        .with_custom_certificate_verifier(witness.clone());
    let config = match identity.and_then(own) {
        Some((chain, key)) => config
            .with_client_auth_cert(chain, key)
            .map_err(|e| other(&e))?,
        None => config.with_client_cert_resolver(witness.clone()),
    };
    let connection = ClientConnection::new(Arc::new(config), name);
    let mut connection = connection.map_err(|e| other(&e))?;
    let done = connection.complete_io(&mut stream);
    match done {
        Ok(_) if witness.wanted.load(Ordering::Relaxed) => Ok(Shaken::CertificateWanted),
        Ok(_) => Ok(Shaken::Whole),
        Err(error) => Err(witness.judged(&error)),
    }
}

/// Reads the client's own certificate.
fn own(identity: &Identity) -> Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
    let chain = CertificateDer::pem_slice_iter(&identity.certificate);
    let chain = chain.collect::<Result<Vec<_>, _>>().ok()?;
    let key = PrivateKeyDer::from_pem_slice(identity.key.expose().as_bytes()).ok()?;
    Some((chain, key))
}

/// Verifies as usual and remembers what was shown.
#[derive(Debug)]
struct Witness {
    judge: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
    shown: Mutex<Option<CertificateDer<'static>>>,
    wanted: AtomicBool,
}

impl Witness {
    fn new(trust: &Trust, provider: &Arc<CryptoProvider>) -> Result<Self, Error> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(trust.certificates.iter().cloned());
        let judge = if roots.is_empty() {
            None
        } else {
            let builder =
                WebPkiServerVerifier::builder_with_provider(roots.into(), provider.clone());
            Some(builder.build().map_err(|e| Error::General(e.to_string()))?)
        };
        Ok(Self {
            judge,
            provider: provider.clone(),
            shown: Mutex::new(None),
            wanted: AtomicBool::new(false),
        })
    }

    fn judged(&self, error: &io::Error) -> TlsFault {
        let found = fault(error).unwrap_or_else(|| match error.kind() {
            ErrorKind::TimedOut => TlsFault::Silent,
            ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => {
                TlsFault::Closed
            }
            _ => TlsFault::Other(error.to_string()),
        });
        let shown = self.shown.lock().map(|mut shown| shown.take());
        let Some(certificate) = shown.ok().flatten() else {
            return found;
        };
        match (found, webpki::EndEntityCert::try_from(&certificate)) {
            (TlsFault::UnknownAuthority(_) | TlsFault::SelfSigned, Ok(read)) => {
                if read.issuer() == read.subject() {
                    TlsFault::SelfSigned
                } else {
                    TlsFault::UnknownAuthority(common_name(read.issuer()))
                }
            }
            (TlsFault::OtherName(_), Ok(read)) => {
                TlsFault::OtherName(read.valid_dns_names().map(str::to_owned).collect())
            }
            (found, _) => found,
        }
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if let Ok(mut shown) = self.shown.lock() {
            *shown = Some(end_entity.clone().into_owned());
        }
        match &self.judge {
            Some(judge) => {
                judge.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            }
            None => Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let known = &self.provider.signature_verification_algorithms;
        known.supported_schemes()
    }
}

impl ResolvesClientCert for Witness {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.wanted.store(true, Ordering::Relaxed);
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}

/// The common name inside of an encoded name; empty where it has none.
fn common_name(name: &[u8]) -> String {
    const TAG: [u8; 5] = [0x06, 0x03, 0x55, 0x04, 0x03];
    let at = name.windows(TAG.len()).position(|part| part == TAG);
    let text = at.and_then(|at| {
        let rest = name.get(at + TAG.len()..)?;
        let length = usize::from(*rest.get(1)?);
        rest.get(2..2 + length)
    });
    String::from_utf8_lossy(text.unwrap_or_default()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_common_name_is_read() {
        let name = b"\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01X";
        assert_eq!(common_name(name), "X");
        assert_eq!(common_name(b"\x06\x03\x55\x04\x03\x0c\x7fX"), "");
        assert_eq!(common_name(b""), "");
    }
}
