//! The few things `init` has to know before it asks or renders; never enters libgit2.

use std::fs;
use std::path::Path;

use yaml_edit::YamlFile;

use crate::git::{self, Pick};
use crate::model::{GatewayUrl, Value, looks_like_secret};
use crate::observe::files::{self, Content};
use crate::observe::{Unit, View, view};

const VARIABLE: &str = "ANTHROPIC_BASE_URL";
const ENV_FILES: &[&str] = &[
    ".env",
    ".env.local",
    ".env.example",
    ".env.template",
    ".env.sample",
];
const SETTINGS: &str = ".claude/settings.json";
/// How licenses are called, in small letters.
const LICENSES: Pick = Pick {
    starts: &["license", "licence", "copying", "unlicense"],
    ends: &[],
};
const GITLAB: &str = ".gitlab-ci.yml";

/// What a repository suggests for its first manifest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hints {
    /// It keeps files for GitHub, or comes from there.
    pub github: bool,
    /// It keeps files for GitLab, or comes from there.
    pub gitlab: bool,
    /// The stage for a further check in its GitLab pipeline, where that has none called `test`.
    pub gitlab_stage: Option<String>,
    /// `.env.example` or `.env.sample`, where there is no `.env.template`.
    pub env_example: Option<String>,
    /// It comes with a license.
    pub license: bool,
    /// A gateway URL that stands in one of its files.
    pub declared_url: Option<DeclaredUrl>,
    /// The URL of the remote `origin`, without a name or password.
    pub origin: Option<String>,
}

/// A gateway URL and the file it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredUrl {
    /// The URL as it stands there.
    pub url: String,
    /// The file, relative to the unit.
    pub file: String,
}

/// Looks at the files that say how a repository is worked on, which was cloned from `origin`.
#[must_use]
pub fn hints(unit: &Unit, origin: Option<String>) -> Hints {
    let place = unit.git.as_ref();
    let top = place.map_or(unit.root.as_path(), |place| place.work_tree.as_path());
    let look = Look {
        view: &unit.view,
        root: &unit.root,
    };
    let host = origin.as_deref().and_then(git::host).unwrap_or_default();
    let top_names = look.names(top);
    let on_top = |name: &str| top_names.iter().any(|found| found == name);
    Hints {
        github: on_top(".github") || host == "github.com",
        gitlab: on_top(".gitlab-ci.yml") || on_top(".gitlab") || host.starts_with("gitlab."),
        gitlab_stage: look.read(GITLAB).as_deref().and_then(stage),
        env_example: env_example(&look.names(look.root)),
        license: top_names.iter().any(|name| is_license(name)),
        declared_url: declared_url(look),
        origin,
    }
}

/// Returns whether a unit's repository comes with a license and from a forge that anybody can read.
/// `origin` is where a tree comes from, which does not say so itself.
#[must_use]
pub fn may_be_public(unit: &Unit, origin: Option<&str>) -> bool {
    let is_public = |origin: Option<&str>| origin.is_some_and(git::is_public_forge);
    let names = match (&unit.view, &unit.git) {
        (View::Tree(tree), _) if is_public(origin) => tree.names("", LICENSES).unwrap_or_default(),
        (View::Disk, Some(place)) if is_public(git::origin(place).as_deref()) => {
            names(&place.work_tree)
        }
        _ => return false,
    };
    names.iter().any(|name| is_license(name))
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    names.collect()
}

fn env_example(names: &[String]) -> Option<String> {
    let there = |name: &str| names.iter().any(|found| found == name);
    let examples = [".env.example", ".env.sample"].into_iter();
    let mut examples = examples.filter(|_| !there(".env.template"));
    examples.find(|name| there(name)).map(str::to_owned)
}

fn is_license(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    LICENSES.starts.iter().any(|start| name.starts_with(start))
}

/// Where hints are looked for.
#[derive(Clone, Copy)]
struct Look<'a> {
    view: &'a View,
    root: &'a Path,
}

impl Look<'_> {
    fn names(self, folder: &Path) -> Vec<String> {
        match self.view {
            View::Disk => names(folder),
            View::Tree(tree) => {
                let entries = tree.list("").unwrap_or_default();
                entries.into_iter().map(|(name, _)| name).collect()
            }
        }
    }

    fn read(self, file: &str) -> Option<String> {
        match self.view {
            View::Disk => match files::content(&self.root.join(file)) {
                Content::Text(text) => Some(text),
                Content::Unseen => None,
            },
            View::Tree(tree) => view::text_in(tree, file, files::TEXT_LIMIT),
        }
    }
}

