//! The values templates see. All are always there; an absent one is null.

use std::collections::BTreeMap;

use serde_json::json;

use super::Given;
use super::stores::{Call, hidden, parts};
use crate::catalog::{Catalog, CatalogError};
use crate::model::{GatewayUrl, PLACEHOLDER_KEY, PLACEHOLDER_URL, Scheme, SecretRef, Value};
use crate::resolve::{Declared, Header, Resolution};

/// The client's version that CI jobs install (CLIENT.md: the measured one).
const CLIENT_VERSION: &str = "2.1.330";

pub(super) fn context(resolution: &Resolution, catalog: &Catalog) -> Result<Value, CatalogError> {
    let d = &resolution.declared;
    let on = |feature: &str| resolution.has(feature);
    let public_url = d.gateway.as_ref().filter(|_| !d.public);
    let helper = on("api-key-helper");
    let names: serde_json::Map<String, Value> = catalog
        .feature_names()
        .into_iter()
        .map(|name| (name.replace('-', "_"), Value::from(on(name))))
        .collect();
    Ok(json!({
        "profile": d.profile,
        "gateway": {
            "declared": public_url.map(GatewayUrl::declared),
            "client_url": public_url.map(GatewayUrl::client),
            "openai_url": d.openai.as_ref().filter(|_| !d.public).map(GatewayUrl::openai_declared)
                .or_else(|| public_url.map(GatewayUrl::openai)),
            "public_url": public_url.is_some(),
            "kind": d.kind,
            "timeout_ms": d.timeout_ms,
            "clear_api_key": d.clear_api_key,
        },
        "placeholder": {
            "client_url": PLACEHOLDER_URL.trim_end_matches("/v1"),
            "openai_url": PLACEHOLDER_URL,
            "key": PLACEHOLDER_KEY,
        },
        "credential": credential(d, helper, catalog)?,
        "stores": stores(d, helper && !d.public, catalog)?,
        "hidden": hidden(
            &env_name(&d.credential, "GATEWAY_TOKEN"),
            &header_names(d),
            &scripts_inside(d, on("ask-model")),
        ),
        "headers": headers(d, if on("openai-env") { &["OPENAI_API_KEY"] } else { &[] }),
        "models": models(d),
        "telemetry": {
            "project_tag": d.project_tag,
            "cost_center": d.cost_center,
            "resource_attributes": resource_attributes(d),
        },
        "launcher": launcher(d),
        "helper": {
            "path": "scripts/claude-api-key.sh",
            "ps1_path": "scripts/claude-api-key.ps1",
            "root": "..",
            "public": !d.public,
        },
        "ask": { "path": "scripts/ask-model.sh" },
        "features": names,
        "pack": pack(catalog),
        "ci": { "client_version": CLIENT_VERSION, "stage": d.ci_stage },
    }))
}

