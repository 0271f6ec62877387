//! What `adopt` prints: what was found, what stands there already, and what `apply` would add.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;

use super::json::{ConflictReport, PlanReport, Summary, conflict, plan_report, summary};
use super::view::{counts, diffstat};
use crate::model::{Action, FileChange, PLACEHOLDER_URL, Value, escape, mask_value};
use crate::pipeline::{Adoption, Score, Standing};

/// Values longer than this many characters are cut in text; JSON has them whole.
const LONGEST: usize = 48;

/// What `adopt` prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AdoptReport {
    /// What was written: manifest and lockfile.
    #[serde(flatten)]
    pub plan: PlanReport,
    /// What was found.
    pub adopted: Adopted,
}

/// What stands in a repository, as the manifest now declares it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Adopted {
    /// The profile.
    pub profile: String,
    /// The profiles that were compared, the nearest first.
    pub scores: Vec<ScoreReport>,
    /// The values that stand in files.
    pub found: Vec<Found>,
    /// What was left out, and why.
    pub notes: Vec<String>,
    /// The files that are managed as they are.
    pub files: Vec<AdoptedFile>,
    /// What the next `apply` would do.
    pub next: Next,
}

/// How near a profile is.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ScoreReport {
    /// The profile.
    pub profile: String,
    /// Keys and whole files that are as it wants them.
    pub matches: usize,
    /// Keys that say something else.
    pub differs: usize,
    /// Files that `apply` would write.
    pub writes: usize,
    /// The sum.
    pub score: i64,
}

/// One value.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Found {
    /// The manifest key.
    pub key: String,
    /// The value.
    pub value: Value,
    /// The file.
    pub path: String,
    /// The line, from 1, where it is known.
    pub line: Option<usize>,
    /// The key or variable as the file spells it.
    pub name: String,
}

/// One file.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AdoptedFile {
    /// Relative to the manifest's folder.
    pub path: String,
    /// Keys that say what was declared; a whole file is one.
    pub matches: usize,
    /// Keys that say something else and stay so; `base` is null.
    pub differs: Vec<ConflictReport>,
}

/// What `apply` would do.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Next {
    /// The files it would write.
    pub changes: Vec<NextChange>,
    /// Counts.
    pub summary: Summary,
}

/// One file that `apply` would write.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NextChange {
    /// Which.
    pub path: String,
    /// What would happen to it.
    pub action: Action,
}

/// Returns the report.
#[must_use]
pub fn adopt_report(adoption: &Adoption, applied: bool) -> AdoptReport {
    let found = adoption.found.iter().map(|find| Found {
        key: find.key.clone(),
        value: mask_value(&find.key, &find.value),
        path: find.at.file.clone(),
        line: find.at.line,
        name: find.at.name.clone(),
    });
    let files = adoption.standing.iter().map(|file| AdoptedFile {
        path: file.path.to_string(),
        matches: file.matches,
        differs: file.differs.iter().map(conflict).collect(),
    });
    let writes = adoption
        .next
        .changes
        .iter()
        .filter(|change| change.writes());
    let changes = writes.map(|change| NextChange {
        path: change.path.to_string(),
        action: change.action,
    });
    AdoptReport {
        plan: plan_report("adopt", &adoption.outcome.plan, applied),
        adopted: Adopted {
            profile: adoption.outcome.resolution.declared.profile.clone(),
            scores: adoption.scores.iter().map(score).collect(),
            found: found.collect(),
            notes: adoption.notes.clone(),
            files: files.collect(),
            next: Next {
                changes: changes.collect(),
                summary: summary(&adoption.next),
            },
        },
    }
}

