//! Plans, recommendations and diagnostics → text, JSON, SARIF and annotations.
//!
//! Whatever leaves here holds no credential and no raw terminal control, and reads the same without
//! colour. Must not print, read or decide.

mod adopt;
mod check;
mod conflict;
mod diff;
mod doctor;
mod explain;
mod findings;
mod fleet;
mod fleet_status;
mod json;
mod moved;
mod pack;
mod paint;
mod recommend;
mod rules;
mod sarif;
mod table;
mod view;
mod welcome;

pub use adopt::{AdoptReport, adopt, adopt_report};
pub use check::{CheckReport, CheckSummary, Detail, check_report, check_summary, check_text};
pub use conflict::conflict;
pub use diff::{FileDiff, diff};
pub use doctor::{DoctorReport, doctor_report, probe};
pub use explain::{ExplainReport, explain_report, explain_text};
pub use findings::{Findings, annotations, failure_annotations};
pub use fleet::{
    FleetRead, Part, fleet_applied, fleet_checked, fleet_line, fleet_lines, fleet_page,
    fleet_planned, fleet_text, joined, thousands,
};
pub use fleet_status::fleet_status;
pub use json::{
    ChangeReport, ConflictReport, ErrorReport, PlanReport, RecommendReport, SCHEMA, Summary,
    escape_json, plan_report, schema_of, summary,
};
pub use moved::{Moved, MovedFile, MovedKey, Revision, moved, moved_text};
pub use pack::{
    PackFile, PackLayer, PackLock, PackReport, PackStep, Shown, pack_report, pack_text,
};
pub use paint::{paint_diagnostics, paint_diff};
pub use recommend::recommend;
pub use rules::{RulesReport, rule_page, rules_list, rules_report};
pub use sarif::{Sarif, sarif, sarif_failure};
pub use view::{counts, diagnostics, diffs, diffstat, running};
pub use welcome::{Welcome, origins, welcome};
