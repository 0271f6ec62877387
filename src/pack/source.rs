//! Pack sources as a manifest writes them: `path:…`, `git+https://…?tag=v3&path=sub`.

use std::fmt;

use super::address::{check_ref, check_url, parse_sub_folder, refuse};
use crate::model::{RepoPath, hide};

/// The schemes, and how git names each.
const SCHEMES: [(&str, Transport); 5] = [
    ("git+https", Transport::Https),
    ("git+ssh", Transport::Ssh),
    ("git+file", Transport::File),
    ("git+http", Transport::Http),
    ("git+git", Transport::Git),
];
const KEYS: [&str; 4] = ["tag", "branch", "rev", "path"];

/// How a repository is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// `https://`.
    Https,
    /// `ssh://`.
    Ssh,
    /// `file://`, on this machine.
    File,
    /// `http://`, on loopback only.
    Http,
    /// `git://`, on loopback only.
    Git,
}

/// What of a repository is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GitRef {
    /// The remote's default branch.
    Default,
    /// A tag.
    Tag(String),
    /// A branch.
    Branch(String),
    /// A commit, by its full name.
    Rev(String),
}

/// Where a pack lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A folder of this machine, absolute or relative to the file that names it.
    Folder(String),
    /// A git repository.
    Git {
        /// How it is reached.
        transport: Transport,
        /// Its address, as the `git` program takes it.
        url: String,
        /// What of it is meant.
        reference: GitRef,
        /// The folder inside of it that is the pack.
        path: Option<RepoPath>,
    },
}

/// Why a text is no pack source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct SourceError {
    /// Byte offset in the text.
    pub offset: usize,
    /// What is wrong there.
    pub what: String,
    /// What to do.
    pub help: String,
}

impl Source {
    /// Reads a source.
    ///
    /// # Errors
    /// Refuses unknown schemes and query keys, unencrypted transports outside of loopback,
    /// passwords, and references that git or a shell could take for something else.
    pub fn parse(text: &str) -> Result<Self, SourceError> {
        if let Some(folder) = text.strip_prefix("path:") {
            return parse_folder(folder);
        }
        let scheme = text.split(':').next().unwrap_or_default();
        let known = SCHEMES.iter().find(|(name, _)| *name == scheme);
        let Some((_, transport)) = known else {
            return Err(unknown_scheme(text, scheme));
        };
        let (address, query) = match text.split_once('?') {
            Some((address, query)) => (address, Some(query)),
            None => (text, None),
        };
        let url = &address["git+".len()..];
        check_url(*transport, url)?;
        let (mut reference, mut path) = (None, None);
        let mut offset = address.len() + 1;
        for pair in query.into_iter().flat_map(|query| query.split('&')) {
            read_pair(pair, offset, &mut reference, &mut path)?;
            offset += pair.len() + 1;
        }
        Ok(Self::Git {
            transport: *transport,
            url: url.to_owned(),
            reference: reference.unwrap_or(GitRef::Default),
            path,
        })
    }

    /// Returns the source with another tag, branch or revision: of the kind it has, or a revision
    /// where the text is the full name of a commit. A folder has none and stays what it is.
    ///
    /// # Errors
    /// Refuses what no reference can be named.
    pub fn with_ref(&self, text: &str) -> Result<Self, SourceError> {
        let Self::Git {
            transport,
            url,
            reference,
            path,
        } = self
        else {
            return Err(SourceError {
                offset: 0,
                what: "a pack in a folder has no tag, branch or revision".to_owned(),
                help: "name a `git+…` source to choose between revisions".to_owned(),
            });
        };
        check_ref(text, 0)?;
        let reference = match reference {
            _ if is_commit(text) => GitRef::Rev(text.to_owned()),
            GitRef::Branch(_) => GitRef::Branch(text.to_owned()),
            _ => GitRef::Tag(text.to_owned()),
        };
        Ok(Self::Git {
            transport: *transport,
            url: url.clone(),
            reference,
            path: path.clone(),
        })
    }

    /// Returns the source without its reference: what is trusted, pinned and cached.
    #[must_use]
    pub fn address(&self) -> String {
        match self {
            Self::Folder(_) => self.to_string(),
            Self::Git { url, path, .. } => match path {
                Some(path) => format!("git+{url}?path={path}"),
                None => format!("git+{url}"),
            },
        }
    }

    /// Returns whether the pack lies on this machine.
    #[must_use]
    pub fn is_local(&self) -> bool {
        match self {
            Self::Folder(_) => true,
            Self::Git { transport, .. } => *transport == Transport::File,
        }
    }

