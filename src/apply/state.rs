//! The state folder: lock, journal and undo entries, readable by the user alone.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::ApplyError;
use super::entry::Entry;

/// How long a command waits for a writer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it looks.
const PAUSE: Duration = Duration::from_millis(10);
/// How many applies can be taken back.
const KEPT: usize = 10;
/// Ends a journal whose files are all in place.
const DONE: &str = "{\"done\":true}\n";

/// What a journal says.
#[derive(Debug)]
pub(super) enum Journal {
    /// Nothing was under way.
    Closed,
    /// Some files may be in place.
    Open(Entry),
    /// All files are in place.
    Done(Entry),
}

/// The state folder of one unit.
#[derive(Debug)]
pub(super) struct State<'a> {
    path: &'a Path,
}

impl<'a> State<'a> {
    pub(super) fn new(path: &'a Path) -> Self {
        Self { path }
    }

    pub(super) fn journal_path(&self) -> PathBuf {
        self.path.join("journal")
    }

    /// Makes the folder if need be and takes the writer's lock.
    pub(super) fn lock_to_write(&self) -> Result<File, ApplyError> {
        let lock = self.path.join("lock");
        let open = || private().read(true).write(true).create(true).open(&lock);
        let file = match open() {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.make()?;
                open()
            }
            result => result,
        };
        let file = file.map_err(failed("open", &lock))?;
        wait(&lock, || file.try_lock())?;
        Ok(file)
    }

    /// Waits until no writer is at work, and keeps writers out as long as the result lives; none
    /// where no writer ever came.
    pub(super) fn lock_to_read(&self) -> Result<Option<File>, ApplyError> {
        let lock = self.path.join("lock");
        let file = match File::open(&lock) {
            Ok(file) => file,
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(failed("open", &lock)(error)),
        };
        wait(&lock, || file.try_lock_shared())?;
        Ok(Some(file))
    }

    pub(super) fn has_journal(&self) -> Result<bool, ApplyError> {
        let journal = self.journal_path();
        match fs::symlink_metadata(&journal) {
            Ok(_) => Ok(true),
            Err(error) if is_absent(&error) => Ok(false),
            Err(error) => Err(failed("read", &journal)(error)),
        }
    }

    /// Reads the journal. One whose first line is not complete was never acted on.
    pub(super) fn journal(&self) -> Result<Journal, ApplyError> {
        let path = self.journal_path();
        let Some(text) = read(&path)? else {
            return Ok(Journal::Closed);
        };
        let Some((line, rest)) = text.split_once('\n') else {
            remove(&path)?;
            return Ok(Journal::Closed);
        };
        let entry = parse(&path, line)?;
        Ok(match rest {
            DONE => Journal::Done(entry),
            _ => Journal::Open(entry),
        })
    }

    /// Writes down what is about to be done, before any of it is.
    pub(super) fn open_journal(&self, entry: &Entry) -> Result<File, ApplyError> {
        let path = self.journal_path();
        let mut file = private()
            .write(true)
            .create_new(true)
            .open(&path)
            .map_err(failed("create", &path))?;
        let written = file
            .write_all(entry.to_line().as_bytes())
            .and_then(|()| file.sync_all())
            .and_then(|()| sync_folder(self.path));
        match written {
            Ok(()) => Ok(file),
            Err(error) => {
                remove(&path)?;
                Err(failed("write", &path)(error))
            }
        }
    }

    /// Writes down that all files are in place; the point from which an apply counts.
    pub(super) fn mark_done(&self, journal: &mut File) -> Result<(), ApplyError> {
        let marked = journal.metadata().and_then(|before| {
            let written = journal.write_all(DONE.as_bytes());
            written
                .and_then(|()| journal.sync_data())
                .or_else(|error| journal.set_len(before.len()).and(Err(error)))
        });
        marked.map_err(failed("write", &self.journal_path()))
    }

    pub(super) fn drop_journal(&self) -> Result<(), ApplyError> {
        remove(&self.journal_path())
    }

    /// Turns a finished journal into the newest undo entry and forgets the oldest.
    pub(super) fn keep_journal_for_undo(&self) -> Result<(), ApplyError> {
        let numbers = self.undo_numbers()?;
        let number = numbers.last().map_or(1, |last| last + 1);
        let (from, to) = (self.journal_path(), self.undo_path(number));
        fs::rename(&from, &to).map_err(failed("rename", &from))?;
        let surplus = (numbers.len() + 1).saturating_sub(KEPT);
        numbers[..surplus]
            .iter()
            .try_for_each(|old| remove(&self.undo_path(*old)))
    }

    /// Reads the newest undo entry.
    pub(super) fn last_undo(&self) -> Result<Option<(u64, Entry)>, ApplyError> {
        let Some(number) = self.undo_numbers()?.pop() else {
            return Ok(None);
        };
        let path = self.undo_path(number);
        let Some(text) = read(&path)? else {
            return Ok(None);
        };
        let entry = parse(&path, text.lines().next().unwrap_or_default())?;
        Ok(Some((number, entry)))
    }

    /// Forgets an undo entry, or keeps what is left of it.
    pub(super) fn replace_undo(&self, number: u64, rest: Option<&Entry>) -> Result<(), ApplyError> {
        let path = self.undo_path(number);
        let Some(rest) = rest else {
            return remove(&path);
        };
        let staged = self.path.join("staged");
        let written = private()
            .write(true)
            .create(true)
            .truncate(true)
            .open(&staged)
            .and_then(|mut file| {
                file.write_all(rest.to_line().as_bytes())?;
                file.sync_all()?;
                fs::rename(&staged, &path)
            });
        written.map_err(failed("write", &path))
    }

    fn undo_path(&self, number: u64) -> PathBuf {
        self.path.join(format!("undo-{number}"))
    }

    fn undo_numbers(&self) -> Result<Vec<u64>, ApplyError> {
        let entries = match fs::read_dir(self.path) {
            Ok(entries) => entries,
            Err(error) if is_absent(&error) => return Ok(Vec::new()),
            Err(error) => return Err(failed("read", self.path)(error)),
        };
        let mut numbers = Vec::new();
        for entry in entries {
            let name = entry.map_err(failed("read", self.path))?.file_name();
            let number = name.to_str().and_then(|name| name.strip_prefix("undo-"));
            numbers.extend(number.and_then(|number| number.parse::<u64>().ok()));
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    fn make(&self) -> Result<(), ApplyError> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::DirBuilderExt;
            builder.mode(0o700);
        }
        builder
            .create(self.path)
            .map_err(failed("create", self.path))
    }
}

fn wait(lock: &Path, attempt: impl Fn() -> Result<(), TryLockError>) -> Result<(), ApplyError> {
    let start = Instant::now();
    loop {
        match attempt() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(failed("lock", lock)(error)),
            Err(TryLockError::WouldBlock) if start.elapsed() >= PATIENCE => {
                return Err(ApplyError::Busy {
                    lock: lock.to_path_buf(),
                });
            }
            Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
        }
    }
}

fn parse(path: &Path, line: &str) -> Result<Entry, ApplyError> {
    Entry::parse(line).map_err(|source| ApplyError::Foreign {
        path: path.to_path_buf(),
        source,
    })
}

fn read(path: &Path) -> Result<Option<String>, ApplyError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(failed("read", path)(error)),
    }
}

fn remove(path: &Path) -> Result<(), ApplyError> {
    match fs::remove_file(path) {
        Err(error) if !is_absent(&error) => Err(failed("remove", path)(error)),
        _ => Ok(()),
    }
}

/// Options for a file that the user alone may read.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options
}

/// Makes a new name in a folder last through a power cut.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        return File::open(path)?.sync_all();
    }
    Ok(())
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn failed(act: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ApplyError {
    let path = path.to_path_buf();
    move |source| ApplyError::State { act, path, source }
}
