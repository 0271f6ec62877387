//! Plans, recommendations and diagnostics → text and JSON.
//!
//! Whatever leaves here holds no credential and no raw terminal control, and reads the same without
//! colour. Must not print, read or decide.

mod adopt;
mod diff;
mod json;
mod paint;
mod recommend;
mod table;
mod view;
mod welcome;

pub use adopt::{AdoptReport, adopt, adopt_report};
pub use diff::{FileDiff, diff};
pub use json::{
    ChangeReport, ConflictReport, ErrorReport, PlanReport, RecommendReport, SCHEMA, Summary,
    plan_report, schema_of, summary,
};
pub use paint::{paint_diagnostics, paint_diff};
pub use recommend::recommend;
pub use view::{counts, diagnostics, diffs, diffstat};
pub use welcome::{Welcome, origins, welcome};
