//! Where the ledger of a fleet file is, unless somebody says otherwise.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

/// How many characters of a name are kept.
const LONGEST: usize = 40;

/// Returns where the ledger of a fleet file is; the file's path is absolute and has no links on the way.
#[must_use]
pub fn place(state_home: &Path, fleet_file: &Path) -> PathBuf {
    let digest = Sha256::digest(fleet_file.as_os_str().as_encoded_bytes());
    let hash = digest.iter().take(8).fold(String::new(), |mut hash, byte| {
        let _ = write!(hash, "{byte:02x}");
        hash
    });
    let fleets = state_home.join("claude-scaffold").join("fleet");
    let name = readable(fleet_file);
    fleets.join(format!("{name}-{hash}")).join("ledger.jsonl")
}

/// Returns the name of the folder that a fleet file is in, as far as every system takes it.
fn readable(fleet_file: &Path) -> String {
    let folder = fleet_file.parent().and_then(Path::file_name);
    let folder = folder.unwrap_or_default().to_string_lossy();
    let safe = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let name: String = folder.chars().take(LONGEST).map(safe).collect();
    match name.trim_matches('-') {
        "" => "fleet".to_owned(),
        name => name.to_owned(),
    }
}
