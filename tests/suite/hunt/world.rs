//! A machine with a key in every place, and programs on it that write down how they are started.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::canary::{Canary, Look, Search, value};
use crate::live::server;
use crate::tree::{self, Run};

/// Variables that hold a key.
const VARIABLES: [&str; 10] = [
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
    "GATEWAY_TOKEN",
    "OPENAI_API_KEY",
    "HEADER_X_API_KEY",
    "TEAM_GATEWAY_KEY",
    "ANTHROPIC_CUSTOM_HEADERS",
    "VAULT_TOKEN",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
];
/// Those of them that are a store's or git's, which therefore get them.
const OF_STORES: [&str; 3] = ["VAULT_TOKEN", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
/// Files with a key in them: what it is called, where, and the text around it.
const FILES: [(&str, &str, &str); 9] = [
    (
        "env file",
        "app/.env",
        "# ours\nTEAM_FILE_KEY=@\nOPENAI_API_KEY='@'\n",
    ),
    (
        "local env file",
        "app/.env.local",
        "ANTHROPIC_AUTH_TOKEN=\"@\"\n",
    ),
    (
        "project settings",
        "app/.claude/settings.json",
        "{ \"env\": { \"A\": \"1\", \"ANTHROPIC_AUTH_TOKEN\": \"@\", \"API_TIMEOUT_MS\": \"5\" }, \"model\": \"mine\" }\n",
    ),
    (
        "local settings",
        "app/.claude/settings.local.json",
        "{\n  \"env\": {\n    \"ANTHROPIC_API_KEY\": \"@\"\n  }\n}\n",
    ),
    (
        "user settings",
        "user/.claude/settings.json",
        "{\n  \"env\": {\n    \"ANTHROPIC_API_KEY\": \"@\"\n  }\n}\n",
    ),
    (
        "editor settings",
        "app/.vscode/settings.json",
        "{\n  // Ours.\n  \"terminal.integrated.env.linux\": { \"ANTHROPIC_API_KEY\": \"@\" },\n  \"claudeCode.environmentVariables\": [{ \"name\": \"OPENAI_API_KEY\", \"value\": \"@\" }]\n}\n",
    ),
    (
        "netrc",
        "user/.netrc",
        "machine gw.example login u password @\n",
    ),
    ("token file", "user/.vault-token", "@\n"),
    (
        "fleet file",
        "bad-fleet.toml",
        "version = 1\n[[group]]\nname = \"a\"\nrepositories = [\"app\"]\nprofile = \"team\"\nvalues.credential.ref = \"@\"\n",
    ),
];
/// Programs that a store's answer comes from.
const STORES: [&str; 9] = [
    "vault",
    "bao",
    "op",
    "aws",
    "gcloud",
    "az",
    "pass",
    "secret-tool",
    "sops",
];

/// A machine.
pub struct World {
    home: TempDir,
    pub look: Look,
    pub root: PathBuf,
    pub gateway: String,
    canaries: Vec<Canary>,
    search: Search,
    /// Files that were looked at, so that only what changed is read again.
    looked: BTreeMap<PathBuf, (u64, i64, i64, u64)>,
    pub problems: Vec<String>,
    /// How often each command ended how.
    pub endings: BTreeMap<(String, i32), usize>,
}

impl World {
    pub fn new(look: Look) -> Self {
        let home = tree::temp();
        let canaries = canaries(look);
        let gateway = server::start(|asked| {
            let said: String = asked
                .headers
                .iter()
                .map(|(_, value)| value.as_str())
                .collect();
            server::error(401, "authentication_error", &format!("no: {said}"), "")
        });
        let mut world = Self {
            root: home.path().join("app"),
            search: Search::new(&canaries),
            home,
            look,
            gateway,
            canaries,
            looked: BTreeMap::new(),
            problems: Vec::new(),
            endings: BTreeMap::new(),
        };
        world.furnish();
        world
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.home.path().join(below)
    }

    pub fn value(&self, name: &str) -> &str {
        let mut found = self.canaries.iter().filter(|canary| canary.name == name);
        &found.next().expect("a canary").value
    }

    /// Writes a file and says that a canary may stand in it.
    pub fn put(&self, below: &str, text: &str) {
        tree::put(&self.path(below), text.as_bytes(), 0o644);
    }

    fn furnish(&mut self) {
        for folder in [
            "app", "user", "state", "cache", "config", "tmp", "log", "runtime",
        ] {
            fs::create_dir_all(self.path(folder)).expect("a folder");
        }
        for (name, path, text) in FILES {
            self.put(path, &text.replace('@', self.value(name)));
        }
        tree::git_init(&self.root);
        let url = format!(
            "https://ada:{}@git.example/app.git",
            self.value("git remote")
        );
        self.git(&["remote", "add", "origin", &url]);
        self.git(&["add", "-f", ".claude/settings.json"]);
        self.git(&["commit", "-q", "-m", "work"]);
        self.put("listed.json", "[]\n");
        self.put(
            "claude-fleet.toml",
            "version = 1\n[[group]]\nname = \"all\"\nrepositories = [\"app\"]\nprofile = \"team\"\n",
        );
        self.put("pack/pack.toml", "name = \"p\"\nversion = \"1.0.0\"\n");
        let named = format!(
            "name = \"p\"\nversion = \"1.0.0\"\n[variables]\ngateway_token = \"{}\"\n",
            self.value("pack")
        );
        self.put("bad-pack/pack.toml", &named);
        for store in STORES {
            self.program(store, &format!(
                "[ -e '{0}/log/fail' ] && {{ echo 'permission denied: {1}, token={2}' >&2; exit 2; }}\nprintf '%s\\n' '{3}'",
                self.home.path().display(), self.value("VAULT_TOKEN"), self.value("store's talk"), self.value("store"),
            ));
        }
        self.program("claude", "echo 2.1.330");
        let mut which = Command::new("sh");
        which.args(["-c", "command -v git"]);
        let git = tree::finish(which).ends(0).out;
        self.program("git", &format!("exec '{}' \"$@\"", git.trim_end()));
        self.looked.clear();
    }

    /// Puts a program on PATH that first writes down its arguments and its environment.
    fn program(&self, name: &str, then: &str) {
        let log = self.path("log");
        let text = format!(
            "#!/bin/sh\n{{ printf '%s\\n' \"$@\"; /usr/bin/env; }} >>'{}/{name}'\n{then}\n",
            log.display()
        );
        tree::put(&self.path("bin").join(name), text.as_bytes(), 0o755);
    }

    fn git(&self, arguments: &[&str]) {
        tree::git(&self.root, arguments).ends(0);
    }

    /// A command that is started as a person on this machine starts it.
    pub fn command(&self, program: &str) -> Command {
        let mut command = tree::clean(program, &self.root);
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{}:{path}", self.path("bin").display()));
        command.env("HOME", self.path("user"));
        for (name, folder) in [
            ("XDG_STATE_HOME", "state"),
            ("XDG_CACHE_HOME", "cache"),
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_RUNTIME_DIR", "runtime"),
            ("TMPDIR", "tmp"),
        ] {
            command.env(name, self.path(folder));
        }
        for name in VARIABLES {
            let value = self.value(name);
            if name == "ANTHROPIC_CUSTOM_HEADERS" {
                command.env(name, format!("x-a: b\nAuthorization: Bearer {value}"));
            } else {
                command.env(name, value);
            }
        }
        let proxy = format!("http://ada:{}@127.0.0.1:9", self.value("proxy"));
        command
            .env("HTTPS_PROXY", proxy)
            .env("VAULT_ADDR", "http://127.0.0.1:9");
        command.env("NO_PROXY", "127.0.0.1,localhost");
        command
    }

    /// Runs the tool and looks at all that it printed, wrote and started.
    pub fn run(&mut self, arguments: &[&str]) -> Run {
        let mut command = self.command(env!("CARGO_BIN_EXE_claude-scaffold"));
        command.args(arguments);
        self.finish(command, arguments)
    }

    /// The same with any command.
    pub fn finish(&mut self, command: Command, arguments: &[&str]) -> Run {
        let run = tree::finish(command);
        let name = arguments.first().copied().unwrap_or_default().to_owned();
        *self.endings.entry((name, run.code)).or_default() += 1;
        let act = arguments.join(" ");
        if !(0..=2).contains(&run.code) || run.err.contains("a defect in") {
            self.problems
                .push(format!("`{act}` ended with {}: {}", run.code, run.err));
        }
        let stdout = if arguments.first() == Some(&"key") && run.code == 0 {
            "key's stdout"
        } else {
            "stdout"
        };
        self.look_at(&act, stdout, run.out.as_bytes());
        self.look_at(&act, "stderr", run.err.as_bytes());
        self.look_around(&act);
        run
    }

    fn look_at(&mut self, act: &str, place: &str, bytes: &[u8]) {
        for (at, spelling) in self.search.find(bytes) {
            let canary = &self.canaries[at];
            if place == "key's stdout" || canary.allowed.iter().any(|ok| is_at(ok, place)) {
                continue;
            }
            let line = bytes
                .split(|byte| *byte == b'\n')
                .find(|line| !self.search.find(line).is_empty());
            let line: String = String::from_utf8_lossy(line.unwrap_or_default())
                .chars()
                .take(300)
                .collect();
            self.problems.push(format!(
                "`{act}`: {} {spelling} in {place}: {line}",
                canary.name
            ));
        }
    }

    /// Looks at every file of the machine that has changed.
    pub fn look_around(&mut self, act: &str) {
        let mut folders = vec![self.home.path().to_owned()];
        let mut changed = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                let path = entry.path();
                let found = fs::symlink_metadata(&path).expect("it was just there");
                if found.is_dir() {
                    folders.push(path);
                    continue;
                }
                let stamp = (found.ino(), found.mtime(), found.mtime_nsec(), found.len());
                if found.is_file() && self.looked.get(&path) != Some(&stamp) {
                    changed.push(path.clone());
                    self.looked.insert(path, stamp);
                }
            }
        }
        for path in changed {
            let bytes = fs::read(&path).expect("a file");
            let place = path
                .strip_prefix(self.home.path())
                .expect("below")
                .to_owned();
            self.look_at(act, &place.display().to_string(), &bytes);
        }
    }

    /// Looks at every object of git's, which are packed otherwise.
    pub fn look_into_git(&mut self, act: &str) {
        let mut command = tree::clean("git", &self.root);
        command.args(["cat-file", "--batch-all-objects", "--batch", "--unordered"]);
        let output = command.output().expect("git runs");
        assert!(output.status.success() && !output.stdout.is_empty());
        self.look_at(act, "git's objects", &output.stdout);
    }

    /// Fails with all that was found.
    pub fn clean(&mut self) {
        self.problems.sort();
        self.problems.dedup();
        assert!(
            self.problems.is_empty(),
            "{} finds\n{}",
            self.problems.len(),
            self.problems.join("\n")
        );
    }
}

