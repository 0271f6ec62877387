//! Installed clients: on PATH, and inside of editors' extensions.

use std::env;
use std::fs;
use std::path::Path;

use super::{shown, text};
use crate::diagnose::Client;
use crate::model::{Value, Version};

const EDITORS: [&str; 5] = [
    ".vscode/extensions",
    ".vscode-server/extensions",
    ".vscode-insiders/extensions",
    ".cursor/extensions",
    ".windsurf/extensions",
];
const EXTENSION: &str = "anthropic.claude-code-";
#[cfg(windows)]
const PROGRAMS: [&str; 3] = ["claude.exe", "claude.cmd", "claude.ps1"];
#[cfg(not(windows))]
const PROGRAMS: [&str; 1] = ["claude"];

/// Returns the client that `claude` starts, and the newest in each editor.
pub(super) fn clients(home: &Path, path: &str) -> Vec<Client> {
    let folders = env::split_paths(path);
    let mut programs = folders.flat_map(|folder| PROGRAMS.map(|name| folder.join(name)));
    let first = programs.find(|program| fs::metadata(program).is_ok_and(|found| found.is_file()));
    let first = first.map(|program| Client {
        place: shown(home, &program),
        version: release(&program),
    });
    let editors = EDITORS
        .iter()
        .filter_map(|folder| extension(home, &home.join(folder)));
    first.into_iter().chain(editors).collect()
}

/// What the package around a program says, or the name of the program that a link leads to.
fn release(program: &Path) -> Option<Version> {
    let real = fs::canonicalize(program).ok()?;
    let named = real.file_name()?.to_str().and_then(Version::parse);
    named.or_else(|| {
        let mut packages = real.ancestors().skip(1).take(3);
        packages.find_map(|folder| package(&folder.join("package.json")))
    })
}

fn package(file: &Path) -> Option<Version> {
    let value: Value = serde_json::from_str(&text(file).ok()?).ok()?;
    let name = value.get("name")?.as_str()?;
    let ours = name.starts_with("@anthropic-ai/claude-code");
    Version::parse(value.get("version")?.as_str().filter(|_| ours)?)
}

fn extension(home: &Path, folder: &Path) -> Option<Client> {
    let names = fs::read_dir(folder).ok()?.flatten();
    let names = names.filter_map(|entry| entry.file_name().into_string().ok());
    let versions = names.filter_map(|name| {
        let rest = name.strip_prefix(EXTENSION)?;
        let version = Version::parse(rest.split('-').next()?)?;
        Some((version, name))
    });
    let (version, name) = versions.max()?;
    Some(Client {
        place: shown(home, &folder.join(name)),
        version: Some(version),
    })
}
