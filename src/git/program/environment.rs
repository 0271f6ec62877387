//! What git finds around it: the way to a server as the user has set it up, and nothing that points to
//! another repository or holds a key of the gateway.
#![expect(
    clippy::disallowed_methods,
    reason = "git is given the user's environment, cleaned"
)]

use std::process::{Child, Command};

use super::{Ground, Prompt, Run};
use crate::model::is_of_the_gateway;

/// What of git's environment is about the way to a server, or about who commits, and stays.
const KEPT: [&str; 20] = [
    "GIT_ASKPASS",
    "GIT_AUTHOR_DATE",
    "GIT_AUTHOR_EMAIL",
    "GIT_AUTHOR_NAME",
    "GIT_COMMITTER_DATE",
    "GIT_COMMITTER_EMAIL",
    "GIT_COMMITTER_NAME",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_SYSTEM",
    "GIT_EXEC_PATH",
    "GIT_HTTP_PROXY_AUTHMETHOD",
    "GIT_PROXY_COMMAND",
    "GIT_PROXY_SSL_CAINFO",
    "GIT_PROXY_SSL_CERT",
    "GIT_PROXY_SSL_KEY",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_SSH_VARIANT",
    "GIT_USER_AGENT",
];

pub(super) fn command(run: &Run<'_>) -> Command {
    let mut command = Command::new("git");
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let is_way = KEPT.contains(&text.as_ref())
            || ["GIT_SSL_", "GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_"]
                .iter()
                .any(|kept| text.starts_with(kept))
            || text == "GIT_CONFIG_COUNT"
            || text == "GIT_ALLOW_PROTOCOL";
        let misleads = text.starts_with("GIT_") && !is_way;
        if misleads || is_of_the_gateway(&text) {
            command.env_remove(&name);
        }
    }
    command
        .args(run.arguments)
        .current_dir(run.folder)
        // What the filter left out is asked for by name and all at once, or not at all.
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("LC_ALL", "C")
        .env("LANGUAGE", "C");
    if let Some(protocols) = run.protocols {
        command.env("GIT_ALLOW_PROTOCOL", protocols);
    }
    match (run.ground, run.folder.parent()) {
        (Ground::Bare, _) => {
            command.env("GIT_DIR", ".");
        }
        (Ground::Found, Some(parent)) => {
            command.env("GIT_CEILING_DIRECTORIES", parent);
        }
        (Ground::Found, None) => {}
    }
    if run.prompt == Prompt::Never {
        command
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GCM_INTERACTIVE", "never");
        // Without this ssh asks at the terminal, past everything that git can say.
        if std::env::var_os("SSH_ASKPASS_REQUIRE").is_none() {
            command.env("SSH_ASKPASS", "false");
            command.env("SSH_ASKPASS_REQUIRE", "force");
        }
        set_group(&mut command);
    }
    command
}

/// A group of its own can be stopped as one; but who is to ask must stay with the terminal's.
#[cfg(unix)]
fn set_group(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

#[cfg(not(unix))]
fn set_group(_: &mut Command) {}

/// Stops git and what it has started.
#[cfg(unix)]
pub(super) fn kill_group(child: &Child, prompt: Prompt) {
    if prompt == Prompt::Never {
        let group = rustix::process::Pid::from_child(child);
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
}

#[cfg(not(unix))]
pub(super) fn kill_group(_: &Child, _: Prompt) {}
