//! Numbers and names for people.

use std::fmt::Write as _;

use super::super::Detail;
use super::super::table::{WIDTH, wrap};
use crate::model::escape;

/// How many names stand in a list that is cut short.
const FEW: usize = 6;

/// Returns a number with a comma between thousands.
#[must_use]
pub fn number(count: usize) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Returns a number with the word for what is counted.
pub fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{} {}", number(count), if count == 1 { one } else { many })
}

/// Returns how many repositories.
pub fn repositories(count: usize) -> String {
    counted(count, "repository", "repositories")
}

/// Returns one paragraph: a lead, a colon and the names, cut short unless all are wanted.
pub fn list(lead: &str, names: &[&str], indent: usize, detail: Detail) -> String {
    let shown = if detail == Detail::All || names.len() <= FEW + 1 {
        names.len()
    } else {
        FEW
    };
    let shown_names: Vec<String> = names.iter().take(shown).map(|name| escape(name)).collect();
    let mut text = format!("{lead}: {}", shown_names.join(", "));
    if shown < names.len() {
        let _ = write!(
            text,
            " and {} more; -v lists them",
            number(names.len() - shown)
        );
    }
    indented(&text, indent)
}

/// Returns a paragraph whose lines are indented, all but the first by two more.
pub fn indented(text: &str, indent: usize) -> String {
    let lines = wrap(text, WIDTH - indent - 2);
    let mut out = String::new();
    for (place, line) in lines.iter().enumerate() {
        let more = if place == 0 { 0 } else { 2 };
        let _ = writeln!(out, "{:1$}{line}", "", indent + more);
    }
    out
}

/// Returns names in as many columns as fit, filled downwards.
pub fn columns(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| escape(name)).collect();
    let widest = names.iter().map(|name| name.chars().count()).max();
    let width = widest.unwrap_or_default() + 2;
    let across = ((WIDTH - 2 + 2) / width).clamp(1, names.len().max(1));
    let down = names.len().div_ceil(across);
    let mut out = String::new();
    for row in 0..down {
        let cells = names.iter().skip(row).step_by(down);
        let line = cells.fold(String::new(), |mut line, name| {
            let _ = write!(line, "{name:width$}");
            line
        });
        let _ = writeln!(out, "  {}", line.trim_end());
    }
    out
}

/// Returns lines of a count and what it counts, the numbers under each other.
pub fn tally(rows: &[(usize, String)]) -> String {
    let rows: Vec<(String, &String)> = rows.iter().map(|(n, what)| (number(*n), what)).collect();
    let width = rows.iter().map(|(n, _)| n.len()).max().unwrap_or_default();
    rows.iter().fold(String::new(), |mut out, (n, what)| {
        let what = wrap(what, WIDTH - width - 4).join(&format!("\n{:1$}", "", width + 4));
        let _ = writeln!(out, "  {n:>width$}  {what}");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        for (count, shown) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(number(count), shown);
        }
        assert_eq!(repositories(1), "1 repository");
        assert_eq!(repositories(2), "2 repositories");
    }

    #[test]
    fn columns_are_filled_downwards() {
        let names = ["a", "bb", "ccc", "d"];
        assert_eq!(columns(&names), "  a    bb   ccc  d\n");
        let long = "x".repeat(40);
        assert_eq!(columns(&[&long, "b"]), format!("  {long}\n  b\n"));
        assert_eq!(columns(&[]), "");
    }

    #[test]
    fn lists_are_cut_where_they_would_flood() {
        let names: Vec<String> = (0..10_000).map(|n| format!("r{n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let short = list("in many", &names, 2, Detail::Fresh);
        assert!(
            short.ends_with("r5 and 9,994 more; -v lists them\n"),
            "{short}"
        );
        assert!(list("in many", &names, 2, Detail::All).contains("r9999"));
        assert!(list("in", &names[..7], 2, Detail::Fresh).contains("r6"));
    }
}
