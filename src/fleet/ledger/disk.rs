//! A ledger's file: its folders, its lock, and what has to last through a power cut.
#![expect(clippy::disallowed_methods, reason = "the place that writes ledgers")]

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::LedgerError;

/// Keeps other runs out of a ledger while it lives.
#[derive(Debug)]
pub(super) struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = self.0.set_len(0);
    }
}

/// Takes the lock of a ledger, whose folder is there.
pub(super) fn lock(path: &Path) -> Result<Lock, LedgerError> {
    // A file beside it: a ledger that is rewritten is another file, and on Windows a lock keeps readers out.
    let beside = beside(path, "lock");
    let mut file = private()
        .read(true)
        .write(true)
        .create(true)
        .open(&beside)
        .map_err(failed("open", &beside))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let read = file.take(32).read_to_string(&mut holder).ok();
            return Err(LedgerError::Busy {
                path: path.to_path_buf(),
                holder: read.and_then(|_| holder.trim().parse().ok()),
            });
        }
        Err(TryLockError::Error(error)) => return Err(failed("lock", &beside)(error)),
    }
    // Who holds it is a courtesy to whoever is kept out.
    let _ = file
        .set_len(0)
        .and_then(|()| writeln!(file, "{}", std::process::id()));
    Ok(Lock(file))
}

/// Returns where a ledger really is: what a link points to.
pub(super) fn real(path: &Path) -> Result<PathBuf, LedgerError> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => {
            fs::canonicalize(path).map_err(failed("follow the link", path))
        }
        _ => Ok(path.to_path_buf()),
    }
}

/// Reads a ledger; none where there is none.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, LedgerError> {
    match fs::metadata(path) {
        Ok(found) if !found.is_file() => Err(LedgerError::Irregular {
            path: path.to_path_buf(),
        }),
        Ok(_) => fs::read(path).map(Some).map_err(failed("read", path)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("read", path)(error)),
    }
}

/// Makes the folder of a ledger, readable by the user alone.
pub(super) fn make_folder(path: &Path) -> Result<(), LedgerError> {
    let folder = folder(path);
    let there = folder.ancestors().find(|above| above.is_dir());
    if there == Some(folder) {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder).map_err(failed("create", folder))?;
    for made in folder.ancestors() {
        let above = self::folder(made);
        sync_folder(above).map_err(failed("write", above))?;
        if Some(above) == there {
            break;
        }
    }
    Ok(())
}

/// Opens a ledger to append to it, made if need be; what stands behind `whole` bytes goes.
pub(super) fn open(path: &Path, whole: usize) -> Result<File, LedgerError> {
    let opened = private().read(true).write(true).create(true).open(path);
    let mut file = opened.map_err(failed("open", path))?;
    let end = file.seek(SeekFrom::End(0)).map_err(failed("read", path))?;
    if end > length(whole) {
        let cut = cut(&file, whole).and_then(|()| file.sync_all());
        cut.and_then(|()| file.seek(SeekFrom::End(0)))
            .map_err(failed("truncate", path))?;
    }
    if end == 0 {
        let folder = folder(path);
        sync_folder(folder).map_err(failed("write", folder))?;
    }
    Ok(file)
}

/// Takes all behind `whole` bytes away.
pub(super) fn cut(file: &File, whole: usize) -> io::Result<()> {
    file.set_len(length(whole))
}

fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).expect("a length fits 64 bits")
}

/// Writes a ledger anew: aside first, then in one step.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), LedgerError> {
    let aside = beside(path, "aside");
    let written = private()
        .write(true)
        .create(true)
        .truncate(true)
        .open(&aside)
        .and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&aside, path))
        .and_then(|()| sync_folder(folder(path)));
    written.map_err(|error| {
        let _ = fs::remove_file(&aside);
        failed("write", path)(error)
    })
}

pub(super) fn failed<'a>(
    act: &'static str,
    path: &'a Path,
) -> impl FnOnce(io::Error) -> LedgerError + use<'a> {
    move |source| LedgerError::Io {
        act,
        path: path.to_path_buf(),
        source: Arc::new(source),
    }
}

/// Options for a file that the user alone may read.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

fn folder(path: &Path) -> &Path {
    let parent = path.parent().filter(|above| !above.as_os_str().is_empty());
    parent.unwrap_or_else(|| Path::new("."))
}

/// Makes a name in a folder last through a power cut.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        return File::open(path)?.sync_all();
    }
    Ok(())
}
