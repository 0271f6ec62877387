//! How it ends where a recorded fake gives no key: in time, and with what to do.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::{KEY, STORES, World, fails};
use crate::tree::clean;

/// A reference, how its recorded fake behaves, what is passed on, and what to do.
const COMPLAINTS: [(&str, &str, &str, &str); 22] = [
    (
        "OP:dev/gateway/key",
        "logged_out",
        "You are not currently signed in",
        "`op signin`",
    ),
    (
        "OP:dev/gateway/key",
        "missing",
        "isn't an item",
        "is `OP:dev/gateway/key` the right name",
    ),
    (
        "OP:dev/gateway/key",
        "unavailable",
        "cannot connect to 1Password",
        "is 1Password up",
    ),
    (
        "AWS-SM:gateway",
        "logged_out",
        "(exit code 253): Unable to locate",
        "`aws sso login`",
    ),
    (
        "AWS-SM:gateway",
        "denied",
        "AccessDeniedException",
        "be given the right to read it",
    ),
    (
        "AWS-SM:gateway",
        "missing",
        "ResourceNotFoundException",
        "the right name",
    ),
    (
        "AWS-SM:gateway",
        "unavailable",
        "Could not connect",
        "is AWS Secrets Manager up",
    ),
    (
        "GCP-SM:dev/gateway",
        "logged_out",
        "active account",
        "`gcloud auth login`",
    ),
    (
        "GCP-SM:dev/gateway",
        "denied",
        "PERMISSION_DENIED",
        "be given the right to read it",
    ),
    (
        "GCP-SM:dev/gateway",
        "missing",
        "NOT_FOUND",
        "the right name",
    ),
    (
        "AZURE-KV:dev/gateway",
        "logged_out",
        "setup account",
        "`az login`",
    ),
    (
        "AZURE-KV:dev/gateway",
        "denied",
        "Forbidden",
        "be given the right to read it",
    ),
    (
        "AZURE-KV:dev/gateway",
        "missing",
        "SecretNotFound",
        "the right name",
    ),
    (
        "AZURE-KV:dev/gateway",
        "unavailable",
        "Failed to resolve",
        "is Azure Key Vault up",
    ),
    (
        "PASS:dev/gateway",
        "logged_out",
        "decryption failed",
        "gpg --card-status",
    ),
    (
        "PASS:dev/gateway",
        "missing",
        "is not in the password store",
        "the right name",
    ),
    (
        "SOPS:f.yaml#key",
        "logged_out",
        "(exit code 128): Failed to get",
        "SOPS_AGE_KEY_FILE",
    ),
    (
        "SOPS:f.yaml#key",
        "missing",
        "component [\"key\"] not found",
        "the right name",
    ),
    (
        "VAULT:gateway",
        "logged_out",
        "Code: 403. Errors:; * permission denied",
        "`vault login`",
    ),
    (
        "VAULT:gateway",
        "missing",
        "No value found at",
        "the right name",
    ),
    (
        "VAULT:gateway",
        "no_field",
        "Field \"value\" not present",
        "the right name",
    ),
    (
        "VAULT:gateway",
        "unavailable",
        "Vault is sealed",
        "is Vault up",
    ),
];

#[test]
fn what_recorded_fakes_complain_about_is_said_with_what_to_do() {
    for (reference, mode, says, helps) in COMPLAINTS {
        let world = World::new();
        world.answer(KEY.as_bytes());
        let run = world.key(&["--ref", reference], &[("FAKE_SAYS", mode)]);
        fails(
            run,
            &[&format!("cannot resolve `{reference}`: `"), says, helps],
        );
    }
}

#[test]
fn a_missing_program_is_named_with_where_to_get_it() {
    for (reference, words) in STORES
        .iter()
        .filter(|(reference, _)| !reference.starts_with("VAULT"))
    {
        let world = World::new();
        let run = world.key(&["--ref", reference], &[("PATH", "/nonexistent")]);
        let program = words.split(' ').next().expect("a program");
        fails(
            run,
            &[
                &format!("there is no `{program}` on the PATH"),
                "install it, see https://",
            ],
        );
    }
    let world = World::new();
    let run = world.key(&["--ref", "CMD:no-such-program-here -x"], &[]);
    fails(
        run,
        &[
            "there is no `no-such-program-here` on the PATH",
            "name a program that is there",
        ],
    );
}

#[test]
fn a_program_of_the_current_folder_is_run_only_by_a_path() {
    let world = World::new();
    let app = world.app();
    fs::create_dir(app.join("bin")).expect("a folder");
    for name in ["trap", "bin/trap"] {
        fs::copy("/bin/sh", app.join(name)).expect("a program");
        fs::set_permissions(app.join(name), fs::Permissions::from_mode(0o755)).expect("ours");
    }
    for path in [".", "", "bin", ":/nonexistent"] {
        let run = world.key(&["--ref", "CMD:trap -c true"], &[("PATH", path)]);
        fails(run, &["there is no `trap` on the PATH"]);
    }
    let run = world
        .key(&["--ref", "CMD:./bin/trap -c 'echo ran'"], &[("PATH", "")])
        .ends(0);
    assert_eq!(run.out, "ran\n");
}

#[test]
fn offline_forbids_stores_behind_a_network_and_no_others() {
    for (reference, _) in STORES {
        let world = World::new();
        world.answer(KEY.as_bytes());
        let run = world.key(&["--offline", "--ref", reference], &[]);
        if reference.starts_with("PASS") || reference.starts_with("SOPS") {
            super::gives(run, KEY);
            continue;
        }
        fails(
            run,
            &["is asked over the network, and --offline forbids it"],
        );
        assert_eq!(world.written("words"), None, "{reference}");
    }
}

#[test]
fn a_program_that_hangs_is_ended_with_its_children() {
    let world = World::new();
    let begin = Instant::now();
    let run = world.key(&["--ref", "OP:a/b/c"], &[("FAKE_SAYS", "slow")]);
    fails(
        run,
        &[
            "`op` did not answer within 10 s",
            "it may wait for a login: `op signin`",
        ],
    );
    assert!(
        begin.elapsed() < Duration::from_secs(12),
        "{:?}",
        begin.elapsed()
    );
    assert!(
        begin.elapsed() > Duration::from_secs(9),
        "{:?}",
        begin.elapsed()
    );
    is_gone(&world);
}

#[test]
fn what_ends_us_ends_the_program_and_its_children() {
    let world = World::new();
    let mut command = clean(env!("CARGO_BIN_EXE_claude-scaffold"), &world.app());
    command
        .args(["key", "--ref", "OP:a/b/c"])
        .env("FAKE_SAYS", "slow");
    world.around(&mut command);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("it starts");
    let begin = Instant::now();
    while world.written("child").is_none_or(|id| !id.ends_with('\n')) {
        assert!(
            begin.elapsed() < Duration::from_secs(9),
            "the fake never started"
        );
        thread::sleep(Duration::from_millis(10));
    }
    let killed = Command::new("kill").arg(child.id().to_string()).status();
    assert!(killed.expect("kill runs").success());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(
        (output.status.code(), output.stdout),
        (Some(130), Vec::new())
    );
    assert!(begin.elapsed() < Duration::from_secs(9));
    is_gone(&world);
}

/// Asserts that the child which a slow fake has started is gone, or dead and not yet buried.
fn is_gone(world: &World) {
    if !Path::new("/proc/self/stat").exists() {
        return;
    }
    let id = world.written("child").expect("it was started");
    let state = fs::read_to_string(format!("/proc/{}/stat", id.trim())).unwrap_or_default();
    assert!(state.is_empty() || state.contains(") Z "), "{state}");
}
