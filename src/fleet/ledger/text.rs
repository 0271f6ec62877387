//! The bytes of a ledger → its rows.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Row, SCHEMA};

/// How every row begins.
const HEAD: &[u8] = b"{\"schema\":";

/// The rows of a ledger.
#[derive(Debug, Default)]
pub(super) struct Text {
    /// The last row of each repository.
    pub(super) rows: BTreeMap<String, Row>,
    /// How many rows there are.
    pub(super) count: usize,
    /// How many bytes they take; what follows was cut off while it was written.
    pub(super) whole: usize,
    /// Whether the last of them lacks its line end.
    pub(super) is_open: bool,
}

/// Why bytes are no ledger.
#[derive(Debug)]
pub(super) enum Wrong {
    /// A line is no row.
    Foreign {
        line: usize,
        column: usize,
        why: String,
    },
    /// A row of a later version.
    Newer { line: usize, schema: u64 },
}

/// Reads all rows up to where writing was cut off.
///
/// Rows are written after one another, and only when those before them are safe: what a crash tears is
/// at the end. There may be a part of a line, or zeros where bytes have not reached the disk.
pub(super) fn parse(bytes: &[u8]) -> Result<Text, Wrong> {
    let mut text = Text::default();
    let mut at = 0;
    for (index, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        at += line.len();
        if !line.trim_ascii().is_empty() {
            match row(line.trim_ascii_end(), index + 1) {
                Ok(row) => {
                    text.count += 1;
                    text.rows.insert(row.repository.clone(), row);
                }
                Err(_) if is_torn(line, text.count) => return Ok(text),
                Err(wrong) => return Err(wrong),
            }
        }
        text.whole = at;
        text.is_open = !line.ends_with(b"\n");
    }
    Ok(text)
}

fn row(line: &[u8], number: usize) -> Result<Row, Wrong> {
    let newer = |schema: u64| Wrong::Newer {
        line: number,
        schema,
    };
    match serde_json::from_slice::<Row>(line) {
        Ok(row) if row.schema > SCHEMA => Err(newer(row.schema.into())),
        Ok(row) => Ok(row),
        Err(error) => Err(match serde_json::from_slice::<Shape>(line) {
            Ok(shape) if shape.schema > SCHEMA.into() => newer(shape.schema),
            _ => Wrong::Foreign {
                line: number,
                column: error.column().max(1),
                why: without_place(&error),
            },
        }),
    }
}

/// What rows of every version have.
#[derive(Deserialize)]
struct Shape {
    schema: u64,
}

/// Whether writing was cut off in a line that is no row. Where it is not sure that the file is a ledger at
/// all, it is left alone.
fn is_torn(line: &[u8], rows: usize) -> bool {
    let is_ours = rows > 0 || line.starts_with(HEAD);
    if line.contains(&0) {
        return is_ours || line.iter().all(|byte| *byte == 0);
    }
    let is_part = line.starts_with(HEAD) || HEAD.starts_with(line);
    let is_complete = serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok();
    !line.ends_with(b"\n") && is_part && !is_complete
}

fn without_place(error: &serde_json::Error) -> String {
    let said = error.to_string();
    match said.rfind(" at line ") {
        Some(at) => said[..at].to_owned(),
        None => said,
    }
}
