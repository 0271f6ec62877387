//! The rendered scripts, run with a client that only writes down how it was started.
#![cfg(unix)]
#![expect(
    clippy::disallowed_methods,
    reason = "the scripts live on disk and run as programs"
)]

mod ask;
mod ci;
mod files;
mod helper;
mod hunt;
mod injection;
mod powershell;
mod refusals;
mod start;
mod stores;
mod stores_fail;
mod vault;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use claude_scaffold::catalog::Catalog;
use claude_scaffold::{manifest, render, resolve};
use serde_json::Value;
use tempfile::TempDir;

/// Long enough for no vendor's key, and found nowhere else in a script.
const KEY: &str = "test-key-0123456789";

/// A rendered repository beside a client that only writes down how it was started.
struct Repo {
    folder: TempDir,
    root: PathBuf,
}

/// A shell and an awk that must all give the same result.
struct World {
    name: String,
    shell: Vec<&'static str>,
    path: String,
}

/// What a script did.
struct Run {
    code: i32,
    stdout: String,
    stderr: String,
    /// The client's arguments, if it was started.
    started: Option<Vec<String>>,
    /// The client's environment.
    env: BTreeMap<String, String>,
    /// The client's folder.
    cwd: String,
}

impl Run {
    /// The `--settings` the client got.
    fn settings(&self) -> Value {
        let words = self.started.as_ref().expect("the client was started");
        assert_eq!(words[0], "--settings");
        serde_json::from_str(&words[1]).expect("settings are JSON")
    }
}

fn repo(manifest: &str) -> Repo {
    repo_named("repo", manifest)
}

fn repo_named(name: &str, manifest: &str) -> Repo {
    let folder = tempfile::tempdir().expect("temporary folder");
    let real = folder.path().canonicalize().expect("real path");
    let root = real.join(name);
    for (path, text) in rendered(manifest) {
        let target = root.join(&path);
        fs::create_dir_all(target.parent().expect("has a parent")).expect("folder");
        fs::write(&target, text).expect("written");
        let executable = Path::new(&path).extension() == Some(OsStr::new("sh"));
        set_mode(&target, if executable { 0o755 } else { 0o644 });
    }
    fs::create_dir_all(root.join("sub/deep")).expect("folder");
    fs::create_dir_all(real.join("home")).expect("folder");
    let client = format!(
        "#!/bin/sh\nfor a; do printf '%s\\0' \"$a\"; done >'{0}/argv'\nenv -0 >'{0}/env'\npwd >'{0}/cwd'\n",
        real.display()
    );
    program(&real.join("bin/claude"), &client);
    Repo { folder, root }
}

fn rendered(text: &str) -> Vec<(String, String)> {
    let (manifest, problems) = manifest::parse("claude-scaffold.toml", text);
    assert!(problems.is_empty(), "{problems:?}");
    let resolution = resolve::resolve(&manifest, &Catalog::embedded()).expect("resolves");
    let rendered = render::render(&resolution, &Catalog::embedded(), &[]).expect("renders");
    let files = rendered.files.into_iter();
    files
        .map(|(path, file)| (path.as_str().to_owned(), file.text))
        .collect()
}

fn program(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("has a parent")).expect("folder");
    fs::write(path, text).expect("written");
    set_mode(path, 0o755);
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("mode");
}

impl Repo {
    fn base(&self) -> &Path {
        self.root.parent().expect("inside a folder")
    }

    fn write(&self, path: &str, text: &str) -> &Self {
        let target = self.root.join(path);
        fs::create_dir_all(target.parent().expect("has a parent")).expect("folder");
        fs::write(target, text).expect("written");
        self
    }

    /// Runs the launcher at the root in the plainest world.
    fn run(&self, args: &[&str], env: &[(&str, &str)]) -> Run {
        self.run_in(&worlds(self.folder.path())[0], "", args, env)
    }

    fn run_in(&self, world: &World, cwd: &str, args: &[&str], env: &[(&str, &str)]) -> Run {
        let script = self.root.join("scripts/run-claude.sh");
        self.run_script(world, &script, cwd, args, env)
    }

    fn run_script(
        &self,
        world: &World,
        script: &Path,
        cwd: &str,
        args: &[&str],
        env: &[(&str, &str)],
    ) -> Run {
        let base = self.base();
        for file in ["argv", "env", "cwd"] {
            let _ = fs::remove_file(base.join(file));
        }
        let path = format!("{}:{}", base.join("bin").display(), world.path);
        let output = Command::new(world.shell[0])
            .args(&world.shell[1..])
            .arg(script)
            .args(args)
            .current_dir(self.root.join(cwd))
            .env_clear()
            .env("PATH", path)
            .env("HOME", base.join("home"))
            .envs(env.iter().copied())
            .stdin(Stdio::null())
            .output()
            .expect("the shell starts");
        let text = |bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).expect("UTF-8");
            text.replace(&self.root.display().to_string(), "[ROOT]")
        };
        let read = |file: &str| fs::read_to_string(base.join(file)).ok();
        let env = read("env").unwrap_or_default();
        let pairs = env.split_terminator('\0').filter_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            Some((name.to_owned(), value.to_owned()))
        });
        let words = read("argv");
        Run {
            code: output.status.code().unwrap_or(-1),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            started: words.map(|text| text.split_terminator('\0').map(str::to_owned).collect()),
            env: pairs.collect(),
            cwd: read("cwd").unwrap_or_default().trim_end().to_owned(),
        }
    }
}

/// Every shell of this machine with its awk, then `sh` with every awk; links go into `folder`.
fn worlds(folder: &Path) -> Vec<World> {
    let found = |name: &str| {
        let folders = ["/usr/bin", "/bin", "/usr/local/bin"].map(PathBuf::from);
        folders
            .into_iter()
            .map(|f| f.join(name))
            .find(|p| p.exists())
    };
    let plain = "/usr/bin:/bin".to_owned();
    let shells: [&[&str]; 5] = [&["sh"], &["dash"], &["bash"], &["busybox", "sh"], &["mksh"]];
    let mut worlds: Vec<World> = shells
        .into_iter()
        .filter(|shell| found(shell[0]).is_some())
        .map(|shell| World {
            name: shell.join(" "),
            shell: shell.to_vec(),
            path: plain.clone(),
        })
        .collect();
    for awk in ["mawk", "gawk", "original-awk", "busybox"] {
        let Some(program) = found(awk) else { continue };
        let links = folder.join("awk").join(awk);
        fs::create_dir_all(&links).expect("folder");
        let _ = std::os::unix::fs::symlink(program, links.join("awk"));
        worlds.push(World {
            name: format!("sh with {awk}"),
            shell: vec!["sh"],
            path: format!("{}:{plain}", links.display()),
        });
    }
    worlds
}

/// The plainest world and another one, each in its turn: for long tables.
fn some_worlds(folder: &Path, turn: usize) -> Vec<World> {
    let mut worlds = worlds(folder);
    let other = 1 + turn % (worlds.len() - 1).max(1);
    (0..worlds.len())
        .rev()
        .filter(|i| *i != 0 && *i != other)
        .for_each(|i| drop(worlds.remove(i)));
    worlds
}

fn manifest(profile: &str, more: &str) -> String {
    format!("version = 1\nprofile = \"{profile}\"\n{more}")
}

const GATEWAY: &str = "[gateway]\nurl = \"https://gw.example/v1/\"\n";
