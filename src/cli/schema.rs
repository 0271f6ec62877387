//! `schema`: the shapes of what the tool reads and prints.

use clap::{Args, ValueEnum};

use super::Ending;
use super::host::Host;
use crate::catalog::Catalog;
use crate::{fleet, manifest, report};

#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// Which schema
    #[arg(value_enum, default_value_t = SchemaKind::Manifest)]
    pub(crate) kind: SchemaKind,
}

/// What has a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaKind {
    /// `claude-scaffold.toml`
    Manifest,
    /// `claude-fleet.toml`
    Fleet,
    /// What `init`, `plan`, `apply`, `set`, `upgrade`, `resolve`, `undo` and `remove` print
    Plan,
    /// What `check` and `pack check` print
    Check,
    /// What `check --explain` prints
    Rules,
    /// What `doctor` prints
    Doctor,
    /// What `adopt` prints
    Adopt,
    /// What `pack show` prints
    Pack,
    /// What a failing command prints
    Error,
    /// What `recommend` prints
    Recommend,
    /// What `explain` prints
    Explain,
    /// A line of a fleet's ledger, and of what `fleet status` prints
    FleetLedger,
    /// A line of what `fleet plan`, `apply` and `check` print
    FleetReport,
}

pub(super) fn run(host: &Host, args: &SchemaArgs) -> Ending {
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
        SchemaKind::FleetLedger => report::schema_of::<fleet::Row>(),
        SchemaKind::FleetReport => report::schema_of::<fleet::RepoReport>(),
        SchemaKind::Recommend => report::schema_of::<report::RecommendReport>(),
    };
    host.print_json(&schema);
    Ending::Clean
}