    /// Returns whether the source reaches only what any machine may be told to reach: over an
    /// encrypted transport, elsewhere.
    #[must_use]
    pub fn is_public(&self) -> bool {
        match self {
            Self::Folder(_) => false,
            Self::Git { transport, .. } => matches!(transport, Transport::Https | Transport::Ssh),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (url, reference, path) = match self {
            Self::Folder(folder) => return write!(f, "path:{folder}"),
            Self::Git {
                url,
                reference,
                path,
                ..
            } => (url, reference, path),
        };
        write!(f, "git+{url}")?;
        let mut mark = '?';
        let mut pair = |key: &str, value: &str| {
            let first = std::mem::replace(&mut mark, '&');
            write!(f, "{first}{key}={value}")
        };
        match reference {
            GitRef::Default => Ok(()),
            GitRef::Tag(name) => pair("tag", name),
            GitRef::Branch(name) => pair("branch", name),
            GitRef::Rev(name) => pair("rev", name),
        }?;
        path.as_ref()
            .map_or(Ok(()), |path| pair("path", path.as_str()))
    }
}

/// Returns whether a text is the full name of a commit.
fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

fn parse_folder(folder: &str) -> Result<Source, SourceError> {
    let offset = "path:".len();
    if folder.trim().is_empty() {
        return refuse(
            offset,
            "`path:` names no folder",
            "for example `path:../claude-pack`",
        );
    }
    if let Some(at) = folder.find(char::is_control) {
        return refuse(
            offset + at,
            "the folder has a control character in its name",
            "remove it",
        );
    }
    Ok(Source::Folder(folder.to_owned()))
}

fn unknown_scheme(text: &str, scheme: &str) -> SourceError {
    let forms = "a pack is `path:FOLDER`, `git+https://…`, `git+ssh://…` or `git+file://…`";
    let names = SCHEMES.iter().map(|(name, _)| *name);
    let near = names
        .chain(["path"])
        .map(|name| (strsim::damerau_levenshtein(name, scheme), name))
        .filter(|(distance, _)| *distance <= 2)
        .min();
    let bare = SCHEMES
        .iter()
        .find(|(name, _)| name.strip_prefix("git+") == Some(scheme));
    let help = match (bare, near) {
        (Some((name, _)), _) if text.contains("://") => format!("write `{name}://…`"),
        (_, Some((_, name))) => format!("did you mean `{name}:`?"),
        _ if text.starts_with(['.', '/', '~']) => format!("write `path:{text}`"),
        _ if scheme.contains('@') => {
            "write `git+ssh://USER@HOST/PATH`, with a `/` after the host".to_owned()
        }
        _ => forms.to_owned(),
    };
    let what = if text.contains(':') {
        format!("unknown scheme `{}` of a pack", hide(scheme).escape_debug())
    } else {
        format!("`{}` is no pack source", hide(text).escape_debug())
    };
    SourceError {
        offset: 0,
        what,
        help,
    }
}

fn read_pair(
    pair: &str,
    offset: usize,
    reference: &mut Option<GitRef>,
    path: &mut Option<RepoPath>,
) -> Result<(), SourceError> {
    let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
    let at = offset + (pair.len() - value.len());
    let make = match key {
        "tag" => GitRef::Tag,
        "branch" => GitRef::Branch,
        "rev" => GitRef::Rev,
        "path" if path.is_some() => {
            return refuse(offset, "`path` is given twice", "leave one");
        }
        "path" => {
            let parsed = parse_sub_folder(value, at)?;
            *path = Some(parsed);
            return Ok(());
        }
        other => {
            let near = KEYS
                .iter()
                .find(|known| strsim::damerau_levenshtein(known, other) <= 2);
            let help = near.map_or_else(
                || "the keys are `tag`, `branch`, `rev` and `path`".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            let what = format!("unknown key `{}` of a pack", hide(other).escape_debug());
            return refuse(offset, what, help);
        }
    };
    if reference.is_some() {
        return refuse(
            offset,
            "more than one of `tag`, `branch` and `rev`",
            "leave the one that is meant",
        );
    }
    check_ref(value, at)?;
    if key == "rev" && !is_commit(value) {
        return refuse(
            at,
            "`rev` must be the full name of a commit, 40 hexadecimal digits",
            "`git rev-parse NAME` prints it; a tag goes into `tag=`, a branch into `branch=`",
        );
    }
    *reference = Some(make(value.to_owned()));
    Ok(())
}
