//! Where a program is: on the PATH and nowhere else, least of all in the current folder.
#![expect(
    clippy::disallowed_methods,
    reason = "looks for the programs of stores"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Returns the program that a word names; one with a slash is a path from the root.
pub(crate) fn find(
    word: &str,
    root: &Path,
    environment: &BTreeMap<String, String>,
) -> Option<PathBuf> {
    let endings = endings(word, environment);
    let is_path = word.contains('/') || (cfg!(windows) && word.contains('\\'));
    if is_path {
        return spelled(&root.join(word), &endings);
    }
    let path = variable(environment, "PATH")?;
    let mut folders = std::env::split_paths(path).filter(|folder| folder.is_absolute());
    folders.find_map(|folder| spelled(&folder.join(word), &endings))
}

fn spelled(path: &Path, endings: &[String]) -> Option<PathBuf> {
    let with = |ending: &String| {
        let mut whole = path.as_os_str().to_owned();
        whole.push(ending);
        PathBuf::from(whole)
    };
    endings.iter().map(with).find(|path| can_run(path))
}

/// What a program's name may end in: nothing but where the system says otherwise.
fn endings(word: &str, environment: &BTreeMap<String, String>) -> Vec<String> {
    if !cfg!(windows) {
        return vec![String::new()];
    }
    let known = variable(environment, "PATHEXT").unwrap_or(".COM;.EXE;.BAT;.CMD");
    let known = known.split(';').filter(|ending| ending.starts_with('.'));
    let known: Vec<String> = known.map(str::to_ascii_lowercase).collect();
    let lower = word.to_ascii_lowercase();
    if known.iter().any(|ending| lower.ends_with(ending)) {
        return vec![String::new()];
    }
    known
}

fn variable<'a>(environment: &'a BTreeMap<String, String>, name: &str) -> Option<&'a str> {
    let same =
        |known: &String| known == name || (cfg!(windows) && known.eq_ignore_ascii_case(name));
    let found = environment.iter().find(|(known, _)| same(known));
    found.map(|(_, value)| value.as_str())
}

#[cfg(unix)]
fn can_run(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn can_run(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.is_file())
}
