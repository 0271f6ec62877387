//! Packs that a test writes, and repositories that stand on them.
#![expect(clippy::disallowed_methods, reason = "a test writes its packs")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::tree::{self, Run, is_named, put, tool};

/// Path and text of files.
pub type Files<'a> = &'a [(&'a str, &'a str)];

/// Writes a pack whose profile `solo` gives these files and no others; a template is known by its
/// file's name, so that a file that keeps it in another folder is the same one.
pub fn write(pack: &Path, version: &str, files: Files, more: &str) {
    if pack.exists() {
        fs::remove_dir_all(pack).expect("removed");
    }
    let meta = format!("name = \"house\"\nversion = \"{version}\"\n{more}");
    put(&pack.join("pack.toml"), meta.as_bytes(), 0o644);
    let profile = b"features = [\"own\"]\n";
    put(&pack.join("profiles/solo.toml"), profile, 0o644);
    feature(pack, "own", files);
}

/// Writes one feature of a pack.
pub fn feature(pack: &Path, name: &str, files: Files) {
    let folder = pack.join("features").join(name);
    let mut outputs = String::from("about = \"a test's\"\n");
    for (path, text) in files {
        let file = path.rsplit('/').next().unwrap_or(path);
        let format = format_of(path);
        let _ = write!(
            outputs,
            "[[output]]\npath = \"{path}\"\ntemplate = \"{file}.tera\"\nformat = \"{format}\"\n"
        );
        put(&folder.join(format!("{file}.tera")), text.as_bytes(), 0o644);
    }
    put(&folder.join("feature.toml"), outputs.as_bytes(), 0o644);
}

fn format_of(path: &str) -> &'static str {
    match path {
        ".gitignore" => "ignore",
        _ if path.starts_with(".vscode/") => "jsonc",
        _ if is_named(path, "json") => "json",
        _ if is_named(path, "toml") => "toml",
        _ if is_named(path, "yml") => "yaml",
        _ if is_named(path, "env") => "env",
        _ => "whole-file",
    }
}

/// A repository that stands on a pack beside it.
pub struct Ground {
    _home: TempDir,
    pub root: PathBuf,
    pub pack: PathBuf,
}

impl Ground {
    /// Makes the repository at version 1 of the pack.
    pub fn new(files: Files) -> Self {
        let ground = Self::empty();
        write(&ground.pack, "1.0.0", files, "");
        ground.init();
        ground
    }

    /// Makes the repository and nothing in it.
    pub fn empty() -> Self {
        let home = tree::temp();
        let (root, pack) = (home.path().join("app"), home.path().join("pack"));
        fs::create_dir(&root).expect("a folder");
        tree::git_init(&root);
        Self {
            _home: home,
            root,
            pack,
        }
    }

    /// Stands the repository on the pack.
    pub fn init(&self) {
        self.run(&["init", "--profile", "solo", "--set", "pack=path:../pack"])
            .ends(0);
    }

    /// Moves the pack.
    pub fn moves(&self, version: &str, files: Files, steps: &str) {
        write(&self.pack, version, files, steps);
    }

    /// Edits files as a user does; an empty text deletes one.
    pub fn edit(&self, files: Files) {
        for (path, text) in files {
            let place = self.root.join(path);
            if text.is_empty() {
                fs::remove_file(place).expect("removed");
            } else {
                put(&place, text.as_bytes(), 0o644);
            }
        }
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        tool(&self.root, arguments)
    }

    /// What `--format json` prints.
    pub fn json(&self, arguments: &[&str], code: i32) -> Value {
        let run = self.run(&[arguments, &["--format", "json"]].concat());
        let run = run.ends(code);
        serde_json::from_str(&run.out).expect("JSON")
    }

    /// A file's text; none where there is no file.
    pub fn text(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.root.join(path)).ok()
    }

    /// Asserts what files say.
    #[track_caller]
    pub fn holds(&self, expected: &[(&str, Option<&str>)]) {
        for (path, text) in expected {
            assert_eq!(self.text(path).as_deref(), *text, "{path}");
        }
    }

    /// Asserts that a command changes no file.
    #[track_caller]
    pub fn idle(&self, arguments: &[&str], code: i32) -> Run {
        let before = (tree::tree(&self.root), tree::stamps(&self.root));
        let run = self.run(arguments).ends(code);
        let what = format!("{arguments:?} writes");
        tree::same(&what, &before.0, &tree::tree(&self.root));
        assert_eq!(before.1, tree::stamps(&self.root), "{what}");
        run
    }
}
