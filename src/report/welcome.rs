//! What `init` prints: one screen from the scenario to the next three commands.

use std::fmt::Write as _;
use std::path::Path;

use super::view::{counts, diffstat};
use crate::catalog::Scenario;
use crate::model::{GatewayUrl, PLACEHOLDER_URL, Plan, Scheme, escape, mask_value};
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
    /// Whether there is an env file, which nobody should copy a template over.
    pub has_env_file: bool,
    /// Whether a git repository is around it.
    pub in_git: bool,
    /// The folder, if it is another than the current one.
    pub folder: Option<&'a Path>,
}

/// Returns the text.
#[must_use]
pub fn welcome(welcome: &Welcome<'_>) -> String {
    let declared = &welcome.resolution.declared;
    let mut out = String::new();
    if let Some(scenario) = welcome.scenario {
        let (approach, why) = (escape(&scenario.approach), escape(&scenario.why));
        let _ = writeln!(out, "{}: {approach}", escape(&declared.profile));
        let _ = writeln!(out, "  why: {why}");
        let _ = writeln!(out, "  cost: {}\n", escape(&scenario.cost));
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
                let own = declared.openai.as_ref().map(GatewayUrl::openai_declared);
                let openai = own.unwrap_or_else(|| url.openai());
                row("routing, OpenAI-style tools", &openai);
            }
        }
        None => row("ANTHROPIC_BASE_URL", "in no file derived for git"),
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
    let routed = resolution.has("gateway-env") && !declared.public;
    let plain = if routed {
        "Below this folder plain"
    } else {
        "Plain"
    };
    let _ = write!(out, "  {plain} `claude` goes past the gateway");
    if resolution.has("run-script") {
        let _ = write!(out, "; {launcher} does not");
    }
    out.push_str(".\n");
}

fn next(out: &mut String, declared: &Declared, welcome: &Welcome<'_>) {
    let mut steps = Vec::new();
    if let Some(folder) = welcome.folder {
        steps.push(format!("cd {}", word(&folder.display().to_string())));
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
    steps.extend(fill_in(declared, welcome));
    steps.extend(sign_in(declared.credential.scheme));
    steps.push(if welcome.resolution.has("run-script") {
        format!("{} -p \"say hi\"", program(declared.launcher.as_str()))
    } else {
        "claude -p \"say hi\"".to_owned()
    });
    let init = if welcome.in_git { "" } else { "git init && " };
    steps.push(format!(
        "{init}git add --all && git commit -m \"Route Claude Code through the gateway\""
    ));
    out.push_str("\nNext\n");
    for step in steps {
        let _ = writeln!(out, "  {step}");
    }
}

/// The command by which the env file gets what only it may hold.
fn fill_in(declared: &Declared, welcome: &Welcome<'_>) -> Option<String> {
    let url = declared
        .public
        .then_some("the URL in as ANTHROPIC_BASE_URL");
    let key = (declared.credential.scheme == Scheme::Env)
        .then(|| format!("your key in as {}", declared.credential.rest));
    let openai = welcome
        .resolution
        .has("openai-env")
        .then_some("OPENAI_API_KEY");
    let what: Vec<&str> = url
        .into_iter()
        .chain(key.as_deref())
        .chain(openai)
        .collect();
    if what.is_empty() {
        return None;
    }
    let what = what.join(", ");
    let file = word(declared.env_file.as_str());
    if welcome.has_env_file || !welcome.resolution.has("env-template") {
        return Some(format!("$EDITOR {file}    # put {what}"));
    }
    let template = word(declared.env_template.as_str());
    Some(format!("cp {template} {file}    # then put {what}"))
}

/// How to sign in to the store that holds the key.
fn sign_in(scheme: Scheme) -> Option<String> {
    let command = match scheme {
        Scheme::Vault => "vault login",
        Scheme::OnePassword => "op signin",
        Scheme::AwsSecretsManager => "aws sso login",
        Scheme::GcpSecretManager => "gcloud auth login",
        Scheme::AzureKeyVault => "az login",
        Scheme::Env | Scheme::Pass | Scheme::Keyring | Scheme::Sops | Scheme::Command => {
            return None;
        }
    };
    Some(format!("{command}    # the key comes from there"))
}

/// A path as a shell runs it.
fn program(path: &str) -> String {
    let found = if path.contains('/') { "" } else { "./" };
    word(&format!("{found}{path}"))
}

/// A path as one word of a shell.
fn word(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    if path.chars().all(plain) {
        path.to_owned()
    } else {
        format!("'{}'", escape(path).replace('\'', "'\\''"))
    }
}
