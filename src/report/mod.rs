//! Plans, recommendations and diagnostics → text and JSON.
//!
//! Whatever leaves here holds no credential and no raw terminal control, and reads the same without
//! colour. Must not print, read or decide.

mod diff;
mod escape;
mod json;
mod mask;
mod recommend;
mod table;
mod view;

pub use diff::{FileDiff, diff};
pub use escape::escape;
pub use json::{
    ChangeReport, ConflictReport, ErrorReport, PlanReport, SCHEMA, Summary, plan_report, summary,
};
pub use mask::{mask, mask_value};
pub use recommend::recommend;
pub use view::{conflicts, counts, diagnostics, diffs, diffstat};
