//! YAML and TOML: variables in the blocks that hold them, and scripts inside of them.

use super::lines::{self, Said, numbered};
use crate::model::{Home, Sighting, Source};

/// Keys of Aider's configuration that speak about the gateway.
const AIDER: [&str; 5] = [
    "openai-api-base",
    "model",
    "weak-model",
    "editor-model",
    "openai-api-key",
];
/// Keys under which variables stand.
const HOLDERS: [&str; 3] = ["env", "variables", "environment"];

/// A block that is open: how far it is indented, and its key.
struct Open {
    indent: usize,
    key: String,
}

/// Returns what a YAML file says.
pub(super) fn yaml(source: &Source, text: &str) -> Vec<Sighting> {
    let mut found = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    for (start, line) in numbered(text) {
        let indent = line.len() - line.trim_start_matches(' ').len();
        if line.trim().is_empty() {
            continue;
        }
        // An item of a list may stand as deep as its key.
        let item = usize::from(line.trim_start().starts_with("- "));
        while open
            .last()
            .is_some_and(|block| block.indent >= indent + item)
        {
            open.pop();
        }
        if source.home == Home::Tool {
            let said = lines::yaml(start, line).filter(|_| indent == 0);
            let said = said.filter(|said| AIDER.contains(&said.name.as_str()));
            found.extend(said.map(|said| {
                let name = format!("aider.{}", said.name);
                sighting(source, text, "", Said { name, ..said })
            }));
            continue;
        }
        if is_script(&open) {
            let said = lines::exported(text, start, line);
            found.extend(said.map(|said| sighting(source, text, &block_of(&open), said)));
            continue;
        }
        let Some(said) = lines::yaml(start, line) else {
            continue;
        };
        let block = matches!(
            said.value.as_str(),
            "" | "|" | ">" | "|-" | ">-" | "|+" | ">+"
        );
        if block && line.trim_end().ends_with([':', '|', '>', '-', '+']) {
            if open.len() < 64 {
                open.push(Open {
                    indent,
                    key: said.name,
                });
            }
        } else if open
            .last()
            .is_some_and(|block| HOLDERS.contains(&block.key.as_str()))
        {
            found.push(sighting(source, text, &block_of(&open), said));
        }
    }
    found
}

/// Returns what the tables of variables of a TOML file say.
pub(super) fn toml(source: &Source, text: &str) -> Vec<Sighting> {
    let mut found = Vec::new();
    let mut table = String::new();
    for (start, line) in numbered(text) {
        if let Some(name) = line.trim().strip_prefix('[') {
            name.trim_matches(['[', ']']).clone_into(&mut table);
        } else if table == "env" {
            let said = lines::toml(start, line);
            found.extend(said.map(|said| sighting(source, text, &table, said)));
        }
    }
    found
}

pub(super) fn sighting(source: &Source, text: &str, block: &str, said: Said) -> Sighting {
    Sighting {
        file: source.file.clone(),
        home: source.home,
        block: block.to_owned(),
        literal: text.get(said.range.clone()) == Some(said.value.as_str()),
        name: said.name,
        value: said.value,
        range: said.range,
    }
}

fn is_script(open: &[Open]) -> bool {
    let last = open.last().map(|block| block.key.as_str());
    matches!(last, Some("run" | "script" | "before_script" | "command"))
}

/// Variables of a job are read together with those of its steps.
fn block_of(open: &[Open]) -> String {
    let named: Vec<&str> = open.iter().map(|block| block.key.as_str()).collect();
    named
        .get(..2.min(named.len()))
        .unwrap_or_default()
        .join(".")
}
