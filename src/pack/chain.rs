//! A pack and those below it, each verified, and all their templates together.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use super::cache::{CacheError, Wanted, obtain};
use super::load::{Failure, Files, Refusal, hash};
use super::meta::{self, Meta};
use super::reader::{CODE, UNREADABLE};
use super::transport::FetchError;
use super::{Prompt, Source, Transport, folder, language, texts};
use crate::catalog::Catalog;
use crate::model::Diagnostic;

/// Packs upon packs.
const DEEPEST: usize = 8;

/// One pack of a chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Pack {
    /// Where it lies; a folder that a folder names is relative to the unit's root.
    pub source: Source,
    /// What it says about itself.
    pub meta: Meta,
    /// Its texts by path, as in `templates/`.
    pub files: Files,
    /// What it is at this moment.
    pub pin: Pin,
}

/// What a pack was when it was last used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// The commit, of a pack in a repository.
    pub commit: Option<String>,
    /// The hash of its content.
    pub hash: String,
}

/// Which revision of a pack is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// The one that is pinned; the newest of a pack that is not.
    Pinned,
    /// What its reference names at this moment.
    Newest,
}

/// Whether the network may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// It may.
    Online,
    /// It may not; the cache must do.
    Offline,
}

/// What a pack is looked for with.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// The unit's root, which folders are relative to.
    pub root: &'a Path,
    /// The folder that packs are cached in.
    pub cache: &'a Path,
    /// The pins of the whole chain by address.
    pub pins: &'a BTreeMap<String, Pin>,
    /// Which revision is meant.
    pub want: Want,
    /// Whether the network may be used.
    pub network: Network,
    /// Whether git may ask.
    pub prompt: Prompt,
}

impl Pack {
    /// Returns a file's name for messages.
    #[must_use]
    pub fn label(&self, file: &str) -> String {
        label(&self.source, file)
    }
}

/// Returns a pack and those it extends, itself first. Of a pack in a folder the pin is what the folder
/// holds, whatever was pinned; of every other the content is the pinned one.
///
/// # Errors
/// Returns every problem of the first pack that has any, or of the templates of all together.
pub fn resolve(source: &Source, ground: &Ground<'_>) -> Result<Vec<Pack>, Vec<Diagnostic>> {
    let mut chain: Vec<Pack> = Vec::new();
    let mut next = Some(anchored(source, None));
    while let Some(source) = next {
        check_place(&chain, &source).map_err(|problem| vec![*problem])?;
        let pack = one(&source, ground)?;
        next = pack
            .meta
            .extends
            .as_ref()
            .map(|below| anchored(below, Some(&source)));
        chain.push(pack);
    }
    let parts = chain.iter().map(|pack| (&pack.source, &pack.files));
    let problems = check_templates(&parts.collect::<Vec<_>>());
    if problems.is_empty() {
        Ok(chain)
    } else {
        Err(problems)
    }
}

/// Returns a file's name for messages.
#[must_use]
pub fn label(source: &Source, file: &str) -> String {
    match source {
        Source::Folder(folder) if folder == "." => file.to_owned(),
        Source::Folder(folder) => format!("{}/{file}", folder.trim_end_matches('/')),
        Source::Git { .. } => format!("{source}#{file}"),
    }
}

/// A folder named by a pack in a folder is relative to that; its address has to be one for all.
fn anchored(source: &Source, above: Option<&Source>) -> Source {
    let Source::Folder(folder) = source else {
        return source.clone();
    };
    let mut parts: Vec<&str> = Vec::new();
    let joined = match above {
        Some(Source::Folder(above)) if Path::new(folder).is_relative() => {
            format!("{above}/{folder}")
        }
        _ => folder.clone(),
    };
    for part in joined.split('/') {
        match part {
            "" | "." if !parts.is_empty() => {}
            ".." if parts
                .last()
                .is_some_and(|last| !matches!(*last, "" | "." | "..")) =>
            {
                parts.pop();
            }
            "." => {}
            _ => parts.push(part),
        }
    }
    let folder = match parts.join("/") {
        empty if empty.is_empty() && joined.starts_with('/') => "/".to_owned(),
        empty if empty.is_empty() => ".".to_owned(),
        folder => folder,
    };
    Source::Folder(folder)
}

/// Where a folder is; the root need not be there yet, so `..` is taken from its name.
fn place(root: &Path, folder: &str) -> PathBuf {
    let parts = Path::new(folder).components();
    parts.fold(root.to_path_buf(), |mut place, part| {
        if part == Component::ParentDir {
            place.pop();
        } else {
            place.push(part);
        }
        place
    })
}

/// Whether a pack may stand below those of the chain.
fn check_place(chain: &[Pack], source: &Source) -> Result<(), Box<Diagnostic>> {
    let Some(above) = chain.last() else {
        return Ok(());
    };
    let addresses = chain.iter().map(|pack| pack.source.address());
    let named = || {
        let names = chain.iter().map(|pack| format!("`{}`", pack.source));
        let names: Vec<String> = names.chain([format!("`{source}`")]).collect();
        names.join(" extends ")
    };
    let problem = |message: String, help: &str| {
        let problem = Diagnostic::error(CODE, message).with_help(help);
        Err(Box::new(problem.in_file(above.label(meta::FILE))))
    };
    if addresses
        .into_iter()
        .any(|address| address == source.address())
    {
        let message = format!("packs extend each other in a circle: {}", named());
        return problem(message, "take `extends` out of one of them");
    }
    if chain.len() >= DEEPEST {
        let message = format!("more than {DEEPEST} packs upon each other: {}", named());
        return problem(message, "merge some of them");
    }
    let is_loopback = |source: &Source| match source {
        Source::Git { transport, .. } => matches!(transport, Transport::Http | Transport::Git),
        Source::Folder(_) => false,
    };
    let both_loopback = is_loopback(&above.source) && is_loopback(source);
    let is_folder_of_repository =
        matches!(source, Source::Folder(_)) && matches!(above.source, Source::Git { .. });
    let reaches_in = !above.source.is_local() && !source.is_public() && !both_loopback;
    if is_folder_of_repository || reaches_in {
        let message = format!(
            "`{}` is from a repository and may not extend `{source}`, which is of this machine",
            above.source
        );
        return problem(message, "extend a pack by `git+https://…` or `git+ssh://…`");
    }
    Ok(())
}

