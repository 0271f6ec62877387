//! Merge requests that a push opens: GitLab's push options, and `refs/for/…` of Gitea and Forgejo.
//!
//! Neither says how an older request stands, so that one is known by what an earlier run has noted, or
//! by its commit among the server's references.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::address::Address;
use super::answer::shown;
use super::pace::{self, Kind};
use super::settle::Wanted;
use super::{Ask, ForgeError, Forges};
use crate::fleet::remote::{self, Push, Pushed, Remedy, RemoteError};
use crate::fleet::{Proposal, Standing};
use crate::git::program::{self, Ground, Limits, Run};

/// The most of one push option, in bytes; git's own packets end a little above.
const MOST: usize = 60_000;

/// Pushes the branch with the options that have GitLab open or update its merge request.
pub(super) fn gitlab(
    forges: &Forges<'_>,
    ask: &Ask<'_>,
    url: &str,
    wanted: &Wanted<'_>,
) -> Result<Proposal, ForgeError> {
    let options = gitlab_options(ask.base, wanted);
    let refspec = format!("{}:refs/heads/{}", ask.commit, ask.head);
    let host = host(url);
    let pushed = push(forges, ask, &host, refspec, &options)?;
    if pushed.up_to_date {
        let branch = ask.head.to_owned();
        let nothing = ForgeError::NothingPushed { host, branch };
        return ask.earlier.map(still).ok_or(nothing);
    }
    let Some(page) = named(&pushed.talk, "/merge_requests/") else {
        let said = shown(&pushed.talk);
        return Err(ForgeError::NotOpened { host, said });
    };
    Ok(told(ask, Some(page)))
}

fn gitlab_options(base: &str, wanted: &Wanted<'_>) -> Vec<String> {
    // What GitLab takes for the end of a line, wherever it stands.
    let description = wanted.block().replace("\\n", "&#92;n").replace('\n', "\\n");
    let mut options = vec![
        "merge_request.create".to_owned(),
        format!("merge_request.target={base}"),
        format!("merge_request.title={}", wanted.title),
        format!("merge_request.description={}", cut(&description)),
    ];
    let labels = wanted.labels.iter();
    options.extend(labels.map(|label| format!("merge_request.label={}", line(label))));
    options
}

/// Pushes the commit to where Gitea and Forgejo take it for a pull request.
pub(super) fn agit(
    forges: &Forges<'_>,
    ask: &Ask<'_>,
    url: &str,
    wanted: &Wanted<'_>,
) -> Result<Proposal, ForgeError> {
    if let Some(number) = pulled(forges, ask) {
        let there = ask.earlier.map(still);
        return Ok(there.unwrap_or_else(|| Proposal {
            standing: Standing::Open,
            url: page(url, number),
        }));
    }
    let options = agit_options(ask, wanted);
    let refspec = format!("{}:refs/for/{}", ask.commit, ask.base);
    match push(forges, ask, &host(url), refspec, &options) {
        Ok(pushed) => Ok(told(ask, named(&pushed.talk, "/pulls/"))),
        Err(ForgeError::Push(RemoteError::Declined { why, .. }))
            if why.contains("same with old commit") =>
        {
            let standing = Standing::Open;
            let url = ask.earlier.and_then(|earlier| earlier.url.clone());
            Ok(Proposal { standing, url })
        }
        Err(error) => Err(error),
    }
}

fn agit_options(ask: &Ask<'_>, wanted: &Wanted<'_>) -> Vec<String> {
    let block = wanted.block();
    let mut options = vec![
        format!("topic={}", ask.head),
        format!("title={}", wanted.title),
        // An option has one line; this is how these servers take more.
        format!(
            "description={{base64}}{}",
            BASE64_STANDARD.encode(cut_to(&block, MOST / 4 * 3 - 64))
        ),
    ];
    if ask.lease.is_some() {
        options.push("force-push=true".to_owned());
    }
    options
}

/// Returns the pull request that already has the commit, whatever became of it.
fn pulled(forges: &Forges<'_>, ask: &Ask<'_>) -> Option<u64> {
    let listed = program::run(&Run {
        folder: ask.repository,
        ground: Ground::Found,
        arguments: &["ls-remote", "--", ask.remote, "refs/pull/*/head"],
        input: &[],
        protocols: None,
        prompt: forges.prompt,
        limits: Limits {
            time: forges.pace.limit,
            growth: None,
        },
    });
    // What is wrong with the remote, the push says better.
    let listed = listed.ok()?;
    let numbers = listed.out.lines().filter_map(|line| {
        let (commit, reference) = line.split_once('\t')?;
        let number = reference.strip_prefix("refs/pull/")?.strip_suffix("/head");
        number.filter(|_| commit == ask.commit)?.parse().ok()
    });
    numbers.max()
}

