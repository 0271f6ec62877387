//! What a defect says before the program ends.

use std::io::Write as _;
use std::panic::{self, PanicHookInfo};

use crate::model::escape;

const REPORT: &str = "help: report this line, the command and its version; nothing in quotes was kept, so \
                      that it holds no text of yours\n";

/// Ends the program with 2 and a redacted message where it would abort with a raw one. What an apply
/// has begun stays in its journal, as after a kill.
pub fn catch_defects() {
    panic::set_hook(Box::new(|info| {
        let _ = std::io::stderr().write_all(said(info).as_bytes());
        #[expect(
            clippy::disallowed_methods,
            reason = "a program with a defect does not go on"
        )]
        std::process::exit(2);
    }));
}

fn said(info: &PanicHookInfo<'_>) -> String {
    let words = info.payload_as_str().unwrap_or("no message");
    let place = info.location().map(|place| {
        let file = place.file().replace('\\', "/");
        // Sources of libraries stand in a folder of whoever built the program.
        let file = file
            .rsplit_once("/src/index.")
            .map_or(&*file, |(_, file)| file);
        format!("{file}:{}:{}", place.line(), place.column())
    });
    let place = place.unwrap_or_default();
    // A panic inside of the layer itself leaves nobody to redact.
    if super::KNOWN.try_lock().is_err() {
        return message("", &place);
    }
    super::text(&message(words, &place)).into_owned()
}

fn message(words: &str, place: &str) -> String {
    let words = escape(&unquoted(words));
    format!("error: a defect in claude-scaffold: {words}\n  --> {place}\n{REPORT}")
}

/// A message without what it quotes, which may be any text of the user's.
fn unquoted(words: &str) -> String {
    let mut out = String::new();
    let mut rest = words;
    while let Some(start) = rest.find(['"', '`', '\'', '\u{2018}', '\u{201c}', '\n', '[', '{']) {
        let mark = rest[start..].chars().next().unwrap_or_default();
        let behind = &rest[start + mark.len_utf8()..];
        out.push_str(&rest[..start]);
        let closing = match mark {
            '"' | '`' | '\'' => mark,
            '\u{2018}' => '\u{2019}',
            '\u{201c}' => '\u{201d}',
            '[' => ']',
            '{' => '}',
            _ => break,
        };
        out.push('…');
        // The last one counts: a quoted text may hold the mark itself.
        rest = behind.rsplit_once(closing).map_or("", |(_, rest)| rest);
    }
    if !rest.contains('\n') {
        out.push_str(rest);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_keeps_nothing_that_it_quotes() {
        for (words, expected) in [
            ("an invariant", "an invariant"),
            (
                "called on `a` value: Bad(\"hu\\\"sh\")",
                "called on … value: Bad(…)",
            ),
            (
                "it is inside 'é' (bytes 4..6) of `hush`",
                "it is inside … (bytes 4..6) of …",
            ),
            ("left\nhush", "left"),
            ("open \"hush", "open …"),
            ("a [104, 117] b", "a … b"),
        ] {
            assert_eq!(unquoted(words), expected);
        }
    }
}
