//! Answers and hints → the text of a unit's first manifest.

use std::collections::BTreeMap;

use crate::catalog::Catalog;
use crate::manifest::{Assignment, Manifest, assign, draft};
use crate::model::{Diagnostic, PLACEHOLDER_URL, Value};
use crate::observe::Hints;
use crate::resolve::unknown;
use crate::{git, manifest};

/// What the user asked `init` for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answers {
    /// The profile's name.
    pub profile: String,
    /// Features to add.
    pub with: Vec<String>,
    /// Features to leave out.
    pub without: Vec<String>,
    /// Manifest keys.
    pub assignments: Vec<Assignment>,
}

/// A first manifest, and what `init` should say about how it came to be.
#[derive(Debug, Clone, PartialEq)]
pub struct First {
    /// Its text.
    pub text: String,
    /// Where values were found that nobody named.
    pub notes: Vec<String>,
}

/// Checks the names in the answers against the catalogue.
///
/// # Errors
/// Returns every unknown name with the nearest known one.
pub fn check(answers: &Answers, catalog: &Catalog) -> Result<(), Vec<Diagnostic>> {
    let mut problems = Vec::new();
    let profiles = catalog.profile_names();
    if !answers.profile.is_empty() && !profiles.contains(&answers.profile.as_str()) {
        problems.push(unknown("profile", &answers.profile, &profiles));
    }
    let features = catalog.feature_names();
    for name in answers.with.iter().chain(&answers.without) {
        if !features.contains(&name.as_str()) {
            problems.push(unknown("feature", name, &features));
        }
    }
    if let Some(name) = answers
        .with
        .iter()
        .find(|name| answers.without.contains(name))
    {
        let message = format!("feature `{name}` is both asked for and left out");
        let help = "name it once, with --with or --without";
        problems.push(Diagnostic::error("usage", message).with_help(help));
    }
    let set = answers.assignments.iter().find(|a| a.key == "profile");
    if set.is_some_and(|a| !answers.profile.is_empty() && a.value != answers.profile.as_str()) {
        let message = "--profile and --set profile= name two profiles";
        let help = "name it once, with --profile";
        problems.push(Diagnostic::error("usage", message).with_help(help));
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

/// Writes a manifest that holds the answers, what the repository suggests, and the profile's defaults.
///
/// # Errors
/// Fails where the template set is broken.
pub fn first(
    answers: &Answers,
    hints: &Hints,
    catalog: &Catalog,
) -> Result<First, Vec<Diagnostic>> {
    let broken = |e: &dyn std::error::Error| vec![super::defect(e)];
    let profile = catalog.profile(&answers.profile).map_err(|e| broken(&e))?;
    let mut notes = Vec::new();
    let mut values: Vec<Assignment> = Vec::new();
    values.push(assign("profile", answers.profile.as_str()));
    let start = catalog.start().map_err(|e| broken(&e))?;
    let of_pack = catalog.pack_defaults().map_err(|e| broken(&e))?;
    let locks = catalog.locks();
    // What a pack gives stays in the pack, so that it can move there.
    let given = |key: &str| of_pack.contains_key(key) || locks.contains_key(key);
    let of_gateway = of_gateway(answers, catalog);
    for (key, value) in start.iter().chain(&profile.defaults) {
        // A profile knows best where the key is kept, the gateway how its models are called.
        let fits = key.starts_with("models.") || !profile.defaults.contains_key(key);
        let value = of_gateway.get(key).filter(|_| fits).unwrap_or(value);
        if !given(key) {
            put(&mut values, assign(key, value.clone()));
        }
    }
    if !given("gateway.url") {
        url(&mut values, &mut notes, answers, hints);
    }
    telemetry(&mut values, &mut notes, answers, hints, &profile.features);
    if let Some(example) = &hints.env_example {
        notes.push(format!("the variables go into your own `{example}`"));
        put(
            &mut values,
            assign("launcher.env_template", example.as_str()),
        );
    }
    let features = features(answers, hints, &profile.features);
    let gitlab = features.iter().any(|name| name == "ci-gitlab");
    if let Some(stage) = hints.gitlab_stage.as_deref().filter(|_| gitlab) {
        notes.push(format!("the GitLab jobs run in your stage `{stage}`"));
        values.push(assign("ci.stage", stage));
    }
    if !features.is_empty() {
        values.push(assign("features", features));
    }
    let withheld = values.iter().any(|value| value.key == "visibility");
    for assignment in &answers.assignments {
        if withheld && is_address(&assignment.key) {
            notes.push(format!(
                "{} was not written into the manifest",
                assignment.key
            ));
        } else {
            put(&mut values, assignment.clone());
        }
    }
    let text = draft(&values).map_err(|e| broken(&e))?;
    Ok(First { text, notes })
}

/// What the gateway that is answered wants to begin with; a kind that nobody knows is told later.
fn of_gateway(answers: &Answers, catalog: &Catalog) -> BTreeMap<String, Value> {
    let kind = answers
        .assignments
        .iter()
        .rfind(|answer| answer.key == "gateway.kind");
    let kind = kind.and_then(|answer| answer.value.as_str());
    let row = kind.and_then(|kind| catalog.gateway(kind).ok());
    row.map(|row| row.start).unwrap_or_default()
}

/// Returns the answers that a manifest does not already give, as `key=value`.
#[must_use]
pub fn contradictions(answers: &Answers, declared: &Manifest, catalog: &Catalog) -> Vec<String> {
    let stands = |key: &str| declared.entries.get(key).map(|entry| &entry.value);
    let mut found = Vec::new();
    if !answers.profile.is_empty()
        && stands("profile").and_then(Value::as_str) != Some(&answers.profile)
    {
        found.push(format!("profile={}", answers.profile));
    }
    let listed = stands("features")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let lists = |name: &str| listed.iter().any(|item| item.as_str() == Some(name));
    let mut wanted: Vec<String> = listed
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    let of_profile = stands("profile")
        .and_then(Value::as_str)
        .and_then(|p| catalog.profile(p).ok());
    let given = |name: &str| {
        of_profile
            .as_ref()
            .is_some_and(|p| p.features.iter().any(|f| f == name))
    };
    for name in &answers.with {
        if !lists(name) && (lists(&format!("-{name}")) || !given(name)) {
            wanted.retain(|item| *item != format!("-{name}"));
            wanted.push(name.clone());
        }
    }
    for name in &answers.without {
        let off = format!("-{name}");
        if !lists(&off) && (lists(name) || given(name)) {
            wanted.retain(|item| item != name);
            wanted.push(off);
        }
    }
    if wanted.len() != listed.len() || !wanted.iter().all(|name| lists(name)) {
        found.push(format!("features={}", wanted.join(",")));
    }
    let withheld = stands("visibility").is_some_and(|value| value == "unknown");
    let asked = answers.assignments.iter();
    for assignment in asked.filter(|a| !(withheld && is_address(&a.key))) {
        if stands(&assignment.key).unwrap_or(&Value::Null) != &assignment.value {
            let value = match &assignment.value {
                Value::String(text) => text.clone(),
                Value::Null => String::new(),
                Value::Array(items) => items
                    .iter()
                    .filter_map(Value::as_str)
                    .collect::<Vec<_>>()
                    .join(","),
                other => other.to_string(),
            };
            found.push(format!("{}={value}", assignment.key));
        }
    }
    found
}

/// Decides on URL and visibility: a repository that may be public keeps the URL out.
fn url(values: &mut Vec<Assignment>, notes: &mut Vec<String>, answers: &Answers, hints: &Hints) {
    let public = hints.license && hints.origin.as_deref().is_some_and(git::is_public_forge);
    if public && !answered(answers, "visibility") {
        values.push(assign("visibility", "unknown"));
        return;
    }
    let withheld = answers
        .assignments
        .iter()
        .any(|a| a.key == "visibility" && a.value != "private");
    if withheld || answered(answers, "gateway.url") {
        return;
    }
    match &hints.declared_url {
        Some(found) => {
            notes.push(format!("the gateway's URL was found in `{}`", found.file));
            values.push(assign("gateway.url", found.url.as_str()));
        }
        None => values.push(assign("gateway.url", PLACEHOLDER_URL)),
    }
}

/// Names the project after its remote; a profile without tags gets none.
fn telemetry(
    values: &mut Vec<Assignment>,
    notes: &mut Vec<String>,
    answers: &Answers,
    hints: &Hints,
    of_profile: &[String],
) {
    const TAG: &str = "telemetry.project_tag";
    if !of_profile.iter().any(|f| f == "telemetry-block") {
        values.retain(|value| !value.key.starts_with("telemetry."));
        return;
    }
    let named = hints.origin.as_deref().and_then(git::repository_name);
    match named.filter(|name| manifest::check_value(TAG, &Value::from(*name)).is_ok()) {
        Some(name) => put(values, assign(TAG, name)),
        None if answered(answers, TAG) => {}
        None => notes.push(format!(
            "the tags are placeholders: set {TAG}, telemetry.cost_center"
        )),
    }
}

fn features(answers: &Answers, hints: &Hints, of_profile: &[String]) -> Vec<String> {
    let mut features = answers.with.clone();
    features.extend(answers.without.iter().map(|name| format!("-{name}")));
    let named = |name: &str| features.iter().any(|f| f.trim_start_matches('-') == name);
    let github = of_profile.iter().any(|f| f == "ci-github");
    if github && hints.gitlab && !hints.github && !named("ci-github") && !named("ci-gitlab") {
        features.extend(["-ci-github".to_owned(), "ci-gitlab".to_owned()]);
    }
    features
}

fn is_address(key: &str) -> bool {
    matches!(key, "gateway.url" | "gateway.openai_url")
}

fn answered(answers: &Answers, key: &str) -> bool {
    answers.assignments.iter().any(|a| a.key == key)
}

fn put(values: &mut Vec<Assignment>, assignment: Assignment) {
    values.retain(|old| old.key != assignment.key);
    values.push(assignment);
}
