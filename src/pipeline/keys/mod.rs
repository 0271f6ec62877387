//! Literal keys in the settings that git tracks → the plan that moves them into the env file.
//!
//! The settings lose the key and nothing else; what git does not ignore yet is ignored in the same
//! plan, so that no key comes to stand in a tracked file. Undo keeps no key, so it leaves both files.

mod place;

use std::collections::BTreeMap;

use super::own::own_changes;
use super::{Answers, Own};
use crate::catalog::Catalog;
use crate::diagnose::leaks::Scanner;
use crate::manifest::{self, Assignment, assign};
use crate::model::{
    Action, Actual, Diagnostic, FileChange, Format, KeyPath, Mode, Plan, RepoPath, Scheme,
    SecretRef, Value,
};
use crate::observe::{self, Unit};
use crate::{git, merge};
use place::{Place, Way};

const SETTINGS: [(&str, Format); 2] = [
    (".claude/settings.json", Format::Json),
    (".vscode/settings.json", Format::Jsonc),
];
const IGNORE: &str = ".gitignore";

/// Keys that move.
#[derive(Debug, Clone, Default)]
pub struct Moved {
    /// The files without them, the env file with them, the ignore file that names it.
    pub plan: Plan,
    /// References to them that the manifest has to declare.
    pub assignments: Vec<Assignment>,
    /// What moves where.
    pub notes: Vec<String>,
}

/// Returns the plan that takes every key out of the settings; an empty one where there are none.
///
/// # Errors
/// Fails where the env file is tracked, or says something else already.
pub fn moved_keys(
    unit: &Unit,
    own: &Own,
    answers: &Answers,
    env_file: Option<&str>,
    catalog: &Catalog,
) -> Result<Moved, Vec<Diagnostic>> {
    let env_file = env_file_of(unit, own, answers, env_file)?;
    let mut moved = Moved::default();
    let mut values: BTreeMap<String, String> = BTreeMap::new();
    let declared = declared_variable(unit, own);
    for (file, format) in SETTINGS {
        let Ok(path) = RepoPath::parse(file) else {
            continue;
        };
        if !ruled_out(unit, &path) {
            let places = take_out(unit, &path, format, &mut moved)?;
            for place in places {
                moved.take(&path, place, declared.as_deref(), &env_file, &mut values)?;
            }
        }
    }
    if values.is_empty() {
        return Ok(moved);
    }
    put_in(unit, &env_file, &values, &mut moved.plan)?;
    for change in moved.plan.changes.clone() {
        let rotate = rotation(catalog, &change, &env_file);
        moved.plan.diagnostics.extend(rotate);
    }
    if let Some(text) = own
        .manifest
        .as_deref()
        .filter(|_| !moved.assignments.is_empty())
    {
        let edited = manifest::set(text, &moved.assignments);
        let wrong = |e: manifest::EditError| vec![Diagnostic::error("manifest", e.to_string())];
        let edited = edited.map_err(wrong)?;
        moved.plan.own = own_changes(unit, own, Some(&edited), own.lockfile.as_deref());
    }
    Ok(moved)
}

impl Moved {
    fn take(
        &mut self,
        path: &RepoPath,
        place: Place,
        declared: Option<&str>,
        env_file: &RepoPath,
        values: &mut BTreeMap<String, String>,
    ) -> Result<(), Vec<Diagnostic>> {
        let is_client = matches!(
            place.variable.as_str(),
            "ANTHROPIC_AUTH_TOKEN" | "ANTHROPIC_API_KEY"
        );
        let variable = match declared.filter(|_| is_client) {
            Some(name) => name.to_owned(),
            None => place.variable,
        };
        self.notes.push(format!(
            "the key of `{}` in `{path}` moves to `{env_file}`, as `{variable}`",
            place.key
        ));
        if let Some(header) = place.header {
            let reference = format!("ENV:{variable}");
            self.assignments
                .push(assign(&format!("headers.{header}"), reference));
        }
        let other = values
            .get(&variable)
            .filter(|value| **value != place.secret);
        if other.is_some() {
            return Err(ambiguous(path, &variable));
        }
        values.insert(variable, place.secret);
        Ok(())
    }
}

