//! What has to hold before a plan may be made.

use std::collections::BTreeSet;

use super::{Own, Request, Templates};
use crate::diagnose::quoted;
use crate::git;
use crate::lock::{self, LockError};
use crate::model::{Actual, BaseState, Diagnostic, FileChange, Plan, RepoPath};
use crate::observe::{self, Unit, View};
use crate::render::Rendered;

/// Refuses two manifests for one folder.
pub(super) fn one_manifest(unit: &Unit) -> Result<(), Vec<Diagnostic>> {
    if !unit.has_two_manifests() {
        return Ok(());
    }
    let message = format!(
        "there is a manifest in `{}` and one in `.config`",
        unit.manifest
    );
    let problem = Diagnostic::error("manifest", message).in_file(unit.manifest.as_str());
    Err(vec![
        problem.with_help("keep one of them, with its lockfile"),
    ])
}

/// Reads the lockfile; without one nothing was ever rendered.
///
/// # Errors
/// Fails where it cannot be used, with the way to mend it.
pub fn base(unit: &Unit, own: &Own) -> Result<BaseState, Vec<Diagnostic>> {
    let Some(text) = &own.lockfile else {
        return Ok(BaseState::default());
    };
    lock::read(text).map_err(|error| locked(unit, text, &error))
}

/// Returns what to say of a lockfile that cannot be used.
pub(super) fn locked(unit: &Unit, text: &str, error: &LockError) -> Vec<Diagnostic> {
    let path = unit.lockfile.as_str();
    let problem = Diagnostic::error("lockfile", error.to_string());
    vec![match error {
        LockError::Markers { offset } => problem
            .at(path, text, *offset)
            .with_help("settle it per key: `claude-scaffold resolve`"),
        LockError::Syntax { offset, .. } => problem
            .at(path, text, *offset)
            .with_help(format!("restore it: `git checkout -- {path}`")),
        LockError::Newer { needs, .. } => problem.in_file(path).with_help(install(needs)),
        LockError::Path(_) => problem
            .in_file(path)
            .with_help(format!("restore it: `git checkout -- {path}`")),
    }]
}

/// Refuses templates that a run may not use.
pub(super) fn templates(
    request: &Request<'_>,
    base: &BaseState,
    next: &BaseState,
) -> Result<(), Vec<Diagnostic>> {
    match request.templates {
        Templates::Same => same_templates(request.unit, base, next),
        Templates::Moved => not_older(request.unit, base, next),
        Templates::Any => Ok(()),
    }
}

/// Refuses templates that differ from the ones the lockfile was made with.
pub(super) fn same_templates(
    unit: &Unit,
    base: &BaseState,
    next: &BaseState,
) -> Result<(), Vec<Diagnostic>> {
    const UPGRADE: &str =
        "see what moves: `claude-scaffold upgrade --dry-run`; move: `claude-scaffold upgrade`";
    let (message, help) = if base.format == 0 {
        return Ok(());
    } else if base.source != next.source {
        let (old, new) = (&base.source, &next.source);
        let message =
            format!("the files were rendered with the templates of `{old}`, not of `{new}`");
        (
            message,
            format!("move: `claude-scaffold upgrade --to '{new}'`"),
        )
    } else if let Some(message) = other_pack(base, next) {
        (message, UPGRADE.to_owned())
    } else if let Some(message) = other_features(base, next) {
        let help = if is_newer(base, next) {
            install(&base.needs)
        } else {
            UPGRADE.to_owned()
        };
        (message, help)
    } else {
        return Ok(());
    };
    let problem = Diagnostic::error("templates", message);
    Err(vec![
        problem.in_file(unit.lockfile.as_str()).with_help(help),
    ])
}

/// Refuses to move back to the templates of an older program.
fn not_older(unit: &Unit, base: &BaseState, next: &BaseState) -> Result<(), Vec<Diagnostic>> {
    let Some(message) = other_features(base, next).filter(|_| is_newer(base, next)) else {
        return Ok(());
    };
    let (was, is) = (&base.version, &next.version);
    let message = format!("{message}, of version {was}; this program has {is}");
    let problem = Diagnostic::error("templates", message).in_file(unit.lockfile.as_str());
    Err(vec![problem.with_help(install(&base.needs))])
}

