//! A folder in memory that is the user's alone, and files in it that end.

use std::io::{Read, Write};
use std::os::fd::OwnedFd;

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, fstat, fstatfs, mkdirat, open, openat};
use rustix::fs::{renameat, unlinkat};
use rustix::io::Errno;
use rustix::process::getuid;
use rustix::time::{ClockId, clock_gettime};
use zeroize::Zeroizing;

use super::{LONGEST_KEPT, NoCache};

/// What file systems in memory call themselves: tmpfs and ramfs.
const IN_MEMORY: [u64; 2] = [0x0102_1994, 0x8584_58f6];
const FOLDER: &str = "claude-scaffold";
/// A key, and the line before it.
const MOST: u64 = 16 * 1024;

/// Which files go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sweep {
    /// Those whose time is over.
    Over,
    /// Every one.
    All,
}

pub(super) struct Memory(OwnedFd);

impl Memory {
    /// Opens the folder, and makes it where it is not there.
    pub(super) fn open(runtime: &str) -> Result<Self, NoCache> {
        let io = |error: Errno| NoCache::Io(runtime.to_owned(), error.to_string());
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::RDONLY;
        let linked = |error| match error {
            Errno::LOOP | Errno::NOTDIR => NoCache::Shared(runtime.to_owned()),
            other => io(other),
        };
        let above = open(runtime, flags, Mode::empty()).map_err(linked)?;
        owned(&above, runtime)?;
        let kind = fstatfs(&above).map_err(io)?.f_type;
        let known = u64::try_from(kind).is_ok_and(|kind| IN_MEMORY.contains(&kind));
        if !known {
            return Err(NoCache::Disk(runtime.to_owned()));
        }
        match mkdirat(&above, FOLDER, Mode::RWXU) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(error) => return Err(io(error)),
        }
        let own = openat(&above, FOLDER, flags, Mode::empty()).map_err(linked)?;
        owned(&own, &format!("{runtime}/{FOLDER}"))?;
        Ok(Self(own))
    }

    /// Returns what a file holds whose time is not over.
    pub(super) fn read(&self, name: &str) -> Option<Zeroizing<String>> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = openat(&self.0, name, flags, Mode::empty()).ok()?;
        let found = fstat(&file).ok()?;
        let is_file = FileType::from_raw_mode(found.st_mode) == FileType::RegularFile;
        if !is_file || found.st_uid != getuid().as_raw() || is_shared(found.st_mode) {
            return None;
        }
        let mut text = Zeroizing::new(String::with_capacity(usize::try_from(MOST).ok()?));
        std::fs::File::from(file)
            .take(MOST)
            .read_to_string(&mut text)
            .ok()?;
        let (until, key) = text.split_once('\n')?;
        let left = until.parse::<u64>().ok()?.checked_sub(now())?;
        let fresh = (1..=LONGEST_KEPT).contains(&left);
        fresh.then(|| Zeroizing::new(key.to_owned()))
    }

    /// Writes a file that ends; a reader sees all of it or nothing.
    pub(super) fn write(&self, name: &str, key: &str, seconds: u64) -> std::io::Result<()> {
        let draft = format!(".{name}.{}", std::process::id());
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW;
        let file = openat(
            &self.0,
            &draft,
            flags | OFlags::CLOEXEC,
            Mode::RUSR | Mode::WUSR,
        )?;
        let text = Zeroizing::new(format!("{}\n{key}", now() + seconds));
        let written = std::fs::File::from(file).write_all(text.as_bytes());
        let named = written.and_then(|()| Ok(renameat(&self.0, &draft, &self.0, name)?));
        if named.is_err() {
            let _ = unlinkat(&self.0, &draft, AtFlags::empty());
        }
        named
    }

    /// Takes files away.
    pub(super) fn sweep(&self, which: Sweep) {
        let Ok(folder) = Dir::read_from(&self.0) else {
            return;
        };
        for entry in folder.flatten() {
            let Ok(name) = entry.file_name().to_str() else {
                continue;
            };
            let is_file = !matches!(name, "." | "..");
            if is_file && (which == Sweep::All || self.read(name).is_none()) {
                let _ = unlinkat(&self.0, name, AtFlags::empty());
            }
        }
    }
}

fn owned(folder: &OwnedFd, name: &str) -> Result<(), NoCache> {
    let found = fstat(folder).map_err(|error| NoCache::Io(name.to_owned(), error.to_string()))?;
    if found.st_uid == getuid().as_raw() && !is_shared(found.st_mode) {
        return Ok(());
    }
    Err(NoCache::Shared(name.to_owned()))
}

/// Whether a mode lets anybody but the owner in.
fn is_shared(mode: u32) -> bool {
    Mode::from_raw_mode(mode).intersects(Mode::RWXG | Mode::RWXO)
}

/// Seconds since the machine was started, those it slept included; nobody can turn them back, and what
/// is in memory does not outlive them.
fn now() -> u64 {
    u64::try_from(clock_gettime(ClockId::Boottime).tv_sec).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![expect(
        clippy::disallowed_methods,
        clippy::print_stdout,
        reason = "tests make what the room finds, and say what they leave out"
    )]

    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn keys_end_and_nobody_else_reads_them() {
        let Ok(folder) = tempfile::Builder::new()
            .prefix("memory")
            .tempdir_in("/dev/shm")
        else {
            println!("SKIPPED: there is no file system in memory at /dev/shm");
            return;
        };
        let path = folder.path();
        let name = path.to_str().expect("its name is text");
        let mode =
            |mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("ours");
        mode(0o755);
        assert_eq!(
            Memory::open(name).err(),
            Some(NoCache::Shared(name.to_owned()))
        );
        mode(0o700);
        let memory = Memory::open(name).expect("ours alone and in memory");
        memory.write("a", "k-1", 60).expect("it is empty");
        memory.write("b", "k-2", 0).expect("it is empty");
        let read = |name| memory.read(name).map(|key| key.to_string());
        assert_eq!(read("a").as_deref(), Some("k-1"));
        assert_eq!(read("b"), None);
        let file = path.join(FOLDER).join("a");
        let found = fs::metadata(&file).expect("it is there").permissions();
        assert_eq!(found.mode() & 0o777, 0o600);
        symlink(&file, path.join(FOLDER).join("c")).expect("no such name");
        assert_eq!(read("c"), None);
        memory.sweep(Sweep::Over);
        let count = || fs::read_dir(path.join(FOLDER)).expect("ours").count();
        assert_eq!(count(), 1);
        memory.sweep(Sweep::All);
        assert_eq!(count(), 0);
    }

    #[test]
    fn a_disk_and_a_link_are_no_place() {
        let folder = tempfile::tempdir().expect("a folder");
        let own = fs::Permissions::from_mode(0o700);
        fs::set_permissions(folder.path(), own).expect("ours");
        let name = folder.path().to_str().expect("its name is text").to_owned();
        let link = folder.path().join("link");
        symlink("/dev/shm", &link).expect("no such name");
        let link = link.to_str().expect("its name is text").to_owned();
        assert_eq!(Memory::open(&link).err(), Some(NoCache::Shared(link)));
        let found = Memory::open(&name).err();
        let on_disk = NoCache::Disk(name);
        assert!(
            found.is_none() || found.as_ref() == Some(&on_disk),
            "{found:?}"
        );
    }
}
