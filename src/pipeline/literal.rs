//! Keys where only references to them may stand: in a manifest, in what a pack would write.

use std::cell::LazyCell;

use crate::catalog::Catalog;
use crate::diagnose::leaks::{self, Leak, Scanner};
use crate::manifest::Manifest;
use crate::model::{Diagnostic, RepoPath, holds_secret};
use crate::render::Rendered;

/// Returns the keys in a manifest that only the catalogue knows the shapes of.
pub(super) fn of_manifest(catalog: &Catalog, manifest: &Manifest) -> Vec<Diagnostic> {
    let Manifest { path, text, .. } = manifest;
    if !leaks::may_hold(text) {
        return Vec::new();
    }
    let Some(scanner) = catalog.keys().ok().and_then(Scanner::new) else {
        return Vec::new();
    };
    let told = |leak: &Leak| {
        let row = scanner.row(leak);
        let what = row.map_or_else(String::new, |row| format!("{} {}", row.vendor, row.what));
        let message = format!("{}, in a manifest, which is committed", what.trim());
        let help = "take it out and name where it is found: \
`credential.ref = \"ENV:ANTHROPIC_API_KEY\"`";
        let problem = Diagnostic::error("CS003", message).with_help(help);
        problem.at(path, text, leak.range.start)
    };
    scanner.known(path, text).iter().map(told).collect()
}

/// Refuses files of a pack that would hold a literal credential, in one piece or put together; what
/// the embedded templates print was looked at on its way in.
pub(super) fn of_packs(catalog: &Catalog, rendered: &Rendered) -> Result<(), Vec<Diagnostic>> {
    if catalog.packs.is_empty() {
        return Ok(());
    }
    let of_pack = |name: &String| catalog.packs.iter().any(|p| p.files.contains_key(name));
    let files = rendered.files.iter();
    let files = files.filter(|(path, _)| {
        let outputs = rendered.outputs.get(*path);
        outputs.is_some_and(|names| names.iter().any(of_pack))
    });
    let scanner = LazyCell::new(|| catalog.keys().ok().and_then(Scanner::new));
    let holds = |path: &RepoPath, text: &str| {
        let shaped = || leaks::may_hold(text).then(|| scanner.as_ref()).flatten();
        text.lines().any(holds_secret)
            || shaped().is_some_and(|s| !s.known(path.as_str(), text).is_empty())
    };
    let holding = files.filter(|(path, file)| holds(path, &file.text));
    let problems: Vec<Diagnostic> = holding
        .map(|(path, _)| {
            let message = format!("the pack would write a literal credential to `{path}`");
            let help =
                "have it taken out of the pack and revoked; a file names where a key is found";
            Diagnostic::error("CS003", message).with_help(help)
        })
        .collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}
