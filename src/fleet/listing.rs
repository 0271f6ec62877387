//! What `gh repo list --json …` and `glab repo list -F json` print → the repositories listed.
//!
//! Arrays, one after the other too, and JSON lines; else one address or path a line.

use serde::Deserialize;

use super::address::Address;
use crate::model::Diagnostic;

/// The code of a problem in a list of repositories.
const CODE: &str = "listing";
/// What a list is called in messages.
pub(super) const PATH: &str = "the list of repositories";
/// More problems than these are of one kind.
const MOST: usize = 20;

/// A repository that somebody listed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listed {
    /// `owner/name`; empty where the list has addresses or paths alone.
    pub name: String,
    /// Its address, or a path.
    pub url: String,
    /// The branch that counts, where the list says so.
    pub default_branch: Option<String>,
    /// Whether it is archived.
    pub archived: bool,
    /// Whether it has no commit yet, where the list says so.
    pub empty: bool,
    /// `public`, `private` or `internal`, in lower case.
    pub visibility: Option<String>,
}

/// One repository as GitHub, GitLab and Gitea have it; `gh` says `nameWithOwner`, `glab`
/// `path_with_namespace`, the interfaces of GitHub and Gitea `full_name`.
#[derive(Debug, Deserialize)]
#[serde(expecting = "an object")]
struct Item {
    #[serde(alias = "nameWithOwner", alias = "path_with_namespace")]
    full_name: Option<String>,
    /// Only there where it was asked for, so it is what is meant.
    #[serde(rename = "sshUrl")]
    ssh: Option<String>,
    url: Option<String>,
    #[serde(alias = "http_url_to_repo")]
    clone_url: Option<String>,
    #[serde(alias = "ssh_url_to_repo")]
    ssh_url: Option<String>,
    #[serde(rename = "defaultBranchRef", default)]
    branch: Branch,
    default_branch: Option<String>,
    #[serde(alias = "isArchived", default)]
    archived: Option<bool>,
    #[serde(alias = "empty_repo", alias = "isEmpty", default)]
    empty: Option<bool>,
    visibility: Option<String>,
    private: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(expecting = "an object with a `name`")]
struct BranchRef {
    name: Option<String>,
}

/// What `gh` says of the branch that counts.
#[derive(Debug, Default, Deserialize)]
#[serde(from = "Option<BranchRef>")]
enum Branch {
    /// It was not asked.
    #[default]
    Untold,
    /// There is no commit yet.
    Unborn,
    Named(String),
}

impl From<Option<BranchRef>> for Branch {
    fn from(branch: Option<BranchRef>) -> Self {
        let name = branch.and_then(|branch| branch.name);
        match name.filter(|name| !name.is_empty()) {
            Some(name) => Self::Named(name),
            None => Self::Unborn,
        }
    }
}

/// Reads a list.
///
/// # Errors
/// Returns every problem with its line.
pub fn listing(text: &str) -> Result<Vec<Listed>, Vec<Diagnostic>> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let shift = text.len() - body.len();
    let is_json = body.trim_start().starts_with(['[', '{']);
    let (listed, mut found) = if is_json { json(body) } else { lines(body) };
    if found.is_empty() {
        return Ok(listed);
    }
    let more = found.len().saturating_sub(MOST);
    found.truncate(MOST);
    let mut problems: Vec<Diagnostic> = found
        .into_iter()
        .map(|(offset, problem)| problem.at(PATH, text, offset + shift))
        .collect();
    if more > 0 {
        let problem = Diagnostic::error(CODE, format!("{more} more entries cannot be read"));
        problems.push(problem.with_help("mend those above first").in_file(PATH));
    }
    Err(problems)
}

type Read = (Vec<Listed>, Vec<(usize, Diagnostic)>);

fn json(text: &str) -> Read {
    let (mut listed, mut found) = (Vec::new(), Vec::new());
    for (start, object) in objects(text) {
        match serde_json::from_str::<Item>(object) {
            Ok(item) => match from_item(item) {
                Ok(one) => listed.push(one),
                Err(problem) => found.push((start, problem)),
            },
            Err(error) => {
                let at = start + offset_of(object, error.line(), error.column());
                let said = error.to_string();
                let said = said
                    .split(" at line ")
                    .next()
                    .unwrap_or_default()
                    .to_owned();
                let problem = Diagnostic::error(CODE, format!("no entry of a list: {said}"));
                found.push((at, problem.with_help(HELP)));
            }
        }
    }
    (listed, found)
}

