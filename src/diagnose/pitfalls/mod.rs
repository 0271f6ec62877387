//! What files say about a gateway, against what their readers do with it: one rule a file.
//!
//! Each rule takes the whole [`Scene`], since values of several files are read together.

mod address;
mod credential;
mod expansion;
mod exposed;
mod known;
mod model;
mod plain;
mod retries;
mod spelling;
mod strict;
mod timeout;

use std::collections::BTreeSet;
use std::ops::Range;

use crate::catalog::{GatewayFacts, Meaning, Model, Reader, Variable};
use crate::model::{Diagnostic, Home, RepoPath, Sighting, Source, TextEdit};

pub use exposed::{hidden_file, shown_in};
pub use known::is_public_host;

/// What the manifest says, as far as the rules ask.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stated {
    /// Row of the gateway catalogue; none without a manifest.
    pub kind: Option<String>,
    /// The header the key goes out in: `bearer` or `x-api-key`.
    pub header: Option<String>,
    /// Requests a minute that the gateway allows.
    pub requests_per_minute: Option<u64>,
    /// How many share them.
    pub developers: Option<u64>,
    /// The longest the gateway lets one request take.
    pub answer_timeout_ms: Option<u64>,
    /// Names of models that the manifest gives.
    pub models: Vec<String>,
    /// Where the limits stand.
    pub limits_at: Option<(String, String, usize)>,
    /// Whether our own run script is there, which hands timeouts on.
    pub run_script: bool,
}

/// Everything that the rules look at.
#[derive(Debug)]
pub struct Scene<'a> {
    /// The files.
    pub sources: &'a [Source],
    /// What they say.
    pub sightings: Vec<Sighting>,
    /// File, name and value of what was rendered from the manifest: told there, and once.
    pub rendered: BTreeSet<(RepoPath, String, String)>,
    /// Catalogue of variables.
    pub variables: Vec<Variable>,
    /// Catalogue of models.
    pub models: Vec<Model>,
    /// Catalogue of gateways.
    pub gateways: Vec<GatewayFacts>,
    /// Kinds of gateways that want an empty `ANTHROPIC_API_KEY`.
    pub clear_api_key: Vec<String>,
    /// What the manifest says.
    pub stated: Stated,
}

/// Returns every finding of the rules.
#[must_use]
pub fn pitfalls(scene: &Scene<'_>) -> Vec<Diagnostic> {
    let rules: [fn(&Scene<'_>) -> Vec<Diagnostic>; 8] = [
        address::addresses,
        plain::unprotected,
        model::models,
        retries::retries,
        timeout::timeouts,
        strict::skipped,
        credential::credentials,
        expansion::unexpanded,
    ];
    rules.iter().flat_map(|rule| rule(scene)).collect()
}

/// Who reads a value, and what it is for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Role {
    reader: Reader,
    meaning: Meaning,
}

/// Keys that are no variables: who reads them, and as what.
const KEYS: [(&str, Reader, Meaning); 14] = [
    ("model", Reader::Client, Meaning::Model),
    ("fallbackModel", Reader::Client, Meaning::Model),
    ("availableModels", Reader::Client, Meaning::Model),
    ("models.default", Reader::Client, Meaning::Model),
    ("models.fast", Reader::Client, Meaning::Model),
    ("models.reasoning", Reader::Client, Meaning::Model),
    ("models.fallback", Reader::Client, Meaning::Model),
    ("routing.apiBaseUrl", Reader::OpenAi, Meaning::Url),
    ("agentConfig.baseUrl", Reader::OpenAi, Meaning::Url),
    ("opencode.baseURL", Reader::OpenAi, Meaning::Url),
    ("aider.openai-api-base", Reader::OpenAi, Meaning::Url),
    ("aider.model", Reader::OpenAi, Meaning::Model),
    ("aider.weak-model", Reader::OpenAi, Meaning::Model),
    ("opencode.model", Reader::OpenAi, Meaning::Model),
];

impl Scene<'_> {
    fn role(&self, sighting: &Sighting) -> Option<Role> {
        let name = sighting.name.as_str();
        let variable = self.variables.iter().find(|row| row.name == name);
        let known = variable.map(|row| (row.reader, row.meaning));
        let key = KEYS.iter().find(|(key, ..)| *key == name);
        let (reader, meaning) = known.or(key.map(|(_, reader, meaning)| (*reader, *meaning)))?;
        Some(Role { reader, meaning })
    }

    fn variable(&self, name: &str) -> Option<&Variable> {
        self.variables.iter().find(|row| row.name == name)
    }

    /// The values of one meaning that somebody reads.
    fn read_as(&self, meaning: Meaning) -> impl Iterator<Item = (&Sighting, Reader)> {
        let roles = self.sightings.iter().filter_map(move |sighting| {
            let role = self.role(sighting)?;
            (role.meaning == meaning && role.reader != Reader::Nobody)
                .then_some((sighting, role.reader))
        });
        roles.filter(|(sighting, _)| !self.is_rendered(sighting))
    }

    /// Whether a value stands there because the manifest says so, where it is found if it is wrong.
    fn is_rendered(&self, sighting: &Sighting) -> bool {
        let key = (
            sighting.file.clone(),
            sighting.name.clone(),
            sighting.value.clone(),
        );
        self.rendered.contains(&key)
    }

    /// Returns every address that somebody reads and that stands there in full.
    pub fn addresses(&self) -> impl Iterator<Item = &Sighting> {
        let read = self.read_as(Meaning::Url).map(|(sighting, _)| sighting);
        read.filter(|sighting| !is_open(&sighting.value))
    }

    /// Returns the text of a file.
    #[must_use]
    pub fn text(&self, file: &RepoPath) -> &str {
        let source = self.sources.iter().find(|source| source.file == *file);
        source
            .and_then(|source| source.text.as_deref().ok())
            .unwrap_or_default()
    }

    /// Places a finding at a byte of a sighting's value.
    fn at(&self, sighting: &Sighting, within: usize, finding: Diagnostic) -> Diagnostic {
        let inside = if sighting.literal { within } else { 0 };
        let file = sighting.file.as_str();
        finding.at(
            file,
            self.text(&sighting.file),
            sighting.range.start + inside,
        )
    }

    /// Places a finding at a value.
    fn whole(&self, sighting: &Sighting, finding: Diagnostic) -> Diagnostic {
        self.at(sighting, 0, finding)
    }

    /// The sightings of one name.
    fn named<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s Sighting> {
        self.sightings
            .iter()
            .filter(move |sighting| sighting.name == name)
    }
}

/// What replaces some bytes of a value; none where it is spelled with escapes, or stands in the manifest,
/// which is edited together with what is rendered from it.
fn edit(sighting: &Sighting, within: Range<usize>, text: &str) -> Option<TextEdit> {
    let safe = sighting.literal && sighting.home != Home::Manifest;
    safe.then(|| TextEdit {
        path: sighting.file.clone(),
        range: sighting.range.start + within.start..sighting.range.start + within.end,
        text: text.to_owned(),
    })
}

/// Whether a value is for somebody else to fill in, or to be looked up when it is used.
fn is_open(value: &str) -> bool {
    const FILLER: [&str; 6] = ["your-", "your_", "<", "changeme", "xxx", "..."];
    let lower = value.to_ascii_lowercase();
    value.trim().is_empty()
        || value.contains(['$', '`', '{'])
        || crate::model::is_placeholder(value)
        || FILLER.iter().any(|word| lower.contains(word))
}
