//! `fleet check` says of every HEAD what `check` says in a clean checkout of it, and makes no checkout.
#![expect(
    clippy::disallowed_methods,
    reason = "tests make repositories and look at the disk"
)]

mod command;
mod shapes;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::{cases, corpus, tree};

/// The fleet file of all repositories of the folder `all` beside it.
const FLEET: &str = r#"version = 1
[[group]]
name = "all"
repositories = ["all/*"]
profile = "team"
[group.values]
gateway.url = "https://gateway.internal.net"
"#;

#[test]
fn every_case_has_the_same_findings() {
    let home = tree::temp();
    let all = home.path().join("all");
    fs::create_dir(&all).expect("a folder");
    let names = cases::make_all(&all);
    assert!(names.len() > 50, "{}", names.len());
    same(home.path(), &names);
}

#[test]
fn foreign_repositories_have_the_same_findings() {
    let Some(corpus) = corpus::corpus() else {
        return;
    };
    let home = tree::temp();
    let mut names = Vec::new();
    for (at, files) in corpus.values().enumerate().step_by(8) {
        let root = corpus::repository(home.path(), files, "committed");
        if at % 2 == 0 {
            let url = "gateway.url=https://a.example";
            let arguments = ["init", "-y", "--profile", "team", "--set", url];
            tree::tool(&root, &arguments);
            tree::commit(&root);
        }
        let name = format!("r{at}");
        let place = home.path().join("all").join(&name);
        fs::create_dir_all(place.parent().expect("a parent")).expect("a folder");
        fs::rename(&root, &place).expect("moved");
        names.push(name);
    }
    same(home.path(), &names);
}

#[test]
fn repositories_of_all_shapes_have_the_same_findings() {
    let home = tree::temp();
    let names = shapes::make(&home.path().join("all"), 48);
    let codes = same(home.path(), &names);
    let shown = codes
        .iter()
        .map(|(code, count)| format!("{code} {count}\n"));
    tree::snapshot("fleet_check", "codes", &shown.collect::<String>());
}

/// Checks all at once, and a clean checkout of each; and compares. Returns how often each code came out.
fn same(home: &Path, names: &[String]) -> BTreeMap<String, usize> {
    fs::write(home.join("claude-fleet.toml"), FLEET).expect("written");
    let before: Vec<_> = names.iter().map(|name| whole(home, name)).collect();
    let run = tree::tool(home, &["fleet", "check", "--format", "json", "--jobs", "3"]);
    assert!(run.code < 2, "{}{}", run.out, run.err);
    let lines = run.out.lines().map(|line| {
        let report: Value = serde_json::from_str(line).expect("JSON");
        (
            report["repository"].as_str().expect("a name").to_owned(),
            report,
        )
    });
    let reports: BTreeMap<String, Value> = lines.collect();
    assert_eq!(reports.len(), names.len(), "{:?}", reports.keys());
    for (name, before) in names.iter().zip(&before) {
        tree::same("nothing is written", before, &whole(home, name));
    }
    let report = |name: &String| {
        let full = format!("all/{name}");
        let known = reports.get(name).or_else(|| reports.get(&full));
        known.unwrap_or_else(|| panic!("{name} of {:?}", reports.keys()))
    };
    let differences = std::sync::Mutex::new(String::new());
    tree::each(names, Clone::clone, |name| {
        let difference = differs(home, name, report(name));
        differences.lock().expect("a lock").push_str(&difference);
    });
    let differences = differences.into_inner().expect("a lock");
    assert!(differences.is_empty(), "{differences}");
    let mut codes = BTreeMap::new();
    for finding in reports
        .values()
        .flat_map(|report| list(&report["diagnostics"]))
    {
        let code = finding["code"].as_str().expect("a code").to_owned();
        *codes.entry(code).or_default() += 1;
    }
    codes
}

fn list(diagnostics: &Value) -> &Vec<Value> {
    diagnostics.as_array().expect("a list")
}

fn whole(home: &Path, name: &str) -> tree::Tree {
    tree::whole(&home.join("all").join(name))
}

/// Says how the findings of a clean checkout differ from a report.
fn differs(home: &Path, name: &str, report: &Value) -> String {
    let from = home.join("all").join(name);
    let clean = home.join("clean").join(name);
    fs::create_dir_all(clean.parent().expect("a parent")).expect("a folder");
    let (source, target) = (from.display().to_string(), clean.display().to_string());
    tree::git(home, &["clone", "-q", "--template=", &source, &target]).ends(0);
    let origin = tree::git(&from, &["config", "remote.origin.url"]).out;
    tree::git(&clean, &["remote", "remove", "origin"]).ends(0);
    if !origin.is_empty() {
        tree::git(&clean, &["remote", "add", "origin", origin.trim()]).ends(0);
    }
    let run = tree::tool(&clean, &["check", "--format", "json"]);
    let status = report["status"].as_str().expect("a status");
    let told = shown(&report["diagnostics"]);
    if run.code == 2 {
        let said = |line: &String| {
            run.err
                .contains(line.split('\t').next().unwrap_or_default())
        };
        let is_failed = status == "failed" && told.iter().any(said);
        return if is_failed {
            String::new()
        } else {
            format!("== {name}: {status}\n{}\n-- fleet: {told:#?}\n", run.err)
        };
    }
    let checked: Value = serde_json::from_str(&run.out).expect("JSON");
    let expected = shown(&checked["diagnostics"]);
    // What a plan failed of comes first.
    let is_same = if status == "failed" {
        told.ends_with(&expected)
    } else {
        told == expected
    };
    let mut out = String::new();
    if !is_same {
        let _ = writeln!(
            out,
            "== {name}: {status}\n-- check: {expected:#?}\n-- fleet: {told:#?}"
        );
    }
    out
}

/// One line a finding.
fn shown(diagnostics: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let line = |d: &Value| {
        format!(
            "{}\t{} {} {}:{}:{} {}",
            text(&d["message"]),
            text(&d["code"]),
            text(&d["severity"]),
            text(&d["path"]),
            d["line"],
            d["column"],
            text(&d["help"])
        )
    };
    list(diagnostics).iter().map(line).collect()
}
