//! A block of ours between two marker lines, at the end of a file that is the user's.

use std::collections::BTreeSet;

use super::{Edit, Found, Leaves, MergeError, lines, yaml};
use crate::model::{KeyPath, RepoPath, Value};

const START: &str = "# >>> claude-scaffold >>>";
const END: &str = "# <<< claude-scaffold <<<";

/// A text, and the numbers of its marker lines.
pub(super) struct Document<'a> {
    path: &'a RepoPath,
    bom: &'a str,
    body: &'a str,
    lines: Vec<lines::Line<'a>>,
    block: Option<(usize, usize)>,
}

impl<'a> Document<'a> {
    pub(super) fn parse(path: &'a RepoPath, text: &'a str) -> Result<Self, MergeError> {
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
            path,
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

    /// Where the block starts.
    pub(super) fn offset(&self) -> Option<usize> {
        let line = self.lines.get(self.block?.0)?;
        Some(self.bom.len() + line.start)
    }

    /// A root key outside the block that the block would define again, with its line.
    pub(super) fn clash(&self, wanted: &str) -> Option<(KeyPath, Value)> {
        let names: BTreeSet<&str> = wanted.lines().filter_map(yaml::root_key).collect();
        let outside = |n: &usize| self.block.is_none_or(|(start, end)| *n < start || end < *n);
        let mut lines = (0..self.lines.len())
            .filter(outside)
            .map(|n| self.lines[n].text);
        lines.find_map(|line| {
            let name = yaml::root_key(line).filter(|name| names.contains(name))?;
            Some((KeyPath::root().key(name), Value::from(line)))
        })
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

    /// Applies the one edit that a block can have.
    pub(super) fn edit(&self, edits: &[Edit]) -> Result<String, MergeError> {
        let body = match (edits.first(), self.block) {
            (Some(Edit::Remove(_)), Some((start, end))) => {
                lines::remove(self.body, &self.lines, &(start..=end).collect())
            }
            (Some(Edit::Set(_, value)), None) => {
                self.check_end()?;
                let text = value.as_str().unwrap_or_default();
                lines::append(
                    self.body,
                    [START].into_iter().chain(text.lines()).chain([END]),
                )
            }
            (Some(Edit::Set(_, value)), Some((start, end))) => {
                let eol = self.lines[start].end;
                let text = value.as_str().unwrap_or_default();
                let text: String = text.lines().flat_map(|line| [line, eol]).collect();
                let (from, to) = (self.lines[start].after(), self.lines[end].start);
                lines::splice(self.body, vec![(from, to, text)])
            }
            _ => self.body.to_owned(),
        };
        Ok(format!("{}{body}", self.bom))
    }

    /// Refuses a YAML file whose root would not take further keys at its end; of several documents,
    /// as where a pipeline has a `spec` header, the last one.
    fn check_end(&self) -> Result<(), MergeError> {
        let name = self.path.as_str();
        let ending = name.rsplit('.').next().unwrap_or_default();
        if !matches!(ending, "yml" | "yaml") {
            return Ok(());
        }
        let head = self.lines.iter().rposition(|l| l.text.trim_end() == "---");
        yaml::starts(&self.lines[head.map_or(0, |number| number + 1)..])
            .map(drop)
            .map_err(|offset| MergeError::Syntax {
                path: name.to_owned(),
                format: "YAML to which a block can be added",
                message: "its root is not one block mapping".to_owned(),
                offset: offset + self.bom.len(),
            })
    }
}

/// The value of a desired block.
pub(super) fn wanted(text: &str) -> Leaves {
    let text: String = text.lines().flat_map(|line| [line, "\n"]).collect();
    vec![(KeyPath::root(), Value::from(text))]
}