/// Pushes, again where that may help.
fn push(
    forges: &Forges<'_>,
    ask: &Ask<'_>,
    host: &str,
    refspec: String,
    options: &[String],
) -> Result<Pushed, ForgeError> {
    let pace = &forges.pace;
    let refspecs = [refspec];
    let mut pause = pace.pause;
    let mut waited = Duration::ZERO;
    let mut tries = 1;
    loop {
        forges.gates.pass(host, Kind::Writes, pace, forges.watch)?;
        let pushed = remote::push(&Push {
            repository: ask.repository,
            remote: ask.remote,
            refspecs: &refspecs,
            options,
            lease: ask.lease,
            prompt: forges.prompt,
            time: pace.push,
        });
        let error = match pushed {
            Ok(pushed) => return Ok(pushed),
            Err(RemoteError::NoOptions) => {
                return Err(ForgeError::NoPushOptions(shown(ask.remote)));
            }
            Err(error) => error,
        };
        if let RemoteError::Busy {
            after: Some(after), ..
        } = &error
        {
            pause = *after;
            forges.gates.close(host, pause);
        }
        waited += pause;
        if error.remedy() != Remedy::Again || tries >= pace.tries || waited > pace.patience {
            return Err(ForgeError::Push(error));
        }
        pace::sleep(pause, forges.watch)?;
        tries += 1;
        pause *= 2;
    }
}

/// Returns an earlier request as one that said all of it.
fn still(earlier: &Proposal) -> Proposal {
    let standing = match earlier.standing {
        Standing::Opened | Standing::Updated | Standing::Open => Standing::Open,
        other => other,
    };
    let url = earlier.url.clone();
    Proposal { standing, url }
}

/// Returns a request that a push has opened, or brought up to date where there was one.
fn told(ask: &Ask<'_>, url: Option<String>) -> Proposal {
    let same = |earlier: &&Proposal| url.is_none() || earlier.url == url;
    let standing = match ask.earlier.filter(same) {
        Some(_) => Standing::Updated,
        None => Standing::Opened,
    };
    let url = url.or_else(|| ask.earlier.and_then(|earlier| earlier.url.clone()));
    Proposal { standing, url }
}

/// Finds the address of a numbered request in what a server said.
fn named(talk: &str, part: &str) -> Option<String> {
    let words = talk.split_whitespace();
    let numbered = |word: &&str| {
        let (before, number) = word.rsplit_once(part)?;
        let web = before.starts_with("https://") || before.starts_with("http://");
        let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        (web && digits).then_some(())
    };
    let mut words = words.rev();
    words
        .find(|word| numbered(word).is_some())
        .map(str::to_owned)
}

fn page(url: &str, number: u64) -> Option<String> {
    let Address { host, path } = Address::read(url)?;
    let scheme = if url.starts_with("http://") {
        "http"
    } else {
        "https"
    };
    Some(format!("{scheme}://{host}/{path}/pulls/{number}"))
}

fn host(url: &str) -> String {
    let address = Address::read(url);
    address.map_or_else(|| shown(url), |address| address.host)
}

fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cut(text: &str) -> &str {
    cut_to(text, MOST)
}

fn cut_to(text: &str, most: usize) -> &str {
    let mut at = most.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    text.get(..at).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANTED: Wanted<'static> = Wanted {
        change: Some("aaaaaaaaaaaa"),
        commit: "c1",
        title: "Title",
        body: "One\nC:\\new\nTwo",
        labels: &[],
    };

    #[test]
    fn a_description_is_one_line_for_gitlab() {
        let labels = ["a b".to_owned()];
        let wanted = Wanted {
            labels: &labels,
            ..WANTED
        };
        let options = gitlab_options("main", &wanted);
        assert!(options.iter().all(|option| !option.contains('\n')));
        let description = options.get(3).expect("a description");
        assert!(
            description.contains("One\\nC:&#92;new\\nTwo"),
            "{description}"
        );
        assert_eq!(
            options.last().map(String::as_str),
            Some("merge_request.label=a b")
        );
    }

    #[test]
    fn the_address_of_a_request_is_found_in_talk() {
        let talk =
            "View merge request for claude-scaffold:\n  https://gl.example/g/p/-/merge_requests/12";
        let url = "https://gl.example/g/p/-/merge_requests/12";
        assert_eq!(named(talk, "/merge_requests/").as_deref(), Some(url));
        let new = "To create a merge request for x, visit:\nhttps://gl.example/g/p/-/merge_requests/new?a=b";
        assert_eq!(named(new, "/merge_requests/"), None);
        let merges = "Visit the existing pull request:\nhttp://h:3000/a/b/pulls/7 merges into main";
        assert_eq!(
            named(merges, "/pulls/").as_deref(),
            Some("http://h:3000/a/b/pulls/7")
        );
    }
}
