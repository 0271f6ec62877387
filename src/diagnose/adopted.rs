//! What a hand-made file holds that `adopt` leaves there, and that does harm.

use crate::model::{Conflict, Diagnostic, FileChange, GatewayUrl};

/// A key where a reference belongs; the value itself is nowhere in it.
#[must_use]
pub fn key_in_file(file: &str, line: Option<usize>, name: &str, reference: &str) -> Diagnostic {
    let message = format!("`{name}` holds a key, in a file that is made to be committed");
    let help = format!(
        "put the key where `{reference}` names it and take it out of `{file}`; if it was ever \
         committed, have it replaced: git remembers it. `claude-scaffold adopt --replace-keys` moves it"
    );
    let mut problem = Diagnostic::warning("CS003", message)
        .in_file(file)
        .with_help(help);
    problem.line = line;
    problem.column = line.map(|_| 1);
    problem
}

/// Returns a warning for every base URL that the client cannot use as it stands.
#[must_use]
pub fn misspelt(changes: &[FileChange]) -> Vec<Diagnostic> {
    let all = changes.iter().flat_map(|change| {
        let conflicts = change.conflicts.iter();
        conflicts.filter_map(|conflict| broken(change, conflict))
    });
    all.collect()
}

fn broken(change: &FileChange, conflict: &Conflict) -> Option<Diagnostic> {
    if conflict.key.name() != Some("ANTHROPIC_BASE_URL") {
        return None;
    }
    let wanted = conflict.desired.as_ref()?.as_str()?;
    let found = GatewayUrl::parse(conflict.actual.as_ref()?.as_str()?).ok()?;
    (found.client() == wanted).then(|| {
        let message = format!(
            "`{}` ends in a version that the client adds itself",
            conflict.key
        );
        let help =
            format!("write it as `{wanted}`; as it stands, the client asks for `/v1/v1/messages`");
        Diagnostic::warning("CS101", message)
            .in_file(change.path.as_str())
            .with_help(help)
    })
}
