//! What a repository shows about the people and tools that work on it.

use std::collections::BTreeSet;
use std::path::Path;

use gix_glob::wildmatch;
use gix_glob::wildmatch::Mode;

use crate::catalog::{FactKind, Kind, Sign};
use crate::git::{self, History, People, Place};
use crate::observe::files::{self, Content, Coverage, Listing};
use crate::scenario::{FactValue, Facts};

const SHOWN: usize = 5;
const OF_GIT: &[&str] = &[
    "contributors",
    "email_domains",
    "has_commits",
    "shallow",
    "public_forge_remote",
    "remote_name",
];

/// Returns every fact about the unit in `root`, by the signs that the matrix lists.
#[must_use]
pub fn facts(root: &Path, place: Option<&Place>, kinds: &[FactKind]) -> Facts {
    let mut facts = Facts::default();
    facts.know("in_git", FactValue::Flag(place.is_some()), Vec::new());
    let top = place.map_or(root, |place| place.work_tree.as_path());
    let unit = unit(top, root);
    let listing = if let Some(place) = place {
        git_facts(&mut facts, place, &unit)
    } else {
        for name in OF_GIT {
            facts.miss(name, "not a git repository");
        }
        files::on_disk(root)
    };
    for kind in kinds.iter().filter(|kind| !kind.signs.is_empty()) {
        look(&mut facts, kind, top, &unit, &listing);
    }
    facts
}

fn git_facts(facts: &mut Facts, place: &Place, unit: &str) -> Listing {
    let survey = git::survey(place);
    let has_commits = survey.history != History::Unborn;
    facts.know("has_commits", FactValue::Flag(has_commits), Vec::new());
    facts.know("shallow", FactValue::Flag(survey.shallow), Vec::new());
    people(facts, survey.history);
    remote(facts, git::origin(place).as_deref());
    match survey.tracked {
        Some(paths) => files::tracked(paths, &place.work_tree, unit),
        None => files::on_disk(&place.work_tree),
    }
}

/// Returns the unit's folder below the top, ending in `/`; empty where they are the same.
fn unit(top: &Path, root: &Path) -> String {
    let below = root.strip_prefix(top).unwrap_or(Path::new(""));
    let names = below.iter().filter_map(|name| name.to_str());
    names.flat_map(|name| [name, "/"]).collect()
}

fn people(facts: &mut Facts, history: History) {
    match history {
        History::Whole(people) => know_people(facts, people, Coverage::Whole),
        History::Cut(people) => know_people(facts, people, Coverage::Cut),
        History::Shallow => miss_people(facts, "shallow clone; `git fetch --unshallow` mends it"),
        History::Unborn => miss_people(facts, "no commits yet"),
        History::Unreadable(reason) => {
            let reason = format!("git cannot be read: {reason}");
            facts.miss("has_commits", &reason);
            facts.miss("shallow", &reason);
            miss_people(facts, &reason);
        }
    }
}

fn miss_people(facts: &mut Facts, reason: &str) {
    facts.miss("contributors", reason);
    facts.miss("email_domains", reason);
}

fn know_people(facts: &mut Facts, people: People, cut: Coverage) {
    let count = people.names.len() as u64;
    let (days, commits) = (git::WINDOW_DAYS, people.commits);
    let (value, span) = match cut {
        Coverage::Whole => (
            FactValue::Count(count),
            format!("{commits} commits in the {days} days up to HEAD"),
        ),
        Coverage::Cut => (
            FactValue::AtLeast { at_least: count },
            format!("in the last {} commits", git::WALK_LIMIT),
        ),
    };
    let span = if commits == 1 {
        span.replacen("commits", "commit", 1)
    } else {
        span
    };
    let evidence = std::iter::once(span).chain(shorten(people.names));
    facts.know("contributors", value, evidence.collect());
    let (domains, evidence): (Vec<_>, Vec<_>) = people
        .domains
        .into_iter()
        .map(|(domain, people)| (domain.clone(), format!("{domain} ({people})")))
        .unzip();
    facts.know("email_domains", FactValue::List(domains), shorten(evidence));
}

fn remote(facts: &mut Facts, origin: Option<&str>) {
    let public = origin.is_some_and(git::is_public_forge);
    let evidence = vec![origin.map_or_else(|| "no remote `origin`".to_owned(), str::to_owned)];
    facts.know(
        "public_forge_remote",
        FactValue::Flag(public),
        evidence.clone(),
    );
    let name = origin.and_then(git::repository_name).map(str::to_owned);
    facts.know(
        "remote_name",
        FactValue::List(name.into_iter().collect()),
        evidence,
    );
}

fn look(facts: &mut Facts, kind: &FactKind, top: &Path, unit: &str, listing: &Listing) {
    let mut items: Vec<String> = Vec::new();
    let mut evidence = Vec::new();
    let mut hidden = None;
    for sign in &kind.signs {
        for path in listing.paths.iter().filter(|path| fits(sign, path, unit)) {
            match see(sign, top, path) {
                Sight::Nothing => {}
                Sight::Hidden => hidden = hidden.or(Some(path)),
                Sight::Seen(trace) => {
                    evidence.push(trace);
                    items.push(sign.item.as_ref().unwrap_or(path).clone());
                }
            }
        }
    }
    let mut seen = BTreeSet::new();
    items.retain(|item| seen.insert(item.clone()));
    match (items.is_empty(), hidden, listing.coverage) {
        (true, Some(path), _) => facts.miss(&kind.name, &format!("`{path}` cannot be read here")),
        (true, None, Coverage::Cut) => facts.miss(&kind.name, "too many files to look at"),
        _ => {
            let value = match kind.kind {
                Kind::Flag => FactValue::Flag(!items.is_empty()),
                Kind::Count => FactValue::Count(items.len() as u64),
                Kind::List => FactValue::List(items),
            };
            facts.know(&kind.name, value, shorten(evidence));
        }
    }
}

fn fits(sign: &Sign, path: &str, unit: &str) -> bool {
    let mode = Mode::NO_MATCH_SLASH_LITERAL | Mode::IGNORE_CASE;
    let inner = path.strip_prefix(unit).filter(|_| !unit.is_empty());
    sign.paths.iter().any(|glob| {
        let fits = |path: &str| wildmatch(glob.as_str().into(), path.into(), mode);
        fits(path) || inner.is_some_and(fits)
    })
}

/// What one file says about a sign.
enum Sight {
    Seen(String),
    Nothing,
    Hidden,
}

fn see(sign: &Sign, top: &Path, path: &str) -> Sight {
    if sign.contains.is_empty() {
        return Sight::Seen(path.to_owned());
    }
    let Content::Text(text) = files::content(&top.join(path)) else {
        return Sight::Hidden;
    };
    let mut lines = text.lines().map(str::trim_start);
    let stands = lines.find_map(|line| {
        let comment = line.starts_with('#') || line.starts_with("//");
        let mut texts = sign.contains.iter().filter(|_| !comment);
        texts.find(|text| line.contains(text.as_str()))
    });
    stands.map_or(Sight::Nothing, |text| {
        Sight::Seen(format!("{path} ({})", text.trim()))
    })
}

/// Keeps the first few and counts the others.
fn shorten(mut evidence: Vec<String>) -> Vec<String> {
    evidence.dedup();
    let more = evidence.len().saturating_sub(SHOWN);
    evidence.truncate(SHOWN);
    if more > 0 {
        evidence.push(format!("and {more} more"));
    }
    evidence
}
