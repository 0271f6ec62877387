//! The parts of a source that the `git` program will be given: address, reference and folder.

use super::source::{SourceError, Transport};
use crate::model::{RepoPath, hide, holds_secret};

/// Checks an address without its scheme's `git+`, which stands before it in the text.
pub(super) fn check_url(transport: Transport, url: &str) -> Result<(), SourceError> {
    let offset = "git+".len();
    let example = "for example `git+https://git.example.com/platform/claude-pack?tag=v3`";
    let odd = |c: char| c.is_control() || c.is_whitespace() || "#\\\"'`<>".contains(c);
    if let Some(at) = url.find(odd) {
        let what = "the address has a character in it that an address may not have";
        return refuse(offset + at, what, "write it in percent-encoding");
    }
    let rest = url.split_once("://").map(|(_, rest)| rest);
    let Some(rest) = rest.filter(|rest| !rest.is_empty()) else {
        return refuse(offset, "the address has no `//` and host", example);
    };
    let start = offset + url.len() - rest.len();
    let authority = rest.split('/').next().unwrap_or_default();
    check_user(transport, authority, start)?;
    let parsed = url::Url::parse(url).map_err(|error| SourceError {
        offset: start,
        what: format!("the address is no URL: {error}"),
        help: match transport {
            Transport::Ssh => "write `git+ssh://USER@HOST/PATH`, with a `/` after the host",
            _ => example,
        }
        .to_owned(),
    })?;
    let host = parsed.host_str().unwrap_or_default();
    if host.starts_with('-') || parsed.path().trim_matches('/').is_empty() {
        return refuse(start, "the address names no repository of a host", example);
    }
    let is_loopback = matches!(host, "localhost" | "[::1]") || {
        let address = host.parse::<std::net::Ipv4Addr>();
        address.is_ok_and(|address| address.is_loopback())
    };
    match transport {
        Transport::File if !matches!(host, "" | "localhost") => refuse(
            start,
            "a `file` address has no host",
            "write three slashes: `git+file:///srv/git/claude-pack`",
        ),
        Transport::Http | Transport::Git if !is_loopback => refuse(
            0,
            "the transport is not encrypted, so anybody on the way can change the pack",
            "write `git+https://…` or `git+ssh://…`",
        ),
        Transport::Https | Transport::Ssh if host.is_empty() => {
            refuse(start, "the address has no host", example)
        }
        _ => Ok(()),
    }
}

/// A name is fine where ssh needs one; a password, or a token in its place, is a credential.
fn check_user(transport: Transport, authority: &str, start: usize) -> Result<(), SourceError> {
    let host = authority.rsplit('@').next().unwrap_or_default();
    if host.contains('%') {
        let what = "the address has a host in percent-encoding";
        return refuse(start, what, "write its name as it is");
    }
    let Some((user, _)) = authority.rsplit_once('@') else {
        return Ok(());
    };
    let is_secret = user.contains([':', '%']) || holds_secret(user);
    if is_secret {
        return refuse(
            start,
            "the address holds a credential, and this file is committed",
            "take it out; `git config credential.helper` says where git finds it",
        );
    }
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.+".contains(c);
    if user.starts_with('-') || !user.chars().all(is_name) {
        return refuse(start, "the address has an odd user name", "take it out");
    }
    match transport {
        Transport::File | Transport::Git => refuse(
            start,
            "the address has a user, which this transport knows nothing of",
            "take it out",
        ),
        _ => Ok(()),
    }
}

/// Reads the folder of a pack inside its repository.
pub(super) fn parse_sub_folder(value: &str, at: usize) -> Result<RepoPath, SourceError> {
    let plain = |c: char| c != '#' && c != '&' && c != '%';
    match RepoPath::parse(value.trim_end_matches('/')) {
        Ok(path) if path.as_str().chars().all(plain) => Ok(path),
        Ok(_) => refuse(at, "`path` holds `#` or `%`", "rename the folder"),
        Err(error) => refuse(
            at,
            format!("`path`: {error}"),
            "name a folder inside the pack's repository, such as `path=packs/team`",
        ),
    }
}

/// What git-check-ref-format refuses, and what could be taken for an option or another reference.
pub(super) fn check_ref(name: &str, at: usize) -> Result<(), SourceError> {
    let odd = |c: char| c.is_control() || c.is_whitespace() || ":~^?*[\\&%'\"`$".contains(c);
    let part = |part: &str| {
        part.is_empty()
            || part.starts_with('.')
            || std::path::Path::new(part)
                .extension()
                .is_some_and(|ending| ending.eq_ignore_ascii_case("lock"))
    };
    let bad = name.starts_with('-')
        || name.contains("..")
        || name.contains("@{")
        || name == "@"
        || name.ends_with('.')
        || name.len() > 200
        || name.chars().any(odd)
        || name.split('/').any(part);
    if bad {
        let what = format!(
            "`{}` is no name of a tag, branch or commit",
            hide(name).escape_debug()
        );
        return refuse(at, what, "`git ls-remote` prints the names there are");
    }
    Ok(())
}

/// Returns the error at a place.
pub(super) fn refuse<T>(
    offset: usize,
    what: impl Into<String>,
    help: impl Into<String>,
) -> Result<T, SourceError> {
    Err(SourceError {
        offset,
        what: what.into(),
        help: help.into(),
    })
}
