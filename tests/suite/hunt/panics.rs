//! What a defect shows.

use std::env;
use std::process::Command;

use super::canary::{Look, value};
use crate::tree;

const ACT: &str = "SUITE_DEFECT";

/// Not a test: the child that the other one starts.
#[test]
fn child() {
    let Ok(act) = env::var(ACT) else { return };
    claude_scaffold::cli::catch_defects();
    let (plain, shaped) = (value("panic", Look::Plain), value("panic", Look::Vendor));
    match act.as_str() {
        "index" => drop(format!("ä{plain}")[1..].to_owned()),
        "unwrap" => {
            let quoted: Result<u32, _> = format!("{plain}x").parse::<u32>().map_err(|_| plain);
            let _ = quoted.expect("a number");
        }
        "words" => panic!("bare {shaped} and {plain}"),
        "lines" => panic!("first\n{plain}"),
        "thread" => drop(std::thread::spawn(move || panic!("bare {shaped}")).join()),
        _ => {}
    }
}

#[test]
fn a_defect_says_where_and_shows_no_key() {
    let plain = value("panic", Look::Plain);
    for act in ["index", "unwrap", "words", "lines", "thread"] {
        let mut command = Command::new(env::current_exe().expect("this program"));
        command.args(["hunt::panics::child", "--exact", "--nocapture"]);
        command
            .env(ACT, act)
            .env("RUST_BACKTRACE", "full")
            .env("GATEWAY_TOKEN", &plain);
        let run = tree::finish(command).ends(2);
        assert!(
            run.err.starts_with("error: a defect in claude-scaffold: "),
            "{}",
            run.err
        );
        assert!(
            run.err.contains("\n  --> ") && run.err.contains(".rs:"),
            "{}",
            run.err
        );
        assert!(run.err.contains("\nhelp: report"), "{}", run.err);
        for key in [&plain, &value("panic", Look::Vendor)] {
            let shown = [&run.out, &run.err]
                .into_iter()
                .any(|text| text.contains(&key[4..18]));
            assert!(!shown, "{act}: {}", run.err);
        }
    }
}
