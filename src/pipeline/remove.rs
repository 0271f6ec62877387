//! The way out: the pipeline with nothing desired. Needs the lockfile alone, so that it works without
//! a manifest or pack that can be read.

use std::collections::BTreeSet;

use super::left::left;
use super::{Own, guard, own_changes};
use crate::model::{
    Actual, BaseFile, BaseState, DesiredState, Diagnostic, Format, KeyPath, Plan, RepoPath, Segment,
};
use crate::observe::{self, Unit};
use crate::{git, plan};

/// Computes the plan that takes out whatever is ours and untouched, manifest and lockfile last.
///
/// # Errors
/// Fails without a lockfile, and as [`super::run`] does for lockfile and targets.
pub fn removal(unit: &Unit, own: &Own) -> Result<Plan, Vec<Diagnostic>> {
    if own.lockfile.is_none() {
        let message = format!("no `{}` here, so nobody knows what is ours", unit.lockfile);
        let problem = Diagnostic::error("usage", message);
        let help = "bring it back from git, or run `claude-scaffold init` first";
        return Err(vec![problem.with_help(help)]);
    }
    let mut base = BaseState {
        files: guard::base(unit, own)?.files,
        ..BaseState::default()
    };
    let nothing = DesiredState::new();
    let paths = plan::paths(&base, &nothing);
    guard::repository(unit, &paths, &BTreeSet::new())?;
    let actual = observe::actual(unit, paths.iter());
    let mut diagnostics = Vec::new();
    for (path, there) in &actual {
        if let Actual::Other(what) = there {
            let message = format!("`{path}` is {what} by now and stays");
            diagnostics.push(Diagnostic::note("kept", message).in_file(path.as_str()));
            base.files.remove(path);
        }
    }
    let planned = plan::plan(&base, &actual, &nothing, &git::merge_text)?;
    for change in &planned.changes {
        if let Some(base) = base.files.get(&change.path) {
            diagnostics.extend(left(base, None, change, "was changed by you and stays"));
            diagnostics.extend(shown(unit, base));
        }
    }
    Ok(Plan {
        changes: planned.changes,
        own: own_changes(unit, own, None, None),
        diagnostics,
    })
}

/// Files that are there and that only a rule of ours kept out of git.
fn shown(unit: &Unit, base: &BaseFile) -> Vec<Diagnostic> {
    if base.format != Some(Format::Ignore) || unit.git.is_none() {
        return Vec::new();
    }
    let rule = |key: &KeyPath| match key.0.as_slice() {
        [Segment::Element(json)] => serde_json::from_str::<String>(json).ok(),
        _ => None,
    };
    let rules = base.keys.keys().filter_map(rule);
    let paths = rules.filter_map(|rule| RepoPath::parse(rule.strip_prefix('/')?).ok());
    let there = paths.filter(|path| observe::is_there(unit, path));
    there
        .map(|path| {
            let message = format!("`{path}` is there, and no rule of ours hides it from git now");
            Diagnostic::warning("CS003", message)
                .in_file(path.as_str())
                .with_help("delete it, or ignore it yourself, before you commit")
        })
        .collect()
}
