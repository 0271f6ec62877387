//! The catalogues against each other, and against what the templates render.
#![expect(clippy::disallowed_methods, reason = "tests read what was rendered")]

use std::collections::BTreeSet;
use std::fs;

use claude_scaffold::catalog::{Catalog, Meaning, Reader, Status};

use crate::tree;

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let digits = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
    lengths == [4, 2, 2] && parts.iter().all(digits)
}

fn unique<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::new();
    for name in names {
        assert!(seen.insert(name), "{what} `{name}` has two rows");
    }
    seen
}

#[test]
fn every_row_says_where_it_is_from_and_when_it_was_looked_up() {
    let catalog = Catalog::embedded();
    let mut rows: Vec<(String, String, String)> = Vec::new();
    let mut row = |name: &str, source: &str, date: &str| {
        rows.push((name.to_owned(), source.to_owned(), date.to_owned()));
    };
    for v in catalog.variables().expect("variables") {
        row(&v.name, &v.source, &v.date);
    }
    for m in catalog.models().expect("models") {
        row(&m.id, &m.source, &m.date);
    }
    for g in catalog.gateways().expect("gateways") {
        row(&g.kind, &g.source, &g.date);
    }
    for c in catalog.clients().expect("clients") {
        row(&c.what, &c.source, &c.date);
    }
    for r in catalog.rules().expect("rules") {
        row(&r.code, &r.source, &r.date);
    }
    for s in catalog.stores().expect("stores") {
        row(&s.scheme, &s.source, &s.date);
    }
    for name in catalog.gateway_names() {
        let g = catalog.gateway(name).expect("a gateway");
        row(name, &g.source, &g.date);
    }
    assert!(rows.len() > 60, "{}", rows.len());
    for (name, source, date) in rows {
        assert!(source.len() > 5, "{name}: {source}");
        assert!(is_date(&date), "{name}: {date}");
    }
}

#[test]
fn models_lead_to_models_that_can_be_asked_for() {
    let catalog = Catalog::embedded();
    let models = catalog.models().expect("models");
    let ids = models.iter().flat_map(|m| m.also.iter().chain([&m.id]));
    let ids = unique("model", ids.map(String::as_str));
    for model in &models {
        let wants = model.status != Status::Current;
        assert!(
            !wants || model.instead.is_some() || model.status == Status::Retired,
            "{}",
            model.id
        );
        if let Some(instead) = &model.instead {
            let row = models.iter().find(|m| m.id == *instead);
            let row = row.unwrap_or_else(|| panic!("{}: no row `{instead}`", model.id));
            assert!(
                matches!(row.status, Status::Current | Status::Deprecated),
                "{instead}"
            );
        }
    }
    let start = catalog.start().expect("start");
    let defaults = catalog.defaults().expect("defaults");
    let ours = start.iter().chain(&defaults);
    for (key, value) in ours.filter(|(key, _)| key.starts_with("models.")) {
        if let Some(model) = value.as_str() {
            assert!(ids.contains(model), "{key} = {model} has no row");
        }
    }
}

#[test]
fn gateways_agree_with_the_rows_that_are_rendered() {
    let catalog = Catalog::embedded();
    let facts = catalog.gateways().expect("gateways");
    let kinds = unique("gateway", facts.iter().map(|g| g.kind.as_str()));
    for name in catalog.gateway_names() {
        assert!(kinds.contains(name), "{name} has no row in the catalogue");
        let rendered = catalog.gateway(name).expect("a gateway");
        let row = facts.iter().find(|g| g.kind == name).expect("a row");
        if let Some(header) = &rendered.header {
            assert!(row.headers.contains(header), "{name}: {header}");
        }
        let path = rendered.url.split_once("://").map_or("", |(_, rest)| rest);
        let path = path.split_once('/').map_or("", |(_, path)| path);
        let (host, _) = rendered.url["https://".len()..]
            .split_once('/')
            .unwrap_or((&rendered.url[8..], ""));
        for known in &row.hosts {
            let own = host == known || known.starts_with('.') || !host.contains('.');
            assert!(own, "{name}: {host} is not {known}");
        }
        if let Some(wanted) = &row.client_path {
            let parts = |text: &str| {
                text.trim_matches('/')
                    .split('/')
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            };
            let (wanted, path) = (parts(wanted), parts(path));
            let same = |(w, p): (&String, &String)| w == "*" || w == p;
            assert!(
                wanted.len() == path.len() && wanted.iter().zip(&path).all(same),
                "{name}: {path:?} is not {wanted:?}"
            );
        }
    }
}