/// Returns the text; `written` says what became of the files.
#[must_use]
pub fn adopt(adoption: &Adoption, written: &str) -> String {
    let profile = &adoption.outcome.resolution.declared.profile;
    let mut out = match adoption.scores.as_slice() {
        [_] => format!("{profile}\n"),
        scores => format!(
            "{profile}: the nearest to what stands here\n{}",
            table(scores)
        ),
    };
    found(&mut out, adoption);
    if !adoption.standing.is_empty() {
        out.push_str("\nManaged as it is\n");
        adoption
            .standing
            .iter()
            .for_each(|file| standing(&mut out, file));
    }
    let _ = write!(out, "\n{}", diffstat(&adoption.outcome.plan));
    let _ = writeln!(out, "{written}");
    next(&mut out, adoption);
    out
}

fn table(scores: &[Score]) -> String {
    let head = format!(
        "  {:<12} {:>7} {:>7} {:>6} {:>5}\n",
        "", "matches", "differs", "writes", "score"
    );
    scores.iter().fold(head, |mut out, score| {
        let Score {
            profile,
            matches,
            differs,
            writes,
            total,
        } = score;
        let _ = writeln!(
            out,
            "  {profile:<12} {matches:>7} {differs:>7} {writes:>6} {total:>5}"
        );
        out
    })
}

fn found(out: &mut String, adoption: &Adoption) {
    if !adoption.found.is_empty() {
        out.push_str("\nFound\n");
    }
    let rows: Vec<[String; 3]> = adoption
        .found
        .iter()
        .map(|find| {
            let line = find
                .at
                .line
                .map_or_else(String::new, |line| format!(":{line}"));
            let value = mask_value(&find.key, &find.value);
            [
                find.key.clone(),
                bare(&value),
                format!("{}{line}", find.at.file),
            ]
        })
        .collect();
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let (first, second) = (width(0), width(1));
    for [key, value, at] in &rows {
        let _ = writeln!(out, "  {key:<first$}  {value:<second$}  {at}");
    }
    for note in &adoption.notes {
        let _ = writeln!(out, "  note: {}", escape(note));
    }
}

fn standing(out: &mut String, file: &Standing) {
    let differs = match file.differs.len() {
        0 => String::new(),
        1 => ", 1 differs and stays yours".to_owned(),
        count => format!(", {count} differ and stay yours"),
    };
    let _ = writeln!(
        out,
        "  {}: {} as declared{differs}",
        file.path, file.matches
    );
    for conflict in &file.differs {
        let name = conflict.key.name().unwrap_or_default();
        let shown = |value: &Option<Value>| {
            value.as_ref().map_or_else(String::new, |value| {
                short(&escape(&mask_value(name, value).to_string()))
            })
        };
        let (actual, desired) = (shown(&conflict.actual), shown(&conflict.desired));
        let _ = writeln!(
            out,
            "    {} is {actual}; declared is {desired}",
            conflict.key
        );
    }
}

fn next(out: &mut String, adoption: &Adoption) {
    let writes = adoption.next.changes.iter().any(FileChange::writes);
    if !writes {
        out.push_str("\n`apply` has nothing to add\n");
        return;
    }
    let _ = writeln!(
        out,
        "\n`apply` would add\n{}{}",
        diffstat(&adoption.next),
        counts(&adoption.next)
    );
    out.push_str("\nNext\n");
    let url = adoption.outcome.resolution.declared.gateway.as_ref();
    if url.is_some_and(|url| url.declared() == PLACEHOLDER_URL) {
        out.push_str("  claude-scaffold set gateway.url=https://YOUR-GATEWAY/v1\n");
    }
    out.push_str("  claude-scaffold plan\n  claude-scaffold apply\n");
}

fn score(score: &Score) -> ScoreReport {
    ScoreReport {
        profile: score.profile.clone(),
        matches: score.matches,
        differs: score.differs,
        writes: score.writes,
        score: score.total,
    }
}

fn bare(value: &Value) -> String {
    short(&escape(
        &value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned),
    ))
}

fn short(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let cut: String = text.chars().take(LONGEST).collect();
    cut + "…"
}
