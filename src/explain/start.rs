//! One start of the client: the settings files it takes, the environment, the arguments.

use schemars::JsonSchema;
use serde::Serialize;

use super::Skipped;
use crate::model::{Value, Version};

/// Where a value comes from, as the client ranks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// `--model`.
    Argument,
    /// The administrator's settings.
    Managed,
    /// `--settings`.
    Settings,
    /// What the run script passes on.
    Launcher,
    /// `.claude/settings.local.json`.
    Local,
    /// `.claude/settings.json`.
    Project,
    /// The user's settings.
    User,
    /// The environment that the terminal of VS Code adds.
    Terminal,
    /// The environment that starts the client.
    Environment,
    /// What the client takes where nothing is set.
    Default,
}

impl Layer {
    /// Returns the layer's name for people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Argument => "--model",
            Self::Managed => "managed",
            Self::Settings => "--settings",
            Self::Launcher => "run script",
            Self::Local => "local",
            Self::Project => "project",
            Self::User => "user",
            Self::Terminal => "VS Code terminal",
            Self::Environment => "environment",
            Self::Default => "built in",
        }
    }

    /// Whether values of this layer come from files that the repository brings along.
    #[must_use]
    pub fn is_projects(self) -> bool {
        matches!(self, Self::Local | Self::Project)
    }
}

/// The place of a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Origin {
    /// The layer.
    pub layer: Layer,
    /// The file, where it stands in one.
    pub file: Option<String>,
    /// The line, from 1.
    pub line: Option<usize>,
    /// The column in characters, from 1.
    pub column: Option<usize>,
}

impl Origin {
    /// Returns a place in no file.
    #[must_use]
    pub fn of(layer: Layer) -> Self {
        Self {
            layer,
            file: None,
            line: None,
            column: None,
        }
    }
}

/// A value under the name by which it is set. It may be a credential: it has no way to be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Given {
    /// The variable, or the key of the settings file.
    pub name: String,
    /// The value.
    pub value: String,
    /// Where it stands.
    pub origin: Origin,
}

/// A settings file that the client takes.
#[derive(Clone, PartialEq)]
pub struct Settings {
    /// Its layer.
    pub layer: Layer,
    /// Its path as it is shown.
    pub path: String,
    /// The variables of its `env`; a name stands there once.
    pub env: Vec<Given>,
    /// Its keys.
    pub keys: Vec<Key>,
    /// Keys that the client does not take, of a file of which it takes the rest.
    pub faults: Vec<Skipped>,
}

/// A key at the top of a settings file.
#[derive(Clone, PartialEq)]
pub struct Key {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Value,
    /// Where it stands.
    pub origin: Origin,
}

/// All that one start of the client takes its settings from.
#[derive(Clone)]
pub struct Start {
    /// Settings files, the strongest first.
    pub settings: Vec<Settings>,
    /// Files that it skips as a whole.
    pub skipped: Vec<Skipped>,
    /// Values that the client does not take from the file they stand in.
    pub refused: Vec<Given>,
    /// The environment; a name stands there once.
    pub environment: Vec<Given>,
    /// Values of the environment that others in it replaced.
    pub replaced: Vec<Given>,
    /// `--model`.
    pub model: Option<Given>,
    /// The client's version.
    pub client: Version,
    /// Why the client makes no request at all.
    pub blocked: Option<String>,
    /// What there is to say of the start as a whole.
    pub notes: Vec<String>,
}

impl Start {
    /// Returns the values of a variable, the strongest first.
    #[must_use]
    pub fn variable(&self, name: &str) -> Vec<&Given> {
        let files = self.settings.iter().flat_map(|file| &file.env);
        let all = files.chain(&self.environment).chain(&self.replaced);
        all.filter(|given| given.name == name).collect()
    }

    /// Returns the texts of a key of the settings files, the strongest first.
    #[must_use]
    pub fn key(&self, name: &str) -> Vec<Given> {
        let keys = self.settings.iter().flat_map(|file| &file.keys);
        let texts = keys.filter(|key| key.name == name).map(|key| Given {
            name: key.name.clone(),
            value: match &key.value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            },
            origin: key.origin.clone(),
        });
        texts.collect()
    }

    /// Whether the client is of the releases that restrict what a project may set, read the local
    /// file of the repository's root and know `ANTHROPIC_DEFAULT_MODEL`.
    #[must_use]
    pub fn is_recent(&self) -> bool {
        is_recent(&self.client)
    }
}

/// Whatever lies between the two measured releases is taken for the older one.
pub(super) fn is_recent(client: &Version) -> bool {
    Version::parse("2.1.330").is_some_and(|measured| *client >= measured)
}
