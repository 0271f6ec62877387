//! What the repository's files say about the gateway, against what the client and other tools read.

use std::collections::BTreeSet;

use super::Subject;
use crate::catalog::Catalog;
use crate::diagnose;
use crate::diagnose::pitfalls::{Scene, Stated, hidden_file, is_public_host, pitfalls, shown_in};
use crate::model::{Actual, Diagnostic, Home, RepoPath, Severity, Sighting, Source, TextEdit};
use crate::observe::{self, Unit};
use crate::pipeline::{Outcome, defect};

pub(super) fn findings(subject: &Subject<'_>) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
    let sources = observe::sources(subject.unit);
    let scene = scene(subject, &sources)?;
    let mut found = pitfalls(&scene);
    found.extend(exposed(subject, &scene));
    found.extend(unseen(subject, &scene));
    Ok(found)
}

fn scene<'s>(subject: &Subject<'_>, sources: &'s [Source]) -> Result<Scene<'s>, Vec<Diagnostic>> {
    let catalog = subject.catalog;
    let broken = |error| vec![defect(&error)];
    Ok(Scene {
        sources,
        sightings: sources.iter().flat_map(diagnose::sightings).collect(),
        rendered: subject.outcome.map(rendered).unwrap_or_default(),
        variables: catalog.variables().map_err(broken)?,
        models: catalog.models().map_err(broken)?,
        gateways: catalog.gateways().map_err(broken)?,
        clear_api_key: clearing(catalog),
        stated: stated(subject, sources),
    })
}

fn clearing(catalog: &Catalog) -> Vec<String> {
    let kinds = catalog.gateway_names().into_iter();
    let kinds = kinds.filter(|kind| catalog.gateway(kind).is_ok_and(|row| row.clear_api_key));
    kinds.map(str::to_owned).collect()
}

/// What stands in files as the manifest has it.
fn rendered(outcome: &Outcome) -> BTreeSet<(RepoPath, String, String)> {
    let mut known = BTreeSet::new();
    for (path, file) in &outcome.rendered.files {
        for home in homes(path.as_str()) {
            let source = Source {
                file: path.clone(),
                home,
                text: Ok(file.text.clone()),
            };
            let said = diagnose::sightings(&source).into_iter();
            known.extend(said.map(|s| (s.file, s.name, s.value)));
        }
    }
    known
}

/// The kinds of file that a rendered path may be.
fn homes(path: &str) -> Vec<Home> {
    match path {
        ".claude/settings.json" => vec![Home::Settings],
        ".vscode/settings.json" => vec![Home::Editor],
        ".aider.conf.yml" => vec![Home::Tool],
        ".gitlab-ci.yml" => vec![Home::Pipeline],
        _ if path.starts_with(".github/") => vec![Home::Workflow],
        _ if path.starts_with("scripts/") => vec![Home::Script],
        _ if path.contains(".env") => vec![Home::EnvTemplate],
        _ => Vec::new(),
    }
}

fn stated(subject: &Subject<'_>, sources: &[Source]) -> Stated {
    let Some(outcome) = subject.outcome else {
        return Stated::default();
    };
    let resolution = &outcome.resolution;
    let declared = &resolution.declared;
    let number = |key: &str| {
        resolution
            .values
            .get(key)
            .and_then(|(value, _)| value.as_u64())
    };
    let names = declared
        .models
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "default" | "fast" | "reasoning"));
    let manifest = subject.unit.manifest.as_str();
    let text = subject.question.own.manifest.as_deref().unwrap_or_default();
    let at = text.find("requests_per_minute").unwrap_or(0);
    Stated {
        kind: Some(declared.kind.clone()),
        header: Some(declared.header.clone()),
        requests_per_minute: number("limits.requests_per_minute"),
        developers: number("limits.developers"),
        answer_timeout_ms: number("limits.answer_timeout_ms"),
        models: names.map(|(name, _)| name.clone()).collect(),
        limits_at: Some((manifest.to_owned(), text.to_owned(), at)),
        run_script: sources
            .iter()
            .any(|source| source.file == declared.launcher)
            || outcome.rendered.files.contains_key(&declared.launcher),
    }
}

