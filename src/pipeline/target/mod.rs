//! Manifest, settings, env file and environment → the gateway as the client would reach it.

mod keys;
mod sources;

use std::collections::BTreeMap;
use std::path::Path;

use super::{Own, Reach, Request, Templates, run};
use crate::catalog::{Catalog, GatewayFacts};
use crate::live::{Authority, Finding, HeaderForm, Identity, Limits, Target, proxy_for};
use crate::manifest::{self, Manifest};
use crate::model::{Diagnostic, is_placeholder};
use crate::observe::Unit;
use crate::resolve::Resolution;
use crate::secret::Key;
use keys::Keys;
use sources::Sources;

/// What the client takes where nobody says otherwise, in ms.
const CLIENT_TIMEOUT: u64 = 600_000;
/// Variables of the client that name a model.
const MODELS: [&str; 6] = [
    "ANTHROPIC_MODEL",
    "ANTHROPIC_DEFAULT_SONNET_MODEL",
    "ANTHROPIC_DEFAULT_HAIKU_MODEL",
    "ANTHROPIC_DEFAULT_OPUS_MODEL",
    "ANTHROPIC_DEFAULT_FABLE_MODEL",
    "CLAUDE_CODE_SUBAGENT_MODEL",
];
/// Names that the client resolves by itself.
const ALIASES: [&str; 7] = [
    "sonnet", "opus", "haiku", "fable", "best", "default", "opusplan",
];

/// Whether keys are fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stores {
    /// They are.
    Asked,
    /// They are not: nobody is going to be asked anything.
    Left,
}

/// Where a target is looked for.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    /// With or without a manifest.
    pub unit: &'a Unit,
    /// The unit's own files as they are.
    pub own: &'a Own,
    /// How packs are read.
    pub reach: &'a Reach,
    /// The environment.
    pub environment: &'a BTreeMap<String, String>,
    /// Whether keys are fetched.
    pub stores: Stores,
    /// The user's home.
    pub home: Option<&'a Path>,
    /// The folder of the user's own settings.
    pub settings: Option<&'a Path>,
    /// Reads a file that is not the repository's.
    pub read: &'a dyn Fn(&Path) -> Option<Vec<u8>>,
}

/// A target, what it lacks, and the manifest that findings are placed in.
pub struct Aim {
    /// What is asked.
    pub target: Target,
    /// What could not be found and is left out.
    pub notes: Vec<Diagnostic>,
    manifest: Option<Manifest>,
}

impl Aim {
    /// Returns findings as diagnostics, those about a manifest key with their place.
    #[must_use]
    pub fn placed(&self, findings: Vec<Finding>) -> Vec<Diagnostic> {
        let place = |finding: Finding| match (&self.manifest, &finding.key) {
            (Some(manifest), Some(key)) => manifest.place(key, finding.diagnostic),
            _ => finding.diagnostic,
        };
        findings.into_iter().map(place).collect()
    }
}

/// Finds out what the client would ask, and with which key.
///
/// # Errors
/// Returns what is missing: an address, or a key that can be had.
pub fn aim(around: &Around<'_>) -> Result<Aim, Vec<Diagnostic>> {
    let &Around { unit, own, .. } = around;
    let Some(text) = own.manifest.as_deref() else {
        let catalog = Catalog::embedded();
        let sources = Sources::read(around, None);
        return undeclared(around, &sources, &catalog);
    };
    let outcome = run(&Request {
        unit,
        own,
        manifest: text,
        templates: Templates::Any,
        reach: around.reach,
    })?;
    let sources = Sources::read(around, Some(&outcome.resolution.declared.env_file));
    let (manifest, _) = manifest::parse(unit.manifest.as_str(), text);
    let facts = facts_of(&outcome.catalog, |row| {
        row.kind == outcome.resolution.declared.kind
    });
    declared(around, &sources, &outcome.resolution, facts, manifest)
}

fn declared(
    around: &Around<'_>,
    sources: &Sources,
    resolution: &Resolution,
    facts: Option<GatewayFacts>,
    manifest: Manifest,
) -> Result<Aim, Vec<Diagnostic>> {
    let d = &resolution.declared;
    let base = match &d.gateway {
        Some(gateway) => gateway.client().to_owned(),
        None => sources.base().ok_or_else(no_address)?,
    };
    if is_placeholder(&base) {
        return Err(no_address());
    }
    let keys = Keys::new(around, sources, d);
    let key = keys.credential(d).map_err(|problem| vec![problem])?;
    let is_helped = resolution.has("api-key-helper") && !d.public;
    let header = match (is_helped, d.header.as_str()) {
        (true, _) => HeaderForm::Both,
        (false, "x-api-key") => HeaderForm::ApiKey,
        (false, _) => HeaderForm::Bearer,
    };
    let mut models: Vec<(String, String)> = Vec::new();
    for (alias, model) in &d.models {
        models.push((format!("models.{alias}"), model.clone()));
    }
    for model in &d.fallback {
        models.push(("models.fallback".to_owned(), model.clone()));
    }
    let number = |key: &str| {
        let (value, _) = resolution.values.get(key)?;
        value.as_u64()
    };
    let mut notes = Vec::new();
    let headers = keys.headers(resolution, &mut notes);
    let headers = headers.map_err(|problem| vec![problem])?;
    let target = Target {
        key,
        header,
        headers,
        models,
        timeout_ms: u64::try_from(d.timeout_ms).unwrap_or(CLIENT_TIMEOUT),
        authorities: authorities(around, sources),
        identity: identity(around, sources),
        proxy: proxy(sources, &base),
        facts,
        limits: Limits {
            requests_per_minute: number("limits.requests_per_minute"),
            developers: number("limits.developers"),
        },
        base,
    };
    Ok(Aim {
        target,
        notes,
        manifest: Some(manifest),
    })
}

