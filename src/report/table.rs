//! Text in columns.

use std::fmt::Write;

/// The widest line we print.
pub const WIDTH: usize = 80;

/// Returns rows of cells under each other, two spaces between columns; the last column takes what is
/// left of the line, the others the given widths, and every cell wraps within its own.
pub fn table(widths: &[usize], rows: &[Vec<String>]) -> String {
    let taken: usize = widths.iter().map(|width| width + 2).sum();
    let rest = WIDTH.saturating_sub(taken);
    let widths: Vec<usize> = widths.iter().copied().chain([rest]).collect();
    let mut text = String::new();
    for row in rows {
        let cells: Vec<Vec<String>> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| cell.lines().flat_map(|line| wrap(line, *width)).collect())
            .collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or(0);
        for line in 0..height {
            let mut out = String::new();
            for (cell, width) in cells.iter().zip(&widths) {
                let part = cell.get(line).map_or("", String::as_str);
                let _ = write!(out, "{part:width$}  ");
            }
            text.push_str(out.trim_end());
            text.push('\n');
        }
    }
    text
}

/// Returns the lines of a text of at most `width` characters; longer words are cut, spaces between
/// words become one.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    if text.chars().count() <= width {
        return vec![text.to_owned()];
    }
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let mut word: Vec<char> = word.chars().collect();
        let used = line.chars().count();
        if used > 0 && used + 1 + word.len() > width {
            lines.push(std::mem::take(&mut line));
        }
        while word.len() > width {
            let rest = word.split_off(width);
            lines.push(std::mem::replace(&mut word, rest).into_iter().collect());
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word);
    }
    lines.push(line);
    lines
}

/// Returns a paragraph, its further lines indented by two.
pub fn paragraph(text: &str) -> String {
    wrap(text, WIDTH - 2).join("\n  ") + "\n"
}

/// Returns the text cut to `width` characters, the cut marked.
pub fn clip(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let head: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{}…", head.trim_end())
}
