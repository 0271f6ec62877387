//! What `init` prints: one screen from the scenario to the next three commands.

use std::fmt::Write as _;
use std::path::Path;

use super::view::{counts, diffstat};
use crate::catalog::Scenario;
use crate::model::{PLACEHOLDER_URL, Plan, Scheme, escape, mask_value};
use crate::resolve::{Declared, Resolution};

/// Everything `init` has to tell.
#[derive(Debug, Clone, Copy)]
pub struct Welcome<'a> {
    /// The row of the matrix that selects the profile.
    pub scenario: Option<&'a Scenario>,
    /// What was, or would be, written.
    pub plan: &'a Plan,
    /// The values behind it.
    pub resolution: &'a Resolution,
    /// Where values were found that nobody named.
    pub notes: &'a [String],
    /// Whether nothing was written.
    pub dry_run: bool,
    /// The folder, if it is another than the current one.
    pub folder: Option<&'a Path>,
}

/// Returns the text.
#[must_use]
pub fn welcome(welcome: &Welcome<'_>) -> String {
    let declared = &welcome.resolution.declared;
    let mut out = String::new();
    if let Some(scenario) = welcome.scenario {
        let _ = writeln!(out, "{}: {}", declared.profile, scenario.approach);
        let _ = writeln!(out, "  why: {}", scenario.why);
        let _ = writeln!(out, "  cost: {}\n", scenario.cost);
    }
    written(&mut out, welcome.resolution);
    for note in welcome.notes {
        let _ = writeln!(out, "  note: {}", escape(note));
    }
    let _ = write!(out, "\n{}", diffstat(welcome.plan));
    let idle = welcome.plan.writes().next().is_none() && !welcome.plan.has_conflicts();
    let head = match (idle, welcome.dry_run) {
        (true, _) => "nothing to do: ",
        (false, true) => "dry run, nothing written: ",
        (false, false) => "",
    };
    let _ = writeln!(out, "{head}{}", counts(welcome.plan));
    if !idle {
        behind(&mut out, declared, welcome.resolution);
        next(&mut out, declared, welcome);
    }
    out
}

/// Returns every value with the layer it comes from, a line each.
#[must_use]
pub fn origins(resolution: &Resolution) -> String {
    let rows = resolution.values.iter();
    rows.fold(String::new(), |mut out, (key, (value, layer))| {
        let value = mask_value(key, value);
        let layer = format!("{layer:?}").to_lowercase();
        let _ = writeln!(
            out,
            "  {key:<24} {:<44} {layer}",
            escape(&value.to_string())
        );
        out
    })
}

/// Declared → written, for every form a value takes.
fn written(out: &mut String, resolution: &Resolution) {
    let declared = &resolution.declared;
    let mut row = |what: &str, value: &str| {
        let _ = writeln!(out, "  {what:<30} {value}");
    };
    match declared.gateway.as_ref().filter(|_| !declared.public) {
        Some(url) => {
            row("declared", url.declared());
            row("ANTHROPIC_BASE_URL (client)", url.client());
            if resolution.has("routing-block") || resolution.has("openai-env") {
                let openai = declared.openai.as_ref().unwrap_or(url).openai();
                row("routing, OpenAI-style tools", &openai);
            }
        }
        None => row("ANTHROPIC_BASE_URL", "in nobody's committed file"),
    }
    row("API_TIMEOUT_MS", &declared.timeout_ms.to_string());
    row(
        "key",
        &format!("{} as {}", declared.credential, declared.header),
    );
}

fn behind(out: &mut String, declared: &Declared, resolution: &Resolution) {
    let launcher = declared.launcher.as_str();
    out.push_str("\nBehind a gateway\n");
    if resolution.has("gateway-env") {
        out.push_str(
            "  Claude Code asks before it trusts a new folder; the default answer is No.\n",
        );
    }
    if declared.header == "x-api-key" && !resolution.has("api-key-helper") {
        out.push_str("  Claude Code asks before it uses ANTHROPIC_API_KEY; the default is No.\n");
    }
    let _ = writeln!(
        out,
        "  Below this folder plain `claude` goes past the gateway; {launcher} does not."
    );
}

fn next(out: &mut String, declared: &Declared, welcome: &Welcome<'_>) {
    let mut steps = Vec::new();
    if let Some(folder) = welcome.folder {
        steps.push(format!("cd {}", escape(&folder.display().to_string())));
    }
    if welcome.plan.has_conflicts() {
        steps.push("claude-scaffold apply    # once the conflicts below are settled".to_owned());
    }
    let url = declared
        .gateway
        .as_ref()
        .map(crate::model::GatewayUrl::declared);
    if url == Some(PLACEHOLDER_URL) {
        steps.push("claude-scaffold set gateway.url=https://YOUR-GATEWAY/v1".to_owned());
    }
    let (template, file) = (&declared.env_template, &declared.env_file);
    if declared.credential.scheme == Scheme::Env {
        let name = &declared.credential.rest;
        steps.push(format!(
            "cp {template} {file}    # then put your key in as {name}"
        ));
    }
    steps.push(format!("{} -p \"say hi\"", declared.launcher));
    steps.push(
        "git add --all && git commit -m \"Route Claude Code through the gateway\"".to_owned(),
    );
    out.push_str("\nNext\n");
    for step in steps {
        let _ = writeln!(out, "  {step}");
    }
}