/// Without a manifest, what settings files and the environment tell the client.
fn undeclared(
    around: &Around<'_>,
    sources: &Sources,
    catalog: &Catalog,
) -> Result<Aim, Vec<Diagnostic>> {
    let base = sources.base().filter(|base| !is_placeholder(base));
    let base = base.ok_or_else(no_address)?;
    let token = sources.given("ANTHROPIC_AUTH_TOKEN");
    let (key, header) = match (token, sources.given("ANTHROPIC_API_KEY")) {
        (Some(token), _) => (token, HeaderForm::Bearer),
        (None, Some(key)) => (key, HeaderForm::ApiKey),
        (None, None) => return Err(no_key("ANTHROPIC_AUTH_TOKEN")),
    };
    let named = MODELS
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), sources.given(name)?)));
    let model = sources.model().map(|model| ("model".to_owned(), model));
    let mut models: Vec<(String, String)> = model.into_iter().chain(named).collect();
    models.retain(|(_, model)| !ALIASES.contains(&model.as_str()));
    if models.is_empty() {
        let defaults = catalog.defaults().unwrap_or_default();
        let model = defaults.get("models.default").and_then(|v| v.as_str());
        models.extend(model.map(|model| ("nobody names one".to_owned(), model.to_owned())));
    }
    let timeout = sources.given("API_TIMEOUT_MS");
    let host = url::Url::parse(&base)
        .ok()
        .and_then(|url| Some(url.host_str()?.to_owned()));
    let known = |known: &String| host.as_ref() == Some(known);
    let facts = facts_of(catalog, |row| row.hosts.iter().any(known));
    let lines = sources
        .given("ANTHROPIC_CUSTOM_HEADERS")
        .unwrap_or_default();
    let pairs = lines.lines().filter_map(|line| line.split_once(':'));
    let headers = pairs
        .map(|(name, value)| (name.trim().to_owned(), Key::new(value.trim().to_owned())))
        .collect();
    let target = Target {
        key: Key::new(key),
        header,
        headers,
        models,
        timeout_ms: timeout
            .and_then(|t| t.parse().ok())
            .unwrap_or(CLIENT_TIMEOUT),
        authorities: authorities(around, sources),
        identity: identity(around, sources),
        proxy: proxy(sources, &base),
        facts,
        limits: Limits::default(),
        base,
    };
    Ok(Aim {
        target,
        notes: Vec::new(),
        manifest: None,
    })
}

fn authorities(around: &Around<'_>, sources: &Sources) -> Vec<Authority> {
    let Some(path) = sources.given("NODE_EXTRA_CA_CERTS") else {
        return Vec::new();
    };
    let whole = around.unit.root.join(&path);
    vec![Authority {
        name: format!("NODE_EXTRA_CA_CERTS, `{path}`,"),
        pem: (around.read)(&whole).unwrap_or_default(),
    }]
}

fn identity(around: &Around<'_>, sources: &Sources) -> Option<Identity> {
    let read = |name: &str| (around.read)(&around.unit.root.join(sources.given(name)?));
    let key = String::from_utf8(read("CLAUDE_CODE_CLIENT_KEY")?).ok()?;
    Some(Identity {
        certificate: read("CLAUDE_CODE_CLIENT_CERT")?,
        key: Key::new(key),
    })
}

fn proxy(sources: &Sources, base: &str) -> Option<Key> {
    let plain: &[&str] = if base.starts_with("http://") {
        &["HTTP_PROXY", "http_proxy"]
    } else {
        &[]
    };
    let names = ["HTTPS_PROXY", "https_proxy"];
    let mut names = names.iter().chain(plain);
    let proxy = names.find_map(|name| sources.given(name));
    let excepted = ["NO_PROXY", "no_proxy"]
        .iter()
        .find_map(|name| sources.given(name));
    proxy_for(base, proxy.as_deref(), excepted.as_deref())
}

fn facts_of(catalog: &Catalog, fits: impl Fn(&GatewayFacts) -> bool) -> Option<GatewayFacts> {
    let rows = catalog.gateways().ok()?;
    rows.into_iter().find(fits)
}

fn no_address() -> Vec<Diagnostic> {
    let problem = Diagnostic::error(
        "usage",
        "there is no gateway to ask: no address is declared",
    );
    vec![
        problem.with_help("`claude-scaffold set gateway.url=https://…`, or set ANTHROPIC_BASE_URL"),
    ]
}

fn no_key(name: &str) -> Vec<Diagnostic> {
    let message = format!("there is no key to ask with: `{name}` is set nowhere");
    let help = "set it in the environment or in the env file";
    vec![Diagnostic::error("usage", message).with_help(help)]
}
