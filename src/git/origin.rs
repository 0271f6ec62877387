//! Where a repository was cloned from, read from git's own file without entering libgit2.

use std::fs;
use std::path::Path;

use super::Place;

const PUBLIC_FORGES: &[&str] = &[
    "github.com",
    "gitlab.com",
    "codeberg.org",
    "bitbucket.org",
    "git.sr.ht",
    "gitee.com",
    "salsa.debian.org",
    "framagit.org",
    "gitlab.gnome.org",
    "invent.kde.org",
    "git.launchpad.net",
];

/// Returns the URL of the remote `origin`, without a name or password in it.
#[must_use]
pub fn origin(place: &Place) -> Option<String> {
    origin_in(&place.common_dir)
}

/// Returns what [`origin`] does, of the folder that git keeps for a repository.
#[must_use]
pub fn origin_in(common_dir: &Path) -> Option<String> {
    let text = fs::read_to_string(common_dir.join("config")).ok()?;
    url_of_origin(&text).map(without_user_info)
}

/// Returns where a remote of a repository is pushed to, as git's configuration says; it may hold a
/// password.
#[must_use]
pub fn pushed_to(repository: &Path, remote: &str) -> Option<String> {
    let repository = git2::Repository::open(repository).ok()?;
    let remote = repository.find_remote(remote).ok()?;
    let url = remote.pushurl().ok().flatten().or(remote.url().ok());
    url.map(str::to_owned)
}

fn url_of_origin(config: &str) -> Option<&str> {
    let mut inside = false;
    for line in config.lines().map(str::trim) {
        if let Some(header) = line.strip_prefix('[') {
            let (section, rest) = header
                .split_once(char::is_whitespace)
                .unwrap_or((header, ""));
            let name = rest.trim_start().split(']').next();
            inside = section.eq_ignore_ascii_case("remote") && name == Some("\"origin\"");
            continue;
        }
        let Some((key, value)) = line.split_once('=').filter(|_| inside) else {
            continue;
        };
        if key.trim().eq_ignore_ascii_case("url") {
            let value = value.trim();
            let quoted = value.strip_prefix('"').and_then(|v| v.strip_suffix('"'));
            return Some(quoted.unwrap_or(value)).filter(|url| !url.is_empty());
        }
    }
    None
}

/// Returns a URL without the name or password in it.
#[must_use]
pub fn without_user_info(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

/// Returns a remote's host, in lower case; none for a path on this machine.
#[must_use]
pub fn host(url: &str) -> Option<String> {
    let authority = match url.split_once("://") {
        Some(("file", _)) => return None,
        Some((_, rest)) => rest.split('/').next()?,
        None => url.split_once(':').map(|(host, _)| host)?,
    };
    let host = authority.rsplit('@').next()?;
    let host = host.split(':').next()?.to_lowercase();
    let named = host.len() > 1 && !host.contains(['/', '\\']);
    named.then_some(host)
}

/// Returns whether a remote stands on a forge that anybody can read.
#[must_use]
pub fn is_public_forge(url: &str) -> bool {
    host(url).is_some_and(|host| PUBLIC_FORGES.contains(&host.as_str()))
}

/// Returns the last name of a remote's path, without `.git`.
#[must_use]
pub fn repository_name(url: &str) -> Option<&str> {
    let path = url.trim_end_matches('/');
    let path = path
        .strip_suffix(".git")
        .unwrap_or(path)
        .trim_end_matches('/');
    let name = path.rsplit(['/', ':', '\\']).next()?;
    Some(name).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origin_is_found_and_gives_no_password_away() {
        let config = "[core]\n\tbare = false\n[remote \"fork\"]\n\turl = https://x.example/f.git\n\
            [Remote \"origin\"]\n\tfetch = +refs\n\tURL = https://me:pass@github.com/a/b.git\n";
        let url = without_user_info(url_of_origin(config).expect("origin"));
        assert_eq!(url, "https://github.com/a/b.git");
        assert_eq!(url_of_origin("[remote \"up\"]\nurl = x\n"), None);
        assert_eq!(
            url_of_origin("[remote \"origin\"]\n url = \"a b\"\n"),
            Some("a b")
        );
    }

    #[test]
    fn remotes_have_a_host_and_a_name() {
        for (url, on, name) in [
            ("https://GitHub.com/a/b.git", Some("github.com"), "b"),
            ("git@gitlab.com:group/sub/c.git/", Some("gitlab.com"), "c"),
            (
                "ssh://git@git.example.com:2222/x/d",
                Some("git.example.com"),
                "d",
            ),
            ("/srv/git/e.git", None, "e"),
            ("file:///srv/git/f", None, "f"),
            ("C:/src/g", None, "g"),
        ] {
            assert_eq!(host(url).as_deref(), on, "{url}");
            assert_eq!(repository_name(url), Some(name), "{url}");
        }
    }
}
