//! Variables that the files set which a shell reads at its start.

use std::fs;
use std::path::{Path, PathBuf};

use super::{shown, text};
use crate::diagnose::Assignment;

const OF_USER: [&str; 13] = [
    ".profile",
    ".bash_profile",
    ".bash_login",
    ".bashrc",
    ".zshenv",
    ".zprofile",
    ".zshrc",
    ".zlogin",
    ".kshrc",
    ".envrc",
    ".config/fish/config.fish",
    ".config/powershell/profile.ps1",
    "Documents/PowerShell/Microsoft.PowerShell_profile.ps1",
];
const OF_SYSTEM: [&str; 5] = [
    "/etc/environment",
    "/etc/profile",
    "/etc/bash.bashrc",
    "/etc/zsh/zshenv",
    "/etc/zshenv",
];
/// Folders of which every file counts.
const FOLDERS: [(&str, &str); 2] = [("environment.d", "conf"), ("fish/conf.d", "fish")];

/// Returns the assignments to the given variables, in the order of files and lines.
pub(super) fn assignments(home: &Path, names: &[&str]) -> Vec<Assignment> {
    let mut files: Vec<PathBuf> = OF_USER.iter().map(|name| home.join(name)).collect();
    for (folder, ending) in FOLDERS {
        files.extend(inside(&home.join(".config").join(folder), ending));
    }
    files.extend(OF_SYSTEM.iter().map(PathBuf::from));
    files.extend(inside(Path::new("/etc/profile.d"), "sh"));
    let mut found = Vec::new();
    for file in files {
        let text = text(&file).unwrap_or_default();
        for (number, line) in text.lines().enumerate() {
            if let Some((name, value)) = assignment(line).filter(|(name, _)| names.contains(name)) {
                found.push(Assignment {
                    file: shown(home, &file),
                    line: number + 1,
                    name: name.to_owned(),
                    literal: is_literal(value),
                });
            }
        }
    }
    found
}

fn inside(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    let mut paths: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|found| found == ending))
        .collect();
    paths.sort();
    paths
}

/// Name and value of a line such as `export A=b`, `setenv A b`, `set -gx A b`, `$env:A = "b"`.
pub(super) fn assignment(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start();
    let words = ["export ", "typeset -x ", "declare -x ", "setenv "];
    let bare = words.iter().find_map(|word| line.strip_prefix(word));
    let fish = line.strip_prefix("set ").map(|rest| {
        rest.trim_start_matches(|c: char| c == '-' || c == ' ' || c.is_ascii_lowercase())
    });
    let shell = line
        .get(..5)
        .filter(|start| start.eq_ignore_ascii_case("$env:"));
    let rest = match (bare, fish, shell) {
        (Some(rest), ..) | (None, Some(rest), _) => rest,
        (None, None, Some(_)) => &line[5..],
        _ => line,
    };
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
    let (name, value) = rest.split_at(end);
    let separated = value.trim_start().starts_with('=') || bare.is_some() || fish.is_some();
    let value = value.trim_start_matches([' ', '=']);
    (separated && !name.is_empty()).then_some((name, value.trim()))
}

/// Whether a value stands there as it is: neither asked of a program nor of another variable.
fn is_literal(value: &str) -> bool {
    let inner = value.trim_matches(['"', '\'']);
    !inner.is_empty() && !inner.contains(['$', '`', '('])
}
