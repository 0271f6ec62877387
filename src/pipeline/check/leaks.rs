//! Keys in files, in the index and in the history; and whether git sees the files made for them.

use std::collections::BTreeMap;

use super::{Depth, Subject};
use crate::diagnose::leaks::{self, Leak, Scanner};
use crate::git::{self, Gap, Held, Hit, Piece, Place, Reader, Searched};
use crate::model::{Actual, Diagnostic, RepoPath};
use crate::observe::{self, Unit};
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
enum Seen {
    /// A key.
    Leak(Leak),
    /// That it is a file for keys.
    EnvFile,
}

pub(super) fn findings(subject: &Subject<'_>) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
    let rows = subject.catalog.keys();
    let rows = rows.map_err(|error| vec![Diagnostic::error("catalog", error.to_string())])?;
    let scanner = Scanner::new(rows);
    let scanner = scanner.ok_or_else(|| {
        let message = "the catalogue has more shapes of keys than can be looked for";
        vec![Diagnostic::error("catalog", message)]
    })?;
    let question = subject.question;
    let declared = subject.outcome.map(|outcome| &outcome.resolution.declared);
    let env_file = declared.map(|declared| declared.env_file.as_str());
    let read = |piece: Piece<'_>| read(env_file, &scanner, piece);
    let reader = Reader {
        read: &read,
        progress: question.progress,
    };
    let searched = search(subject.unit, question.depth, &reader);
    let mut found = told(&scanner, &searched, subject.unit);
    if let Some(place) = subject.unit.git.as_ref() {
        found.extend(ignore_rules(subject, place, &found));
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
    let place = unit.git.as_ref()?;
    let whole = format!("{}{path}", unit.prefix());
    match held {
        Held::Commit(_) => None,
        Held::Index => Some(leaks::env_file_tracked(path)),
        Held::Tree if git::is_tracked(place, &whole).unwrap_or(false) => {
            Some(leaks::env_file_tracked(path))
        }
        Held::Tree => Some(leaks::env_file_shown(path, &ignore(unit))),
    }
}

/// Says which declared env file git would take though it is not there yet, and which template it hides.
fn ignore_rules(subject: &Subject<'_>, place: &Place, found: &[Diagnostic]) -> Vec<Diagnostic> {
    let unit = subject.unit;
    if subject.question.depth == Depth::Staged {
        return Vec::new();
    }
    let declared = subject.outcome.map(|outcome| &outcome.resolution.declared);
    let own = declared.map(|declared| declared.env_template.as_str());
    let mut templates: Vec<&str> = TEMPLATES.into_iter().chain(own).collect();
    templates.sort_unstable();
    templates.dedup();
    let is_there =
        |path: &&str| RepoPath::parse(path).is_ok_and(|path| observe::is_there(unit, &path));
    let templates = templates.into_iter().filter(is_there);
    let named = |path: &str| {
        let whole = format!("{}{path}", unit.prefix());
        let ruled_out = !git::ruled_out(place, std::slice::from_ref(&whole)).is_empty();
        (ruled_out, git::is_tracked(place, &whole).unwrap_or(false))
    };
    let hidden = templates.filter(|path| named(path) == (true, false));
    let mut told: Vec<Diagnostic> = hidden
        .map(|path| leaks::template_hidden(path, &ignore(unit)))
        .collect();
    if let Some(env_file) = chosen_env_file(subject) {
        let said = |finding: &Diagnostic| finding.path.as_deref() == Some(env_file);
        if named(env_file) == (false, false) && !found.iter().any(said) {
            told.push(leaks::env_file_shown(env_file, &ignore(unit)));
        }
    }
    told
}

/// The env file that the manifest names; the default's absence is nobody's mistake.
fn chosen_env_file<'a>(subject: &Subject<'a>) -> Option<&'a str> {
    let resolution = &subject.outcome?.resolution;
    let (_, layer) = resolution.values.get("launcher.env_file")?;
    (*layer == Layer::Manifest).then(|| resolution.declared.env_file.as_str())
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
