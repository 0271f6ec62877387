//! Keys in files, in the index and in the history; and whether git sees the files made for them.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::{Depth, Rest};
use crate::catalog::Catalog;
use crate::diagnose::leaks::{self, Leak, Scanner};
use crate::git::{self, Gap, Held, Hit, Kept, Piece, Reader, Searched};
use crate::model::{Actual, Diagnostic, RepoPath};
use crate::observe::{self, Unit, View};
use crate::pipeline::Outcome;
use crate::resolve::Layer;

const IGNORE: &str = ".gitignore";
/// Templates of the env file, as repositories call them.
const TEMPLATES: [&str; 4] = [".env.template", ".env.example", ".env.sample", ".env.dist"];
/// What follows `.env.` in files that are made to be committed.
const COMMITTED: [&str; 11] = [
    "template", "example", "sample", "dist", "defaults", "tmpl", "tpl", "tera", "schema", "vault",
    "enc",
];

/// What a text showed.
#[derive(Debug, Clone)]
enum Seen {
    /// A key.
    Leak(Leak),
    /// That it is a file for keys.
    EnvFile,
}

/// How keys are looked for, and which files of trees were looked at; for threads to share.
#[derive(Debug, Default)]
pub struct Keys {
    scanner: OnceLock<Result<Scanner, Diagnostic>>,
    kept: Kept<Seen>,
}

impl Keys {
    fn scanner(&self) -> Result<&Scanner, Vec<Diagnostic>> {
        let scanner = self.scanner.get_or_init(|| {
            let rows = Catalog::embedded().keys();
            let rows = rows.map_err(|error| Diagnostic::error("catalog", error.to_string()))?;
            Scanner::new(rows).ok_or_else(|| {
                let message = "the catalogue has more shapes of keys than can be looked for";
                Diagnostic::error("catalog", message)
            })
        });
        scanner.as_ref().map_err(|problem| vec![problem.clone()])
    }
}

/// What a manifest names that has to do with keys.
#[derive(Debug, Default)]
pub(super) struct Named {
    env_file: Option<String>,
    env_template: Option<String>,
    /// Whether the manifest itself names the env file; the default's absence is nobody's mistake.
    is_chosen: bool,
}

pub(super) fn named(outcome: Option<&Outcome>) -> Named {
    let Some(Outcome { resolution, .. }) = outcome else {
        return Named::default();
    };
    let layer = resolution.values.get("launcher.env_file");
    Named {
        env_file: Some(resolution.declared.env_file.to_string()),
        env_template: Some(resolution.declared.env_template.to_string()),
        is_chosen: layer.is_some_and(|(_, layer)| *layer == Layer::Manifest),
    }
}

pub(super) fn findings(rest: &Rest<'_>, named: &Named) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
    let scanner = rest.keys.scanner()?;
    let env_file = named.env_file.as_deref();
    let read = |piece: Piece<'_>| read(env_file, scanner, piece);
    let reader = Reader {
        read: &read,
        progress: rest.progress,
    };
    let searched = match &rest.unit.view {
        View::Tree(tree) => {
            git::committed(tree, &reader, &rest.keys.kept, env_file.unwrap_or_default())
        }
        View::Disk => search(rest.unit, rest.depth, &reader),
    };
    let mut found = told(scanner, &searched, rest.unit);
    if rest.unit.is_gits() {
        found.extend(ignore_rules(rest, named, &found));
    }
    Ok(found)
}

fn search(unit: &Unit, depth: Depth, reader: &Reader<'_, Seen>) -> Searched<Seen> {
    let Some(place) = unit.git.as_ref() else {
        return git::folder(&unit.root, reader);
    };
    let prefix = unit.prefix();
    match depth {
        Depth::Tree => git::tree(place, &prefix, reader),
        Depth::Staged => git::staged(place, &prefix, reader),
        Depth::History => {
            let tree = git::tree(place, &prefix, reader);
            // What cannot be opened once is not opened twice.
            match tree.gaps.as_slice() {
                [Gap::Closed(_)] => tree,
                _ => tree.and(git::history(place, &prefix, reader)),
            }
        }
    }
}

