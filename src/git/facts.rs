//! What a repository's history and index say about who works on it.
//!
//! Counts from HEAD's commit date, never from the clock, and looks at no more than it has to.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use git2::{Commit, ErrorCode, Mailmap, Oid, Repository, Sort};

use super::Place;

/// The days before HEAD's commit date that count.
pub const WINDOW_DAYS: i64 = 180;
/// The commits after which the walk stops.
pub const WALK_LIMIT: usize = 5_000;

const DAY: i64 = 24 * 60 * 60;
const MAILMAP_LIMIT: u64 = 1 << 20;

/// What git knows about the people and the files of a work tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// Who committed.
    pub history: History,
    /// Whether this is a shallow clone, however far it reaches.
    pub shallow: bool,
    /// Paths in the index, from the work tree's root; none where it cannot be read.
    pub tracked: Option<Vec<String>>,
}

/// The history that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum History {
    /// HEAD has no commit yet.
    Unborn,
    /// A shallow clone ends inside the window.
    Shallow,
    /// The repository cannot be read.
    Unreadable(String),
    /// Seen to the window's end.
    Whole(People),
    /// Seen to the walk's limit.
    Cut(People),
}

/// The people of a stretch of history, bots left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct People {
    /// Names, most commits first.
    pub names: Vec<String>,
    /// Domains of their newest e-mail addresses, with the number of people, most people first.
    pub domains: Vec<(String, usize)>,
    /// How many commits they made.
    pub commits: usize,
}

/// Asks git who works on a repository, and on which files.
#[must_use]
pub fn survey(place: &Place) -> Survey {
    let repository = match Repository::open(&place.work_tree) {
        Ok(repository) => repository,
        Err(error) => {
            let history = History::Unreadable(error.message().to_owned());
            return Survey {
                history,
                shallow: false,
                tracked: None,
            };
        }
    };
    let history = walk(&repository, place, WALK_LIMIT)
        .unwrap_or_else(|error| History::Unreadable(error.message().to_owned()));
    let tracked = repository.index().ok().map(|index| {
        let paths = index.iter().map(|entry| entry.path);
        let mut paths: Vec<String> = paths
            .map(|path| String::from_utf8_lossy(&path).into_owned())
            .collect();
        paths.dedup();
        paths
    });
    Survey {
        history,
        shallow: repository.is_shallow(),
        tracked,
    }
}

fn walk(repository: &Repository, place: &Place, limit: usize) -> Result<History, git2::Error> {
    let head = match repository.head().and_then(|head| head.peel_to_commit()) {
        Ok(head) => head,
        Err(e) if matches!(e.code(), ErrorCode::UnbornBranch | ErrorCode::NotFound) => {
            return Ok(History::Unborn);
        }
        Err(error) => return Err(error),
    };
    let since = head.time().seconds().saturating_sub(WINDOW_DAYS * DAY);
    let ends = shallow_ends(place);
    let mailmap = mailmap(repository, place, &head)?;
    let mut walk = repository.revwalk()?;
    walk.set_sorting(Sort::TIME)?;
    walk.push(head.id())?;
    let mut tally = Tally::default();
    for (seen, id) in walk.enumerate() {
        if seen == limit {
            return Ok(History::Cut(tally.people()));
        }
        let id = id?;
        let commit = repository.find_commit(id)?;
        if commit.time().seconds() < since {
            break;
        }
        if ends.contains(&id) {
            return Ok(History::Shallow);
        }
        tally.add(&commit, &mailmap)?;
    }
    Ok(History::Whole(tally.people()))
}

/// Returns the commits whose parents a shallow clone left out.
fn shallow_ends(place: &Place) -> BTreeSet<Oid> {
    let text = fs::read_to_string(place.common_dir.join("shallow")).unwrap_or_default();
    let ids = text.lines().filter_map(|line| line.trim().parse().ok());
    ids.collect()
}

/// Reads the work tree's `.mailmap`, else HEAD's; the user's own plays no part.
fn mailmap(
    repository: &Repository,
    place: &Place,
    head: &Commit<'_>,
) -> Result<Mailmap, git2::Error> {
    let path = place.work_tree.join(".mailmap");
    let regular =
        fs::symlink_metadata(&path).is_ok_and(|m| m.is_file() && m.len() <= MAILMAP_LIMIT);
    let bytes = if regular { fs::read(&path).ok() } else { None };
    let committed = || {
        let entry = head.tree().ok()?.get_name(".mailmap")?.id();
        let blob = repository.find_blob(entry).ok()?;
        Some(blob.content().to_vec())
    };
    let bytes = bytes.or_else(committed).unwrap_or_default();
    Mailmap::from_buffer(&String::from_utf8_lossy(&bytes))
}

/// One person may have several addresses: a name stands for all of them.
#[derive(Default)]
struct Tally {
    name_of: BTreeMap<String, String>,
    people: BTreeMap<String, Person>,
    commits: usize,
}

#[derive(Default)]
struct Person {
    name: String,
    commits: usize,
    domain: Option<String>,
}

impl Tally {
    fn add(&mut self, commit: &Commit<'_>, mailmap: &Mailmap) -> Result<(), git2::Error> {
        let author = commit.author_with_mailmap(mailmap)?;
        let name = String::from_utf8_lossy(author.name_bytes())
            .trim()
            .to_owned();
        let email = String::from_utf8_lossy(author.email_bytes())
            .trim()
            .to_lowercase();
        if is_bot(&name.to_lowercase(), &email) {
            return Ok(());
        }
        let name = if name.is_empty() { email.clone() } else { name };
        let known = self.name_of.entry(email.clone()).or_insert(name);
        let person = self.people.entry(known.to_lowercase()).or_default();
        if person.name.is_empty() {
            person.name.clone_from(known);
        }
        person.commits += 1;
        person.domain = person.domain.take().or_else(|| domain(&email));
        self.commits += 1;
        Ok(())
    }

    fn people(self) -> People {
        let mut people: Vec<Person> = self.people.into_values().collect();
        people.sort_by(|a, b| b.commits.cmp(&a.commits).then_with(|| a.name.cmp(&b.name)));
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for domain in people.iter().filter_map(|person| person.domain.as_deref()) {
            *counts.entry(domain).or_default() += 1;
        }
        let mut domains: Vec<(String, usize)> = counts
            .into_iter()
            .map(|(domain, n)| (domain.to_owned(), n))
            .collect();
        domains.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        People {
            domains,
            commits: self.commits,
            names: people.into_iter().map(|person| person.name).collect(),
        }
    }
}

fn is_bot(name: &str, email: &str) -> bool {
    let machines = [
        "noreply@anthropic.com",
        "noreply@github.com",
        "action@github.com",
    ];
    name.contains("[bot]")
        || email.contains("[bot]")
        || name.ends_with("-bot")
        || name.ends_with(" bot")
        || machines.contains(&email)
}

/// Returns an address's domain, unless a forge made the address up.
fn domain(email: &str) -> Option<String> {
    let (_, domain) = email.rsplit_once('@')?;
    let made_up = domain.starts_with("users.noreply.") || domain.starts_with("noreply.");
    let whole = domain.contains('.') && !made_up;
    whole.then(|| domain.to_owned())
}
