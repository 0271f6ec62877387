//! The change of one repository, written: objects, then the branch.

use std::collections::BTreeMap;

use git2::Repository;

use super::made::Made;
use super::one::Pending;
use super::{FileOutcome, Group, Member, Run, Signing, Words, worded};
use crate::git::{self, Authors, Draft, Moved, OwnIdentity, Packed};
use crate::model::Diagnostic;

/// Commits what is pending, and returns the commit.
///
/// The branch moves last, and only if it points where it did when the repository was looked at; until
/// then nobody sees the new objects.
pub(super) fn commit(
    run: &Run<'_>,
    member: &Member,
    pending: &Pending,
) -> Result<git2::Oid, Diagnostic> {
    let Pending {
        repository, made, ..
    } = pending;
    let branch = &member.group.branch;
    let (tree, trees) = git::edited(repository, pending.tree, &made.edits)
        .map_err(|error| Diagnostic::error("git", error.to_string()).with_help(FSCK))?;
    if !git::is_free(repository, branch, tree) {
        let message = format!("branch `{branch}` is locked: `refs/heads/{branch}.lock` is there");
        let help = "if no git is at work there, take that file away";
        return Err(Diagnostic::error("branch", message).with_help(help));
    }
    let message = match &made.message {
        Some(message) => message.clone(),
        None => message(member, made)?,
    };
    let own = git::has_identity(repository);
    let mut objects: Vec<&Packed> = made.blobs.iter().chain(&trees).collect();
    let id = if signs(run, repository, member, own) {
        add(run, repository, &objects)?;
        sign(pending, tree, &message)?
    } else {
        let authors = run.known.authors.of(repository, run.environment, own);
        let authors = authors.map_err(|error| nobody(&error))?;
        let draft = Draft {
            tree,
            parent: pending.base,
            authors: &authors,
            message: &message,
        };
        let commit = git::commit(&draft).map_err(|error| wrong(&error))?;
        objects.push(&commit);
        add(run, repository, &objects)?;
        commit.id
    };
    let moved = Moved {
        branch,
        from: pending.from,
        to: id,
        why: "claude-scaffold fleet apply",
    };
    git::move_branch(repository, &moved, run.durability).map_err(|error| {
        let help = "run the command again; it looks at what is there then";
        Diagnostic::error("branch", error.to_string()).with_help(help)
    })?;
    Ok(id)
}

const FSCK: &str = "`git fsck` says what is broken";

fn add(run: &Run<'_>, repository: &Repository, objects: &[&Packed]) -> Result<(), Diagnostic> {
    git::add(repository, objects, run.durability).map_err(|error| {
        let help =
            "make the repository's `objects` folder writable, and see that the disk has room";
        Diagnostic::error("git", error.to_string()).with_help(help)
    })
}

/// Who commits: asked once, and again where a repository has names of its own.
#[derive(Debug)]
pub(super) struct Everywhere {
    authors: Result<Authors, String>,
    signs: bool,
}

impl Everywhere {
    pub(super) fn find(environment: &BTreeMap<String, String>) -> Self {
        let config = git2::Config::open_default().and_then(|mut config| config.snapshot());
        let signs = config.as_ref().is_ok_and(wants_signatures);
        let authors = config.and_then(|config| Authors::find(&config, environment));
        Self {
            authors: authors.map_err(|error| error.message().to_owned()),
            signs,
        }
    }

    fn of(
        &self,
        repository: &Repository,
        environment: &BTreeMap<String, String>,
        own: OwnIdentity,
    ) -> Result<Authors, git2::Error> {
        match &self.authors {
            Ok(authors) if own == OwnIdentity::None => Ok(authors.clone()),
            _ => Authors::of(repository, environment),
        }
    }

    fn signs(&self, repository: &Repository, own: OwnIdentity) -> bool {
        if own == OwnIdentity::None {
            return self.signs;
        }
        let config = repository.config().and_then(|mut config| config.snapshot());
        config.as_ref().is_ok_and(wants_signatures)
    }
}

fn wants_signatures(config: &git2::Config) -> bool {
    config.get_bool("commit.gpgsign").unwrap_or(false)
}

/// What a commit says in every member of a group; none where the template names the repository.
pub(super) fn shared_message(group: &Group, made: &Made) -> Option<String> {
    let is_shared = !group.message.contains("repository");
    is_shared
        .then(|| worded_for(group, "", made).ok())
        .flatten()
}

fn message(member: &Member, made: &Made) -> Result<String, Diagnostic> {
    worded_for(&member.group, &member.name, made)
}

fn worded_for(group: &Group, repository: &str, made: &Made) -> Result<String, Diagnostic> {
    let files: Vec<String> = made.edits.keys().cloned().collect();
    let keys = |file: &FileOutcome| {
        let path = file.path.clone();
        let keys = file.conflicts.clone().into_iter();
        keys.map(move |key| format!("{path}: {key}"))
    };
    let conflicts: Vec<String> = made.files.iter().flat_map(keys).collect();
    let words = Words {
        repository,
        group: &group.name,
        files: &files,
        conflicts: &conflicts,
        diffstat: made.diffstat.trim_end(),
        version: env!("CARGO_PKG_VERSION"),
    };
    worded(&group.message, &words).map_err(|error| {
        let help = "mend `message` in the fleet file";
        Diagnostic::error("fleet", error.to_string()).with_help(help)
    })
}

/// Whether the commit is to be signed; git's own setting is asked where the group has none.
fn signs(run: &Run<'_>, repository: &Repository, member: &Member, own: OwnIdentity) -> bool {
    match member.group.signing {
        Signing::Always => true,
        Signing::Never => false,
        Signing::AsConfigured => run.known.authors.signs(repository, own),
    }
}

/// Lets the user's `git` sign: it knows the program, the format and the key.
fn sign(pending: &Pending, tree: git2::Oid, message: &str) -> Result<git2::Oid, Diagnostic> {
    git::signed_commit(pending.repository.path(), tree, pending.base, message).map_err(|error| {
        let problem = Diagnostic::error("git", format!("failed to sign the commit: {error}"));
        problem.with_help(
            "see that `git commit -S` works there, or set `sign = false` in the fleet file",
        )
    })
}

fn nobody(error: &git2::Error) -> Diagnostic {
    let message = format!("git does not know who commits: {}", error.message());
    let help = "tell it: `git config --global user.name NAME`, and `user.email ADDRESS`";
    Diagnostic::error("git", message).with_help(help)
}

fn wrong(error: &git2::Error) -> Diagnostic {
    Diagnostic::error("git", error.message()).with_help(FSCK)
}
