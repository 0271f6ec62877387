//! Manifest and lockfile: a unit's files that the tool itself writes.

use std::collections::BTreeMap;

use super::guard;
use crate::lock;
use crate::model::{Action, Actual, BaseState, Diagnostic, FileChange, Mode, RepoPath};
use crate::observe::{self, Unit};

/// A unit's files that the tool itself writes, as they are.
#[derive(Debug, Clone)]
pub struct Own {
    /// The manifest's text; none where there is no manifest yet.
    pub manifest: Option<String>,
    /// The lockfile's text.
    pub lockfile: Option<String>,
    pub(super) modes: BTreeMap<RepoPath, Mode>,
}

/// Reads manifest and lockfile.
///
/// # Errors
/// Fails where one of them is no regular UTF-8 file.
pub fn own(unit: &Unit) -> Result<Own, Vec<Diagnostic>> {
    guard::one_manifest(unit)?;
    let paths = [&unit.manifest, &unit.lockfile];
    let state = observe::actual(unit, paths.into_iter());
    let mut modes = BTreeMap::new();
    let mut text = |path: &RepoPath| match state.get(path) {
        Some(Actual::Text { text, mode }) => {
            modes.insert(path.clone(), *mode);
            Ok(Some(text.clone()))
        }
        Some(Actual::Other(what)) => {
            let problem =
                Diagnostic::error("manifest", format!("cannot read `{path}`: it is {what}"));
            let help = "make it a regular UTF-8 file";
            Err(vec![problem.in_file(path.as_str()).with_help(help)])
        }
        Some(Actual::Absent) | None => Ok(None),
    };
    Ok(Own {
        manifest: text(&unit.manifest)?,
        lockfile: text(&unit.lockfile)?,
        modes,
    })
}

/// The changes of manifest and lockfile, the lockfile last.
pub(super) fn own_changes(
    unit: &Unit,
    own: &Own,
    manifest: Option<&str>,
    lockfile: Option<&str>,
) -> Vec<FileChange> {
    let change = |path: &RepoPath, before: &Option<String>, after: Option<&str>| {
        let mode = own.modes.get(path).copied().unwrap_or_default();
        let action = match (before.as_deref(), after) {
            (None, Some(_)) => Action::Create,
            (Some(_), None) => Action::Delete,
            (before, after) if before == after => Action::Keep,
            _ => Action::Update,
        };
        FileChange {
            path: path.clone(),
            action,
            before: before.clone(),
            after: after.map(str::to_owned),
            mode_before: mode,
            mode,
            conflicts: Vec::new(),
            moved_from: None,
        }
    };
    vec![
        change(&unit.manifest, &own.manifest, manifest),
        change(&unit.lockfile, &own.lockfile, lockfile),
    ]
}

/// A lockfile that says the same in other words stays as it is.
pub(super) fn lockfile(own: &Own, stood: Option<&BaseState>, next: &BaseState) -> String {
    let written = lock::write(next);
    match &own.lockfile {
        Some(text) if *text == written => written,
        Some(text) if stood.is_some_and(|stood| lock::write(stood) == written) => text.clone(),
        Some(text) if text.contains("\r\n") => written.replace('\n', "\r\n"),
        _ => written,
    }
}
