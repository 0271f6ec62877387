//! `completions`, `man` and `schema`: the tool about itself.

use clap::{Command, CommandFactory};

use super::args::{Cli, CompletionsArgs, ManArgs, SchemaArgs, SchemaKind};
use super::host::Host;
use super::{Ending, Outcome};
use crate::catalog::Catalog;
use crate::model::Diagnostic;
use crate::report;
use crate::{fleet, manifest, resolve};

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

pub(super) fn schema(host: &Host, args: &SchemaArgs) -> Ending {
    let schema = match args.kind {
        SchemaKind::Manifest => {
            let catalog = Catalog::embedded();
            manifest::schema(&catalog.profile_names(), &catalog.feature_names())
        }
        SchemaKind::Fleet => {
            let catalog = Catalog::embedded();
            fleet::schema(&catalog.profile_names(), &catalog.feature_names())
        }
        SchemaKind::Plan => report::schema_of::<report::PlanReport>(),
        SchemaKind::Check => report::schema_of::<report::CheckReport>(),
        SchemaKind::Rules => report::schema_of::<report::RulesReport>(),
        SchemaKind::Doctor => report::schema_of::<report::DoctorReport>(),
        SchemaKind::Adopt => report::schema_of::<report::AdoptReport>(),
        SchemaKind::Pack => report::schema_of::<report::PackReport>(),
        SchemaKind::Error => report::schema_of::<report::ErrorReport>(),
        SchemaKind::Explain => report::schema_of::<report::ExplainReport>(),
        SchemaKind::FleetLedger => report::schema_of::<crate::fleet::Row>(),
        SchemaKind::FleetReport => report::schema_of::<crate::fleet::RepoReport>(),
        SchemaKind::Recommend => report::schema_of::<report::RecommendReport>(),
    };
    host.print_json(&schema);
    Ending::Clean
}

fn sub(command: &Command, name: &str) -> Result<Command, Vec<Diagnostic>> {
    if let Some(found) = command.find_subcommand(name) {
        let title = format!("claude-scaffold-{}", found.get_name());
        return Ok(found.clone().name(&*title.leak()));
    }
    let names: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
    Err(vec![resolve::unknown("command", name, &names)])
}
