//! `fleet report` as a command.
#![expect(clippy::disallowed_methods, reason = "a test looks at the disk")]

use std::fs;

use claude_scaffold::fleet::{RepoReport, Status};
use claude_scaffold::report::fleet_line;

use super::made::{DIFF, changed, conflict, report};
use crate::tree::{self, Run};

fn shards(reports: &[&[RepoReport]]) -> tempfile::TempDir {
    let home = tree::temp();
    for (place, shard) in reports.iter().enumerate() {
        let text: String = shard.iter().map(fleet_line).collect();
        let path = home.path().join(format!("{place}.jsonl"));
        fs::write(path, text).expect("written");
    }
    home
}

fn run(home: &tempfile::TempDir, args: &[&str]) -> Run {
    tree::tool(home.path(), &[&["fleet", "report"], args].concat())
}

#[test]
fn shards_are_merged() {
    let mut first = changed("a", "0a1b2c3d4e5f");
    first.diff = Some(DIFF.to_owned());
    let home = shards(&[
        &[first, report("b", Status::UpToDate)],
        &[changed("c", "0a1b2c3d4e5f"), report("b", Status::UpToDate)],
    ]);
    let text = run(&home, &["0.jsonl", "1.jsonl"]).ends(0);
    assert!(
        text.out.starts_with("3 repositories\n  2  get change A\n"),
        "{}",
        text.out
    );
    assert!(text.out.ends_with(DIFF), "{}", text.out);
    let note = "note: `b` stands in `0.jsonl` too; the later line counts\n  --> 1.jsonl:2:1\n";
    assert_eq!(text.err, note);
    let json = run(&home, &["0.jsonl", "1.jsonl", "--format", "json", "-q"]).ends(0);
    assert_eq!(json.out.lines().count(), 3);
    assert_eq!(json.err, "");
    fs::write(home.path().join("all.jsonl"), &json.out).expect("written");
    assert_eq!(run(&home, &["all.jsonl"]).ends(0).out, text.out);
}

#[test]
fn what_remains_is_in_the_exit_code() {
    let home = shards(&[&[conflict("a", &["model"])], &[]]);
    run(&home, &["0.jsonl", "--html", "page.html"]).ends(1);
    let page = fs::read_to_string(home.path().join("page.html")).expect("a page");
    assert!(page.starts_with("<!doctype html>"), "{page}");
    assert_eq!(run(&home, &["1.jsonl"]).ends(0).out, "no repositories\n");
    let names: Vec<String> = tree::tree(home.path()).into_keys().collect();
    assert_eq!(names, ["0.jsonl", "1.jsonl", "page.html"]);
}

#[test]
fn what_cannot_be_read_or_written_is_said() {
    let home = shards(&[&[report("a", Status::UpToDate)]]);
    fs::write(home.path().join("wide.jsonl"), [0xff, 0xfe, b'{', 0]).expect("written");
    let wrong = run(&home, &["gone.jsonl", "wide.jsonl"]).ends(2);
    for said in [
        "error: failed to read `gone.jsonl`",
        "error: `wide.jsonl` is not UTF-8\nhelp: ",
    ] {
        assert!(wrong.err.contains(said), "{}", wrong.err);
    }
    let wrong = run(&home, &["0.jsonl", "--html", "no/page.html"]).ends(2);
    assert_eq!(wrong.out, "");
    assert!(
        wrong
            .err
            .contains("`no/page.html`: its folder is not there\nhelp: "),
        "{}",
        wrong.err
    );
    let wrong = run(&home, &["0.jsonl", "--html", "."]).ends(2);
    assert!(wrong.err.contains("it is no file"), "{}", wrong.err);
    fs::write(home.path().join("new.jsonl"), "{\"schema\": 7}\n").expect("written");
    let wrong = run(&home, &["0.jsonl", "new.jsonl"]).ends(2);
    assert!(
        wrong.err.contains("--> new.jsonl:1:1\nhelp: "),
        "{}",
        wrong.err
    );
}

#[test]
fn no_key_reaches_the_terminal_or_the_page() {
    let key = ["sk-ant-api03-", &"a1B2c3D4".repeat(4)].concat();
    let mut leaky = changed(&format!("x/{key}"), "0a1b2c3d4e5f");
    leaky.diff = Some(format!("{DIFF}+\"{key}\"\n"));
    leaky.branch = format!("\"{key}");
    leaky.files[0].path = format!("\n{key}");
    let home = shards(&[&[leaky]]);
    for further in [&[][..], &["-v"], &["--format", "json"]] {
        let args = [&["0.jsonl", "--html", "page.html"], further].concat();
        let shown = run(&home, &args).ends(0);
        let page = fs::read_to_string(home.path().join("page.html")).expect("a page");
        for text in [&shown.out, &shown.err, &page] {
            assert!(!text.contains(&key[..24]), "{text}");
        }
        assert!(shown.out.contains("[redacted]") && page.contains("[redacted]"));
    }
}
