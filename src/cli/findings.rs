//! Findings on their way out, in the format that was asked for.

use super::Ending;
use super::args::{Cli, Command, OutputFormat};
use super::fleet::FleetCommand;
use super::host::Host;
use crate::catalog::{Catalog, Rule};
use crate::diagnose::{Finding, fingerprinted};
use crate::model::{Diagnostic, Severity};
use crate::observe::Unit;
use crate::pipeline;
use crate::report::{self, Detail, Findings};

/// Refuses a format that only findings have, where a command gives something else, and any but text
/// where that is a key.
pub(super) fn refused(cli: &Cli) -> Option<Diagnostic> {
    if matches!(cli.command, Command::Key(_)) && cli.globals.format != OutputFormat::Text {
        let problem =
            Diagnostic::error("usage", "a key is one line of text and has no other format");
        return Some(problem.with_help("leave --format out"));
    }
    let gives = match &cli.command {
        Command::Check(args) => args.explain.is_none(),
        Command::Doctor(_) | Command::Fleet(FleetCommand::Check(_)) => true,
        _ => false,
    };
    let name = match cli.globals.format {
        OutputFormat::Sarif => "sarif",
        OutputFormat::Github => "github",
        OutputFormat::Text | OutputFormat::Json => return None,
    };
    if gives {
        return None;
    }
    let message = format!("`--format {name}` is for findings, and this command gives none");
    let problem = Diagnostic::error("usage", message);
    Some(
        problem
            .with_help("use it with `check`, `doctor` or `fleet check`; here it is text or json"),
    )
}

/// Prints findings of a unit; fresh errors and warnings remain to be mended.
pub(super) fn tell(host: &Host, command: &str, unit: Option<&Unit>, all: &[Finding]) -> Ending {
    let prefix = unit.map(Unit::prefix).unwrap_or_default();
    let fallback = unit.map_or(".", |unit| unit.manifest.as_str());
    tell_of(host, command, (&prefix, fallback), all);
    ending(all)
}

/// Prints findings of many units, whose paths say of which; what has none is said of a file.
pub(super) fn print_of(host: &Host, command: &str, fallback: &str, all: &[Finding]) {
    tell_of(host, command, ("", fallback), all);
}

fn tell_of(host: &Host, command: &str, (prefix, fallback): (&str, &str), all: &[Finding]) {
    let rules = rules(host);
    let findings = Findings {
        command,
        all,
        prefix,
        fallback,
        rules: &rules,
    };
    let detail = match (host.globals.quiet, host.globals.verbose) {
        (true, _) => Detail::Quiet,
        (_, true) => Detail::All,
        _ => Detail::Fresh,
    };
    match host.globals.format {
        OutputFormat::Json => host.print_json(&report::check_report(command, all)),
        OutputFormat::Sarif => host.print_json(&report::sarif(&findings)),
        OutputFormat::Github => {
            host.print(&report::annotations(&findings));
            host.say(&report::check_summary(all, detail));
        }
        OutputFormat::Text => {
            host.print_diagnostics(&report::check_text(all, detail));
            host.say(&report::check_summary(all, detail));
        }
    }
}

/// How a command ends that found this.
pub(super) fn ending(all: &[Finding]) -> Ending {
    let counts = |f: &Finding| f.known.is_none() && f.diagnostic.severity > Severity::Note;
    if all.iter().any(counts) {
        Ending::Remains
    } else {
        Ending::Clean
    }
}

/// Prints findings that no baseline can know.
pub(super) fn print(host: &Host, command: &str, found: Vec<Diagnostic>) -> Ending {
    tell(host, command, None, &fingerprinted(found))
}

/// Says why there are no findings, in the format that was asked for.
pub(super) fn fail(host: &Host, problems: &[Diagnostic]) {
    let unit = Unit::find(&host.folder, &host.state_home);
    let prefix = unit.as_ref().map(Unit::prefix).unwrap_or_default();
    let rules = rules(host);
    let findings = Findings {
        command: "check",
        all: &[],
        prefix: &prefix,
        fallback: ".",
        rules: &rules,
    };
    match host.globals.format {
        OutputFormat::Sarif => host.print_json(&report::sarif_failure(&findings, problems)),
        OutputFormat::Github => host.print(&report::failure_annotations(&findings, problems)),
        OutputFormat::Text | OutputFormat::Json => {}
    }
    host.fail(problems);
}

/// The catalogue of codes, where the format has a place for it.
fn rules(host: &Host) -> Vec<Rule> {
    match host.globals.format {
        OutputFormat::Sarif | OutputFormat::Github => catalogue().unwrap_or_default(),
        OutputFormat::Text | OutputFormat::Json => Vec::new(),
    }
}

/// Reads the catalogue of codes.
pub(super) fn catalogue() -> Result<Vec<Rule>, Vec<Diagnostic>> {
    let rules = Catalog::embedded().rules();
    rules.map_err(|error| vec![pipeline::defect(&error)])
}
