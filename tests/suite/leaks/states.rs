//! Repositories in every state, and where a key is found in them.
#![expect(clippy::disallowed_methods, reason = "a test looks at the disk")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use super::chance::{Chance, WORD};
use crate::tree::{self, commit, git, git_init, temp, tool};

fn key(seed: u64) -> String {
    let body = Chance::new(seed).text(WORD, 93);
    ["sk-ant-", "api03-", &body, "AA"].concat()
}

fn repo() -> TempDir {
    let home = temp();
    git_init(home.path());
    home
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
    fs::write(path, text).expect("written");
}

fn head(root: &Path, name: &str) -> String {
    git(root, &["rev-parse", name])
        .ends(0)
        .out
        .trim()
        .to_owned()
}

/// Findings as `severity path:line:column commit`, in every format without the key itself.
#[track_caller]
fn check(root: &Path, arguments: &[&str], expected: &[&str]) -> Vec<Value> {
    let before = tree::whole(root);
    let base = ["check", "--only", "CS003"];
    let mut found = Vec::new();
    for format in ["text", "github", "sarif", "json"] {
        let run = tool(
            root,
            &[&base[..], &["--format", format], arguments].concat(),
        );
        for text in [&run.out, &run.err] {
            assert!(!text.contains("api03-"), "{text}");
        }
        if format == "json" {
            let report: Value = serde_json::from_str(&run.out).expect("JSON");
            let notes = |f: &&Value| f["severity"] == "note";
            let list = report["diagnostics"].as_array().expect("a list");
            assert_eq!(
                run.code,
                i32::from(!list.iter().all(|f| notes(&f))),
                "{}",
                run.out
            );
            found.clone_from(list);
        }
    }
    let told: Vec<String> = found
        .iter()
        .map(|finding| {
            let number = |key: &str| {
                finding[key]
                    .as_u64()
                    .map_or(String::new(), |n| format!(":{n}"))
            };
            let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
            let place = format!("{}{}{}", text("path"), number("line"), number("column"));
            format!("{} {place} {}", text("severity"), text("commit"))
                .trim_end()
                .to_owned()
        })
        .collect();
    assert_eq!(told, expected, "{found:#?}");
    tree::same("check writes nothing", &before, &tree::whole(root));
    found
}

fn message(found: &[Value], at: usize) -> &str {
    found[at]["message"].as_str().expect("a message")
}

#[test]
fn what_git_tracks_or_would_add_is_searched_and_what_it_ignores_is_not() {
    let home = repo();
    let root = home.path();
    write(root, ".gitignore", ".env\nbuild/\n");
    write(root, ".env", &format!("A={}\n", key(1)));
    write(root, "build/x.js", &format!("a(\"{}\")\n", key(1)));
    write(root, "src/a.py", &format!("# é\nk = \"{}\"\n", key(2)));
    check(root, &[], &["error src/a.py:2:6"]);
    commit(root);
    write(root, "new.md", &format!("{}\n", key(3)));
    let found = check(root, &[], &["error new.md:1:1", "error src/a.py:2:6"]);
    assert!(message(&found, 0).starts_with("Anthropic API key: `sk-ant-…`, sha256 "));
    let help = found[0]["help"].as_str().expect("help");
    assert!(help.contains("platform.claude.com"), "{help}");
}

#[test]
fn the_index_is_searched_where_it_differs() {
    let home = repo();
    let root = home.path();
    write(root, "a.txt", "nothing\n");
    commit(root);
    check(root, &["--staged"], &[]);
    write(root, "a.txt", &format!("one\n{}\n", key(4)));
    write(root, "b.txt", &format!("{}\n", key(5)));
    git(root, &["add", "a.txt"]).ends(0);
    let found = check(root, &["--staged"], &["error a.txt:2:1"]);
    assert!(message(&found, 0).contains("in the index"));
    write(root, "a.txt", "nothing\n");
    fs::remove_file(root.join("b.txt")).expect("removed");
    let found = check(root, &[], &["error a.txt:2:1"]);
    assert!(message(&found, 0).contains("in the index, not in the work tree"));
    fs::remove_file(root.join("a.txt")).expect("removed");
    check(root, &[], &["error a.txt:2:1"]);
    git(root, &["commit", "-q", "-m", "oops"]).ends(0);
    check(root, &["--staged"], &[]);
}

