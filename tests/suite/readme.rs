//! Every console block of `README.md` is run, in order, in one fresh folder, and gives what it shows.
//!
//! `SNAPSHOTS=overwrite cargo test --test suite readme` writes what the commands print into the file.
#![expect(clippy::disallowed_methods, reason = "tests run the program")]

use std::fs;
use std::path::Path;
use std::process::Command;

use snapbox::{Assert, Data};

#[test]
fn console_blocks_give_what_they_show() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&path).expect("a README");
    let folder = tempfile::tempdir().expect("a folder");
    let checkout = folder.path().join("claude-scaffold");
    fs::create_dir(&checkout).expect("a folder");
    let (fresh, commands) = replay(&readme, |command| run(&checkout, command));
    assert!(commands >= 5, "only {commands} commands");
    let shown = Data::read_from(&path, None);
    Assert::new()
        .action_env("SNAPSHOTS")
        .eq(Data::text(fresh), shown.raw());
}

/// Returns the text with the output under every `$ ` line made anew, and how many there are.
fn replay(readme: &str, run: impl Fn(&str) -> String) -> (String, usize) {
    let (mut text, mut commands, mut inside) = (String::new(), 0, false);
    for line in readme.split_inclusive('\n') {
        if line.starts_with("```") {
            inside = line.trim_end() == "```console";
            text.push_str(line);
        } else if let (true, Some(command)) = (inside, line.strip_prefix("$ ")) {
            commands += 1;
            text.push_str(line);
            text.push_str(&run(command.trim_end()));
        } else if !inside {
            text.push_str(line);
        }
    }
    (text, commands)
}

/// Runs a command as a user would, both streams together; `cargo run` stands for the program itself.
fn run(folder: &Path, command: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_claude-scaffold"));
    let bin = program.parent().expect("a folder").display();
    let path = std::env::var("PATH").unwrap_or_default();
    let command = command.replace("cargo run --release --", "claude-scaffold");
    let output = Command::new("sh")
        .args(["-c", &format!("exec 2>&1; {command}")])
        .current_dir(folder)
        .env_clear()
        .env("PATH", format!("{bin}:{path}"))
        .env("HOME", folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .expect("a shell");
    String::from_utf8(output.stdout).expect("UTF-8")
}
