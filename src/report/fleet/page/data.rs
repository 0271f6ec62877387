//! What the table is made of, as data: everything that repeats stands once and is told by its place.

use std::collections::HashMap;
use std::hash::Hash;

use serde_json::{Value, json};

use super::super::super::escape_json;
use super::super::super::rules::severity_word;
use super::super::group::Lettered;
use super::html::STATUSES;
use crate::fleet::{RepoReport, Standing};
use crate::model::{Action, Diagnostic, escape};

/// How many files have a column.
const COLUMNS: usize = 40;

/// Things by their place, each once.
struct Places<T> {
    all: Vec<T>,
    by: HashMap<T, usize>,
}

impl<T: Clone + Eq + Hash> Places<T> {
    fn new() -> Self {
        Self {
            all: Vec::new(),
            by: HashMap::new(),
        }
    }

    fn of(&mut self, thing: T) -> usize {
        if let Some(place) = self.by.get(&thing) {
            return *place;
        }
        let place = self.all.len();
        self.by.insert(thing.clone(), place);
        self.all.push(thing);
        place
    }
}

/// What is said: severity, code, message, place and help.
type Words = [String; 5];
/// Files with what happens to them, `place * 8 + action`, and keys in conflict by file.
type Pattern = (Vec<usize>, Vec<(usize, usize)>);

/// Everything that repeats.
struct Shared<'a> {
    files: Places<String>,
    groups: Places<String>,
    branches: Places<String>,
    keys: Places<String>,
    words: Places<Words>,
    patterns: Places<Pattern>,
    letters: HashMap<&'a str, usize>,
}

/// Returns the data as JSON that no text in it can end early.
pub fn data(reports: &[RepoReport], changes: &[Lettered<'_>]) -> String {
    let (files, columns) = files(reports);
    let letters = changes.iter().enumerate();
    let mut shared = Shared {
        files,
        groups: Places::new(),
        branches: Places::new(),
        keys: Places::new(),
        words: Places::new(),
        patterns: Places::new(),
        letters: letters.map(|(place, change)| (change.id, place)).collect(),
    };
    let mut sorted: Vec<&RepoReport> = reports.iter().collect();
    sorted.sort_by_key(|report| report.repository.as_str());
    let rows = sorted.into_iter().map(|report| row(report, &mut shared));
    let rows: Vec<Value> = rows.collect();
    let texts = |places: &Places<String>| {
        let all = places.all.iter().map(|text| escape(text));
        all.collect::<Vec<_>>()
    };
    let words = shared.words.all.iter();
    let words = words.map(|said| said.each_ref().map(|text| escape(text)));
    let statuses = STATUSES.map(|(_, word, sign, name)| [word, sign, name]);
    let changes = changes
        .iter()
        .map(|c| (&c.letter, escape(c.id), c.of.len()));
    let data = json!({
        "statuses": statuses,
        "groups": texts(&shared.groups),
        "branches": texts(&shared.branches),
        "changes": changes.collect::<Vec<_>>(),
        "columns": columns,
        "files": texts(&shared.files),
        "keys": texts(&shared.keys),
        "patterns": shared.patterns.all,
        "words": words.collect::<Vec<_>>(),
        "rows": rows,
    });
    inert(&data.to_string())
}

fn row(report: &RepoReport, shared: &mut Shared<'_>) -> Value {
    let short = |id: &Option<String>| {
        let id = id.as_deref().unwrap_or_default();
        escape(&id.chars().take(12).collect::<String>())
    };
    let said = report.diagnostics.iter().map(words);
    let said: Vec<usize> = said.map(|words| shared.words.of(words)).collect();
    let change = report.change.as_deref();
    let change = change.and_then(|id| shared.letters.get(id));
    let pattern = pattern(report, &mut shared.files, &mut shared.keys);
    let mut row = vec![
        json!(escape(&report.repository)),
        json!(
            STATUSES
                .iter()
                .position(|(status, ..)| *status == report.status)
        ),
        json!(shared.groups.of(report.group.clone())),
        change.map_or(json!(-1), |place| json!(place)),
        json!(shared.branches.of(report.branch.clone())),
        json!(shared.patterns.of(pattern)),
        json!(said),
        json!(short(&report.base)),
    ];
    // What only `apply` leaves.
    let proposal = report.proposal.as_ref();
    if report.commit.is_some() || report.pushed || proposal.is_some() {
        let url = proposal.and_then(|proposal| proposal.url.as_deref());
        row.push(json!(short(&report.commit)));
        row.push(json!(u8::from(report.pushed)));
        row.push(json!(proposal.map(|proposal| standing(proposal.standing))));
        row.push(json!(url.map(escape)));
    }
    Value::Array(row)
}

fn words(diagnostic: &Diagnostic) -> Words {
    let path = diagnostic.path.clone().unwrap_or_default();
    let place = match diagnostic.line {
        Some(line) => format!("{path}:{line}"),
        None => path,
    };
    [
        severity_word(diagnostic.severity).to_owned(),
        diagnostic.code.clone(),
        diagnostic.message.clone(),
        place,
        diagnostic.help.clone().unwrap_or_default(),
    ]
}

/// The files, those that most repositories have first, and in path order as far as they have a column.
fn files(reports: &[RepoReport]) -> (Places<String>, usize) {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for file in reports.iter().flat_map(|report| &report.files) {
        *counts.entry(&file.path).or_default() += 1;
    }
    let mut paths: Vec<(&str, usize)> = counts.into_iter().collect();
    paths.sort_by_key(|(path, count)| (std::cmp::Reverse(*count), *path));
    let columns = paths.len().min(COLUMNS);
    if let Some(shown) = paths.get_mut(..columns) {
        shown.sort_unstable();
    }
    let mut places = Places::new();
    for (path, _) in paths {
        places.of(path.to_owned());
    }
    (places, columns)
}

fn pattern(report: &RepoReport, files: &mut Places<String>, keys: &mut Places<String>) -> Pattern {
    let mut cells = Vec::with_capacity(report.files.len());
    let mut torn = Vec::new();
    for file in &report.files {
        let place = files.of(file.path.clone());
        let action = match file.action {
            Action::Keep => 1,
            Action::Create => 2,
            Action::Update => 3,
            Action::Delete => 4,
            Action::Conflict => 5,
        };
        // A file may be written and have keys in conflict.
        let action = if file.conflicts.is_empty() { action } else { 5 };
        cells.push(place * 8 + action);
        for key in &file.conflicts {
            torn.push((place, keys.of(key.clone())));
        }
    }
    (cells, torn)
}

fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Opened => "opened",
        Standing::Updated => "updated",
        Standing::Open => "open",
        Standing::Closed => "closed",
        Standing::Merged => "merged",
    }
}

/// JSON without the characters by which a script could end, or a line of one.
fn inert(json: &str) -> String {
    let json = escape_json(json);
    let json = json.replace('<', "\\u003c").replace('>', "\\u003e");
    json.replace('&', "\\u0026")
}
