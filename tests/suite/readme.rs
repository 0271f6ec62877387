//! Every console block of `README.md` is run, in order, in one fresh folder, and gives what it shows.

use std::fs;
use std::path::Path;
use std::process::Command;

use snapbox::{Assert, Data, Redactions};

struct Step {
    line: usize,
    command: String,
    expected: String,
}

#[test]
fn console_blocks_give_what_they_show() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(path).expect("a README");
    let steps = steps(&readme);
    assert!(steps.len() >= 5, "only {} commands", steps.len());
    let folder = tempfile::tempdir().expect("a folder");
    let mut redactions = Redactions::new();
    redactions
        .insert("[VERSION]", env!("CARGO_PKG_VERSION"))
        .expect("a good name");
    let assert = Assert::new().redact_with(redactions);
    for step in steps {
        let shown = run(folder.path(), &step.command);
        let (actual, expected) = (Data::text(shown), Data::text(step.expected));
        if let Err(difference) = assert.try_eq(Some(&"README.md"), actual, expected) {
            panic!("README.md:{}: `{}`\n{difference}", step.line, step.command);
        }
    }
}

/// A line that begins with `$ ` is a command; the lines up to the next one are what it prints.
fn steps(readme: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    for (index, line) in readme.lines().enumerate() {
        match line.strip_prefix("$ ") {
            _ if line.starts_with("```") => inside = line == "```console",
            Some(command) if inside => steps.push(Step {
                line: index + 1,
                command: command.to_owned(),
                expected: String::new(),
            }),
            None if inside => {
                let step = steps.last_mut().expect("a block opens with a command");
                step.expected.push_str(line);
                step.expected.push('\n');
            }
            _ => {}
        }
    }
    steps
}

/// Runs a command as a user would, both streams together; `cargo run` stands for the program itself.
fn run(folder: &Path, command: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_claude-scaffold"));
    let bin = program.parent().expect("a folder").display();
    let command = command.replace("cargo run --release --", "claude-scaffold");
    let output = Command::new("sh")
        .args(["-c", &format!("exec 2>&1; {command}")])
        .current_dir(folder)
        .env_clear()
        .env(
            "PATH",
            format!("{bin}:{}", std::env::var("PATH").unwrap_or_default()),
        )
        .env("HOME", folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .expect("a shell");
    String::from_utf8(output.stdout).expect("UTF-8")
}
