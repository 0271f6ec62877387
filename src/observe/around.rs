//! What a client finds around the folder it is started in: settings files, run script, env file.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::{LIMIT, MANIFEST, Unit, tree_spot};
use crate::explain::{Around, SYSTEMS, Script, Text};
use crate::git::{self, EntryKind, ObjectError, Snapshot};
use crate::model::{RepoPath, Version};

const PROJECT: &str = ".claude/settings.json";
const LOCAL: &str = ".claude/settings.local.json";
const EDITOR: &str = ".vscode/settings.json";

/// The administrator's folder, and its name in VS Code's settings for this system.
#[cfg(target_os = "macos")]
const SYSTEM: (&str, &str) = ("/Library/Application Support/ClaudeCode", SYSTEMS[1]);
#[cfg(windows)]
const SYSTEM: (&str, &str) = ("C:\\Program Files\\ClaudeCode", SYSTEMS[2]);
#[cfg(not(any(target_os = "macos", windows)))]
const SYSTEM: (&str, &str) = ("/etc/claude-code", SYSTEMS[0]);

/// Where a client is started, by whom.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    /// The folder.
    pub folder: &'a Path,
    /// The user's home, where there is one.
    pub home: Option<&'a Path>,
    /// The folder of the client's own settings, where it is not the usual one.
    pub config: Option<&'a Path>,
    /// The run script, relative to the unit.
    pub script: &'a str,
}

/// Reads all that a client would; environment and arguments are still to be filled in.
#[must_use]
pub fn around(standing: &Standing<'_>, client: Version) -> Around {
    let folder = standing.folder;
    let git = git::locate(folder);
    let top = git.map_or_else(|| folder.to_path_buf(), |place| place.work_tree);
    let inside = |path: &Path| read(path, &below(&top, path));
    let unit = Unit::find(folder, Path::new("")).map_or_else(|| top.clone(), |unit| unit.root);
    let script = unit.join(standing.script);
    let script = inside(&script).and_then(|text| Script::parse(&text.path, &text.text.ok()?));
    let env_file = script.as_ref().map_or(".env", |script| &script.env_file);
    let env_file = unit.join(env_file);
    let up = folder
        .ancestors()
        .take_while(|above| above.starts_with(&top));
    let config = match (standing.config, standing.home) {
        (Some(config), _) => Some(config.to_path_buf()),
        (None, home) => home.map(|home| home.join(".claude")),
    };
    Around {
        managed: managed(Path::new(SYSTEM.0)),
        settings: None,
        model: None,
        local_of_root: inside(&top.join(LOCAL)),
        local: (folder != top)
            .then(|| inside(&folder.join(LOCAL)))
            .flatten(),
        project: inside(&folder.join(PROJECT)),
        user: config.and_then(|config| {
            let path = config.join("settings.json");
            read(&path, &from_home(standing.home, &path))
        }),
        editor: up
            .map(|above| above.join(EDITOR))
            .find_map(|path| inside(&path)),
        system: SYSTEM.1,
        script,
        root: unit.display().to_string(),
        env_file: inside(&env_file),
        of_root: [inside(&unit.join(LOCAL)), inside(&unit.join(PROJECT))],
        environment: std::collections::BTreeMap::new(),
        client,
    }
}

/// Reads what every clone of a tree has; nothing of a machine.
#[must_use]
pub fn around_in(tree: &Snapshot, script: &str, client: Version) -> Around {
    let inside = |path: &str| read_in(tree, path);
    let script = inside(script).and_then(|text| Script::parse(&text.path, &text.text.ok()?));
    let env_file = script.as_ref().map_or(".env", |script| &script.env_file);
    Around {
        managed: Vec::new(),
        settings: None,
        model: None,
        local_of_root: inside(LOCAL),
        local: None,
        project: inside(PROJECT),
        user: None,
        editor: inside(EDITOR),
        system: SYSTEM.1,
        env_file: inside(env_file),
        script,
        root: String::new(),
        of_root: [inside(LOCAL), inside(PROJECT)],
        environment: std::collections::BTreeMap::new(),
        client,
    }
}

