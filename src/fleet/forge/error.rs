//! Why there is no merge request.

use std::io;
use std::time::Duration;

use crate::fleet::remote::{Remedy, RemoteError};

const AGAIN: &str = "run the command again, it goes on from here";

/// Why there is no merge request, or why it is not brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum ForgeError {
    /// Nobody says which forge it is.
    #[error("no forge is known at `{0}`")]
    Unknown(String),
    /// The address names no repository of a forge.
    #[error("`{0}` names no repository of a forge")]
    NoAddress(String),
    /// The network must not be used.
    #[error("merge requests are opened over the network, and --offline forbids it")]
    Offline,
    /// A template of the group cannot be rendered.
    #[error("the {what} of group `{group}` cannot be rendered: {message}")]
    Template {
        /// `title` or `body`.
        what: &'static str,
        /// The group.
        group: String,
        /// What tera says.
        message: String,
    },
    /// The title is empty.
    #[error("the title of group `{0}` renders to nothing")]
    NoTitle(String),
    /// The program is not on the PATH.
    #[error("`{0}` is not on the PATH")]
    NoProgram(&'static str),
    /// The program cannot be started.
    #[error("`{program}` cannot be started: {error}")]
    NotStarted {
        /// The program.
        program: &'static str,
        /// Why.
        error: io::Error,
    },
    /// The program took too long, and was ended.
    #[error("`{program}` took longer than {seconds} s")]
    Slow {
        /// The program.
        program: &'static str,
        /// How long it had.
        seconds: u64,
    },
    /// The program failed before a forge answered.
    #[error("`{program}` failed: {said}")]
    Failed {
        /// The program.
        program: &'static str,
        /// Its words, as they may be shown.
        said: String,
    },
    /// The forge does not know who asks: 401.
    #[error("{host} does not know who asks: {said}")]
    LoggedOut {
        /// The program.
        program: &'static str,
        /// The forge.
        host: String,
        /// Its words.
        said: String,
    },
    /// It is not allowed: 403.
    #[error("{host} does not allow it: {said}")]
    Forbidden {
        /// The forge.
        host: String,
        /// Its words.
        said: String,
    },
    /// There is no such repository, or none that may be seen: 404.
    #[error("{host} has no `{path}` that may be seen")]
    Missing {
        /// The forge.
        host: String,
        /// The repository's path.
        path: String,
    },
    /// The repository has another name: 301, 307, 308.
    #[error("`{path}` has another name on {host}")]
    Moved {
        /// The forge.
        host: String,
        /// The repository's path.
        path: String,
    },
    /// The forge takes no such merge request: 400, 409, 422.
    #[error("{host} refuses it: {said}")]
    Refused {
        /// The forge.
        host: String,
        /// The status.
        status: u16,
        /// Its words.
        said: String,
    },
    /// The forge is asked too often.
    #[error("{host} is asked too often, and wants {} s of rest", wait.as_secs())]
    Limited {
        /// The forge.
        host: String,
        /// How long it wants to be left alone.
        wait: Duration,
    },
    /// The forge has troubles of its own.
    #[error("{host} answers with {status}: {said}")]
    Unavailable {
        /// The forge.
        host: String,
        /// The status.
        status: u16,
        /// Its words.
        said: String,
    },
    /// The answer is not understood.
    #[error("what {host} answers is not understood: no `{lacks}`")]
    Strange {
        /// The forge.
        host: String,
        /// What is not there.
        lacks: &'static str,
    },
    /// The merge request is open, but something about it was refused.
    #[error("{url} is open, but its labels are not set: {why}")]
    Labels {
        /// The merge request.
        url: String,
        /// Why.
        why: Box<ForgeError>,
    },
    /// The server takes no push options.
    #[error("`{0}` takes no push options")]
    NoPushOptions(String),
    /// There was nothing to push, and only a push opens a merge request.
    #[error("`{branch}` is pushed already, and {host} opens merge requests with a push only")]
    NothingPushed {
        /// The forge.
        host: String,
        /// The branch.
        branch: String,
    },
    /// The push was taken, and no merge request came of it.
    #[error("{host} took the push and opened no merge request: {said}")]
    NotOpened {
        /// The forge.
        host: String,
        /// Its words.
        said: String,
    },
    /// The push failed.
    #[error("the push failed: {0}")]
    Push(RemoteError),
    /// All is to end.
    #[error("stopped while a forge was to be waited for")]
    Stopped,
}

impl ForgeError {
    /// Returns what to do.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::Unknown(_) => {
                "say which it is: `propose = \"gh\"`, `\"glab\"`, `\"gitlab-push\"` or `\"agit\"` in the group"
                    .to_owned()
            }
            Self::NoAddress(_) => {
                "give the repository a remote `origin` that is a URL of the forge".to_owned()
            }
            Self::Offline => "leave --offline out".to_owned(),
            Self::Template { what, group, .. } => format!("mend `{what}` of group `{group}`"),
            Self::NoTitle(group) => format!("give group `{group}` a `title`"),
            Self::NoProgram(program) => missing(program),
            Self::NotStarted { program, .. } => format!("make sure that `{program}` can be run"),
            Self::Slow { program, .. } => {
                format!("does `{program} api user` answer? Run the command again, it goes on from here")
            }
            Self::Failed { program, .. } => format!("try `{program} auth status`"),
            Self::LoggedOut { program, host, .. } => {
                format!("log in: `{program} auth login --hostname {host}`, or give it another token")
            }
            Self::Forbidden { .. } => {
                "use a token that may write merge requests of this repository".to_owned()
            }
            Self::Missing { path, .. } => {
                format!("is `{path}` the right name, and may this token see it?")
            }
            Self::Moved { .. } => {
                "give the remote, or the fleet file, the repository's address of today".to_owned()
            }
            Self::Refused { .. } | Self::NotOpened { .. } => {
                "see what it says; is the branch pushed, and does its base exist?".to_owned()
            }
            Self::Limited { wait, .. } => format!(
                "run `claude-scaffold fleet apply --propose` again in {} min, it goes on from here",
                wait.as_secs().div_ceil(60)
            ),
            Self::Unavailable { .. } | Self::Stopped => AGAIN.to_owned(),
            Self::Strange { .. } => "is there a proxy or a login page in front of it?".to_owned(),
            Self::Labels { why, .. } => why.help(),
            Self::NoPushOptions(_) => other(),
            Self::NothingPushed { .. } => format!(
                "open it by hand if there is none, or {}",
                other()
            ),
            Self::Push(RemoteError::Declined { why, .. }) if why.contains("force-push") => {
                "run the command with `--take`, which replaces it".to_owned()
            }
            Self::Push(error) => match error.remedy() {
                Remedy::Act(act) => act.to_owned(),
                Remedy::Again => AGAIN.to_owned(),
            },
        }
    }
}

fn missing(program: &str) -> String {
    let (from, way) = match program {
        "gh" => ("https://cli.github.com", "leave --propose out"),
        _ => (
            "https://gitlab.com/gitlab-org/cli",
            "say `forge = \"gitlab-push\"` in the group, which needs git alone",
        ),
    };
    format!("install it, see {from}, or {way}")
}

fn other() -> String {
    "say `forge = \"glab\"` in the group".to_owned()
}
