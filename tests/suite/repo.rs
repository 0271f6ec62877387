//! Git repositories with fixed people and dates, made by the git program.
#![expect(clippy::disallowed_methods, reason = "a test makes its repositories")]

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

const DAY: i64 = 24 * 60 * 60;
pub const HEAD_DATE: i64 = 1_750_000_000;

/// A repository in a folder of its own.
pub struct Repo {
    _home: TempDir,
    pub root: PathBuf,
}

impl Repo {
    pub fn empty() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let root = home.path().join("app");
        fs::create_dir(&root).expect("a folder");
        Self { _home: home, root }
    }

    pub fn new() -> Self {
        let repo = Self::empty();
        repo.git(&["init", "-q", "-b", "main"]);
        repo
    }

    pub fn git(&self, arguments: &[&str]) {
        self.git_as(("Ada", "ada@one.example"), 0, arguments);
    }

    pub fn git_as(&self, who: (&str, &str), days_before: i64, arguments: &[&str]) {
        let date = format!("{} +0000", HEAD_DATE - days_before * DAY);
        let output = Command::new("git")
            .args(["-c", "protocol.file.allow=always", "-C"])
            .arg(&self.root)
            .args(arguments)
            .env_remove("GIT_DIR")
            .env_remove("GIT_INDEX_FILE")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", self.root.join("no-such-file"))
            .envs([("GIT_AUTHOR_NAME", who.0), ("GIT_COMMITTER_NAME", who.0)])
            .envs([("GIT_AUTHOR_EMAIL", who.1), ("GIT_COMMITTER_EMAIL", who.1)])
            .envs([("GIT_AUTHOR_DATE", &date), ("GIT_COMMITTER_DATE", &date)])
            .output()
            .expect("git runs");
        let talk = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "git {arguments:?}: {talk}");
    }

    pub fn git_reading(&self, file: &str, arguments: &[&str]) {
        let input = fs::File::open(self.root.join(file)).expect("a file");
        let mut command = Command::new("git");
        let command = command
            .arg("-C")
            .arg(&self.root)
            .args(arguments)
            .stdin(input);
        assert!(command.status().expect("git runs").success());
    }

    pub fn file(&self, path: &str, text: &str) -> &Self {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(path, text).expect("a file");
        self
    }

    pub fn commit_as(&self, name: &str, email: &str, days_before: i64) -> &Self {
        self.git(&["add", "-A"]);
        let commit = ["commit", "-q", "--allow-empty", "-m", "work"];
        self.git_as((name, email), days_before, &commit);
        self
    }
}
