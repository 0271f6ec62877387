//! The `git` program, told what to bring into a repository of the cache.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use git2::{ObjectType, Oid, Repository, TreeEntry};

use super::RemoteError;
use super::address::Address;
use super::heads::{Heads, full};
use crate::git::program::{self, Done, Ground, Limits, Prompt, Run, RunError};

const HEAD: &str = "refs/fleet/head";
const BRANCH: &str = "refs/fleet/branch";
/// How far a clock may be wrong.
const SLACK: i64 = 24 * 60 * 60;

/// A repository of the cache and how it is filled.
#[derive(Debug, Clone, Copy)]
pub(super) struct Route<'a> {
    pub(super) address: &'a Address,
    pub(super) repository: &'a Path,
    pub(super) prompt: Prompt,
    pub(super) bytes: u64,
}

/// What git takes for a repository, without the templates and settings of the user.
pub(super) fn make(repository: &Path) -> Result<(), std::io::Error> {
    for folder in ["objects/pack", "refs"] {
        fs::create_dir_all(repository.join(folder))?;
    }
    fs::write(repository.join("HEAD"), "ref: refs/heads/main\n")
}

/// Writes git's whole configuration of a repository of the cache, so that nothing found there is obeyed.
/// The address was checked to hold no quotes or backslashes.
pub(super) fn configure(route: Route<'_>) -> Result<(), RemoteError> {
    let url = &route.address.url;
    let text = format!(
        "[core]\n\trepositoryformatversion = 0\n\tbare = true\n\thooksPath = /dev/null\n\
         \tfsmonitor = false\n\tlogAllRefUpdates = false\n\
         [fetch]\n\tunpackLimit = 1\n\twriteCommitGraph = false\n[transfer]\n\tbundleURI = false\n\
         [gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n\
         [http]\n\tlowSpeedLimit = 1000\n\tlowSpeedTime = 30\n\tfollowRedirects = false\n\
         [protocol]\n\tversion = 2\n\
         [remote \"origin\"]\n\turl = \"{url}\"\n\tpromisor = true\n\tpartialclonefilter = blob:none\n"
    );
    let (file, aside) = (
        route.repository.join("config"),
        route.repository.join("config.new"),
    );
    if fs::read_to_string(&file).is_ok_and(|there| there == text) {
        return Ok(());
    }
    let written = fs::write(&aside, text).and_then(|()| fs::rename(&aside, &file));
    written.map_err(|error| RemoteError::Cache(file, error))
}

/// Asks what the branches of the remote are.
pub(super) fn ask(
    route: Route<'_>,
    default_branch: Option<&str>,
    branch: &str,
    time: Duration,
) -> Result<Heads, RemoteError> {
    let names = [Some(branch), default_branch].map(|name| name.map(full));
    let mut arguments = vec!["ls-remote", "--symref", "--", "origin", "HEAD"];
    arguments.extend(names.iter().flatten().map(String::as_str));
    let done = git(route, &arguments, &[], time).map_err(RemoteError::of)?;
    Heads::read(&done.out, default_branch, branch)
}

/// Brings the newest commits with the names of all their files.
pub(super) fn tips(
    route: Route<'_>,
    heads: &Heads,
    branch: &str,
    time: Duration,
) -> Result<(), RemoteError> {
    let refspecs = refspecs(heads, branch);
    bring(route, &["--depth=1", "--filter=blob:none"], &refspecs, time).map_err(RemoteError::of)
}

/// Brings as much history, without its files, as shows whether one of two commits descends from the
/// other.
///
/// Between a commit and what descends from it none is older than it, if the clocks are right. So that
/// much is enough, and where the server cannot select by time, all of it is fetched.
pub(super) fn history(
    route: Route<'_>,
    heads: &Heads,
    branch: &str,
    time: Duration,
) -> Result<(), RemoteError> {
    let (Some(head), Some(tip)) = (heads.head, heads.branch) else {
        return Ok(());
    };
    if head == tip {
        return Ok(());
    }
    // The refs stay where the trees are, also when the remote has moved on.
    let mut refspecs = refspecs(heads, branch);
    for refspec in &mut refspecs {
        let source = refspec.trim_start_matches('+').split(':').next();
        *refspec = source.unwrap_or_default().to_owned();
    }
    let oldest = oldest(route.repository, head, tip)?;
    let since = format!("--shallow-since=@{}", (oldest - SLACK).max(1));
    match bring(route, &[&since, "--filter=tree:0"], &refspecs, time) {
        Err(RunError::Failed(_, said)) if !super::error::is_passing(&said) => {
            // Git's word for all of it, in a shallow repository or not.
            let all = ["--depth=2147483647", "--filter=tree:0"];
            bring(route, &all, &refspecs, time).map_err(RemoteError::of)
        }
        done => done.map_err(RemoteError::of),
    }
}

/// Brings objects by their names, or everything where the server gives none by its name.
pub(super) fn objects(route: Route<'_>, ids: &[Oid], time: Duration) -> Result<(), RemoteError> {
    let ids: Vec<String> = ids.iter().map(Oid::to_string).collect();
    let input = ids.join("\n") + "\n";
    let arguments = ["--filter=blob:none", "--stdin"];
    match fetch(route, &arguments, &[], input.as_bytes(), time) {
        Err(RunError::Failed(_, said))
            if said.has(&["not our ref", "unadvertised object", "upload-pack: "]) =>
        {
            // As deep as it is, but as if nothing of it was there.
            let whole = ["--refetch", "--no-filter"];
            bring(
                route,
                &whole,
                &["+refs/heads/*:refs/fleet/all/*".to_owned()],
                time,
            )
        }
        done => done.map(drop),
    }
    .map_err(RemoteError::of)
}

