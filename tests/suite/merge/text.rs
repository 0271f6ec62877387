//! Whole files merge as `git merge-file` merges them.
#![expect(clippy::disallowed_methods, reason = "a test compares with git")]

use std::fs;
use std::path::Path;
use std::process::Command;

use claude_scaffold::git::merge_text;
use claude_scaffold::merge::merge;
use claude_scaffold::model::{DesiredFile, Format, Mode, RepoPath};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// Base, actual and desired text.
type Triple = [String; 3];

/// What a merge gives; none is a conflict.
type Outcome = Option<String>;

/// Texts of few lines, so that both sides often touch the same ones.
fn triple() -> impl Strategy<Value = Triple> {
    let line = || select(vec!["", "a", "b", "\tc", "d e", "{", "}"]);
    let edit = (0..12usize, 0..3usize, prop::collection::vec(line(), 0..3));
    let edits = || prop::collection::vec(edit.clone(), 0..3);
    let ends = || select(vec!["\n", "\n", "\n", ""]);
    let base = prop::collection::vec(line(), 0..12);
    (base, edits(), edits(), [ends(), ends(), ends()]).prop_map(|(base, mine, theirs, ends)| {
        let text = |lines: &[&str], end: &str| {
            let text = lines.join("\n");
            if lines.is_empty() { text } else { text + end }
        };
        let changed = |edits: &[(usize, usize, Vec<&'static str>)]| {
            let mut lines = base.clone();
            for (at, cut, new) in edits {
                let at = *at.min(&lines.len());
                let end = (at + cut).min(lines.len());
                lines.splice(at..end, new.iter().copied());
            }
            lines
        };
        [
            text(&base, ends[0]),
            text(&changed(&mine), ends[1]),
            text(&changed(&theirs), ends[2]),
        ]
    })
}

fn ours([base, actual, desired]: &Triple) -> Outcome {
    let path = RepoPath::parse("file").expect("path");
    let file = |text: &String| DesiredFile {
        format: Format::WholeFile,
        mode: Mode::Regular,
        text: text.clone(),
    };
    let first = merge(&path, None, None, Some(&file(base)), &merge_text).expect("made");
    let known = first.base.as_ref();
    let merged = merge(
        &path,
        known,
        Some(actual),
        Some(&file(desired)),
        &merge_text,
    );
    let merged = merged.expect("merged");
    let text = merged.text.filter(|_| merged.conflicts.is_empty());
    if text.is_none() {
        assert_eq!(
            merged.base.map(|base| base.keys),
            known.map(|b| b.keys.clone())
        );
    }
    text
}

/// Merges every triple with one start of a shell.
fn gits(folder: &Path, triples: &[Triple]) -> Vec<Outcome> {
    for (number, triple) in triples.iter().enumerate() {
        for (name, text) in ["base", "actual", "desired"].iter().zip(triple) {
            fs::write(folder.join(format!("{number}.{name}")), text).expect("a file");
        }
    }
    let script = format!(
        "n=0; while [ $n -lt {} ]; do \
         git merge-file -q -p $n.actual $n.base $n.desired > $n.out; echo $? > $n.code; \
         n=$((n + 1)); done",
        triples.len()
    );
    let run = Command::new("sh")
        .args(["-c", &script])
        .current_dir(folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", folder.join("no-such-file"))
        .status();
    assert!(run.expect("a shell").success());
    let read = |number: usize, name: &str| {
        fs::read_to_string(folder.join(format!("{number}.{name}"))).expect("UTF-8")
    };
    (0..triples.len())
        .map(|number| (read(number, "code") == "0\n").then(|| read(number, "out")))
        .collect()
}

#[test]
fn texts_merge_as_git_merges_them() {
    let full = std::env::var_os("CLAUDE_SCAFFOLD_TEST_FULL").is_some();
    let count = if full { 10_000 } else { 400 };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let one = |runner: &mut TestRunner| triple().new_tree(runner).expect("a triple").current();
    let triples: Vec<Triple> = (0..count).map(|_| one(&mut runner)).collect();
    let crlf = |text: &String| text.replace('\n', "\r\n");
    let windows: Vec<Triple> = triples.iter().map(|t| t.each_ref().map(crlf)).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let expected = gits(folder.path(), &triples);
    let clean = expected.iter().flatten().count();
    assert!(count / 10 < clean && clean < count * 9 / 10, "{clean}");
    let windows_expected = gits(folder.path(), &windows);
    for (at, triple) in triples.iter().enumerate() {
        assert_eq!(ours(triple), expected[at], "{triple:?}");
        let [base, _, desired] = triple;
        let checkout = [base.clone(), windows[at][1].clone(), desired.clone()];
        let expected = &windows_expected[at];
        // Whose text has no line end at all says nothing of which it wants.
        if checkout[1].contains('\n') || expected.is_none() {
            assert_eq!(ours(&checkout), *expected, "{checkout:?}");
        }
    }
}
