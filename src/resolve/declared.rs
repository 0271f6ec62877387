//! The final values as types that cannot be wrong.

use std::collections::BTreeMap;

use super::{Layer, broken, unknown};
use crate::catalog::{Catalog, Feature};
use crate::manifest::Manifest;
use crate::model::{Diagnostic, GatewayUrl, RepoPath, Scheme, SecretRef, Value};

/// A further request header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Header {
    /// Its value.
    Literal(String),
    /// Where its value is found.
    Reference(SecretRef),
}

/// What the layers declare together.
#[derive(Debug, Clone)]
pub struct Declared {
    /// The profile's name.
    pub profile: String,
    /// The gateway; none where its URL stays out of committed files.
    pub gateway: Option<GatewayUrl>,
    /// The address for OpenAI-style clients where it is another one.
    pub openai: Option<GatewayUrl>,
    /// Row of the gateway catalogue.
    pub kind: String,
    /// Whether the gateway and the helper stay out of committed files.
    pub public: bool,
    /// Whether that is only a precaution: nobody has said yet who may see the repository.
    pub undecided: bool,
    /// Whether the gateway wants an empty `ANTHROPIC_API_KEY` beside a bearer token.
    pub clear_api_key: bool,
    /// Time to the first byte, in ms.
    pub timeout_ms: i64,
    /// Where the key is.
    pub credential: SecretRef,
    /// `bearer` or `x-api-key`.
    pub header: String,
    /// Further headers.
    pub headers: BTreeMap<String, Header>,
    /// Models by alias; `default`, `fast` and `reasoning` always there.
    pub models: Vec<(String, String)>,
    /// Models to fail over to.
    pub fallback: Vec<String>,
    /// Project tag.
    pub project_tag: Option<String>,
    /// Cost centre.
    pub cost_center: Option<String>,
    /// The run script.
    pub launcher: RepoPath,
    /// The env file.
    pub env_file: RepoPath,
    /// The env file's template.
    pub env_template: RepoPath,
    /// The stage of the GitLab jobs.
    pub ci_stage: String,
}

impl Declared {
    /// Returns the model of an alias.
    #[must_use]
    pub fn model(&self, alias: &str) -> &str {
        self.models
            .iter()
            .find(|(name, _)| name == alias)
            .map_or("", |(_, model)| model)
    }
}

pub(super) fn declare(
    manifest: &Manifest,
    catalog: &Catalog,
    values: &BTreeMap<String, (Value, Layer)>,
    features: &[(String, Feature)],
    problems: &mut Vec<Diagnostic>,
) -> Option<Declared> {
    let text = |key: &str| values.get(key).and_then(|(value, _)| value.as_str());
    let kind = text("gateway.kind").unwrap_or("generic").to_owned();
    if !check_kind(manifest, catalog, values, problems) {
        return None;
    }
    let row = catalog
        .gateway(&kind)
        .map_err(|e| problems.push(broken(&e)))
        .ok()?;
    let credential = SecretRef::parse(text("credential.ref")?).ok()?;
    let named = match (credential.scheme, credential.rest.as_str()) {
        (Scheme::Env, "ANTHROPIC_API_KEY") => Some("x-api-key"),
        (Scheme::Env, "ANTHROPIC_AUTH_TOKEN") => Some("bearer"),
        _ => None,
    };
    let header = text("credential.header")
        .or(named)
        .or(row.header.as_deref())
        .unwrap_or("bearer")
        .to_owned();
    let headers = values
        .iter()
        .filter_map(|(key, (value, _))| Some((key.strip_prefix("headers.")?, value.as_str()?)))
        .map(|(name, value)| {
            let header = SecretRef::parse(value)
                .map_or_else(|_| Header::Literal(value.to_owned()), Header::Reference);
            (name.to_owned(), header)
        })
        .collect();
    let path = |key: &str| text(key).and_then(|t| RepoPath::parse(t).ok());
    let visibility = text("visibility").unwrap_or("private");
    let declared = Declared {
        profile: text("profile")?.to_owned(),
        gateway: text("gateway.url").and_then(|t| GatewayUrl::parse(t).ok()),
        openai: text("gateway.openai_url").and_then(|t| GatewayUrl::parse(t).ok()),
        kind,
        public: visibility != "private",
        undecided: visibility == "unknown",
        clear_api_key: row.clear_api_key && header == "bearer",
        timeout_ms: values
            .get("gateway.timeout_ms")
            .and_then(|(v, _)| v.as_i64())?,
        credential,
        header,
        headers,
        models: models(values),
        fallback: strings(values.get("models.fallback")),
        project_tag: text("telemetry.project_tag").map(str::to_owned),
        cost_center: text("telemetry.cost_center").map(str::to_owned),
        launcher: path("launcher.path")?,
        env_file: path("launcher.env_file")?,
        env_template: path("launcher.env_template")?,
        ci_stage: text("ci.stage")?.to_owned(),
    };
    check_together(manifest, &declared, features, problems);
    Some(declared)
}