/// Whether the lockfile was made with newer embedded templates.
pub(super) fn is_newer(base: &BaseState, next: &BaseState) -> bool {
    let number = |state: &BaseState| state.version.parse::<u32>().unwrap_or_default();
    number(base) > number(next)
}

/// The way to a program that can read the lockfile and has its templates.
fn install(needs: &str) -> String {
    let at_least = if needs.is_empty() {
        String::new()
    } else {
        format!(" --version '>={needs}'")
    };
    format!("install a newer claude-scaffold: `cargo install claude-scaffold --locked{at_least}`")
}

/// A pack whose content is not the one the lockfile names.
fn other_pack(base: &BaseState, next: &BaseState) -> Option<String> {
    let mut pairs = base.packs.iter().zip(&next.packs);
    let (old, new) =
        pairs.find(|(old, new)| (&old.source, &old.hash) != (&new.source, &new.hash))?;
    let (name, was, is) = (&new.name, &old.version, &new.version);
    Some(format!(
        "the lockfile was made with another content of pack `{name}` (version {was}; now {is})"
    ))
}

/// Used features whose templates differ.
pub(super) fn other_features(base: &BaseState, next: &BaseState) -> Option<String> {
    let other = |name: &str, hash: &str| next.features.get(name).is_some_and(|new| new != hash);
    let names = base.features.iter();
    let names: Vec<&str> = names
        .filter(|(name, hash)| other(name, hash))
        .map(|(name, _)| name.as_str())
        .collect();
    let names = names.join(", ");
    (!names.is_empty()).then(|| format!("the lockfile was made with other templates of: {names}"))
}

/// Refuses paths of which one would have to be two files, or a file and a folder.
pub(super) fn places(
    unit: &Unit,
    env_file: &RepoPath,
    rendered: &Rendered,
) -> Result<(), Vec<Diagnostic>> {
    let mut taken: Vec<(&RepoPath, String)> = Vec::new();
    let own = [&unit.manifest, &unit.lockfile, env_file];
    for path in own.into_iter().chain(rendered.files.keys()) {
        let folded = path.as_str().to_lowercase();
        if let Some((other, _)) = taken.iter().find(|(_, there)| collide(&folded, there)) {
            return Err(vec![collision(unit, path.as_str(), other.as_str())]);
        }
        taken.push((path, folded));
    }
    Ok(())
}

/// Whether one path is the other or lies below it, as systems that ignore case see them.
fn collide(a: &str, b: &str) -> bool {
    let below = |a: &str, b: &str| a.strip_prefix(b).is_some_and(|rest| rest.starts_with('/'));
    a == b || below(a, b) || below(b, a)
}

/// Returns what to say of two paths that exclude each other; only the launcher's are the user's.
pub(super) fn collision(unit: &Unit, path: &str, other: &str) -> Diagnostic {
    let message = if path == other {
        format!("`{path}` would have to be two files at once")
    } else {
        format!("`{path}` and `{other}` cannot both be files")
    };
    Diagnostic::error("manifest", message)
        .in_file(unit.manifest.as_str())
        .with_help("give `path`, `env_file` or `env_template` under `[launcher]` another name")
}

/// Returns whether git tracks a file that is there.
pub(super) fn tracks(unit: &Unit, path: &RepoPath) -> Result<bool, Vec<Diagnostic>> {
    if matches!(unit.view, View::Tree(_)) {
        return Ok(observe::is_there(unit, path));
    }
    match &unit.git {
        Some(place) if observe::is_there(unit, path) => {
            let path = format!("{}{path}", unit.prefix());
            git::is_tracked(place, &path).map_err(|error| vec![unread(&error)])
        }
        _ => Ok(false),
    }
}

/// Returns what to say of an index that cannot be used.
pub(super) fn unread(error: &git::IndexError) -> Diagnostic {
    Diagnostic::error("target", error.to_string())
        .with_help("`git status` says what is wrong with the repository")
}

