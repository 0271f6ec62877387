//! The rendered scripts and texts that mean harm: refused, or carried unchanged, and never run.

use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::{GATEWAY, Repo, World, manifest, repo, some_worlds};
use crate::injection::{nasty, random};

fn tripwire(repo: &Repo) -> PathBuf {
    repo.base().join("tripwire")
}

fn worlds(repo: &Repo, turn: usize) -> Vec<World> {
    let mut worlds = some_worlds(repo.folder.path(), turn);
    if std::path::Path::new("/usr/bin/mksh").exists() {
        worlds.push(World {
            name: "mksh".to_owned(),
            shell: vec!["mksh"],
            path: "/usr/bin:/bin".to_owned(),
        });
    }
    worlds
}

/// Starts the client with a value in the environment, and with the same in the env file.
fn carried(repo: &Repo, worlds: &[World], value: &str) -> Result<(), TestCaseError> {
    for world in worlds {
        repo.write(".env", "");
        let mut runs = Vec::new();
        if !value.contains('\0') && value.len() < 100_000 {
            let env = [("ANTHROPIC_API_KEY", value)];
            runs.push((value.to_owned(), repo.run_in(world, "", &["-p", "x"], &env)));
        }
        let quoted = value.replace(['\n', '\r', '\0'], "");
        if !quoted.contains('\'') {
            repo.write(".env", &format!("ANTHROPIC_API_KEY='{quoted}'\n"));
            runs.push((quoted, repo.run_in(world, "", &[], &[])));
        }
        // What awk makes of a NUL is its own affair, as long as nothing is run.
        repo.write(".env", &format!("ANTHROPIC_API_KEY={value}\n{value}\n"));
        runs.push((value.replace('\0', ""), repo.run_in(world, "", &[], &[])));
        for (value, run) in runs {
            prop_assert!(
                !tripwire(repo).exists(),
                "{}: {value:?} was run",
                world.name
            );
            if run.started.is_none() {
                prop_assert_eq!(run.code, 2, "{}: {}", &world.name, &run.stderr);
            } else {
                let names = ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"];
                let got = names.iter().find_map(|name| run.env.get(*name));
                let got = got.map(String::as_str).unwrap_or_default();
                let is_part = !got.is_empty() && value.contains(got);
                prop_assert!(is_part, "{}: {value:?} became {got:?}", world.name);
            }
            let raw = |c: char| c.is_control() && c != '\n' && c != '\t';
            prop_assert!(
                !run.stderr.contains(raw),
                "{}: {:?}",
                world.name,
                run.stderr
            );
        }
    }
    Ok(())
}

#[test]
fn values_are_refused_or_carried() {
    let repo = repo(&manifest("team", GATEWAY));
    let wire = tripwire(&repo);
    for (turn, value) in nasty(&wire).iter().enumerate() {
        carried(&repo, &worlds(&repo, turn), value).expect("no harm");
    }
}

#[test]
fn values_of_chance_are_refused_or_carried() {
    let repo = repo(&manifest("team", GATEWAY));
    let config = Config {
        cases: 24,
        failure_persistence: None,
        ..Config::default()
    };
    let worlds = worlds(&repo, 1);
    let values = random(&tripwire(&repo));
    let result = TestRunner::new(config).run(&values, |value| carried(&repo, &worlds, &value));
    result.expect("no harm");
}

#[test]
fn answers_of_a_store_are_refused_or_carried() {
    let reference = "[credential]\nref = \"VAULT:team/gw#api_key\"\n";
    for profile in ["team", "enterprise"] {
        let repo = repo(&manifest(profile, &format!("{GATEWAY}{reference}")));
        let answer = repo.base().join("answer");
        super::program(
            &repo.base().join("bin/vault"),
            &format!("#!/bin/sh\ncat '{}'\n", answer.display()),
        );
        for (turn, value) in nasty(&tripwire(&repo)).iter().enumerate() {
            fs::write(&answer, value).expect("written");
            for world in worlds(&repo, turn) {
                let run = repo.run_in(&world, "", &[], &[]);
                assert!(
                    !tripwire(&repo).exists(),
                    "{}: {value:?} was run",
                    world.name
                );
                let Some(_) = run.started else {
                    assert_eq!(run.code, 2, "{}: {value:?}: {}", world.name, run.stderr);
                    continue;
                };
                if profile == "team" {
                    assert_eq!(
                        run.env["ANTHROPIC_AUTH_TOKEN"],
                        value.trim(),
                        "{}",
                        world.name
                    );
                }
            }
        }
    }
}
