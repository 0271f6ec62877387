//! Every command with every option, and the proof that none is left out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::tree::tool;

/// Commands that only look. `@` is a canary that was typed, `%` one that was typed where a reference
/// belongs.
pub const LOOKS: &[&str] = &[
    "recommend",
    "plan",
    "diff",
    "plan -v --exit-code",
    "plan --set credential.ref=%",
    "plan --set headers.x-api-key=%",
    "plan --set credential.ref=ENV:OTHER_KEY",
    "plan --set telemetry.project_tag=@",
    "plan --set gateway.url=https://ada:%@gw.example/v1",
    "plan --set gateway.url=https://gw.example/@/v1",
    "check",
    "check -v",
    "check -q",
    "check --only CS003,CS103",
    "check --only @",
    "check --history",
    "check --staged",
    "check --fix -n",
    "check --write-baseline -n",
    "check --live",
    "check --explain",
    "check --explain CS003",
    "check --explain @",
    "explain",
    "explain -v",
    "explain base-url",
    "explain ANTHROPIC_AUTH_TOKEN",
    "explain ANTHROPIC_CUSTOM_HEADERS",
    "explain @",
    "explain --as vscode",
    "explain --as ci",
    "explain --as launcher",
    "explain --settings {\"env\":{\"ANTHROPIC_API_KEY\":\"@\"}}",
    "explain --settings {\"apiKeyHelper\":\"@\"}",
    "explain --settings .claude/settings.local.json",
    "explain --model @",
    "explain --client 2.1.300",
    "explain --client @",
    "doctor",
    "doctor -v",
    "doctor --live",
    "doctor --live -n",
    "doctor --live --offline",
    "key",
    "key -n",
    "key --offline",
    "key --cache 60",
    "key --cache 0",
    "key --cache @",
    "key --header x-api-key",
    "key --header @",
    "key --ref %",
    "key --ref=%",
    "key --ref ENV:TEAM_GATEWAY_KEY",
    "key --ref ENV:TEAM_FILE_KEY",
    "key --ref ENV:NOT_SET",
    "key --ref VAULT:secret/gateway#value",
    "key --ref OP:vault/item/field",
    "key --ref AWS-SM:name",
    "key --ref GCP-SM:project/secret",
    "key --ref AZURE-KV:vault/secret",
    "key --ref PASS:name",
    "key --ref KEYRING:service/account",
    "key --ref SOPS:secrets.yaml#a",
    "key --ref CMD:pass show",
    "resolve",
    "resolve --keep -n",
    "resolve --take -n",
    "resolve --restore -n",
    "resolve --markers -n",
    "resolve @",
    "upgrade -n -v",
    "upgrade --to @",
    "upgrade --to https://ada:%@git.example/p -n",
    "upgrade --to embedded -n",
    "adopt -n",
    "adopt -n -v --profile solo",
    "adopt -n --set credential.ref=%",
    "adopt -n -v --replace-keys",
    "adopt @",
    "init -n --profile @",
    "init -n --profile team --set credential.ref=%",
    "init -n --profile team --with @ --without @",
    "init -n other --profile team --set headers.authorization=%",
    "apply -n",
    "apply --locked --yes --no-input --color always",
    "set -n credential.ref=%",
    "set -n credential.ref=VAULT:%",
    "set -n telemetry.cost_center=b",
    "set headers.authorization=%",
    "set headers.x-api-key=%",
    "set gateway.url=https://%@gw.example",
    "undo -n",
    "remove -n",
    "pack show",
    "pack show ../pack",
    "pack show git+file://~/app",
    "pack show ../bad-pack",
    "pack show https://ada:%@git.example/p",
    "pack check ../pack",
    "pack check ../bad-pack",
    "pack check ../pack --from ../bad-pack",
    "pack new -n made --name @",
    "fleet plan --fleet ../claude-fleet.toml",
    "fleet plan -v --fleet ../claude-fleet.toml --group all --only app --shard 1/1 --jobs 1 --no-refresh --exit-code",
    "fleet plan --fleet ../claude-fleet.toml --html ../page.html",
    "fleet plan --fleet ../claude-fleet.toml --repositories @",
    "fleet plan --fleet ../bad-fleet.toml",
    "fleet plan --fleet @",
    "fleet plan --fleet ../claude-fleet.toml --group @ --only @",
    "fleet plan --fleet ../claude-fleet.toml --shard @",
    "fleet check --fleet ../claude-fleet.toml --group all --only app --shard 1/1 --jobs 1 --no-refresh",
    "fleet check --fleet ../claude-fleet.toml --html ../page.html --repositories ../listed.json",
    "fleet check --fleet ../bad-fleet.toml",
    "fleet apply -n --fleet ../claude-fleet.toml",
    "fleet apply -n --fleet ../bad-fleet.toml",
    "fleet status --fleet ../claude-fleet.toml -v",
    "fleet status --ledger ../ledger.jsonl --merge-into ../merged.jsonl",
    "fleet status --ledger @",
    "fleet report ../listed.json --html ../page.html",
    "fleet report @",
    "fleet ci github --fleet ../claude-fleet.toml --shards 2 --output -",
    "fleet ci gitlab --fleet @ --output ../workflow.yml",
    "fleet @",
    "completions bash",
    "completions @",
    "man",
    "man key",
    "man @",
    "schema plan",
    "schema @",
    "help key",
    "pack help show",
    "--version",
    "--help",
    "--format @ check",
    "-C @ check",
    "--color @ check",
    "@",
    "pack @",
    "check --@",
];

