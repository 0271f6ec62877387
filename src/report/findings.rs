//! The findings of one run as every format has them: what they are, where, and what is known of them.

use std::fmt::Write as _;

use super::rules::severity_word;
use crate::catalog::Rule;
use crate::diagnose::Finding;
use crate::model::{Diagnostic, escape};

/// The findings of one run, and what a reader outside of the unit needs to place them.
#[derive(Debug, Clone, Copy)]
pub struct Findings<'a> {
    /// The command that found them.
    pub command: &'a str,
    /// All findings; the ones that are known already marked as such.
    pub all: &'a [Finding],
    /// The unit's folder from the repository's root, with a `/` at its end; empty at the root.
    pub prefix: &'a str,
    /// The file that stands for the whole, where a finding has no place.
    pub fallback: &'a str,
    /// The catalogue of codes.
    pub rules: &'a [Rule],
}

impl Findings<'_> {
    /// Returns a finding's file from the repository's root; the one that stands for the whole, where
    /// it has none or one of this machine's.
    pub(super) fn path(&self, finding: &Diagnostic) -> String {
        let path = finding.path.as_deref().filter(|path| !is_outside(path));
        let inside = path.unwrap_or(self.fallback);
        format!("{}{inside}", self.prefix)
    }

    /// Returns the rule of a code, and its place in the catalogue.
    pub(super) fn rule(&self, code: &str) -> Option<(usize, &Rule)> {
        let mut rules = self.rules.iter().enumerate();
        rules.find(|(_, rule)| rule.code == code)
    }
}

/// Returns what is wrong in one sentence, in which commit if in an old one.
pub(super) fn sentence(finding: &Diagnostic) -> String {
    let mut text = escape(&finding.message);
    if let Some(commit) = &finding.commit {
        let _ = write!(text, " (in commit {})", short(commit));
    }
    if let Some(path) = finding.path.as_deref().filter(|path| is_outside(path)) {
        let line = line_of(finding);
        let _ = write!(text, " (in {}{line})", escape(path));
    }
    text
}

/// Whether a path leads to a file of this machine, and not of the repository.
pub(super) fn is_outside(path: &str) -> bool {
    path.starts_with(['/', '~']) || path.contains(":\\")
}

fn line_of(finding: &Diagnostic) -> String {
    finding
        .line
        .map_or(String::new(), |line| format!(":{line}"))
}

/// Returns a commit's id as people write it.
pub(super) fn short(commit: &str) -> String {
    escape(commit).chars().take(12).collect()
}

/// Returns the annotations by which a run of GitHub Actions shows findings beside the code. A finding
/// in an old commit has no line in the files of this one, so it stands with none.
#[must_use]
pub fn annotations(findings: &Findings<'_>) -> String {
    let shown = findings.all.iter().filter(|f| f.known.is_none());
    shown.fold(String::new(), |mut out, finding| {
        let finding = &finding.diagnostic;
        let code = &finding.code;
        let title = match findings.rule(code) {
            Some((_, rule)) => format!("{code} {}", rule.title),
            None => code.clone(),
        };
        let inside = finding.path.as_deref().filter(|path| !is_outside(path));
        let placed = inside.filter(|_| finding.commit.is_none());
        let path = placed.map(|_| findings.path(finding));
        let _ = writeln!(out, "{}", annotation(finding, path.as_deref(), &title));
        out
    })
}

/// Returns annotations that say why there are no findings.
#[must_use]
pub fn failure_annotations(findings: &Findings<'_>, problems: &[Diagnostic]) -> String {
    problems.iter().fold(String::new(), |mut out, problem| {
        let path = problem.path.as_ref().map(|_| findings.path(problem));
        let _ = writeln!(
            out,
            "{}",
            annotation(problem, path.as_deref(), &problem.code)
        );
        out
    })
}

fn annotation(finding: &Diagnostic, path: Option<&str>, title: &str) -> String {
    let kind = match severity_word(finding.severity) {
        "note" => "notice",
        other => other,
    };
    let mut properties = Vec::new();
    if let Some(path) = path {
        properties.push(format!("file={}", property(&escape(path))));
        let line = finding.line.map(|line| format!("line={line}"));
        let column = finding.column.filter(|_| finding.line.is_some());
        properties.extend(line);
        properties.extend(column.map(|column| format!("col={column}")));
    }
    properties.push(format!("title={}", property(&escape(title))));
    let mut text = sentence(finding);
    let inside = finding.path.as_deref().filter(|path| !is_outside(path));
    if let Some(inside) = inside.filter(|_| path.is_none()) {
        let _ = write!(text, "\n{}{}", escape(inside), line_of(finding));
    }
    if let Some(help) = &finding.help {
        let _ = write!(text, "\nhelp: {}", escape(help));
    }
    format!("::{kind} {}::{}", properties.join(","), data(&text))
}

/// A text as workflow commands take it after the second `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A text as workflow commands take it as the value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::fingerprinted;

    #[track_caller]
    fn check(finding: Diagnostic, expected: &str) {
        let all = fingerprinted(vec![finding]);
        let text = annotations(&Findings {
            command: "check",
            all: &all,
            prefix: "apps/web/",
            fallback: "claude-scaffold.toml",
            rules: &[],
        });
        assert_eq!(text, format!("{expected}\n"));
    }

    #[test]
    fn an_annotation_is_one_line_that_says_no_more_than_it_should() {
        check(
            Diagnostic::error("CS001", "100% wrong").at("a,b:c%.json", "x\ny", 2),
            "::error file=apps/web/a%2Cb%3Ac%25.json,line=2,col=1,title=CS001::100%25 wrong",
        );
        check(
            Diagnostic::note("x", "a\n::error::b").with_help("do\r\nit"),
            "::notice title=x::a\\u{a}::error::b%0Ahelp: do\\u{d}\\u{a}it",
        );
        let mut old = Diagnostic::warning("CS003", "a key").at("\u{1b}[2J.env", "k", 0);
        old.commit = Some("0123456789abcdef".to_owned());
        check(
            old,
            "::warning title=CS003::a key (in commit 0123456789ab)%0A\\u{1b}[2J.env:1",
        );
    }
}
