//! The keys of a target, found as `key` and the run scripts find them.

use std::collections::BTreeSet;
use std::time::Instant;

use super::sources::Sources;
use super::{Around, Stores};
use crate::model::{Diagnostic, Scheme};
use crate::pipeline::credential::{INTERRUPTED, Seeker, Wanted, withheld};
use crate::resolve::{Declared, Header, Resolution};
use crate::secret::{Key, Kind, LONGEST, Network, accept};

/// What keys are looked for with.
pub(super) struct Keys<'a> {
    around: &'a Around<'a>,
    sources: &'a Sources,
    env_file: &'a str,
    withheld: BTreeSet<String>,
}

impl<'a> Keys<'a> {
    pub(super) fn new(around: &'a Around<'a>, sources: &'a Sources, d: &'a Declared) -> Self {
        Self {
            around,
            sources,
            env_file: d.env_file.as_str(),
            withheld: withheld(&d.credential, d.headers.values()),
        }
    }

    /// The credential; one of the environment may also stand where the client's own settings say it.
    pub(super) fn credential(&self, d: &Declared) -> Result<Key, Diagnostic> {
        let found = self.find(&Wanted::key(&d.credential));
        if d.credential.scheme != Scheme::Env {
            return found;
        }
        found.or_else(|problem| {
            let variable = match d.header.as_str() {
                "x-api-key" => "ANTHROPIC_API_KEY",
                _ => "ANTHROPIC_AUTH_TOKEN",
            };
            let stated = self.sources.in_settings(variable);
            let stated = stated.and_then(|key| accept(&key, Kind::Key).ok());
            stated.ok_or(problem)
        })
    }

    /// The further headers; one whose value cannot be had is left out, and that is said.
    pub(super) fn headers(
        &self,
        resolution: &Resolution,
        notes: &mut Vec<Diagnostic>,
    ) -> Result<Vec<(String, Key)>, Diagnostic> {
        let d = &resolution.declared;
        let tags = [
            ("x-project-tag", &d.project_tag),
            ("x-cost-center", &d.cost_center),
        ];
        let tags = tags
            .into_iter()
            .filter_map(|(name, tag)| Some((name.to_owned(), Key::new(tag.clone()?))));
        let mut headers: Vec<(String, Key)> = tags.collect();
        for (name, header) in &d.headers {
            let value = match header {
                Header::Literal(value) => Ok(Key::new(value.clone())),
                Header::Reference(reference) => self.find(&Wanted::header(name, reference)),
            };
            match value {
                Ok(value) => headers.push((name.clone(), value)),
                Err(problem) if problem.code == INTERRUPTED => return Err(problem),
                Err(problem) => {
                    let why = &problem.message;
                    let message = format!("the header `{name}` is left out: {why}");
                    let note = Diagnostic::warning("key", message);
                    notes.push(note.with_help(problem.help.unwrap_or_default()));
                }
            }
        }
        Ok(headers)
    }

    fn find(&self, wanted: &Wanted) -> Result<Key, Diagnostic> {
        if self.around.stores == Stores::Left {
            return Ok(Key::new(String::new()));
        }
        let seeker = Seeker {
            root: &self.around.unit.root,
            environment: self.around.environment,
            env_file: self.sources.env_file(),
            env_file_name: self.env_file,
            home: self.around.home,
            withheld: &self.withheld,
            network: Network::Open,
            cache: None,
            until: Instant::now() + LONGEST,
        };
        seeker.find(wanted).map(|found| found.key)
    }
}
