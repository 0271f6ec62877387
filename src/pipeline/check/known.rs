//! The baseline file of a unit: what it knows of the findings, and how it is written.

use super::super::Outcome;
use super::{Depth, Rest};
use crate::diagnose::{
    Baseline, Finding, Scope, accept, fingerprinted, is_acceptable, read_baseline, recognise,
    write_baseline,
};
use crate::model::{Action, Actual, Diagnostic, FileChange, Mode, Plan, RepoPath, Severity};
use crate::observe::{self, Unit};

/// Where the baseline stands unless the manifest says otherwise.
const NAME: &str = "claude-scaffold.baseline.json";
/// The key of the manifest that says otherwise.
const KEY: &str = "check.baseline";

/// The baseline file as it is.
pub(super) struct Stood {
    path: RepoPath,
    text: Option<String>,
    mode: Mode,
    baseline: Option<Baseline>,
}

/// Returns where the baseline file is looked for.
pub(super) fn place(outcome: Option<&Outcome>) -> RepoPath {
    let named = outcome.and_then(|outcome| outcome.resolution.values.get(KEY));
    let named = named.and_then(|(value, _)| value.as_str()).unwrap_or(NAME);
    RepoPath::parse(named).expect("the manifest was checked")
}

/// Reads the baseline file, if there is one.
///
/// # Errors
/// Fails where something else stands there.
pub(super) fn stood(unit: &Unit, path: &RepoPath) -> Result<Stood, Vec<Diagnostic>> {
    let mut state = observe::actual(unit, std::iter::once(path));
    let mut stood = Stood {
        text: None,
        mode: Mode::default(),
        baseline: None,
        path: path.clone(),
    };
    match state.remove(&stood.path) {
        Some(Actual::Text { text, mode }) => {
            let baseline = read_baseline(stood.path.as_str(), &text);
            stood.baseline = Some(baseline.map_err(|problem| vec![problem])?);
            stood.text = Some(text);
            stood.mode = mode;
        }
        Some(Actual::Other(what)) => {
            let message = format!("cannot read `{}`: it is {what}", stood.path);
            let problem = Diagnostic::error("baseline", message).in_file(stood.path.as_str());
            return Err(vec![problem.with_help("make it a regular UTF-8 file")]);
        }
        Some(Actual::Absent) | None => {}
    }
    Ok(stood)
}

/// Marks the findings that the baseline knows, and says where it knows more than there is.
pub(super) fn judged(rest: &Rest<'_>, stood: &Stood, found: Vec<Diagnostic>) -> Vec<Finding> {
    let mut findings = fingerprinted(found);
    let Some(baseline) = &stood.baseline else {
        return findings;
    };
    let gone = recognise(&mut findings, baseline, &scope(rest));
    if gone > 0 {
        let what = if gone == 1 {
            "finding that is"
        } else {
            "findings that are"
        };
        let message = format!("`{}` knows {gone} {what} no more", stood.path);
        let note = Diagnostic::note("baseline", message).in_file(stood.path.as_str());
        let help = "let it shrink: `claude-scaffold check --write-baseline`";
        findings.extend(fingerprinted(vec![note.with_help(help)]));
    }
    findings
}

/// Returns the plan that lets the baseline know these findings, and how many it cannot know.
pub(super) fn accepted(
    rest: &Rest<'_>,
    stood: &Stood,
    findings: &[Finding],
    title: &dyn Fn(&str) -> String,
) -> (Plan, usize) {
    let baseline = accept(findings, stood.baseline.as_ref(), &scope(rest), title);
    let text = write_baseline(&baseline);
    let same = stood.baseline.as_ref() == Some(&baseline);
    let (action, after) = match &stood.text {
        Some(before) if same => (Action::Keep, before.clone()),
        Some(_) => (Action::Update, text),
        None => (Action::Create, text),
    };
    let change = FileChange {
        path: stood.path.clone(),
        action,
        before: stood.text.clone(),
        after: Some(after),
        mode_before: stood.mode,
        mode: stood.mode,
        conflicts: Vec::new(),
        moved_from: None,
    };
    let plan = Plan {
        changes: vec![change],
        ..Plan::default()
    };
    let left = findings.iter().map(|finding| &finding.diagnostic);
    let left = left.filter(|d| d.severity > Severity::Note && !is_acceptable(d));
    (plan, left.count())
}

fn scope<'a>(rest: &Rest<'a>) -> Scope<'a> {
    Scope {
        only: rest.only,
        history: rest.depth == Depth::History,
        tree: rest.depth != Depth::Staged,
    }
}