/// Returns where the commits that were brought are.
pub(super) fn brought(repository: &Path, heads: &Heads) -> Result<Heads, RemoteError> {
    let repository = open(repository)?;
    let commit = |name: &str, before: Option<Oid>| match before {
        Some(_) => repository.refname_to_id(name).map(Some),
        None => Ok(None),
    };
    Ok(Heads {
        name: heads.name.clone(),
        head: commit(HEAD, heads.head).map_err(|error| damaged(&error))?,
        branch: commit(BRANCH, heads.branch).map_err(|error| damaged(&error))?,
    })
}

/// Returns the files at some paths, of any branch, that are not here.
pub(super) fn absent(repository: &Path, paths: &[String]) -> Result<Vec<Oid>, RemoteError> {
    let repository = open(repository)?;
    let objects = repository.odb().map_err(|error| damaged(&error))?;
    let tips = repository.references_glob("refs/heads/*");
    let tips = tips.map_err(|error| damaged(&error))?;
    let mut found = Vec::new();
    for tree in tips.flatten().filter_map(|tip| tip.peel_to_tree().ok()) {
        for path in paths {
            let folder = path.strip_suffix('/');
            let entry = tree.get_path(Path::new(folder.unwrap_or(path)));
            let Ok(entry) = entry else { continue };
            match (folder, entry.kind()) {
                (None, Some(ObjectType::Blob)) => found.push(entry.id()),
                (Some(_), Some(ObjectType::Tree)) => {
                    let tree = repository.find_tree(entry.id());
                    let tree = tree.map_err(|error| damaged(&error))?;
                    let is_file = |entry: &TreeEntry<'_>| entry.kind() == Some(ObjectType::Blob);
                    found.extend(tree.iter().filter(is_file).map(|entry| entry.id()));
                }
                _ => {}
            }
        }
    }
    found.retain(|id| !objects.exists(*id));
    Ok(found)
}

/// Removes what a git that was killed has left.
pub(super) fn sweep(repository: &Path) {
    let is_left = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("tmp_") || path.extension().is_some_and(|ending| ending == "lock")
    };
    let mut folders = vec![
        repository.to_path_buf(),
        repository.join("objects/pack"),
        repository.join("objects"),
    ];
    folders.push(repository.join("refs"));
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            match (is_folder, is_left(&path)) {
                (true, true) => drop(fs::remove_dir_all(&path)),
                (false, true) => drop(fs::remove_file(&path)),
                (true, false) if path.starts_with(repository.join("refs")) => folders.push(path),
                _ => {}
            }
        }
    }
}

/// Returns how many packs there are.
pub(super) fn packs(repository: &Path) -> usize {
    let entries = fs::read_dir(repository.join("objects/pack"));
    let paths = entries
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    paths
        .filter(|path| path.extension().is_some_and(|ending| ending == "pack"))
        .count()
}

pub(super) fn damaged(error: &git2::Error) -> RemoteError {
    RemoteError::Damaged(error.message().to_owned())
}

fn open(repository: &Path) -> Result<Repository, RemoteError> {
    Repository::open_bare(repository).map_err(|error| damaged(&error))
}

fn oldest(repository: &Path, one: Oid, other: Oid) -> Result<i64, RemoteError> {
    let repository = open(repository)?;
    let seconds = |id| {
        repository
            .find_commit(id)
            .map(|commit| commit.time().seconds())
    };
    let (one, other) = (seconds(one), seconds(other));
    let one = one.map_err(|error| damaged(&error))?;
    Ok(one.min(other.map_err(|error| damaged(&error))?))
}

fn refspecs(heads: &Heads, branch: &str) -> Vec<String> {
    let head = heads.name.as_deref().unwrap_or("HEAD");
    let head = heads.head.map(|_| format!("+{head}:{HEAD}"));
    let branch = heads.branch.map(|_| format!("+{}:{BRANCH}", full(branch)));
    [head, branch].into_iter().flatten().collect()
}

fn bring(
    route: Route<'_>,
    amount: &[&str],
    refspecs: &[String],
    time: Duration,
) -> Result<(), RunError> {
    let refspecs: Vec<&str> = refspecs.iter().map(String::as_str).collect();
    fetch(route, amount, &refspecs, &[], time).map(drop)
}

fn fetch(
    route: Route<'_>,
    amount: &[&str],
    refspecs: &[&str],
    input: &[u8],
    time: Duration,
) -> Result<Done, RunError> {
    // Having a commit is no sign of having its trees, so the server is told of none.
    let mut arguments = vec!["-c", "fetch.negotiationAlgorithm=noop", "fetch", "--quiet"];
    arguments.extend(["--no-tags", "--no-write-fetch-head", "--no-auto-gc"]);
    arguments.extend(["--no-recurse-submodules", "--update-shallow"]);
    arguments.extend(amount);
    arguments.extend(["--", "origin"]);
    arguments.extend(refspecs);
    git(route, &arguments, input, time)
}

fn git(
    route: Route<'_>,
    arguments: &[&str],
    input: &[u8],
    time: Duration,
) -> Result<Done, RunError> {
    let objects: PathBuf = route.repository.join("objects");
    program::run(&Run {
        folder: route.repository,
        ground: Ground::Bare,
        arguments,
        input,
        protocols: Some(route.address.protocols),
        prompt: route.prompt,
        limits: Limits {
            time,
            growth: Some((&objects, route.bytes)),
        },
    })
}