#[test]
fn the_index_of_a_repository_without_a_commit_is_searched() {
    let home = repo();
    let root = home.path();
    write(root, "a.txt", &format!("{}\n", key(6)));
    check(root, &["--history"], &["error a.txt:1:1"]);
    git(root, &["add", "-A"]).ends(0);
    check(root, &["--staged"], &["error a.txt:1:1"]);
}

#[test]
fn a_removed_key_stays_in_the_commit_that_brought_it() {
    let home = repo();
    let root = home.path();
    write(root, "other.txt", "x\n");
    commit(root);
    write(root, "conf/a.yml", &format!("a: 1\nb: {}\n", key(7)));
    commit(root);
    let first = head(root, "HEAD");
    write(root, "conf/a.yml", &format!("a: 2\nc: 3\nb: {}\n", key(7)));
    commit(root);
    check(root, &["--history"], &["error conf/a.yml:3:4"]);
    git(root, &["mv", "conf/a.yml", "moved.yml"]).ends(0);
    commit(root);
    write(root, "moved.yml", "a: 2\n");
    commit(root);
    check(root, &[], &[]);
    let found = check(
        root,
        &["--history"],
        &[&format!("error conf/a.yml:2:4 {first}")],
    );
    assert!(message(&found, 0).contains("in the history"));
    let help = found[0]["help"].as_str().expect("help");
    assert!(help.contains("is not enough"), "{help}");
    git(root, &["checkout", "-q", "--detach"]).ends(0);
    check(
        root,
        &["--history"],
        &[&format!("error conf/a.yml:2:4 {first}")],
    );
}

#[test]
fn branches_merges_tags_stashes_and_work_trees_are_part_of_the_history() {
    let home = repo();
    let root = home.path();
    write(root, "a.txt", "1\n");
    commit(root);
    git(root, &["checkout", "-q", "-b", "side"]).ends(0);
    write(root, "side.txt", &format!("{}\n", key(8)));
    commit(root);
    let side = head(root, "HEAD");
    git(root, &["rm", "-q", "side.txt"]).ends(0);
    commit(root);
    git(root, &["checkout", "-q", "main"]).ends(0);
    write(root, "b.txt", "1\n");
    commit(root);
    git(root, &["merge", "-q", "--no-ff", "-m", "merge", "side"]).ends(0);
    git(root, &["branch", "-q", "-D", "side"]).ends(0);

    write(root, "tagged.txt", &format!("\n{}\n", key(9)));
    commit(root);
    git(root, &["tag", "-a", "v1", "-m", "one"]).ends(0);
    let tagged = head(root, "HEAD");
    git(root, &["reset", "-q", "--hard", "HEAD~1"]).ends(0);

    for seed in [10, 11] {
        write(root, "a.txt", &format!("{}\n", key(seed)));
        git(root, &["stash", "push", "-q"]).ends(0);
    }
    let (newest, oldest) = (head(root, "stash@{0}"), head(root, "stash@{1}"));
    // Before the last commit of a stash stands the index of its time, which has the file as it was.
    let stashed = [
        format!("error a.txt:1:1 {newest}"),
        format!("error a.txt:1:1 {oldest}"),
    ];
    let found = check_any(root, &["--history"]);
    for expected in [
        format!("error side.txt:1:1 {side}"),
        format!("error tagged.txt:2:1 {tagged}"),
    ]
    .iter()
    .chain(&stashed)
    {
        assert!(found.contains(expected), "{expected} in {found:#?}");
    }
    assert_eq!(found.len(), 4, "{found:#?}");

    let elsewhere = temp();
    let linked = elsewhere.path().join("linked");
    let path = linked.to_str().expect("UTF-8");
    git(root, &["worktree", "add", "-q", "--detach", path]).ends(0);
    write(&linked, "far.txt", &format!("{}\n", key(12)));
    commit(&linked);
    let far = head(&linked, "HEAD");
    let found = check_any(root, &["--history"]);
    assert!(
        found.contains(&format!("error far.txt:1:1 {far}")),
        "{found:#?}"
    );
    let found = check_any(&linked, &[]);
    assert_eq!(found, ["error far.txt:1:1"]);
}

