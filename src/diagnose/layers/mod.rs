//! What the client's layers make of each other: shadowed values, keys on the way to another host,
//! starts that go past the gateway.

mod bypass;
mod reach;
mod shadowed;

use crate::explain::{Around, Facts, Given, Origin, Starter};
use crate::model::{Diagnostic, Source};

/// The variable that says where requests go.
const URL: &str = "ANTHROPIC_BASE_URL";
/// The settings file that a repository shares.
const PROJECT: &str = ".claude/settings.json";

/// What the rules about layers look at.
#[derive(Clone, Copy)]
pub struct Layers<'a> {
    /// What stands around the unit's root.
    pub around: &'a Around,
    /// What is known of the client.
    pub facts: &'a Facts,
    /// The unit's files about a gateway.
    pub sources: &'a [Source],
    /// The unit's folder relative to the repository's root, ending in `/`; empty at the root.
    pub prefix: &'a str,
}

/// Returns what there is to say of the layers.
#[must_use]
pub fn layers(layers: &Layers<'_>) -> Vec<Diagnostic> {
    let mut found = shadowed::findings(layers);
    found.extend(reach::findings(layers));
    found.extend(bypass::findings(layers));
    found
}

impl Layers<'_> {
    /// Places a finding where a value stands, the path relative to the unit.
    fn place(&self, mut problem: Diagnostic, origin: &Origin) -> Diagnostic {
        if let Some(file) = &origin.file {
            let inside = file.strip_prefix(self.prefix).unwrap_or(file);
            problem = problem.in_file(inside);
            problem.line = origin.line;
            problem.column = origin.column.or(origin.line.map(|_| 1));
        }
        problem
    }

    /// The strongest value of a variable in one kind of start, if it is not empty.
    fn top(&self, starter: Starter, name: &str) -> Option<Given> {
        let start = self.around.start(starter, self.facts);
        let top = start.variable(name).first().copied().cloned();
        top.filter(|given| !given.value.trim().is_empty())
    }
}

/// A place in words, for sentences about another one.
fn named(origin: &Origin) -> String {
    match &origin.file {
        Some(file) => format!("`{file}`"),
        None => format!("the {}", origin.layer.as_str()),
    }
}
