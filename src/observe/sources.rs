//! The files in which values about a gateway stand, read whole and no further than a limit.

use std::fs;

use super::{Ground, Unit, View, actual_at, tree_spot, view};
use crate::git::{self, EntryKind, Pick, Snapshot};
use crate::model::{Actual, Home, RepoPath, Source};

/// Where `check --fix` keeps the comments of a settings file that may hold none.
pub const NOTES: &str = ".claude/settings.comments.md";
/// The client's settings of a folder.
const SETTINGS: &str = ".claude/settings.json";
/// Files that are looked for under their name alone.
const FIXED: [(&str, Home); 14] = [
    (SETTINGS, Home::Settings),
    (".claude/settings.local.json", Home::LocalSettings),
    (NOTES, Home::Notes),
    (".vscode/settings.json", Home::Editor),
    (".aider.conf.yml", Home::Tool),
    ("opencode.json", Home::Tool),
    ("opencode.jsonc", Home::Tool),
    (".devcontainer/devcontainer.json", Home::DevContainer),
    (".devcontainer.json", Home::DevContainer),
    (".gitlab-ci.yml", Home::Pipeline),
    (".envrc", Home::Script),
    ("mise.toml", Home::Toml),
    (".mise.toml", Home::Toml),
    (".config/mise.toml", Home::Toml),
];
const SCRIPT_FOLDERS: [&str; 4] = ["", "bin", "scripts", "tools"];
/// Folders hold no more files of one kind that are looked at.
const MOST: usize = 64;
/// Folders below the root with settings of their own.
const NESTED: usize = 256;

/// Kinds of files that are told by the ends of their names.
const SCRIPTS: [&str; 5] = [".sh", ".bash", ".zsh", ".fish", ".ps1"];
const WORKFLOWS: [&str; 2] = [".yml", ".yaml"];
/// What is asked of a tree: more than is looked at, and little that changes from one to the next.
const ASKED: Pick = Pick {
    starts: &[".env", "compose", "docker-compose"],
    ends: &[".sh", ".bash", ".zsh", ".fish", ".ps1", ".code-workspace"],
};
const ASKED_WORKFLOWS: Pick = Pick {
    starts: &[],
    ends: &WORKFLOWS,
};

/// Reads every file of a unit in which a value about a gateway may stand. No link is followed out of
/// the unit, and nothing larger than 8 MiB is read.
#[must_use]
pub fn sources(unit: &Unit) -> Vec<Source> {
    match &unit.view {
        View::Disk => match Ground::open(&unit.root) {
            Ok(mut ground) => read(unit, |file| actual_at(&mut ground, file)),
            Err(_) => Vec::new(),
        },
        View::Tree(tree) => read(unit, |file| view::actual_in(tree, file)),
    }
}

fn read(unit: &Unit, mut actual: impl FnMut(&RepoPath) -> Actual) -> Vec<Source> {
    let mut files: Vec<(String, Home)> = Vec::new();
    let fixed = FIXED.iter().map(|(name, home)| ((*name).to_owned(), *home));
    files.extend(fixed);
    files.push((unit.manifest.as_str().to_owned(), Home::Manifest));
    files.extend(listed(unit));
    files.extend(nested(unit));
    let mut found = Vec::new();
    for (name, home) in files {
        let Ok(file) = RepoPath::parse(&name) else {
            continue;
        };
        let text = match actual(&file) {
            Actual::Absent => continue,
            Actual::Text { text, .. } => Ok(text),
            Actual::Other(what) => Err(what),
        };
        found.push(Source { file, home, text });
    }
    found
}

fn listed(unit: &Unit) -> Vec<(String, Home)> {
    let mut files = Vec::new();
    for folder in SCRIPT_FOLDERS {
        files.extend(in_folder(unit, folder, ASKED, script));
    }
    files.extend(in_folder(unit, "", ASKED, top));
    let workflows = in_folder(unit, ".github/workflows", ASKED_WORKFLOWS, |name| {
        ends(name, &WORKFLOWS).then_some(Home::Workflow)
    });
    files.extend(workflows);
    files
}

fn script(name: &str) -> Option<Home> {
    ends(name, &SCRIPTS).then_some(Home::Script)
}

fn top(name: &str) -> Option<Home> {
    const TEMPLATES: [&str; 5] = ["template", "example", "sample", "dist", "tmpl"];
    if let Some(rest) = name.strip_prefix(".env") {
        let template = TEMPLATES.iter().any(|word| rest.ends_with(word));
        return match rest {
            _ if template => Some(Home::EnvTemplate),
            "" => Some(Home::EnvFile),
            // Direnv's is a script; keys of dotenvx are nothing to read.
            "rc" | ".keys" | ".vault" => None,
            _ if rest.starts_with('.') => Some(Home::EnvFile),
            _ => None,
        };
    }
    if ends(name, &[".code-workspace"]) {
        return Some(Home::Editor);
    }
    let compose = name.starts_with("docker-compose") || name.starts_with("compose");
    (compose && ends(name, &[".yml", ".yaml"])).then_some(Home::Compose)
}

fn ends(name: &str, kinds: &[&str]) -> bool {
    kinds.iter().any(|kind| name.ends_with(kind))
}

fn in_folder(
    unit: &Unit,
    folder: &str,
    pick: Pick,
    kind: impl Fn(&str) -> Option<Home>,
) -> Vec<(String, Home)> {
    let names = match &unit.view {
        View::Disk => {
            let entries = fs::read_dir(unit.root.join(folder)).into_iter().flatten();
            let names = entries.flatten().map(|entry| entry.file_name());
            names.filter_map(|name| name.into_string().ok()).collect()
        }
        View::Tree(tree) => names_in(tree, folder, pick),
    };
    let mut found: Vec<(String, Home)> = names
        .into_iter()
        .filter_map(|name| kind(&name).map(|home| (name, home)))
        .collect();
    found.sort();
    found.truncate(MOST);
    if !folder.is_empty() {
        for (name, _) in &mut found {
            *name = format!("{folder}/{name}");
        }
    }
    found
}

/// The names of a folder of a tree, which may be a link to one.
fn names_in(tree: &Snapshot, folder: &str, pick: Pick) -> Vec<String> {
    let real = match RepoPath::parse(folder) {
        Ok(path) => match tree_spot(tree, &path) {
            Ok(spot) if spot.found.is_some_and(|e| e.kind() == EntryKind::Folder) => spot.real,
            _ => return Vec::new(),
        },
        Err(_) => String::new(),
    };
    tree.names(&real, pick).unwrap_or_default()
}

/// Settings of folders below the root, as far as git tracks them.
fn nested(unit: &Unit) -> Vec<(String, Home)> {
    let prefix = unit.prefix();
    let all = match (&unit.view, &unit.git) {
        (View::Tree(tree), _) => tree.everywhere(SETTINGS).unwrap_or_default(),
        (View::Disk, Some(place)) => git::tracked_as(place, &["/.claude/settings.json"]),
        (View::Disk, None) => return Vec::new(),
    };
    let inside = all.iter().filter_map(|path| path.strip_prefix(&prefix));
    let inside = inside.filter(|path| *path != SETTINGS).take(NESTED);
    inside
        .map(|path| (path.to_owned(), Home::NestedSettings))
        .collect()
}