/// Returns the stage where a check fits best. A job in a stage that is not listed breaks the whole
/// pipeline, and `test` is there only as long as nobody lists others.
fn stage(text: &str) -> Option<String> {
    let parsed = YamlFile::parse(text.trim_start_matches('\u{feff}'));
    let stages = parsed.tree().documents().last()?.get("stages")?;
    let names: Vec<String> = stages
        .as_sequence()?
        .values()
        .filter_map(|node| Some(node.as_scalar()?.as_string()))
        .collect();
    if names.iter().any(|name| name == "test") {
        return None;
    }
    let checks = ["test", "check", "lint", "verif", "valid"];
    let fits = |name: &&String| checks.iter().any(|word| name.to_lowercase().contains(word));
    names.iter().find(fits).or(names.first()).cloned()
}

fn declared_url(look: Look<'_>) -> Option<DeclaredUrl> {
    let from_env = ENV_FILES.iter().find_map(|file| {
        let url = variable(&look.read(file)?, VARIABLE).filter(|url| is_gateway(url))?;
        Some((url, *file))
    });
    let from_settings = || {
        let settings: Value =
            serde_json::from_str(look.read(SETTINGS)?.trim_start_matches('\u{feff}')).ok()?;
        let places = ["/env/ANTHROPIC_BASE_URL", "/routing/apiBaseUrl"].into_iter();
        let mut urls = places.filter_map(|place| settings.pointer(place)?.as_str());
        let url = urls.find(|url| is_gateway(url))?;
        Some((url.to_owned(), SETTINGS))
    };
    let (url, file) = from_env.or_else(from_settings)?;
    let file = file.to_owned();
    Some(DeclaredUrl { url, file })
}

/// Returns the last value a dotenv text gives to a variable.
fn variable(text: &str, name: &str) -> Option<String> {
    let lines = text.trim_start_matches('\u{feff}').lines();
    let mut values = lines.filter_map(|line| {
        let line = line.trim();
        let line = line.strip_prefix("export ").unwrap_or(line);
        let (key, value) = line.split_once('=')?;
        (key.trim() == name).then(|| unquote(value.trim()))
    });
    values.next_back().map(str::to_owned)
}

fn unquote(value: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(rest) = value.strip_prefix(quote) {
            return rest.split(quote).next().unwrap_or(rest);
        }
    }
    value.split(" #").next().unwrap_or(value).trim_end()
}

/// Returns whether a text is an address that somebody meant, no placeholder.
fn is_gateway(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let filler = [
        "//your-",
        "//your.",
        "//your_",
        "/your-",
        "changeme",
        "change-me",
        "placeholder",
        "//xxx",
    ];
    let placeholder = filler.iter().any(|word| lower.contains(word));
    !placeholder && !looks_like_secret(text) && GatewayUrl::parse(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_read_as_a_shell_would() {
        for (text, value) in [
            (
                "ANTHROPIC_BASE_URL=https://a.example/v1\n",
                Some("https://a.example/v1"),
            ),
            (
                "\u{feff}export ANTHROPIC_BASE_URL = \"https://a.example\" # x\r\n",
                Some("https://a.example"),
            ),
            (
                "ANTHROPIC_BASE_URL='https://a.example'",
                Some("https://a.example"),
            ),
            (
                "ANTHROPIC_BASE_URL=https://a.example # why\n",
                Some("https://a.example"),
            ),
            ("ANTHROPIC_BASE_URL=a\nANTHROPIC_BASE_URL=b\n", Some("b")),
            ("#ANTHROPIC_BASE_URL=a\nMY_ANTHROPIC_BASE_URL=a\n", None),
        ] {
            assert_eq!(variable(text, VARIABLE).as_deref(), value, "{text:?}");
        }
    }

    #[test]
    fn a_stage_that_the_pipeline_has() {
        for (text, expected) in [
            ("job:\n  script: a\n", None),
            ("stages: [build, test]\n", None),
            ("stages:\n- build\n- unit tests\n", Some("unit tests")),
            (
                "\u{feff}stages:\r\n    - \"build\" # first\r\n    - deploy\r\n",
                Some("build"),
            ),
            (
                "x: 1\nstages: [ 'static-check' , deploy ]\n",
                Some("static-check"),
            ),
            ("spec:\n  inputs:\n---\nstages: [a, b]\n", Some("a")),
            ("stages:\n", None),
            ("stages: test\n", None),
            ("- a\n", None),
            ("<<<<<<< a\nstages: [\n", None),
        ] {
            assert_eq!(stage(text).as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn placeholders_and_broken_addresses_are_ignored() {
        for bad in [
            "",
            "https://your-gateway.example/v1",
            "https://your-gateway-domain.com/v1",
            "http://gw.example",
            "<url>",
            "${GATEWAY}",
            "https://changeme.example",
            "https://u:p@gw.example",
        ] {
            assert!(!is_gateway(bad), "{bad}");
        }
        assert!(is_gateway("https://gateway.internal.net/v1/"));
    }
}
