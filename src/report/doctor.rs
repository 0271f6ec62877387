//! What `doctor` saw: the questions to the gateway, and all that is wrong.

use schemars::JsonSchema;
use serde::Serialize;

use super::check::{CheckReport, CheckSummary};
use crate::live::{Probe, State};
use crate::model::{Diagnostic, escape};

/// What `doctor` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DoctorReport {
    /// The number of this shape.
    pub schema: u32,
    /// The command that printed it.
    pub command: String,
    /// What the gateway was asked, in order; empty without `--live`.
    pub probes: Vec<Probe>,
    /// Requests that were sent to the gateway.
    pub calls: usize,
    /// What was found, but for what is known.
    pub diagnostics: Vec<Diagnostic>,
    /// What was found and is known from the baseline file; it does not change the exit code.
    pub known: Vec<Diagnostic>,
    /// Counts.
    pub summary: CheckSummary,
}

/// Returns the report of a visit.
#[must_use]
pub fn doctor_report(probes: &[Probe], calls: usize, found: CheckReport) -> DoctorReport {
    DoctorReport {
        schema: found.schema,
        command: found.command,
        probes: probes.to_vec(),
        calls,
        diagnostics: found.diagnostics,
        known: found.known,
        summary: found.summary,
    }
}

/// Returns one question and how it went as a line.
#[must_use]
pub fn probe(probe: &Probe) -> String {
    let state = match probe.state {
        State::Ok => "ok",
        State::Fault => "fault",
        State::Skipped => "-",
    };
    let took = probe.ms.map_or_else(String::new, |ms| format!("{ms} ms"));
    let name = escape(&probe.name);
    let line = format!(
        "  {state:<5}  {name:<28} {took:>9}  {}",
        escape(&probe.detail)
    );
    line.trim_end().to_owned() + "\n"
}
