//! The words that rooms share: paths, formats, keys, references, addresses, states and diagnostics.
//!
//! Takes nothing, gives types that cannot hold a wrong value. Must not read, write or ask anything.

mod diagnostic;
mod format;
mod key;
mod line_end;
mod mask;
mod migration;
mod pair;
mod path;
mod placeholder;
mod runs;
mod secret;
mod shape;
mod sighting;
mod state;
mod url;
mod version;

pub use diagnostic::{CONFLICT, Diagnostic, Severity, TextEdit};
pub use format::{Format, Mode};
pub use key::{KeyPath, Segment};
pub use line_end::lf;
pub use mask::{credentials, escape, hide, is_harmful, mask, mask_in, mask_talk, mask_value};
pub use migration::{KeyPlace, Migration, Step};
pub use pair::paired;
pub use path::{PathError, RepoPath};
pub use placeholder::{PLACEHOLDER_KEY, PLACEHOLDER_URL, is_placeholder};
pub use runs::{Runs, runs};
pub use secret::{Parts, Scheme, SecretRef, SecretRefError};
pub use serde_json::Value;
pub use shape::{holds_secret, is_of_the_gateway, is_secret_header, looks_like_secret, redact};
pub use sighting::{Home, Sighting, Source};
pub use state::{
    Action, Actual, ActualState, BaseFile, BasePack, BaseState, Conflict, DesiredFile,
    DesiredState, FileChange, Plan, Tree,
};
pub use url::{GatewayUrl, UrlError};
pub use version::Version;
