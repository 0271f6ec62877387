//! A push by the `git` program, of what is named and nothing else.

use std::path::Path;
use std::time::Duration;

use super::RemoteError;
use crate::git::program::{self, Done, Ground, Limits, Prompt, Run, RunError, Said};

/// What is pushed, and where to.
///
/// It runs as the user's own `git push` in that repository would: with its configuration, and with the
/// `pre-push` hook that somebody has put there on purpose. A repository of the cache has none. Tags,
/// submodules and whatever else the configuration adds to a push are left out.
#[derive(Debug, Clone, Copy)]
pub struct Push<'a> {
    /// A work tree's root or a bare repository.
    pub repository: &'a Path,
    /// An address or the name of a remote.
    pub remote: &'a str,
    /// `SOURCE:DESTINATION`, full names.
    pub refspecs: &'a [String],
    /// What the server is told with `-o`.
    pub options: &'a [String],
    /// What a branch must be on the remote to be replaced.
    pub lease: Option<Lease<'a>>,
    /// Whether git may ask for a password.
    pub prompt: Prompt,
    /// How long it may take.
    pub time: Duration,
}

/// A branch that may be replaced if nobody else has moved it.
#[derive(Debug, Clone, Copy)]
pub struct Lease<'a> {
    /// Its full name.
    pub reference: &'a str,
    /// Where it must be; none where it must not be there.
    pub commit: Option<&'a str>,
}

/// A push that went well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// What the server said, line by line, fit to be shown.
    pub talk: String,
    /// Whether the remote had all of it.
    pub up_to_date: bool,
}

/// Pushes, once.
///
/// # Errors
///
/// Returns why the remote has not all of it.
pub fn push(push: &Push<'_>) -> Result<Pushed, RemoteError> {
    // A remote may have moved on since it was fetched from. Then git takes all that HEAD reaches for
    // missing there, and has to ask for what they have in common.
    let done = match attempt(push, &[]) {
        Err(RunError::Failed(_, said))
            if said.has(&["lazy fetching disabled", "could not fetch "]) =>
        {
            attempt(push, &["-c", "push.negotiate=true"])
        }
        done => done,
    };
    match done {
        Ok(Done { out, said }) => Ok(Pushed {
            talk: spoken(&said),
            up_to_date: lines(&out).all(|line| line.flag == '='),
        }),
        Err(RunError::Failed(out, said)) => Err(refused(&out, said)),
        Err(error) => Err(RemoteError::of(error)),
    }
}

fn attempt(push: &Push<'_>, before: &[&str]) -> Result<Done, RunError> {
    let lease = push.lease.map(|lease| {
        let commit = lease.commit.unwrap_or_default();
        format!("--force-with-lease={}:{commit}", lease.reference)
    });
    let options: Vec<String> = push
        .options
        .iter()
        .map(|o| format!("--push-option={o}"))
        .collect();
    let mut arguments = before.to_vec();
    arguments.extend([
        "push",
        "--porcelain",
        "--no-follow-tags",
        "--recurse-submodules=no",
    ]);
    arguments.extend(lease.as_deref());
    arguments.extend(options.iter().map(String::as_str));
    arguments.extend(["--", push.remote]);
    arguments.extend(push.refspecs.iter().map(String::as_str));
    program::run(&Run {
        folder: push.repository,
        ground: Ground::Found,
        arguments: &arguments,
        input: &[],
        protocols: None,
        prompt: push.prompt,
        limits: Limits {
            time: push.time,
            growth: None,
        },
    })
}

/// A line of `--porcelain`: flag, both names, and the outcome with its reason.
struct Line<'a> {
    flag: char,
    reference: &'a str,
    outcome: &'a str,
}

fn lines(out: &str) -> impl Iterator<Item = Line<'_>> {
    out.lines().filter_map(|line| {
        let mut fields = line.split('\t');
        let flag = fields.next().filter(|flag| flag.chars().count() == 1)?;
        let (_, reference) = fields.next()?.split_once(':')?;
        Some(Line {
            flag: flag.chars().next()?,
            reference,
            outcome: fields.next()?,
        })
    })
}

fn refused(out: &str, said: Said) -> RemoteError {
    if said.has(&["does not support push options"]) {
        return RemoteError::NoOptions;
    }
    let Some(line) = lines(out).find(|line| line.flag == '!') else {
        return RemoteError::of(RunError::Failed(String::new(), said));
    };
    let reference = line.reference.to_owned();
    let why = line.outcome.rsplit_once('(');
    let why = why.map_or(line.outcome, |(_, why)| why.trim_end_matches(')'));
    match why {
        "non-fast-forward" | "fetch first" | "needs force" => RemoteError::NotForward(reference),
        "stale info" | "remote ref updated since checkout" => RemoteError::Moved(reference),
        // Two pushes at once: the other one was faster.
        _ if [
            "failed to update ref",
            "cannot lock ref",
            "reference already exists",
        ]
        .contains(&why) =>
        {
            RemoteError::Moved(reference)
        }
        _ if line.outcome.starts_with("[remote failure]") => RemoteError::Unreachable(said),
        _ => RemoteError::Declined {
            reference,
            why: Said::new(why.to_owned()).words(),
            said: Said::new(spoken(&said)),
        },
    }
}

/// What the server said, without git's mark before it.
fn spoken(said: &Said) -> String {
    let lines = said.lines();
    let lines = lines.iter().filter_map(|line| line.strip_prefix("remote:"));
    let lines: Vec<&str> = lines
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, error: &str) {
        let out = format!("To h\n{line}\nDone\n");
        let said = Said::new("remote: no keys here   \nerror: failed to push\n".to_owned());
        let text = refused(&out, said).to_string();
        assert_eq!(text, error);
    }

    #[test]
    fn why_a_push_is_refused_is_told_apart() {
        check(
            "!\ta:refs/heads/x\t[rejected] (fetch first)",
            "the remote's `refs/heads/x` has gone another way",
        );
        check(
            "!\ta:refs/heads/x\t[rejected] (stale info)",
            "the remote's `refs/heads/x` was moved by somebody else",
        );
        check(
            "!\ta:refs/heads/x\t[remote rejected] (pre-receive hook declined)",
            "`refs/heads/x` is not taken: pre-receive hook declined: no keys here",
        );
    }
}
