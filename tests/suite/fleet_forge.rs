//! Merge requests: what forges are asked through stand-ins of `gh` and `glab`, and what is pushed to real
//! receiving repositories.
#![cfg(unix)]
#![expect(
    clippy::disallowed_methods,
    reason = "stand-ins read and write files, and repositories are made"
)]

mod pushes;
mod real;
mod requests;
mod troubles;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use claude_scaffold::fleet::forge::{Ask, ForgeError, Forges, Pace, propose};
use claude_scaffold::fleet::remote::Lease;
use claude_scaffold::fleet::{
    FileOutcome, Forge, Group, Member, Place, Proposal, RepoReport, Signing, Status, Watch,
};
use claude_scaffold::git::program::Prompt;
use claude_scaffold::model::Action;
use claude_scaffold::secret::Network;
use tempfile::TempDir;

use crate::tree::temp;

const TITLE: &str = "Claude Code through the gateway";
const BODY: &str = "Gateway settings for {{ repository }}, group {{ group }}.\n\n\
{% for file in files %}- `{{ file }}`\n{% endfor %}\n\
{% for conflict in conflicts %}- left alone: `{{ conflict }}`\n{% endfor %}\n\
{{ diffstat }}";

/// Nobody looks on, and nobody ends anything.
struct Still;

impl Watch for Still {
    fn begin(&self, _: usize) {}
    fn done(&self, _: &RepoReport) {}
    fn is_stopped(&self) -> bool {
        false
    }
}

/// A forge's stand-in, a repository on it, and what is wanted of it.
struct World {
    folder: TempDir,
    environment: BTreeMap<String, String>,
    repository: PathBuf,
    remote: String,
    group: Group,
    report: RepoReport,
    commit: String,
    pace: Pace,
    network: Network,
    earlier: Option<Proposal>,
    lease: Option<String>,
}

impl World {
    fn new(remote: &str) -> Self {
        let folder = temp();
        let fakes = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fakes");
        let environment = [
            ("PATH", format!("{}:/usr/bin:/bin", fakes.display())),
            ("FAKE", folder.path().display().to_string()),
            ("HOME", folder.path().display().to_string()),
            ("GH_TOKEN", "the-token-of-this-test".to_owned()),
            ("GH_DEBUG", "api".to_owned()),
            ("ANTHROPIC_API_KEY", "the-key-of-this-test".to_owned()),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value));
        let group = Group {
            name: "web".to_owned(),
            values: Vec::new(),
            branch: "claude-scaffold".to_owned(),
            message: String::new(),
            labels: vec!["gateway".to_owned()],
            title: TITLE.to_owned(),
            body: BODY.to_owned(),
            forge: None,
            signing: Signing::AsConfigured,
        };
        let mut report = RepoReport::new("o/app", "web", "claude-scaffold", Status::Changed);
        report.change = Some("0123456789ab".to_owned());
        report.files = vec![file(".claude/settings.json", Action::Update, &["env.MINE"])];
        Self {
            environment: environment.into(),
            repository: folder.path().to_owned(),
            remote: remote.to_owned(),
            group,
            report,
            commit: String::new(),
            pace: Pace {
                between: Duration::ZERO,
                rest: Duration::from_millis(300),
                pause: Duration::from_millis(5),
                patience: Duration::from_secs(20),
                limit: Duration::from_secs(20),
                ..Pace::default()
            },
            network: Network::Open,
            earlier: None,
            lease: None,
            folder,
        }
        .at("1111111111111111111111111111111111111111")
    }

    /// Lets the branch be at a commit, here and there.
    fn at(mut self, commit: &str) -> Self {
        self.move_to(commit);
        self
    }

    fn move_to(&mut self, commit: &str) {
        commit.clone_into(&mut self.commit);
        fs::write(self.folder.path().join("commit"), commit).expect("a file");
    }

    /// Lets one further call after the other go wrong.
    fn faults(&self, faults: &[&str]) -> &Self {
        let lines = faults.join("\n");
        fs::write(self.folder.path().join("faults"), lines + "\n").expect("a file");
        self
    }

    fn propose(&self) -> Result<Proposal, ForgeError> {
        let mut forges = Forges::new(
            &self.environment,
            self.folder.path(),
            self.network,
            Prompt::Never,
            &Still,
        );
        forges.pace = self.pace;
        let member = Member {
            name: "o/app".to_owned(),
            group: Arc::new(self.group.clone()),
            place: Place::Remote(self.remote.clone()),
            default_branch: None,
            passed_over: None,
        };
        propose(
            &forges,
            &Ask {
                member: &member,
                repository: &self.repository,
                remote: &self.remote,
                commit: &self.commit,
                head: "claude-scaffold",
                base: "main",
                report: &self.report,
                diffstat: "1 file changed, 3 insertions(+)",
                earlier: self.earlier.as_ref(),
                lease: self.lease.as_deref().map(|commit| Lease {
                    reference: "refs/heads/claude-scaffold",
                    commit: Some(commit),
                }),
            },
        )
    }

    /// Proposes, and says in a few lines what came of it and what was asked for it.
    fn tell(&self, what: &str) -> String {
        let calls = self.folder.path().join("calls");
        let _ = fs::remove_file(&calls);
        let outcome = match self.propose() {
            Ok(Proposal { standing, url }) => {
                format!("{standing:?} {}", url.as_deref().unwrap_or("-"))
            }
            Err(error) => format!("error: {error}\nhelp: {}", error.help()),
        };
        let calls = fs::read_to_string(calls).unwrap_or_default();
        format!("# {what}\n{outcome}\n{calls}\n")
    }

    /// Writes a value into the first merge request at the stand-in.
    fn edit(&self, edits: &[(&str, serde_json::Value)]) {
        let path = self.folder.path().join("requests/1");
        let text = fs::read_to_string(&path).expect("a request");
        let mut item: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        for (key, value) in edits {
            item[*key] = value.clone();
        }
        fs::write(path, item.to_string()).expect("a file");
    }

    fn request(&self, number: u32) -> serde_json::Value {
        let path = self.folder.path().join(format!("requests/{number}"));
        let text = fs::read_to_string(path).expect("a request");
        serde_json::from_str(&text).expect("JSON")
    }

    fn written(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }
}

fn file(path: &str, action: Action, conflicts: &[&str]) -> FileOutcome {
    FileOutcome {
        path: path.to_owned(),
        action,
        conflicts: conflicts.iter().map(|&key| key.to_owned()).collect(),
    }
}
