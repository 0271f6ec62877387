//! Addresses as git takes them, checked before git is given them.

use sha2::{Digest, Sha256};

use super::RemoteError;
use crate::model::holds_secret;

/// Letters of a folder's name that are for the eye.
const MOST_READABLE: usize = 60;

/// An address that git can be given: it holds no password and nothing that a configuration file, or the
/// command line, would take for more than an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) url: String,
    /// Whom requests are counted for; nothing on this machine.
    pub(super) host: String,
    /// What `GIT_ALLOW_PROTOCOL` lists.
    pub(super) protocols: &'static str,
}

impl Address {
    pub(super) fn parse(text: &str) -> Result<Self, RemoteError> {
        let odd = |c: char| c.is_control() || c.is_whitespace() || "#\\\"'`<>;".contains(c);
        if text.contains(odd) {
            return Err(RemoteError::Address("it has an odd character in it"));
        }
        let (protocols, authority, path) = split(text)?;
        let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        if user.contains([':', '%']) || holds_secret(user) || holds_secret(path) {
            return Err(RemoteError::Credential);
        }
        if user.starts_with('-') || host.starts_with('-') {
            return Err(RemoteError::Address("a `-` is at the beginning"));
        }
        if path.trim_matches('/').is_empty() {
            return Err(RemoteError::Address("it names no repository of a host"));
        }
        match (protocols, host) {
            ("file", "" | "localhost") => {}
            ("file", _) => return Err(RemoteError::Address("a `file` address has no host")),
            (_, "") => return Err(RemoteError::Address("it has no host")),
            _ => {}
        }
        let host = if protocols == "file" { "" } else { host };
        Ok(Self {
            url: text.to_owned(),
            host: host.to_ascii_lowercase(),
            protocols,
        })
    }

    /// Returns what the repository's folder is called: readable, and unlike that of any other address.
    pub(super) fn folder(&self) -> String {
        let (_, rest) = self.url.split_once("://").unwrap_or(("", &self.url));
        let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
        let rest = rest.trim_matches('/');
        let rest = rest.strip_suffix(".git").unwrap_or(rest);
        let plain = |c: char| {
            if c.is_ascii_alphanumeric() || "-_".contains(c) {
                c
            } else {
                '-'
            }
        };
        let readable: String = rest.chars().map(plain).collect();
        let from = readable.len().saturating_sub(MOST_READABLE);
        let readable = readable
            .get(from..)
            .unwrap_or_default()
            .trim_start_matches('-');
        let digest = Sha256::digest(self.url.as_bytes());
        let hash = digest
            .iter()
            .take(8)
            .fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
        format!("{readable}-{hash}")
    }
}

/// Returns the protocols, the user with the host, and the path.
fn split(text: &str) -> Result<(&'static str, &str, &str), RemoteError> {
    let Some((scheme, rest)) = text.split_once("://") else {
        // The short form of ssh. One letter before the colon is a drive; two colons name a program.
        let (authority, path) = text.split_once(':').unwrap_or_default();
        if authority.len() < 2 || authority.contains('/') || path.starts_with(':') {
            return Err(RemoteError::Address("it has no `://` and host"));
        }
        return Ok(("https:ssh", authority, path));
    };
    let protocols = match scheme.to_ascii_lowercase().as_str() {
        // The user's own `insteadOf` may turn one encrypted transport into the other.
        "https" | "ssh" => "https:ssh",
        "http" => "http",
        "git" => "git",
        "file" => "file",
        _ => return Err(RemoteError::Address("its transport is none of git's")),
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    Ok((protocols, authority, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(text: &str) -> String {
        Address::parse(text).map_or_else(|error| error.to_string(), |address| address.host)
    }

    #[test]
    fn addresses_are_read_as_git_reads_them() {
        assert_eq!(
            host("https://Git.Example.com:8443/a/b.git"),
            "git.example.com:8443"
        );
        assert_eq!(host("ssh://git@h/a"), "h");
        assert_eq!(host("git@h.example:a/b.git"), "h.example");
        assert_eq!(host("file:///srv/a.git"), "");
    }

    #[test]
    fn what_git_must_not_be_given_is_refused() {
        for text in ["https://ada:pw@h/a", "https://:pw@h/a", "https://a%3Ab@h/a"] {
            assert_eq!(host(text), RemoteError::Credential.to_string(), "{text}");
        }
        for text in [
            "ext::sh -c x",
            "ext::x",
            "/srv/a",
            "C:/a",
            "-oProxyCommand=x:a",
            "ssh://-oX/a",
            "https:///a",
            "https://h",
            "https://h/",
            "file://other/a",
            "ftp://h/a",
            "https://h/a\"b",
            "https://h/a b",
            "",
        ] {
            assert!(
                host(text).contains("none that can be fetched from"),
                "{text}: {}",
                host(text)
            );
        }
    }

    #[test]
    fn a_folder_is_readable_and_its_own() {
        let folder = |text: &str| Address::parse(text).expect("an address").folder();
        let name = folder("https://ada@h.example/team/app.git");
        assert!(name.starts_with("h-example-team-app-"), "{name}");
        assert_eq!(name.len(), "h-example-team-app-".len() + 16);
        assert_ne!(folder("https://h/a/b"), folder("https://h/a-b"));
        assert!(folder(&format!("https://h/{}", "x/".repeat(200))).len() < 80);
    }
}
