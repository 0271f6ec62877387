//! The packs a user has agreed to, by address: one line each in the user's own state folder.
#![expect(
    clippy::disallowed_methods,
    reason = "the one place that remembers whom the user trusts"
)]

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Returns the addresses that nobody has agreed to yet, in the order given.
#[must_use]
pub fn untrusted<'a>(state_home: &Path, addresses: &[&'a str]) -> Vec<&'a str> {
    let known = fs::read_to_string(file(state_home)).unwrap_or_default();
    let is_known = |address: &&&str| known.lines().any(|line| line == **address);
    let all = addresses.iter();
    all.filter(|address| !is_known(address)).copied().collect()
}

/// Remembers addresses.
///
/// # Errors
/// Fails where the user's state folder cannot be written.
pub fn trust(state_home: &Path, addresses: &[&str]) -> io::Result<()> {
    let path = file(state_home);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let lines = addresses.join("\n") + "\n";
    let mut file = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)?;
    file.write_all(lines.as_bytes())
}

fn file(state_home: &Path) -> PathBuf {
    state_home.join("claude-scaffold").join("trusted-packs")
}