/// As [`read`], from a tree; what a link leads out to is not there.
fn read_in(tree: &Snapshot, path: &str) -> Option<Text> {
    let found = tree_spot(tree, &RepoPath::parse(path).ok()?).ok()?.found?;
    let limit = usize::try_from(LIMIT).unwrap_or(usize::MAX);
    let text = match found.kind() {
        EntryKind::File | EntryKind::Executable => match tree.blob(found.id, limit) {
            Ok(bytes) => Ok(decoded(&bytes)),
            Err(ObjectError::Large(_)) => Err("it is larger than 8 MiB".to_owned()),
            Err(error) => Err(error.to_string()),
        },
        _ => Err("it is no regular file".to_owned()),
    };
    Some(Text {
        path: path.to_owned(),
        text,
    })
}

/// Reads the file of `--settings`; none where nothing is there.
#[must_use]
pub fn settings_file(path: &Path, shown: &str) -> Option<Text> {
    read(path, shown)
}

/// Reads the manifest of the unit around a folder.
#[must_use]
pub fn manifest_around(folder: &Path) -> Option<String> {
    let unit = Unit::find(folder, Path::new(""))?;
    let path: PathBuf = unit.manifest.under(&unit.root);
    read(&path, MANIFEST)?.text.ok()
}

/// The drop-in files, the last in the order of names first, then the main file.
fn managed(folder: &Path) -> Vec<Text> {
    let parts = fs::read_dir(folder.join("managed-settings.d"));
    let mut parts: Vec<PathBuf> = parts
        .into_iter()
        .flatten()
        .flatten()
        .map(|e| e.path())
        .collect();
    let hidden = |path: &Path| {
        let name = path.file_name().map(|name| name.to_string_lossy());
        name.is_some_and(|name| name.starts_with('.'))
    };
    parts.retain(|path| path.extension().is_some_and(|kind| kind == "json") && !hidden(path));
    parts.sort();
    parts.insert(0, folder.join("managed-settings.json"));
    let read = |path: &PathBuf| read(path, &path.display().to_string());
    parts.iter().rev().filter_map(read).collect()
}

/// Reads a file as the client does, following links; none where nothing is there.
fn read(path: &Path, shown: &str) -> Option<Text> {
    let found = fs::metadata(path).ok()?;
    let text = if !found.is_file() {
        Err("it is no regular file".to_owned())
    } else if found.len() > LIMIT {
        Err("it is larger than 8 MiB".to_owned())
    } else {
        let mut bytes = Vec::new();
        let opened = fs::File::open(path);
        let all = opened.and_then(|file| file.take(LIMIT).read_to_end(&mut bytes));
        all.map_err(|error| error.to_string())
            .map(|_| decoded(&bytes))
    };
    Some(Text {
        path: shown.to_owned(),
        text,
    })
}

/// The text of bytes, also of UTF-16 with its mark; what is neither stands replaced.
fn decoded(bytes: &[u8]) -> String {
    let Some(wide) = bytes.strip_prefix(b"\xff\xfe") else {
        return String::from_utf8_lossy(bytes).into_owned();
    };
    let units = wide
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    String::from_utf16_lossy(&units.collect::<Vec<_>>())
}

/// A path relative to a folder, `/` between names; as it is where it is not below it.
fn below(top: &Path, path: &Path) -> String {
    let Ok(inner) = path.strip_prefix(top) else {
        return path.display().to_string();
    };
    let names = inner
        .components()
        .map(|name| name.as_os_str().to_string_lossy());
    names.collect::<Vec<_>>().join("/")
}

fn from_home(home: Option<&Path>, path: &Path) -> String {
    match home.filter(|home| path.starts_with(home)) {
        Some(home) => format!("~/{}", below(home, path)),
        None => path.display().to_string(),
    }
}