/// Refuses targets that git holds in an unfinished merge, but for settled ones, or leaves out of a
/// sparse checkout.
pub(super) fn repository(
    unit: &Unit,
    paths: &BTreeSet<RepoPath>,
    settled: &BTreeSet<RepoPath>,
) -> Result<(), Vec<Diagnostic>> {
    let Some(place) = &unit.git else {
        return Ok(());
    };
    let mut paths = paths.clone();
    paths.extend([unit.manifest.clone(), unit.lockfile.clone()]);
    let mut problems = match in_merge(unit, &paths, settled) {
        Err(problems) => problems,
        Ok(()) => Vec::new(),
    };
    let inside = inside(unit, &paths);
    let inside: Vec<&str> = inside.iter().map(String::as_str).collect();
    let sparse = git::outside_sparse(place, &inside).map_err(|error| vec![unread(&error)])?;
    for path in sparse {
        let problem = Diagnostic::error(
            "target",
            format!("`{path}` is outside of the sparse checkout"),
        );
        let folder = path.rsplit_once('/').map_or("/", |(folder, _)| folder);
        problems.push(
            problem
                .in_file(path)
                .with_help(format!("bring it in: `git sparse-checkout add {folder}`")),
        );
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

/// Refuses targets that git holds in an unfinished merge, but for settled ones.
fn in_merge(
    unit: &Unit,
    paths: &BTreeSet<RepoPath>,
    settled: &BTreeSet<RepoPath>,
) -> Result<(), Vec<Diagnostic>> {
    let Some(place) = unit.git.as_ref().filter(|_| !paths.is_empty()) else {
        return Ok(());
    };
    let waiting: BTreeSet<RepoPath> = paths.difference(settled).cloned().collect();
    let inside = inside(unit, &waiting);
    let inside: Vec<&str> = inside.iter().map(String::as_str).collect();
    let conflicted = git::conflicted(place, &inside).map_err(|error| vec![unread(&error)])?;
    let below = if unit.prefix().is_empty() { "" } else { ":/" };
    let said = |path: &str| {
        let problem = Diagnostic::error("target", format!("`{path}` is in an unfinished merge"));
        let word = quoted(&format!("{below}{path}"));
        let help = format!("settle it, `git add {word}`, then run the command again");
        problem.in_file(path).with_help(help)
    };
    let problems: Vec<Diagnostic> = conflicted.into_iter().map(said).collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

/// The paths as git knows them.
fn inside(unit: &Unit, paths: &BTreeSet<RepoPath>) -> Vec<String> {
    let prefix = unit.prefix();
    paths.iter().map(|path| format!("{prefix}{path}")).collect()
}

/// Refuses to take back what an unfinished merge of git has written into.
///
/// # Errors
/// Names every such file.
pub fn unmerged(unit: &Unit, plan: &Plan) -> Result<(), Vec<Diagnostic>> {
    let changes = plan.changes.iter().chain(&plan.own);
    let marked = |change: &&FileChange| change.before.as_deref().and_then(lock::marker).is_some();
    let paths = changes.filter(marked).map(|change| change.path.clone());
    in_merge(unit, &paths.collect(), &BTreeSet::new())
}

/// Refuses paths that another unit of the repository manages.
pub(super) fn neighbours(unit: &Unit, paths: &BTreeSet<RepoPath>) -> Result<(), Vec<Diagnostic>> {
    let mut problems = Vec::new();
    for other in unit.neighbours(paths.iter()) {
        let files = managed(&other);
        let theirs = |path: &RepoPath| {
            let place = path.under(&unit.root);
            files.iter().any(|file| file.under(&other.root) == place)
        };
        for path in paths.iter().filter(|path| theirs(path)) {
            let manifest = other.manifest.under(&other.root);
            let message = format!("`{path}` is managed by `{}` as well", manifest.display());
            problems.push(
                Diagnostic::error("target", message)
                    .in_file(unit.manifest.as_str())
                    .with_help("give one of the two manifests another path"),
            );
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

fn managed(unit: &Unit) -> Vec<RepoPath> {
    let state = observe::actual(unit, std::iter::once(&unit.lockfile));
    let text = state.into_values().find_map(|file| match file {
        Actual::Text { text, .. } => Some(text),
        Actual::Absent | Actual::Other(_) => None,
    });
    let base = text.and_then(|text| lock::read(&text).ok());
    base.map(|base| base.files.into_keys().collect())
        .unwrap_or_default()
}
