//! This machine, as far as it decides how the client reaches a gateway.

mod clients;
mod profiles;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::diagnose::{Certificates, Found, Machine};

/// The largest file that is looked into.
const LIMIT: u64 = 1024 * 1024;
const CERTIFICATES: [&str; 3] = ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR"];

/// Looks at the clients, shell profiles and certificates of a user. Reads files only: nothing is run.
#[must_use]
pub fn machine(home: &Path, environment: &BTreeMap<String, String>, names: &[&str]) -> Machine {
    let path = environment.get("PATH").map_or("", String::as_str);
    let set = CERTIFICATES.iter().filter_map(|name| {
        let value = environment.get(*name).filter(|value| !value.is_empty())?;
        Some(Certificates {
            variable: (*name).to_owned(),
            path: value.clone(),
            state: certificates(Path::new(value)),
        })
    });
    Machine {
        clients: clients::clients(home, path),
        profiles: profiles::assignments(home, names),
        certificates: set.collect(),
    }
}

/// Returns what stands at a path that should hold certificates.
#[must_use]
pub fn certificates(path: &Path) -> Found {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Found::Folder,
        Ok(_) => match text(path) {
            Ok(text) => Found::Certificates(text.matches("-----BEGIN CERTIFICATE-----").count()),
            Err(error) => Found::Unreadable(error.to_string()),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Found::Nothing,
        Err(error) => Found::Unreadable(error.to_string()),
    }
}

/// Reads the start of a regular file.
fn text(path: &Path) -> std::io::Result<String> {
    if !fs::metadata(path)?.is_file() {
        return Ok(String::new());
    }
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(LIMIT).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A path as it is shown: the home folder as `~`.
fn shown(home: &Path, path: &Path) -> String {
    match path.strip_prefix(home) {
        Ok(below) => PathBuf::from("~").join(below).display().to_string(),
        Err(_) => path.display().to_string(),
    }
}

#[cfg(test)]
mod tests;