#[test]
fn variables_lead_to_variables_that_somebody_reads() {
    let variables = Catalog::embedded().variables().expect("variables");
    unique("variable", variables.iter().map(|v| v.name.as_str()));
    for variable in &variables {
        assert_eq!(
            variable.reader == Reader::Nobody,
            variable.instead.is_some(),
            "{}",
            variable.name
        );
        if let Some(instead) = &variable.instead {
            let row = variables.iter().find(|v| v.name == *instead);
            let row = row.unwrap_or_else(|| panic!("{instead} has no row"));
            assert_eq!(
                (row.reader, row.meaning),
                (Reader::Client, variable.meaning)
            );
        }
    }
}

#[test]
fn every_variable_that_is_rendered_has_a_row() {
    let variables = Catalog::embedded().variables().expect("variables");
    let known: BTreeSet<&str> = variables.iter().map(|v| v.name.as_str()).collect();
    for profile in ["solo", "team", "enterprise", "multi-model"] {
        let home = tree::temp();
        let root = home.path();
        tree::tool(root, &["init", "--profile", profile]).ends(0);
        let text = fs::read_to_string(root.join(".env.template")).expect("a template");
        let lines = text.lines().map(|line| line.trim_start_matches(['#', ' ']));
        let names = lines.filter_map(|line| line.split_once('='));
        let is_name = |name: &str| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
        };
        for (name, _) in names.filter(|(name, _)| is_name(name)) {
            assert!(known.contains(name), "{profile}: {name}");
        }
        let Ok(text) = fs::read_to_string(root.join(".claude/settings.json")) else {
            continue;
        };
        let settings: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        for (name, _) in settings["env"].as_object().into_iter().flatten() {
            let row = variables.iter().find(|v| v.name == *name);
            let row = row.unwrap_or_else(|| panic!("{profile}: {name} has no row"));
            assert!(
                row.in_project && row.meaning != Meaning::Credential,
                "{name}"
            );
        }
    }
}

/// Codes in the program's own text, such as `"CS003"`.
fn codes_in(folder: &std::path::Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            codes_in(&path, found);
            continue;
        }
        let text = fs::read_to_string(&path).expect("a text");
        for (at, _) in text.match_indices("\"CS") {
            let code: String = text[at + 1..].chars().take_while(|c| *c != '"').collect();
            let digits = code.strip_prefix("CS").unwrap_or_default();
            if digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
                found.insert(code);
            }
        }
    }
}

#[test]
fn every_code_has_a_row() {
    let rules = Catalog::embedded().rules().expect("rules");
    let codes = unique("code", rules.iter().map(|rule| rule.code.as_str()));
    unique("name", rules.iter().map(|rule| rule.name.as_str()));
    let src = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut used = BTreeSet::new();
    codes_in(&src, &mut used);
    used.extend(claude_scaffold::pipeline::DRIFT.map(str::to_owned));
    let missing: Vec<&String> = used
        .iter()
        .filter(|code| !codes.contains(code.as_str()))
        .collect();
    assert_eq!(missing, Vec::<&String>::new(), "codes without a row");
    let sources = all_sources(&src);
    for rule in &rules {
        let named = format!("\"{}\"", rule.code);
        assert!(sources.contains(&named), "nothing finds `{}`", rule.code);
        assert!(!rule.fix.is_empty(), "{}", rule.code);
        for text in [&rule.what, &rule.why] {
            assert!(text.ends_with(['.', '"']), "{}: {text}", rule.code);
        }
        let name = rule.name.chars();
        assert!(name.clone().all(char::is_alphanumeric), "{}", rule.name);
        assert!(rule.name != rule.code && name.count() > 5, "{}", rule.name);
    }
}

/// The texts of a folder's files, one behind the other.
fn all_sources(folder: &std::path::Path) -> String {
    let mut all = String::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            all += &all_sources(&path);
        } else {
            all += &fs::read_to_string(&path).expect("UTF-8");
        }
    }
    all
}
