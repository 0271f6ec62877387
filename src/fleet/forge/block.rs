//! The part of a merge request's text that is ours: between two marks that nobody sees.
//!
//! The first mark says which change the part is about, and which title was given, so that a later run
//! knows what people have written and leaves it.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

const BEGIN: &str = "<!-- claude-scaffold change=";
const TITLE: &str = " title=";
const CLOSE: &str = " -->";
const END: &str = "<!-- /claude-scaffold -->";
/// The most of a body, in bytes: what the strictest forge takes, less the marks.
const MOST: usize = 60_000;

/// What the first mark says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark<'a> {
    pub(super) change: &'a str,
    title: &'a str,
}

impl Mark<'_> {
    /// Returns whether a title is the one that was given.
    pub(super) fn gave(&self, title: &str) -> bool {
        self.title == digest(title)
    }
}

/// Returns a body between its marks.
pub(super) fn marked(change: &str, title: &str, body: &str) -> String {
    let digest = digest(title);
    let body = body.replace(END, "");
    let body = shortened(body.trim());
    format!("{BEGIN}{change}{TITLE}{digest}{CLOSE}\n{body}\n{END}")
}

/// Reads the mark in a request's text.
pub(super) fn mark(text: &str) -> Option<Mark<'_>> {
    let (_, rest) = text.split_once(BEGIN)?;
    let (inner, _) = rest.split_once(CLOSE)?;
    let (change, title) = inner.split_once(TITLE)?;
    Some(Mark { change, title })
}

/// Returns a request's text with our part replaced, or put last where there is none; what stands
/// around it is somebody's.
pub(super) fn renewed(text: &str, block: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let begin = text.find(BEGIN);
    let end = text.rfind(END).map(|at| at + END.len());
    match begin.zip(end).filter(|(begin, end)| begin < end) {
        Some((begin, end)) => {
            let before = text.get(..begin).unwrap_or_default();
            let after = text.get(end..).unwrap_or_default();
            format!("{before}{block}{after}")
        }
        None if text.trim().is_empty() => block.to_owned(),
        None => format!("{}\n\n{block}", text.trim_end()),
    }
}

/// Returns the text that is cut where a forge would refuse it.
fn shortened(body: &str) -> String {
    if body.len() <= MOST {
        return body.to_owned();
    }
    let mut at = MOST;
    while !body.is_char_boundary(at) {
        at -= 1;
    }
    let kept = body.get(..at).unwrap_or_default();
    let kept = kept.rsplit_once('\n').map_or(kept, |(lines, _)| lines);
    format!("{kept}\n…")
}

fn digest(text: &str) -> String {
    let hash = Sha256::digest(text.trim().as_bytes());
    hash.iter().take(6).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_again() {
        let text = marked("0123456789ab", "Title", "Body\n");
        let found = mark(&text).expect("a mark");
        assert_eq!(found.change, "0123456789ab");
        assert!(found.gave("Title") && found.gave(" Title ") && !found.gave("Other"));
        assert_eq!(mark("no mark"), None);
        assert_eq!(mark("<!-- claude-scaffold change=x"), None);
    }

    #[test]
    fn what_people_wrote_around_our_part_stays() {
        let old = marked("a", "T", "old");
        let fresh = marked("b", "T", "fresh");
        let edited = format!("Before\r\n\r\n{old}\r\n- [x] done\r\n");
        assert_eq!(
            renewed(&edited, &fresh),
            format!("Before\n\n{fresh}\n- [x] done\n")
        );
        assert_eq!(renewed("Mine\n", &fresh), format!("Mine\n\n{fresh}"));
        assert_eq!(renewed(" \n", &fresh), fresh);
        assert_eq!(renewed(&old, &old), old);
    }

    #[test]
    fn a_body_cannot_end_its_own_part_and_is_never_too_long() {
        let sly = marked("a", "T", "x <!-- /claude-scaffold --> y");
        assert_eq!(sly.matches(END).count(), 1);
        let long = marked("a", "T", &"é line\n".repeat(20_000));
        assert!(long.len() < 61_000 && long.contains("\n…\n"));
    }
}
