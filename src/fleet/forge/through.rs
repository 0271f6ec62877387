//! A forge with an interface of its own: look what is there, decide, do it.

use super::ForgeError;
use super::settle::{Act, Changes, Found, Wanted, decide};
use crate::fleet::{Proposal, Standing};

/// What a forge can be asked.
pub(super) trait Api {
    /// Returns the merge requests that the branch has or had.
    fn look(&self) -> Result<Vec<Found>, ForgeError>;
    /// Opens one.
    fn open(&self, wanted: &Wanted<'_>) -> Result<Made, ForgeError>;
    /// Changes an open one.
    fn update(&self, number: u64, url: &str, changes: &Changes) -> Result<(), ForgeError>;
}

/// A merge request that was opened.
pub(super) struct Made {
    pub(super) url: String,
}

/// Brings the forge to what is wanted.
pub(super) fn settle(api: &impl Api, wanted: &Wanted<'_>) -> Result<Proposal, ForgeError> {
    let act = decide(&api.look()?, wanted);
    if act != Act::Open {
        return carry_out(api, act, wanted);
    }
    let error = match carry_out(api, act, wanted) {
        Err(error) => error,
        opened => return opened,
    };
    // It may be there for all that: opened by somebody else at this moment, or before the answer was
    // lost. A second look tells.
    let lost = match error {
        ForgeError::Unavailable { .. } | ForgeError::Failed { .. } => true,
        ForgeError::Refused { status, .. } if [409, 422].contains(&status) => false,
        _ => return Err(error),
    };
    match decide(&api.look()?, wanted) {
        Act::Open if !lost => Err(error),
        act => carry_out(api, act, wanted),
    }
}

fn carry_out(api: &impl Api, act: Act, wanted: &Wanted<'_>) -> Result<Proposal, ForgeError> {
    let (standing, url) = match act {
        Act::Leave(proposal) => return Ok(proposal),
        Act::Update {
            number,
            url,
            changes,
        } => {
            api.update(number, &url, &changes)?;
            (Standing::Updated, url)
        }
        Act::Open => (Standing::Opened, api.open(wanted)?.url),
    };
    let url = Some(url);
    Ok(Proposal { standing, url })
}
