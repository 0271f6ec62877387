//! A remote's address → the forge's host and the repository's path on it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::fleet::Forge;

/// What a piece of an address may hold as it is.
const PIECE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// Hosts under which forges take ssh where its usual port is closed.
const SSH_HOSTS: [(&str, &str); 2] = [
    ("ssh.github.com", "github.com"),
    ("altssh.gitlab.com", "gitlab.com"),
];

/// A repository on a forge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    /// The forge's host, lower case; with the port where the address names one for HTTP.
    pub(super) host: String,
    /// `owner/name`, or `group/subgroup/name`.
    pub(super) path: String,
}

impl Address {
    /// Reads what `git` takes as a URL; none for a path on this machine.
    pub(super) fn read(url: &str) -> Option<Self> {
        let (authority, path, port) = match url.split_once("://") {
            Some(("http" | "https", rest)) => {
                let (authority, path) = rest.split_once('/')?;
                (authority, path, true)
            }
            Some(("ssh" | "git" | "git+ssh" | "ssh+git", rest)) => {
                let (authority, path) = rest.split_once('/')?;
                (authority, path, false)
            }
            Some(_) => return None,
            None => {
                let (authority, path) = url.split_once(':')?;
                (authority, path, false)
            }
        };
        let host = authority.rsplit('@').next()?.to_lowercase();
        let named = host.len() > 1 && !host.contains(['/', '\\']);
        let name = host.split(':').next().filter(|_| named)?;
        let aliases = SSH_HOSTS.iter().find(|(alias, _)| *alias == name);
        let host = match aliases {
            Some((_, real)) => (*real).to_owned(),
            None if port => host,
            None => name.to_owned(),
        };
        let path = path.trim_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path);
        let path = percent_decode_str(path).decode_utf8().ok()?.into_owned();
        let whole = path.split('/').count() > 1 && path.split('/').all(|piece| !piece.is_empty());
        whole.then_some(Self { host, path })
    }

    /// Returns `owner` and `name`, for a forge that knows no deeper paths.
    pub(super) fn owner_and_name(&self) -> Option<(&str, &str)> {
        let pair = self.path.split_once('/')?;
        (!pair.1.contains('/')).then_some(pair)
    }
}

/// Returns a text as one piece of a request's path or query.
pub(super) fn piece(text: &str) -> String {
    utf8_percent_encode(text, PIECE).to_string()
}

/// Returns how merge requests are opened at an address, where its host tells; `hosts` are those that
/// somebody told to be of `gh`.
#[must_use]
pub fn known(url: &str, hosts: &[&str]) -> Option<Forge> {
    let address = Address::read(url)?;
    let name = address.host.split(':').next().unwrap_or_default();
    let told = |host: &&str| host.eq_ignore_ascii_case(name);
    if name == "github.com" || name.ends_with(".ghe.com") || hosts.iter().any(told) {
        return Some(Forge::Gh);
    }
    if name.starts_with("gitlab.") {
        return Some(Forge::Glab);
    }
    let gitea = name.starts_with("gitea.") || name.starts_with("forgejo.");
    (name == "codeberg.org" || gitea).then_some(Forge::Agit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_name_a_host_and_a_path() {
        for (url, host, path) in [
            ("https://me:p@GitHub.com/a/b.git", "github.com", "a/b"),
            (
                "git@gitlab.com:group/sub/c.git/",
                "gitlab.com",
                "group/sub/c",
            ),
            (
                "ssh://git@git.example.com:2222/x/d",
                "git.example.com",
                "x/d",
            ),
            (
                "https://git.example.com:8443/x/d/",
                "git.example.com:8443",
                "x/d",
            ),
            ("ssh://git@ssh.github.com:443/a/b.git", "github.com", "a/b"),
            ("https://h.example/a%20b/c", "h.example", "a b/c"),
        ] {
            let (host, path) = (host.to_owned(), path.to_owned());
            assert_eq!(Address::read(url), Some(Address { host, path }), "{url}");
        }
        for url in [
            "/srv/git/e.git",
            "file:///srv/git/f",
            "C:/src/g",
            "C:\\src\\g",
            "https://h.example/alone",
            "https://h.example/a//b",
            "../a/b",
        ] {
            assert_eq!(Address::read(url), None, "{url}");
        }
    }

    #[test]
    fn a_host_tells_which_forge_it_is() {
        for (url, forge) in [
            ("https://github.com/a/b", Some(Forge::Gh)),
            ("git@acme.ghe.com:a/b.git", Some(Forge::Gh)),
            ("https://git.acme.example/a/b", Some(Forge::Gh)),
            ("https://gitlab.com/a/b", Some(Forge::Glab)),
            (
                "ssh://git@gitlab.acme.example:2222/a/b/c",
                Some(Forge::Glab),
            ),
            ("https://codeberg.org/a/b", Some(Forge::Agit)),
            ("https://gitea.acme.example/a/b", Some(Forge::Agit)),
            ("https://forgejo.acme.example:3000/a/b", Some(Forge::Agit)),
            ("https://bitbucket.org/a/b", None),
            ("https://notgithub.com/a/b", None),
            ("https://github.com.evil.example/a/b", None),
            ("/srv/github.com/a/b", None),
        ] {
            assert_eq!(known(url, &["git.acme.example"]), forge, "{url}");
        }
    }

    #[test]
    fn pieces_hold_no_marks_of_an_address() {
        assert_eq!(piece("o:a/b&c {d}"), "o%3Aa%2Fb%26c%20%7Bd%7D");
    }
}