/// Takes the keys out of one file; what cannot be taken out alone stays, and its finding says so.
fn take_out(
    unit: &Unit,
    path: &RepoPath,
    format: Format,
    moved: &mut Moved,
) -> Result<Vec<Place>, Vec<Diagnostic>> {
    let Some((before, mode)) = text_of(unit, path) else {
        return Ok(Vec::new());
    };
    let Some(value) = merge::jsonc_value(&before) else {
        return Ok(Vec::new());
    };
    let mut after = before.clone();
    let mut taken = Vec::new();
    for place in place::places(format, &value) {
        let edited = match &place.way {
            Way::Remove => merge::take_key(path, format, &after, &place.key, &none()),
            Way::Set(text) => merge::set_key(
                path,
                format,
                &after,
                &place.key,
                &Value::from(text.as_str()),
            ),
            Way::Gone => Ok(Some(after.clone())),
            Way::Stays => Ok(None),
        };
        let wrong = |e: merge::MergeError| vec![Diagnostic::error("target", e.to_string())];
        match edited.map_err(wrong)? {
            Some(text) => {
                after = text;
                taken.push(place);
            }
            None => moved.notes.push(format!(
                "the key of `{}` in `{path}` stays: take it out by hand",
                place.key
            )),
        }
    }
    if after != before {
        moved
            .plan
            .changes
            .push(change(path, Some(before), after, mode));
    }
    Ok(taken)
}

fn none() -> std::collections::BTreeSet<KeyPath> {
    std::collections::BTreeSet::new()
}

/// Adds the keys to the env file, and the env file to what git ignores.
fn put_in(
    unit: &Unit,
    env_file: &RepoPath,
    values: &BTreeMap<String, String>,
    plan: &mut Plan,
) -> Result<(), Vec<Diagnostic>> {
    let (before, mode) = match text_of(unit, env_file) {
        Some((text, mode)) => (Some(text), mode),
        None => (None, Mode::default()),
    };
    let mut after = before.clone().unwrap_or_default();
    for (name, value) in values {
        let stands = merge::env_values(&after)
            .into_iter()
            .rfind(|(n, _)| n == name);
        match stands {
            Some((_, there)) if there == *value => continue,
            Some((_, there)) if !there.is_empty() => return Err(ambiguous(env_file, name)),
            _ => {}
        }
        let key = KeyPath::root().key(name);
        let value = Value::from(value.as_str());
        let set = merge::set_key(env_file, Format::Env, &after, &key, &value);
        let Ok(Some(text)) = set else {
            return Err(ambiguous(env_file, name));
        };
        after = text;
    }
    if unit.git.is_some()
        && !ruled_out(unit, env_file)
        && let Ok(ignore) = RepoPath::parse(IGNORE)
    {
        let (rules, mode) = match text_of(unit, &ignore) {
            Some((text, mode)) => (Some(text), mode),
            None => (None, Mode::default()),
        };
        let open = rules
            .as_deref()
            .is_some_and(|r| !r.is_empty() && !r.ends_with('\n'));
        let line = format!("{}/{env_file}\n", if open { "\n" } else { "" });
        let text = rules.as_deref().unwrap_or_default();
        let added = merge::with_ends_of(text, &line);
        let after = format!("{text}{added}");
        plan.changes.push(change(&ignore, rules, after, mode));
    }
    if before.as_deref() != Some(after.as_str()) {
        plan.changes.push(change(env_file, before, after, mode));
    }
    plan.changes.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(())
}