/// Adds the lists that depend on which outputs there are.
pub(super) fn add_outputs(context: &mut Value, outputs: &[Given<'_>], own: &[&str]) {
    let mut paths: Vec<&str> = outputs
        .iter()
        .map(|(_, _, path)| path.as_str())
        .chain(own.iter().copied())
        .collect();
    paths.sort_unstable();
    paths.dedup();
    let is_script = |path: &&str| path.rsplit_once('.').is_some_and(|(_, kind)| kind == "sh");
    let scripts: Vec<&str> = paths.iter().copied().filter(is_script).collect();
    context["scripts"] = Value::from(scripts);
    context["outputs"] = Value::from(paths);
}

/// The variables of all packs; one further up comes first.
fn pack(catalog: &Catalog) -> Value {
    let packs = catalog.packs.iter().rev();
    let all = packs.flat_map(|pack| pack.variables.clone());
    Value::Object(all.collect())
}

fn credential(d: &Declared, helper: bool, catalog: &Catalog) -> Result<Value, CatalogError> {
    let stored = d.credential.scheme != Scheme::Env;
    let store = if stored {
        Some(catalog.store(d.credential.scheme)?)
    } else {
        None
    };
    Ok(json!({
        "ref": d.credential.to_string(),
        "scheme": d.credential.scheme.as_str(),
        "argv": d.credential.argv(),
        "call": Call::of(&d.credential).map_or_else(Vec::new, |call| call.sh(&d.credential)),
        "ps1_call": Call::of(&d.credential).map_or_else(Vec::new, |call| call.ps1(&d.credential)),
        "env_name": env_name(&d.credential, "GATEWAY_TOKEN"),
        "store": stored,
        "store_name": store.as_ref().map(|store| &store.name),
        "login": store.as_ref().map(|store| &store.login),
        "install": store.as_ref().map(|store| &store.install),
        "refresh_ms": store.as_ref().and_then(|store| store.refresh_ms),
        "header": d.header,
        "client_var": if d.header == "bearer" { "ANTHROPIC_AUTH_TOKEN" } else { "ANTHROPIC_API_KEY" },
        "helper": helper && !d.public,
    }))
}

/// Which stores each script asks: with a helper, the run script for sh leaves the key to it.
fn stores(d: &Declared, helper: bool, catalog: &Catalog) -> Result<Value, CatalogError> {
    let headers = || {
        d.headers.values().filter_map(|header| match header {
            Header::Literal(_) => None,
            Header::Reference(reference) => Some(reference),
        })
    };
    let key = || std::iter::once(&d.credential);
    let run = if helper {
        parts(headers(), catalog)?
    } else {
        parts(key().chain(headers()), catalog)?
    };
    Ok(json!({
        "run": run,
        "helper": parts(key(), catalog)?,
        "ps1": parts(key().chain(headers()), catalog)?,
    }))
}

fn header_names(d: &Declared) -> Vec<String> {
    let headers = d.headers.iter();
    let named = headers.filter_map(|(name, header)| match header {
        Header::Literal(_) => None,
        Header::Reference(reference) => Some(env_name(reference, &header_variable(name))),
    });
    named.collect()
}

/// Variables that scripts run inside the client read.
fn scripts_inside(d: &Declared, ask_model: bool) -> Vec<&str> {
    let key = Some(&d.credential).filter(|reference| reference.scheme == Scheme::Env);
    let names = key.map(|reference| reference.rest.as_str());
    let names = names.into_iter().chain(["GATEWAY_TOKEN"]);
    names.filter(|_| ask_model).collect()
}

fn env_name(reference: &SecretRef, otherwise: &str) -> String {
    if reference.scheme == Scheme::Env {
        reference.rest.clone()
    } else {
        otherwise.to_owned()
    }
}

fn headers(d: &Declared, given: &[&str]) -> Value {
    let tags = [
        ("x-project-tag", &d.project_tag),
        ("x-cost-center", &d.cost_center),
    ];
    let tags = tags
        .into_iter()
        .filter_map(|(name, tag)| Some(format!("{name}: {}", tag.as_ref()?)));
    let literal = d.headers.iter().filter_map(|(name, header)| match header {
        Header::Literal(value) => Some(format!("{name}: {value}")),
        Header::Reference(_) => None,
    });
    let plain: Vec<String> = tags.chain(literal).collect();
    let secret: Vec<Value> = d
        .headers
        .iter()
        .filter_map(|(name, header)| match header {
            Header::Literal(_) => None,
            Header::Reference(reference) => Some(json!({
                "name": name,
                "env_name": env_name(reference, &header_variable(name)),
                "argv": reference.argv(),
                "call": Call::of(reference).map_or_else(Vec::new, |call| call.sh(reference)),
                "ps1_call": Call::of(reference).map_or_else(Vec::new, |call| call.ps1(reference)),
            })),
        })
        .collect();
    let plain = (!plain.is_empty()).then(|| plain.join("\n"));
    json!({
        "in_settings": plain.is_some() && secret.is_empty(),
        "plain": plain,
        "secret": secret,
        "variables": variables(d, given),
    })
}

/// Variables that only headers need, so that no other feature gives them; each with the headers that carry its value.
fn variables(d: &Declared, given: &[&str]) -> Vec<Value> {
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, header) in &d.headers {
        if let Header::Reference(reference) = header
            && reference.scheme == Scheme::Env
        {
            found.entry(&reference.rest).or_default().push(name);
        }
    }
    let elsewhere = |variable: &str| {
        let of_credential = d.credential.scheme == Scheme::Env && d.credential.rest == variable;
        of_credential || given.contains(&variable)
    };
    found.retain(|variable, _| !elsewhere(variable));
    let rows = found.into_iter();
    rows.map(|(variable, names)| json!({ "env_name": variable, "headers": names.join(", ") }))
        .collect()
}

/// Returns the variable that stands in for a header's store; header names allow more than variables do.
#[must_use]
pub fn header_variable(name: &str) -> String {
    let upper = name.to_ascii_uppercase();
    let tail = upper.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    format!("HEADER_{tail}")
}

fn models(d: &Declared) -> Value {
    let aliases: Vec<Value> = d
        .models
        .iter()
        .map(|(name, model)| json!({ "name": name, "model": model }))
        .collect();
    json!({
        "default": d.model("default"),
        "fast": d.model("fast"),
        "reasoning": d.model("reasoning"),
        "fallback": d.fallback,
        "aliases": aliases,
    })
}

/// Percent-encodes what OpenTelemetry's resource attributes cannot hold (W3C baggage octets).
fn resource_attributes(d: &Declared) -> Option<String> {
    let encode = |text: &str| {
        text.bytes()
            .map(|b| match b {
                b if b.is_ascii_alphanumeric() || b"-_.~/:".contains(&b) => {
                    char::from(b).to_string()
                }
                b => format!("%{b:02X}"),
            })
            .collect::<String>()
    };
    let tags = [
        ("project.tag", &d.project_tag),
        ("cost_center", &d.cost_center),
    ];
    let list: Vec<String> = tags
        .iter()
        .filter_map(|(name, tag)| Some(format!("{name}={}", encode(tag.as_ref()?))))
        .collect();
    (!list.is_empty()).then(|| list.join(","))
}

fn launcher(d: &Declared) -> Value {
    let path = d.launcher.as_str();
    let depth = path.matches('/').count();
    let root = if depth == 0 {
        ".".to_owned()
    } else {
        vec![".."; depth].join("/")
    };
    json!({
        "path": path,
        "ps1_path": format!("{}.ps1", path.strip_suffix(".sh").unwrap_or(path)),
        "root": root,
        "env_file": d.env_file.as_str(),
        "env_template": d.env_template.as_str(),
    })
}
