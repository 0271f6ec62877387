//! Colour for texts that read the same without it.

use anstyle::{AnsiColor, Style};

const ADDED: Style = AnsiColor::Green.on_default();
const REMOVED: Style = AnsiColor::Red.on_default();
const PLACE: Style = AnsiColor::Cyan.on_default();
const HEAD: Style = Style::new().bold();
const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const NOTE: Style = AnsiColor::Cyan.on_default().bold();

/// Colours a unified diff.
#[must_use]
pub fn paint_diff(text: &str) -> String {
    each_line(text, |line| match line.as_bytes() {
        [b'+', b'+', b'+', ..] | [b'-', b'-', b'-', ..] | [b'd', ..] => Some(HEAD),
        [b'+', ..] => Some(ADDED),
        [b'-', ..] => Some(REMOVED),
        [b'@', ..] => Some(PLACE),
        _ => None,
    })
}

/// Colours the first word of each diagnostic.
#[must_use]
pub fn paint_diagnostics(text: &str) -> String {
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        let head = line.find(':').map(|at| &line[..at]).unwrap_or_default();
        let style = match head.split('[').next() {
            Some("error") => Some(ERROR),
            Some("warning") => Some(WARNING),
            Some("note" | "help") => Some(NOTE),
            _ => None,
        };
        match style {
            Some(style) => {
                let rest = &line[head.len()..];
                out.push_str(&format_styled(style, head));
                out.push_str(rest);
            }
            None => out.push_str(line),
        }
    }
    out
}

fn each_line(text: &str, style: impl Fn(&str) -> Option<Style>) -> String {
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        let body = line.trim_end_matches('\n');
        match style(body) {
            Some(style) => {
                out.push_str(&format_styled(style, body));
                out.push_str(&line[body.len()..]);
            }
            None => out.push_str(line),
        }
    }
    out
}

fn format_styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}