/// CS107: who may see the gateway.
fn exposed(subject: &Subject<'_>, scene: &Scene<'_>) -> Vec<Diagnostic> {
    if let Some(outcome) = subject.outcome {
        let said = outcome
            .plan
            .diagnostics
            .iter()
            .filter(|said| said.code == "CS107");
        return said
            .cloned()
            .map(|mut said| {
                // Nothing is shown as long as nobody has decided.
                if outcome.resolution.declared.undecided {
                    said.severity = Severity::Note;
                }
                placed(subject, said)
            })
            .collect();
    }
    let unit = subject.unit;
    if !observe::may_be_public(unit, subject.question.origin) {
        return Vec::new();
    }
    let committed = |sighting: &&Sighting| {
        !sighting.home.is_private() && observe::is_tracked(unit, sighting.file.as_str())
    };
    let addresses = scene.addresses();
    let own = addresses.filter(|sighting| !is_public_host(&scene.gateways, &sighting.value));
    own.filter(committed)
        .map(|sighting| shown_in(sighting, scene.text(&sighting.file)))
        .collect()
}

/// Puts what is said of the manifest's address at the address.
fn placed(subject: &Subject<'_>, said: Diagnostic) -> Diagnostic {
    let (name, text) = (&subject.unit.manifest, &subject.question.own.manifest);
    if said.path.as_deref() != Some(name.as_str()) {
        return said;
    }
    let text = text.as_deref().unwrap_or_default();
    let (manifest, _) = crate::manifest::parse(name.as_str(), text);
    manifest.place("gateway.url", said)
}

/// CS108: files that git ignores and that others need.
fn unseen(subject: &Subject<'_>, scene: &Scene<'_>) -> Vec<Diagnostic> {
    let unit = subject.unit;
    let mut paths: Vec<RepoPath> = match subject.outcome {
        Some(outcome) => {
            let there = observe::actual(unit, outcome.rendered.files.keys());
            let there = there
                .into_iter()
                .filter(|(_, file)| *file != Actual::Absent);
            there.map(|(path, _)| path).collect()
        }
        None => shared(scene),
    };
    paths.sort();
    paths.dedup();
    let hidden = observe::hidden(unit, &paths).into_iter();
    hidden
        .map(|hidden| {
            let rule = hidden.by_name.then(|| back(unit, &hidden.path)).flatten();
            hidden_file(&hidden.path, rule)
        })
        .collect()
}

/// Files of no manifest that speak about the gateway and are made for the team.
fn shared(scene: &Scene<'_>) -> Vec<RepoPath> {
    let for_all = |home| matches!(home, Home::Settings | Home::Editor | Home::EnvTemplate);
    let said = scene
        .sightings
        .iter()
        .filter(|sighting| for_all(sighting.home));
    said.map(|sighting| sighting.file.clone()).collect()
}

/// The rule at the end of the unit's `.gitignore` that brings a file back; none where rules of a
/// folder below are stronger.
fn back(unit: &Unit, path: &str) -> Option<TextEdit> {
    let mut folders = path.match_indices('/').map(|(at, _)| &path[..at]);
    let rules_below = |folder: &str| {
        RepoPath::parse(&format!("{folder}/.gitignore")).is_ok_and(|p| observe::is_there(unit, &p))
    };
    let plain = path
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
    if !plain || folders.any(rules_below) {
        return None;
    }
    let file = RepoPath::parse(".gitignore").ok()?;
    let text = match observe::actual(unit, std::iter::once(&file)).remove(&file)? {
        Actual::Text { text, .. } => text,
        Actual::Absent => String::new(),
        Actual::Other(_) => return None,
    };
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let before = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        end
    };
    Some(TextEdit {
        path: file,
        range: text.len()..text.len(),
        text: format!("{before}!/{path}{end}"),
    })
}
