//! The command line, as clap reads it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::fleet::FleetCommand;
use super::key::KeyArgs;
use super::schema::SchemaArgs;

/// Declare in one file how Claude Code reaches its model gateway; everything else is derived.
#[derive(Debug, Parser)]
#[command(name = "claude-scaffold", version, arg_required_else_help = true)]
#[command(after_help = "\
Exit codes: 0 done or nothing to do; 1 drift or conflicts remain; 2 could not do it; 130 interrupted.")]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) globals: Globals,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Everywhere")]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub(crate) struct Globals {
    /// Act as if started in this folder
    #[arg(short = 'C', value_name = "DIR", global = true)]
    pub(crate) folder: Option<PathBuf>,
    /// Show what would happen and write nothing
    #[arg(short = 'n', long, global = true)]
    pub(crate) dry_run: bool,
    /// Take the default answer to every question; never loses data
    #[arg(short, long, global = true)]
    pub(crate) yes: bool,
    /// Ask nothing, even on a terminal
    #[arg(long, global = true)]
    pub(crate) no_input: bool,
    /// How results are printed; json is one object on standard output, sarif and github are for findings
    #[arg(
        long,
        value_enum,
        value_name = "text|json|sarif|github",
        default_value_t = OutputFormat::Text,
        hide_possible_values = true,
        hide_default_value = true,
        global = true
    )]
    pub(crate) format: OutputFormat,
    /// When to colour; `NO_COLOR` is honoured
    #[arg(
        long,
        value_enum,
        value_name = "auto|always|never",
        hide_possible_values = true,
        global = true
    )]
    pub(crate) color: Option<Color>,
    /// Print results and errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Print more: diffs, and the layer every value comes from
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    /// Never use the network: packs come from the cache
    #[arg(long, global = true)]
    pub(crate) offline: bool,
    /// Fail if the lockfile would change
    #[arg(long, global = true)]
    pub(crate) locked: bool,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// For people.
    Text,
    /// One JSON object on standard output.
    Json,
    /// One SARIF 2.1.0 file on standard output; findings only.
    Sarif,
    /// Annotations of GitHub Actions; findings only.
    Github,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write the manifest for a profile and apply it
    Init(InitArgs),
    /// Score the decision matrix for this repository
    Recommend,
    /// Show what apply would change, as a patch
    #[command(visible_alias = "diff")]
    Plan(PlanArgs),
    /// Make the repository match its manifest
    Apply,
    /// Edit the manifest, keeping its comments, and apply it
    Set(SetArgs),
    /// Move to the newest templates of this version or of the pack, three-way
    Upgrade(UpgradeArgs),
    /// Take hand-made files under management without changing one byte of them
    Adopt(AdoptArgs),
    /// Find drift, the pitfalls of gateway setups and leaked keys; writes nothing without --fix
    Check(CheckArgs),
    /// Say which value of a setting counts, where it comes from and all that it shadows
    Explain(ExplainArgs),
    /// Look at this machine, and with --live ask the gateway what it really does
    ///
    /// --live asks at most 20 times, for the fewest tokens there are, and says so first: name, connection, proxy,
    /// certificate, path, both headers for the key, streaming, beta headers, token counts, every declared model
    /// against the gateway's own list, error bodies, latency and limits. The key is the one that the run scripts
    /// would find; it goes to the gateway alone. Exits with 1 on errors and warnings.
    Doctor(DoctorArgs),
    /// Print the credential for the client: one line, the key, and nothing else
    ///
    /// Looks where the run script looks: the environment, the env file, then the store that `credential.ref` names.
    /// A store's own program runs without a shell and without input, and is ended after 10 s. Whatever goes wrong,
    /// nothing is printed, the reason and what to do stand on standard error, and the exit code is 2. With --dry-run
    /// says where it would look. There is no JSON form.
    Key(KeyArgs),
    /// Settle conflicts, and bring back what was deleted; asks one by one unless told
    Resolve(ResolveArgs),
    /// Take the last apply back
    Undo,
    /// Take our keys, blocks and unchanged files out again, manifest and lockfile last
    Remove,
    /// Templates of one's own: make, show and check a pack
    #[command(subcommand)]
    Pack(PackCommand),
    /// The same for many repositories, by one fleet file
    #[command(subcommand)]
    Fleet(FleetCommand),
    /// Print shell completions
    Completions(CompletionsArgs),
    /// Print the manual page, of one command if named
    Man(ManArgs),
    /// Print the JSON schema of the manifest, of a fleet file, or of what --format json prints
    Schema(SchemaArgs),
}

#[derive(Debug, Subcommand)]
pub(crate) enum PackCommand {
    /// Write a small pack that works into a folder without files
    New(PackNewArgs),
    /// Show a pack and those below it: where each is from, what it sets, locks and gives
    Show(PackShowArgs),
    /// Find what is wrong with a pack by trying it out in memory
    ///
    /// Reads the pack and those below it as `init` would; looks for names that nobody gives, values that nobody
    /// uses and values printed without the filter of their language; renders every profile, and every feature
    /// alone and left out, with values that are hard to quote, and reads each file in its own format; and lets
    /// edited repositories move from what is below the pack, and from the version of --from, to this one: nothing
    /// of the user's may be lost, a second upgrade writes nothing, every conflict is one. Writes nothing. The same
    /// pack gives the same findings. Exits with 1 on errors and warnings, with 2 if the pack cannot be had.
    Check(PackCheckArgs),
}

