//! Addresses of remote repositories: what `git` can fetch from, and when two spellings are one.

use crate::git;
use crate::model::holds_secret;

/// An address that the `git` program may be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// As it was written.
    pub url: String,
    /// The same for every spelling of one repository's address.
    pub identity: String,
    /// The path on the host without `.git`, such as `team/app`.
    pub name: String,
    /// The host, with its port where one is named; none for `file://`.
    pub host: Option<String>,
}

/// Why a text is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// A scheme that is not taken, such as one that starts a program.
    #[error("addresses of the kind `{0}` are not taken")]
    Scheme(String),
    /// A password or a token in it.
    #[error("the address holds a credential, and a list of repositories is no place for one")]
    Credential,
    /// A character that no address may hold.
    #[error("the address has the character {0:?} in it")]
    Character(char),
    /// No host, or no path.
    #[error("the address names no repository of a host")]
    Incomplete,
}

impl AddressError {
    /// Returns the stable code of the problem; `usual` where it has none of its own.
    #[must_use]
    pub fn code(&self, usual: &'static str) -> &'static str {
        match self {
            Self::Credential => "CS003",
            _ => usual,
        }
    }

    /// Returns what to do.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Scheme(_) => "use `https://`, `ssh://`, `git@HOST:PATH`, `git://` or `file://`",
            Self::Credential => {
                "take it out; `git config credential.helper` says where git finds it"
            }
            Self::Character(_) => "write it in percent-encoding",
            Self::Incomplete => "for example `https://git.example.com/team/app.git`",
        }
    }
}

impl Address {
    /// Reads an address; none where the text is a path of this machine.
    ///
    /// # Errors
    /// Refuses credentials, and whatever git would take for an option or a program.
    pub fn parse(text: &str) -> Result<Option<Self>, AddressError> {
        if let Some((scheme, rest)) = text.split_once("://") {
            let known = ["https", "http", "ssh", "git", "file"];
            let lower = scheme.to_ascii_lowercase();
            let scheme = known.into_iter().find(|known| *known == lower);
            let scheme = scheme.ok_or_else(|| AddressError::Scheme(lower.clone()))?;
            return Self::of_url(text, scheme, rest).map(Some);
        }
        let Some((host, path)) = text.split_once(':') else {
            return Ok(None);
        };
        if host.len() <= 1 || host.contains(['/', '\\']) {
            return Ok(None);
        }
        if path.starts_with(':') {
            return Err(AddressError::Scheme(host.to_owned()));
        }
        characters(text)?;
        Self::of_parts(text, "ssh", host, path).map(Some)
    }

    fn of_url(text: &str, scheme: &str, rest: &str) -> Result<Self, AddressError> {
        characters(text)?;
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if scheme != "file" {
            return Self::of_parts(text, scheme, authority, path);
        }
        let path = path.trim_end_matches('/');
        if path.is_empty() || !matches!(authority, "" | "localhost") {
            return Err(AddressError::Incomplete);
        }
        let name = git::repository_name(path).ok_or(AddressError::Incomplete)?;
        Ok(Self {
            url: text.to_owned(),
            identity: format!("file://{path}"),
            name: name.to_owned(),
            host: None,
        })
    }

    fn of_parts(url: &str, scheme: &str, host: &str, path: &str) -> Result<Self, AddressError> {
        let (user, host) = host.rsplit_once('@').unwrap_or(("", host));
        if user.contains(':') || holds_secret(user) || holds_secret(url) {
            return Err(AddressError::Credential);
        }
        let path = path.trim_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path).trim_matches('/');
        let is_option = |text: &str| text.starts_with('-');
        if host.is_empty() || path.is_empty() || is_option(host) || is_option(user) {
            return Err(AddressError::Incomplete);
        }
        let usual = match scheme {
            "https" => ":443",
            "http" => ":80",
            "git" => ":9418",
            _ => ":22",
        };
        let host = host.to_lowercase();
        let host = host.strip_suffix(usual).unwrap_or(&host).to_owned();
        let same = if git::is_public_forge(url) {
            path.to_lowercase()
        } else {
            path.to_owned()
        };
        Ok(Self {
            url: url.to_owned(),
            identity: format!("{host}/{same}"),
            name: path.to_owned(),
            host: Some(host),
        })
    }
}

fn characters(text: &str) -> Result<(), AddressError> {
    let odd = |c: &char| c.is_control() || c.is_whitespace() || "\\\"'`<>|".contains(*c);
    text.chars()
        .find(odd)
        .map_or(Ok(()), |c| Err(AddressError::Character(c)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> String {
        match Address::parse(text) {
            Ok(None) => "path".to_owned(),
            Ok(Some(address)) => format!("{} {}", address.name, address.identity),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn spellings_of_one_address_are_one() {
        for text in [
            "https://git.example.com/team/app.git",
            "https://GIT.example.com:443/team/app/",
            "ssh://git@git.example.com/team/app.git",
            "git@git.example.com:team/app",
            "https://me@git.example.com/team/app",
        ] {
            assert_eq!(check(text), "team/app git.example.com/team/app", "{text}");
        }
        assert_eq!(
            check("https://github.com/Ada/App"),
            "Ada/App github.com/ada/app"
        );
        assert_eq!(check("http://localhost:8080/a.git"), "a localhost:8080/a");
        assert_eq!(check("file:///srv/git/a.git"), "a file:///srv/git/a.git");
    }

    #[test]
    fn paths_are_no_addresses() {
        for text in ["../a", "/srv/a.git", "C:\\src\\a", "C:/src/a", "a", "./a:b"] {
            assert_eq!(check(text), "path", "{text}");
        }
    }

    #[test]
    fn what_git_could_take_otherwise_is_refused() {
        let kind = "addresses of the kind `ext` are not taken";
        assert_eq!(check("ext::sh -c id"), kind);
        assert_eq!(check("ext://x"), kind);
        let incomplete = AddressError::Incomplete.to_string();
        assert_eq!(check("ssh://-oProxyCommand=id/x"), incomplete);
        assert_eq!(check("https://git.example.com"), incomplete);
        let password = ["https://me", "word@git.example.com/a"].join(":pass");
        assert_eq!(check(&password), AddressError::Credential.to_string());
        let token = [
            "https://gh",
            "p_a1B2c3D4e5F6g7H8a1B2c3D4e5F6g7H8i9J0@x.example/a",
        ]
        .concat();
        assert_eq!(check(&token), AddressError::Credential.to_string());
    }
}
