//! Plans and diagnostics → text and JSON.
//!
//! Whatever leaves here holds no credential and no raw terminal control. Must not read or print.

mod diff;
mod json;
mod mask;
mod view;

pub use diff::{FileDiff, diff};
pub use json::{
    ChangeReport, ConflictReport, ErrorReport, PlanReport, SCHEMA, Summary, plan_report, summary,
};
pub use mask::{escape, mask, mask_value};
pub use view::{conflicts, counts, diagnostics, diffs, diffstat};
