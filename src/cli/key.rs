//! `key`: the credential, on one line and nothing else.

use super::Outcome;
use super::args::KeyArgs;
use super::host::Host;
use crate::model::Diagnostic;

pub(super) fn run(_host: &Host, _args: &KeyArgs) -> Outcome {
    Err(vec![Diagnostic::error("key", "not built yet")])
}
