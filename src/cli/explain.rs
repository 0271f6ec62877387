//! `explain`: which value of each setting counts for the client, and where it comes from.

use std::path::Path;

use super::args::{ExplainArgs, WhoStarts};
use super::host::Host;
use super::{Ending, Outcome};
use crate::catalog::{Catalog, CatalogError};
use crate::explain::{self, Around, Facts, Starter, Text};
use crate::model::{Diagnostic, Version};
use crate::observe::{self, Standing};
use crate::{manifest, report, resolve};

/// Where the run script stands unless the manifest says otherwise.
const SCRIPT: &str = "scripts/run-claude.sh";
/// The newest release whose behaviour was measured.
const MEASURED: &str = "2.1.330";

pub(super) fn run(host: &Host, args: &ExplainArgs) -> Outcome {
    let facts = facts()?;
    let mut around = around(host, args.client.as_deref())?;
    around.model.clone_from(&args.model);
    if let Some(last) = args.settings.last() {
        around.settings = Some(settings(host, last)?);
    }
    let starter = match args.starter {
        WhoStarts::Shell => Starter::Shell,
        WhoStarts::Vscode => Starter::Editor,
        WhoStarts::Ci => Starter::Ci,
        WhoStarts::Launcher => Starter::Launcher,
    };
    let mut explanation = explain::explain(&around.start(starter, &facts), &facts);
    let mut changes = explain::changes(&around, starter, &facts);
    if let Some(key) = &args.key {
        let asked = explain::select(&mut explanation, key, &facts);
        asked.map_err(|_| vec![unknown(key, &facts)])?;
        let left = &explanation.settings;
        changes.retain(|change| left.iter().any(|line| line.key == change.key));
    }
    let report = report::explain_report(&around.client, explanation, changes);
    if host.json() {
        host.print_json(&report);
    } else {
        let asked = args.key.is_some() || host.globals.verbose;
        host.print(&report::explain_text(&report, asked));
    }
    Ok(Ending::Clean)
}

/// Reads all that the client would find where the user stands.
pub(super) fn around(host: &Host, client: Option<&str>) -> Result<Around, Vec<Diagnostic>> {
    let environment = host.environment();
    let home = host.user_home();
    let config = environment
        .get("CLAUDE_CONFIG_DIR")
        .filter(|text| !text.is_empty());
    let script = script(&host.folder);
    let standing = Standing {
        folder: &host.folder,
        home: home.as_deref(),
        config: config.map(Path::new),
        script: script.as_deref().unwrap_or(SCRIPT),
    };
    let client = match client {
        Some(text) => Version::parse(text).ok_or_else(|| vec![no_version(text)])?,
        None => installed(home.as_deref(), &environment),
    };
    let mut around = observe::around(&standing, client);
    around.environment = environment;
    Ok(around)
}

/// What is known of the client.
pub(super) fn facts() -> Result<Facts, Vec<Diagnostic>> {
    let broken = |error: CatalogError| vec![Diagnostic::error("templates", error.to_string())];
    Facts::of(&Catalog::embedded()).map_err(broken)
}

fn script(folder: &Path) -> Option<String> {
    let text = observe::manifest_around(folder)?;
    let (declared, _) = manifest::parse(observe::MANIFEST, &text);
    let entry = declared.entries.get("launcher.path")?;
    entry.value.as_str().map(str::to_owned)
}

fn installed(
    home: Option<&Path>,
    environment: &std::collections::BTreeMap<String, String>,
) -> Version {
    let home = home.unwrap_or_else(|| Path::new(""));
    let mut clients = observe::machine(home, environment, &[]).clients.into_iter();
    let first = clients.next().and_then(|client| client.version);
    first.unwrap_or_else(|| Version::parse(MEASURED).expect("a version"))
}

/// The client takes what begins with a brace for the settings themselves.
fn settings(host: &Host, argument: &str) -> Result<Text, Vec<Diagnostic>> {
    if argument.trim_start().starts_with('{') {
        return Ok(Text {
            path: "--settings".to_owned(),
            text: Ok(argument.to_owned()),
        });
    }
    let found = observe::settings_file(&host.folder.join(argument), argument);
    found.ok_or_else(|| {
        let message = format!("--settings: `{argument}` is not there");
        let help = "name a file, or write the settings as JSON";
        vec![Diagnostic::error("usage", message).with_help(help)]
    })
}

fn unknown(key: &str, facts: &Facts) -> Diagnostic {
    let mut problem = resolve::unknown("setting", key, &facts.names());
    "usage".clone_into(&mut problem.code);
    problem
}

fn no_version(text: &str) -> Diagnostic {
    let problem = Diagnostic::error("usage", format!("`{text}` is no version of the client"));
    problem.with_help(format!("write it as `claude --version` does: {MEASURED}"))
}
