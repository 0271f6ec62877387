//! `key`: the credential, on one line and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Instant;

use clap::Args;

use super::host::Host;
use super::{Ending, Outcome, unit, veil};
use crate::model::{Diagnostic, RepoPath, SecretRef};
use crate::observe::Unit;
use crate::pack;
use crate::pipeline::{self, Credential, Reach, Seeker, Wanted};
use crate::secret::{Cache, Found, Kind, LONGEST, LONGEST_KEPT, Network};

#[derive(Debug, Args)]
pub(crate) struct KeyArgs {
    /// Resolve this reference alone, such as `VAULT:secret/gateway#api_key`; needs no manifest
    #[arg(long = "ref", value_name = "REF")]
    pub(crate) reference: Option<String>,
    /// Resolve the reference of this request header instead
    #[arg(long, value_name = "NAME", conflicts_with = "reference")]
    pub(crate) header: Option<String>,
    /// Keep a store's key for so many seconds, at most 900, in memory that only you can read (Linux); 0 forgets all
    /// keys first
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(..=LONGEST_KEPT))]
    pub(crate) cache: Option<u64>,
}

/// What is looked for, and what is declared around it.
struct Search {
    wanted: Wanted,
    declared: Option<Credential>,
}

pub(super) fn run(host: &Host, args: &KeyArgs) -> Outcome {
    let until = Instant::now() + LONGEST;
    let search = match &args.reference {
        Some(text) => alone(host, text)?,
        None => declared(host, args)?,
    };
    let environment = host.environment();
    let home = host.user_home();
    let cache = cache(host, args, &environment);
    let usual = RepoPath::parse(".env").expect("the usual name is good");
    let declared = search.declared.as_ref();
    let name = declared.map_or(&usual, |declared| &declared.env_file);
    let root = declared.map_or(host.folder.as_path(), |declared| &declared.root);
    let (env_file, blocked) = pipeline::env_file(root, name);
    let withheld = declared.map_or_else(BTreeSet::new, Credential::withheld);
    let seeker = Seeker {
        root,
        environment: &environment,
        env_file: &env_file,
        env_file_name: name.as_str(),
        home: home.as_deref(),
        withheld: &withheld,
        network: network(host),
        cache: cache.as_ref(),
        until,
    };
    let found = if host.globals.dry_run {
        places(host, &seeker, &search.wanted)
    } else {
        let found = seeker.find(&search.wanted);
        found.and_then(|found| hand_over(host, &found))
    };
    found.map_err(|problem| blocked.into_iter().chain([problem]).collect())
}

/// A reference of the command line: nothing has to be declared, and what is broken does not matter.
fn alone(host: &Host, text: &str) -> Result<Search, Vec<Diagnostic>> {
    let reference = SecretRef::parse(text).map_err(|error| {
        let problem = Diagnostic::error("usage", error.to_string());
        vec![problem.with_help(error.help())]
    })?;
    let reach = Reach {
        network: pack::Network::Offline,
        prompt: pack::Prompt::Never,
        ..host.reach()
    };
    let unit = Unit::find(&host.folder, &host.state_home);
    Ok(Search {
        wanted: Wanted::alone(&reference, Kind::Key),
        declared: unit.and_then(|unit| pipeline::credential(&unit, &reach).ok()),
    })
}

fn declared(host: &Host, args: &KeyArgs) -> Result<Search, Vec<Diagnostic>> {
    let declared = pipeline::credential(&unit(host)?, &host.reach())?;
    let wanted = match &args.header {
        Some(name) => declared.header(name).map_err(|problem| vec![problem])?,
        None => Wanted::key(&declared.reference),
    };
    Ok(Search {
        wanted,
        declared: Some(declared),
    })
}

fn network(host: &Host) -> Network {
    if host.globals.offline {
        Network::Closed
    } else {
        Network::Open
    }
}

/// Opens the place for keys where somebody wants it, and says why there is none.
fn cache(host: &Host, args: &KeyArgs, environment: &BTreeMap<String, String>) -> Option<Cache> {
    let seconds = args.cache.or(host.preferences.key_cache)?;
    match Cache::open(environment, seconds) {
        Ok(cache) if args.cache == Some(0) => {
            cache.clear();
            None
        }
        Ok(cache) => Some(cache).filter(|_| seconds > 0),
        Err(why) if seconds > 0 && (args.cache.is_some() || host.globals.verbose) => {
            host.say(&format!("note: no key is kept: {why}\n"));
            None
        }
        Err(_) => None,
    }
}

/// Says where would be looked; standard output is for keys.
fn places(host: &Host, seeker: &Seeker<'_>, wanted: &Wanted) -> Result<Ending, Diagnostic> {
    let places = seeker.places(wanted)?;
    let root: &Path = seeker.root;
    host.complain(&format!(
        "dry run, nobody is asked: `{}` in `{}`\n",
        wanted.reference,
        root.display()
    ));
    for (number, place) in (1..).zip(places) {
        host.complain(&format!("  {number}. {place}\n"));
    }
    Ok(Ending::Clean)
}

fn hand_over(host: &Host, found: &Found) -> Result<Ending, Diagnostic> {
    let Found { key, from, said } = found;
    if !said.is_empty() {
        veil::cover(key);
        host.say(&format!("note: {from} said: {said}\n"));
    }
    host.print_key(key).map_err(|error| {
        let problem = Diagnostic::error("key", format!("cannot write to standard output: {error}"));
        problem.with_help("let whoever reads it stay until it has read a line")
    })?;
    Ok(Ending::Clean)
}
