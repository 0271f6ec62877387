//! Stores that give nothing, or no key: what the scripts say, and that they stop.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use super::stores::{fetch, print, recorder, with_ref};
use super::{World, worlds};

/// A world whose folders hold only what a script needs, and none of the stores' programs.
pub(super) fn bare(folder: &Path, without: &[&str]) -> World {
    let links = folder.join("bare");
    fs::create_dir_all(&links).expect("folder");
    for name in [
        "sh", "awk", "sed", "grep", "tr", "head", "date", "sort", "ps", "sleep", "dirname",
        "readlink", "env", "cat", "uname", "timeout", "curl", "rm",
    ] {
        let target = links.join(name);
        let _ = fs::remove_file(&target);
        let found = ["/usr/bin", "/bin"].map(|f| Path::new(f).join(name));
        let found = found.into_iter().find(|path| path.exists());
        if let Some(found) = found.filter(|_| !without.contains(&name)) {
            std::os::unix::fs::symlink(found, &target).expect("linked");
        }
    }
    World {
        name: format!("without {without:?}"),
        shell: vec!["sh"],
        path: links.display().to_string(),
    }
}

#[test]
fn a_store_that_gives_nothing_says_why_and_what_to_do() {
    let denied = "Error making API request.\n\nURL: GET http://127.0.0.1:8200/v1/x\nCode: 403. Errors:\n\n* permission denied\n";
    let token = ["hvs", ".CAESIJ1234567890abcdefgh"].concat();
    for (reference, name, said, code, expected) in [
        (
            "VAULT:gw",
            "vault",
            denied,
            2,
            "vault: Error making API request.\nvault: URL: GET http://127.0.0.1:8200/v1/x\nvault: Code: 403. Errors:\nvault: * permission denied\n\
             run-claude: VAULT:gw gave no value for the gateway key: vault failed (exit 2)\nhelp: log in, or ask for the right to read it: vault login\n",
        ),
        (
            "PASS:gw",
            "pass",
            "Error: gw is not in the password store.\n",
            1,
            "pass: Error: gw is not in the password store.\n\
             run-claude: PASS:gw gave no value for the gateway key: pass failed (exit 1)\nhelp: there is no such secret: fix the reference in the manifest\n",
        ),
        (
            "AWS-SM:gw",
            "aws",
            "\nCould not connect to the endpoint URL: \"http://x/\"\n",
            255,
            "aws: Could not connect to the endpoint URL: \"http://x/\"\n\
             run-claude: AWS-SM:gw gave no value for the gateway key: aws failed (exit 255)\nhelp: AWS Secrets Manager cannot be reached: is it running and unsealed, and is its address right?\n",
        ),
        (
            "CMD:print-key",
            "print-key",
            "1\n2\n3\n4\n5\n\u{1b}[31msix\u{7}\u{1b}[0m\nwith TOKEN inside\n",
            9,
            "print-key: 1\nprint-key: 2\nprint-key: 5\nprint-key: six\nprint-key: with [redacted] inside\n\
             run-claude: CMD:print-key gave no value for the gateway key: print-key failed (exit 9)\nhelp: run it by hand and see what it says\n",
        ),
    ] {
        let repo = with_ref("team", reference);
        let said = said.replace("TOKEN", &token);
        recorder(&repo, name, &format!("{} >&2\nexit {code}", print(&said)));
        for world in worlds(repo.folder.path()) {
            let run = repo.run_in(&world, "", &[], &[]);
            assert_eq!(
                (run.code, run.stderr.as_str()),
                (2, expected),
                "{}",
                world.name
            );
            assert_eq!(run.started, None);
        }
    }
}

