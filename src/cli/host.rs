//! The terminal and the environment: all that the outside tells us, and the way back to it.
#![expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the environment"
)]

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use anstream::{AutoStream, ColorChoice};

use super::args::{Color, Globals, OutputFormat};
use super::preferences::Preferences;
use super::veil;
use crate::model::Diagnostic;
use crate::pack::{Network, Prompt};
use crate::pipeline::{Memory, Reach};
use crate::report::{self, ErrorReport, SCHEMA};
use crate::secret::Key;

/// The largest file that is read at once.
const SMALL: u64 = 8 * 1024 * 1024;

/// One run of the program.
pub(crate) struct Host {
    /// What every command takes.
    pub(crate) globals: Globals,
    /// Where the user stands, without links on the way.
    pub(crate) folder: PathBuf,
    /// Where state goes that belongs to no repository.
    pub(crate) state_home: PathBuf,
    /// What the user prefers.
    pub(crate) preferences: Preferences,
    choice: ColorChoice,
}

impl Host {
    /// Looks around.
    ///
    /// # Errors
    /// Fails where the folder of `-C` is not there.
    pub(crate) fn new(globals: Globals) -> Result<Self, Diagnostic> {
        let preferences = Preferences::load();
        let choice = choice(globals.color.or(preferences.color));
        let start = globals.folder.clone().unwrap_or_else(|| PathBuf::from("."));
        let entered = absolute(&start).and_then(|folder| {
            if folder.is_dir() {
                Ok(folder)
            } else {
                Err(io::ErrorKind::NotADirectory.into())
            }
        });
        let folder = entered.map_err(|error| {
            Diagnostic::error(
                "usage",
                format!("cannot enter `{}`: {error}", start.display()),
            )
            .with_help("name a folder that exists, or use `claude-scaffold init DIR`")
        })?;
        Ok(Self {
            folder,
            state_home: state_home(),
            preferences,
            choice,
            globals,
        })
    }

    /// Returns a host that can only print.
    pub(crate) fn without_folder(globals: Globals) -> Self {
        Self {
            folder: PathBuf::new(),
            state_home: PathBuf::new(),
            preferences: Preferences::default(),
            choice: choice(globals.color),
            globals,
        }
    }

    /// Whether a person can be asked.
    pub(crate) fn can_ask(&self) -> bool {
        let quiet = self.globals.no_input || self.globals.yes;
        !quiet && io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Returns a folder of the user's without links on the way, whether it is there or not.
    pub(crate) fn resolve(&self, folder: &Path) -> PathBuf {
        let joined = self.folder.join(folder);
        let there = joined
            .ancestors()
            .find_map(|above| Some((above, absolute(above).ok()?)));
        match there.and_then(|(above, real)| Some(real.join(joined.strip_prefix(above).ok()?))) {
            Some(path) => path.components().collect(),
            None => joined,
        }
    }

    /// Makes sure that a folder is one, or is not there yet.
    #[expect(clippy::unused_self, reason = "only a host may look at the outside")]
    pub(crate) fn enterable(&self, folder: &Path) -> Result<(), Diagnostic> {
        match fs::metadata(folder) {
            Ok(found) if !found.is_dir() => {
                let message = format!("`{}` is no folder", folder.display());
                let help = "name a folder; one that is not there is made";
                Err(Diagnostic::error("usage", message).with_help(help))
            }
            _ => Ok(()),
        }
    }

    /// Makes sure that a folder has nothing in it but git's own, if it is there.
    #[expect(clippy::unused_self, reason = "only a host may look at the outside")]
    pub(crate) fn empty(&self, folder: &Path) -> Result<(), Diagnostic> {
        let mut names = fs::read_dir(folder).into_iter().flatten().flatten();
        let Some(found) = names.find(|entry| entry.file_name() != ".git") else {
            return Ok(());
        };
        let name = found.file_name();
        let message = format!(
            "`{}` is not empty: it has `{}`",
            folder.display(),
            name.display()
        );
        let help = "name a folder that is empty, or one that is not there yet";
        Err(Diagnostic::error("usage", message).with_help(help))
    }

    /// Returns the environment, as far as it is text.
    #[expect(clippy::unused_self, reason = "only a host may look at the outside")]
    pub(crate) fn environment(&self) -> BTreeMap<String, String> {
        let text = |value: std::ffi::OsString| value.into_string().ok();
        let pairs = env::vars_os();
        pairs
            .filter_map(|(name, value)| Some((text(name)?, text(value)?)))
            .collect()
    }

    /// Reads a small file of the user's, wherever it is.
    #[expect(clippy::unused_self, reason = "only a host may look at the outside")]
    pub(crate) fn bytes(&self, path: &Path) -> Option<Vec<u8>> {
        let is_file = fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() < SMALL);
        fs::read(path).ok().filter(|_| is_file)
    }

