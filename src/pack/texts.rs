//! What no file of a pack may say, whatever it is for.

use super::chain::Pack;
use super::reader::CODE;
use crate::catalog::Feature;
use crate::model::{Diagnostic, RepoPath, holds_secret};

/// Problems shown of one file.
const MOST_PROBLEMS: usize = 10;

/// Returns every literal credential in the files of a chain.
pub(super) fn credentials(chain: &[Pack]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for pack in chain {
        for (path, text) in &pack.files {
            let mut offset = 0;
            let mut lines = Vec::new();
            for line in text.split_inclusive('\n') {
                if holds_secret(line) {
                    lines.push(offset);
                }
                offset += line.len();
            }
            found.extend(lines.into_iter().take(MOST_PROBLEMS).map(|offset| {
                let message = "a literal credential; a pack may not hold one";
                let help = "take it out and revoke it; a template names where a key is found";
                let problem = Diagnostic::error("CS003", message).with_help(help);
                problem.at(pack.label(path), text, offset)
            }));
        }
    }
    found
}

/// Returns every output of a feature whose path is wrong whatever the values are.
pub(super) fn paths(label: &str, text: &str, feature: &Feature) -> Vec<Diagnostic> {
    let written: Vec<usize> = written(text).collect();
    let outputs = feature.output.iter().enumerate();
    let fixed = outputs.filter(|(_, output)| {
        let is_value = output.path.starts_with("{{") && output.path.ends_with("}}");
        !is_value
    });
    let wrong = fixed.filter_map(|(index, output)| {
        let error = RepoPath::parse(&output.path).err()?;
        let offset = written.get(index).copied();
        let problem = Diagnostic::error(CODE, format!("an output's {error}"));
        let help = "name a file inside the repository, `/` between names";
        Some(
            problem
                .with_help(help)
                .at(label, text, offset.unwrap_or_default()),
        )
    });
    wrong.take(MOST_PROBLEMS).collect()
}

/// Where the paths stand, one line each as people write them.
fn written(text: &str) -> impl Iterator<Item = usize> {
    let mut offset = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let start = offset;
        offset += line.len();
        let (key, value) = line.split_once('=')?;
        let value = line.len() - value.trim_start().len();
        (key.trim() == "path").then_some(start + value)
    })
}
