//! What an unfinished merge holds of a file in git's index.

use std::path::Path;

use git2::Repository;

use super::Place;
use super::index::{IndexError, failed};

/// The sides of a file in conflict; none where a side has no such file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stages {
    /// What both sides started from.
    pub before: Option<String>,
    /// What this branch says.
    pub here: Option<String>,
    /// What the branch that comes in says.
    pub there: Option<String>,
}

/// Returns the sides of a path, relative to the work tree; none where it is in no conflict, or a side
/// is no text.
///
/// # Errors
/// Fails where the repository or its index cannot be read.
pub fn stages(place: &Place, path: &str) -> Result<Option<Stages>, IndexError> {
    let repository = Repository::open(&place.work_tree).map_err(failed(place, "read"))?;
    let index = repository.index().map_err(failed(place, "read"))?;
    let mut sides = [None, None, None];
    for (stage, side) in (1..).zip(&mut sides) {
        let Some(entry) = index.get_path(Path::new(path), stage) else {
            continue;
        };
        let blob = repository.find_blob(entry.id);
        let blob = blob.map_err(failed(place, "read"))?;
        let Ok(text) = std::str::from_utf8(blob.content()) else {
            return Ok(None);
        };
        *side = Some(text.to_owned());
    }
    let [before, here, there] = sides;
    let found = Stages {
        before,
        here,
        there,
    };
    Ok((found != Stages::default()).then_some(found))
}
