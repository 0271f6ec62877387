//! Addresses as git is given them: which protocols they may lead to, who is asked, and what their folder
//! in the cache is called.

use sha2::{Digest, Sha256};

use super::RemoteError;
use crate::fleet::address;

/// Letters of a folder's name that are for the eye.
const MOST_READABLE: usize = 60;

/// An address that git can be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) url: String,
    /// Whom requests are counted for; nothing on this machine.
    pub(super) host: String,
    /// What `GIT_ALLOW_PROTOCOL` lists.
    pub(super) protocols: &'static str,
}

/// Who is asked.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Whom<'a> {
    pub(super) url: &'a str,
    pub(super) host: &'a str,
}

impl Address {
    pub(super) fn parse(text: &str) -> Result<Self, RemoteError> {
        let parsed = address::Address::parse(text).map_err(RemoteError::Address)?;
        let parsed = parsed.ok_or(RemoteError::Address(address::AddressError::Incomplete))?;
        let scheme = parsed
            .url
            .split_once("://")
            .map_or("ssh", |(scheme, _)| scheme);
        let protocols = match scheme.to_ascii_lowercase().as_str() {
            "http" => "http",
            "git" => "git",
            "file" => "file",
            // The user's own `insteadOf` may turn one encrypted transport into the other.
            _ => "https:ssh",
        };
        Ok(Self {
            url: parsed.url,
            host: parsed.host.unwrap_or_default(),
            protocols,
        })
    }

    pub(super) fn of(&self) -> Whom<'_> {
        Whom {
            url: &self.url,
            host: &self.host,
        }
    }

    /// Returns what the repository's folder is called: readable, and unlike that of any other address.
    pub(super) fn folder(&self) -> String {
        let (_, rest) = self.url.split_once("://").unwrap_or(("", &self.url));
        let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
        let rest = rest.trim_matches('/');
        let rest = rest.strip_suffix(".git").unwrap_or(rest);
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        let readable: String = rest
            .chars()
            .map(|c| if is_plain(c) { c } else { '-' })
            .collect();
        let from = readable.len().saturating_sub(MOST_READABLE);
        let readable = readable.get(from..).unwrap_or_default();
        let digest = Sha256::digest(self.url.as_bytes());
        let hash = digest
            .iter()
            .take(8)
            .fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
        format!("{}-{hash}", readable.trim_start_matches('-'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, host: &str, protocols: &str) {
        let address = Address::parse(text).expect("an address");
        assert_eq!(
            (address.host.as_str(), address.protocols),
            (host, protocols)
        );
    }

    #[test]
    fn an_address_leads_to_one_transport() {
        check(
            "HTTPS://Git.Example.com:8443/a/b.git",
            "git.example.com:8443",
            "https:ssh",
        );
        check("git@h.example:a/b.git", "h.example", "https:ssh");
        check("http://localhost/a", "localhost", "http");
        check("file:///srv/a.git", "", "file");
    }

    #[test]
    fn what_git_must_not_be_given_is_refused() {
        let password = ["https://ada", "hunter2@h/a"].join(":");
        for text in [
            password.as_str(),
            "/srv/a",
            "C:/a",
            "ext::x",
            "https://h/a\"b",
            "ssh://-oX/a",
        ] {
            let error = Address::parse(text).expect_err("a refusal");
            assert!(matches!(error, RemoteError::Address(_)), "{text}");
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
