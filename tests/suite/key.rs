//! `key` through the binary, against recorded fakes of the stores' programs: no store is asked here.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "fakes read and write files")]

mod answers;
mod cache;
mod declared;
mod endings;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::tree::{Run, git_init, temp, tool, tool_with};

/// Long enough to be found in a text, and of no vendor's shape.
const KEY: &str = "store-key-of-this-test";
/// A store for each of the fakes, a reference to it, and the words that the fake has to be called with.
const STORES: [(&str, &str); 10] = [
    (
        "OP:dev/gateway/key",
        "op read --no-newline op://dev/gateway/key",
    ),
    (
        "AWS-SM:dev/gateway",
        "aws secretsmanager get-secret-value --secret-id dev/gateway --query SecretString --output text",
    ),
    (
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:gateway-a1b2c3",
        "aws secretsmanager get-secret-value --secret-id \
arn:aws:secretsmanager:eu-west-1:123456789012:secret:gateway-a1b2c3 --query SecretString --output text \
--region eu-west-1",
    ),
    (
        "GCP-SM:dev/gateway",
        "gcloud secrets versions access latest --secret=gateway --project=dev",
    ),
    (
        "GCP-SM:dev/gateway/7",
        "gcloud secrets versions access 7 --secret=gateway --project=dev",
    ),
    (
        "AZURE-KV:dev/gateway",
        "az keyvault secret show --vault-name dev --name gateway --query value --output tsv",
    ),
    ("PASS:dev/gateway", "pass show dev/gateway"),
    (
        "SOPS:secrets.yaml#a.key",
        "sops decrypt --extract [\"a\"][\"key\"] secrets.yaml",
    ),
    ("VAULT:gateway", "vault kv get -field=value secret/gateway"),
    (
        "VAULT:team/gateway#api_key",
        "vault kv get -field=api_key team/gateway",
    ),
];

/// A folder for the recorded fakes to work in, beside one for the user.
struct World {
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        let folder = temp();
        fs::create_dir(folder.path().join("app")).expect("a folder");
        Self { folder }
    }

    /// A unit that declares a reference.
    fn declaring(reference: &str, more: &[&str]) -> Self {
        let world = Self::new();
        let app = world.app();
        git_init(&app);
        let set = format!("credential.ref={reference}");
        let url = "gateway.url=https://gw.example.net/v1";
        let mut words = vec!["init", "--profile", "team", "--set", url, "--set", &set];
        words.extend(more.iter().flat_map(|set| ["--set", set]));
        tool(&app, &words).ends(0);
        world
    }

    fn app(&self) -> PathBuf {
        self.folder.path().join("app")
    }

    /// Lets the fakes answer so.
    fn answer(&self, answer: &[u8]) -> &Self {
        fs::write(self.folder.path().join("answer"), answer).expect("a file");
        self
    }

    /// What a fake has written down.
    fn written(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.folder.path().join(name)).ok()
    }

    /// Runs `key` where the fakes stand before all other programs.
    fn key(&self, words: &[&str], variables: &[(&str, &str)]) -> Run {
        self.key_in(&self.app(), words, variables)
    }

    fn key_in(&self, folder: &Path, words: &[&str], variables: &[(&str, &str)]) -> Run {
        let words: Vec<&str> = ["key"].iter().chain(words).copied().collect();
        tool_with(folder, &words, |command| {
            self.around(command);
            command.envs(variables.iter().copied());
        })
    }

    fn around(&self, command: &mut Command) {
        let fakes = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fakes");
        command
            .env("PATH", format!("{}:/usr/bin:/bin", fakes.display()))
            .env("FAKE", self.folder.path());
    }
}

/// Asserts that a run printed the key and nothing else.
#[track_caller]
fn gives(run: Run, key: &str) -> Run {
    let run = run.ends(0);
    assert_eq!(run.out, format!("{key}\n"), "{}", run.err);
    assert!(!run.err.contains(key), "{}", run.err);
    run
}

/// Asserts that a run printed nothing, said why, and did not say the key.
#[track_caller]
fn fails(run: Run, pieces: &[&str]) -> Run {
    let run = run.ends(2);
    assert_eq!(run.out, "");
    assert!(!run.err.contains(KEY), "{}", run.err);
    for piece in pieces {
        assert!(run.err.contains(piece), "{}\nbut not: {piece}", run.err);
    }
    run
}
