//! The user's own preferences: how output looks, and what `init` offers when it asks.
//!
//! From `CLAUDE_SCAFFOLD_…` variables, else `claude-scaffold/config.toml` in the user's configuration
//! folder. They never decide what is written: without a question they change nothing.
#![expect(
    clippy::disallowed_methods,
    reason = "a place that reads the environment, like `host`"
)]

use std::env;
use std::fs;
use std::path::PathBuf;

use clap::ValueEnum;
use serde::Deserialize;

use super::args::Color;
use crate::manifest::check_value;
use crate::model::{Diagnostic, Value};
use crate::secret::LONGEST_KEPT;

/// What the user prefers.
#[derive(Debug, Default)]
pub(crate) struct Preferences {
    /// When to colour.
    pub(crate) color: Option<Color>,
    /// The profile that stands first when `init` asks.
    pub(crate) profile: Option<String>,
    /// The URL that `init` offers when it asks.
    pub(crate) gateway_url: Option<String>,
    /// How many seconds `key` keeps a store's key.
    pub(crate) key_cache: Option<u64>,
    /// What is wrong with the file.
    pub(crate) problem: Option<Diagnostic>,
}

/// What another version understands may stand there too.
#[derive(Default, Deserialize)]
struct Stored {
    color: Option<String>,
    #[serde(default)]
    init: Offered,
    #[serde(default)]
    key: Kept,
}

#[derive(Default, Deserialize)]
struct Kept {
    cache: Option<u64>,
}

#[derive(Default, Deserialize)]
struct Offered {
    profile: Option<String>,
    gateway_url: Option<String>,
}

impl Preferences {
    /// Reads variables and file; a file that cannot be used is left out and said so.
    pub(crate) fn load() -> Self {
        let (stored, mut problem) = match stored() {
            Ok(stored) => (stored, None),
            Err(wrong) => (Stored::default(), Some(wrong)),
        };
        let named = |name: &str| env::var(format!("CLAUDE_SCAFFOLD_{name}")).ok();
        let color = named("COLOR").or(stored.color);
        let known = color.as_deref().map(|word| Color::from_str(word, true));
        if let (Some(Err(_)), Some(word)) = (&known, &color) {
            let wrong = format!("`{word}` is no preference for colour");
            let help = "it is one of: auto, always, never";
            problem = Some(Diagnostic::warning("preferences", wrong).with_help(help));
        }
        let kept = named("KEY_CACHE").map(|word| word.parse().unwrap_or(u64::MAX));
        let key_cache = kept.or(stored.key.cache);
        if key_cache.is_some_and(|seconds| seconds > LONGEST_KEPT) {
            let wrong = "the preference `key.cache` is no number of seconds up to 900";
            let help = "no key is kept; write such a number, or leave it out";
            problem = Some(Diagnostic::warning("preferences", wrong).with_help(help));
        }
        Self {
            key_cache: key_cache.filter(|seconds| *seconds <= LONGEST_KEPT),
            color: known.and_then(Result::ok),
            profile: named("PROFILE").or(stored.init.profile),
            gateway_url: named("GATEWAY_URL").or(stored.init.gateway_url),
            problem,
        }
    }

    /// Refuses what `init` would offer for a manifest and none may hold.
    pub(crate) fn check(&self) -> Result<(), Vec<Diagnostic>> {
        let offered = [
            ("PROFILE", "profile", &self.profile),
            ("GATEWAY_URL", "gateway.url", &self.gateway_url),
        ];
        let refused = offered.into_iter().filter_map(|(name, key, value)| {
            let value = Value::from(value.clone()?);
            let problem = check_value(key, &value).err()?;
            let message = format!("CLAUDE_SCAFFOLD_{name}: {}", problem.message);
            let help = problem.help.clone().unwrap_or_default();
            (problem.code == "CS003").then(|| Diagnostic::error("CS003", message).with_help(help))
        });
        let problems: Vec<Diagnostic> = refused.collect();
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    }
}

fn stored() -> Result<Stored, Diagnostic> {
    let Some(path) = file() else {
        return Ok(Stored::default());
    };
    let Ok(text) = fs::read_to_string(&path) else {
        return Ok(Stored::default());
    };
    toml::from_str(&text).map_err(|error| {
        let what = error.message().replace('\n', ", ");
        let offset = error.span().map_or(0, |span| span.start);
        Diagnostic::warning("preferences", format!("preferences are left out: {what}"))
            .at(path.display().to_string(), &text, offset)
            .with_help("it may hold `color`, `profile` and `gateway_url` under `[init]`, and `cache` under `[key]`")
    })
}

/// `XDG_CONFIG_HOME`, or the system's usual place for it.
fn file() -> Option<PathBuf> {
    let named = |name: &str| env::var_os(name).map(PathBuf::from);
    let folder = named("XDG_CONFIG_HOME")
        .or_else(|| named("APPDATA"))
        .filter(|path| path.is_absolute())
        .or_else(|| env::home_dir().map(|home| home.join(".config")))?;
    Some(folder.join("claude-scaffold").join("config.toml"))
}