fn read(env_file: Option<&str>, scanner: &Scanner, piece: Piece<'_>) -> Vec<Seen> {
    let leaks = scanner.scan(piece.path, piece.bytes).into_iter();
    let placed = leaks.map(|mut leak| {
        leak.line += piece.line;
        Seen::Leak(leak)
    });
    let mut seen: Vec<Seen> = placed.collect();
    if piece.line == 0 && (env_file == Some(piece.path) || is_env_file(piece.path)) {
        seen.push(Seen::EnvFile);
    }
    seen
}

/// Whether a name is one of a file for keys: `.env`, `.env.local`, but not `.env.template`.
fn is_env_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let Some(rest) = name.strip_prefix(".env") else {
        return false;
    };
    let mut words = rest.split('.');
    words.next() == Some("") && !words.any(|word| COMMITTED.contains(&word))
}

fn told(scanner: &Scanner, searched: &Searched<Seen>, unit: &Unit) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = searched.gaps.iter().map(leaks::unsearched).collect();
    let mut first: BTreeMap<&str, &str> = BTreeMap::new();
    for hit in &searched.hits {
        if let (Held::Commit(id), Seen::Leak(leak)) = (&hit.held, &hit.what) {
            first.entry(&leak.fingerprint).or_insert(id);
        }
    }
    let mut known: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
    for Hit { path, held, what } in &searched.hits {
        let leak = match what {
            Seen::Leak(leak) => leak,
            Seen::EnvFile => {
                found.extend(env_file(unit, path, held));
                continue;
            }
        };
        let key = (path.clone(), leak.fingerprint.clone());
        let lines = known.entry(key).or_default();
        let again = match held {
            Held::Tree => lines.contains(&leak.line),
            Held::Index | Held::Commit(_) => !lines.is_empty(),
        };
        if !again {
            lines.push(leak.line);
            let commit = first.get(leak.fingerprint.as_str()).copied();
            found.push(leaks::leaked(scanner, path, leak, (held, commit)));
        }
    }
    found
}

/// Says that git has, or will have, a file for keys; a past one counts by the keys in it.
fn env_file(unit: &Unit, path: &str, held: &Held) -> Option<Diagnostic> {
    if !unit.is_gits() {
        return None;
    }
    match held {
        Held::Commit(_) => None,
        Held::Index => Some(leaks::env_file_tracked(path)),
        Held::Tree if observe::is_tracked(unit, path) => Some(leaks::env_file_tracked(path)),
        Held::Tree => Some(leaks::env_file_shown(path, &ignore(unit))),
    }
}

/// Says which declared env file git would take though it is not there yet, and which template it hides.
fn ignore_rules(rest: &Rest<'_>, named: &Named, found: &[Diagnostic]) -> Vec<Diagnostic> {
    let unit = rest.unit;
    if rest.depth == Depth::Staged {
        return Vec::new();
    }
    let own = named.env_template.as_deref();
    let mut templates: Vec<&str> = TEMPLATES.into_iter().chain(own).collect();
    templates.sort_unstable();
    templates.dedup();
    let is_there =
        |path: &&str| RepoPath::parse(path).is_ok_and(|path| observe::is_there(unit, &path));
    let templates = templates.into_iter().filter(is_there);
    let state = |path: &str| {
        let ruled_out = observe::is_ruled_out(unit, path);
        (ruled_out, observe::is_tracked(unit, path))
    };
    let hidden = templates.filter(|path| state(path) == (true, false));
    let mut told: Vec<Diagnostic> = hidden
        .map(|path| leaks::template_hidden(path, &ignore(unit)))
        .collect();
    if let Some(env_file) = named.env_file.as_deref().filter(|_| named.is_chosen) {
        let said = |finding: &Diagnostic| finding.path.as_deref() == Some(env_file);
        if state(env_file) == (false, false) && !found.iter().any(said) {
            told.push(leaks::env_file_shown(env_file, &ignore(unit)));
        }
    }
    told
}

/// The unit's ignore file, as far as it is text.
fn ignore(unit: &Unit) -> String {
    let path = RepoPath::parse(IGNORE).expect("a good path");
    let mut state = observe::actual(unit, std::iter::once(&path));
    match state.remove(&path) {
        Some(Actual::Text { text, .. }) => text,
        _ => String::new(),
    }
}