/// The env file: the manifest's, the one asked for, the one that is there, `.env`; never a tracked one.
fn env_file_of(
    unit: &Unit,
    own: &Own,
    answers: &Answers,
    found: Option<&str>,
) -> Result<RepoPath, Vec<Diagnostic>> {
    let declared = own.manifest.as_deref().and_then(|text| {
        let (manifest, _) = manifest::parse(unit.manifest.as_str(), text);
        let entry = manifest.entries.get("launcher.env_file")?;
        entry.value.as_str().map(str::to_owned)
    });
    let asked = answers
        .assignments
        .iter()
        .rfind(|a| a.key == "launcher.env_file");
    let asked = asked.and_then(|a| a.value.as_str()).map(str::to_owned);
    let name = declared.or(asked);
    let name = name.as_deref().or(found).unwrap_or(".env");
    let path =
        RepoPath::parse(name).map_err(|e| vec![Diagnostic::error("usage", e.to_string())])?;
    let whole = format!("{}{path}", unit.prefix());
    let tracked = |place| git::is_tracked(place, &whole).unwrap_or(true);
    if unit.git.as_ref().is_some_and(tracked) {
        let message = format!("git tracks `{path}`, so no key may be moved there");
        let help =
            format!("let git forget it: `git rm --cached {path}`, then run the command again");
        let problem = Diagnostic::error("CS003", message).in_file(path.as_str());
        return Err(vec![problem.with_help(help)]);
    }
    Ok(path)
}

/// The variable in which the manifest has the key, where it has it in one.
fn declared_variable(unit: &Unit, own: &Own) -> Option<String> {
    let text = own.manifest.as_deref()?;
    let (manifest, _) = manifest::parse(unit.manifest.as_str(), text);
    let reference = manifest.entries.get("credential.ref")?.value.as_str()?;
    let reference = SecretRef::parse(reference).ok()?;
    (reference.scheme == Scheme::Env).then_some(reference.rest)
}

fn ruled_out(unit: &Unit, path: &RepoPath) -> bool {
    let whole = format!("{}{path}", unit.prefix());
    let named = |place| !git::ruled_out(place, std::slice::from_ref(&whole)).is_empty();
    let tracked = |place| git::is_tracked(place, &whole).unwrap_or(false);
    let place = unit.git.as_ref();
    place.is_some_and(|place| named(place) && !tracked(place))
}

fn text_of(unit: &Unit, path: &RepoPath) -> Option<(String, Mode)> {
    let mut state = observe::actual(unit, std::iter::once(path));
    match state.remove(path)? {
        Actual::Text { text, mode } => Some((text, mode)),
        _ => None,
    }
}

fn change(path: &RepoPath, before: Option<String>, after: String, mode: Mode) -> FileChange {
    let action = match &before {
        None => Action::Create,
        Some(_) => Action::Update,
    };
    FileChange {
        path: path.clone(),
        action,
        before,
        after: Some(after),
        mode_before: mode,
        mode,
        conflicts: Vec::new(),
        moved_from: None,
    }
}

fn ambiguous(path: &RepoPath, name: &str) -> Vec<Diagnostic> {
    let message = format!("`{path}` would have to hold `{name}` with two values");
    let help = "keep one of the keys by hand, then run the command again";
    let problem = Diagnostic::error("usage", message).in_file(path.as_str());
    vec![problem.with_help(help)]
}

/// Says where a key that stood in a tracked file is made worthless.
fn rotation(catalog: &Catalog, change: &FileChange, env_file: &RepoPath) -> Option<Diagnostic> {
    if !SETTINGS
        .iter()
        .any(|(file, _)| change.path.as_str() == *file)
    {
        return None;
    }
    let path = change.path.as_str();
    let text = change.before.as_deref()?;
    let scanner = catalog.keys().ok().and_then(Scanner::new);
    let leaks = scanner.as_ref().map(|scanner| scanner.known(path, text));
    let row = scanner
        .as_ref()
        .zip(leaks.as_ref().and_then(|leaks| leaks.first()));
    let row = row.and_then(|(scanner, leak)| scanner.row(leak));
    let way = row.map_or_else(
        || "where it was issued".to_owned(),
        |row| format!("at {}", row.rotate),
    );
    let message =
        format!("`{path}` held a key; if it was ever committed, git and every clone remember it");
    let help = format!("rotate it {way}, then put the new one into `{env_file}`");
    Some(
        Diagnostic::warning("CS003", message)
            .in_file(path)
            .with_help(help),
    )
}