fn check_any(root: &Path, arguments: &[&str]) -> Vec<String> {
    let base = ["check", "--only", "CS003", "--format", "json"];
    let run = tool(root, &[&base[..], arguments].concat());
    let report: Value = serde_json::from_str(&run.out).expect("JSON");
    let list = report["diagnostics"].as_array().expect("a list");
    let told = list.iter().map(|finding| {
        let text = |key: &str| finding[key].as_str().unwrap_or_default();
        let place = format!("{}:{}:{}", text("path"), finding["line"], finding["column"]);
        format!("{} {place} {}", text("severity"), text("commit"))
            .trim_end()
            .to_owned()
    });
    told.collect()
}

#[test]
fn an_incomplete_history_is_never_called_clean() {
    let home = repo();
    let root = home.path();
    for text in ["1\n", "2\n"] {
        write(root, "a.txt", text);
        commit(root);
    }
    let elsewhere = temp();
    let other = |name: &str| elsewhere.path().join(name);
    let (shallow, partial) = (other("shallow"), other("partial"));
    let from = format!("file://{}", root.display());
    git(
        root,
        &[
            "clone",
            "-q",
            "--depth",
            "1",
            &from,
            shallow.to_str().expect("UTF-8"),
        ],
    )
    .ends(0);
    check(&shallow, &[], &[]);
    let found = check(&shallow, &["--history"], &["warning"]);
    assert!(message(&found, 0).contains("shallow"));

    git(
        root,
        &[
            "clone",
            "-q",
            "--no-local",
            &from,
            partial.to_str().expect("UTF-8"),
        ],
    )
    .ends(0);
    let blob = head(&partial, "HEAD~1:a.txt");
    git(&partial, &["unpack-objects", "-q"]);
    let packs = partial.join(".git/objects/pack");
    let pack = fs::read_dir(&packs)
        .expect("a folder")
        .flatten()
        .map(|entry| entry.path());
    let pack = pack
        .into_iter()
        .find(|path| path.extension().is_some_and(|e| e == "pack"));
    let (pack, away) = (pack.expect("a pack"), other("away.pack"));
    fs::rename(&pack, &away).expect("moved");
    for old in fs::read_dir(&packs).expect("a folder").flatten() {
        fs::remove_file(old.path()).expect("removed");
    }
    let shell = format!("git unpack-objects -q < '{}'", away.display());
    let mut command = tree::clean("sh", &partial);
    command.args(["-c", &shell]);
    tree::finish(command).ends(0);
    let object = partial
        .join(".git/objects")
        .join(&blob[..2])
        .join(&blob[2..]);
    fs::remove_file(object).expect("it is loose");
    let found = check(&partial, &["--history"], &["warning"]);
    assert!(
        message(&found, 0).contains("missing or broken"),
        "{found:?}"
    );
    git(&partial, &["config", "remote.origin.promisor", "true"]).ends(0);
    let found = check(&partial, &["--history"], &["warning"]);
    assert!(message(&found, 0).contains("partial"), "{found:?}");
}

#[test]
fn a_folder_without_git_is_searched_as_a_whole() {
    let home = temp();
    let root = home.path();
    write(root, "a/b.txt", &format!("{}\n", key(13)));
    write(root, "node_modules/x.js", &format!("{}\n", key(14)));
    check(root, &["--history"], &["error a/b.txt:1:1"]);
}