/// Whether a place is the named one, below it, or a file that waits beside it to be renamed.
fn is_at(allowed: &str, place: &str) -> bool {
    let path = Path::new(place);
    let folder = path.parent().unwrap_or(path);
    let waits = place.contains("/.claude-scaffold-") && Path::new(allowed).parent() == Some(folder);
    path.starts_with(allowed) || waits
}

fn canaries(look: Look) -> Vec<Canary> {
    let canary = |name: &'static str, allowed: &[&str]| Canary {
        name,
        value: value(name, look),
        allowed: allowed.iter().map(|path| (*path).to_owned()).collect(),
    };
    let bins: Vec<String> = STORES.iter().map(|store| format!("bin/{store}")).collect();
    let mut all: Vec<Canary> = VARIABLES.iter().map(|name| canary(name, &[])).collect();
    for canary in &mut all {
        if OF_STORES.contains(&canary.name) {
            canary.allowed.push("log".to_owned());
            canary.allowed.extend(bins.clone());
        }
    }
    // Only the manifest knows that this is a key of ours; a helper of git's may have one like it.
    let named = all
        .iter_mut()
        .find(|canary| canary.name == "TEAM_GATEWAY_KEY");
    named
        .expect("a variable")
        .allowed
        .push("log/git".to_owned());
    for (name, path, _) in FILES {
        all.push(canary(name, &[path]));
    }
    let settings = all
        .iter_mut()
        .find(|canary| canary.name == "project settings");
    // It is committed, as it stands.
    settings
        .expect("a file")
        .allowed
        .push("git's objects".to_owned());
    all.push(canary("git remote", &["app/.git/config"]));
    all.push(canary("proxy", &["log"]));
    all.push(canary("pack", &["bad-pack"]));
    all.push(canary("argument", &[]));
    all.push(canary("manifest", &["app/claude-scaffold.toml"]));
    for name in ["store", "store's talk"] {
        let mut canary = canary(name, &[]);
        canary.allowed.extend(bins.clone());
        all.push(canary);
    }
    all
}
