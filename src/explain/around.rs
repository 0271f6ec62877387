//! All that the client may find around a folder, and the start that comes of it.

use std::collections::BTreeMap;

use super::script::Script;
use super::start::{Given, Layer, Origin, Settings, Start, is_recent};
use super::{Facts, editor, file, launcher};
use crate::model::Version;

/// Who starts the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Starter {
    /// A person, in a shell.
    Shell,
    /// A person, in the terminal of VS Code.
    Editor,
    /// A job, on a machine where nobody set anything up.
    Ci,
    /// The run script.
    Launcher,
}

/// A file of the outside.
#[derive(Debug, Clone)]
pub struct Text {
    /// Its path as it is shown.
    pub path: String,
    /// Its text, or why that cannot be read.
    pub text: Result<String, String>,
}

/// The operating system, as VS Code spells it.
pub const SYSTEMS: [&str; 3] = ["linux", "osx", "windows"];

/// Everything around a start, as it is found.
#[derive(Clone)]
pub struct Around {
    /// The administrator's settings, the strongest first.
    pub managed: Vec<Text>,
    /// The last `--settings`.
    pub settings: Option<Text>,
    /// `--model`.
    pub model: Option<String>,
    /// `.claude/settings.local.json` of the repository's root.
    pub local_of_root: Option<Text>,
    /// The same of the folder the client is started in, where that is another.
    pub local: Option<Text>,
    /// `.claude/settings.json` of the folder the client is started in.
    pub project: Option<Text>,
    /// The user's settings.
    pub user: Option<Text>,
    /// `.vscode/settings.json` of the nearest folder that has one.
    pub editor: Option<Text>,
    /// The system's name in VS Code's settings.
    pub system: &'static str,
    /// The run script.
    pub script: Option<Script>,
    /// The folder that the run script takes for the repository's root.
    pub root: String,
    /// The env file it reads.
    pub env_file: Option<Text>,
    /// `.claude/settings.local.json` and `.claude/settings.json` of that root.
    pub of_root: [Option<Text>; 2],
    /// The environment.
    pub environment: BTreeMap<String, String>,
    /// The client's version.
    pub client: Version,
}

impl Around {
    /// Returns what the client takes its settings from when it is started here.
    #[must_use]
    pub fn start(&self, starter: Starter, facts: &Facts) -> Start {
        match starter {
            Starter::Shell => self.plain(facts),
            Starter::Editor => editor::start(self, facts),
            Starter::Ci => self.in_ci(facts),
            Starter::Launcher => launcher::start(self, facts),
        }
    }

    /// Returns what is around a folder below this one that has no settings of its own.
    #[must_use]
    pub fn in_subfolder(&self) -> Self {
        let mut below = self.clone();
        below.project = None;
        below.local = None;
        below
    }

    /// Returns what of it every clone of the repository has, and what is kept beside it.
    #[must_use]
    pub fn of_repository(&self) -> Self {
        let mut alone = self.clone();
        alone.managed.clear();
        alone.settings = None;
        alone.model = None;
        alone.user = None;
        alone.environment.clear();
        alone
    }

    /// A start with nothing in between.
    pub(super) fn plain(&self, facts: &Facts) -> Start {
        let recent = is_recent(&self.client);
        let local = if recent {
            self.local_of_root.as_ref().or(self.local.as_ref())
        } else {
            self.local.as_ref()
        };
        let managed = self.managed.iter().map(|text| (Layer::Managed, text));
        let others = [
            (Layer::Settings, self.settings.as_ref()),
            (Layer::Local, local),
            (Layer::Project, self.project.as_ref()),
            (Layer::User, self.user.as_ref()),
        ];
        let others = others
            .into_iter()
            .filter_map(|(layer, text)| Some((layer, text?)));
        let mut start = Start {
            settings: Vec::new(),
            skipped: Vec::new(),
            refused: Vec::new(),
            environment: given(&self.environment),
            replaced: Vec::new(),
            model: self.model.clone().map(|value| Given {
                name: "--model".to_owned(),
                value,
                origin: Origin::of(Layer::Argument),
            }),
            client: self.client.clone(),
            blocked: None,
            notes: Vec::new(),
        };
        for (layer, text) in managed.chain(others) {
            match taken(layer, text, facts) {
                Ok(mut settings) => {
                    start.skipped.append(&mut settings.faults);
                    if recent && layer.is_projects() {
                        refuse(&mut settings, facts, &mut start.refused);
                    }
                    start.settings.push(settings);
                }
                Err(skipped) => {
                    if layer == Layer::Managed {
                        let why = format!("it refuses to start while `{}` is broken", text.path);
                        start.blocked = Some(why);
                    }
                    start.skipped.push(skipped);
                }
            }
        }
        start
    }

    /// What a person set up on this machine is not there; of the environment only what a job's
    /// own has, which is seen in the job alone.
    fn in_ci(&self, facts: &Facts) -> Start {
        let mut job = self.clone();
        job.user = None;
        job.local = None;
        job.local_of_root = None;
        if !is_ci(&self.environment) {
            job.managed.clear();
            job.environment.clear();
        }
        let ci = ("CI".to_owned(), "1".to_owned());
        job.environment.entry(ci.0).or_insert(ci.1);
        job.plain(facts)
    }
}

/// Reads a settings file that may be unreadable.
pub(super) fn taken(layer: Layer, text: &Text, facts: &Facts) -> Result<Settings, file::Skipped> {
    match &text.text {
        Ok(body) => file::read(layer, &text.path, body, &facts.kinds),
        Err(why) => Err(file::Skipped {
            origin: Origin {
                layer,
                file: Some(text.path.clone()),
                line: None,
                column: None,
            },
            why: why.clone(),
        }),
    }
}

/// Whether an environment is a job's.
fn is_ci(environment: &BTreeMap<String, String>) -> bool {
    let value = environment.get("CI").map(String::as_str);
    !matches!(value, None | Some("" | "0" | "false"))
}

fn given(environment: &BTreeMap<String, String>) -> Vec<Given> {
    let one = |(name, value): (&String, &String)| Given {
        name: name.clone(),
        value: value.clone(),
        origin: Origin::of(Layer::Environment),
    };
    environment.iter().map(one).collect()
}

/// Takes out what a project may not set.
fn refuse(settings: &mut Settings, facts: &Facts, refused: &mut Vec<Given>) {
    let may = |given: &Given| {
        let mut rows = facts.variables.iter();
        rows.find(|row| row.name == given.name)
            .is_none_or(|row| row.in_project)
    };
    let (kept, out): (Vec<Given>, Vec<Given>) = settings.env.drain(..).partition(may);
    settings.env = kept;
    refused.extend(out);
}
