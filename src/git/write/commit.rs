//! A commit's text.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, SystemTime};

use git2::{Config, ObjectType, Oid, Repository, Signature, Time};

use super::Packed;
use crate::git::program::{self, Ground, Limits, Prompt, Run};

/// Who is named in a commit: git's own variables, else the configuration of repository and user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authors {
    /// `Name <address> seconds zone`.
    pub author: String,
    /// As the author.
    pub committer: String,
}

/// What a commit says.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'a> {
    /// Its tree.
    pub tree: Oid,
    /// The commit before it.
    pub parent: Oid,
    /// Who.
    pub authors: &'a Authors,
    /// The message.
    pub message: &'a str,
}

impl Authors {
    /// Finds out who commits. `environment` holds git's own `GIT_AUTHOR_…` and `GIT_COMMITTER_…`.
    ///
    /// # Errors
    /// Fails where nobody has told git a name and an address, or a date cannot be read.
    pub fn find(
        config: &Config,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, git2::Error> {
        Ok(Self {
            author: who("AUTHOR", config, environment)?,
            committer: who("COMMITTER", config, environment)?,
        })
    }

    /// As [`Authors::find`], in a repository that may have names of its own.
    ///
    /// # Errors
    /// As [`Authors::find`].
    pub fn of(
        repository: &Repository,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, git2::Error> {
        Self::find(&repository.config()?.snapshot()?, environment)
    }
}

/// Writes a commit.
///
/// # Errors
/// Fails where git cannot hash it.
pub fn commit(draft: &Draft<'_>) -> Result<Packed, git2::Error> {
    let &Draft {
        tree,
        parent,
        authors: Authors { author, committer },
        message,
    } = draft;
    let message = message.trim_end();
    let text = format!(
        "tree {tree}\nparent {parent}\nauthor {author}\ncommitter {committer}\n\n{message}\n"
    );
    Packed::new(ObjectType::Commit, text.as_bytes())
}

fn who(
    role: &str,
    config: &Config,
    environment: &BTreeMap<String, String>,
) -> Result<String, git2::Error> {
    let given = |what: &str| {
        let value = environment.get(&format!("GIT_{role}_{what}"))?;
        Some(value.clone()).filter(|value| !value.is_empty())
    };
    let set = |what: &str| {
        let own = config.get_string(&format!("{}.{what}", role.to_lowercase()));
        own.or_else(|_| config.get_string(&format!("user.{what}")))
    };
    let name = given("NAME").map_or_else(|| set("name"), Ok)?;
    let email = given("EMAIL").map_or_else(
        || set("email").or_else(|error| environment.get("EMAIL").cloned().ok_or(error)),
        Ok,
    )?;
    let time = match given("DATE") {
        Some(date) => moment(role, &date)?,
        None => now(),
    };
    // Git's own rules about the letters of a name.
    let signature = Signature::new(&name, &email, &time)?;
    let zone = time.offset_minutes();
    let sign = if zone < 0 { '-' } else { '+' };
    let (hours, minutes) = (zone.abs() / 60, zone.abs() % 60);
    Ok(format!(
        "{} <{}> {} {sign}{hours:02}{minutes:02}",
        String::from_utf8_lossy(signature.name_bytes()),
        String::from_utf8_lossy(signature.email_bytes()),
        time.seconds()
    ))
}

fn now() -> Time {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let seconds = since.map_or(0, |since| since.as_secs());
    Time::new(i64::try_from(seconds).unwrap_or(i64::MAX), 0)
}

/// Reads a date; of the many forms there are git itself makes sense, from its own environment.
fn moment(role: &str, date: &str) -> Result<Time, git2::Error> {
    if let Some(time) = seconds(date) {
        return Ok(time);
    }
    let wrong = |why: &str| git2::Error::from_str(&format!("cannot read the date `{date}`: {why}"));
    let variable = format!("GIT_{role}_IDENT");
    let somebody = ["-c", "user.name=x", "-c", "user.email=x", "var", &variable];
    let done = program::run(&Run {
        folder: Path::new("."),
        ground: Ground::Found,
        arguments: &somebody,
        input: &[],
        protocols: None,
        prompt: Prompt::Never,
        limits: Limits {
            time: Duration::from_secs(10),
            growth: None,
        },
    });
    let out = done.map_err(|error| wrong(&error.to_string()))?.out;
    let after = out.rsplit_once("> ").map_or("", |(_, date)| date);
    seconds(after.trim()).ok_or_else(|| wrong("git has another form for it"))
}

/// Reads git's internal form of a date, `SECONDS ZONE`, with or without an `@`.
fn seconds(date: &str) -> Option<Time> {
    let mut words = date.trim_start_matches('@').split_whitespace();
    let seconds = words.next()?.parse().ok()?;
    let zone: i32 = words.next().map_or(Ok(0), str::parse).ok()?;
    let is_whole = words.next().is_none();
    is_whole.then(|| Time::new(seconds, zone / 100 * 60 + zone % 100))
}
