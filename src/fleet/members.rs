//! The groups of a fleet file, and a list → the members, each once, in the order of their names.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::address::Address;
use super::file::{CODE, Entry, Fleet, Named, Selection};
use super::glob::{Glob, GlobError};
use super::listing::{self, Listed};
use super::walk::{self, Look, Spot};
use super::{Group, Member, Place, Shard};
use crate::model::Diagnostic;
use crate::resolve;

/// Which members are asked for; nothing narrowed is all of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Narrow {
    /// Only these groups.
    pub groups: Vec<String>,
    /// Only names that match one of these globs.
    pub only: Vec<String>,
    /// Only this part.
    pub shard: Option<Shard>,
}

/// Finds the members of a fleet; paths, those of the list too, are relative to the file's folder.
///
/// A repository that is reached twice, by a link, a glob, another spelling of its address or a
/// linked work tree, is one member of the first group that has it.
///
/// # Errors
/// Returns every path that leads to no repository, and what is narrowed to that is not there.
pub fn members(
    fleet: &Fleet,
    folder: &Path,
    listed: &[Listed],
    narrow: &Narrow,
) -> Result<Vec<Member>, Vec<Diagnostic>> {
    let (only, mut problems) = narrowed(fleet, narrow);
    let mut gathered = Gathered::default();
    if !listed.is_empty() && !fleet.groups.iter().any(Selection::takes_listed) {
        let message = "repositories are listed, and no group takes them";
        let help = "write `\"-\"` among the `repositories` of a group";
        problems.push(usage(message).with_help(help).in_file(&fleet.path));
    }
    for selection in &fleet.groups {
        for entry in &selection.repositories {
            if let Err(problem) = gathered.entry(selection, folder, entry) {
                problems.push(problem.at(&fleet.path, &fleet.text, entry.offset));
            }
        }
        if selection.takes_listed() {
            let wanted = listed.iter().filter(|one| selection.wants(one));
            let wrong = wanted.filter_map(|one| gathered.listed(selection, folder, one).err());
            problems.extend(wrong.map(|problem| problem.in_file(listing::PATH)));
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut members = gathered.named();
    members.retain(|member| {
        let group = narrow.groups.is_empty() || narrow.groups.contains(&member.group.name);
        let name = only.is_empty() || only.iter().any(|glob| glob.matches(&member.name));
        group && name && narrow.shard.is_none_or(|shard| shard.holds(&member.name))
    });
    members.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(members)
}

fn usage(message: impl Into<String>) -> Diagnostic {
    Diagnostic::error("usage", message)
}

/// The globs of `--only`, and what is asked for that is not there.
fn narrowed(fleet: &Fleet, narrow: &Narrow) -> (Vec<Glob>, Vec<Diagnostic>) {
    let known: Vec<&str> = fleet.groups.iter().map(|s| s.group.name.as_str()).collect();
    let groups = narrow
        .groups
        .iter()
        .filter(|name| !known.contains(&name.as_str()));
    let mut problems: Vec<Diagnostic> = groups
        .map(|name| Diagnostic {
            code: "usage".to_owned(),
            ..resolve::unknown("group", name, &known)
        })
        .collect();
    let globs: Vec<Result<Glob, GlobError>> =
        narrow.only.iter().map(|text| Glob::parse(text)).collect();
    let bad = globs.iter().filter_map(|glob| glob.as_ref().err());
    problems.extend(bad.map(|error| usage(error.to_string()).with_help("for example `team/*`")));
    (globs.into_iter().flatten().collect(), problems)
}

/// A repository before it has a name.
struct Found {
    /// Names from the shortest to one that no other has.
    names: Vec<String>,
    group: Arc<Group>,
    place: Place,
    linked: bool,
    default_branch: Option<String>,
    passed_over: Option<String>,
}

#[derive(Default)]
struct Gathered {
    found: Vec<Found>,
    seen: HashMap<String, usize>,
}

impl Gathered {
    /// Adds what an entry of a group leads to.
    fn entry(
        &mut self,
        selection: &Selection,
        folder: &Path,
        entry: &Entry,
    ) -> Result<(), Diagnostic> {
        match &entry.named {
            Named::List => Ok(()),
            Named::Url(address) => {
                self.add(remote_identity(address), remote(selection, address, None));
                Ok(())
            }
            Named::Path(path) => self.path(selection, folder, path, "").map(|_| ()),
            Named::Glob(glob) => {
                let spots = walk::expand(folder, glob);
                for spot in spots.map_err(|error| unreachable(glob, &error))? {
                    let Look::Repository { identity, linked } = walk::look(&spot) else {
                        continue;
                    };
                    let found = local(selection, spot, linked);
                    if selection.wants_name(found.names.first().map_or("", String::as_str)) {
                        self.add(identity.to_string_lossy().into_owned(), found);
                    }
                }
                Ok(())
            }
        }
    }

    /// Adds a repository of this machine, which a list may give a name; returns where it is among
    /// those found.
    fn path(
        &mut self,
        selection: &Selection,
        folder: &Path,
        path: &str,
        name: &str,
    ) -> Result<usize, Diagnostic> {
        let spot = walk::spot(folder, path).map_err(|error| unreachable(path, &error))?;
        match walk::look(&spot) {
            Look::Repository { identity, linked } => {
                let identity = identity.to_string_lossy().into_owned();
                let mut found = local(selection, spot, linked);
                if !name.is_empty() {
                    found.names.insert(0, name.to_owned());
                }
                Ok(self.add(identity, found))
            }
            Look::Nothing => {
                let problem = Diagnostic::error(CODE, format!("`{path}` is no git repository"));
                let help = "name the folder that has `.git` in it, or a bare repository; \
                            for those below a folder write a glob, such as `../services/*`";
                Err(problem.with_help(help))
            }
        }
    }

    /// Adds a repository of the list.
    fn listed(
        &mut self,
        selection: &Selection,
        folder: &Path,
        listed: &Listed,
    ) -> Result<(), Diagnostic> {
        let broken = |error: super::address::AddressError| {
            Diagnostic::error(error.code(CODE), error.to_string()).with_help(error.help())
        };
        let at = match Address::parse(&listed.url).map_err(broken)? {
            Some(address) => {
                let name = Some(listed.name.as_str()).filter(|name| !name.is_empty());
                self.add(remote_identity(&address), remote(selection, &address, name))
            }
            None => self.path(selection, folder, &listed.url, &listed.name)?,
        };
        // The list knows more than an address alone.
        if let Some(found) = self.found.get_mut(at) {
            let why = match listed {
                Listed { archived: true, .. } => Some("archived"),
                Listed { empty: true, .. } => Some("it has no commit yet"),
                _ => None,
            };
            found.passed_over = found.passed_over.take().or(why.map(ToOwned::to_owned));
            let branch = listed.default_branch.clone();
            found.default_branch = found.default_branch.take().or(branch);
        }
        Ok(())
    }

    /// Adds a repository that is not there yet; a main work tree stands for its linked ones.
    fn add(&mut self, identity: String, found: Found) -> usize {
        let next = self.found.len();
        let at = *self.seen.entry(identity).or_insert(next);
        match self.found.get_mut(at) {
            None => self.found.push(found),
            Some(first) if first.linked && !found.linked => {
                if Arc::ptr_eq(&first.group, &found.group) {
                    *first = found;
                }
            }
            Some(_) => {}
        }
        at
    }

    /// Gives each the shortest of its names that no other has.
    fn named(self) -> Vec<Member> {
        let names = unique(&self.found);
        let pairs = self.found.into_iter().zip(names);
        pairs
            .map(|(found, name)| Member {
                name,
                group: found.group,
                place: found.place,
                default_branch: found.default_branch,
                passed_over: found.passed_over,
            })
            .collect()
    }
}

fn unreachable(path: &str, error: &io::Error) -> Diagnostic {
    let what = match error.kind() {
        io::ErrorKind::NotFound => format!("there is no `{path}`"),
        _ => format!("cannot look at `{path}`: {error}"),
    };
    let help = "paths are relative to the folder of the fleet file";
    Diagnostic::error(CODE, what).with_help(help)
}

fn local(selection: &Selection, spot: Spot, linked: bool) -> Found {
    Found {
        names: local_names(&spot.path),
        group: Arc::clone(&selection.group),
        place: Place::Local(spot.path),
        linked,
        default_branch: None,
        passed_over: None,
    }
}

fn remote(selection: &Selection, address: &Address, name: Option<&str>) -> Found {
    let name = name.unwrap_or(&address.name);
    let host = address.host.iter().map(|host| format!("{host}/{name}"));
    let names = std::iter::once(name.to_owned()).chain(host);
    Found {
        names: names.chain([address.url.clone()]).collect(),
        group: Arc::clone(&selection.group),
        place: Place::Remote(address.url.clone()),
        linked: false,
        default_branch: None,
        passed_over: None,
    }
}

/// An address of this machine's disk is the repository there.
fn remote_identity(address: &Address) -> String {
    let path = address.identity.strip_prefix("file://");
    let spot = path.and_then(|path| walk::spot(Path::new("/"), path).ok());
    match spot.map(|spot| walk::look(&spot)) {
        Some(Look::Repository { identity, .. }) => identity.to_string_lossy().into_owned(),
        _ => address.identity.clone(),
    }
}

/// The folder's name, then with the folders above it; a bare one's without `.git` where that is
/// enough.
fn local_names(path: &Path) -> Vec<String> {
    let inner = path.ends_with(".git");
    let root = path.parent().filter(|_| inner).unwrap_or(path);
    let parts: Vec<String> = root
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .filter(|part| part != "/" && part != "\\")
        .collect();
    let tails = (0..parts.len()).rev().map(|start| parts[start..].join("/"));
    let names = tails.flat_map(|whole| {
        let short = whole.strip_suffix(".git").map(ToOwned::to_owned);
        short.into_iter().chain([whole])
    });
    names.chain([path.to_string_lossy().into_owned()]).collect()
}

fn unique(found: &[Found]) -> Vec<String> {
    let mut levels = vec![0; found.len()];
    let name = |at: usize, level: usize| found.get(at).and_then(|found| found.names.get(level));
    loop {
        let mut same: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, level) in levels.iter().enumerate() {
            let name = name(at, *level).map_or("", String::as_str);
            same.entry(name).or_default().push(at);
        }
        let twins = same.into_values().filter(|twins| twins.len() > 1);
        let longer: Vec<usize> = twins
            .flatten()
            .filter(|at| {
                levels
                    .get(*at)
                    .is_some_and(|level| name(*at, level + 1).is_some())
            })
            .collect();
        if longer.is_empty() {
            break;
        }
        for at in longer {
            if let Some(level) = levels.get_mut(at) {
                *level += 1;
            }
        }
    }
    let names = levels.iter().enumerate();
    names
        .map(|(at, level)| name(at, *level).cloned().unwrap_or_default())
        .collect()
}
