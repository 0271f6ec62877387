//! The formats we know how to merge, and file modes.

/// How a managed file is read, compared and edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Strict JSON: a comment or a trailing comma is an error.
    Json,
    /// JSON with comments and trailing commas, as VS Code reads it.
    Jsonc,
    /// TOML.
    Toml,
    /// YAML with a block mapping at its root.
    Yaml,
    /// `NAME=value` lines.
    Env,
    /// Ignore rules: a desired line states what git must ignore (`/x`) or must see (`!/x`), or is a
    /// rule to have as it stands (`*.log`, `build/`).
    Ignore,
    /// Lines that stand for themselves, such as `.gitattributes`.
    Attributes,
    /// A block between markers at the end of a shared file.
    Block,
    /// A file that is ours as a whole.
    WholeFile,
}

/// Whether a file is executable; other mode bits belong to the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Data.
    #[default]
    Regular,
    /// Carries the executable bit.
    Executable,
}

impl Mode {
    /// Returns the mode as git writes it: `100644` or `100755`.
    #[must_use]
    pub fn as_git(self) -> &'static str {
        match self {
            Self::Regular => "100644",
            Self::Executable => "100755",
        }
    }
}