/// Commands that write, in an order in which each has something to do.
pub const WRITES: &[&str] = &[
    "fleet apply --fleet ../claude-fleet.toml --ledger ../ledger.jsonl --jobs 1",
    "fleet apply --fleet ../claude-fleet.toml --group all --only app --shard 1/1 --repositories ../listed.json",
    "fleet apply --fleet ../claude-fleet.toml --push --take --limit 1 --no-refresh",
    "fleet apply --fleet ../claude-fleet.toml --propose --failed --fail-fast --html ../page.html",
    "apply",
    "set telemetry.project_tag=a",
    "set gateway.timeout_ms=46000",
    "resolve --keep",
    "undo",
    "resolve --take",
    "undo",
    "resolve --restore",
    "check --fix",
    "check --fix --yes",
    "check --write-baseline",
    "pack new ../made --name made",
    "set pack=../pack",
    "upgrade",
    "set pack=",
    "upgrade --to embedded",
    "undo",
    "remove",
    "undo",
    "remove",
    "adopt",
    "apply",
    "remove",
    "adopt --profile solo",
    "undo",
    "remove",
    "adopt --replace-keys",
    "undo",
    "init --profile team",
    "init --profile solo",
];

/// The words of an act.
pub fn words(act: &str, typed: &str) -> Vec<String> {
    let (head, rest) = act.split_once("CMD:").unwrap_or((act, ""));
    let mut words: Vec<String> = head.split_whitespace().map(str::to_owned).collect();
    if !rest.is_empty() {
        words.push(format!("CMD:{rest}"));
    }
    for word in &mut words {
        // An address has an `@` of its own.
        *word = match word.split_once("%@") {
            Some((before, after)) => format!("{before}{typed}@{after}"),
            None => word.replace(['@', '%'], typed),
        };
    }
    words
}

/// Whether an act is made only with a canary that has a vendor's shape: nothing else tells that the
/// word is a key.
pub fn needs_shape(act: &str) -> bool {
    let act = act.replace("%@", "");
    (act.contains('@') && !act.contains("API_KEY")) || act.contains("VAULT:%")
}

/// The commands and long options that the help of a command names.
fn named(command: &[&str]) -> (Vec<String>, BTreeSet<String>) {
    let help = tool(Path::new("."), &[command, &["--help"]].concat())
        .ends(0)
        .out;
    let mut commands = Vec::new();
    let mut is_list = false;
    for line in help.lines() {
        if line == "Commands:" {
            is_list = true;
        } else if line.is_empty() {
            is_list = false;
        } else if is_list {
            let is_first = line.starts_with("  ") && !line.starts_with("   ");
            let word = line.split_whitespace().next().filter(|_| is_first);
            commands.extend(word.map(str::to_owned));
        }
    }
    let options = help
        .lines()
        .map(str::trim_start)
        .filter(|line| line.starts_with('-'));
    let long = options.filter_map(|line| {
        line.split_whitespace()
            .take(2)
            .find(|word| word.starts_with("--"))
    });
    (
        commands,
        long.map(|word| word.trim_end_matches(',').to_owned())
            .collect(),
    )
}

#[test]
fn every_command_and_every_option_is_hunted() {
    let mut used: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for act in LOOKS.iter().chain(WRITES).chain(&[super::walks::INIT]) {
        let words: Vec<&str> = act.split_whitespace().collect();
        let name = match words[..] {
            [group @ ("pack" | "fleet"), second, ..] => format!("{group} {second}"),
            [first, ..] => first.to_owned(),
            [] => continue,
        };
        let options = words.iter().filter(|word| word.starts_with("--"));
        let options = options.map(|word| word.split('=').next().unwrap_or(word).to_owned());
        used.entry(name).or_default().extend(options);
    }
    let everywhere: BTreeSet<String> = [
        "--help",
        "--version",
        "--format",
        "--dry-run",
        "--quiet",
        "--verbose",
    ]
    .map(str::to_owned)
    .into();
    let anywhere: BTreeSet<String> = used.values().flatten().cloned().collect();
    let (top, globals) = named(&[]);
    let mut missing = Vec::new();
    let mut look = |command: &[&str]| {
        let name = command.join(" ");
        let none = BTreeSet::new();
        if !used.contains_key(&name) {
            missing.push(name.clone());
        }
        for option in named(command).1 {
            let own = used.get(&name).unwrap_or(&none).contains(&option);
            let is_global = globals.contains(&option) && anywhere.contains(&option);
            if !own && !is_global && !everywhere.contains(&option) {
                missing.push(format!("{name} {option}"));
            }
        }
    };
    for command in &top {
        match command.as_str() {
            group @ ("pack" | "fleet") => named(&[group])
                .0
                .iter()
                .filter(|sub| *sub != "help")
                .for_each(|sub| look(&[group, sub])),
            "help" => {}
            command => look(&[command]),
        }
    }
    assert!(top.len() > 15, "{top:?}");
    assert_eq!(missing, Vec::<String>::new());
}
