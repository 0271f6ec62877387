//! The paths of a repository that can show a fact, and the texts of a few of them.

use std::fs;
use std::io::Read;
use std::path::Path;

const DEPTH: usize = 3;
const ENTRIES: usize = 5_000;
/// The bytes of a file that are looked at.
pub const TEXT_LIMIT: usize = 256 * 1024;

/// Folders that hold other people's files, or files about other repositories.
const ELSEWHERE: &[&str] = &[
    ".git",
    "node_modules",
    "target",
    "dist",
    "build",
    "vendor",
    "third_party",
    ".venv",
    "venv",
    "test",
    "tests",
    "testdata",
    "fixtures",
    "examples",
    "example",
    "templates",
];

/// Paths from the top, `/` between names, sorted.
#[derive(Debug, Default)]
pub struct Listing {
    /// The paths.
    pub paths: Vec<String>,
    /// Whether nothing was left out for being too much.
    pub coverage: Coverage,
}

/// Whether a listing holds all that it could.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// It does.
    #[default]
    Whole,
    /// There were too many files.
    Cut,
}

/// What a file says.
#[derive(Debug, PartialEq, Eq)]
pub enum Content {
    /// Its text, as far as it is looked at.
    Text(String),
    /// Not on this disk, or no regular file.
    Unseen,
}

/// Returns the tracked paths that can show a fact about a unit, with the environment files on disk.
#[must_use]
pub fn tracked(mut paths: Vec<String>, top: &Path, unit: &str) -> Listing {
    paths.retain(|path| counts(path, unit));
    paths.extend(environment_files(top, ""));
    if !unit.is_empty() {
        paths.extend(environment_files(&top.join(unit), unit));
    }
    paths.sort();
    paths.dedup();
    Listing {
        paths,
        coverage: Coverage::Whole,
    }
}

fn environment_files(folder: &Path, prefix: &str) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let names = names.filter(|name| name == ".env" || name.starts_with(".env."));
    names.map(|name| format!("{prefix}{name}")).collect()
}

/// Returns whether a path is the unit's own, or speaks for the whole repository.
fn counts(path: &str, unit: &str) -> bool {
    let (inner, own) = match path.strip_prefix(unit) {
        Some(inner) => (inner, true),
        None => (path, path.starts_with('.') || !path.contains('/')),
    };
    let folders = inner.rsplit_once('/').map_or("", |(folders, _)| folders);
    let mut folders = folders.split('/');
    own && inner.split('/').count() <= DEPTH && !folders.any(|name| ELSEWHERE.contains(&name))
}

/// Returns the paths on the disk that can show a fact.
#[must_use]
pub fn on_disk(top: &Path) -> Listing {
    let mut listing = Listing::default();
    collect(top, "", DEPTH, &mut listing);
    listing.paths.sort();
    listing
}

/// Files come before folders, both by name, so that the same files are seen on every disk.
fn collect(folder: &Path, prefix: &str, depth: usize, listing: &mut Listing) {
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let (Ok(name), Ok(kind)) = (entry.file_name().into_string(), entry.file_type()) else {
            continue;
        };
        if kind.is_file() {
            files.push(format!("{prefix}{name}"));
        } else if kind.is_dir() && depth > 1 && !ELSEWHERE.contains(&name.as_str()) {
            folders.push(name);
        }
    }
    files.sort();
    folders.sort();
    let room = ENTRIES - listing.paths.len();
    if files.len() > room {
        listing.coverage = Coverage::Cut;
        files.truncate(room);
    }
    listing.paths.extend(files);
    for name in folders {
        let inner = format!("{prefix}{name}/");
        collect(&folder.join(&name), &inner, depth - 1, listing);
    }
}

/// Reads the start of a file; links are not followed.
#[must_use]
pub fn content(path: &Path) -> Content {
    if !fs::symlink_metadata(path).is_ok_and(|found| found.is_file()) {
        return Content::Unseen;
    }
    let mut bytes = Vec::new();
    let read =
        fs::File::open(path).and_then(|file| file.take(TEXT_LIMIT as u64).read_to_end(&mut bytes));
    match read {
        Ok(_) => Content::Text(String::from_utf8_lossy(&bytes).into_owned()),
        Err(_) => Content::Unseen,
    }
}
