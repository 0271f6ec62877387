//! Values that a stronger layer shadows, and what a subfolder or another host makes of them.

use super::Subject;
use crate::catalog::Catalog;
use crate::diagnose::{self, Layers};
use crate::explain::{Around, Facts};
use crate::model::{Actual, Diagnostic, Home, RepoPath, Source, Version};
use crate::observe::{self, Standing, Unit, View};
use crate::pipeline::defect;

/// Where the run script stands unless the manifest says otherwise.
const SCRIPT: &str = "scripts/run-claude.sh";
/// Further files in which people start programs.
const STARTS: [&str; 4] = ["package.json", "Makefile", "justfile", ".vscode/tasks.json"];
/// The newest release whose behaviour was measured.
const MEASURED: &str = "2.1.330";

pub(super) fn findings(subject: &Subject<'_>) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
    let unit = subject.unit;
    let script = subject
        .outcome
        .map(|outcome| &outcome.resolution.declared.launcher);
    let script = script.map_or(SCRIPT, RepoPath::as_str);
    let client = Version::parse(MEASURED).expect("a version");
    let around = match &unit.view {
        View::Tree(tree) => observe::around_in(tree, script, client),
        View::Disk => {
            let standing = Standing {
                folder: &unit.root,
                home: None,
                config: None,
                script,
            };
            observe::around(&standing, client).of_repository()
        }
    };
    among(unit, &around, subject.catalog)
}

/// Returns what the layers around a unit make of each other; `doctor` asks with those of the machine.
///
/// # Errors
/// Fails where the catalogue is broken.
pub fn among(
    unit: &Unit,
    around: &Around,
    catalog: &Catalog,
) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
    let facts = Facts::of(catalog).map_err(|error| vec![defect(&error)])?;
    let mut sources = observe::sources(unit);
    sources.extend(starts(unit));
    Ok(diagnose::layers(&Layers {
        around,
        facts: &facts,
        sources: &sources,
        prefix: &unit.prefix(),
    }))
}

fn starts(unit: &Unit) -> Vec<Source> {
    let paths: Vec<RepoPath> = STARTS
        .iter()
        .filter_map(|path| RepoPath::parse(path).ok())
        .collect();
    let there = observe::actual(unit, paths.iter()).into_iter();
    let texts = there.filter_map(|(file, actual)| match actual {
        Actual::Text { text, .. } => Some(Source {
            file,
            home: Home::Script,
            text: Ok(text),
        }),
        _ => None,
    });
    texts.collect()
}
