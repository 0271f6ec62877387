//! What became of every repository, kept so that a run that was stopped goes on where it stopped.
//!
//! A file of JSON lines, one [`Row`] each; the last one of a repository counts. A row is on the disk when
//! [`Ledger::add`] returns: rows that arrive while others are on their way go together, so that threads share
//! what a disk takes to be sure. One run at a time writes a ledger, anybody may read it.

mod disk;
mod error;
mod place;
mod row;
#[cfg(test)]
mod tests;
mod text;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write as _};
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

pub use error::LedgerError;
pub use place::place;
pub use row::{Row, SCHEMA};
use text::Text;

/// How many rows a repository may have on average before the file is written anew.
const SURPLUS: usize = 4;

/// A ledger that is written to.
#[derive(Debug)]
pub struct Ledger {
    path: PathBuf,
    rows: BTreeMap<String, Row>,
    file: File,
    queue: Mutex<Queue>,
    turn: Condvar,
    _lock: disk::Lock,
}

/// The rows on their way to the disk.
#[derive(Debug)]
struct Queue {
    /// Those that nobody writes yet.
    lines: Vec<u8>,
    /// How many rows came in.
    taken: u64,
    /// How many of them are on the disk.
    durable: u64,
    /// The length of the file up to them.
    length: usize,
    is_writing: bool,
    failed: Option<Arc<io::Error>>,
}

impl Ledger {
    /// Opens a ledger, made if need be with the folders above it, and keeps other runs out.
    ///
    /// # Errors
    /// Fails where another run writes it, where something else stands there, and where the system says no.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        disk::make_folder(path)?;
        let path = disk::real(path)?;
        let lock = disk::lock(&path)?;
        let bytes = disk::read(&path)?.unwrap_or_default();
        let mut text = parse(&path, &bytes)?;
        if text.is_open || text.count > SURPLUS * text.rows.len() {
            let bytes = lines(text.rows.values());
            disk::replace(&path, &bytes)?;
            text.whole = bytes.len();
        }
        let file = disk::open(&path, text.whole)?;
        Ok(Self {
            path,
            rows: text.rows,
            file,
            queue: Mutex::new(Queue {
                lines: Vec::new(),
                taken: 0,
                durable: 0,
                length: text.whole,
                is_writing: false,
                failed: None,
            }),
            turn: Condvar::new(),
            _lock: lock,
        })
    }

    /// Returns where the ledger is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the last row of each repository as it was when the ledger was opened.
    #[must_use]
    pub fn rows(&self) -> &BTreeMap<String, Row> {
        &self.rows
    }

    /// Returns the last row of a repository as it was when the ledger was opened.
    #[must_use]
    pub fn row(&self, repository: &str) -> Option<&Row> {
        self.rows.get(repository)
    }

    /// Adds a row, which is on the disk when this returns.
    ///
    /// # Errors
    /// Fails where the disk takes it not; then it takes no later one either.
    pub fn add(&self, row: &Row) -> Result<(), LedgerError> {
        let mut line = row.to_line();
        let mut queue = self.queue();
        queue.lines.append(&mut line);
        queue.taken += 1;
        let mine = queue.taken;
        while queue.durable < mine {
            if let Some(error) = &queue.failed {
                return Err(LedgerError::Io {
                    act: "write",
                    path: self.path.clone(),
                    source: Arc::clone(error),
                });
            }
            queue = if queue.is_writing {
                let turn = self.turn.wait(queue);
                turn.unwrap_or_else(PoisonError::into_inner)
            } else {
                self.write(queue)
            };
        }
        Ok(())
    }

    /// Writes all that waits, while the queue is open to others.
    fn write<'a>(&'a self, mut queue: MutexGuard<'a, Queue>) -> MutexGuard<'a, Queue> {
        queue.is_writing = true;
        let lines = mem::take(&mut queue.lines);
        let (taken, before) = (queue.taken, queue.length);
        drop(queue);
        let written = (&self.file)
            .write_all(&lines)
            .and_then(|()| self.file.sync_data());
        let mut queue = self.queue();
        queue.is_writing = false;
        match written {
            Ok(()) => {
                queue.durable = taken;
                queue.length += lines.len();
            }
            Err(error) => {
                // Whoever opens it again would cut a torn row off too.
                let _ = disk::cut(&self.file, before);
                queue.failed = Some(Arc::new(error));
            }
        }
        self.turn.notify_all();
        queue
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads the last row of each repository, in their order, while others may write; none where no ledger is.
///
/// # Errors
/// Fails where something else stands there, and where the system says no.
pub fn read(path: &Path) -> Result<Option<Vec<Row>>, LedgerError> {
    let Some(bytes) = disk::read(path)? else {
        return Ok(None);
    };
    Ok(Some(parse(path, &bytes)?.rows.into_values().collect()))
}

/// Returns the rows of several ledgers as one, by repository; where two have one, the later ledger counts.
#[must_use]
pub fn merge(ledgers: impl IntoIterator<Item = Vec<Row>>) -> Vec<Row> {
    let rows = ledgers.into_iter().flatten();
    let rows: BTreeMap<String, Row> = rows.map(|row| (row.repository.clone(), row)).collect();
    rows.into_values().collect()
}

/// Merges rows into a ledger, made if need be, in one step; rows of other repositories stay.
///
/// # Errors
/// As [`Ledger::open`].
pub fn merge_into(path: &Path, rows: &[Row]) -> Result<(), LedgerError> {
    disk::make_folder(path)?;
    let path = disk::real(path)?;
    let _lock = disk::lock(&path)?;
    let own = read(&path)?.unwrap_or_default();
    let merged = merge([own, rows.to_vec()]);
    disk::replace(&path, &lines(&merged))
}

fn parse(path: &Path, bytes: &[u8]) -> Result<Text, LedgerError> {
    text::parse(bytes).map_err(|wrong| LedgerError::wrong(path, wrong))
}

fn lines<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Vec<u8> {
    rows.into_iter().flat_map(Row::to_line).collect()
}
