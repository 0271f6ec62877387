//! What a file says about a gateway, with the exact place.

use std::ops::Range;

use super::RepoPath;

/// What kind of file says it, and so who reads and expands it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Home {
    /// The client's settings at the root: `.claude/settings.json`.
    Settings,
    /// The same for one person: `.claude/settings.local.json`.
    LocalSettings,
    /// Settings of a folder below the root.
    NestedSettings,
    /// VS Code's settings, of a folder or a workspace.
    Editor,
    /// An env file with the values of one machine.
    EnvFile,
    /// An env file that others copy.
    EnvTemplate,
    /// A script for a shell or PowerShell.
    Script,
    /// A GitHub workflow.
    Workflow,
    /// A GitLab pipeline.
    Pipeline,
    /// A Compose file.
    Compose,
    /// The configuration of a dev container.
    DevContainer,
    /// Configuration of an OpenAI-style tool.
    Tool,
    /// A file of variables that a tool exports: `mise.toml`.
    Toml,
    /// The tool's own manifest.
    Manifest,
    /// Notes that `check --fix` keeps for a file that may hold none.
    Notes,
}

/// A file that may say something, as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Which.
    pub file: RepoPath,
    /// What kind of file.
    pub home: Home,
    /// Its text, or why there is none.
    pub text: Result<String, String>,
}

/// One value, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// The file.
    pub file: RepoPath,
    /// What kind of file.
    pub home: Home,
    /// What else is read together with it: the keys or the job around it.
    pub block: String,
    /// The variable, or the key in its dotted form.
    pub name: String,
    /// The value without quotes and escapes.
    pub value: String,
    /// The bytes of the value inside its quotes.
    pub range: Range<usize>,
    /// Whether the bytes are the value, letter by letter.
    pub literal: bool,
}

impl Home {
    /// Returns whether the client itself reads the file.
    #[must_use]
    pub fn is_settings(self) -> bool {
        matches!(
            self,
            Self::Settings | Self::LocalSettings | Self::NestedSettings
        )
    }

    /// Returns whether the file is made to stay on one machine.
    #[must_use]
    pub fn is_private(self) -> bool {
        matches!(self, Self::LocalSettings | Self::EnvFile)
    }
}
