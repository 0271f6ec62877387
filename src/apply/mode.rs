//! Permission bits and owners of the files we write.

use std::fs::File;
use std::io;

use cap_std::fs::{Metadata, OpenOptions};

use crate::model::{FileChange, Mode};

/// Returns a file's permission bits, where the system has them.
#[cfg_attr(
    unix,
    expect(clippy::unnecessary_wraps, reason = "other systems have none")
)]
pub(super) fn bits_of(found: &Metadata) -> Option<u32> {
    #[cfg(unix)]
    {
        use cap_std::fs::MetadataExt;
        Some(found.mode() & 0o7777)
    }
    #[cfg(not(unix))]
    {
        let _ = found;
        None
    }
}

/// Returns the bits a file must have, none where the system's defaults decide.
///
/// A file that stands there keeps its bits, but for the executable ones if the plan changes them.
pub(super) fn wanted(change: &FileChange, found: Option<u32>, exact: Option<u32>) -> Option<u32> {
    if exact.is_some() {
        return exact;
    }
    let bits = found?;
    Some(match (change.mode_before == change.mode, change.mode) {
        (true, _) => bits,
        (false, Mode::Executable) => bits | 0o100 | (bits & 0o444) >> 2,
        (false, Mode::Regular) => bits & !0o111,
    })
}

/// Returns options that make a file, which must not be there, with the bits it should have.
pub(super) fn to_create(mode: Mode, wanted: Option<u32>) -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use cap_std::fs::OpenOptionsExt;
        options.mode(wanted.map_or(default_bits(mode), |bits| bits & 0o777));
    }
    #[cfg(not(unix))]
    let _ = (mode, wanted);
    options
}

/// Gives a file the bits it should have and the owner of the one it replaces.
pub(super) fn settle(
    file: &File,
    mode: Mode,
    wanted: Option<u32>,
    replaced: Option<&Metadata>,
) -> io::Result<()> {
    #[cfg(unix)]
    {
        use cap_std::fs::MetadataExt as _;
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt, fchown};
        let fresh = file.metadata()?;
        if let Some(old) = replaced
            && (old.uid(), old.gid()) != (fresh.uid(), fresh.gid())
        {
            // Only the superuser may give a file away; for others the file becomes theirs.
            let _ = fchown(file, Some(old.uid()), Some(old.gid()));
        }
        let bits = wanted.unwrap_or(fresh.mode() & 0o7777 | default_bits(mode) & 0o700);
        if fresh.mode() & 0o7777 != bits {
            file.set_permissions(PermissionsExt::from_mode(bits))?;
        }
    }
    #[cfg(not(unix))]
    let _ = (file, mode, wanted, replaced);
    Ok(())
}

/// Everybody may have them; the umask takes away what the user does not want.
#[cfg(unix)]
fn default_bits(mode: Mode) -> u32 {
    match mode {
        Mode::Regular => 0o666,
        Mode::Executable => 0o777,
    }
}