    /// Reads a text of the user's as far as a limit, from a file or, without one, standard input.
    #[expect(clippy::unused_self, reason = "only a host may look at the outside")]
    pub(crate) fn text_of(&self, path: Option<&Path>, limit: u64) -> io::Result<String> {
        let mut text = String::new();
        let read = match path {
            Some(path) => fs::File::open(path)?
                .take(limit + 1)
                .read_to_string(&mut text),
            None => io::stdin().lock().take(limit + 1).read_to_string(&mut text),
        };
        match read {
            Ok(bytes) if bytes as u64 > limit => Err(io::ErrorKind::FileTooLarge.into()),
            read => read.map(|_| text),
        }
    }

    /// Whether somebody types at standard input.
    #[expect(clippy::unused_self, reason = "only a host may look at the outside")]
    pub(crate) fn is_typed(&self) -> bool {
        io::stdin().is_terminal()
    }

    /// Where repositories of fleets are kept.
    #[expect(clippy::unused_self, reason = "only a host may look at the outside")]
    pub(crate) fn fleet_cache(&self) -> PathBuf {
        cache_home().join("claude-scaffold").join("fleet")
    }

    /// How packs are read.
    pub(crate) fn reach(&self) -> Reach {
        Reach {
            cache: cache_home().join("claude-scaffold").join("packs"),
            memory: Memory::default(),
            prompt: if self.can_ask() {
                Prompt::Terminal
            } else {
                Prompt::Never
            },
            network: if self.globals.offline {
                Network::Offline
            } else {
                Network::Online
            },
        }
    }

    /// The user's home.
    #[expect(clippy::unused_self, reason = "only a host may look at the outside")]
    pub(crate) fn user_home(&self) -> Option<PathBuf> {
        env::home_dir().filter(|home| home.is_absolute())
    }

    /// Whether results are JSON.
    pub(crate) fn json(&self) -> bool {
        self.globals.format == OutputFormat::Json
    }

    /// Whether results are for people.
    pub(crate) fn text(&self) -> bool {
        self.globals.format == OutputFormat::Text
    }

    /// Prints data, byte for byte but for keys.
    #[expect(clippy::unused_self, reason = "only a host may print")]
    pub(crate) fn print(&self, text: &str) {
        let mut out = io::stdout().lock();
        let _ = out.write_all(veil::text(text).as_bytes());
        let _ = out.flush();
    }

    /// Prints a diff; without colour it is a patch, byte for byte.
    pub(crate) fn print_diff(&self, text: &str) {
        self.put(&veil::patch(text), report::paint_diff);
    }

    /// Prints diagnostics that are what was asked for.
    pub(crate) fn print_diagnostics(&self, text: &str) {
        self.put(&veil::text(text), report::paint_diagnostics);
    }

