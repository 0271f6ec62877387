//! `completions` and `man`: the tool about itself.

use clap::{Command, CommandFactory};

use super::args::{Cli, CompletionsArgs, ManArgs};
use super::host::Host;
use super::{Ending, Outcome};
use crate::model::Diagnostic;
use crate::resolve;

pub(super) fn completions(host: &Host, args: &CompletionsArgs) -> Ending {
    let mut out = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "claude-scaffold", &mut out);
    host.print(&String::from_utf8_lossy(&out));
    Ending::Clean
}

pub(super) fn man(host: &Host, args: &ManArgs) -> Outcome {
    let mut command = Cli::command();
    command.build();
    let page = match &args.name {
        None => command,
        Some(name) => sub(&command, name)?,
    };
    let mut out = Vec::new();
    let rendered = clap_mangen::Man::new(page).render(&mut out);
    rendered.expect("a Vec takes every byte");
    host.print(&String::from_utf8_lossy(&out));
    Ok(Ending::Clean)
}

fn sub(command: &Command, name: &str) -> Result<Command, Vec<Diagnostic>> {
    if let Some(found) = command.find_subcommand(name) {
        let title = format!("claude-scaffold-{}", found.get_name());
        return Ok(found.clone().name(&*title.leak()));
    }
    let names: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
    Err(vec![resolve::unknown("command", name, &names)])
}