#[test]
fn answers_that_are_no_key_are_refused() {
    let long = "x".repeat(8193);
    let wide = "y".repeat(100_000);
    for (reference, answer, expected) in [
        (
            "OP:a/b/c",
            "one\ntwo\n",
            "is more than one line: fix it in OP:a/b/c",
        ),
        ("OP:a/b/c", "one\0two", "holds a character that no key has"),
        ("OP:a/b/c", "one two", "holds a character that no key has"),
        ("OP:a/b/c", "caf\u{e9}", "holds a character that no key has"),
        ("OP:a/b/c", "", "it is empty"),
        ("OP:a/b/c", " \n", "it is empty"),
        ("OP:a/b/c", "{\"a\":\"b\"}", "is a JSON object, not a key"),
        ("OP:a/b/c", &long, "is longer than 8 KiB"),
        ("OP:a/b/c", &wide, "op printed more than 64 KiB"),
        (
            "AWS-SM:x",
            "{\"a\": \"b\", \"c\\u0007d\": {}}",
            "it is a JSON object; name its field: AWS-SM:x#NAME, where NAME is one of: a, c?d",
        ),
        (
            "AWS-SM:x",
            "None\n",
            "the secret holds no text: put the key there as one",
        ),
        (
            "AWS-SM:x#f",
            "{\"a\": \"b\"}",
            "it has no text field f; there is: a",
        ),
        (
            "AWS-SM:x#f",
            "{\"f\": {\"g\": \"h\"}}",
            "it has no text field f; there is: f",
        ),
        (
            "AWS-SM:x#f",
            "{\"f\": \"h\"",
            "it has no text field f; there is: nothing",
        ),
        (
            "AWS-SM:x#f",
            "plain",
            "it is no JSON object, so it has no field f",
        ),
    ] {
        let repo = with_ref("enterprise", reference);
        let name = if reference.starts_with("OP") {
            "op"
        } else {
            "aws"
        };
        let file = repo.base().join("answer");
        fs::write(&file, answer).expect("written");
        recorder(&repo, name, &format!("cat '{}'", file.display()));
        for world in worlds(repo.folder.path()) {
            let (code, key, said) = fetch(&repo, &world, &[]);
            let at = format!("{} {reference} {:?}", world.name, answer.get(..20));
            assert_eq!((code, key.as_str()), (2, ""), "{at}: {said}");
            assert!(said.contains(expected), "{at}: {said}");
            assert!(
                !answer.starts_with("one") || !said.contains("one\n"),
                "{said}"
            );
        }
    }
}

#[test]
fn a_slow_program_is_ended_with_all_it_started() {
    let slow = |without: &'static [&'static str]| {
        let repo = with_ref("team", "PASS:gw");
        let pids = repo.base().join("pids");
        recorder(
            &repo,
            "pass",
            &format!("sleep 61 &\necho $$ $! >'{}'\nsleep 62", pids.display()),
        );
        let world = bare(repo.folder.path(), without);
        let start = Instant::now();
        let run = repo.run_in(&world, "", &[], &[]);
        let took = start.elapsed();
        assert!(
            took > Duration::from_secs(8) && took < Duration::from_secs(15),
            "{took:?}"
        );
        let expected = "run-claude: PASS:gw gave no value for the gateway key: pass took longer than 10 seconds\nhelp: ";
        assert!(
            run.stderr.starts_with(expected),
            "{without:?}: {}",
            run.stderr
        );
        assert_eq!((run.code, run.started), (2, None));
        std::thread::sleep(Duration::from_millis(1500));
        for pid in fs::read_to_string(&pids)
            .expect("recorded")
            .split_whitespace()
        {
            let state = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            assert!(
                state.is_empty() || state.contains(") Z "),
                "{without:?}: {state}"
            );
        }
    };
    let with = std::thread::spawn(move || slow(&[]));
    slow(&["timeout"]);
    with.join().expect("with `timeout`");
}

#[test]
fn without_the_stores_program_its_home_is_named() {
    for (reference, expected) in [
        (
            "PASS:gw",
            "run-claude: the gateway key needs the program pass, not found, for PASS:gw\nhelp: install it: https://www.passwordstore.org/#download\n",
        ),
        (
            "KEYRING:a/b",
            "run-claude: the gateway key needs the program secret-tool, not found, for KEYRING:a/b\nhelp: install it: apt install libsecret-tools, on Linux\n",
        ),
        (
            "CMD:bin/none x",
            "run-claude: the gateway key needs the program bin/none, not found, for CMD:bin/none x\nhelp: install it\n",
        ),
        (
            "VAULT:gw",
            "run-claude: the gateway key needs one of the programs vault, bao and curl, not found, for VAULT:gw\nhelp: install it: https://developer.hashicorp.com/vault/install\n",
        ),
    ] {
        let repo = with_ref("team", reference);
        let world = bare(repo.folder.path(), &["curl"]);
        let run = repo.run_in(&world, "", &[], &[]);
        assert_eq!((run.code, run.stderr.as_str()), (2, expected));
        assert_eq!(run.started, None);
    }
}