#[test]
fn other_repositories_links_and_binary_files_are_left_alone() {
    let home = repo();
    let root = home.path();
    let outside = temp();
    write(outside.path(), "far.txt", &format!("{}\n", key(15)));
    symlink(outside.path(), root.join("link")).expect("a link");
    symlink(outside.path().join("far.txt"), root.join("file")).expect("a link");
    write(root, "inner/x.txt", &format!("{}\n", key(16)));
    git_init(&root.join("inner"));
    write(root, "x.bin", &format!("\0\n{}\n", key(17)));
    check(root, &["--history"], &[]);
    git(root, &["add", "link", "file", "x.bin"]).ends(0);
    git(root, &["commit", "-q", "-m", "work"]).ends(0);
    check(root, &["--history"], &[]);
}

#[test]
fn a_large_file_is_read_in_pieces() {
    let home = repo();
    let root = home.path();
    let lines = "nothing to see here\n".repeat(500_000);
    write(root, "log.txt", &format!("{lines}{}\n", key(18)));
    check(root, &[], &["error log.txt:500001:1"]);
    let one = "x".repeat((4 << 20) - 40);
    write(root, "log.txt", &format!("{one} {}\n", key(19)));
    let found = check_any(root, &[]);
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn a_repository_that_cannot_be_read_is_said_and_not_called_clean() {
    let home = temp();
    let root = home.path();
    let made = git(
        root,
        &["init", "-q", "--template=", "--object-format=sha256"],
    );
    if made.code != 0 {
        return tree::skipped("this git makes no SHA-256 repositories");
    }
    write(root, "a.txt", &format!("{}\n", key(20)));
    let found = check(root, &["--history"], &["warning"]);
    assert!(message(&found, 0).contains("cannot be read"), "{found:?}");
}

#[test]
fn files_for_keys_are_to_be_ignored_and_their_templates_are_not() {
    let home = repo();
    let root = home.path();
    write(root, ".env", "A=1\n");
    write(root, "sub/.env.local", "A=1\n");
    write(root, ".env.example", "A=\n");
    let found = check(root, &[], &["warning .env", "warning sub/.env.local"]);
    assert!(found[0]["help"].as_str().expect("help").contains("`/.env`"));
    git(root, &["add", "-f", ".env"]).ends(0);
    write(root, ".gitignore", ".env*\n");
    let found = check(root, &[], &["error .env", "warning .env.example"]);
    let help = found[0]["help"].as_str().expect("help");
    assert!(help.contains("git rm --cached .env"), "{help}");
    git(root, &["rm", "-q", "--cached", ".env"]).ends(0);
    write(root, ".gitignore", ".env*\n!.env.example\n");
    check(root, &[], &[]);
}

#[test]
fn a_key_in_a_file_and_in_the_history_is_one_finding_in_every_depth() {
    let home = repo();
    let root = home.path();
    write(root, "a.txt", &format!("{}\n", key(20)));
    commit(root);
    let first = head(root, "HEAD");
    write(root, "a.txt", &format!("\n\n{}\n", key(20)));
    let found = check(root, &["--history"], &["error a.txt:3:1"]);
    let help = found[0]["help"].as_str().expect("help");
    assert!(
        help.contains(&format!("commit {} has it", &first[..12])),
        "{help}"
    );

    let run = tool(root, &["check", "--history", "--format", "github"]);
    assert!(
        run.out.starts_with("::error file=a.txt,line=3,col=1,"),
        "{}",
        run.out
    );

    for written in [&[][..], &["--history"]] {
        tool(root, &[&["check", "--write-baseline"], written].concat()).ends(0);
        for asked in [&[][..], &["--history"]] {
            tool(root, &[&["check", "-q"], asked].concat()).ends(0);
        }
        std::fs::remove_file(root.join("claude-scaffold.baseline.json")).expect("removable");
    }
}