    /// Prints a key and a newline: the one door around the veil, and `key`'s alone.
    #[expect(clippy::unused_self, reason = "only a host may print")]
    pub(crate) fn print_key(&self, key: &Key) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(key.expose().as_bytes())?;
        out.write_all(b"\n")?;
        out.flush()
    }

    /// Prints a value as JSON.
    pub(crate) fn print_json(&self, value: &impl serde::Serialize) {
        let mut value = serde_json::to_value(value).expect("reports are plain data");
        veil::shapes(&mut value);
        let text = serde_json::to_string_pretty(&value).expect("reports are plain data");
        self.print(&(report::escape_json(&text) + "\n"));
    }

    /// Prints a value as one line of JSON.
    pub(crate) fn print_json_line(&self, value: &impl serde::Serialize) {
        let mut value = serde_json::to_value(value).expect("rows are plain data");
        veil::shapes(&mut value);
        self.print(&(report::escape_json(&value.to_string()) + "\n"));
    }

    /// Says something beside the data.
    pub(crate) fn say(&self, text: &str) {
        if self.globals.quiet || text.is_empty() {
            return;
        }
        self.complain(text);
    }

    /// Prints diagnostics; with `--format json` they belong to the data.
    pub(crate) fn fail(&self, problems: &[Diagnostic]) {
        if self.json() {
            self.print_json(&ErrorReport {
                schema: SCHEMA,
                diagnostics: problems.to_vec(),
            });
        }
        self.complain(&report::diagnostics(problems));
    }

    /// Prints on standard error, whether quiet or not.
    pub(crate) fn complain(&self, text: &str) {
        let text = veil::text(text);
        let text = if self.paints(&io::stderr()) {
            report::paint_diagnostics(&text)
        } else {
            text.into_owned()
        };
        let mut err = AutoStream::new(io::stderr().lock(), self.choice);
        let _ = err.write_all(text.as_bytes());
        let _ = err.flush();
    }

    /// Prints what went through the veil, painted where standard output has colours.
    fn put(&self, veiled: &str, paint: fn(&str) -> String) {
        if self.paints(&io::stdout()) {
            let mut out = AutoStream::new(io::stdout().lock(), self.choice);
            let _ = out.write_all(paint(veiled).as_bytes());
            let _ = out.flush();
        } else {
            let mut out = io::stdout().lock();
            let _ = out.write_all(veiled.as_bytes());
            let _ = out.flush();
        }
    }

    fn paints(&self, stream: &impl anstream::stream::RawStream) -> bool {
        let choice = match self.choice {
            ColorChoice::Auto => AutoStream::choice(stream),
            other => other,
        };
        choice != ColorChoice::Never
    }
}

/// Prints what clap has to say, which repeats what was typed; with a key in it, it has no colours.
pub(super) fn print_usage(error: &clap::Error) {
    let said = error.render();
    let plain = said.to_string();
    let veiled = veil::text(&plain);
    let text = if veiled == plain {
        said.ansi().to_string()
    } else {
        veiled.into_owned()
    };
    let _ = if error.use_stderr() {
        AutoStream::auto(io::stderr().lock()).write_all(text.as_bytes())
    } else {
        AutoStream::auto(io::stdout().lock()).write_all(text.as_bytes())
    };
}

/// Shows how far a search is, on a line that the next one replaces.
pub(super) fn show_progress(line: &str) {
    let mut err = io::stderr().lock();
    let _ = err.write_all(veil::text(line).as_bytes());
    let _ = err.flush();
}

fn choice(color: Option<Color>) -> ColorChoice {
    match color {
        Some(Color::Auto) | None => ColorChoice::Auto,
        Some(Color::Always) => ColorChoice::Always,
        Some(Color::Never) => ColorChoice::Never,
    }
}

/// `XDG_STATE_HOME`, or the system's usual place for it.
fn state_home() -> PathBuf {
    home("XDG_STATE_HOME", &[".local", "state"]).unwrap_or_else(|| PathBuf::from("/var/lib"))
}

/// `XDG_CACHE_HOME`, or the system's usual place for it.
fn cache_home() -> PathBuf {
    home("XDG_CACHE_HOME", &[".cache"]).unwrap_or_else(|| PathBuf::from("/var/cache"))
}

fn home(variable: &str, below: &[&str]) -> Option<PathBuf> {
    let named = |name: &str| env::var_os(name).map(PathBuf::from);
    named(variable)
        .or_else(|| named("LOCALAPPDATA"))
        .filter(|path| path.is_absolute())
        .or_else(|| {
            Some(
                below
                    .iter()
                    .fold(env::home_dir()?, |path, name| path.join(name)),
            )
        })
}

#[cfg(unix)]
fn absolute(path: &Path) -> io::Result<PathBuf> {
    fs::canonicalize(path)
}

/// The canonical form of Windows begins with `\\?\`, which many programs cannot read.
#[cfg(not(unix))]
fn absolute(path: &Path) -> io::Result<PathBuf> {
    fs::metadata(path)?;
    std::path::absolute(path)
}
