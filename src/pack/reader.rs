//! A TOML file of a pack, read key by key so that every problem is reported at its place.

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use crate::model::Diagnostic;

/// The code of everything that is wrong with a pack.
pub const CODE: &str = "pack";

/// The code of a pack that cannot be had at all.
pub const UNREADABLE: &str = "pack-source";

/// A file under way, and what was found in it.
pub(super) struct Reader<'a> {
    pub(super) path: &'a str,
    pub(super) text: &'a str,
    pub(super) found: Vec<Diagnostic>,
}

impl<'a> Reader<'a> {
    /// Reads the file's table; none where it is no TOML.
    pub(super) fn open(path: &'a str, text: &'a str) -> (Self, Option<DeTable<'a>>) {
        let mut reader = Self {
            path,
            text,
            found: Vec::new(),
        };
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            let offset = error.span().map_or(0, |span| span.start);
            let message = format!("invalid TOML: {}", error.message().replace('\n', ", "));
            reader.say(offset, message, "mend it in the pack");
        }
        let table = errors.is_empty().then(|| table.into_inner());
        (reader, table)
    }

    /// Reports a problem.
    pub(super) fn say(&mut self, offset: usize, message: impl Into<String>, help: &str) {
        self.put(offset, Diagnostic::error(CODE, message).with_help(help));
    }

    /// Reports a problem that others have put into words.
    pub(super) fn put(&mut self, offset: usize, problem: Diagnostic) {
        self.found.push(problem.at(self.path, self.text, offset));
    }

    /// Reads a value of a shape that serde knows.
    pub(super) fn take<T: DeserializeOwned>(
        &mut self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
    ) -> Option<T> {
        let read = T::deserialize(ValueDeserializer::from(value.clone()));
        match read {
            Ok(read) => Some(read),
            Err(error) => {
                let offset = error.span().unwrap_or(value.span()).start;
                let message = format!("`{key}`: {}", error.message().replace('\n', ", "));
                self.say(
                    offset,
                    message,
                    "`claude-scaffold pack new` writes an example",
                );
                None
            }
        }
    }

    /// Reports a key that is none.
    pub(super) fn unknown(&mut self, offset: usize, key: &str, known: &[&str]) {
        let near = known
            .iter()
            .map(|known| (strsim::damerau_levenshtein(known, key), known))
            .filter(|(distance, known)| *distance * 3 <= known.len())
            .min();
        let help = match near {
            Some((_, near)) => format!("did you mean `{near}`?"),
            None => format!("the keys are: {}", known.join(", ")),
        };
        let message = format!("unknown key `{}`", key.escape_debug());
        self.say(offset, message, &help);
    }
}
