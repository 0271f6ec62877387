//! The file that is read, and what was found wrong with it.

use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::CODE;
use crate::model::Diagnostic;
use crate::resolve;

/// Offsets that are given to it are the parser's; it adds what stands before.
pub(super) struct Reader<'a> {
    pub(super) path: &'a str,
    pub(super) folder: &'a Path,
    pub(super) text: &'a str,
    pub(super) shift: usize,
    pub(super) found: Vec<Diagnostic>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(path: &'a str, folder: &'a Path, text: &'a str, shift: usize) -> Self {
        Self {
            path,
            folder,
            text,
            shift,
            found: Vec::new(),
        }
    }

    pub(super) fn tell(&mut self, at: usize, problem: Diagnostic) {
        let placed = problem.at(self.path, self.text, at + self.shift);
        self.found.push(placed);
    }

    pub(super) fn problem(&mut self, at: usize, message: impl Into<String>, help: &str) {
        self.problem_of(CODE, at, message, help);
    }

    pub(super) fn problem_of(
        &mut self,
        code: &str,
        at: usize,
        message: impl Into<String>,
        help: &str,
    ) {
        self.tell(at, Diagnostic::error(code, message).with_help(help));
    }

    /// Tells keys that a table may not hold; `elsewhere` are those that only stand in another place,
    /// with what to do about them.
    pub(super) fn keys(
        &mut self,
        table: &DeTable<'_>,
        known: &[&[&str]],
        elsewhere: &[(&str, &str)],
    ) {
        let known = known.concat();
        for name in table.keys() {
            let key: &str = name.get_ref();
            if known.contains(&key) {
                continue;
            }
            let unknown = resolve::unknown("key", key, &known);
            let help = elsewhere.iter().find(|(other, _)| *other == key);
            let help = help.map(|(_, help)| (*help).to_owned());
            let problem = Diagnostic {
                code: CODE.to_owned(),
                help: help.or_else(|| unknown.help.clone()),
                ..unknown
            };
            self.tell(name.span().start, problem);
        }
    }

    /// A text and where it stands.
    pub(super) fn text(&mut self, table: &DeTable<'_>, key: &str) -> Option<(String, usize)> {
        let value = table.get(key)?;
        let at = value.span().start;
        if let DeValue::String(text) = value.get_ref() {
            return Some((text.to_string(), at));
        }
        let message = format!("`{key}` must be a string");
        self.problem(at, message, "put the value in quotes");
        None
    }

    /// A list of texts and where each stands.
    pub(super) fn list(&mut self, table: &DeTable<'_>, key: &str) -> Option<Vec<(String, usize)>> {
        let value = table.get(key)?;
        let items = value.get_ref().as_array();
        let texts: Option<Vec<(String, usize)>> = items.and_then(|items| {
            let text = |item: &toml::Spanned<DeValue<'_>>| {
                Some((item.get_ref().as_str()?.to_owned(), item.span().start))
            };
            items.iter().map(text).collect()
        });
        if texts.is_none() {
            let help = format!("for example `{key} = [\"…\"]`");
            let message = format!("`{key}` must be a list of strings");
            self.problem(value.span().start, message, &help);
        }
        texts
    }

    /// Yes or no.
    pub(super) fn flag(&mut self, table: &DeTable<'_>, key: &str) -> Option<bool> {
        let value = table.get(key)?;
        let DeValue::Boolean(flag) = value.get_ref() else {
            let help = format!("write `{key} = true` or `{key} = false`, without quotes");
            let message = format!("`{key}` must be true or false");
            self.problem(value.span().start, message, &help);
            return None;
        };
        Some(*flag)
    }
}
