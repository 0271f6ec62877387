//! Which of the files we write are run by something, without anyone starting them by name.

use super::{Mode, RepoPath};

/// How a file comes to be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Runs {
    /// It is a program: it carries the executable bit, or the name of a script.
    Executable,
    /// Git, an editor, a client, a build tool or CI acts on it once the folder is trusted or pushed.
    OnTrust,
}

impl Runs {
    /// Returns the words for people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Executable => "executable",
            Self::OnTrust => "runs on trust",
        }
    }
}

/// Folders below which everything is acted on, wherever they stand.
const FOLDERS: [&str; 16] = [
    ".github",
    ".gitlab",
    ".circleci",
    ".buildkite",
    ".woodpecker",
    ".forgejo",
    ".gitea",
    ".vscode",
    ".idea",
    ".devcontainer",
    ".claude",
    ".cursor",
    ".husky",
    ".githooks",
    ".cargo",
    ".mise",
];

/// Names of files that are acted on, wherever they stand.
const NAMES: [&str; 40] = [
    ".gitlab-ci.yml",
    ".travis.yml",
    ".drone.yml",
    "azure-pipelines.yml",
    "bitbucket-pipelines.yml",
    "jenkinsfile",
    "appveyor.yml",
    ".devcontainer.json",
    ".mcp.json",
    "claude.md",
    "agents.md",
    ".aider.conf.yml",
    ".envrc",
    "mise.toml",
    ".mise.toml",
    ".tool-versions",
    ".gitattributes",
    ".gitmodules",
    ".gitconfig",
    ".pre-commit-config.yaml",
    "lefthook.yml",
    "makefile",
    "gnumakefile",
    "justfile",
    "taskfile.yml",
    "rakefile",
    "gemfile",
    "dockerfile",
    "docker-compose.yml",
    "compose.yaml",
    "package.json",
    ".npmrc",
    ".yarnrc.yml",
    "build.rs",
    "cargo.toml",
    "setup.py",
    "conftest.py",
    "pyproject.toml",
    "tox.ini",
    "build.gradle",
];

/// Endings of scripts and programs.
const ENDINGS: [&str; 16] = [
    "sh", "bash", "zsh", "fish", "ps1", "psm1", "bat", "cmd", "exe", "com", "vbs", "py", "rb",
    "pl", "js", "mjs",
];

/// Returns how a file comes to be run; none: it is data.
#[must_use]
pub fn runs(path: &RepoPath, mode: Mode) -> Option<Runs> {
    let lower = path.as_str().to_lowercase();
    let (folder, name) = lower.rsplit_once('/').unwrap_or(("", &lower));
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    if mode == Mode::Executable || ending.is_some_and(|ending| ENDINGS.contains(&ending)) {
        return Some(Runs::Executable);
    }
    let below = folder.split('/').any(|part| FOLDERS.contains(&part));
    let named = NAMES.contains(&name) || ending == Some("code-workspace");
    (below || named).then_some(Runs::OnTrust)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_is_told() {
        let check = |path: &str, mode, expected| {
            let path = RepoPath::parse(path).expect("a path");
            assert_eq!(runs(&path, mode), expected, "{path}");
        };
        check("docs/x.md", Mode::Regular, None);
        check(".env.template", Mode::Regular, None);
        check("bin/x", Mode::Executable, Some(Runs::Executable));
        check("scripts/Run.PS1", Mode::Regular, Some(Runs::Executable));
        check(
            ".GitHub/workflows/a.yml",
            Mode::Regular,
            Some(Runs::OnTrust),
        );
        check(
            "sub/.claude/settings.json",
            Mode::Regular,
            Some(Runs::OnTrust),
        );
        check("sub/Makefile", Mode::Regular, Some(Runs::OnTrust));
        check("x.code-workspace", Mode::Regular, Some(Runs::OnTrust));
    }
}
