//! The stores' programs, as the scripts ask them: recorded fakes in the place of each.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use claude_scaffold::model::SecretRef;

use super::{GATEWAY, KEY, Repo, World, manifest, program, repo, worlds};

/// Reference, the program, the words it has to get (none: those of the reference itself), what it prints.
const ASKED: [(&str, &str, &[&str], &str); 13] = [
    (
        "VAULT:gw",
        "vault",
        &["kv", "get", "-field=value", "secret/gw"],
        "KEY\n",
    ),
    (
        "VAULT:a b/it's/$x#f g",
        "bao",
        &["kv", "get", "-field=f g", "a b/it's/$x"],
        "KEY",
    ),
    ("OP:vault/it em/field", "op", &[], "KEY"),
    ("AWS-SM:prod/gw", "aws", &[], "KEY\r\n"),
    (
        "AWS-SM:prod/gw#api key",
        "aws",
        &[],
        "{\"a\": {\"api key\": \"no\"}, \"api key\": \"KEY\", \"n\": 1}\n",
    ),
    (
        "GCP-SM:proj/gw#k",
        "gcloud",
        &[],
        "{\n  \"list\": [\"k\", \"no\"],\n  \"k\": \"\\u004bEY\"\n}\n",
    ),
    ("GCP-SM:proj/gw", "gcloud", &[], "  KEY  \n"),
    ("AZURE-KV:vault/gw", "az", &[], "KEY\n"),
    (
        "AZURE-KV:vault/gw#k",
        "az",
        &[],
        "{\"k\":\"no\",\"k\":\"KEY\"}",
    ),
    ("PASS:team/gw it's", "pass", &[], "KEY\nuser: me\nurl: x\n"),
    (
        "KEYRING:gateway/me",
        "secret-tool",
        &["lookup", "service", "gateway", "username", "me"],
        "KEY",
    ),
    ("SOPS:secrets/gw.yaml#a.b", "sops", &[], "KEY\n"),
    ("CMD:bin/print-key -x y", "bin/print-key", &[], "KEY\n"),
];

/// What no program of a store needs; all are in the environment of the caller.
const NEEDLESS: [&str; 8] = [
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
    "ANTHROPIC_CUSTOM_HEADERS",
    "OPENAI_API_KEY",
    "GATEWAY_TOKEN",
    "HEADER_X_B",
    "HEADER_OF_ANOTHER",
    "MY_OTHER",
];

pub(super) fn with_ref(profile: &str, reference: &str) -> Repo {
    let reference = reference.replace('\\', "\\\\");
    repo(&manifest(
        profile,
        &format!("{GATEWAY}[credential]\nref = \"{reference}\"\n"),
    ))
}

/// A program that writes down how it was started and then does what `body` says.
pub(super) fn recorder(repo: &Repo, name: &str, body: &str) {
    let base = repo.base().display().to_string();
    let place = if name.contains('/') {
        repo.root.join(name)
    } else {
        repo.base().join("bin").join(name)
    };
    let text = format!(
        "#!/bin/sh\nfor a; do printf '%s\\0' \"$a\"; done >'{base}/store.argv'\nenv -0 >'{base}/store.env'\npwd >'{base}/store.cwd'\n{body}\n"
    );
    program(&place, &text);
}

fn recorded(repo: &Repo, file: &str) -> Vec<String> {
    let text = fs::read_to_string(repo.base().join(file)).unwrap_or_default();
    text.split_terminator('\0').map(str::to_owned).collect()
}

pub(super) fn print(answer: &str) -> String {
    let octal = answer.bytes().fold(String::new(), |mut octal, byte| {
        let _ = write!(octal, "\\{byte:03o}");
        octal
    });
    format!("printf '{octal}'")
}