fn one(source: &Source, ground: &Ground<'_>) -> Result<Pack, Vec<Diagnostic>> {
    let (files, commit) = match source {
        Source::Folder(folder) => {
            let files =
                folder::load(&place(ground.root, folder)).map_err(|failure| match failure {
                    Failure::Refused(refused) => refusals(source, &refused),
                    Failure::Broken(why) => {
                        let message = format!("cannot read the pack `{source}`: {why}");
                        let help = "name the folder that holds the pack's `pack.toml`";
                        vec![Diagnostic::error(UNREADABLE, message).with_help(help)]
                    }
                })?;
            (files, None)
        }
        Source::Git {
            transport,
            url,
            reference,
            path,
        } => {
            let address = source.address();
            let wanted = Wanted {
                address: &address,
                transport: *transport,
                url,
                reference,
                folder: path.as_ref(),
                pin: ground.pins.get(&address),
                want: ground.want,
                network: ground.network,
                prompt: ground.prompt,
            };
            let (commit, files) =
                obtain(ground.cache, wanted).map_err(|error| explained(source, &error))?;
            (files, Some(commit.to_string()))
        }
    };
    let Some(text) = files.get(meta::FILE) else {
        let message = format!("`{source}` is no pack: it has no `{}`", meta::FILE);
        let help = match source {
            Source::Git { path: None, .. } => "name the pack's folder with `path=`",
            _ => "`claude-scaffold pack new` writes one",
        };
        return Err(vec![Diagnostic::error(UNREADABLE, message).with_help(help)]);
    };
    let meta = meta::parse(&label(source, meta::FILE), text).map_err(|mut problems| {
        problems.extend(check_templates(&[(source, &files)]));
        problems
    })?;
    let hash = hash(&files);
    Ok(Pack {
        source: source.clone(),
        meta,
        files,
        pin: Pin { commit, hash },
    })
}

/// Checks what the packs render together with the embedded templates below them, and what they say.
fn check_templates(chain: &[(&Source, &Files)]) -> Vec<Diagnostic> {
    let mut files = Files::new();
    let catalog = Catalog::embedded();
    // A feature of which no pack gives a file is the embedded one, which a test checks.
    let is_touched = |folder: &str| {
        let mut paths = chain.iter().flat_map(|(_, own)| own.keys());
        paths.any(|path| path.starts_with(folder))
    };
    for feature in catalog.feature_names() {
        let folder = format!("features/{feature}/");
        if is_touched(&folder) {
            let sources = catalog.sources(feature).into_iter();
            files.extend(sources.map(|(name, text)| (format!("{folder}{name}"), text.to_owned())));
        }
    }
    for (_, own) in chain.iter().rev() {
        let texts = own.iter();
        files.extend(texts.map(|(path, text)| (path.clone(), text.clone())));
    }
    let mut found = language::check(&files, &|path| {
        let pack = chain.iter().find(|(_, own)| own.contains_key(path));
        pack.map(|(source, _)| label(source, path))
    });
    found.extend(texts::values(chain));
    found.extend(texts::credentials(chain));
    found
}

fn refusals(source: &Source, refused: &[Refusal]) -> Vec<Diagnostic> {
    let each = refused.iter().map(|refusal| {
        let message = format!("the pack `{source}` is refused: {refusal}");
        Diagnostic::error(CODE, message).with_help("have it mended where the pack is made")
    });
    each.collect()
}

fn explained(source: &Source, error: &CacheError) -> Vec<Diagnostic> {
    let help = match error {
        CacheError::Refused(refused) => return refusals(source, refused),
        CacheError::Folder(..) => "make the folder writable, or set `XDG_CACHE_HOME` to another",
        CacheError::NotCached => "run the command once without `--offline`",
        CacheError::Damaged(_) => "run the command without `--offline` to fetch it again",
        CacheError::OtherContent { .. } | CacheError::NoCommit(_) => {
            "`claude-scaffold upgrade` shows what the pack is at this moment"
        }
        CacheError::BadPin(_) => "`claude-scaffold upgrade` pins the pack anew",
        CacheError::Fetch(fetch) => match fetch {
            FetchError::Program(_) => "install git, or use a pack in a folder (`path:…`)",
            FetchError::Write(..) => "make the folder writable",
            FetchError::Slow => "try again, or clone it yourself and use `path:…`",
            FetchError::Large => "keep the pack in a repository of its own",
            FetchError::NoReference(_) => "`git ls-remote` prints the names there are",
            FetchError::NotGiven(_) => "name a tag or a branch of the repository",
            FetchError::Elsewhere => {
                "name the repository by the address that its server gives for cloning"
            }
            FetchError::Git(_) => {
                "try `git ls-remote` with the address; with `--offline` the cache does"
            }
        },
    };
    let message = format!("cannot get the pack `{source}`: {error}");
    vec![Diagnostic::error(UNREADABLE, message).with_help(help)]
}