/// Reports a gateway kind that nobody knows; returns whether it is known or not named at all.
pub(super) fn check_kind(
    manifest: &Manifest,
    catalog: &Catalog,
    values: &BTreeMap<String, (Value, Layer)>,
    problems: &mut Vec<Diagnostic>,
) -> bool {
    let declared = manifest.entries.get("gateway.kind").map(|e| &e.value);
    let value = values.get("gateway.kind").map(|(value, _)| value);
    let Some(kind) = value.or(declared).and_then(Value::as_str) else {
        return true;
    };
    let names = catalog.gateway_names();
    let known = names.contains(&kind);
    if !known {
        problems.push(manifest.place("gateway.kind", unknown("gateway kind", kind, &names)));
    }
    known
}

/// The three tiers first, then the free aliases in order.
fn models(values: &BTreeMap<String, (Value, Layer)>) -> Vec<(String, String)> {
    let text = |alias: &str| {
        values
            .get(&format!("models.{alias}"))
            .and_then(|(v, _)| v.as_str())
    };
    let default = text("default").unwrap_or_default();
    let mut models: Vec<(String, String)> = [
        ("default", Some(default)),
        ("fast", text("fast")),
        ("reasoning", text("reasoning")),
    ]
    .into_iter()
    .map(|(alias, model)| (alias.to_owned(), model.unwrap_or(default).to_owned()))
    .collect();
    for (key, (value, _)) in values {
        let Some(alias) = key.strip_prefix("models.") else {
            continue;
        };
        if let (false, Some(model)) = (
            matches!(alias, "default" | "fast" | "reasoning"),
            value.as_str(),
        ) {
            models.push((alias.to_owned(), model.to_owned()));
        }
    }
    models
}

fn strings(value: Option<&(Value, Layer)>) -> Vec<String> {
    let items = value
        .and_then(|(v, _)| v.as_array())
        .map(Vec::as_slice)
        .unwrap_or_default();
    items
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

fn check_together(
    manifest: &Manifest,
    declared: &Declared,
    features: &[(String, Feature)],
    problems: &mut Vec<Diagnostic>,
) {
    if declared.launcher == declared.env_file || declared.env_file == declared.env_template {
        let problem = Diagnostic::error(
            "manifest",
            "run script, env file and its template need three different paths",
        );
        problems.push(manifest.place(
            "launcher.env_file",
            problem.with_help("change one of them under `[launcher]`"),
        ));
    }
    let kind = declared.launcher.as_str().rsplit_once('.');
    if kind.is_none_or(|(_, kind)| kind != "sh") {
        let problem = Diagnostic::error(
            "manifest",
            "`launcher.path` is the POSIX script; its name has to end in `.sh`",
        );
        let help = "its twin for PowerShell stands beside it with `.ps1`";
        problems.push(manifest.place("launcher.path", problem.with_help(help)));
    }
    let tags = [
        ("x-project-tag", &declared.project_tag),
        ("x-cost-center", &declared.cost_center),
    ];
    for (name, _) in tags.iter().filter(|(_, tag)| tag.is_some()) {
        let twice = |header: &&String| header.eq_ignore_ascii_case(name);
        if let Some(header) = declared.headers.keys().find(twice) {
            let message = format!("header `{header}` is already what the telemetry tag is sent as");
            let problem = Diagnostic::error("manifest", message);
            let help = "remove one of the two";
            problems.push(manifest.place(&format!("headers.{header}"), problem.with_help(help)));
        }
    }
    let on = |name: &str| features.iter().any(|(feature, _)| feature == name);
    if on("ci-github") && on("ci-gitlab") {
        let problem = Diagnostic::error(
            "manifest",
            "features `ci-github` and `ci-gitlab` exclude each other",
        );
        problems.push(manifest.place(
            "features",
            problem.with_help("remove one: `\"-ci-github\"`"),
        ));
    }
}
