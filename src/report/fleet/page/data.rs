//! What the table is made of, as data: everything that repeats stands once and is told by its place.

use std::collections::HashMap;
use std::hash::Hash;

use serde_json::{Value, json};

use super::super::super::escape_json;
use super::super::group::Lettered;
use super::html::STATUSES;
use crate::fleet::{RepoReport, Standing};
use crate::model::{Action, escape};

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

/// Returns the data as JSON that no text in it can end early.
pub fn data(reports: &[RepoReport], changes: &[Lettered<'_>]) -> String {
    let (mut files, columns) = files(reports);
    let mut groups = Places::new();
    let mut branches = Places::new();
    let mut keys = Places::new();
    let mut words: Places<Words> = Places::new();
    let mut patterns: Places<Pattern> = Places::new();
    let letters: HashMap<&str, usize> = changes
        .iter()
        .enumerate()
        .map(|(place, change)| (change.id, place))
        .collect();
    let mut sorted: Vec<&RepoReport> = reports.iter().collect();
    sorted.sort_by_key(|report| report.repository.as_str());
    let rows = sorted.into_iter().map(|report| {
        let said = report.diagnostics.iter().map(|d| {
            let severity = super::super::super::rules::severity_word(d.severity);
            let place = match (&d.path, d.line) {
                (Some(path), Some(line)) => format!("{path}:{line}"),
                (path, _) => path.clone().unwrap_or_default(),
            };
            let help = d.help.clone().unwrap_or_default();
            words.of([
                severity.to_owned(),
                d.code.clone(),
                d.message.clone(),
                place,
                help,
            ])
        });
        let said: Vec<usize> = said.collect();
        let change = report.change.as_deref().and_then(|id| letters.get(id));
        let short = |id: &Option<String>| {
            let id = id.as_deref().unwrap_or_default();
            id.chars().take(12).collect::<String>()
        };
        let mut row = vec![
            json!(escape(&report.repository)),
            json!(
                STATUSES
                    .iter()
                    .position(|(status, ..)| *status == report.status)
            ),
            json!(groups.of(report.group.clone())),
            change.map_or(json!(-1), |place| json!(place)),
            json!(branches.of(report.branch.clone())),
            json!(patterns.of(pattern(report, &mut files, &mut keys))),
            json!(said),
            json!(escape(&short(&report.base))),
        ];
        // What only `apply` leaves.
        if report.commit.is_some() || report.pushed || report.proposal.is_some() {
            let url = report.proposal.as_ref().and_then(|p| p.url.as_deref());
            row.push(json!(escape(&short(&report.commit))));
            row.push(json!(u8::from(report.pushed)));
            row.push(json!(
                report.proposal.as_ref().map(|p| standing(p.standing))
            ));
            row.push(json!(url.map(escape)));
        }
        Value::Array(row)
    });
    let rows: Vec<Value> = rows.collect();
    let texts = |places: Places<String>| {
        let all = places.all.iter().map(|text| escape(text));
        all.collect::<Vec<_>>()
    };
    let words: Vec<Vec<String>> = words
        .all
        .iter()
        .map(|said| said.iter().map(|text| escape(text)).collect())
        .collect();
    let statuses: Vec<_> = STATUSES
        .iter()
        .map(|(_, word, sign, name)| [word, sign, name])
        .collect();
    let changes: Vec<_> = changes
        .iter()
        .map(|c| (&c.letter, escape(c.id), c.of.len()))
        .collect();
    let data = json!({
        "statuses": statuses,
        "groups": texts(groups),
        "branches": texts(branches),
        "changes": changes,
        "columns": columns,
        "files": texts(files),
        "keys": texts(keys),
        "patterns": patterns.all,
        "words": words,
        "rows": rows,
    });
    inert(&data.to_string())
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
