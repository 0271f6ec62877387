//! The command line of `fleet`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub(crate) enum FleetCommand {
    /// Show what every repository would get, grouped by identical change
    Plan(FleetPlanArgs),
    /// Commit the change of every repository to the fleet's branch; work trees stay as they are
    ///
    /// Writes one commit a repository straight into its object database, and moves the branch if nobody else has
    /// moved it. What is right already is skipped. Every outcome is in the ledger at once: a run that was stopped
    /// goes on where it stopped. Exits with 1 where conflicts or failures remain.
    Apply(FleetApplyArgs),
    /// Find drift and the pitfalls of gateway setups in every repository; writes nothing
    ///
    /// Finds in HEAD of each what `check` finds in a clean checkout of it, and makes none. What a commit does not say
    /// is left out: the machine, the environment, the gateway itself, a `.env` that is not committed, and git's
    /// ignore rules outside of it. Findings that a repository's baseline knows are left out, too. A repository that
    /// is not what the fleet file says counts as drifted. Exits with 1 where anything is left to be mended.
    Check(FleetCheckArgs),
    /// Show what the ledger says of every repository
    Status(FleetStatusArgs),
    /// Merge what `fleet plan --format json` printed, of all shards
    Report(FleetReportArgs),
    /// Write the CI workflow that plans in shards, and applies after approval
    Ci(FleetCiArgs),
}

/// Which repositories.
#[derive(Debug, Clone, Args)]
pub(crate) struct Which {
    /// The fleet file
    #[arg(short, long, value_name = "FILE", default_value = "claude-fleet.toml")]
    pub(crate) fleet: PathBuf,
    /// Further repositories, as `gh repo list --json` and `glab repo list -F json` print them; - for standard input
    #[arg(long, value_name = "FILE|-")]
    pub(crate) repositories: Option<PathBuf>,
    /// Only these groups
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) group: Vec<String>,
    /// Only repositories whose name matches
    #[arg(long, value_name = "GLOB")]
    pub(crate) only: Vec<String>,
    /// Only the I-th of N parts, split by name, the same on every machine
    #[arg(long, value_name = "I/N")]
    pub(crate) shard: Option<String>,
    /// How many repositories at once [default: two for each processor]
    #[arg(short, long, value_name = "N")]
    pub(crate) jobs: Option<usize>,
    /// Take remote repositories as the cache has them
    #[arg(long)]
    pub(crate) no_refresh: bool,
}

#[derive(Debug, Args)]
pub(crate) struct FleetPlanArgs {
    #[command(flatten)]
    pub(crate) which: Which,
    /// Also write a page for a browser, complete in one file
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Exit with 1 if any repository would change
    #[arg(long)]
    pub(crate) exit_code: bool,
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub(crate) struct FleetApplyArgs {
    #[command(flatten)]
    pub(crate) which: Which,
    /// The ledger [default: one for this fleet file in the user's state folder]
    #[arg(long, value_name = "FILE")]
    pub(crate) ledger: Option<PathBuf>,
    /// Push the branch
    #[arg(long)]
    pub(crate) push: bool,
    /// Push the branch and open a merge request, one a repository
    #[arg(long)]
    pub(crate) propose: bool,
    /// Only repositories that failed last time
    #[arg(long)]
    pub(crate) failed: bool,
    /// Stop after so many commits
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
    /// Stop at the first failure; else the others go on
    #[arg(long)]
    pub(crate) fail_fast: bool,
    /// Replace a branch that has gone another way
    #[arg(long)]
    pub(crate) take: bool,
    /// Also write a page for a browser, complete in one file
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct FleetCheckArgs {
    #[command(flatten)]
    pub(crate) which: Which,
    /// Also write a page for a browser, complete in one file
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct FleetStatusArgs {
    /// The fleet file whose ledger is read
    #[arg(short, long, value_name = "FILE", default_value = "claude-fleet.toml")]
    pub(crate) fleet: PathBuf,
    /// Read these ledgers, of other machines too, as one
    #[arg(long, value_name = "FILE")]
    pub(crate) ledger: Vec<PathBuf>,
    /// Write what they say together into a new ledger
    #[arg(long, value_name = "FILE")]
    pub(crate) merge_into: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct FleetReportArgs {
    /// Files of JSON lines; - for standard input
    #[arg(value_name = "FILE", required = true)]
    pub(crate) reports: Vec<PathBuf>,
    /// Also write a page for a browser, complete in one file
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct FleetCiArgs {
    /// For which CI system
    #[arg(value_enum, value_name = "github|gitlab")]
    pub(crate) system: CiSystem,
    /// The fleet file
    #[arg(short, long, value_name = "FILE", default_value = "claude-fleet.toml")]
    pub(crate) fleet: PathBuf,
    /// In how many shards
    #[arg(long, value_name = "N", default_value_t = 4)]
    pub(crate) shards: usize,
    /// Where to write it; - for standard output [default: where the CI system looks for it]
    #[arg(short, long, value_name = "FILE|-")]
    pub(crate) output: Option<PathBuf>,
}

/// A CI system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CiSystem {
    /// GitHub Actions.
    Github,
    /// GitLab CI/CD.
    Gitlab,
}
