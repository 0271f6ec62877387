//! The first files of a pack, as a plan.

use crate::catalog::{SKELETON_NAME, skeleton};
use crate::model::{Action, Diagnostic, FileChange, Mode, Plan, RepoPath};
use crate::pack;

/// Returns the plan that makes a small pack that works.
///
/// # Errors
/// Fails where the name is none that a pack may have.
pub fn new_pack(name: &str) -> Result<Plan, Diagnostic> {
    if !pack::is_name(name) {
        let message = format!("`{}` is no name of a pack", name.escape_debug());
        let help = "`--name` takes lower-case letters, digits and `-`, a letter first";
        return Err(Diagnostic::error("usage", message).with_help(help));
    }
    let files = skeleton().into_iter();
    Ok(Plan {
        changes: files.map(|(path, text)| create(path, text, name)).collect(),
        ..Plan::default()
    })
}

fn create(path: &str, text: &str, name: &str) -> FileChange {
    FileChange {
        path: RepoPath::parse(path).expect("the skeleton's own names are good"),
        action: Action::Create,
        before: None,
        after: Some(text.replace(SKELETON_NAME, name)),
        mode_before: Mode::Regular,
        mode: Mode::Regular,
        conflicts: Vec::new(),
        moved_from: None,
    }
}