/// Runs the helper where there is one, else the run script; gives exit code, the key and what was said.
pub(super) fn fetch(repo: &Repo, world: &World, env: &[(&str, &str)]) -> (i32, String, String) {
    let helper = repo.root.join("scripts/claude-api-key.sh");
    if helper.exists() {
        let run = repo.run_script(world, &helper, "sub", &[], env);
        return (run.code, run.stdout.trim_end().to_owned(), run.stderr);
    }
    let run = repo.run_in(world, "sub", &[], env);
    let key = run.env.get("ANTHROPIC_AUTH_TOKEN").cloned();
    (run.code, key.unwrap_or_default(), run.stderr)
}

#[test]
fn each_store_is_asked_with_its_own_words() {
    for (reference, name, words, answer) in ASKED {
        for profile in ["team", "enterprise"] {
            let repo = with_ref(profile, reference);
            let parsed = SecretRef::parse(reference).expect(reference);
            let expected: Vec<String> = match words {
                [] => parsed.argv().drain(1..).collect(),
                _ => words.iter().map(|w| (*w).to_owned()).collect(),
            };
            program(&repo.base().join("bin/uname"), "#!/bin/sh\necho Linux\n");
            recorder(
                &repo,
                name,
                &print(
                    &answer
                        .replace("KEY", KEY)
                        .replace("\\u004bEY", "\\u0074est-key-0123456789"),
                ),
            );
            for world in worlds(repo.folder.path()) {
                let got = fetch(&repo, &world, &[]);
                let at = format!("{reference} {profile} {}", world.name);
                assert_eq!(got, (0, KEY.to_owned(), String::new()), "{at}");
                assert_eq!(recorded(&repo, "store.argv"), expected, "{at}");
                let cwd = fs::read_to_string(repo.base().join("store.cwd")).expect("recorded");
                assert_eq!(cwd.trim_end(), repo.root.display().to_string(), "{at}");
            }
        }
    }
}

#[test]
fn a_keyring_is_asked_in_both_ways() {
    let repo = with_ref("team", "KEYRING:gateway/me");
    program(&repo.base().join("bin/uname"), "#!/bin/sh\necho Linux\n");
    recorder(
        &repo,
        "secret-tool",
        &format!("[ \"$4\" = account ] || exit 1\necho {KEY}"),
    );
    for world in worlds(repo.folder.path()) {
        assert_eq!(
            fetch(&repo, &world, &[]),
            (0, KEY.to_owned(), String::new())
        );
    }
    recorder(&repo, "secret-tool", "exit 1");
    let (code, _, said) = fetch(&repo, &worlds(repo.folder.path())[0], &[]);
    assert_eq!(code, 2);
    assert!(said.contains("KEYRING:gateway/me gave no value"), "{said}");
    program(&repo.base().join("bin/uname"), "#!/bin/sh\necho Darwin\n");
    recorder(&repo, "security", &format!("echo {KEY}"));
    let world = &worlds(repo.folder.path())[0];
    assert_eq!(fetch(&repo, world, &[]), (0, KEY.to_owned(), String::new()));
    let words = ["find-generic-password", "-s", "gateway", "-a", "me", "-w"];
    assert_eq!(recorded(&repo, "store.argv"), words);
}

