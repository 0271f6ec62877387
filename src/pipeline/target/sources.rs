//! The places in which the client and the run scripts find a variable.

use std::collections::BTreeMap;

use super::Around;
use crate::merge;
use crate::model::{Actual, RepoPath, Value};
use crate::observe;

const LOCAL: &str = ".claude/settings.local.json";
const PROJECT: &str = ".claude/settings.json";

/// What each place says.
pub(super) struct Sources {
    /// Settings files, the stronger first: local, project, user.
    settings: Vec<Value>,
    environment: BTreeMap<String, String>,
    /// The env file, which only the run scripts read.
    file: BTreeMap<String, String>,
}

impl Sources {
    pub(super) fn read(around: &Around<'_>, env_file: Option<&RepoPath>) -> Self {
        let path = |text: &str| RepoPath::parse(text).expect("the client's own names are good");
        let settings = [path(LOCAL), path(PROJECT)];
        let paths = settings.iter().chain(env_file);
        let mut found = observe::actual(around.unit, paths);
        let mut text = |path: &RepoPath| match found.remove(path) {
            Some(Actual::Text { text, .. }) => Some(text),
            _ => None,
        };
        let read = |text: String| {
            let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
            serde_json::from_str(text).ok()
        };
        let user = around.settings.map(|folder| folder.join("settings.json"));
        let user = user.and_then(|path| String::from_utf8((around.read)(&path)?).ok());
        let own: Vec<String> = settings.iter().filter_map(&mut text).collect();
        Self {
            settings: own.into_iter().chain(user).filter_map(read).collect(),
            environment: around.environment.clone(),
            file: env_file
                .and_then(text)
                .map(|text| merge::env_values(&text).into_iter().collect())
                .unwrap_or_default(),
        }
    }

    /// A variable as the client has it: settings files stand above the environment, and the run
    /// scripts bring in what is in the env file alone.
    pub(super) fn given(&self, name: &str) -> Option<String> {
        self.in_settings(name).or_else(|| self.launched(&[name]))
    }

    /// The first of some variables as the run scripts look for a key: each in the environment, then
    /// each in the env file.
    pub(super) fn launched(&self, names: &[&str]) -> Option<String> {
        let places = [&self.environment, &self.file].into_iter();
        let mut values = places.flat_map(|place| names.iter().filter_map(|name| place.get(*name)));
        let found = values.find(|value| !value.trim().is_empty());
        found.map(|value| value.trim().to_owned())
    }

    /// What the env file says.
    pub(super) fn env_file(&self) -> &BTreeMap<String, String> {
        &self.file
    }

    /// A variable in a settings file.
    pub(super) fn in_settings(&self, name: &str) -> Option<String> {
        let mut values = self.settings.iter().filter_map(|file| {
            let value = file.get("env")?.get(name)?;
            match value {
                Value::String(text) => Some(text.trim().to_owned()),
                Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
                _ => None,
            }
        });
        values.next().filter(|value| !value.is_empty())
    }

    /// The base URL as the client asks it: without slashes at its end, and with all else.
    pub(super) fn base(&self) -> Option<String> {
        let base = self.given("ANTHROPIC_BASE_URL")?;
        Some(base.trim_end_matches('/').to_owned())
    }

    /// The model that settings files name.
    pub(super) fn model(&self) -> Option<String> {
        let mut names = self
            .settings
            .iter()
            .filter_map(|file| file.get("model")?.as_str());
        names.next().map(str::to_owned)
    }
}
