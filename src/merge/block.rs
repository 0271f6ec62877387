//! A block of ours between two marker lines, at the end of a file that is the user's.

use super::{Edit, Found, Leaves, MergeError, lines};
use crate::model::{KeyPath, RepoPath, Value};

const START: &str = "# >>> claude-scaffold >>>";
const END: &str = "# <<< claude-scaffold <<<";

/// A text, and the numbers of its marker lines.
pub(super) struct Document<'a> {
    bom: &'a str,
    body: &'a str,
    lines: Vec<lines::Line<'a>>,
    block: Option<(usize, usize)>,
}

impl<'a> Document<'a> {
    pub(super) fn parse(path: &RepoPath, text: &'a str) -> Result<Self, MergeError> {
        let (bom, body) = lines::split_bom(text);
        let lines = lines::split(body);
        let find = |marker| {
            lines
                .iter()
                .enumerate()
                .filter(move |(_, l)| l.text.trim_end() == marker)
                .map(|(n, _)| n)
        };
        let (starts, ends): (Vec<_>, Vec<_>) = (find(START).collect(), find(END).collect());
        let block = match (starts.as_slice(), ends.as_slice()) {
            ([], []) => None,
            ([start], [end]) if start < end => Some((*start, *end)),
            _ => {
                let first = starts.iter().chain(&ends).min().and_then(|n| lines.get(*n));
                return Err(MergeError::Syntax {
                    path: path.to_string(),
                    format: "a file with a managed block",
                    message: format!("`{START}` and `{END}` must stand there once, in this order"),
                    offset: first.map_or(0, |line| line.start) + bom.len(),
                });
            }
        };
        Ok(Self {
            bom,
            body,
            lines,
            block,
        })
    }

    /// The block's text with LF line ends.
    pub(super) fn find(&self) -> Found {
        let Some((start, end)) = self.block else {
            return Found::Absent;
        };
        let text = self.lines[start + 1..end]
            .iter()
            .flat_map(|line| [line.text, "\n"])
            .collect::<String>();
        Found::Value(Value::from(text))
    }

    /// Every line outside the block.
    pub(super) fn foreign(&self) -> Leaves {
        let outside = |n: &usize| self.block.is_none_or(|(start, end)| *n < start || end < *n);
        let line = |n: usize| KeyPath::root().element(&Value::from(self.lines[n].text).to_string());
        (0..self.lines.len())
            .filter(outside)
            .map(|n| (line(n), Value::Bool(true)))
            .collect()
    }

    pub(super) fn edit(&self, edits: &[Edit]) -> String {
        let Some(edit) = edits.first() else {
            return format!("{}{}", self.bom, self.body);
        };
        let numbers = self
            .block
            .map(|(start, end)| (start..=end).collect())
            .unwrap_or_default();
        let body = match (edit, self.block) {
            (Edit::Remove(_), _) => lines::remove(self.body, &self.lines, &numbers),
            (Edit::Set(_, value), None) => {
                let text = value.as_str().unwrap_or_default();
                lines::append(
                    self.body,
                    [START].into_iter().chain(text.lines()).chain([END]),
                )
            }
            (Edit::Set(_, value), Some((start, end))) => {
                let eol = self.lines[start].end;
                let text: String = value
                    .as_str()
                    .unwrap_or_default()
                    .lines()
                    .flat_map(|line| [line, eol])
                    .collect();
                lines::splice(
                    self.body,
                    vec![(self.lines[start].after(), self.lines[end].start, text)],
                )
            }
        };
        format!("{}{body}", self.bom)
    }
}

/// The value of a desired block.
pub(super) fn wanted(text: &str) -> Leaves {
    let text: String = text.lines().flat_map(|line| [line, "\n"]).collect();
    vec![(KeyPath::root(), Value::from(text))]
}