const HELP: &str = "make it with `gh repo list OWNER --limit 10000 --json \
nameWithOwner,url,defaultBranchRef,isArchived,visibility`, or with `glab repo list -F json`";

fn from_item(item: Item) -> Result<Listed, Diagnostic> {
    let missing = |what: &str| {
        let message = format!("an entry of the list has no {what}");
        Diagnostic::error(CODE, message).with_help(HELP)
    };
    let some = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let name = some(item.full_name);
    let name = name.ok_or_else(|| missing("`nameWithOwner` or `path_with_namespace`"))?;
    // What glab has under `url` would be an address of its interface, not of the repository.
    let url = some(item.ssh).or_else(|| some(item.clone_url));
    let url = url
        .or_else(|| some(item.url))
        .or_else(|| some(item.ssh_url));
    let url = url.ok_or_else(|| missing("`url` or `http_url_to_repo`"))?;
    address(&url)?;
    let (branch, is_unborn) = match item.branch {
        Branch::Untold => (item.default_branch, false),
        Branch::Unborn => (None, true),
        Branch::Named(name) => (Some(name), false),
    };
    let private = item
        .private
        .map(|private| if private { "private" } else { "public" });
    let visibility = item.visibility.map(|word| word.to_lowercase());
    Ok(Listed {
        name,
        url,
        default_branch: some(branch),
        archived: item.archived.unwrap_or_default(),
        empty: item.empty.unwrap_or(is_unborn),
        visibility: visibility.or_else(|| private.map(ToOwned::to_owned)),
    })
}

fn address(url: &str) -> Result<(), Diagnostic> {
    let parsed = Address::parse(url);
    parsed.map(|_| ()).map_err(|error| {
        Diagnostic::error(error.code(CODE), error.to_string()).with_help(error.help())
    })
}

/// One address or path a line; empty lines and those that begin with `#` say nothing.
fn lines(text: &str) -> Read {
    let (mut listed, mut found, mut offset) = (Vec::new(), Vec::new(), 0);
    for line in text.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        let url = line.trim();
        if url.is_empty() || url.starts_with('#') {
            continue;
        }
        match address(url) {
            Ok(()) => listed.push(Listed {
                url: url.to_owned(),
                ..Listed::default()
            }),
            Err(problem) => found.push((start, problem)),
        }
    }
    (listed, found)
}

/// The outermost objects of a text, whether in arrays or not, with their offsets; what stands
/// outside of them counts as one too, so that it is told.
fn objects(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let (mut depth, mut start, mut quoted, mut escaped) = (0_usize, 0, false, false);
    for (at, byte) in text.bytes().enumerate() {
        if quoted {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => quoted = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => quoted = true,
            b'{' => {
                if depth == 0 {
                    outside(text, start, at, &mut found);
                    start = at;
                }
                depth += 1;
            }
            b'}' if depth > 0 => {
                depth -= 1;
                if depth == 0 {
                    found.extend(text.get(start..=at).map(|object| (start, object)));
                    start = at + 1;
                }
            }
            _ => {}
        }
    }
    if depth > 0 {
        found.extend(text.get(start..).map(|object| (start, object)));
    } else {
        outside(text, start, text.len(), &mut found);
    }
    found
}

/// Between objects there are only brackets, commas and space.
fn outside<'a>(text: &'a str, start: usize, end: usize, found: &mut Vec<(usize, &'a str)>) {
    let between = text.get(start..end).unwrap_or_default();
    let filling = |c: char| c.is_whitespace() || "[],".contains(c);
    if let Some(at) = between.find(|c| !filling(c)) {
        found.push((start + at, between[at..].trim_end_matches(filling)));
    }
}

/// The byte offset of a line and column, both from 1.
fn offset_of(text: &str, line: usize, column: usize) -> usize {
    let before = text.split_inclusive('\n').take(line.saturating_sub(1));
    let offset = before.map(str::len).sum::<usize>() + column.saturating_sub(1);
    offset.min(text.len())
}
