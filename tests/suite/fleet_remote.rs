//! Members behind an address: the cache of them, and the push.
#![expect(
    clippy::disallowed_methods,
    reason = "a test makes and serves its repositories"
)]

mod cache;
mod push;
mod servers;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A folder with the repositories that are served, and with the user's cache.
pub struct World {
    home: TempDir,
    clock: std::cell::Cell<u64>,
}

impl World {
    pub fn new() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let clock = std::cell::Cell::new(1_750_000_000);
        Self { home, clock }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// A bare repository of three commits and a work tree that made them.
    pub fn served(&self, name: &str) -> Served<'_> {
        let (bare, work) = (
            self.path(&format!("served/{name}.git")),
            self.path(&format!("work/{name}")),
        );
        fs::create_dir_all(&bare).expect("a folder");
        fs::create_dir_all(&work).expect("a folder");
        let served = Served {
            world: self,
            bare,
            work,
        };
        served.at(&served.bare, &["init", "-q", "--bare", "-b", "main"]);
        for key in ["uploadpack.allowFilter", "receive.advertisePushOptions"] {
            served.at(&served.bare, &["config", key, "true"]);
        }
        served.git(&["init", "-q", "-b", "main"]);
        served.git(&["remote", "add", "origin", &served.bare.to_string_lossy()]);
        for number in 0..3 {
            served.commit(&format!("folder/{number}.txt"));
        }
        served.git(&["push", "-q", "origin", "main"]);
        served
    }
}

/// One repository on a server.
pub struct Served<'a> {
    world: &'a World,
    pub bare: PathBuf,
    pub work: PathBuf,
}

impl Served<'_> {
    pub fn git(&self, arguments: &[&str]) -> String {
        self.at(&self.work, arguments)
    }

    pub fn at(&self, folder: &Path, arguments: &[&str]) -> String {
        let date = format!("{} +0000", self.world.clock.get());
        let output = Command::new("git")
            .args(["-c", "protocol.file.allow=always", "-C"])
            .arg(folder)
            .args(arguments)
            .env_remove("GIT_DIR")
            .env_remove("GIT_INDEX_FILE")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", self.world.path("no-such-file"))
            .env("GIT_NO_LAZY_FETCH", "1")
            .envs([("GIT_AUTHOR_NAME", "Ada"), ("GIT_COMMITTER_NAME", "Ada")])
            .envs([
                ("GIT_AUTHOR_EMAIL", "a@b.example"),
                ("GIT_COMMITTER_EMAIL", "a@b.example"),
            ])
            .envs([("GIT_AUTHOR_DATE", &date), ("GIT_COMMITTER_DATE", &date)])
            .output()
            .expect("git runs");
        let talk = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "git {arguments:?}: {talk}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Commits a file an hour after the commit before.
    pub fn commit(&self, path: &str) -> String {
        self.world.clock.set(self.world.clock.get() + 3600);
        let file = self.work.join(path);
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        fs::write(&file, format!("{path} {}\n", self.world.clock.get())).expect("a file");
        self.git(&["add", "."]);
        self.git(&["commit", "-q", "-m", path]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Where a branch is on the server; nothing where it is not.
    pub fn tip(&self, branch: &str) -> String {
        let name = format!("refs/heads/{branch}");
        self.at(
            &self.bare,
            &["for-each-ref", "--format=%(objectname)", &name],
        )
    }
}

/// Has a repository run a script before it takes or makes a push.
#[cfg(unix)]
pub fn hook(repository: &Path, name: &str, script: &str) {
    use std::os::unix::fs::PermissionsExt;
    let file = repository.join("hooks").join(name);
    fs::create_dir_all(repository.join("hooks")).expect("a folder");
    fs::write(&file, format!("#!/bin/sh\n{script}\n")).expect("a file");
    let mode = fs::Permissions::from_mode(0o755);
    fs::set_permissions(&file, mode).expect("a mode");
}
