//! Findings as SARIF 2.1.0, the form in which forges and editors take them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::findings::{Findings, is_outside, sentence};
use super::rules::severity_word;
use crate::catalog::Rule;
use crate::diagnose::Finding;
use crate::model::{Diagnostic, escape};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
const VERSION: &str = "2.1.0";
/// What paths start from; whoever reads the file knows where that is.
const ROOT: &str = "%SRCROOT%";
/// The name of our fingerprint; the number grows when it is computed in another way.
const FINGERPRINT: &str = "claudeScaffold/v1";
const ABOUT: &str = "Checks how a repository's files lead Claude Code to its model gateway.";

/// A SARIF file.
#[derive(Debug, Serialize)]
pub struct Sarif {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    invocations: [Invocation; 1],
    automation_details: Automation,
    original_uri_base_ids: BTreeMap<&'static str, Base>,
    column_kind: &'static str,
    results: Vec<Found>,
}

#[derive(Debug, Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    full_description: Text,
    version: &'static str,
    semantic_version: &'static str,
    rules: Vec<Described>,
}

/// A rule: what a code means.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Described {
    id: String,
    name: String,
    short_description: Text,
    full_description: Text,
    help: Text,
    default_configuration: Configuration,
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<Tags>,
}

#[derive(Debug, Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Debug, Serialize)]
struct Tags {
    tags: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Debug, Serialize)]
struct Notification {
    level: &'static str,
    message: Text,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locations: Vec<Location>,
}

#[derive(Debug, Serialize)]
struct Automation {
    id: String,
}

#[derive(Debug, Serialize)]
struct Base {
    description: Text,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    rule_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: &'static str,
    message: Text,
    locations: [Location; 1],
    partial_fingerprints: BTreeMap<&'static str, String>,
    suppressions: Vec<Suppression>,
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<Commit>,
}

#[derive(Debug, Serialize)]
struct Commit {
    commit: String,
}

#[derive(Debug, Serialize)]
struct Suppression {
    kind: &'static str,
    status: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    justification: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: Physical,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    region: Region,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Artifact {
    uri: String,
    uri_base_id: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_column: Option<usize>,
}

#[derive(Debug, Serialize)]
struct Text {
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    markdown: Option<String>,
}

/// Returns findings as a SARIF file.
#[must_use]
pub fn sarif(findings: &Findings<'_>) -> Sarif {
    let results = findings.all.iter().map(|found| result(findings, found));
    log(findings, results.collect(), Vec::new())
}

/// Returns the SARIF file of a run that could not be done.
#[must_use]
pub fn sarif_failure(findings: &Findings<'_>, problems: &[Diagnostic]) -> Sarif {
    let said = problems.iter().map(|problem| Notification {
        level: severity_word(problem.severity),
        message: message(problem),
        locations: problem
            .path
            .iter()
            .map(|_| location(findings, problem))
            .collect(),
    });
    log(findings, Vec::new(), said.collect())
}

fn log(findings: &Findings<'_>, results: Vec<Found>, failed: Vec<Notification>) -> Sarif {
    let version = env!("CARGO_PKG_VERSION");
    let root = Base {
        description: plain("The root of the repository."),
    };
    let driver = Driver {
        name: "claude-scaffold",
        full_description: plain(ABOUT),
        version,
        semantic_version: version,
        rules: findings.rules.iter().map(described).collect(),
    };
    Sarif {
        schema: SCHEMA,
        version: VERSION,
        runs: [Run {
            tool: Tool { driver },
            invocations: [Invocation {
                execution_successful: failed.is_empty(),
                tool_execution_notifications: failed,
            }],
            automation_details: Automation {
                id: format!("claude-scaffold/{}/{}", findings.command, findings.prefix),
            },
            original_uri_base_ids: BTreeMap::from([(ROOT, root)]),
            column_kind: "unicodeCodePoints",
            results,
        }],
    }
}

fn described(rule: &Rule) -> Described {
    let mut text = rule.why.clone();
    let mut markdown = format!("{}\n", rule.why);
    for (number, step) in rule.fix.iter().enumerate() {
        let _ = write!(text, "\n{}. {}", number + 1, step.replace('`', ""));
        let _ = write!(markdown, "\n{}. {step}", number + 1);
    }
    let (source, date) = (&rule.source, &rule.date);
    let _ = write!(markdown, "\n\nSource: {source} ({date})");
    Described {
        id: rule.code.clone(),
        name: rule.name.clone(),
        short_description: plain(&format!("{}.", rule.title)),
        full_description: plain(&rule.what),
        help: Text {
            text,
            markdown: Some(markdown),
        },
        default_configuration: Configuration {
            level: severity_word(rule.severity),
        },
        properties: Some(rule.tags.clone())
            .filter(|tags| !tags.is_empty())
            .map(|tags| Tags { tags }),
    }
}

fn result(findings: &Findings<'_>, found: &Finding) -> Found {
    let finding = &found.diagnostic;
    let rule = findings.rule(&finding.code);
    let suppressions = found.known.iter().map(|note| Suppression {
        kind: "external",
        status: "accepted",
        justification: escape(note),
    });
    Found {
        rule_id: finding.code.clone(),
        rule_index: rule.map(|(index, _)| index),
        level: severity_word(finding.severity),
        message: message(finding),
        locations: [location(findings, finding)],
        partial_fingerprints: BTreeMap::from([(FINGERPRINT, found.fingerprint.clone())]),
        suppressions: suppressions.collect(),
        properties: finding.commit.clone().map(|commit| Commit { commit }),
    }
}

fn message(finding: &Diagnostic) -> Text {
    let mut text = sentence(finding);
    text.push('.');
    if let Some(help) = &finding.help {
        let _ = write!(text, "\nhelp: {}", escape(help));
    }
    plain(&text)
}

fn location(findings: &Findings<'_>, finding: &Diagnostic) -> Location {
    // A finding of a whole file stands at its begin: GitHub takes none without a line.
    let inside = finding.path.as_deref().filter(|path| !is_outside(path));
    let line = finding.line.filter(|_| inside.is_some());
    let region = Region {
        start_line: line.unwrap_or(1),
        start_column: line.and(finding.column),
    };
    Location {
        physical_location: Physical {
            artifact_location: Artifact {
                uri: encoded(&findings.path(finding)),
                uri_base_id: ROOT,
            },
            region,
        },
    }
}

fn plain(text: &str) -> Text {
    Text {
        text: text.to_owned(),
        markdown: None,
    }
}

/// A path as a relative reference of a URI: whatever is not plain is written in `%XX`.
fn encoded(path: &str) -> String {
    path.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}
