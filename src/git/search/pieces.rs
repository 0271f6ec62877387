//! A file on the disk in pieces of bounded size, cut between lines where there are any.

use std::io::{self, Read};

use super::{PIECE, Piece};

/// How much of a piece without a line end is read again with the next, so that nothing is cut in two.
const OVERLAP: usize = 8 << 10;
/// The bytes at a file's start in which a NUL makes it binary.
const HEAD: usize = 8 << 10;

/// Hands a file's pieces to a reader, up to the end or to the first sign that it is binary.
///
/// # Errors
/// As reading the file.
pub(super) fn pieces(
    mut file: impl Read,
    path: &str,
    buffer: &mut Vec<u8>,
    mut read: impl FnMut(Piece<'_>),
) -> io::Result<()> {
    buffer.clear();
    let mut line = 0;
    loop {
        let room = PIECE.saturating_sub(buffer.len());
        let count = (&mut file).take(room as u64).read_to_end(buffer)?;
        let is_last = count < room;
        if line == 0 && buffer[..buffer.len().min(HEAD)].contains(&0) {
            return Ok(());
        }
        let cut = if is_last {
            buffer.len()
        } else {
            cut_at(buffer)
        };
        let bytes = &buffer[..cut];
        read(Piece { path, bytes, line });
        if is_last {
            return Ok(());
        }
        line += bytes.split(|byte| *byte == b'\n').count() - 1;
        let ended = bytes.ends_with(b"\n");
        let done = if ended {
            cut
        } else {
            cut.saturating_sub(OVERLAP)
        };
        buffer.drain(..done);
    }
}

/// Behind the last line end, or else behind the last word.
fn cut_at(buffer: &[u8]) -> usize {
    let behind = |at: usize| at + 1;
    let line = buffer.iter().rposition(|byte| *byte == b'\n');
    let word = || {
        let tail = &buffer[buffer.len() - OVERLAP..];
        let in_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_./+=".contains(byte);
        let end = tail.iter().rposition(|byte| !in_word(byte))?;
        Some(buffer.len() - OVERLAP + end)
    };
    line.or_else(word).map_or(buffer.len(), behind)
}