#[test]
fn a_program_gets_no_key_and_no_argument_holds_one() {
    let headers = "[headers]\nx-a = \"ENV:MY_OTHER\"\nx-b = \"PASS:other\"\n";
    let toml = format!("{GATEWAY}[credential]\nref = \"PASS:team/gw\"\n{headers}");
    let repo = repo(&manifest("team", &toml));
    let canary = |n: usize| format!("{}-{n}-{}", "canary", "0123456789");
    let values: Vec<String> = (0..NEEDLESS.len()).map(canary).collect();
    let mut env: Vec<(&str, &str)> = NEEDLESS
        .into_iter()
        .zip(values.iter().map(String::as_str))
        .collect();
    env.push(("PASSWORD_STORE_DIR", "stays"));
    // Every program of the scripts, with a spy in its place.
    let base = repo.base().display().to_string();
    for name in [
        "awk", "sed", "grep", "tr", "head", "date", "sort", "timeout", "dirname", "uname", "printf",
    ] {
        let real = ["/usr/bin", "/bin"].map(|f| Path::new(f).join(name));
        let Some(real) = real.into_iter().find(|path| path.exists()) else {
            continue;
        };
        let spy = format!(
            "#!/bin/bash\n{{ printf '%s\\0' '{name}' \"$@\"; /usr/bin/env -0; }} >>'{base}/spied'\nexec {} \"$@\"\n",
            real.display()
        );
        program(&repo.base().join("bin").join(name), &spy);
    }
    recorder(&repo, "pass", &format!("echo {KEY}-$2"));
    let spied = || fs::read_to_string(repo.base().join("spied")).expect("spied");
    for world in worlds(repo.folder.path()) {
        let _ = fs::remove_file(repo.base().join("spied"));
        // From the store, with everything else in the environment.
        let given: Vec<_> = env
            .iter()
            .copied()
            .filter(|(name, _)| !["GATEWAY_TOKEN", "HEADER_X_B"].contains(name))
            .collect();
        let run = repo.run_in(&world, "sub", &["-p", "x"], &given);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", world.name);
        assert_eq!(run.env["ANTHROPIC_AUTH_TOKEN"], format!("{KEY}-team/gw"));
        let whole = format!("{}\nx-a: {}\nx-b: {KEY}-other", canary(2), canary(7));
        assert_eq!(run.env["ANTHROPIC_CUSTOM_HEADERS"], whole);
        let store = recorded(&repo, "store.env");
        assert!(store.contains(&"PASSWORD_STORE_DIR=stays".to_owned()));
        for text in store.into_iter().chain([spied()]) {
            assert!(!text.contains("canary"), "{}: {text}", world.name);
            assert!(!text.contains(KEY), "{}: {text}", world.name);
        }
        for name in ["ANTHROPIC_API_KEY", "MY_OTHER", "GATEWAY_TOKEN"] {
            assert!(!run.env.contains_key(name), "{}: {name}", world.name);
        }
        for (name, at) in [("OPENAI_API_KEY", 3), ("HEADER_OF_ANOTHER", 6)] {
            assert_eq!(run.env[name], canary(at), "{}", world.name);
        }
        // From the environment and from the env file: no program is asked.
        let _ = fs::remove_file(repo.base().join("spied"));
        repo.write(
            ".env",
            &format!("GATEWAY_TOKEN={KEY}\\\\-file\nHEADER_X_B='in \\ file {KEY}'\n"),
        );
        let run = repo.run_in(&world, "sub", &[], &env[..1]);
        assert_eq!(run.code, 2, "{}: MY_OTHER is not set", world.name);
        let run = repo.run_in(&world, "sub", &[], &[env[7]]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", world.name);
        assert!(!spied().contains(KEY), "{}: {}", world.name, spied());
        fs::remove_file(repo.root.join(".env")).expect("removed");
    }
}

#[test]
fn what_a_shell_would_take_for_its_own_stays_a_key() {
    let odd = "$(touch${IFS}pwned)`touch\\npwned`;'\"&|<>*?[a-z]~!#%s%n\\0\\c-{x}";
    for reference in ["OP:a/b/c", "AWS-SM:x#f"] {
        for profile in ["team", "enterprise"] {
            let repo = with_ref(profile, reference);
            let json = serde_json::json!({ "f": odd }).to_string();
            let (name, answer) = if reference.starts_with("OP") {
                ("op", odd)
            } else {
                ("aws", json.as_str())
            };
            recorder(&repo, name, &print(answer));
            for world in worlds(repo.folder.path()) {
                assert_eq!(
                    fetch(&repo, &world, &[]),
                    (0, odd.to_owned(), String::new()),
                    "{}",
                    world.name
                );
                assert!(!repo.root.join("pwned").exists() && !repo.root.join("sub/pwned").exists());
            }
        }
    }
}