#[derive(Debug, Args)]
pub(crate) struct PackCheckArgs {
    /// Folder or address of the pack
    #[arg(value_name = "SOURCE", default_value = ".", hide_default_value = true)]
    pub(crate) source: String,
    /// Folder or address of an older version, to upgrade from
    #[arg(long, value_name = "SOURCE")]
    pub(crate) from: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct PackShowArgs {
    /// Folder or address of a pack [default: the manifest's pack]
    #[arg(value_name = "SOURCE")]
    pub(crate) source: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct PackNewArgs {
    /// Folder of the pack; made if it is not there
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// The pack's name [default: the folder's]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Folder to set up; made if it is not there [default: the current one]
    #[arg(value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// Scenario: solo, team, enterprise or multi-model [default: the one `recommend` names]
    #[arg(short, long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Add a feature to the profile's
    #[arg(long, value_name = "FEATURE")]
    pub(crate) with: Vec<String>,
    /// Leave a feature of the profile out
    #[arg(long, value_name = "FEATURE")]
    pub(crate) without: Vec<String>,
    /// Set a manifest key, such as gateway.url=https://gateway.internal.net/v1
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) assignments: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct AdoptArgs {
    /// Folder with the files [default: the current one]
    #[arg(value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// Scenario: solo, team, enterprise or multi-model [default: the one nearest to the files]
    #[arg(short, long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Set a manifest key, whatever the files say
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) assignments: Vec<String>,
    /// Move keys out of settings that git tracks into the env file, and refer to them
    #[arg(long)]
    pub(crate) replace_keys: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    /// Exit with 1 if apply would write anything
    #[arg(long)]
    pub(crate) exit_code: bool,
    /// Ask what would happen with this manifest key set
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) assignments: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct SetArgs {
    /// Manifest keys and their new values; lists are comma separated, an empty value removes the key
    #[arg(value_name = "KEY=VALUE", required = true)]
    pub(crate) assignments: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct UpgradeArgs {
    /// Tag, branch or commit of the pack; or another pack's address; or `embedded` for no pack
    #[arg(long, value_name = "REF")]
    pub(crate) to: Option<String>,
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub(crate) struct CheckArgs {
    /// Look for these only: codes such as CS003, or drift, edited, unapplied, conflict
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    /// Also look for keys in every commit
    #[arg(long)]
    pub(crate) history: bool,
    /// Look for keys in the index only, as a pre-commit hook does
    #[arg(long, conflicts_with = "history")]
    pub(crate) staged: bool,
    /// Mend what has one safe answer, after showing the plan
    #[arg(long)]
    pub(crate) fix: bool,
    /// Print what a code means, why it matters and how to mend it; without one, list them all
    #[arg(
        long,
        value_name = "CODE",
        num_args = 0..=1,
        default_missing_value = "",
        hide_default_value = true,
        conflicts_with_all = ["only", "history", "staged", "fix", "write_baseline"]
    )]
    pub(crate) explain: Option<String>,
    /// Let the gateway's own list decide about models; asks for it, and with no token
    #[arg(long, conflicts_with_all = ["staged", "fix", "write_baseline"])]
    pub(crate) live: bool,
    /// Accept today's findings: write them to the baseline file
    #[arg(long, conflicts_with = "fix")]
    pub(crate) write_baseline: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// A setting, such as base-url, or a variable [default: all that are set]
    #[arg(value_name = "KEY")]
    pub(crate) key: Option<String>,
    /// Who starts the client
    #[arg(long = "as", value_enum, value_name = "WHO", default_value_t = WhoStarts::Shell)]
    pub(crate) starter: WhoStarts,
    /// The client's --settings: a file, or JSON; of several the last one counts
    #[arg(long, value_name = "FILE|JSON")]
    pub(crate) settings: Vec<String>,
    /// The client's --model
    #[arg(long, value_name = "MODEL")]
    pub(crate) model: Option<String>,
    /// The client's version [default: the one on PATH, else the newest that was measured]
    #[arg(long, value_name = "VERSION")]
    pub(crate) client: Option<String>,
}

/// Who starts the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum WhoStarts {
    /// A person in a shell
    Shell,
    /// A person in the terminal of VS Code
    Vscode,
    /// A job of a CI system, with no file of a user
    Ci,
    /// The run script
    Launcher,
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Ask the gateway; costs a few requests
    #[arg(long)]
    pub(crate) live: bool,
}

#[derive(Debug, Args)]
#[group(id = "decision", multiple = false)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub(crate) struct ResolveDecision {
    /// Keep what stands there
    #[arg(long)]
    pub(crate) keep: bool,
    /// Take the template's instead; prints what it overwrites
    #[arg(long)]
    pub(crate) take: bool,
    /// Bring back what was deleted
    #[arg(long)]
    pub(crate) restore: bool,
    /// Write both into a whole file, between git's conflict markers
    #[arg(long)]
    pub(crate) markers: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ResolveArgs {
    /// Files, or keys in them as conflicts name them [default: every conflict]
    #[arg(value_name = "PATH[:KEY]")]
    pub(crate) targets: Vec<String>,
    #[command(flatten)]
    pub(crate) decision: ResolveDecision,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// Which shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// A command's name
    #[arg(value_name = "COMMAND")]
    pub(crate) name: Option<String>,
}
