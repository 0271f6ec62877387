//! `key` and the system's keyring: a real gnome-keyring on a bus of its own, where the parts are there.
#![expect(clippy::disallowed_methods, reason = "tests write files of a home")]

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::tree::{Run, clean, finish, put, skipped, temp, tool, tool_with};

/// What has to be there.
const PARTS: [&str; 4] = [
    "dbus-run-session",
    "dbus-send",
    "gnome-keyring-daemon",
    "secret-tool",
];

/// Opens a keyring, puts entries into it, and asks for one of them.
const SCRIPT: &str = r#"
set -eu
eval "$(printf password | gnome-keyring-daemon --unlock --components=secrets 2>/dev/null)"
eval "$(gnome-keyring-daemon --start --components=secrets 2>/dev/null)"
put() { secret-tool store --label=test service claude-gateway "$1" "$2"; }
printf 'key-of-%s' the-account | put account person
printf 'key-of-%s\n' the-username | put username library
printf 'key-of-%s' the-other | put account library
printf 'one\ntwo' | put account lines
printf 'x\377y' | put account bytes
if [ "$1" = locked ]; then
  dbus-send --session --print-reply --dest=org.freedesktop.secrets /org/freedesktop/secrets \
    org.freedesktop.Secret.Service.Lock array:objpath:/org/freedesktop/secrets/collection/login >/dev/null
fi
exec "$2" key --ref "$3"
"#;

/// A home without a keyring; none where the parts lack.
fn home() -> Option<TempDir> {
    let home = temp();
    let lacks = |part: &&&str| {
        let found = finish({
            let mut command = clean("sh", home.path());
            command.args(["-c", &format!("command -v {part}")]);
            command
        });
        found.code != 0
    };
    if let Some(part) = PARTS.iter().find(lacks) {
        skipped(&format!("the real keyring is not asked: no {part} here"));
        return None;
    }
    for folder in ["run", "data/keyrings"] {
        put(&home.path().join(folder).join("x"), b"", 0o600);
    }
    let private = <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o700);
    fs::set_permissions(home.path().join("run"), private).expect("a mode");
    Some(home)
}

fn ask(home: &Path, state: &str, reference: &str) -> Run {
    let mut command = clean("dbus-run-session", home);
    command
        .args(["--", "sh", "-c", SCRIPT, "sh", state])
        .args([env!("CARGO_BIN_EXE_claude-scaffold"), reference])
        .env("HOME", home)
        .env("XDG_RUNTIME_DIR", home.join("run"))
        .env("XDG_DATA_HOME", home.join("data"));
    finish(command)
}

#[track_caller]
fn fails(run: Run, says: &str) {
    let run = run.ends(2);
    assert_eq!(run.out, "");
    assert!(run.err.contains(says), "{}\nbut not: {says}", run.err);
    assert!(!run.err.contains("key-of"), "{}", run.err);
}

#[test]
fn the_real_keyring_gives_what_libraries_and_people_store() {
    let Some(home) = home() else { return };
    let ask = |reference| ask(home.path(), "open", reference);
    let run = ask("KEYRING:claude-gateway/person").ends(0);
    assert_eq!(run.out, "key-of-the-account\n");
    let run = ask("KEYRING:claude-gateway/library").ends(0);
    assert_eq!(run.out, "key-of-the-username\n");
    fails(ask("KEYRING:claude-gateway/lines"), "has 2 lines");
    fails(ask("KEYRING:claude-gateway/bytes"), "is no text");
    let none = "nothing is stored for the service `claude-gateway` and the account `nobody`";
    fails(ask("KEYRING:claude-gateway/nobody"), none);
}

#[test]
fn the_real_keyring_is_locked() {
    let Some(home) = home() else { return };
    let locked = ask(home.path(), "locked", "KEYRING:claude-gateway/person");
    fails(locked, "the system keyring failed (locked)");
}

#[test]
fn the_real_keyring_asks_a_person_who_does_not_come() {
    let Some(home) = home() else { return };
    // Whatever shows the prompt is started by the bus; this one shows nothing.
    let service = "[D-BUS Service]\nName=org.gnome.keyring.SystemPrompter\n\
Exec=/bin/sh -c \"exec sleep 20 >/dev/null 2>&1\"\n";
    let path = "data/dbus-1/services/org.gnome.keyring.SystemPrompter.service";
    put(&home.path().join(path), service.as_bytes(), 0o644);
    let start = Instant::now();
    let run = ask(home.path(), "locked", "KEYRING:claude-gateway/person");
    fails(run, "the system keyring did not answer within 10 s");
    assert!(start.elapsed() < Duration::from_secs(15));
}

#[test]
fn without_a_bus_there_is_no_keyring() {
    let folder = temp();
    let words = ["key", "--ref", "KEYRING:claude-gateway/person"];
    fails(
        tool(folder.path(), &words),
        "`DBUS_SESSION_BUS_ADDRESS` is not set",
    );
    let gone = folder.path().join("bus");
    let address = format!("unix:path={}", gone.display());
    let run = tool_with(folder.path(), &words, |command| {
        command.env("DBUS_SESSION_BUS_ADDRESS", &address);
    });
    fails(run, "the system keyring failed (no answer)");
}
