//! Why a ledger cannot be used.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;

use super::SCHEMA;
use super::text::Wrong;

/// Why a ledger cannot be used.
#[derive(Debug, Clone, Error)]
pub enum LedgerError {
    /// Somebody else writes it.
    #[error("another run{} is writing the ledger `{}`", process(*holder), path.display())]
    Busy {
        /// The ledger.
        path: PathBuf,
        /// The number of the process that holds it, where the system lets us read it.
        holder: Option<u32>,
    },
    /// Something else stands there.
    #[error("`{}` is no ledger: {why}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// The line that is no row, from 1.
        line: usize,
        /// The column where it goes wrong, from 1.
        column: usize,
        /// What is wrong there.
        why: String,
    },
    /// A later version of the tool wrote it.
    #[error("the ledger `{}` has rows of schema {schema}; this version reads {SCHEMA}", path.display())]
    Newer {
        /// The ledger.
        path: PathBuf,
        /// The first line of that kind, from 1.
        line: usize,
        /// The number of its shape.
        schema: u64,
    },
    /// A folder, a device or the like stands there.
    #[error("`{}` is not a regular file", path.display())]
    Irregular {
        /// What it is.
        path: PathBuf,
    },
    /// The system said no.
    #[error("failed to {act} `{}`", path.display())]
    Io {
        /// What was being done.
        act: &'static str,
        /// To what.
        path: PathBuf,
        /// What the system said.
        source: Arc<io::Error>,
    },
}

impl LedgerError {
    pub(super) fn wrong(path: &Path, wrong: Wrong) -> Self {
        let path = path.to_path_buf();
        match wrong {
            Wrong::Foreign { line, column, why } => Self::Foreign {
                path,
                line,
                column,
                why,
            },
            Wrong::Newer { line, schema } => Self::Newer { path, line, schema },
        }
    }
}

fn process(holder: Option<u32>) -> String {
    holder.map_or_else(String::new, |id| format!(" (process {id})"))
}
