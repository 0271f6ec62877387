//! Whose certificates are trusted.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// A certificate authority beside those of the system.
#[derive(Debug, Clone)]
pub struct Authority {
    /// Where it is named and what is named there, for people.
    pub name: String,
    /// The file as it is; empty where it cannot be read.
    pub pem: Vec<u8>,
}

/// The authorities of the system and the further ones.
pub(crate) struct Trust {
    pub(crate) certificates: Vec<CertificateDer<'static>>,
    /// The names of further authorities whose files hold no certificate.
    pub(crate) useless: Vec<String>,
}

/// Collects the authorities of the system and further ones.
pub(crate) fn trust(authorities: &[Authority]) -> Trust {
    collect(rustls_native_certs::load_native_certs().certs, authorities)
}

/// Collects some authorities, those of the system not among them.
pub(crate) fn trust_alone(authorities: &[Authority]) -> Trust {
    collect(Vec::new(), authorities)
}

fn collect(mut certificates: Vec<CertificateDer<'static>>, authorities: &[Authority]) -> Trust {
    let mut useless = Vec::new();
    for authority in authorities {
        let found = CertificateDer::pem_slice_iter(&authority.pem);
        let found: Vec<_> = found.filter_map(Result::ok).collect();
        if found.is_empty() {
            useless.push(authority.name.clone());
        }
        certificates.extend(found);
    }
    Trust {
        certificates,
        useless,
    }
}
